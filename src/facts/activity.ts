// Tasks and slots over time: how many tasks ran, how many could have run.
// Law: every ended or still running task attempt counts once, with the time it held its slot; slots come from executors' life and cores.

import { median } from '../base/index.ts';
import type { SparkRun, StageAttempt } from '../eventlog/index.ts';
import { clock } from './clock.ts';
import { defineFact } from './define.ts';
import { settings } from './settings.ts';
import { eachPiece, integral, maxOf, type Steps, stepsOf, valueAt, weightedSteps } from './steps.ts';

/**
 * A slot is given away before the end of its task is stamped, so tasks seem to overlap for moments. When more than this share of all task time lies
 * above the slots, executors are missing from the log.
 */
const OVERLOAD = 0.1;

export interface Activity {
  /** Running tasks over time. */
  readonly running: Steps;
  /** Task slots over time: Σ of the executors' cores ÷ spark.task.cpus. */
  readonly slots: Steps;
  /** False when no executor's cores are known or more tasks ran than they have slots: slots then are the most tasks ever seen at once. */
  readonly slotsKnown: boolean;
  readonly peakSlots: number;
  readonly peakRunning: number;
  /** Σ over tasks of their time × spark.task.cpus. Core-milliseconds. */
  readonly busyCoreMs: number;
  /** Σ over executors of their life × cores, within the run. Core-milliseconds. */
  readonly allocatedCoreMs: number | undefined;
  /** Time within the run in which no task ran. */
  readonly idleMs: number;
  /** Intervals with no running task, in order, covering the run's ends. */
  readonly gaps: readonly { readonly startMs: number; readonly endMs: number }[];
  /** Slots that exist at a time; at least 1. */
  slotsAt(ms: number): number;
}

/** Every task attempt's time in its slot, epoch ms: ended ones and running ones (which end with the run). */
export interface TaskIntervals {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** The task intervals of some stages, in two new arrays that the caller may change. */
export function taskIntervals(of: readonly StageAttempt[], endOfRunMs: number | undefined): TaskIntervals {
  let count = 0;
  for (const { tasks, runningTasks } of of) count += tasks.length + runningTasks.length;
  const starts = new Float64Array(count);
  const ends = new Float64Array(count);
  let n = 0;
  for (const { tasks, runningTasks } of of) {
    const durations = tasks.int('duration');
    for (let i = 0; i < tasks.length; i++) {
      const start = tasks.launchMs(i);
      if (start <= 0) continue;
      starts[n] = start;
      ends[n++] = start + (durations[i] as number);
    }
    for (const task of runningTasks) {
      const end = task.endMs ?? endOfRunMs;
      if (end === undefined || task.launchMs <= 0) continue;
      starts[n] = task.launchMs;
      ends[n++] = end;
    }
  }
  return { starts: starts.subarray(0, n), ends: ends.subarray(0, n) };
}

export const activity = defineFact('activity', (run, get): Activity => {
  const { startMs, endMs } = get(clock);
  const { taskCpus, number } = get(settings);
  const { starts, ends } = taskIntervals(run.stages, endMs);
  let busy = 0;
  for (let i = 0; i < starts.length; i++) busy += Math.max(0, (ends[i] as number) - (starts[i] as number));
  const running = stepsOf(starts, ends);

  const lives = executorLives();
  const peakRunning = maxOf(running);
  const known = weightedSteps(lives.map((life) => ({ ...life, weight: Math.max(1, Math.floor(life.cores / taskCpus)) })));
  // More tasks than slots at once: executors are missing from the log, and whatever is known of slots is too little.
  const slotsKnown =
    lives.length > 0 && (peakRunning <= maxOf(known) || timeAbove(running, known, startMs ?? 0, endMs ?? 0) <= OVERLOAD * busy);
  const slots = slotsKnown
    ? known
    : weightedSteps([{ startMs: startMs ?? 0, endMs: endMs ?? 0, weight: Math.max(1, peakRunning, maxOf(known)) }]);
  const allocatedCoreMs = slotsKnown
    ? lives.reduce((sum, life) => sum + Math.max(0, life.endMs - life.startMs) * life.cores, 0)
    : undefined;

  /** Executors that could run tasks, with their cores and life. One that ran tasks without having been announced has the cores of the others. */
  function executorLives(): { startMs: number; endMs: number; cores: number }[] {
    const announced = run.executors.map((executor) => executor.cores).filter((cores) => cores !== undefined && cores > 0);
    const usual = number('spark.executor.cores') ?? median(announced as number[]);
    const firstLaunch = run.executors.some((executor) => executor.cores === undefined && executor.id !== 'driver')
      ? firstLaunches(run)
      : new Map<string, number>();
    return run.executors.flatMap((executor) => {
      const first = firstLaunch.get(executor.id);
      const cores = executor.cores ?? (first === undefined ? undefined : usual);
      if (cores === undefined || cores <= 0) return [];
      const from = executor.addedMs ?? first ?? startMs ?? 0;
      return [{ startMs: Math.max(from, startMs ?? 0), endMs: executor.removedMs ?? endMs ?? 0, cores }];
    });
  }

  const gaps: { startMs: number; endMs: number }[] = [];
  if (startMs !== undefined && endMs !== undefined) {
    eachPiece(running, startMs, endMs, (value, a, b) => {
      if (value > 0) return;
      const last = gaps.at(-1);
      if (last !== undefined && last.endMs === a) gaps[gaps.length - 1] = { startMs: last.startMs, endMs: b };
      else gaps.push({ startMs: a, endMs: b });
    });
  }
  return {
    running,
    slots,
    slotsKnown,
    peakSlots: Math.max(maxOf(slots), 1),
    peakRunning,
    busyCoreMs: busy * taskCpus,
    allocatedCoreMs,
    idleMs: gaps.reduce((sum, gap) => sum + gap.endMs - gap.startMs, 0),
    gaps,
    slotsAt: (ms) => Math.max(1, valueAt(slots, ms)),
  };
});

/** Mean slots over an interval; at least 1. */
export function meanSlots(activity: Activity, from: number, to: number): number {
  return to > from ? Math.max(1, integral(activity.slots, from, to) / (to - from)) : activity.slotsAt(from);
}

/** Executor id → launch of its first task, epoch ms. */
function firstLaunches(run: SparkRun): Map<string, number> {
  const first = new Map<string, number>();
  for (const { tasks } of run.stages) {
    const executor = tasks.int('executor');
    for (let i = 0; i < tasks.length; i++) {
      const launch = tasks.launchMs(i);
      const id = run.executorIds[executor[i] as number] ?? 'unknown';
      if (launch > 0 && launch < (first.get(id) ?? Number.POSITIVE_INFINITY)) first.set(id, launch);
    }
  }
  return first;
}

/** ∫ max(0, a − b) dt: task time for which there was no slot, ms. */
function timeAbove(a: Steps, b: Steps, from: number, to: number): number {
  let total = 0;
  eachPiece(a, from, to, (value, start, end) => {
    // Slots change seldom: their mean within a piece of constant running tasks is exact enough.
    total += Math.max(0, value * (end - start) - integral(b, start, end));
  });
  return total;
}
