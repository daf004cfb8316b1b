// Tasks and slots over time: how many tasks ran, how many could have run.
// Law: every ended or still running task attempt counts once, with the time it held its slot; slots come from executors' life and cores.

import type { StageAttempt } from '../eventlog/index.ts';
import { clock } from './clock.ts';
import { defineFact } from './define.ts';
import { settings } from './settings.ts';
import { eachPiece, integral, maxOf, type Steps, stepsOf, valueAt, weightedSteps } from './steps.ts';

export interface Activity {
  /** Running tasks over time. */
  readonly running: Steps;
  /** Task slots over time: Σ of the executors' cores ÷ spark.task.cpus. */
  readonly slots: Steps;
  /** False when no executor's cores are known: slots then are the most tasks ever seen at once. */
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

/** Calls `visit` for every task attempt's time in its slot, ended ones and running ones (which end with the run). */
export function eachTaskInterval(
  stage: StageAttempt,
  endOfRunMs: number | undefined,
  visit: (startMs: number, endMs: number) => void,
): void {
  const { tasks } = stage;
  const durations = tasks.int('duration');
  for (let i = 0; i < tasks.length; i++) {
    const start = tasks.launchMs(i);
    if (start > 0) visit(start, start + (durations[i] as number));
  }
  for (const task of stage.runningTasks) {
    const end = task.endMs ?? endOfRunMs;
    if (end !== undefined && task.launchMs > 0) visit(task.launchMs, end);
  }
}

export const activity = defineFact('activity', (run, get): Activity => {
  const { startMs, endMs } = get(clock);
  const { taskCpus } = get(settings);
  let count = 0;
  for (const stage of run.stages) count += stage.tasks.length + stage.runningTasks.length;
  const starts = new Float64Array(count);
  const ends = new Float64Array(count);
  let n = 0;
  let busy = 0;
  for (const stage of run.stages) {
    eachTaskInterval(stage, endMs, (a, b) => {
      starts[n] = a;
      ends[n++] = b;
      if (b > a) busy += b - a;
    });
  }
  const running = stepsOf(starts.subarray(0, n), ends.subarray(0, n));

  const withCores = run.executors.filter((executor) => (executor.cores ?? 0) > 0);
  const from = (executor: { addedMs: number | undefined }) => Math.max(executor.addedMs ?? startMs ?? 0, startMs ?? 0);
  const to = (executor: { removedMs: number | undefined }) => executor.removedMs ?? endMs ?? 0;
  const slotsKnown = withCores.length > 0;
  const peakRunning = maxOf(running);
  const slots = slotsKnown
    ? weightedSteps(
        withCores.map((executor) => ({
          startMs: from(executor),
          endMs: to(executor),
          weight: Math.max(1, Math.floor((executor.cores ?? 1) / taskCpus)),
        })),
      )
    : weightedSteps([{ startMs: startMs ?? 0, endMs: endMs ?? 0, weight: Math.max(1, peakRunning) }]);
  const allocatedCoreMs = slotsKnown
    ? withCores.reduce((sum, executor) => sum + Math.max(0, to(executor) - from(executor)) * (executor.cores ?? 0), 0)
    : undefined;

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
