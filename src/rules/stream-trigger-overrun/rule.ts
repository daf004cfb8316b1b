// Trigger overrun: batches take longer than the interval of their trigger, so that results come later than was asked for.
// Law: the log does not hold the interval; it shows in the starts of batches that waited for it, which are whole multiples of it (Spark's
// ProcessingTimeExecutor), or in the code. A stream with neither has no interval, or overruns it always: that cannot be told apart and is not guessed.

import { formatCount, formatMillis, formatShare, median } from '../../base/index.ts';
import type { StreamingQuery, StreamProgress } from '../../eventlog/index.ts';
import type { Call } from '../../pyspark/index.ts';
import { type CodeMap, defineRule, type EvidenceRef, type FactMap, type Place, placesOr } from '../define.ts';

const MAX_EVIDENCE = 200;
/** Intervals that people choose, ms, longest first. */
const INTERVALS = [3600, 1800, 900, 600, 300, 120, 60, 30, 20, 15, 10, 5, 4, 3, 2, 1].map((seconds) => seconds * 1000);
/** A waiting thread wakes a few ms late. */
const LATE_MS = 50;

export const rule = defineRule({
  meta: {
    id: 'stream-trigger-overrun',
    title: 'Batches longer than their trigger interval',
    category: 'streaming',
    needs: ['run', 'clock', 'stages'],
    fixability: 'review',
    saves: 'outcome',
    inCode: ['write', 'read'],
    thresholds: {
      minBatches: {
        value: 4,
        unit: 'count',
        origin: 'the first batch warms up; three more are a habit',
        description: 'batches that a judgement needs',
      },
      late: {
        value: 0.5,
        unit: 'share',
        origin: 'a late batch now and then is caught up; when every second is late, the stream does not keep its interval',
        description: 'share of the batches, after the first, that took longer than the interval',
      },
    },
    explains: [],
  },
  diagnose({ run, clock, stages }, t) {
    if (run.streams.length === 0 && run.jobs.length > 0) return { status: 'notApplicable', why: 'no streaming query' };
    if (run.streams.every((stream) => stream.progress.length === 0))
      return { status: 'noData', missing: ['progress events of the streaming queries'] };
    const judged = run.streams.map((stream) => ({ stream, interval: intervalOf(stream) }));
    const known = judged.filter((one): one is { stream: StreamingQuery; interval: number } => one.interval !== undefined);
    const places = known.flatMap(({ stream, interval }) => placeOf(stream, interval, { run, clock, stages }, t) ?? []);
    return placesOr(
      places,
      known.length === 0
        ? 'no batch waited for a trigger: the streams have no interval, or never keep it (the log does not hold it)'
        : `batches end within their interval of ${known.map(({ interval }) => formatMillis(interval)).join(', ')}`,
    );
  },
  // The code holds the interval that the log does not.
  withCode(facts, t, code, without) {
    if (without.status !== 'clear') return without;
    const places = facts.run.streams.flatMap((stream) => {
      const interval = triggerOf(stream, facts.run.streams.length, code);
      return interval === undefined ? [] : (placeOf(stream, interval, facts, t) ?? []);
    });
    return places.length > 0 ? { status: 'found', places } : without;
  },
});

/** The interval of `.trigger(processingTime="2 seconds")` on the write that started a stream: by its name, or as the only one. Milliseconds. */
function triggerOf(stream: StreamingQuery, streams: number, code: CodeMap): number | undefined {
  const { program } = code;
  const writes = program.actions.flatMap((action) => (action.write?.streaming === true ? [program.chainOf(action.call)] : []));
  const argument = (chain: readonly Call[], name: string) => {
    const value = chain.find((call) => call.name === name)?.arguments[0];
    return value?.value.kind === 'constant' ? value : undefined;
  };
  const named = writes.filter((chain) => {
    const name = argument(chain, 'queryName')?.value;
    return name?.kind === 'constant' && name.value === stream.name;
  });
  const chain = named.length === 1 ? named[0] : writes.length === 1 && streams === 1 ? writes[0] : undefined;
  const trigger = chain === undefined ? undefined : argument(chain, 'trigger');
  if (trigger === undefined || trigger.value.kind !== 'constant' || !(trigger.name === undefined || trigger.name === 'processingTime'))
    return undefined;
  return intervalMs(String(trigger.value.value));
}

const UNIT_MS: Readonly<Record<string, number>> = { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** `2 seconds`, `1 minute` as Spark's intervals are written; undefined for others. Milliseconds. */
function intervalMs(text: string): number | undefined {
  const [, number, unit] = /^\s*(?:interval\s+)?(\d+(?:\.\d+)?)\s*(millisecond|second|minute|hour|day)s?\s*$/i.exec(text) ?? [];
  const ms = Number(number) * (UNIT_MS[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}

/** The stream, when enough of its batches took longer than the interval. */
function placeOf(
  stream: StreamingQuery,
  interval: number,
  { run, clock, stages }: Pick<FactMap, 'run' | 'clock' | 'stages'>,
  t: { readonly minBatches: number; readonly late: number },
): Place | undefined {
  const batches = timed(stream).slice(1);
  if (batches.length < t.minBatches) return undefined;
  const late = batches.filter((batch) => (batch.batchMs as number) > interval);
  if (late.length < t.late * batches.length) return undefined;
  const typical = median(late.map((batch) => batch.batchMs as number)) as number;
  const jobs = run.jobs.filter((job) => job.streamingQueryId === stream.id);
  const executions = [...new Set(jobs.flatMap((job) => job.sqlExecutionId ?? []))];
  const own = stages.all.filter((stage) => stage.job?.streamingQueryId === stream.id);
  const evidence: EvidenceRef[] = [
    ...executions.slice(0, MAX_EVIDENCE).map((executionId): EvidenceRef => ({ kind: 'sql', executionId })),
    ...own.slice(0, MAX_EVIDENCE).map((stage): EvidenceRef => ({ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt })),
    ...(stream.progress.at(-1)?.sources ?? []).map((source): EvidenceRef => ({ kind: 'table', path: source.description })),
  ];
  return {
    cause: `Stream ${stream.name ?? stream.id} is to run every ${formatMillis(interval)}, and ${formatCount(late.length)} of ${formatCount(batches.length)} batches (${formatShare(late.length / batches.length)}) took longer, ${formatMillis(typical)} each: results come late.`,
    evidence: evidence.length > 0 ? evidence : [{ kind: 'table', path: stream.sink ?? stream.name ?? stream.id }],
    numbers: [
      { name: 'interval', value: interval, unit: 'ms' },
      { name: 'typical late batch', value: typical, unit: 'ms' },
      { name: 'late batches', value: late.length, unit: 'count' },
      { name: 'batches', value: batches.length, unit: 'count' },
    ],
    heldMs: Math.min(
      clock.wallMs ?? 0,
      late.reduce((sum, batch) => sum + (batch.batchMs as number) - interval, 0),
    ),
    remedies: [
      `Shorten the batch (its heaviest stage is in the evidence; fewer shuffle partitions when rows are few), or ask for what it can keep: a trigger of ${formatMillis(Math.ceil(typical / 1000) * 1000)} and more.`,
      'Bound what a batch takes (maxFilesPerTrigger, maxOffsetsPerTrigger) when a burst makes it long.',
    ],
  };
}

const timed = (stream: StreamingQuery): StreamProgress[] =>
  stream.progress.filter((batch) => batch.batchMs !== undefined && batch.timestampMs !== undefined);

/** The longest common interval on whose multiples batches began that did not follow the one before at once. */
function intervalOf(stream: StreamingQuery): number | undefined {
  const batches = timed(stream);
  const waited = batches.filter((batch, i) => {
    const before = batches[i - 1];
    return before !== undefined && (batch.timestampMs as number) - (before.timestampMs as number) - (before.batchMs as number) > LATE_MS;
  });
  if (waited.length < 2) return undefined;
  // No batch begins before the first multiple behind the start of the one before: a longer interval than the true one would be broken by one.
  const kept = (ms: number) =>
    batches.every((batch, i) => {
      const before = batches[i - 1]?.timestampMs;
      return before === undefined || (batch.timestampMs as number) >= (Math.floor(before / ms) + 1) * ms - LATE_MS;
    });
  return INTERVALS.find((ms) => waited.every((batch) => (batch.timestampMs as number) % ms <= LATE_MS) && kept(ms));
}
