// Idle slots: a long stage had fewer tasks than slots, or its last wave filled only a few of them, although its work could be split further.
// Law: the partitions must be changeable (coalesce, AQE merging, a partition number, splits, a cached frame); what skew, a single partition, a file
// that cannot be cut, or a serial source made narrow is their finding. Every place must itself be worth doing: short stages are no matter of width.

import { formatBytes, formatCount, formatMillis, sum } from '../../base/index.ts';
import type { NarrowStage } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'idle-slots',
    title: 'Idle slots in a long stage',
    category: 'shuffle',
    needs: ['narrow', 'stages', 'criticalPath', 'clock', 'settings', 'activity'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['repartition', 'setting', 'read', 'window', 'aggregate', 'join'],
    keysInCode: ['spark.sql.shuffle.partitions', 'spark.sql.files.maxPartitionBytes', 'spark.default.parallelism'],
    thresholds: {
      minShare: {
        value: 0.2,
        unit: 'share',
        origin: 'one idle slot of five is the spread of ordinary task times',
        description: 'share of the stage’s time on the critical path that more tasks could save',
      },
    },
    explains: ['idle-executors', 'job-barrier'],
  },
  diagnose({ narrow, stages, criticalPath, clock, settings, activity }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (activity.peakSlots < 2) return { status: 'notApplicable', why: 'there is only one slot' };
    const groups = new Map<string, NarrowStage[]>();
    for (const stage of narrow) {
      if (stage.heldMs < t.minShare * criticalPath.held(stage.stage)) continue;
      const key = locationOf(stage);
      groups.set(key, [...(groups.get(key) ?? []), stage]);
    }
    const places: Place[] = [];
    for (const group of groups.values()) {
      const held = sum(group.map((one) => one.heldMs));
      if (held >= clock.noiseFloorMs) places.push(placeOf(group, held));
    }
    return placesOr(places, 'every long stage had tasks for all slots, or work that cannot be split');

    function placeOf(group: readonly NarrowStage[], held: number): Place {
      const first = group[0] as NarrowStage;
      const { stage, cause, tree, node, partitions, usable } = first;
      const slots = Math.round(stage.slots);
      const many =
        group.length > 1 ? `${formatCount(group.length)} stages ran` : `stage ${stage.stage.id} ran ${formatMillis(stage.wallMs)}`;
      const bytes = sum(stage.readBytes());
      const why = {
        coalesce: `coalesce(${stage.width}) merged ${formatCount(partitions ?? stage.width)} partitions, and everything before it`,
        aqe: `adaptive execution merged ${formatCount(partitions ?? stage.width)} shuffle partitions by size (${formatBytes(bytes)} in all)`,
        shuffle: `the shuffle has ${formatCount(partitions ?? stage.width)} partitions`,
        repartition: `the program repartitions into ${formatCount(partitions ?? stage.width)}`,
        splits: `the input of ${formatBytes(bytes)} was read in few splits`,
        files: `the input has only ${formatCount(partitions ?? stage.width)} files, and the work behind the scan runs in as many tasks`,
        cached: 'the cached frame has that few partitions',
        parallelism: 'its source has that few partitions',
        wave: 'the tasks do not fill the last wave',
      }[cause];
      // Merged by size, a group cannot be cut again by more partitions.
      const caveat = cause === 'aqe' ? ', unless one key holds most of the rows: it stays in one task' : '';
      return {
        cause: `${many} with ${stage.width} ${stage.width === 1 ? 'task' : 'tasks'} on ${slots} slots: ${why}. More tasks could save up to ${formatMillis(held)}${caveat}.`,
        evidence: [
          ...group.slice(0, 20).map((one) => stageRef(one.stage)),
          ...(tree !== undefined && node !== undefined ? [nodeRef(tree, node)] : []),
        ],
        numbers: [
          { name: 'tasks', value: stage.width, unit: 'count' },
          { name: 'slots', value: slots, unit: 'count' },
          { name: 'could run at once', value: usable, unit: 'count' },
          { name: 'stage time', value: sum(unique(group.map((one) => one.stage)).map((one) => one.wallMs)), unit: 'ms' },
        ],
        heldMs: held,
        remedies: remediesFor(first, bytes, slots),
      };
    }

    function remediesFor({ stage, cause, tree, partitions }: NarrowStage, bytes: number, slots: number): string[] {
      const n = slots * 2;
      switch (cause) {
        case 'coalesce':
          return [
            `Remove coalesce(${stage.width}): all ${formatCount(partitions ?? slots)} partitions then run in parallel.`,
            `If ${stage.width} output files are wanted, use \`repartition(${stage.width})\` as the last step before the write: only the finished rows are moved.`,
          ];
        case 'aqe': {
          const min = Math.max(1, Math.floor(bytes / n / 1024));
          return [
            `Repartition by number before the costly step, \`repartition(${n}, key)\`: AQE does not merge partitions whose number the program gave.`,
            (settings.version ?? 302) >= 302
              ? `Or let AQE merge less: spark.sql.adaptive.coalescePartitions.minPartitionSize=${min}k with spark.sql.adaptive.coalescePartitions.parallelismFirst=true for this query (raising spark.sql.shuffle.partitions alone changes nothing).`
              : 'Or set spark.sql.adaptive.coalescePartitions.minPartitionNum to the number of slots.',
          ];
        }
        case 'shuffle':
          return [
            `Raise spark.sql.shuffle.partitions to ${n} (now ${settings.get('spark.sql.shuffle.partitions', tree?.execution) ?? '200, the default'}).`,
          ];
        case 'repartition':
          return [
            `Repartition into more parts: \`repartition(${n})\` instead of ${formatCount(partitions ?? stage.width)}, or leave it out.`,
          ];
        case 'splits':
          return [
            `Read in smaller splits: spark.sql.files.maxPartitionBytes=${Math.max(4, Math.floor(bytes / n / 1024 ** 2))}m.`,
            `Or \`repartition(${n})\` right after the read.`,
          ];
        case 'files':
          return [
            `Repartition right after the read, \`repartition(${n})\`, so that the work behind it runs in ${n} tasks.`,
            'Or have the writer make more files (or smaller row groups).',
          ];
        case 'cached':
          return [`Repartition before caching: \`df.repartition(${n}).cache()\`; every pass over the frame then has ${n} tasks.`];
        case 'parallelism':
          return [
            `Give the source more partitions: \`parallelize(data, ${n})\`, minPartitions for text files, or \`repartition(${n})\` before the costly step.`,
          ];
        case 'wave':
          return [
            `Make the number of partitions a multiple of the ${slots} slots (${slots} or ${n} instead of ${stage.width}), so that the last wave is full.`,
          ];
      }
    }
  },
});

/** Stages that are narrow for the same reason at the same place: one cached frame, one exchange, one coalesce. */
function locationOf({ stage, cause, tree, node }: NarrowStage): string {
  const frame =
    cause === 'cached' || cause === 'parallelism'
      ? stage.stage.rdds
          .filter((rdd) => rdd.cached && rdd.partitions === stage.width)
          .map((rdd) => rdd.id)
          .sort((a, b) => a - b)[0]
      : undefined;
  if (frame !== undefined) return `rdd ${frame}`;
  return tree !== undefined && node !== undefined && cause !== 'wave' ? `${tree.execution.id} ${node.id}` : stage.key;
}
