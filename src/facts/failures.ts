// The failure tax: task time that did not count, and what made it so.
// Law: an attempt is wasted when it did not succeed, or succeeded and its output was lost or its stage attempt thrown away; each is counted once.

import { FLAG, type StageAttempt, type TaskFailure } from '../eventlog/index.ts';
import { defineFact } from './define.ts';
import { type StageFact, stages } from './stages.ts';

export interface FailureGroup {
  /** Spark's reason: ExceptionFailure, FetchFailed, ExecutorLostFailure, TaskKilled, … */
  readonly reason: string;
  readonly className: string | undefined;
  readonly message: string | undefined;
  readonly count: number;
  readonly example: TaskFailure;
  readonly stages: readonly StageFact[];
  /** Slot time of these attempts, ms. */
  readonly timeMs: number;
}

export interface StageWaste {
  readonly stage: StageFact;
  /** Slot time of attempts that failed (not killed), ms. */
  readonly failedMs: number;
  /** Slot time of attempts that were killed (speculation, cancelled stage), ms. */
  readonly killedMs: number;
  readonly failed: number;
  readonly killed: number;
  readonly resubmitted: number;
  readonly fetchFailed: number;
}

export interface Failures {
  readonly groups: readonly FailureGroup[];
  readonly byStage: readonly StageWaste[];
  /** Stage attempts beyond the first of a stage: work done again. */
  readonly retries: readonly { readonly stage: StageFact; readonly cause: string | undefined }[];
  readonly failedStages: readonly StageAttempt[];
  /** Slot time of every attempt that did not count, ms. */
  readonly taxMs: number;
}

export const failures = defineFact('failures', (run, get): Failures => {
  const groups = new Map<
    string,
    {
      reason: string;
      className: string | undefined;
      message: string | undefined;
      count: number;
      example: TaskFailure;
      stages: Set<StageFact>;
      timeMs: number;
    }
  >();
  const byStage: StageWaste[] = [];
  let taxMs = 0;
  for (const fact of get(stages).all) {
    const { stage } = fact;
    if (stage.failedTasks + stage.killedTasks === 0) continue;
    const flags = stage.tasks.int('flags');
    const durations = stage.tasks.int('duration');
    let failedMs = 0;
    let killedMs = 0;
    for (let i = 0; i < stage.tasks.length; i++) {
      if (((flags[i] as number) & FLAG.failed) !== 0) failedMs += durations[i] as number;
      else if (((flags[i] as number) & FLAG.killed) !== 0) killedMs += durations[i] as number;
    }
    taxMs += failedMs + killedMs;
    const resubmitted = stage.failureCounts.get('Resubmitted') ?? 0;
    const fetchFailed = stage.failureCounts.get('FetchFailed') ?? 0;
    for (const failure of stage.failures) {
      const key = `${failure.reason}|${failure.className ?? ''}|${(failure.message ?? '').replace(/\d+/g, '#').slice(0, 120)}`;
      let group = groups.get(key);
      if (group === undefined) {
        group = {
          reason: failure.reason,
          className: failure.className,
          message: failure.message,
          count: 0,
          example: failure,
          stages: new Set(),
          timeMs: 0,
        };
        groups.set(key, group);
      }
      group.count++;
      group.stages.add(fact);
      if (failure.reason !== 'Resubmitted' && failure.launchMs !== undefined && failure.finishMs !== undefined)
        group.timeMs += Math.max(0, failure.finishMs - failure.launchMs);
    }
    byStage.push({
      stage: fact,
      failedMs,
      killedMs,
      failed: stage.failedTasks - resubmitted,
      killed: stage.killedTasks,
      resubmitted,
      fetchFailed,
    });
  }
  const reasons = new Map<number, string>();
  const failedStages = run.stages.filter((stage) => stage.status === 'failed');
  for (const stage of failedStages) if (stage.failureReason !== undefined) reasons.set(stage.id, stage.failureReason);
  return {
    groups: [...groups.values()]
      .map((group) => ({ ...group, stages: [...group.stages] }))
      .sort((a, b) => b.timeMs - a.timeMs || b.count - a.count),
    byStage,
    retries: get(stages)
      .all.filter((fact) => fact.stage.attempt > 0)
      .map((stage) => ({ stage, cause: reasons.get(stage.stage.id) })),
    failedStages,
    taxMs,
  };
});
