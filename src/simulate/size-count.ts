// How many executors, of how many cores, and whether they come and go: advice from the chosen point of the curve.
// Law: cores of an executor stay as they ran, for another shape changes the memory of each task.

import { formatMillis, formatShare, plural } from '../base/index.ts';
import type { Needs } from './needs.ts';
import type { Advice, SizeGoal, SizePoint } from './sizing.ts';

/** Tasks in one heap: more of them share memory and collection; HDFS clients slow down beyond (Cloudera's tuning guide: five). */
const CORES_EACH = 4;
/** The number, the shape and dynamic allocation, each as a setting. */
export function countAdvice(
  last: Needs,
  points: readonly SizePoint[],
  chosen: SizePoint,
  elbow: SizePoint | undefined,
  { goal, deadlineMs }: SizeGoal,
  meets: boolean | null,
): Advice[] {
  const now = points.find((point) => point.executors === (last.local ? last.slotsEach : last.executors));
  const what = last.local ? plural(chosen.cores, 'core') : plural(chosen.executors, 'executor');
  const time = `${formatMillis(chosen.likelyMs)} likely (${formatMillis(chosen.lowMs)} – ${formatMillis(chosen.highMs)}), busy ${formatShare(chosen.utilisation)}`;
  const beside = now === undefined || now.executors === chosen.executors ? '' : `; now ${formatMillis(now.likelyMs)} with ${now.executors}`;
  const why =
    deadlineMs !== undefined
      ? meets === true
        ? `the cheapest whose high end stays within ${formatMillis(deadlineMs)}`
        : `no number of them has its high end within ${formatMillis(deadlineMs)}: this comes nearest`
      : goal === 'cost'
        ? 'the cheapest; of the same cost the faster'
        : chosen === elbow
          ? 'the elbow: up to here a doubling gives at least half of what it costs'
          : 'the fastest that pays';
  const reason = `${what}: ${why}; ${time}${beside}`;
  if (last.local)
    return [
      {
        key: 'spark.master',
        value: `local[${chosen.cores}]`,
        was: last.slotsEach === chosen.cores ? undefined : `local[${last.slotsEach}]`,
        reason,
        basis: 'replay',
      },
    ];
  const cores = last.slotsEach * last.taskCpus;
  return [
    {
      key: 'spark.executor.instances',
      value: String(chosen.executors),
      was: last.executors === chosen.executors ? undefined : String(last.executors),
      reason,
      basis: 'replay',
    },
    {
      key: 'spark.executor.cores',
      value: String(cores),
      was: undefined,
      reason: `as it ran: ${plural(last.slotsEach, 'task')} in one heap${last.slotsEach > CORES_EACH + 1 ? `; more than ${CORES_EACH + 1} share one heap and one collector: try ${CORES_EACH} when collection takes over 10 %` : ''}. Another shape changes the memory of each task, which no log prices`,
      basis: 'measured',
    },
    ...allocationAdvice(last, chosen),
  ];
}

/** Under this use of what is held, executors that come and go pay for their coming. */
const LOW_USE = 0.6;
const LONG_MS = 300_000;

function allocationAdvice(last: Needs, chosen: SizePoint): Advice[] {
  const long = (last.wallMs ?? 0) >= LONG_MS;
  if (chosen.utilisation >= LOW_USE || !long || chosen.executors < 2)
    return [
      {
        key: 'spark.dynamicAllocation.enabled',
        value: 'false',
        was: last.dynamicAllocation ? 'true' : undefined,
        reason: `the slots are busy ${formatShare(chosen.utilisation)} of the time${long ? '' : `, and ${formatMillis(last.wallMs ?? 0)} are too short for executors to come and go`}`,
        basis: 'replay',
      },
    ];
  const least = Math.max(1, Math.floor(chosen.executors * Math.min(0.5, chosen.utilisation / 2)));
  const first = Math.max(least, Math.min(chosen.executors, Math.ceil(chosen.executors * chosen.utilisation)));
  const because = `the slots are busy ${formatShare(chosen.utilisation)} of the time only`;
  return [
    {
      key: 'spark.dynamicAllocation.enabled',
      value: 'true',
      was: last.dynamicAllocation ? undefined : 'false',
      reason: `${because}: what is idle for a minute can go`,
      basis: 'replay',
    },
    {
      key: 'spark.dynamicAllocation.minExecutors',
      value: String(least),
      was: undefined,
      reason: 'half of what is busy on average stays for the quiet parts',
      basis: 'rule of thumb',
    },
    {
      key: 'spark.dynamicAllocation.initialExecutors',
      value: String(first),
      was: undefined,
      reason: 'what is busy on average is there at once: the ramp of 1, 2, 4 … a second costs the first stage',
      basis: 'rule of thumb',
    },
    {
      key: 'spark.dynamicAllocation.maxExecutors',
      value: String(chosen.executors),
      was: undefined,
      reason: 'the number above: more would not pay',
      basis: 'replay',
    },
    {
      key: 'spark.dynamicAllocation.shuffleTracking.enabled',
      value: 'true',
      was: undefined,
      reason: 'executors that hold shuffle blocks stay, where no shuffle service runs',
      basis: 'rule of thumb',
    },
  ];
}
