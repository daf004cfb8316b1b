// State growth: the state of a stateful query grows with every batch and nothing is ever taken out of it.
// Law: growing is judged over the whole log, and only where no watermark evicts rows; what it costs is what batches grew by beside their input.

import { formatBytes, formatCount, formatMillis, median } from '../../base/index.ts';
import type { StreamingQuery } from '../../eventlog/index.ts';
import { defineRule, type EvidenceRef, type Place, placesOr } from '../define.ts';

const MAX_EVIDENCE = 200;

export const rule = defineRule({
  meta: {
    id: 'stream-state-growth',
    title: 'State that grows without bound',
    category: 'streaming',
    needs: ['run', 'clock', 'plans'],
    fixability: 'advice',
    saves: 'outcome',
    inCode: ['aggregate', 'distinct', 'join', 'write'],
    thresholds: {
      minBatches: {
        value: 20,
        unit: 'count',
        origin: 'a state fills up to the length of its watermark first; fewer batches than this show only the filling',
        description: 'batches with data that a judgement needs',
      },
      growing: {
        value: 0.9,
        unit: 'share',
        origin: 'a state that is cleaned shrinks now and then',
        description: 'share of the batches in which the state grew',
      },
      minBytes: {
        value: 128 * 1024 ** 2,
        unit: 'bytes',
        origin: 'an eighth of the default heap of an executor (1 GiB), where the default state store keeps it',
        description: 'state from which its growth is a danger',
      },
    },
    explains: ['gc-pressure', 'stream-trigger-overrun'],
  },
  diagnose({ run, clock, plans }, t) {
    if (run.streams.length === 0 && run.jobs.length > 0) return { status: 'notApplicable', why: 'no streaming query' };
    if (run.streams.every((stream) => stream.progress.length === 0))
      return { status: 'noData', missing: ['progress events of the streaming queries'] };
    if (run.streams.every((stream) => stream.progress.every((batch) => batch.stateRows === undefined)))
      return { status: 'notApplicable', why: 'no stream keeps state' };
    return placesOr(
      run.streams.flatMap((stream) => placeOf(stream) ?? []),
      'no large state grows from batch to batch without an end',
    );

    function placeOf(stream: StreamingQuery): Place | undefined {
      const batches = stream.progress.filter(
        (batch) => batch.stateRows !== undefined && batch.sources.some((source) => source.inputRows > 0),
      );
      const last = batches.at(-1);
      const first = batches[0];
      if (batches.length < t.minBatches || last?.stateRows === undefined || first?.stateRows === undefined) return undefined;
      const grew = batches.filter((batch, i) => i > 0 && (batch.stateRows as number) > (batches[i - 1]?.stateRows as number)).length;
      if (grew < t.growing * (batches.length - 1) || (last.stateBytes ?? 0) < t.minBytes) return undefined;
      const jobs = run.jobs.filter((job) => job.streamingQueryId === stream.id);
      const executions = [...new Set(jobs.flatMap((job) => job.sqlExecutionId ?? []))];
      const watermark = executions.some((id) => plans.get(id)?.nodes.some((node) => /EventTimeWatermark/.test(node.name)) === true);
      // With a watermark rows leave when it passes; the state may still be filling up to its length.
      if (watermark && (last.droppedByWatermark ?? 0) === 0) return undefined;
      const third = Math.max(1, Math.floor(batches.length / 3));
      const early = median(batches.slice(0, third).map((batch) => batch.batchMs ?? 0)) ?? 0;
      const late = median(batches.slice(-third).map((batch) => batch.batchMs ?? 0)) ?? 0;
      const rate = (last.stateRows - first.stateRows) / (batches.length - 1);
      const evidence: EvidenceRef[] = [
        ...executions.slice(-MAX_EVIDENCE).map((executionId): EvidenceRef => ({ kind: 'sql', executionId })),
        ...last.sources.map((source): EvidenceRef => ({ kind: 'table', path: source.description })),
      ];
      return {
        cause: `The state of stream ${stream.name ?? stream.id} grew in ${formatCount(grew)} of ${formatCount(batches.length - 1)} batches, to ${formatCount(last.stateRows)} rows (${formatBytes(last.stateBytes ?? 0)})${watermark ? '' : ', and no watermark ever takes a row out'}; batches went from ${formatMillis(early)} to ${formatMillis(late)}.`,
        evidence: evidence.length > 0 ? evidence : [{ kind: 'table', path: stream.name ?? stream.id }],
        numbers: [
          { name: 'state rows', value: last.stateRows, unit: 'count' },
          { name: 'state', value: last.stateBytes ?? 0, unit: 'bytes' },
          { name: 'rows added a batch', value: Math.round(rate), unit: 'count' },
          { name: 'batches', value: batches.length, unit: 'count' },
        ],
        heldMs: Math.min(clock.wallMs ?? 0, Math.max(0, late - early) * third),
        remedies: [
          watermark
            ? 'Shorten the watermark, or take the event time into the key that is deduplicated or grouped, so that old rows can leave.'
            : 'Give the query a watermark (`withWatermark("event_time", "1 hour")`) and use it: `dropDuplicatesWithinWatermark`, a windowed group, a time range in the join condition.',
          'If the state must be large, keep it outside the heap: spark.sql.streaming.stateStore.providerClass=…RocksDBStateStoreProvider.',
        ],
      };
    }
  },
});
