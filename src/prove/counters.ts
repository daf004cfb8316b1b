// What a measured run's log adds to its time: low-noise counters, and whether infrastructure trouble hit it.
// Laws: sums cover every task attempt, as Spark's UI counts; an executor that died of what the job needed (memory, a crash) is no
// infrastructure trouble: leaving such pairs out would hide the very thing that a proof must show.

import type { SparkRun, StageAttempt, TaskColumn } from '../eventlog/index.ts';
import { type ExecutorFact, FACTS, FactStore } from '../facts/index.ts';
import type { Counters } from './types.ts';

/** Counters of a run: times in ms, sizes in bytes. */
export function countersOf(run: SparkRun): Counters {
  const sum = (value: (stage: StageAttempt) => number) => run.stages.reduce((total, stage) => total + value(stage), 0);
  const total = (column: TaskColumn) => sum((stage) => stage.tasks.total(column));
  return {
    coreMs: total('runMs'),
    cpuMs: total('cpuNs') / 1e6,
    tasks: sum((stage) => stage.tasks.length),
    stages: run.stages.filter((stage) => stage.tasks.length > 0).length,
    inputBytes: total('inputBytes'),
    inputRecords: total('inputRecords'),
    outputBytes: total('outputBytes'),
    outputRecords: total('outputRecords'),
    shuffleWriteBytes: total('shuffleWriteBytes'),
    shuffleReadBytes: total('shuffleReadBytes'),
    spilledBytes: total('diskSpilled'),
    gcMs: total('gcMs'),
    failedTasks: sum((stage) => stage.failedTasks),
  };
}

/** The job's own doing: memory (exit code 52 is Spark's OutOfMemoryError, 137 a kill, most often for memory), a crash, a config that lets executors go. */
const OWN = /memory|OOM|scale down|idle|killed by driver|by the driver|(code|status|exitCode):?\s*(?!0\b|143\b)\d+/i;
/** Taken away from outside, or gone without a word. */
const OUTSIDE =
  /preempt|spot|evict|reclaim|decommission|terminated|worker (lost|shutting down|removed)|node (lost|down|removed)|host (lost|down)|process lost|heartbeat|timed out|disassociated|connection|143\b|SIGTERM/i;

/** Why an executor went, when that was trouble from outside. */
function outsideLoss(reason: string | undefined, causedByApp: boolean | undefined): string | undefined {
  const text = reason ?? '';
  // Spark itself says so for preemption, decommission and lost workers (ExecutorLostFailure.exitCausedByApp).
  const outside = causedByApp === false || (!OWN.test(text) && OUTSIDE.test(text));
  if (!outside) return undefined;
  return /preempt|spot|evict|reclaim|decommission/i.test(text) ? 'executor reclaimed' : 'executor lost';
}

/**
 * Infrastructure trouble that the log shows, in words, each kind once: `executor lost`, `executor reclaimed`, `fetch failure`.
 * A fetch failure counts unless the executor it asked had died of the job's own doing, or had been let go by its settings.
 */
export function infrastructureOf(run: SparkRun): string[] {
  const store = new FactStore(run);
  const executors = new Map<string, ExecutorFact>(store.get(FACTS.executors).map((fact) => [fact.executor.id, fact]));
  const found = new Set<string>();
  const lossOf = (id: string | undefined, message?: string, causedByApp?: boolean) => {
    const removed = id === undefined ? undefined : executors.get(id)?.executor.removedReason;
    return outsideLoss(`${removed ?? ''} ${message ?? ''}`, causedByApp);
  };
  const add = (cause: string | undefined) => {
    if (cause !== undefined) found.add(cause);
  };
  for (const { stage } of store.get(FACTS.failures).byStage) {
    for (const failure of stage.stage.failures) {
      if (failure.reason === 'ExecutorLostFailure') add(lossOf(failure.executorId, failure.message, failure.causedByApp));
      if (failure.reason !== 'FetchFailed') continue;
      const from = failure.fetchFrom === undefined ? undefined : executors.get(failure.fetchFrom);
      if (from?.executor.removedMs === undefined || lossOf(failure.fetchFrom) !== undefined) found.add('fetch failure');
    }
  }
  // An executor that went while no task ran on it still leaves its shuffle files and the others more work.
  for (const fact of executors.values()) {
    const reason = fact.executor.removedReason;
    if (fact.lost || /decommission/i.test(reason ?? '')) add(outsideLoss(reason, undefined));
  }
  return [...found].sort();
}
