// Single partition: a window without partitionBy, coalesce(1), repartition(1) or another exchange to one partition makes one task do all the work.
// Law: only a one-task stage on the critical path counts, with rows enough to share: many, or a few for every slot when each is dear. The rows of
// a final aggregate are partial results, one for each task before: few of them say nothing about the work.
// coalesce(1) has no shuffle: everything before it, up to the last shuffle or the scan, runs in that one task too.

import { formatCount, formatMillis, sum } from '../../base/index.ts';
import { isSinglePartition, type PlanNode, type PlanTree, parentOperator, shufflesRead, workerStartShare } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, nodeRef, stageRef } from '../shared.ts';

type Why = 'coalesce' | 'window' | 'repartition' | 'aggregate' | 'other';

interface Fault {
  readonly why: Why;
  readonly tree: PlanTree | undefined;
  readonly node: PlanNode | undefined;
  readonly exchange: PlanNode | undefined;
  /** Partitions that were there to work on; undefined when the rows were spread before. */
  readonly before: number | undefined;
}

export const rule = defineRule({
  meta: {
    id: 'single-partition',
    title: 'Work in a single partition',
    category: 'shuffle',
    needs: ['stages', 'criticalPath', 'plans', 'clock'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['window', 'repartition', 'sort', 'aggregate', 'write'],
    thresholds: {
      minRows: {
        value: 1000,
        unit: 'count',
        origin: 'fewer rows need no second task: Spark’s own smallest range sample is 100 rows a partition',
        description: 'rows that the one task reads',
      },
      minRowsPerSlot: {
        value: 2,
        unit: 'count',
        origin: 'Spark’s tuning guide: 2–3 tasks per core; fewer rows cannot be dealt to all slots evenly',
        description: 'rows per slot that suffice instead of minRows when the time that could be saved is worth it',
      },
      minStageMs: {
        value: 250,
        unit: 'ms',
        origin: 'starting and committing one task takes 100–200 ms (measured)',
        description: 'time on the critical path below which a stage is not looked at',
      },
    },
    explains: ['idle-slots', 'idle-executors', 'shuffle-spill', 'gc-pressure', 'unsplittable-input', 'job-barrier'],
  },
  diagnose({ stages, criticalPath, plans, clock }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const places: Place[] = [];
    for (const { stage, heldMs } of criticalPath.stages) {
      const slots = Math.round(stage.slots);
      if (heldMs < t.minStageMs || stage.width !== 1 || stage.stage.taskCount !== 1 || slots < 2) continue;
      const fault = faultOf();
      if (fault === undefined) continue;
      const usable = Math.min(slots, fault.before ?? slots);
      const rows = Math.max(sum(stage.readRecords()), stage.total('outputRecords'));
      // Failed attempts of the one task are another rule's matter.
      const attempts = stage.rows.length === 0 ? 1 : sum(stage.values('duration')) / Math.max(1, stage.taskTimeMs);
      const held = heldMs * Math.min(1, attempts) * (1 - workerStartShare(stage, plans)) * (1 - 1 / usable);
      const dear = fault.why !== 'aggregate' && held >= clock.noiseFloorMs;
      const enough = dear ? Math.min(t.minRows, t.minRowsPerSlot * slots) : t.minRows;
      // A task that has not ended tells no rows.
      if (usable < 2 || (rows < enough && stage.stage.runningTasks.length === 0)) continue;
      places.push(placeOf(fault, held, rows, usable));

      function faultOf(): Fault | undefined {
        const nodes = plans.ofStage(stage);
        const coalesce = nodes.find(({ node }) => node.kind === 'coalesce' && /^(?:Gpu)?Coalesce (?:numPartitions=)?1\b/.test(node.detail));
        const widest = stage.stage.rdds.reduce((top, rdd) => Math.max(top, rdd.partitions), 0);
        const merged = stage.stage.rdds.some((rdd) => rdd.name === 'CoalescedRDD' && rdd.partitions === 1);
        if ((coalesce !== undefined || merged) && widest > 1)
          return { why: 'coalesce', tree: coalesce?.tree, node: coalesce?.node, exchange: undefined, before: widest };
        const read = shufflesRead(stage, plans).find(({ exchange }) => isSinglePartition(exchange));
        if (read === undefined) return undefined;
        const window = nodes.find(({ node }) => node.kind === 'window');
        if (window !== undefined) return { why: 'window', tree: read.tree, node: window.node, exchange: read.exchange, before: undefined };
        const why = /REPARTITION_BY/.test(read.exchange.detail) ? 'repartition' : read.reader.kind === 'aggregate' ? 'aggregate' : 'other';
        return { why, tree: read.tree, node: why === 'repartition' ? undefined : read.reader, exchange: read.exchange, before: undefined };
      }

      function placeOf({ why, tree, node, exchange, before }: Fault, held: number, rows: number, usable: number): Place {
        const what = {
          coalesce: `coalesce(1) has no shuffle, so ${before === undefined ? 'all' : `the ${formatCount(before)} partitions`} before it run in one task`,
          window: `A window without partitionBy moves all rows to one partition`,
          repartition: 'repartition(1) moves all rows to one partition, and everything behind it runs there',
          aggregate: 'An aggregate without keys gathers everything in one partition',
          other: `${node?.name.trim() ?? 'An operator'} wants all rows in one partition`,
        }[why];
        return {
          cause: `${what}: stage ${stage.stage.id} worked on ${rows > 0 ? `${formatCount(rows)} rows` : 'its rows'} in a single task for ${formatMillis(stage.wallMs)} while ${usable} could run; up to ${formatMillis(held)} of it could be saved.`,
          evidence: [
            stageRef(stage),
            ...(tree !== undefined && node !== undefined ? [nodeRef(tree, node)] : []),
            ...(tree !== undefined && exchange !== undefined ? [nodeRef(tree, exchange)] : []),
          ],
          numbers: [
            { name: 'tasks', value: 1, unit: 'count' },
            { name: 'slots', value: slots, unit: 'count' },
            { name: 'rows', value: rows, unit: 'count' },
            { name: 'stage time', value: stage.wallMs, unit: 'ms' },
          ],
          heldMs: held,
          remedies: remediesFor(why, node === undefined ? undefined : parentOperator(node)?.kind === 'write', usable),
        };
      }
    }
    return placesOr(places, 'no stage ran all its rows in one partition and held the end');
  },
});

function remediesFor(why: Why, writes: boolean | undefined, usable: number): string[] {
  switch (why) {
    case 'coalesce':
      return [
        'Use `repartition(1)` instead of `coalesce(1)`: the work before it stays parallel, only the finished rows are moved to one task.',
        'Better, if one file is not really needed: write without it, and let readers take the folder, or merge the files afterwards.',
      ];
    case 'window':
      return [
        'Give the window a partitionBy: if the function looks at rows of one entity only (lag, row_number, running sums per customer), add that column, `Window.partitionBy(key).orderBy(...)`.',
        'For a global running number use monotonically_increasing_id(), or rdd.zipWithIndex(), and for a global running sum add per-partition offsets: both stay parallel.',
        `At least move costly columns (UDFs, service calls) behind a \`repartition(${usable * 2})\`, or before the window.`,
      ];
    case 'repartition':
      return [
        `Move the costly steps before \`repartition(1)\`, so that only the write runs in one task.`,
        'Or drop it: write several files and merge them afterwards.',
      ];
    case 'aggregate':
      return [
        'Reduce before the last step: aggregate by a salt first (`groupBy(pmod(hash(id), 64))`), then over the partial results; exact distinct counts, collect_list and percentiles otherwise gather all rows in one task.',
      ];
    case 'other':
      return [
        `${writes === true ? 'Write the rows unsorted, or sort within partitions' : 'Use a form that works by partition'}: sortWithinPartitions, partitionBy of a window, or a limit before this step.`,
        'If the order of all rows is needed, use orderBy without coalesce: Spark sorts by ranges in parallel.',
      ];
  }
}
