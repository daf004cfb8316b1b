// Scheduler overhead: the driver cannot hand out tasks as fast as they end, because each carries much, or there are too many of them.
// Law: counted is time that tasks spent being scheduled and unpacked, of tasks that are not tiny themselves (a stage of tiny tasks is that cause).

import { formatCount, formatMillis, formatShare, sum } from '../../base/index.ts';
import type { StageFact } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { launchMs, missingTasks, stageRef } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'scheduler-overhead',
    title: 'Tasks that wait for the driver',
    category: 'driver',
    needs: ['stages', 'criticalPath'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['action'],
    thresholds: {
      minTasks: {
        value: 50,
        unit: 'count',
        origin: 'with fewer tasks the first of each executor (class loading) are most of them',
        description: 'tasks that a stage needs',
      },
      minShare: {
        value: 0.3,
        unit: 'share',
        origin: 'Spark’s UI shows scheduler delay and deserialisation of a few ms a task; a third of the task time is another order',
        description: 'least share of the task time spent being scheduled and unpacked',
      },
      normalMs: {
        value: 50,
        unit: 'ms',
        origin: 'reasoning: launching a task and sending its result back takes some 10 ms; a busy machine several times that',
        description: 'scheduling and unpacking of one task that is normal',
      },
    },
    explains: ['driver-gap'],
  },
  diagnose({ stages, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const wide = stages.all.filter((stage) => stage.rows.length >= t.minTasks);
    if (wide.length === 0) return { status: 'notApplicable', why: `no stage of ${formatCount(t.minTasks)} tasks` };
    return placesOr(
      wide.flatMap((stage) => placeOf(stage) ?? []),
      'tasks were handed out quickly',
    );

    function placeOf(stage: StageFact): Place | undefined {
      if (stage.taskTimeMs <= 0) return undefined;
      const over = Math.max(0, launchMs(stage) - t.normalMs * stage.rows.length);
      const share = Math.min(1, over / stage.taskTimeMs);
      if (share < t.minShare) return undefined;
      const heldMs = criticalPath.held(stage) * share;
      const unpack = sum(stage.values('deserializeMs')) / stage.rows.length;
      const delay = sum(stage.schedulerDelay()) / stage.rows.length;
      const result = stage.total('resultSize') / stage.rows.length;
      const what = unpack > delay ? 'unpacking what was sent with it' : 'waiting for the driver';
      return {
        cause: `A task of stage ${stage.stage.id} spent ${formatMillis(delay)} waiting for the driver and ${formatMillis(unpack)} unpacking before it did anything, ${formatShare(share)} of the time of ${formatCount(stage.rows.length)} tasks (mostly ${what}): that held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [stageRef(stage)],
        numbers: [
          { name: 'tasks', value: stage.rows.length, unit: 'count' },
          { name: 'scheduler delay a task', value: delay, unit: 'ms' },
          { name: 'unpacking a task', value: unpack, unit: 'ms' },
          { name: 'result of a task', value: result, unit: 'bytes' },
        ],
        heldMs,
        remedies: [
          unpack > delay
            ? 'Send less with each task: put large objects that functions close over into `sc.broadcast(...)`, and keep jars and archives small.'
            : 'Give the driver more cores (spark.driver.cores) and fewer, larger tasks to hand out; keep other work off its machine.',
          `Use fewer partitions here (${formatCount(stage.width)} now).`,
        ],
      };
    }
  },
});
