// Sizing from runs: how many executors of which shape, how much memory, how many partitions, each with its reason. Time and cost by replay of every run.
// Laws: of several runs the 95th percentile decides; memory is not lowered where a peak is unknown; a deadline is met by the high end of the range.

import { FiresteelError, formatBytes, formatMillis, formatShare, GIB, MIB, plural, quantileLinear, sorted } from '../base/index.ts';
import type { Built } from './build.ts';
import type { Calibration } from './calibration.ts';
import { type Curve, type CurvePoint, curveOf } from './forecast.ts';
import type { Needs } from './needs.ts';
import { RESERVED } from './shape.ts';

export interface SizedRun {
  readonly built: Built;
  readonly needs: Needs;
}

export interface SizeGoal {
  readonly goal: 'time' | 'cost';
  readonly deadlineMs: number | undefined;
  readonly calibration?: Calibration | undefined;
  /** Money for an hour of a core and of a GiB; without it, cost is core time. */
  readonly rate?: { readonly perCoreHour: number; readonly perGiBHour: number; readonly currency: string } | undefined;
}

/** One setting, why, and on what that stands. */
export interface Advice {
  readonly key: string;
  readonly value: string;
  /** What the newest run had; undefined when it was the same or is not known. */
  readonly was: string | undefined;
  readonly reason: string;
  readonly basis: 'measured' | 'replay' | 'rule of thumb';
}

export interface SizePoint extends CurvePoint {
  readonly executors: number;
  /** Core time held, core-ms, or money with a rate. */
  readonly cost: number;
}

export interface Sizing {
  readonly schema: 'firesteel/size@1';
  readonly basis: 'runs' | 'rule of thumb';
  readonly name: string;
  readonly runs: number;
  readonly goal: 'time' | 'cost';
  readonly deadlineMs: number | null;
  /** Whether the high end of the chosen point meets the deadline; null without one. */
  readonly meetsDeadline: boolean | null;
  readonly chosen: SizePoint | null;
  readonly elbow: number | null;
  readonly points: readonly SizePoint[];
  readonly currency: string | null;
  readonly advice: readonly Advice[];
  readonly assumptions: readonly string[];
  readonly sparkSubmit: string;
  readonly sparkDefaults: string;
}

/** Tasks in one heap: more of them share memory and collection; HDFS clients slow down beyond (Cloudera's tuning guide: five). */
const CORES_EACH = 4;
/** Executors tried at most, as a multiple of what ran, and in all. */
const MOST_TIMES = 8;
const MOST_EXECUTORS = 2000;

/** The 95th percentile of several runs; of one, that one. */
const p95 = (values: readonly number[]): number => quantileLinear(sorted(values), 0.95) ?? Number.NaN;

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

/** The last point from which more slots still gave half of the proportional gain. */
function elbowOf(points: readonly SizePoint[]): SizePoint | undefined {
  let elbow = points[0];
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1] as SizePoint, points[i] as SizePoint];
    if (Math.log(a.likelyMs / b.likelyMs) < 0.5 * Math.log(b.cores / a.cores)) break;
    elbow = b;
  }
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

function countAdvice(
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

/** Room above the highest peak: 1.2 with ten runs and more (right-sizing practice), 1.5 with fewer. */
const ROOM = 1.2;
const ROOM_FEW = 1.5;
const MANY_RUNS = 10;
/** Collectors' share from which a heap is called short (Dr. Elephant), and what lives may then fill. */
const MUCH_GC = 0.1;
const LIVE_SHARE = 0.5;
/** A run that is polled every ten seconds shows its peak only after some polls. */
const POLLED_MS = 120_000;
/** spark.executor.memoryOverheadFactor, and what Spark takes on Kubernetes for jobs that are not all JVM. */
const OVERHEAD = 0.1;
const OVERHEAD_PYTHON = 0.4;
const LEAST_OVERHEAD = 384 * MIB;
/** Pointers are compressed up to here. */
const COMPRESSED = 31 * GIB;

const upTo = (bytes: number, step: number) => Math.ceil(bytes / step - 1e-9) * step;
const gigs = (bytes: number): string => (bytes % GIB === 0 ? `${bytes / GIB}g` : `${Math.round(bytes / MIB)}m`);

function memoryOf(all: readonly Needs[], slotsEach: number): { heapBytes: number; overheadBytes: number; advice: Advice[] } {
  const last = all.at(-1) as Needs;
  const heap = last.heapBytes;
  const of = (value: (one: Needs) => number) => p95(all.map(value));
  const peaks = all.flatMap((one) => one.heapPeakBytes ?? []);
  const live = all.flatMap((one) => one.poolPeakBytes ?? []);
  const spilled = of((one) => one.spilledBytes);
  const gc = of((one) => one.gcShare);
  const task = of((one) => one.taskBytes);
  const forTasks = (task * slotsEach) / last.fraction + RESERVED;
  const short = gc >= MUCH_GC && live.length > 0 ? p95(live) / last.fraction / LIVE_SHARE + RESERVED : 0;
  let bytes = heap;
  let reason: string;
  if (spilled > 0 && forTasks > heap) {
    bytes = upTo(forTasks, GIB);
    reason = `${formatBytes(spilled)} went to disk: nine of ten tasks of the hungriest stage fit with ${formatBytes(task)} each, ${slotsEach} at once`;
  } else if (short > heap) {
    bytes = upTo(short, GIB);
    reason = `collection took ${formatShare(gc)} of the run time with ${formatBytes(p95(live))} of Spark’s memory in use: that should fill half of the pool`;
  } else if (peaks.length === all.length && all.every((one) => (one.wallMs ?? 0) >= POLLED_MS)) {
    const room = all.length >= MANY_RUNS ? ROOM : ROOM_FEW;
    const enough = Math.max(GIB, upTo(p95(peaks) * room, GIB / 2));
    bytes = Math.min(heap, enough);
    reason =
      bytes < heap
        ? `no executor ever had more than ${formatBytes(p95(peaks))} in use, garbage included; ${room} times that is room enough${all.length >= MANY_RUNS ? '' : ' (1.2 times after ten runs)'}`
        : `the heap was filled up to ${formatBytes(p95(peaks))}; nothing spilled for want of it, collection took ${formatShare(gc)}`;
  } else {
    reason =
      peaks.length === all.length
        ? `as it is: a run of ${formatMillis(last.wallMs ?? 0)} is polled too seldom to lower it by its peak`
        : 'as it is: the log holds no memory peaks of every executor, and without them it is not lowered';
  }
  const python = all.some((one) => one.python);
  const beside = all.flatMap((one) => one.besideBytes ?? []);
  const measured = beside.length === all.length;
  const share = python && last.kubernetes ? OVERHEAD_PYTHON : OVERHEAD;
  const overheadBytes = upTo(Math.max(LEAST_OVERHEAD, share * bytes, measured ? p95(beside) * ROOM : 0), 64 * MIB);
  const value = gigs(upTo(bytes, bytes % GIB === 0 ? GIB : MIB * 64));
  const key = last.local ? 'spark.driver.memory' : 'spark.executor.memory';
  return {
    heapBytes: bytes,
    overheadBytes,
    advice: [
      {
        key,
        value,
        was: Math.abs(bytes - heap) < 64 * MIB ? undefined : gigs(upTo(heap, 64 * MIB)),
        reason: `${reason}${bytes > COMPRESSED ? '; above 31 GiB pointers take twice the room: fewer cores in each executor do more' : ''}`,
        basis: 'measured',
      },
      ...(last.local
        ? []
        : [
            {
              key: 'spark.executor.memoryOverhead',
              value: gigs(overheadBytes),
              was: undefined,
              reason: measured
                ? `beside the heap at most ${formatBytes(p95(beside))} were in use (process tree), and a fifth more; at least ${formatShare(share)} of the heap and 384 MiB`
                : `${formatShare(share)} of the heap, at least 384 MiB (Spark’s default${python && last.kubernetes ? ' for Python on Kubernetes' : ''})${python ? '; Python workers live in it: raise it when containers are killed, spark.executor.processTreeMetrics.enabled=true shows their need' : ''}`,
              basis: (measured ? 'measured' : 'rule of thumb') as Advice['basis'],
            },
          ]),
    ],
  };
}

/** Shuffled bytes in one partition: large enough that a task is worth its start, small enough for its memory (128 MiB to 1 GiB in common guides). */
const PARTITION_BYTES = 128 * MIB;

function partitionAdvice(all: readonly Needs[], slots: number, heapBytes: number): Advice[] {
  const last = all.at(-1) as Needs;
  const shuffles = all.flatMap((one) => one.shuffle ?? []);
  const now = last.shuffle ?? shuffles.at(-1);
  if (now === undefined) return [];
  const bytes = p95(shuffles.map((one) => one.bytes));
  const perTask = (Math.max(0, heapBytes - RESERVED) * last.fraction) / Math.max(1, last.slotsEach);
  const task = p95(all.map((one) => one.taskBytes));
  const spilled = all.some((one) => one.spilledBytes > 0);
  const byBytes = Math.ceil(bytes / PARTITION_BYTES);
  const byMemory = spilled && perTask > 0 ? Math.ceil((now.partitions * task) / perTask) : 0;
  const wanted = Math.max(byBytes, byMemory, slots);
  const even = Math.max(1, Math.ceil(wanted / slots) * slots);
  const why =
    byMemory > byBytes && byMemory > slots
      ? `tasks spilled with ${now.partitions}: ${byMemory} keep them within ${formatBytes(perTask)} each`
      : byBytes > slots
        ? `${formatBytes(bytes)} in partitions of ${formatBytes(PARTITION_BYTES)}`
        : `one for each of the ${plural(slots, 'slot')}: ${formatBytes(bytes)} need no more`;
  // Where AQE merges by bytes, more than needed costs little, and fewer can spill.
  const value = now.merged ? Math.max(now.partitions, even) : even;
  return [
    {
      key: 'spark.sql.shuffle.partitions',
      value: String(value),
      was: value === now.partitions ? undefined : String(now.partitions),
      reason: now.merged ? `AQE merges partitions by bytes: the setting only bounds them; ${why}` : `${why}, in whole waves`,
      basis: 'measured',
    },
  ];
}

/** The advice as lines to paste. */
export function linesOf(advice: readonly Advice[]): Pick<Sizing, 'sparkSubmit' | 'sparkDefaults'> {
  const flags: Readonly<Record<string, string>> = {
    'spark.master': '--master',
    'spark.executor.instances': '--num-executors',
    'spark.executor.cores': '--executor-cores',
    'spark.executor.memory': '--executor-memory',
    'spark.driver.memory': '--driver-memory',
  };
  const dynamic = advice.some(({ key, value }) => key === 'spark.dynamicAllocation.enabled' && value === 'true');
  const shown = advice.filter(({ key }) => !(dynamic && key === 'spark.executor.instances'));
  const pad = Math.max(0, ...shown.map(({ key }) => key.length));
  return {
    sparkSubmit: `spark-submit ${shown.map(({ key, value }) => (flags[key] === undefined ? `--conf ${key}=${value}` : `${flags[key]} ${value}`)).join(' ')}`,
    sparkDefaults: shown.map(({ key, value }) => `${key.padEnd(pad)} ${value}`).join('\n'),
  };
}
