// Allocation lag: dynamic allocation brings executors too late, or has given them back, so that work waits for machines.
// Law: only with dynamic allocation; the start of the cluster is taken off once; counted is time in which tasks were waiting and fewer slots existed
// than came a little later for the same work.

import { formatCount, formatMillis } from '../../base/index.ts';
import { eachPiece, integral, type StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type Place, placesOr } from '../define.ts';
import { missingTasks, stageRef } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'allocation-lag',
    title: 'Work that waits for executors',
    category: 'resources',
    needs: ['run', 'stages', 'activity', 'criticalPath', 'settings'],
    fixability: 'review',
    saves: 'time',
    inCode: ['setting'],
    keysInCode: [
      'spark.dynamicAllocation.initialExecutors',
      'spark.dynamicAllocation.minExecutors',
      'spark.dynamicAllocation.schedulerBacklogTimeout',
    ],
    thresholds: {
      startMs: {
        value: 15_000,
        unit: 'ms',
        origin: 'an executor on YARN or Kubernetes starts in 5–15 s; no setting of Spark makes that shorter',
        description: 'time that a new executor takes, which is not counted',
      },
    },
    explains: ['driver-gap', 'idle-slots'],
  },
  diagnose({ run, stages, activity, criticalPath, settings }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (settings.local || !settings.dynamicAllocation) return { status: 'notApplicable', why: 'dynamic allocation is off' };
    if (!activity.slotsKnown) return { status: 'noData', missing: ['cores of the executors'] };
    return placesOr(
      stages.all.flatMap((stage) => placeOf(stage) ?? []),
      'executors were there when work was',
    );

    function placeOf(stage: StageFact): Place | undefined {
      const held = criticalPath.held(stage);
      const from = stage.stage.submittedMs ?? stage.startMs;
      const to = stage.endMs;
      if (to - from <= t.startMs || stage.width < 2) return undefined;
      // The most slots that this stage's tasks had and could fill.
      let most = 0;
      eachPiece(activity.slots, from, to, (slots) => {
        most = Math.max(most, slots);
      });
      const usable = Math.min(most, stage.width);
      // Slots missing against that, while all that were there were taken.
      let missingSlots = 0;
      eachPiece(activity.slots, from, to, (slots, a, b) => {
        if (slots >= usable) return;
        const busy = integral(activity.running, a, b) / (b - a) >= 0.9 * slots;
        if (busy) missingSlots += (1 - slots / usable) * (b - a);
      });
      const before = Math.max(0, stage.startMs - from);
      const heldMs = Math.min(held + before, Math.max(0, missingSlots - t.startMs));
      if (heldMs <= 0) return undefined;
      const added = run.executors.filter((executor) => (executor.addedMs ?? 0) > from && (executor.addedMs ?? 0) < to);
      if (added.length === 0) return undefined;
      const conf = ['minExecutors', 'initialExecutors', 'maxExecutors', 'schedulerBacklogTimeout', 'executorIdleTimeout'].flatMap(
        (name): EvidenceRef[] => {
          const key = `spark.dynamicAllocation.${name}`;
          const value = settings.get(key);
          return value === undefined ? [] : [{ kind: 'conf', key, value }];
        },
      );
      const lastMs = Math.max(...added.map((executor) => executor.addedMs ?? 0)) - from;
      return {
        cause: `Stage ${stage.stage.id} had work for ${formatCount(usable)} slots and got them only bit by bit: ${formatCount(added.length)} executors came while it ran, the last after ${formatMillis(lastMs)}; the missing slots held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [stageRef(stage), ...added.slice(0, 10).map((executor): EvidenceRef => ({ kind: 'executor', id: executor.id })), ...conf],
        numbers: [
          { name: 'slots it could use', value: usable, unit: 'count' },
          { name: 'executors added meanwhile', value: added.length, unit: 'count' },
          { name: 'last executor after', value: lastMs, unit: 'ms' },
        ],
        heldMs,
        remedies: [
          `Start with what the work needs: spark.dynamicAllocation.initialExecutors (and minExecutors between stages) near ${formatCount(added.length)}.`,
          'Keep executors over short pauses: spark.dynamicAllocation.executorIdleTimeout of a few minutes; ask for all at once: spark.dynamicAllocation.executorAllocationRatio=1.',
        ],
      };
    }
  },
});
