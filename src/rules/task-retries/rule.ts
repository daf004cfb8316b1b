// Task retries: attempts that failed by an exception and were made again; the time of the first tries is lost.
// Law: only attempts of stages that came through in the end; lost executors, fetch failures and killed copies have rules of their own.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import type { TaskFailure } from '../../eventlog/index.ts';
import { exceptionOf, type StageFact, troubleOf } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type FactMap, type Place, placesOr } from '../define.ts';

type Facts = Pick<FactMap, 'failures' | 'criticalPath' | 'run' | 'settings'>;

/** Not the task's own fault: told by executor-loss, or no failure at all. */
const OTHERS = new Set(['ExecutorLostFailure', 'FetchFailed', 'Resubmitted', 'TaskKilled', 'TaskCommitDenied', 'TaskResultLost']);

export const rule = defineRule({
  meta: {
    id: 'task-retries',
    title: 'Tasks that failed and ran again',
    category: 'failure',
    needs: ['run', 'failures', 'criticalPath', 'settings'],
    fixability: 'review',
    saves: 'time',
    inCode: ['udf', 'action'],
    thresholds: {},
    explains: ['idle-slots'],
  },
  diagnose(facts) {
    if (facts.run.quality.taskEnds === 0) return { status: 'noData', missing: ['task ends'] };
    const places = facts.failures.byStage.flatMap(({ stage }) => placeOf(stage, facts) ?? []);
    return placesOr(places, 'no task failed by itself in a stage that came through');
  },
});

function placeOf(stage: StageFact, { criticalPath, settings }: Facts): Place | undefined {
  if (stage.stage.status === 'failed') return undefined;
  const failed = stage.stage.failures.filter((failure) => !failure.killed && !OTHERS.has(failure.reason));
  const first = failed[0];
  if (first === undefined) return undefined;
  const lostMs = failed.reduce((sum, failure) => sum + timeOf(failure), 0);
  const heldMs = Math.min(criticalPath.held(stage), delayMs(stage, failed, lostMs));
  const usual = mostOf(failed);
  const error = exceptionOf(usual.message);
  const text = `${error?.name ?? usual.className ?? usual.reason}${error === undefined ? '' : `: ${error.message}`}`;
  const where = error?.file === undefined ? '' : ` (${error.file}:${error.line})`;
  const indexes = [...new Set(failed.map((failure) => failure.index))].sort((a, b) => a - b);
  const share = lostMs / Math.max(1, stage.taskTimeMs);
  const spent =
    (stage.distribution('duration')?.median ?? 0) > 0
      ? lostMs / failed.length / (stage.distribution('duration') as { median: number }).median
      : 0;
  const evidence: EvidenceRef[] = [
    { kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt, tasks: indexes },
    ...(stage.execution === undefined ? [] : [{ kind: 'sql', executionId: stage.execution.id } as const]),
    ...(error?.file === undefined || error.line === undefined ? [] : [{ kind: 'source', file: error.file, line: error.line } as const]),
  ];
  return {
    cause: `${formatCount(failed.length)} of ${formatCount(failed.length + stage.width)} attempts of stage ${stage.stage.id} failed with ${text}${where} after ${formatMillis(lostMs / failed.length)} on average; their work was done again.`,
    evidence,
    numbers: [
      { name: 'failed attempts', value: failed.length, unit: 'count' },
      { name: 'task time lost', value: lostMs, unit: 'ms' },
      { name: "share of the stage's task time", value: share, unit: 'share' },
      { name: 'error', value: error?.name ?? usual.reason, unit: 'text' },
    ],
    heldMs,
    remedies: remedies(text, where, stage, spent, settings),
  };
}

const timeOf = (failure: TaskFailure) =>
  failure.launchMs === undefined || failure.finishMs === undefined ? 0 : Math.max(0, failure.finishMs - failure.launchMs);

/**
 * What the failures delayed: in a stage that fills its slots, their share of the slots' time; in one that does not,
 * how much earlier the last task would have ended had it come through at the first try. The larger of the two.
 */
function delayMs(stage: StageFact, failed: readonly TaskFailure[], lostMs: number): number {
  const filled = lostMs / Math.max(1, Math.min(stage.slots, stage.width + failed.length));
  const lostBy = new Map<number, number>();
  for (const failure of failed) lostBy.set(failure.index, (lostBy.get(failure.index) ?? 0) + timeOf(failure));
  const indexes = stage.stage.tasks.int('index');
  const durations = stage.stage.tasks.int('duration');
  let last = stage.startMs;
  for (const row of stage.rows) {
    const end = stage.stage.tasks.launchMs(row) + (durations[row] as number);
    last = Math.max(last, end - (lostBy.get(indexes[row] as number) ?? 0));
  }
  return Math.max(filled, stage.endMs - last);
}

/** A failure of the commonest error. */
function mostOf(failed: readonly TaskFailure[]): TaskFailure {
  const count = new Map<string, { n: number; failure: TaskFailure }>();
  for (const failure of failed) {
    const key = `${failure.className}|${exceptionOf(failure.message)?.name}`;
    const entry = count.get(key) ?? { n: 0, failure };
    entry.n++;
    count.set(key, entry);
  }
  return [...count.values()].sort((a, b) => b.n - a.n)[0]?.failure as TaskFailure;
}

function remedies(text: string, where: string, stage: StageFact, spent: number, settings: Facts['settings']): string[] {
  const late = spent >= 0.5 ? ` The attempts failed after ${formatShare(Math.min(1, spent))} of a usual task: all of it was repeated.` : '';
  const smaller = `Make a retry cheaper: ${formatCount(Math.max(2, stage.width) * 2)} partitions instead of ${formatCount(stage.width)} halve what one failure repeats.`;
  const trouble = troubleOf(text);
  if (trouble === 'outside')
    return [
      `Reconnect and retry inside the task${where}, with a few growing pauses, so that one dropped call does not repeat the partition.${late}`,
      smaller,
    ];
  if (trouble === 'memory')
    return [
      `Give each task more memory: fewer cores per executor or more spark.executor.memory (now ${settings.get('spark.executor.memory') ?? '1g'}).`,
      smaller,
    ];
  return [
    `Handle this error${where} instead of leaving it to Spark's retries: they pass only when the second try happens to meet other conditions.${late}`,
    smaller,
  ];
}
