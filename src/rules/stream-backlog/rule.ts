// Stream backlog: a stream that never waits for data, because more arrives than a batch can take away.
// Law: busy is not behind: a stream without a trigger interval is always busy. Behind is proved by offsets that fall behind, by batches that are
// all full (a limit per trigger bites), or by batches that grow from one to the next. A stream that caught up in the end is clear.
// A batch that never ended counts by its age, once it has run longer than the last one: batches that double are few before the log ends.

import { formatCount, formatMillis, formatShare, median } from '../../base/index.ts';
import type { StreamingQuery, StreamProgress } from '../../eventlog/index.ts';
import { defineRule, type EvidenceRef, type FactMap, type Place, placesOr } from '../define.ts';

type Facts = Pick<FactMap, 'run' | 'clock' | 'stages' | 'plans'>;

/** Progress events kept as evidence. */
const MAX_EVIDENCE = 200;

export const rule = defineRule({
  meta: {
    id: 'stream-backlog',
    title: 'Stream that falls behind its input',
    category: 'streaming',
    needs: ['run', 'clock', 'stages', 'plans'],
    fixability: 'review',
    saves: 'outcome',
    inCode: ['read', 'write', 'setting'],
    keysInCode: ['spark.sql.shuffle.partitions'],
    thresholds: {
      minBatches: {
        value: 4,
        unit: 'count',
        origin: 'the first batch warms up; three intervals are the least that show a habit',
        description: 'batches with data that a judgement needs',
      },
      busyShare: {
        value: 0.95,
        unit: 'share',
        origin: 'measured: 0.99–1.00 in a stream that falls behind, under 0.95 in streams that keep up',
        description: 'batch time ÷ time to the next batch from which a batch left no pause',
      },
      saturated: {
        value: 0.8,
        unit: 'share',
        origin: 'a stream that keeps up pauses between most batches',
        description: 'least share of batches without a pause',
      },
      growth: {
        value: 1.2,
        unit: 'ratio',
        origin: "a fifth more from the first to the last third is above the spread of a steady stream's batches",
        description: 'growth of backlog, rows or batch time from the first to the last third of the batches',
      },
    },
    explains: ['driver-loop', 'driver-gap', 'idle-slots', 'small-output-files'],
  },
  diagnose(facts, t) {
    const { streams } = facts.run;
    if (streams.length === 0 && facts.run.jobs.length > 0) return { status: 'notApplicable', why: 'no streaming query' };
    if (streams.every((stream) => stream.progress.length === 0))
      return { status: 'noData', missing: ['progress events of the streaming queries'] };
    const judged = streams.flatMap((stream) => judge(stream, facts, t) ?? []);
    if (judged.length === 0) return { status: 'clear', note: `fewer than ${t.minBatches} batches with data: too few to judge` };
    return placesOr(
      judged.flatMap((one) => (one.why === undefined ? [] : [placeOf(one, facts)])),
      'the streams waited for data between most batches, or caught up',
    );
  },
});

interface Judged {
  readonly stream: StreamingQuery;
  readonly batches: readonly StreamProgress[];
  readonly saturated: number;
  /** How it is known to be behind; undefined when it is not. */
  readonly why: string | undefined;
  /** All batches hold the same number of rows: a limit of the source. */
  readonly capped: boolean;
  readonly heldMs: number;
}

interface Limits {
  readonly minBatches: number;
  readonly busyShare: number;
  readonly saturated: number;
  readonly growth: number;
}

const rowsOf = (batch: StreamProgress) => batch.sources.reduce((sum, source) => sum + source.inputRows, 0);
const behindOf = (batch: StreamProgress) =>
  batch.sources.reduce<number | undefined>(
    (sum, source) => (source.rowsBehind === undefined ? sum : (sum ?? 0) + source.rowsBehind),
    undefined,
  );

function judge(stream: StreamingQuery, facts: Facts, t: Limits): Judged | undefined {
  const all = stream.progress.filter((batch) => batch.batchMs !== undefined && batch.timestampMs !== undefined && rowsOf(batch) > 0);
  if (all.length < t.minBatches) return judgeFew(stream, all, facts, t);
  // The first batch compiles and fills caches: it is late in every stream.
  const batches = all.slice(1);
  const pauses = batches.slice(0, -1).map((batch, i) => {
    const interval = (batches[i + 1]?.timestampMs as number) - (batch.timestampMs as number);
    return { busy: interval > 0 && (batch.batchMs as number) / interval >= t.busyShare, batchMs: batch.batchMs as number };
  });
  const saturated = pauses.filter((pause) => pause.busy).length / Math.max(1, pauses.length);
  const rows = batches.map(rowsOf);
  const most = Math.max(...rows);
  const full = rows.filter((count) => count >= 0.99 * most).length / rows.length;
  const capped = full >= t.saturated && (rows.at(-1) as number) >= 0.99 * most;
  const behind = batches.map(behindOf).filter((count) => count !== undefined);
  const left = behind.at(-1);
  const typical = median(rows) ?? 0;
  const grows = (values: readonly number[]) => values.length >= 4 && lastThird(values) > t.growth * firstThird(values);
  let why: string | undefined;
  if (behind.length === batches.length) {
    // The source says how much waits: nothing else is needed, and nothing else counts.
    if ((left as number) > typical && grows(behind))
      why = `${formatCount(left as number)} records or files wait at the source at the end, and the number grows`;
    else if ((left as number) > typical && saturated >= t.saturated && lastThird(behind) >= 0.98 * firstThird(behind))
      why = `${formatCount(left as number)} records or files wait at the source and do not get fewer`;
  } else if (saturated >= t.saturated) {
    if (capped)
      why = `every batch takes the most that a trigger may (${formatCount(most)} rows) and the next one starts at once: what arrives beyond that waits`;
    else if (grows(rows) && grows(batches.map((batch) => batch.batchMs as number)))
      why = `each batch finds more rows than the one before and takes longer`;
  }
  const heldMs = pauses.reduce((sum, pause) => sum + (pause.busy ? pause.batchMs : 0), 0);
  return { stream, batches, saturated, why, capped, heldMs };
}

/** One batch too few: every one found more rows and took longer than the one before, without a pause, and the next has already run longer than the last. */
function judgeFew(stream: StreamingQuery, batches: readonly StreamProgress[], facts: Facts, t: Limits): Judged | undefined {
  const last = batches.at(-1);
  const ageMs = last === undefined ? undefined : openBatchMs(stream, last, facts, t.busyShare);
  if (batches.length < 3 || batches.length + 1 < t.minBatches || last === undefined || ageMs === undefined) return undefined;
  const times = batches.map((batch) => batch.batchMs as number);
  const grows = (values: readonly number[]) => values.every((value, i) => i === 0 || value >= t.growth * (values[i - 1] as number));
  const busy = batches.every((batch, i) => {
    const next = batches[i + 1];
    return next === undefined || (batch.batchMs as number) >= t.busyShare * ((next.timestampMs as number) - (batch.timestampMs as number));
  });
  if (!busy || !grows(batches.map(rowsOf)) || !grows(times) || ageMs < (times.at(-1) as number)) return undefined;
  return {
    stream,
    batches,
    saturated: 1,
    why: `each batch finds more rows than the one before and takes longer (${formatMillis(times[0] as number)} to ${formatMillis(times.at(-1) as number)}), and the next had run ${formatMillis(ageMs)} without an end`,
    capped: false,
    heldMs: Math.min(
      times.reduce((sum, ms) => sum + ms, ageMs),
      facts.clock.wallMs ?? 0,
    ),
  };
}

/** How long the batch behind `last` had run when the stream or the log ended; undefined when none began at once. */
function openBatchMs(stream: StreamingQuery, last: StreamProgress, { run }: Facts, busyShare: number): number | undefined {
  const jobs = run.jobs.filter((job) => job.streamingQueryId === stream.id && Number(job.streamingBatchId) > last.batchId);
  const began = Math.min(...jobs.map((job) => job.submittedMs ?? Number.POSITIVE_INFINITY));
  const at = last.timestampMs as number;
  // Its first job begins a little later than the batch: planning counts as a pause here.
  if (!Number.isFinite(began) || (last.batchMs as number) < busyShare * (began - at)) return undefined;
  const end = Math.max(...jobs.map((job) => job.completedMs ?? run.application.endMs ?? run.application.lastEventMs ?? began));
  return Math.max(0, end - at - (last.batchMs as number));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const firstThird = (values: readonly number[]) => mean(values.slice(0, Math.max(1, Math.floor(values.length / 3))));
const lastThird = (values: readonly number[]) => mean(values.slice(-Math.max(1, Math.floor(values.length / 3))));

function placeOf(one: Judged, facts: Facts): Place {
  const { stream, batches } = one;
  const batchMs = median(batches.map((batch) => batch.batchMs as number)) ?? 0;
  const rows = median(batches.map(rowsOf)) ?? 0;
  const jobs = facts.run.jobs.filter((job) => job.streamingQueryId === stream.id);
  const executions = new Set(jobs.flatMap((job) => job.sqlExecutionId ?? []));
  const stages = facts.stages.all.filter((stage) => stage.job?.streamingQueryId === stream.id).sort((a, b) => b.wallMs - a.wallMs);
  // Where the batch goes: its longest phase (addBatch is the work itself), and the state's partitions.
  const phases = new Map<string, number>();
  for (const batch of batches)
    for (const [name, ms] of batch.durations) if (name !== 'triggerExecution') phases.set(name, (phases.get(name) ?? 0) + ms);
  const [phase, phaseMs] = [...phases].sort((a, b) => b[1] - a[1])[0] ?? ['addBatch', 0];
  const wide = stages[0];
  const tasks = wide?.width ?? 0;
  const stateful = batches.some((batch) => (batch.stateRows ?? 0) > 0);
  const overhead = wide !== undefined && rows / Math.max(1, tasks) < 10_000 && tasks > 2 * wide.slots;
  const evidence: EvidenceRef[] = [
    ...[...executions].slice(0, MAX_EVIDENCE).map((executionId): EvidenceRef => ({ kind: 'sql', executionId })),
    ...stages
      .slice(0, MAX_EVIDENCE)
      .map((stage): EvidenceRef => ({ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt })),
    // What it falls behind of; the only evidence left when the log has no jobs.
    ...(batches.at(-1)?.sources ?? []).map((source): EvidenceRef => ({ kind: 'table', path: source.description })),
  ];
  const conf = (key: string) => facts.run.environment.spark.get(key);
  const partitions = conf('spark.sql.shuffle.partitions') ?? '200';
  return {
    cause: `Stream ${stream.name ?? stream.id} falls behind: ${one.why}. A batch of ${formatCount(rows)} rows takes ${formatMillis(batchMs)} (${formatCount((rows / Math.max(1, batchMs)) * 1000)} rows/s); ${formatShare(one.saturated)} of the batches started without a pause.`,
    evidence,
    numbers: [
      { name: 'batches', value: stream.progressCount, unit: 'count' },
      { name: 'median batch', value: batchMs, unit: 'ms' },
      { name: 'rows per batch', value: rows, unit: 'count' },
      { name: 'rows processed', value: (rows / Math.max(1, batchMs)) * 1000, unit: 'rows/s' },
      {
        name: `share of ${phase}`,
        value:
          phaseMs /
          Math.max(
            1,
            batches.reduce((sum, batch) => sum + (batch.batchMs as number), 0),
          ),
        unit: 'share',
      },
    ],
    heldMs: Math.min(one.heldMs, facts.clock.wallMs ?? 0),
    remedies: [
      ...(one.capped
        ? [
            'Take more per trigger: raise maxFilesPerTrigger or maxOffsetsPerTrigger (for example fivefold), since most of a batch is cost that does not grow with its rows.',
          ]
        : []),
      ...(overhead && stateful
        ? [
            `Fewer partitions for so few rows: spark.sql.shuffle.partitions ${partitions} → ${Math.max(1, Math.round(wide.slots))} (${formatCount(tasks)} tasks a batch for ${formatCount(rows)} rows, and as many state stores to commit); the state keeps its number, so start from a new checkpoint.`,
          ]
        : overhead
          ? [`Fewer partitions for so few rows: spark.sql.shuffle.partitions ${partitions} → ${Math.max(1, Math.round(wide.slots))}.`]
          : []),
      phase === 'addBatch' || phaseMs === 0
        ? 'Make the batch itself cheaper (its heaviest stage is in the evidence), or give the stream more cores.'
        : `Shorten ${phase}, where most of a batch goes: it is the driver's work, not the tasks'.`,
    ],
  };
}
