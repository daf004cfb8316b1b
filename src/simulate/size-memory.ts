// How much memory and how many shuffle partitions: advice from what the runs measured.
// Law: memory is lowered only by peaks of every executor, in runs long enough to be polled; raised only for spilling or collection that was seen.

import { formatBytes, formatMillis, formatShare, GIB, MIB, plural } from '../base/index.ts';
import type { Needs } from './needs.ts';
import { RESERVED } from './shape.ts';
import { type Advice, p95 } from './sizing.ts';

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

/** Heap and what lies beside it, for so many tasks at once in one heap. */
export function memoryOf(all: readonly Needs[], slotsEach: number): { heapBytes: number; overheadBytes: number; advice: Advice[] } {
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

/** `spark.sql.shuffle.partitions` for so many slots; nothing without a shuffle. */
export function partitionAdvice(all: readonly Needs[], slots: number, heapBytes: number): Advice[] {
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
