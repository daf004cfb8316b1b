// Task sets of stage attempts: durations in launch order, who retried whom, the floor of a task, and its parts when a what-if asks.
// Law: every attempt that held a slot is in the set; a retry waits for the attempt before it; parts never exceed the task's time.

import { orderOf, quantile, sorted } from '../base/index.ts';
import { FLAG } from '../eventlog/index.ts';
import type { StageFact } from '../facts/index.ts';
import type { TaskParts, TaskSet } from './graph.ts';

const NOTHING = new Float64Array(0);

/** Parts of a task set of which nothing is known. */
export const NO_PARTS: TaskParts = {
  partition: NOTHING,
  cpuMs: NOTHING,
  waitMs: NOTHING,
  gcMs: NOTHING,
  fixedMs: NOTHING,
  spillBytes: NOTHING,
  shuffleWriteMs: NOTHING,
  fetchMs: NOTHING,
  needBytes: NOTHING,
  bytes: NOTHING,
  records: NOTHING,
};

/** A task set from columns that are known already. */
export function taskSet(
  duration: Float64Array,
  floorMs: number,
  parts: () => TaskParts,
  after?: Int32Array | undefined,
  lost?: Uint8Array | undefined,
): TaskSet {
  let known: TaskParts | undefined;
  return { duration, after, lost, floorMs, parts: () => (known ??= parts()) };
}

/** The tasks of a stage attempt as they were launched. */
export function tasksOf(fact: StageFact, endMs: number, inSlots: (from: number, to: number) => number): TaskSet {
  const { tasks, runningTasks } = fact.stage;
  const flags = tasks.int('flags');
  const durations = tasks.int('duration');
  const index = tasks.int('index');
  const rows = new Int32Array(tasks.length);
  const launch = new Float64Array(tasks.length);
  let n = 0;
  for (let i = 0; i < tasks.length; i++) {
    const at = tasks.launchMs(i);
    if (at <= 0 || ((flags[i] as number) & FLAG.duplicate) !== 0) continue;
    rows[n] = i;
    launch[n++] = at;
  }
  const order = orderOf(launch.subarray(0, n));
  const running = runningTasks.filter((task) => task.launchMs > 0);
  const duration = new Float64Array(n + running.length);
  const sourceRow = new Int32Array(n);
  const lost = new Uint8Array(n + running.length);
  const after = new Int32Array(n + running.length).fill(-1);
  let retried = false;
  let anyLost = false;
  const lastOf = new Map<number, number>();
  const hasRetries = fact.stage.failedTasks > 0 || tasks.length > fact.width;
  for (let k = 0; k < n; k++) {
    const row = rows[order[k] as number] as number;
    sourceRow[k] = row;
    const start = launch[order[k] as number] as number;
    duration[k] = inSlots(start, start + (durations[row] as number));
    const flag = flags[row] as number;
    if ((flag & FLAG.success) === 0) {
      lost[k] = 1;
      anyLost = true;
    }
    if (!hasRetries) continue;
    const partition = index[row] as number;
    const before = lastOf.get(partition);
    // A speculative copy runs beside its original; a retry starts when the attempt before it had ended.
    if (before !== undefined && (flag & FLAG.speculative) === 0) {
      const beforeRow = sourceRow[before] as number;
      if (tasks.launchMs(beforeRow) + (durations[beforeRow] as number) <= tasks.launchMs(row) + 5) {
        after[k] = before;
        retried = true;
      }
    }
    if ((flag & FLAG.speculative) === 0) lastOf.set(partition, k);
  }
  for (const [i, task] of running.entries()) duration[n + i] = Math.max(0, (task.endMs ?? endMs) - task.launchMs);
  const fixed = fixedOf(fact, sourceRow);
  return taskSet(
    duration,
    floorOf(duration.subarray(0, n), fixed, lost),
    () => partsOf(fact, sourceRow, duration, fixed),
    retried ? after : undefined,
    anyLost ? lost : undefined,
  );
}

/** duration − run: scheduling, deserialising, sending the result, ms, by launch order. */
function fixedOf(fact: StageFact, rows: Int32Array): Float64Array {
  const { tasks } = fact.stage;
  const duration = tasks.int('duration');
  const run = tasks.int('runMs');
  return Float64Array.from(rows, (row) => ((run[row] as number) > 0 ? Math.max(0, (duration[row] as number) - (run[row] as number)) : 0));
}

/** What a task cannot go under: the usual time outside its run, at most its quickest task. */
function floorOf(duration: Float64Array, fixed: Float64Array, lost: Uint8Array): number {
  const good = fixed.filter((_, i) => lost[i] === 0);
  if (good.length === 0) return 0;
  let quickest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < duration.length; i++) if (lost[i] === 0) quickest = Math.min(quickest, duration[i] as number);
  return Math.max(0, Math.min(quantile(sorted(good), 0.5) as number, quickest));
}

function partsOf(fact: StageFact, rows: Int32Array, duration: Float64Array, fixed: Float64Array): TaskParts {
  const { tasks } = fact.stage;
  const n = duration.length;
  const from = (read: (row: number) => number) => {
    const out = new Float64Array(n);
    for (let i = 0; i < rows.length; i++) out[i] = read(rows[i] as number);
    return out;
  };
  const [index, run, gc, fetch] = [tasks.int('index'), tasks.int('runMs'), tasks.int('gcMs'), tasks.int('fetchWaitMs')];
  const [cpu, spilled, disk] = [tasks.float('cpuNs'), tasks.float('memorySpilled'), tasks.float('diskSpilled')];
  const [write, peak] = [tasks.float('shuffleWriteNs'), tasks.float('peakMemory')];
  const [input, shuffle] = [tasks.float('inputBytes'), tasks.float('shuffleReadBytes')];
  const [inputRecords, shuffleRecords] = [tasks.float('inputRecords'), tasks.float('shuffleReadRecords')];
  const fixedMs = new Float64Array(n);
  fixedMs.set(fixed);
  return {
    partition: from((row) => index[row] as number),
    cpuMs: from((row) => Math.min(run[row] as number, (cpu[row] as number) / 1e6)),
    gcMs: from((row) => Math.min(run[row] as number, gc[row] as number)),
    waitMs: from((row) => Math.max(0, (run[row] as number) - (cpu[row] as number) / 1e6 - (gc[row] as number) - (fetch[row] as number))),
    fixedMs,
    spillBytes:
      tasks.has('diskSpilled') || tasks.has('memorySpilled') ? from((row) => (disk[row] as number) || (spilled[row] as number)) : NOTHING,
    shuffleWriteMs: tasks.has('shuffleWriteNs') ? from((row) => (write[row] as number) / 1e6) : NOTHING,
    fetchMs: tasks.has('fetchWaitMs') ? from((row) => fetch[row] as number) : NOTHING,
    needBytes:
      tasks.has('peakMemory') || tasks.has('memorySpilled') ? from((row) => (peak[row] as number) + (spilled[row] as number)) : NOTHING,
    bytes: from((row) => (input[row] as number) + (shuffle[row] as number)),
    records: from((row) => (inputRecords[row] as number) + (shuffleRecords[row] as number)),
  };
}
