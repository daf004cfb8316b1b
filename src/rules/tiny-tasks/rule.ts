// Tiny tasks: a shuffle cut into far more partitions than its data needs; starting, fetching and ending the tasks is the work.
// Law: overhead is what the log shows as such: a task's time outside its run, and the run of an empty task. More of it counts only when rows vary
// enough for the slope of time over rows to say what they cost. So many short tasks of real work (a service call a row) are not tiny, however
// even they are. Reading many small files is small-input-files.

import { formatBytes, formatCount, formatMillis, formatShare, median, quantile, sorted, sum } from '../../base/index.ts';
import { isExplicit, type PlanNode, type PlanTree, type Settings, type StageFact, shufflesRead } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, nodeRef, stageRef } from '../shared.ts';

const SETTING = 'spark.sql.shuffle.partitions';
const AQE = 'spark.sql.adaptive.enabled';

export const rule = defineRule({
  meta: {
    id: 'tiny-tasks',
    title: 'Tiny tasks',
    category: 'shuffle',
    needs: ['stages', 'criticalPath', 'plans', 'settings', 'run'],
    fixability: 'review',
    saves: 'time',
    inCode: ['setting', 'repartition', 'aggregate', 'join', 'window', 'read'],
    keysInCode: [
      'spark.sql.shuffle.partitions',
      'spark.default.parallelism',
      'spark.sql.adaptive.coalescePartitions.enabled',
      'spark.sql.files.maxPartitionBytes',
    ],
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
        description: 'share of the task time that is overhead, not rows',
      },
      emptyTaskMs: {
        value: 10,
        unit: 'ms',
        origin: 'measured: 2–11 ms of run time (fastest twentieth) in six stages whose tasks have next to no rows',
        description: 'run time that a task takes without any row',
      },
      minSpread: {
        value: 0.1,
        unit: 'ratio',
        origin: 'round robin gives 0.01, hashing 0.07 at 250 rows a task: there times vary for other reasons than rows',
        description: 'standard deviation ÷ mean of the rows per task from which on the slope is asked',
      },
      maxSlopeError: {
        value: 0.25,
        unit: 'share',
        origin: 'a stage without any row work must still pass minOverhead by a margin: 1 − 0.25 against 0.4',
        description: 'the share of time explained by rows must be known this well (half of its 95 % interval)',
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
    explains: ['scheduler-overhead', 'slow-commit'],
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
      const bytes = stage.readBytes();
      if ((median(bytes) ?? 0) > t.maxTaskBytes) continue;
      const shuffle = shufflesRead(stage, plans)[0];
      if (shuffle === undefined && stage.total('shuffleReadRecords') === 0) continue;
      const overhead = overheadOf(stage, t);
      const total = sum(bytes);
      const wanted = Math.max(slots, Math.ceil(total / t.targetBytes));
      if (overhead < t.minOverhead || wanted * 2 > n) continue;
      places.push(placeOf(stage, heldMs * overhead * (1 - wanted / n), overhead, duration.median, total, wanted, shuffle));
    }
    return placesOr(
      places,
      ['no stage on the critical path is known to have spent its time on starting and ending small tasks', ...untold()].join('; '),
    );

    /** Python stages of RDDs log neither the rows that Python read nor its time: many small tasks there can be overhead or dear rows. */
    function untold(): string[] {
      const blind = criticalPath.stages.filter(
        ({ stage, heldMs }) =>
          heldMs >= t.minStageMs &&
          stage.rows.length >= Math.max(t.minTasks, t.minWaves * Math.round(stage.slots)) &&
          (median(stage.readBytes()) ?? 0) <= t.maxTaskBytes &&
          (median(stage.values('outputBytes')) ?? 0) <= t.maxTaskBytes &&
          plans.ofStage(stage).length === 0 &&
          stage.stage.rdds.some((rdd) => rdd.name === 'PythonRDD'),
      );
      if (blind.length === 0) return [];
      const of = blind.map(({ stage }) => `${stage.stage.id} (${formatCount(stage.width)} tasks)`).slice(0, 5);
      return [
        `not told for the Python RDD stages ${of.join(', ')}: Spark logs no rows and no Python time of them, so try fewer slices or numPartitions if the rows are cheap`,
      ];
    }

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
          // With AQE Spark would have merged them.
          ...(explicit || shuffle === undefined || settings.aqe(execution) ? [] : [{ kind: 'conf' as const, key: AQE, value: 'false' }]),
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

/** Share of the task time that is overhead: as far as it is known, or as the slope of time over rows tells where it can. */
function overheadOf(
  stage: StageFact,
  t: { readonly emptyTaskMs: number; readonly minSpread: number; readonly maxSlopeError: number },
): number {
  const duration = stage.values('duration');
  const run = stage.values('runMs');
  const all = sum(duration);
  if (all <= 0) return 0;
  let known = 0;
  for (let i = 0; i < duration.length; i++) {
    const ran = Math.min(run[i] as number, duration[i] as number);
    known += (duration[i] as number) - ran + Math.min(ran, t.emptyTaskMs);
  }
  return Math.max(known / all, 1 - (rowShare(stage.readRecords(), duration, t.minSpread, t.maxSlopeError) ?? 1));
}

/**
 * Upper bound of the share of time that rows explain: by the upper 95 % bound of the slope of time over rows (least squares), and by the cheapest
 * tasks. Undefined when the slope does not tell: rows hardly vary, its error is wide, or it is so negative that something else drives the times.
 */
function rowShare(rows: Float64Array, time: Float64Array, minSpread: number, maxError: number): number | undefined {
  const n = rows.length;
  const meanRows = sum(rows) / n;
  const meanTime = sum(time) / n;
  let [sxx, sxy, rest] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    sxx += ((rows[i] as number) - meanRows) ** 2;
    sxy += ((rows[i] as number) - meanRows) * ((time[i] as number) - meanTime);
  }
  if (n < 3 || meanRows <= 0 || meanTime <= 0 || Math.sqrt(sxx / n) < minSpread * meanRows) return undefined;
  const slope = sxy / sxx;
  for (let i = 0; i < n; i++) rest += ((time[i] as number) - meanTime - slope * ((rows[i] as number) - meanRows)) ** 2;
  const error = 2 * Math.sqrt(rest / (n - 2) / sxx);
  const share = meanRows / meanTime;
  if (error * share > maxError || slope * share < -maxError) return undefined;
  const rates: number[] = [];
  for (let i = 0; i < n; i++) if ((rows[i] as number) > 0) rates.push((time[i] as number) / (rows[i] as number));
  const perRow = Math.min(quantile(sorted(rates), 0.1) ?? 0, Math.max(0, slope + error));
  let work = 0;
  for (let i = 0; i < n; i++) work += Math.min(time[i] as number, perRow * (rows[i] as number));
  return work / sum(time);
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
