// Sizing from runs: how many executors of which shape, how much memory, how many partitions, each with its reason. Time and cost by replay of every run.
// Laws: of several runs the 95th percentile decides; memory is not lowered where a peak is unknown; a deadline is met by the high end of the range.

import { FiresteelError, GIB, plural } from '../base/index.ts';
import { type Curve, type CurvePoint, curveOf } from './forecast.ts';
import { countAdvice } from './size-count.ts';
import { memoryOf, partitionAdvice } from './size-memory.ts';
import { linesOf, p95, type SizedRun, type SizeGoal, type SizePoint, type Sizing } from './sizing.ts';

/** Executors tried at most, as a multiple of what ran, and in all. */
const MOST_TIMES = 8;
const MOST_EXECUTORS = 2000;

/** Sizes a job by its runs (oldest first). Throws a FiresteelError when none of them can be replayed. */
export function sizeOf(runs: readonly SizedRun[], goal: SizeGoal): Sizing {
  const last = runs.at(-1)?.needs;
  if (last === undefined) throw new FiresteelError('wrong-usage', 'There is no run to size by.', 'Name an event log.');
  const usable = runs.filter((run) => run.built.graph !== undefined);
  const { local } = last;
  const slotsEach = local ? 1 : last.slotsEach;
  const memory = memoryOf(
    runs.map((run) => run.needs),
    local ? Math.max(1, ...runs.map((run) => run.needs.slotsEach)) : slotsEach,
  );
  const ran = Math.max(1, ...runs.map((run) => (local ? run.needs.slotsEach : run.needs.executors)));
  const counts = candidates(ran);
  const curves = usable.flatMap(
    ({ built }) =>
      curveOf(
        built,
        counts.map((count) => count * slotsEach),
        goal.calibration,
      ) ?? [],
  );
  if (curves.length === 0) {
    const why =
      runs.map((run) => run.built.cannotPredict).find((one) => one !== undefined) ?? 'its replay misses its wall time by more than 5 %';
    throw new FiresteelError(
      'corrupt-input',
      `No run of ${last.name} can be replayed: ${why}.`,
      'Give the log of a run that came to its end, or size by rule of thumb: --data, --nodes, --node-cores, --node-memory.',
    );
  }
  const gibEach = local ? 0 : (memory.heapBytes + memory.overheadBytes) / GIB;
  const points = counts.map((executors, i) => together(curves, i, executors, last.taskCpus, gibEach, goal));
  const elbow = elbowOf(points);
  const chosen = choose(points, elbow, goal);
  const meets = goal.deadlineMs === undefined ? null : chosen.highMs <= goal.deadlineMs;
  const advice = [
    ...countAdvice(last, points, chosen, elbow, goal, meets),
    ...memory.advice,
    ...partitionAdvice(
      runs.map((run) => run.needs),
      chosen.cores,
      memory.heapBytes,
    ),
  ];
  return {
    schema: 'firesteel/size@1',
    basis: 'runs',
    name: last.name,
    runs: runs.length,
    goal: goal.goal,
    deadlineMs: goal.deadlineMs ?? null,
    meetsDeadline: meets,
    chosen,
    elbow: elbow?.executors ?? null,
    points,
    currency: goal.rate?.currency ?? null,
    advice,
    assumptions: [
      `${plural(curves.length, 'run')} replayed on each number of slots${curves.length > 1 ? '; the 95th percentile of them counts' : '; the next run may read more'}`,
      ...(usable.length < runs.length
        ? [`${plural(runs.length - usable.length, 'run')} cannot be replayed and count for memory only`]
        : []),
      ...(local
        ? ['a run in local mode: its one JVM is sized; on a cluster memory per task and the network differ']
        : ['the cluster gives the executors at once; limits of network and stores are as they were']),
    ],
    ...linesOf(advice),
  };
}

/** 1, 2, 3, 4, 6, 8, 12 … up to eight times what ran; what ran is among them. */
function candidates(ran: number): number[] {
  const most = Math.min(MOST_EXECUTORS, Math.max(8, ran * MOST_TIMES));
  const out = new Set<number>([ran]);
  for (let n = 1; n <= most; n *= 2) {
    out.add(n);
    if (n > 1 && n * 1.5 <= most) out.add(n * 1.5);
  }
  return [...out].sort((a, b) => a - b);
}

function together(
  curves: readonly Curve[],
  i: number,
  executors: number,
  taskCpus: number,
  gibEach: number,
  { rate }: SizeGoal,
): SizePoint {
  const at = curves.map((curve) => curve.points[i] as CurvePoint);
  const of = (value: (point: CurvePoint) => number) => p95(at.map(value));
  const cores = at[0]?.cores ?? 1;
  const slotMs = of((point) => point.slotMs);
  const likelyMs = of((point) => point.likelyMs);
  const hours = (slotMs * taskCpus) / 3_600_000;
  return {
    cores,
    executors,
    likelyMs: Math.round(likelyMs),
    lowMs: Math.round(of((point) => point.lowMs)),
    highMs: Math.round(of((point) => point.highMs)),
    utilisation: of((point) => point.utilisation),
    slotMs: Math.round(slotMs),
    cost:
      rate === undefined
        ? Math.round(slotMs * taskCpus)
        : hours * rate.perCoreHour + ((executors * gibEach * likelyMs) / 3_600_000) * rate.perGiBHour,
  };
}

/** The last point that still gives half of the proportional gain over the one taken before it. A step without gain, as where waves of tasks do not come out even, does not end the search. */
function elbowOf(points: readonly SizePoint[]): SizePoint | undefined {
  let elbow = points[0];
  for (const point of points)
    if (elbow !== undefined && Math.log(elbow.likelyMs / point.likelyMs) >= 0.5 * Math.log(point.cores / elbow.cores)) elbow = point;
  return elbow;
}

/** Costs this near are the same: the faster one is taken. */
const SAME_COST = 1.05;

function choose(points: readonly SizePoint[], elbow: SizePoint | undefined, { goal, deadlineMs }: SizeGoal): SizePoint {
  const first = points[0] as SizePoint;
  const cheapest = (of: readonly SizePoint[]) => {
    const least = Math.min(...of.map((point) => point.cost));
    return of.filter((point) => point.cost <= SAME_COST * least).reduce((a, b) => (b.likelyMs < a.likelyMs ? b : a));
  };
  if (deadlineMs !== undefined) {
    const inTime = points.filter((point) => point.highMs <= deadlineMs);
    return inTime.length > 0 ? cheapest(inTime) : points.reduce((a, b) => (b.highMs < a.highMs ? b : a), first);
  }
  return goal === 'cost' ? cheapest(points) : (elbow ?? first);
}
