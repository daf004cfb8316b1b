// Tiny tasks: a shuffle cut into far more partitions than its data needs; starting, fetching and ending the tasks is the work.
// Law: what a row costs is bounded twice, by the cheapest tasks (time ÷ rows) and by the slope of time over rows; only time above the lower
// bound is overhead. So many short tasks of real work (a service call a row) are not tiny. Reading many small files is small-input-files.

import { formatBytes, formatCount, formatMillis, formatShare, quantile, sorted, sum } from '../../base/index.ts';
import { isExplicit, type PlanNode, type PlanTree, type Settings, type StageFact, shufflesRead } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, nodeRef, stageRef } from '../shared.ts';

const SETTING = 'spark.sql.shuffle.partitions';

export const rule = defineRule({
  meta: {
    id: 'tiny-tasks',
    title: 'Tiny tasks',
    category: 'shuffle',
    needs: ['stages', 'criticalPath', 'plans', 'settings', 'run'],
    fixability: 'review',
    saves: 'time',
    thresholds: {
      maxTaskMs: {
        value: 300,
        unit: 'ms',
        origin: 'Spark’s tuning guide calls tasks of 200 ms efficient; state stores and busy machines add 100 ms (measured)',
        description: 'median task time of the stage',
      },
      maxTaskBytes: {
        value: 1024 ** 2,
        unit: 'bytes',
        origin: 'spark.sql.adaptive.coalescePartitions.minPartitionSize: Spark itself merges below 1 MiB',
        description: 'median bytes that a task reads',
      },
      minWaves: {
        value: 4,
        unit: 'ratio',
        origin: 'fewer waves than this are wanted for balance (Spark tuning guide: 2–3 tasks per core)',
        description: 'tasks ÷ slots',
      },
      minTasks: {
        value: 32,
        unit: 'count',
        origin: 'the slots of a small cluster: fewer partitions are a sane setting on any',
        description: 'tasks of the stage',
      },
      minOverhead: {
        value: 0.4,
        unit: 'share',
        origin: 'measured: 0.47–0.98 in stages whose cure paid, 0.17 in a healthy stage of 320 tasks',
        description: 'share of the task time that is not explained by rows',
      },
      minStageMs: {
        value: 250,
        unit: 'ms',
        origin: 'shorter stages cannot be told from the start-up of a query',
        description: 'time on the critical path below which a stage is not looked at',
      },
      targetBytes: {
        value: 64 * 1024 ** 2,
        unit: 'bytes',
        origin: 'spark.sql.adaptive.advisoryPartitionSizeInBytes',
        description: 'bytes that a task should read',
      },
    },
    explains: [],
  },
  diagnose({ stages, criticalPath, plans, settings, run }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const places: Place[] = [];
    for (const { stage, heldMs } of criticalPath.stages) {
      const slots = Math.round(stage.slots);
      const n = stage.rows.length;
      if (heldMs < t.minStageMs || n < Math.max(t.minTasks, t.minWaves * slots)) continue;
      const duration = stage.distribution('duration');
      if (duration === undefined || duration.median >= t.maxTaskMs) continue;
      const bytes = sorted(stage.readBytes());
      if ((quantile(bytes, 0.5) ?? 0) > t.maxTaskBytes) continue;
      const shuffle = shufflesRead(stage, plans)[0];
      if (shuffle === undefined && stage.total('shuffleReadRecords') === 0) continue;
      const overhead = overheadOf(stage);
      const total = sum(bytes);
      const wanted = Math.max(slots, Math.ceil(total / t.targetBytes));
      if (overhead < t.minOverhead || wanted * 2 > n) continue;
      places.push(placeOf(stage, heldMs * overhead * (1 - wanted / n), overhead, duration.median, total, wanted, shuffle));
    }
    return placesOr(places, 'no stage on the critical path spent its time on starting and ending small tasks');

    function placeOf(
      stage: StageFact,
      held: number,
      overhead: number,
      median: number,
      total: number,
      wanted: number,
      shuffle: { tree: PlanTree; exchange: PlanNode } | undefined,
    ): Place {
      const execution = shuffle?.tree.execution;
      const value = settings.get(SETTING, execution);
      const explicit = shuffle !== undefined && isExplicit(shuffle.exchange);
      return {
        cause: `Stage ${stage.stage.id} ran ${formatCount(stage.width)} tasks of ${formatMillis(median)} for ${formatBytes(total)}: ${formatShare(overhead)} of their time is starting, fetching and ending, not rows; ${formatCount(wanted)} tasks would do and save up to ${formatMillis(held)}.`,
        evidence: [
          stageRef(stage),
          ...(shuffle === undefined ? [] : [nodeRef(shuffle.tree, shuffle.exchange)]),
          ...(explicit || value === undefined ? [] : [{ kind: 'conf' as const, key: SETTING, value }]),
        ],
        numbers: [
          { name: 'tasks', value: stage.width, unit: 'count' },
          { name: 'median task', value: median, unit: 'ms' },
          { name: 'bytes read', value: total, unit: 'bytes' },
          { name: 'overhead', value: overhead, unit: 'share' },
          { name: 'tasks needed', value: wanted, unit: 'count' },
        ],
        heldMs: held,
        remedies: remediesFor(
          settings,
          stage,
          wanted,
          explicit,
          shuffle?.tree,
          stage.job?.streamingQueryId !== undefined || run.streams.length > 0,
        ),
      };
    }
  },
});

/** Share of the task time that rows do not explain. */
function overheadOf(stage: StageFact): number {
  const duration = stage.values('duration');
  const records = stage.readRecords();
  const n = duration.length;
  const rates: number[] = [];
  for (let i = 0; i < n; i++) if ((records[i] as number) > 0) rates.push((duration[i] as number) / (records[i] as number));
  const perRow = Math.min(quantile(sorted(rates), 0.1) ?? 0, slopeAtMost(records, duration));
  let work = 0;
  for (let i = 0; i < n; i++) work += Math.min(duration[i] as number, perRow * (records[i] as number));
  const all = sum(duration);
  return all <= 0 ? 0 : 1 - work / all;
}

/** Upper 95 % bound of the slope of y over x (least squares); infinite when x does not vary. */
function slopeAtMost(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  const mx = sum(x) / n;
  const my = sum(y) / n;
  let [sxx, sxy, rest] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    sxx += ((x[i] as number) - mx) ** 2;
    sxy += ((x[i] as number) - mx) * ((y[i] as number) - my);
  }
  if (sxx <= 0 || n < 3) return Number.POSITIVE_INFINITY;
  const slope = sxy / sxx;
  for (let i = 0; i < n; i++) rest += ((y[i] as number) - my - slope * ((x[i] as number) - mx)) ** 2;
  return Math.max(0, slope + 2 * Math.sqrt(rest / (n - 2) / sxx));
}

function remediesFor(
  settings: Settings,
  stage: StageFact,
  wanted: number,
  explicit: boolean,
  tree: PlanTree | undefined,
  streaming: boolean,
): string[] {
  const execution = tree?.execution;
  if (tree === undefined)
    return [
      `Give the shuffle fewer partitions: pass numPartitions=${wanted} to the *ByKey or join call, or set spark.default.parallelism.`,
    ];
  if (explicit)
    return [`Repartition into fewer parts, \`repartition(${wanted})\` instead of ${stage.width}, or drop it: nothing this small needs it.`];
  if (streaming)
    return [
      `Set ${SETTING}=${wanted} before the query starts for the first time: with state the number is kept in the checkpoint, so a running query needs a new checkpoint.`,
      'Take more rows per trigger, so that each task has work.',
    ];
  const out: string[] = [];
  if (!settings.aqe(execution))
    out.push('Turn adaptive execution on (spark.sql.adaptive.enabled=true): it merges small partitions after each shuffle.');
  else if (!settings.flag('spark.sql.adaptive.coalescePartitions.enabled', true, execution))
    out.push('Let adaptive execution merge partitions again: spark.sql.adaptive.coalescePartitions.enabled=true.');
  else out.push('Let adaptive execution merge to its target size: spark.sql.adaptive.coalescePartitions.parallelismFirst=false.');
  out.push(`Or set ${SETTING}=${wanted} for this job.`);
  return out;
}
