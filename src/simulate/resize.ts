// Task sets of another size: the same work in other portions. Halving, merging, spreading evenly; retries and lost attempts do not survive a change.
// Law: Σ work is kept (work = time above the floor); each task pays the floor once; a task's own residual goes with its rows.

import { quantile, sorted } from '../base/index.ts';
import type { TaskParts, TaskSet } from './graph.ts';
import { taskSet } from './tasks.ts';

/** Positions of the attempts that counted. */
export function counted(tasks: TaskSet): number[] {
  const out: number[] = [];
  for (let i = 0; i < tasks.duration.length; i++) if (tasks.lost?.[i] !== 1) out.push(i);
  return out;
}

/** Ranges of read amounts under this ratio (90th to 10th percentile) say nothing about the fixed cost of a task. */
const MIN_SPREAD = 1.5;
const MIN_TASKS = 8;
/** Pairs are sampled with a fixed stride beyond so many tasks: Theil–Sen is quadratic. */
const MAX_FIT = 160;

export interface TaskModel {
  /** Cost of a task before its first row, ms. */
  readonly fixedMs: number;
  /** ms per unit read; 0 when time does not follow what was read. */
  readonly perUnit: number;
  readonly unit: 'records' | 'bytes' | undefined;
}

/** Robust line through time over records (or bytes) read: Theil–Sen; the intercept is the fixed cost, between the floor and the quickest tasks. */
export function fitTasks(tasks: TaskSet): TaskModel {
  const known = fits.get(tasks) ?? fitOf(tasks);
  fits.set(tasks, known);
  return known;
}

/** A set never changes, and an order of cures asks for the same fits again and again. */
const fits = new WeakMap<TaskSet, TaskModel>();

function fitOf(tasks: TaskSet): TaskModel {
  const rows = counted(tasks);
  const flat: TaskModel = { fixedMs: tasks.floorMs, perUnit: 0, unit: undefined };
  if (rows.length < MIN_TASKS) return flat;
  const parts = tasks.parts();
  const stride = Math.max(1, Math.ceil(rows.length / MAX_FIT));
  const sample = rows.filter((_, i) => i % stride === 0);
  for (const unit of ['records', 'bytes'] as const) {
    const x = sample.map((row) => parts[unit][row] as number);
    const y = sample.map((row) => tasks.duration[row] as number);
    const ascending = sorted(x);
    const low = quantile(ascending, 0.1) as number;
    const high = quantile(ascending, 0.9) as number;
    if (!(high > 0) || high < MIN_SPREAD * Math.max(low, 1)) continue;
    const slopes: number[] = [];
    for (let i = 0; i < x.length; i++)
      for (let j = i + 1; j < x.length; j++) {
        const dx = (x[j] as number) - (x[i] as number);
        if (dx !== 0) slopes.push(((y[j] as number) - (y[i] as number)) / dx);
      }
    const perUnit = Math.max(0, quantile(sorted(slopes), 0.5) ?? 0);
    const intercept = quantile(sorted(y.map((time, i) => time - perUnit * (x[i] as number))), 0.5) as number;
    const quick = quantile(sorted(y), 0.25) as number;
    return { fixedMs: Math.max(tasks.floorMs, Math.min(intercept, quick)), perUnit, unit };
  }
  return flat;
}

/** A task set of given durations, whose parts are shared out by time. */
export function reshaped(tasks: TaskSet, duration: Float64Array, partition?: ArrayLike<number>): TaskSet {
  return taskSet(duration, tasks.floorMs, () => {
    const parts = tasks.parts();
    const rows = counted(tasks);
    const total = duration.reduce((a, b) => a + b, 0);
    const share = (column: ArrayLike<number>): Float64Array => {
      if (column.length === 0) return new Float64Array(0);
      const sum = rows.reduce((a, row) => a + (column[row] as number), 0);
      return duration.map((ms) => (total > 0 ? (sum * ms) / total : sum / duration.length));
    };
    return {
      partition: partition ?? Float64Array.from(duration, (_, i) => i),
      cpuMs: share(parts.cpuMs),
      waitMs: share(parts.waitMs),
      gcMs: share(parts.gcMs),
      fixedMs: share(parts.fixedMs),
      spillBytes: share(parts.spillBytes),
      shuffleWriteMs: share(parts.shuffleWriteMs),
      fetchMs: share(parts.fetchMs),
      needBytes: share(parts.needBytes),
      bytes: share(parts.bytes),
      records: share(parts.records),
    } satisfies TaskParts;
  });
}

/** The same work, evenly over so many tasks. */
export function evenly(tasks: TaskSet, count: number, fixedMs: number = tasks.floorMs): TaskSet {
  const rows = counted(tasks);
  const own = Math.min(fixedMs, meanOf(tasks, rows));
  const work = rows.reduce((sum, row) => sum + (tasks.duration[row] as number) - own, 0);
  const n = Math.max(1, Math.round(count));
  return reshaped(tasks, new Float64Array(n).fill(own + work / n));
}

const meanOf = (tasks: TaskSet, rows: readonly number[]): number =>
  rows.length === 0 ? 0 : rows.reduce((sum, row) => sum + (tasks.duration[row] as number), 0) / rows.length;

/** Neighbours put together (fewer tasks) or cut into equal pieces (more), without looking at keys. */
export function regrouped(tasks: TaskSet, count: number, fixedMs: number = tasks.floorMs): TaskSet {
  const rows = counted(tasks);
  const n = Math.max(1, Math.round(count));
  if (n === rows.length || rows.length === 0) return tasks;
  const duration = new Float64Array(n);
  const own = Math.min(fixedMs, meanOf(tasks, rows));
  // Task i of the old ones covers [i, i + 1) of a line that the new ones cut into n equal parts.
  for (let i = 0; i < rows.length; i++) {
    // Residuals below the fixed cost count too: else the spread of equal tasks would be taken for work.
    const work = (tasks.duration[rows[i] as number] as number) - own;
    const from = (i * n) / rows.length;
    const to = ((i + 1) * n) / rows.length;
    for (let j = Math.floor(from); j < Math.min(n, Math.ceil(to)); j++)
      duration[j] = (duration[j] as number) + (work * (Math.min(to, j + 1) - Math.max(from, j))) / (to - from);
  }
  for (let j = 0; j < n; j++) duration[j] = Math.max(Math.min(own, tasks.floorMs), (duration[j] as number) + own);
  return reshaped(tasks, duration);
}

/** Work that one key holds beyond the usual stays together when a partition is cut: the excess over this many times the median. */
const HOT = 1.5;

/**
 * Hash partitions in another number. Exact where the counts divide: partition j of P′ is the union of the old ones ≡ j mod P′.
 * Cut into k: each child gets 1/k, but what lies above the usual (a hot key) stays in one. Other counts: through the larger common view.
 */
export function rebucketed(tasks: TaskSet, from: number, to: number, fixedMs: number): TaskSet {
  const rows = counted(tasks);
  const parts = tasks.parts();
  if (rows.length === 0 || from === to) return tasks;
  const work = new Float64Array(from);
  const own = Math.min(fixedMs, meanOf(tasks, rows));
  for (const row of rows) {
    const p = Math.max(0, Math.min(from - 1, parts.partition[row] as number));
    work[p] = (work[p] as number) + (tasks.duration[row] as number) - own;
  }
  const duration = new Float64Array(to).fill(own);
  const usual = quantile(sorted(work), 0.5) as number;
  for (let p = 0; p < from; p++) {
    const whole = work[p] as number;
    if (to < from && from % to === 0) duration[p % to] = (duration[p % to] as number) + whole;
    else if (to > from && to % from === 0) {
      const k = to / from;
      const hot = Math.max(0, whole - HOT * usual);
      for (let i = 0; i < k; i++) duration[p + i * from] = (duration[p + i * from] as number) + (whole - hot) / k + (i === 0 ? hot : 0);
    } else {
      // No exact way: the smooth part spreads over all, what is hot stays together.
      const hot = Math.max(0, whole - HOT * usual);
      duration[p % to] = (duration[p % to] as number) + hot;
      for (let j = 0; j < to; j++) duration[j] = (duration[j] as number) + (whole - hot) / to;
    }
  }
  for (let j = 0; j < to; j++) duration[j] = Math.max(Math.min(own, tasks.floorMs), duration[j] as number);
  return reshaped(tasks, duration);
}
