// Driver collect: a large result is pulled to the driver, which then works on it alone while every slot is idle.
// Law: the result must be large (bytes that tasks sent back) and the driver busy behind it; broadcasts and commit messages are not collects.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import type { Job } from '../../eventlog/index.ts';
import { broadcastOf, callSiteOf, type DriverSegment, outputRows, type StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type FactMap, type Place, placesOr } from '../define.ts';

type Facts = Pick<FactMap, 'run' | 'stages' | 'plans' | 'criticalPath'>;

export const rule = defineRule({
  meta: {
    id: 'driver-collect',
    title: 'Large result pulled to the driver',
    category: 'driver',
    needs: ['run', 'stages', 'plans', 'criticalPath'],
    fixability: 'review',
    saves: 'time',
    inCode: ['action'],
    thresholds: {
      minBytes: {
        value: 4 * 1024 * 1024,
        unit: 'bytes',
        origin: 'measured: 0.7 MiB of results cost 0.4 s on the driver, 56 MiB cost 9 s',
        description: 'least size of the result that tasks sent to the driver',
      },
      bytesPerTask: {
        value: 32 * 1024,
        unit: 'bytes',
        origin: 'measured: 2–17 KiB of metrics and commit messages per task that collects nothing',
        description: "part of each task's result that is not data",
      },
      normalMs: {
        value: 300,
        unit: 'ms',
        origin: 'measured: time between two queries of a program that does nothing in between',
        description: 'driver time after a query that is normal',
      },
    },
    explains: ['driver-gap', 'idle-slots'],
  },
  diagnose(facts, t) {
    if (facts.stages.all.length === 0) return { status: 'noData', missing: ['tasks'] };
    const places: Place[] = [];
    for (const stage of facts.stages.all) {
      const collected = collectedBytes(stage, facts, t.bytesPerTask);
      if (collected < t.minBytes || stage.job === undefined) continue;
      const place = placeOf(stage, stage.job, collected, facts, t.normalMs);
      if (place.heldMs > 0) places.push(place);
    }
    return placesOr(places, `no result of ${formatBytes(t.minBytes)} or more went to the driver with work behind it`);
  },
});

/** Spark's own libraries collect models and statistics: not a matter of the user's code. */
const LIBRARY = /org\.apache\.spark\.(ml|mllib|graphx)\./;

/** Bytes of data that a result stage sent to the driver: nothing that it shuffled, wrote or broadcast. */
function collectedBytes(stage: StageFact, { plans }: Facts, perTask: number): number {
  if (stage.total('shuffleWriteBytes') > 0 || stage.total('outputBytes') > 0 || LIBRARY.test(stage.stage.details ?? '')) return 0;
  let bytes = 0;
  const sizes = stage.values('resultSize');
  for (let i = 0; i < sizes.length; i++) bytes += Math.max(0, (sizes[i] as number) - perTask);
  if (bytes === 0) return 0;
  const tree = stage.execution === undefined ? undefined : plans.get(stage.execution.id);
  // The tasks of a write send file names, those of a broadcast the table of a join.
  if (
    tree !== undefined &&
    (broadcastOf(tree, stage) !== undefined || tree.nodes.some((node) => node.kind === 'write' && node.stages.includes(stage)))
  )
    return 0;
  return bytes;
}

/** Driver time from the end of the collecting stage to whatever Spark does next: fetching, deserialising, and the program's own work. */
function after(stage: StageFact, job: Job, { criticalPath }: Facts): DriverSegment[] {
  const own = stage.execution?.id;
  const end = Math.max(stage.endMs, job.completedMs ?? 0);
  const out: DriverSegment[] = [];
  let at = stage.endMs;
  for (const segment of criticalPath.driver) {
    if (segment.endMs <= stage.endMs || segment.startMs > end + 1000) continue;
    // Another query's time, or a gap between: the chain of idleness behind this result has ended.
    if (segment.startMs > at + 50) break;
    if (segment.executionId !== undefined && segment.executionId !== own) break;
    out.push(segment);
    at = segment.endMs;
  }
  return out;
}

function placeOf(stage: StageFact, job: Job, bytes: number, facts: Facts, normalMs: number): Place {
  const { plans, run } = facts;
  const segments = after(stage, job, facts);
  const gapMs = segments.reduce((sum, segment) => sum + segment.endMs - segment.startMs, 0);
  const tree = stage.execution === undefined ? undefined : plans.get(stage.execution.id);
  const rows =
    tree === undefined
      ? undefined
      : outputRows(tree.root.kind === 'wrapper' ? (tree.nodes.find((node) => node.kind !== 'wrapper') ?? tree.root) : tree.root);
  const next = segments.at(-1)?.nextExecutionId;
  // Data that comes back from the driver: a local relation, or a parallelised collection.
  const back = next === undefined ? undefined : plans.get(next)?.nodes.find((node) => /^(LocalTableScan|Scan ExistingRDD)/.test(node.name));
  const text = `${stage.execution?.description ?? ''} ${job.callSite ?? ''} ${stage.stage.name}`;
  const line = callSiteOf(stage.execution?.description) ?? callSiteOf(job.callSite) ?? callSiteOf(stage.stage.name);
  const call = /\b(toPandas|toLocalIterator|collect\w*|take\w*|head|show)\b/.exec(text)?.[1];
  const evidence: EvidenceRef[] = [
    { kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt },
    ...(stage.execution === undefined
      ? [{ kind: 'job', jobId: job.id } as const]
      : [{ kind: 'sql', executionId: stage.execution.id } as const]),
    ...(back === undefined || next === undefined ? [] : [{ kind: 'sql', executionId: next, nodeId: back.id, node: back.name } as const]),
    ...(line === undefined ? [] : [{ kind: 'source', file: line.file, line: line.line } as const]),
  ];
  const arrow = run.environment.spark.get('spark.sql.execution.arrow.pyspark.enabled') === 'true';
  return {
    cause: `${call ?? 'A result'} of ${stage.execution === undefined ? `job ${job.id}` : `query ${stage.execution.id}`} brought ${rows === undefined ? '' : `${formatCount(rows)} rows, `}${formatBytes(bytes)} to the driver, which then worked alone for ${formatMillis(gapMs)}${back === undefined ? '' : ', and sent data back to Spark'}.`,
    evidence,
    numbers: [
      { name: 'result size', value: bytes, unit: 'bytes' },
      ...(rows === undefined ? [] : [{ name: 'rows', value: rows, unit: 'count' } as const]),
      { name: 'driver alone', value: gapMs, unit: 'ms' },
    ],
    heldMs: Math.max(0, gapMs - normalMs),
    remedies: [
      'Keep the work in Spark: express what is done with the collected rows as DataFrame operations (groupBy().agg(), joins, window functions) and write the result from there.',
      `Collect only what a person or a small model needs: aggregate or filter first${rows === undefined ? '' : ` (${formatCount(rows)} rows came)`}; to run pandas code per group, applyInPandas keeps it on the executors.`,
      ...(call === 'toPandas' && !arrow
        ? [
            'If the pandas frame is really needed: spark.sql.execution.arrow.pyspark.enabled=true moves it in columns instead of row by row.',
          ]
        : []),
    ],
  };
}
