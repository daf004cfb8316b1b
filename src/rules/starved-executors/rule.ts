// Starved executors: every slot is taken all the time and tasks queue many deep, so that only more slots make the run shorter.
// Law: the last thing to say, after every other cause: the same work is done, sooner and for the same core time. Local mode has nothing to add.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import type { StageFact } from '../../facts/index.ts';
import { defineRule, placesOr } from '../define.ts';
import { missingTasks, stageRef } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'starved-executors',
    title: 'Work that queues for slots',
    category: 'resources',
    needs: ['clock', 'activity', 'stages', 'criticalPath', 'settings'],
    fixability: 'advice',
    saves: 'time',
    thresholds: {
      minWallMs: {
        value: 600_000,
        unit: 'ms',
        origin: 'getting a machine takes one to three minutes: in a run of under ten they hardly help',
        description: 'length of the run from which more machines pay',
      },
      busy: {
        value: 0.85,
        unit: 'share',
        origin: 'above this the simulator’s executor curve still falls nearly as 1 ÷ executors',
        description: 'least busy share of the slots over the whole run',
      },
      waves: {
        value: 8,
        unit: 'count',
        origin: 'twice the slots still leave four waves, so that the last one stays a small part',
        description: 'tasks per slot of a stage from which twice the slots halve it',
      },
    },
    explains: [],
  },
  diagnose({ clock, activity, stages, criticalPath, settings }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (settings.local) return { status: 'notApplicable', why: 'local mode has no executors to add' };
    if (clock.wallMs === undefined || activity.allocatedCoreMs === undefined || activity.allocatedCoreMs <= 0)
      return { status: 'noData', missing: ['cores of executors'] };
    const busy = activity.busyCoreMs / activity.allocatedCoreMs;
    if (clock.wallMs < t.minWallMs || busy < t.busy)
      return { status: 'clear', note: `the run is short or has free slots (${formatShare(Math.min(1, busy))} busy)` };
    const deep = criticalPath.stages.filter(({ stage }) => stage.width >= t.waves * stage.slots && filled(stage));
    const held = deep.reduce((sum, one) => sum + one.heldMs, 0);
    const first = deep[0]?.stage;
    if (first === undefined) return { status: 'clear', note: 'no stage has tasks for many more slots' };
    const executors = Math.max(1, Math.round(activity.allocatedCoreMs / clock.wallMs));
    return placesOr(
      [
        {
          cause: `${formatShare(Math.min(1, busy))} of all core time was busy and tasks waited for slots: stage ${first.stage.id} has ${formatCount(first.width)} tasks for ${formatCount(Math.round(first.slots))} slots; with twice the slots such stages (${formatMillis(held)} of the run's end) take half as long, for about the same core time.`,
          evidence: deep.slice(0, 20).map(({ stage }) => stageRef(stage)),
          numbers: [
            { name: 'busy', value: Math.min(1, busy), unit: 'share' },
            { name: 'mean cores', value: executors, unit: 'count' },
            { name: 'tasks waiting at the start of the widest', value: Math.max(0, first.width - Math.round(first.slots)), unit: 'count' },
          ],
          heldMs: held / 2,
          remedies: [
            `More executors, if sooner is worth it: ${settings.dynamicAllocation ? 'raise spark.dynamicAllocation.maxExecutors' : 'raise spark.executor.instances'} to twice what it is; the price in core time stays about the same, the hold time per machine halves.`,
            'First look at the other findings: making the work itself smaller costs nothing.',
          ],
        },
      ],
      '',
    );
  },
});

/** The stage alone kept its slots busy. */
const filled = (stage: StageFact): boolean => stage.wallMs > 0 && stage.taskTimeMs >= 0.85 * stage.slots * stage.wallMs;
