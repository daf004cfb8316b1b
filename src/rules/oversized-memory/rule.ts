// Oversized memory: executors ask for far more heap than they ever filled; on a shared cluster that is paid for, and keeps others out.
// Law: money only, and only where every executor's peak is known; a peak of the heap holds garbage too, so the need is never more than it.

import { formatBytes, formatShare, GIB, MIB } from '../../base/index.ts';
import { defineRule, placesOr } from '../define.ts';
import { missingTasks } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'oversized-memory',
    title: 'Heap far larger than what was used',
    category: 'resources',
    needs: ['clock', 'stages', 'executors', 'settings', 'activity'],
    fixability: 'review',
    saves: 'money',
    inCode: ['setting'],
    thresholds: {
      minWallMs: {
        value: 120_000,
        unit: 'ms',
        origin: 'peaks are polled with each heartbeat (10 s): twelve looks are the least to trust',
        description: 'length of the run from which peaks are trusted',
      },
      headroom: {
        value: 1.5,
        unit: 'ratio',
        origin: 'inputs of daily runs vary by a third and more; half as much again is room for that',
        description: 'heap that is kept ÷ highest peak of any executor',
      },
      coresPerGib: {
        value: 0.13,
        unit: 'ratio',
        origin: 'list prices of custom machines (GCP N1, N2, E2): a GiB costs 13 % of a core',
        description: 'price of a GiB in cores',
      },
    },
    explains: [],
  },
  diagnose({ clock, stages, executors, settings, activity }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (settings.local) return { status: 'notApplicable', why: 'local mode: the one heap is the driver’s' };
    const working = executors.filter((fact) => fact.executor.id !== 'driver' && fact.taskTimeMs > 0);
    const peaks = working.map((fact) => fact.executor.peaks.get('JVMHeapMemory') ?? 0);
    if (working.length === 0 || peaks.some((peak) => peak <= 0))
      return { status: 'noData', missing: ['peaks of the heap of every executor'] };
    const heap = settings.bytes('spark.executor.memory', MIB) ?? GIB;
    const peak = Math.max(...peaks);
    const enough = Math.max(GIB, Math.ceil((peak * t.headroom) / GIB) * GIB);
    if ((clock.wallMs ?? 0) < t.minWallMs || enough >= heap)
      return {
        status: 'clear',
        note: `the highest peak was ${formatBytes(peak)} of ${formatBytes(heap)}${(clock.wallMs ?? 0) < t.minWallMs ? ', in a run too short to judge by' : ''}`,
      };
    const life = working.reduce((sum, fact) => sum + Math.max(0, (fact.endMs ?? 0) - (fact.startMs ?? fact.endMs ?? 0)), 0);
    const wasted = ((heap - enough) / GIB) * t.coresPerGib * life;
    return placesOr(
      [
        {
          cause: `Each of ${working.length} executors holds a heap of ${formatBytes(heap)}, and none ever used more than ${formatBytes(peak)} (${formatShare(peak / heap)}, garbage included): ${formatBytes(enough)} would do.`,
          evidence: [
            ...working.slice(0, 10).map((fact) => ({ kind: 'executor' as const, id: fact.executor.id })),
            { kind: 'conf', key: 'spark.executor.memory', value: settings.get('spark.executor.memory') ?? '1g (default)' },
          ],
          numbers: [
            { name: 'heap', value: heap, unit: 'bytes' },
            { name: 'highest peak', value: peak, unit: 'bytes' },
            { name: 'executors', value: working.length, unit: 'count' },
            { name: 'core time of the same price', value: Math.round(wasted), unit: 'core-ms' },
            { name: 'core time allocated', value: Math.round(activity.allocatedCoreMs ?? 0), unit: 'core-ms' },
          ],
          heldMs: 0,
          wastedCoreMs: wasted,
          remedies: [
            `spark.executor.memory=${Math.round(enough / GIB)}g instead of ${settings.get('spark.executor.memory') ?? '1g'}, after the peaks of several runs say the same (the largest input counts).`,
            'Or put more cores on each executor, so that the heap is used by more tasks.',
          ],
        },
      ],
      '',
    );
  },
});
