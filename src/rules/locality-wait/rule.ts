// Locality wait: tasks stand in line for a node that has their data while other slots are free, for longer than moving the data would take.
// Law: proved by launches: a task that went to a worse place in the end waited while a slot was free and no other stage wanted it.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import { FLAG, LOCALITIES } from '../../eventlog/index.ts';
import { type Activity, eachPiece, makespan, type StageFact, valueAt } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, parseDurationMs, stageRef } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'locality-wait',
    title: 'Free slots while tasks wait for local data',
    category: 'resources',
    needs: ['stages', 'activity', 'criticalPath', 'settings'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['setting'],
    keysInCode: ['spark.locality.wait'],
    thresholds: {
      minFar: {
        value: 2,
        unit: 'count',
        origin: 'one late task may have waited for something else',
        description: 'tasks that went to a worse place after waiting',
      },
    },
    explains: ['idle-slots', 'driver-gap'],
  },
  diagnose({ stages, activity, criticalPath, settings }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (settings.local) return { status: 'notApplicable', why: 'local mode: all data is in the one process' };
    const wait = parseDurationMs(settings.get('spark.locality.wait')) ?? 3000;
    if (wait <= 0) return { status: 'notApplicable', why: 'spark.locality.wait is 0' };
    return placesOr(
      stages.all.flatMap((stage) => placeOf(stage, wait) ?? []),
      'no task waited for local data while a slot was free',
    );

    function placeOf(stage: StageFact, waitMs: number): Place | undefined {
      const held = criticalPath.held(stage);
      const from = stage.stage.submittedMs ?? stage.startMs;
      if (held <= 0 || stage.endMs - from < waitMs) return undefined;
      const flags = stage.values('flags');
      const launch = stage.values('launch');
      const base = stage.startMs - (launch.length > 0 ? launch.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) : 0);
      // Launched at least a whole wait after the stage began, in a place that is neither the process nor the node of its data.
      const far: number[] = [];
      for (let i = 0; i < flags.length; i++) {
        const locality = LOCALITIES[(flags[i] as number) & FLAG.locality];
        const at = base + (launch[i] as number);
        if (
          (locality === 'ANY' || locality === 'RACK_LOCAL' || locality === 'NODE_LOCAL') &&
          at - from >= 0.9 * waitMs &&
          freeBefore(activity, at, waitMs)
        )
          far.push(at);
      }
      if (far.length < t.minFar) return undefined;
      const last = Math.max(...far);
      // Time in which slots stood free before the last of them began: their share of all slots.
      let free = 0;
      eachPiece(activity.running, from, last, (running, a, b) => {
        const slots = activity.slotsAt(a);
        free += (Math.max(0, slots - running) / slots) * (b - a);
      });
      // The same tasks in the same order, each taken by the first free slot.
      const atOnce = makespan(stage.values('duration'), stage.slots, stage.launchOrder());
      const heldMs = Math.min(held, free, Math.max(0, stage.endMs - from - atOnce));
      if (heldMs <= 0) return undefined;
      const share = far.length / Math.max(1, flags.length);
      return {
        cause: `${formatCount(far.length)} of ${formatCount(flags.length)} tasks of stage ${stage.stage.id} (${formatShare(share)}) waited ${formatMillis(waitMs)} and more for a place near their data while slots were free, and then ran elsewhere: that held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [
          stageRef(stage),
          { kind: 'conf', key: 'spark.locality.wait', value: settings.get('spark.locality.wait') ?? '3s (default)' },
        ],
        numbers: [
          { name: 'tasks that waited', value: far.length, unit: 'count' },
          { name: 'tasks', value: flags.length, unit: 'count' },
          { name: 'slots free meanwhile', value: Math.round(free), unit: 'ms' },
        ],
        heldMs,
        remedies: [
          'Wait less: spark.locality.wait=0s where storage is remote anyhow (object stores), 500ms on a cluster with local disks.',
          'If cached partitions sit on few executors, repartition before the cache so that every executor holds some.',
        ],
      };
    }
  },
});

/** A slot was free at every moment of the wait before a launch (looked at in ten points). */
function freeBefore(activity: Activity, at: number, waitMs: number): boolean {
  for (let k = 1; k <= 9; k++) {
    const ms = at - (k / 10) * waitMs;
    if (valueAt(activity.running, ms) >= activity.slotsAt(ms)) return false;
  }
  return true;
}
