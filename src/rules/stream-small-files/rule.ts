// Small files from a stream: each trigger leaves many tiny files behind, and triggers never stop, so that every reader of the table pays.
// Law: judged by what one day of such triggers leaves: a stream of few, or of large, files is none. Counted are files really written.

import { formatBytes, formatCount, formatMillis, median } from '../../base/index.ts';
import type { StreamingQuery } from '../../eventlog/index.ts';
import type { StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type Place, placesOr } from '../define.ts';
import { heldBy, unique } from '../shared.ts';

/** Stages and queries named as evidence. */
const MAX_EVIDENCE = 200;

export const rule = defineRule({
  meta: {
    id: 'stream-small-files',
    title: 'Stream that writes many tiny files',
    category: 'streaming',
    needs: ['run', 'clock', 'stages', 'plans', 'criticalPath'],
    fixability: 'advice',
    saves: 'outcome',
    inCode: ['write'],
    thresholds: {
      minBatches: {
        value: 4,
        unit: 'count',
        origin: 'the first batch warms up; three more are a habit',
        description: 'batches with output that a judgement needs',
      },
      maxMeanBytes: {
        value: 1024 ** 2,
        unit: 'bytes',
        origin: 'a quarter of spark.sql.files.openCostInBytes (4 MiB): opening such a file costs its readers several times its bytes',
        description: 'mean size up to which a file is tiny',
      },
      perDay: {
        value: 100_000,
        unit: 'count',
        origin:
          'measured: a small file costs its reader 11 ms of task time, so a day of these takes 18 minutes of one core at each reading',
        description: 'files a day, at the pace of the log, from which it matters',
      },
      perBatch: {
        value: 2,
        unit: 'ratio',
        origin: 'one file per core and trigger comes from the parallelism itself; beyond two it is the number of partitions',
        description: 'files of a batch per slot from which a batch writes too many',
      },
    },
    explains: ['small-output-files'],
  },
  diagnose({ run, clock, stages, plans, criticalPath }, t) {
    if (run.streams.length === 0 && run.jobs.length > 0) return { status: 'notApplicable', why: 'no streaming query' };
    if (run.streams.length === 0 || stages.all.length === 0) return { status: 'noData', missing: ['streaming queries with their tasks'] };
    return placesOr(
      run.streams.flatMap((stream) => placeOf(stream) ?? []),
      'no stream writes many tiny files',
    );

    function placeOf(stream: StreamingQuery): Place | undefined {
      const batches = new Map<string, StageFact[]>();
      for (const stage of stages.all) {
        if (stage.job?.streamingQueryId !== stream.id || stage.job.streamingBatchId === undefined) continue;
        batches.set(stage.job.streamingBatchId, [...(batches.get(stage.job.streamingBatchId) ?? []), stage]);
      }
      const written = [...batches.values()].map((own) => ({ own, ...outputOf(own) })).filter(({ files }) => files > 0);
      // A batch that was cut off in the middle says nothing.
      if (written.length < t.minBatches) return undefined;
      const files = written.reduce((sum, batch) => sum + batch.files, 0);
      const bytes = written.reduce((sum, batch) => sum + batch.bytes, 0);
      const starts = written.map(({ own }) => Math.min(...own.map((stage) => stage.startMs)));
      const ends = written.map(({ own }) => Math.max(...own.map((stage) => stage.endMs)));
      const spanMs = Math.max(...ends) - Math.min(...starts);
      const slots = median(written.map(({ writing }) => writing[0]?.slots ?? 1)) ?? 1;
      const each = files / written.length;
      const perDay = spanMs > 0 ? (files / spanMs) * 86_400_000 : 0;
      if (bytes / files > t.maxMeanBytes || perDay < t.perDay || each < t.perBatch * slots) return undefined;
      const own = unique(written.flatMap(({ writing }) => writing));
      const executions = unique(own.flatMap((stage) => stage.execution?.id ?? []));
      const evidence: EvidenceRef[] = [
        ...executions.slice(0, MAX_EVIDENCE).map((executionId): EvidenceRef => ({ kind: 'sql', executionId })),
        ...own
          .slice(0, MAX_EVIDENCE)
          .map((stage): EvidenceRef => ({ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt })),
      ];
      const sink = stream.sink ?? 'its sink';
      const wanted = Math.max(1, Math.ceil(bytes / written.length / (128 * 1024 ** 2)));
      return {
        cause: `Stream ${stream.name ?? stream.id} writes ${formatCount(Math.round(each))} files of ${formatBytes(bytes / files)} a batch to ${sink}: ${formatCount(files)} in ${formatMillis(spanMs)}, ${formatCount(Math.round(perDay))} a day at this pace.`,
        evidence,
        numbers: [
          { name: 'files per batch', value: Math.round(each), unit: 'count' },
          { name: 'mean file', value: Math.round(bytes / files), unit: 'bytes' },
          { name: 'files a day', value: Math.round(perDay), unit: 'count' },
          { name: 'batches', value: written.length, unit: 'count' },
        ],
        // One file a batch would do: the writing stages keep the part that a single file of the rows takes.
        heldMs: Math.min(clock.wallMs ?? 0, heldBy(criticalPath, own) * (1 - Math.min(1, (wanted * slots) / each))) / 2,
        remedies: [
          `Write fewer files a batch: \`.coalesce(${wanted})\` in \`foreachBatch\`, or fewer shuffle partitions for a stateful query (the state keeps its number: a new checkpoint).`,
          'Trigger less often or take more per trigger, so that a batch holds enough for a file.',
          'Write to a table format and let it merge small files (optimised writes, OPTIMIZE on a schedule).',
        ],
      };
    }

    /** Files and bytes of a batch: what its write commands say, else one file a task that wrote. */
    function outputOf(own: readonly StageFact[]): { files: number; bytes: number; writing: StageFact[] } {
      const nodes = unique(own.flatMap((stage) => plans.ofStage(stage).map(({ node }) => node))).filter((node) => node.kind === 'write');
      const told = nodes.filter((node) => node.metric('number of written files') !== undefined);
      if (told.length > 0)
        return {
          files: told.reduce((sum, node) => sum + (node.metric('number of written files') ?? 0), 0),
          bytes: told.reduce((sum, node) => sum + (node.metric('written output') ?? 0), 0),
          writing: unique(told.flatMap((node) => node.stages)).filter((stage) => own.includes(stage)),
        };
      const writing = own.filter((stage) => stage.total('outputBytes') > 0);
      return {
        files: writing.reduce((sum, stage) => sum + stage.values('outputBytes').filter((bytes) => bytes > 0).length, 0),
        bytes: writing.reduce((sum, stage) => sum + stage.total('outputBytes'), 0),
        writing,
      };
    }
  },
});
