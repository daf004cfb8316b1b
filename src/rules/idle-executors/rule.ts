// Idle executors: the run holds more executors than its work can use, so they cost money without making it end sooner.
// Law: money only, never time. Judged by two counterfactuals over the run's own concurrency: the same work on fewer executors (hardly later), and
// executors given back while idle for a minute. What could be cured by more tasks or less skew is a matter of time and is said there.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import { type Activity, eachPiece } from '../../facts/index.ts';
import { defineRule, placesOr } from '../define.ts';
import { missingTasks, stageRef } from '../shared.ts';

/** Grid on which concurrency is looked at for executors that could be given back. */
const BUCKETS = 600;

export const rule = defineRule({
  meta: {
    id: 'idle-executors',
    title: 'Idle executors',
    category: 'resources',
    needs: ['run', 'activity', 'clock', 'settings', 'stages', 'criticalPath', 'narrow', 'skew'],
    fixability: 'review',
    saves: 'money',
    inCode: ['repartition', 'setting', 'action'],
    keysInCode: ['spark.sql.shuffle.partitions', 'spark.default.parallelism'],
    thresholds: {
      maxDelay: {
        value: 0.05,
        unit: 'share',
        origin: 'runs of the same job differ by more than 5 % on shared machines (measured)',
        description: 'how much later the run may end with fewer executors',
      },
      minWasted: {
        value: 60_000,
        unit: 'core-ms',
        origin: 'clouds bill a started minute of a core',
        description: 'core time in vain below which nothing is said',
      },
      idleTimeout: {
        value: 60_000,
        unit: 'ms',
        origin: 'spark.dynamicAllocation.executorIdleTimeout',
        description: 'time without work after which an executor could be given back',
      },
      curable: {
        value: 0.5,
        unit: 'share',
        origin: 'most of the idle time decides what to do about it',
        description: 'share of the idle core time in stages that could use the slots: then the cure is more tasks',
      },
    },
    explains: ['idle-slots'],
  },
  diagnose({ run, activity, clock, settings, stages, criticalPath, narrow, skew }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (settings.local) return { status: 'notApplicable', why: 'local mode has no executors to release' };
    const { startMs, endMs, wallMs } = clock;
    const cores = run.executors
      .filter((executor) => executor.id !== 'driver' && (executor.cores ?? 0) > 0)
      .map((executor) => executor.cores as number);
    if (
      cores.length === 0 ||
      activity.allocatedCoreMs === undefined ||
      startMs === undefined ||
      endMs === undefined ||
      wallMs === undefined ||
      wallMs <= 0
    )
      return { status: 'noData', missing: ['cores of executors'] };
    const perExecutor = Math.max(1, Math.floor(cores.reduce((a, b) => a + b, 0) / cores.length / settings.taskCpus));
    const executors = Math.ceil(activity.peakSlots / perExecutor);
    if (executors < 2) return { status: 'clear', note: 'there is one executor' };

    // The same tasks on k executors: work above their slots waits.
    let enough = executors;
    while (enough > 1 && delayMs(activity, (enough - 1) * perExecutor, startMs, endMs) <= t.maxDelay * wallMs) enough--;
    const fewer = allocatedAbove(activity, enough * perExecutor, startMs, endMs) * settings.taskCpus;
    const released = settings.dynamicAllocation ? 0 : releasable(activity, perExecutor, t.idleTimeout, startMs, endMs) * settings.taskCpus;
    const wasted = Math.max(fewer, released);
    if (wasted < t.minWasted)
      return {
        status: 'clear',
        note: `the work used its executors: ${formatShare(activity.busyCoreMs / activity.allocatedCoreMs)} of the core time was busy`,
      };

    const idle = criticalPath.stages
      .map(({ stage, heldMs }) => ({ stage, core: heldMs * Math.max(0, stage.slots - stage.taskTimeMs / Math.max(1, stage.wallMs)) }))
      .filter(({ core }) => core > 0)
      .sort((a, b) => b.core - a.core);
    const inStages = idle.reduce((sum, { core }) => sum + core, 0);
    const curable = new Set([
      ...narrow.filter((one) => one.heldMs >= clock.noiseFloorMs).map((one) => one.stage),
      ...skew.all.filter((one) => one.heldMs >= clock.noiseFloorMs && one.dataRatio >= 2.5).map((one) => one.stage),
    ]);
    const inCurable = idle.reduce((sum, { stage, core }) => sum + (curable.has(stage) ? core : 0), 0);
    if (inStages > 0 && inCurable >= t.curable * inStages)
      return { status: 'clear', note: 'executors idle in stages that could use them with more tasks or less skew' };

    const share = wasted / activity.allocatedCoreMs;
    const byCount = fewer >= released;
    const conf = ['spark.executor.instances', 'spark.cores.max', 'spark.dynamicAllocation.minExecutors'].flatMap((key) => {
      const value = settings.get(key);
      return value === undefined ? [] : [{ kind: 'conf' as const, key, value }];
    });
    return placesOr(
      [
        {
          cause: byCount
            ? `${formatCount(executors)} executors of ${perExecutor} slots were held, and the work would have ended within ${formatShare(t.maxDelay)} of the same time on ${formatCount(enough)}: ${formatShare(share)} of the core time (${formatMillis(wasted)} of one core) was paid for nothing.`
            : `Executors stood idle for a minute and more while only a few tasks ran: ${formatShare(share)} of the core time (${formatMillis(wasted)} of one core) could have been given back.`,
          evidence: [
            ...idle.slice(0, 5).map(({ stage }) => stageRef(stage)),
            ...conf,
            ...(idle.length + conf.length === 0
              ? run.executors.slice(0, 3).map((executor) => ({ kind: 'executor' as const, id: executor.id }))
              : []),
          ],
          numbers: [
            { name: 'executors', value: executors, unit: 'count' },
            { name: 'executors that would do', value: enough, unit: 'count' },
            { name: 'allocated', value: activity.allocatedCoreMs, unit: 'core-ms' },
            { name: 'busy', value: activity.busyCoreMs, unit: 'core-ms' },
            { name: 'in vain', value: Math.round(wasted), unit: 'core-ms' },
          ],
          heldMs: 0,
          wastedCoreMs: wasted,
          remedies: byCount
            ? [
                `Ask for ${formatCount(enough)} executors instead of ${formatCount(executors)} (spark.executor.instances=${enough}, or spark.cores.max=${enough * perExecutor * settings.taskCpus} on a standalone cluster${settings.dynamicAllocation ? `, spark.dynamicAllocation.maxExecutors=${enough}` : ''}).`,
                'Or let more tasks run at once, if the program can: its widest stages never used the rest.',
              ]
            : [
                `Turn dynamic allocation on (spark.dynamicAllocation.enabled=true with spark.dynamicAllocation.shuffleTracking.enabled=true, maxExecutors=${formatCount(executors)}), so that idle executors are given back after ${formatMillis(t.idleTimeout)}.`,
              ],
        },
      ],
      '',
    );
  },
});

/** How much later the same work ends when only so many tasks run at once, ms. */
function delayMs(activity: Activity, slots: number, from: number, to: number): number {
  let late = 0;
  eachPiece(activity.running, from, to, (running, a, b) => {
    if (running > slots) late += ((running - slots) / slots) * (b - a);
  });
  return late;
}

/** Slot time above a number of slots, ms. */
function allocatedAbove(activity: Activity, slots: number, from: number, to: number): number {
  let above = 0;
  eachPiece(activity.slots, from, to, (have, a, b) => {
    above += Math.max(0, have - slots) * (b - a);
  });
  return above;
}

/** Slot time of whole executors that had no work for the timeout before, nor for as long after (they would have been asked for again), ms. */
function releasable(activity: Activity, perExecutor: number, timeout: number, from: number, to: number): number {
  const step = (to - from) / BUCKETS;
  if (step <= 0 || to - from < 3 * timeout) return 0;
  const needed = new Float64Array(BUCKETS);
  eachPiece(activity.running, from, to, (running, a, b) => {
    for (let i = Math.floor((a - from) / step); i <= Math.min(BUCKETS - 1, Math.floor((b - from) / step)); i++)
      needed[i] = Math.max(needed[i] as number, running);
  });
  const reach = Math.ceil(timeout / step);
  let released = 0;
  for (let i = 0; i < BUCKETS; i++) {
    let most = 0;
    for (let j = Math.max(0, i - reach); j <= Math.min(BUCKETS - 1, i + reach); j++) most = Math.max(most, needed[j] as number);
    const keep = Math.max(1, Math.ceil(most / perExecutor)) * perExecutor;
    released += Math.max(0, activity.slotsAt(from + (i + 0.5) * step) - keep) * step;
  }
  return released;
}
