// The tasks of one stage attempt while a log is read: columns, SQL metric sums, counts, failures. Mergeable, so that ranges can be read apart.
// Law: counts and sums are exact; only the details of failures are capped.

import { FLAG, INT_INDEX, type PackedColumns, TaskColumns } from './columns.ts';
import type { TaskFailure } from './model.ts';
import type { TaskScratch } from './scan/scratch.ts';

/** Failures kept in detail per stage attempt: enough to see who failed how; the counts stay exact. */
const MAX_FAILURES = 500;

export interface PackedStage {
  readonly id: number;
  readonly attempt: number;
  readonly columns: PackedColumns;
  readonly succeeded: number;
  readonly failed: number;
  readonly killed: number;
  readonly firstLaunchMs: number;
  readonly failures: readonly TaskFailure[];
  readonly reasons: readonly (readonly [string, number])[];
  readonly resubmitted: readonly (readonly [string, number])[];
  readonly accumulatorIds: Float64Array;
  readonly sums: Float64Array;
  readonly maxima: Float64Array;
  readonly counts: Float64Array;
}

function count(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

export class StageData {
  readonly id: number;
  readonly attempt: number;
  columns = new TaskColumns();
  succeeded = 0;
  failed = 0;
  killed = 0;
  /** Infinity until a task is seen. */
  firstLaunchMs = Number.POSITIVE_INFINITY;
  failures: TaskFailure[] = [];
  /** Exact counts: by reason, and of Resubmitted by executor. */
  readonly reasons = new Map<string, number>();
  readonly resubmitted = new Map<string, number>();
  private ids: number[] = [];
  private sums: number[] = [];
  private maxima: number[] = [];
  private counts: number[] = [];
  private readonly slots = new Map<number, number>();
  /** One bit per partition index that succeeded: later successes of the same index (speculation) count, but not their metrics. */
  private done = new Uint8Array(16);

  constructor(id: number, attempt: number) {
    this.id = id;
    this.attempt = attempt;
  }

  /** Takes over one ended task. */
  add(task: TaskScratch): void {
    const launch = task.ints[INT_INDEX.launch] as number;
    if (launch > 0 && launch < this.firstLaunchMs) this.firstLaunchMs = launch;
    const failure = task.failure;
    if (failure !== undefined) {
      if (failure.killed) this.killed++;
      else this.failed++;
      count(this.reasons, failure.reason, 1);
      if (failure.reason === 'Resubmitted') count(this.resubmitted, failure.executorId ?? 'unknown', 1);
      if (this.failures.length < MAX_FAILURES) this.failures.push(failure);
      // The same task id ended before, with its metrics: only the loss is news.
      if (failure.reason === 'Resubmitted') return;
      this.columns.append(task.ints, task.floats);
      return;
    }
    this.succeeded++;
    if (this.isRepeated(task.ints[INT_INDEX.index] as number)) {
      task.ints[INT_INDEX.flags] = (task.ints[INT_INDEX.flags] as number) | FLAG.duplicate;
      this.columns.append(task.ints, task.floats);
      return;
    }
    this.columns.append(task.ints, task.floats);
    const { updates, updateIds, updateValues } = task;
    let slot = -1;
    for (let i = 0; i < updates; i++) {
      const id = updateIds[i] as number;
      slot = this.ids[slot + 1] === id ? slot + 1 : this.slotOf(id);
      const value = updateValues[i] as number;
      this.sums[slot] = (this.sums[slot] as number) + value;
      this.counts[slot] = (this.counts[slot] as number) + 1;
      if (value > (this.maxima[slot] as number)) this.maxima[slot] = value;
    }
  }

  private isRepeated(index: number): boolean {
    const byte = index >> 3;
    if (!(byte >= 0) || byte > 1 << 24) return false;
    if (byte >= this.done.length) {
      const larger = new Uint8Array(Math.max(byte + 1, this.done.length * 2));
      larger.set(this.done);
      this.done = larger;
    }
    const bit = 1 << (index & 7);
    if (((this.done[byte] as number) & bit) !== 0) return true;
    this.done[byte] = (this.done[byte] as number) | bit;
    return false;
  }

  /** Notes the indexes that succeeded in `columns`; returns how many had succeeded before. */
  private markDone(columns: TaskColumns): number {
    const flags = columns.int('flags');
    const indexes = columns.int('index');
    let repeated = 0;
    for (let i = 0; i < columns.length; i++) {
      if (((flags[i] as number) & (FLAG.success | FLAG.duplicate)) !== FLAG.success) continue;
      if (!this.isRepeated(indexes[i] as number)) continue;
      columns.mark(i, FLAG.duplicate);
      repeated++;
    }
    return repeated;
  }

  private slotOf(id: number): number {
    let slot = this.slots.get(id);
    if (slot === undefined) {
      slot = this.ids.length;
      this.slots.set(id, slot);
      this.ids.push(id);
      this.sums.push(0);
      this.maxima.push(0);
      this.counts.push(0);
    }
    return slot;
  }

  /** Every accumulator of the attempt: id, Σ, maximum, number of updates. */
  *accumulators(): Generator<[number, { sum: number; max: number; count: number }]> {
    for (let i = 0; i < this.ids.length; i++) {
      yield [this.ids[i] as number, { sum: this.sums[i] as number, max: this.maxima[i] as number, count: this.counts[i] as number }];
    }
  }

  pack(): PackedStage {
    return {
      id: this.id,
      attempt: this.attempt,
      columns: this.columns.pack(),
      succeeded: this.succeeded,
      failed: this.failed,
      killed: this.killed,
      firstLaunchMs: this.firstLaunchMs,
      failures: this.failures,
      reasons: [...this.reasons],
      resubmitted: [...this.resubmitted],
      accumulatorIds: Float64Array.from(this.ids),
      sums: Float64Array.from(this.sums),
      maxima: Float64Array.from(this.maxima),
      counts: Float64Array.from(this.counts),
    };
  }

  /**
   * Puts what a later range of the log says behind this. Returns how many partition indexes succeeded in both (a speculative copy, a rerun):
   * their SQL updates are in both sums, which only reading the log in one piece can tell apart.
   */
  absorb(next: PackedStage, executor: (index: number) => number): number {
    const columns = TaskColumns.unpack(next.columns);
    const repeated = this.markDone(columns);
    if (this.columns.length === 0) {
      columns.mapExecutors(executor);
      this.columns = columns;
    } else this.columns.concat(columns, executor);
    this.succeeded += next.succeeded;
    this.failed += next.failed;
    this.killed += next.killed;
    this.firstLaunchMs = Math.min(this.firstLaunchMs, next.firstLaunchMs);
    for (const [reason, n] of next.reasons) count(this.reasons, reason, n);
    for (const [executorId, n] of next.resubmitted) count(this.resubmitted, executorId, n);
    for (const failure of next.failures) if (this.failures.length < MAX_FAILURES) this.failures.push(failure);
    for (let i = 0; i < next.accumulatorIds.length; i++) {
      const slot = this.slotOf(next.accumulatorIds[i] as number);
      this.sums[slot] = (this.sums[slot] as number) + (next.sums[i] as number);
      this.counts[slot] = (this.counts[slot] as number) + (next.counts[i] as number);
      this.maxima[slot] = Math.max(this.maxima[slot] as number, next.maxima[i] as number);
    }
    return repeated;
  }
}
