// SparkRun: what an event log says, and nothing more. Facts are derived elsewhere.
// Law: tasks are columns per stage attempt, never one object per task; a value that the log does not hold is `undefined`.

import type { TaskColumns } from './columns.ts';
import type { Plan } from './plan.ts';

/** The application as its start and end events describe it. Times are epoch milliseconds. */
export interface Application {
  readonly id: string | undefined;
  /** YARN-style attempt (`1`, `2`, …); absent for local and standalone masters. */
  readonly attempt: string | undefined;
  readonly name: string | undefined;
  readonly user: string | undefined;
  /** As logged: `3.5.3`, `3.3.0-amzn-0`; on Databricks the open-source base version. */
  readonly sparkVersion: string | undefined;
  readonly startMs: number | undefined;
  /** Time of ApplicationEnd; absent when the log has none. */
  readonly endMs: number | undefined;
  /** Latest time seen in any event: the end of what is known. */
  readonly lastEventMs: number | undefined;
  /** An ApplicationEnd was read. */
  readonly completed: boolean;
  readonly exitCode: number | undefined;
}

/** Merged EnvironmentUpdate events, last value wins. Redacted values are kept as logged; use `setting()` to read one. */
export interface Environment {
  readonly spark: ReadonlyMap<string, string>;
  readonly hadoop: ReadonlyMap<string, string>;
  readonly system: ReadonlyMap<string, string>;
  readonly jvm: ReadonlyMap<string, string>;
  readonly seen: boolean;
}

/** An executor, or the driver in local mode (id `driver`). */
export interface Executor {
  readonly id: string;
  readonly host: string | undefined;
  readonly cores: number | undefined;
  readonly addedMs: number | undefined;
  readonly removedMs: number | undefined;
  readonly removedReason: string | undefined;
  readonly resourceProfileId: number | undefined;
  /** Storage + execution memory of its block manager, bytes. */
  readonly maxMemory: number | undefined;
  readonly maxOnHeapMemory: number | undefined;
  readonly maxOffHeapMemory: number | undefined;
  /** Peaks over everything logged, by Spark's metric name (bytes, counts, ms); all-zero polls are left out. */
  readonly peaks: ReadonlyMap<string, number>;
}

export interface ResourceProfile {
  readonly id: number;
  /** By resource name: cores (count), memory, memoryOverhead, offHeap (MiB). */
  readonly executor: ReadonlyMap<string, number>;
  /** By resource name: cpus (may be fractional). */
  readonly task: ReadonlyMap<string, number>;
}

export type JobStatus = 'succeeded' | 'failed' | 'running';

export interface Job {
  readonly id: number;
  readonly status: JobStatus;
  readonly submittedMs: number | undefined;
  readonly completedMs: number | undefined;
  /** In the order of JobStart; includes stages that were skipped. */
  readonly stageIds: readonly number[];
  readonly sqlExecutionId: number | undefined;
  readonly sqlRootExecutionId: number | undefined;
  /** Failure message of JobEnd. */
  readonly error: string | undefined;
  readonly group: string | undefined;
  readonly description: string | undefined;
  readonly callSite: string | undefined;
  readonly pool: string | undefined;
  /** Query and batch of Structured Streaming, when this job runs a micro-batch. */
  readonly streamingQueryId: string | undefined;
  readonly streamingBatchId: string | undefined;
}

export type StageStatus = 'complete' | 'failed' | 'skipped' | 'active' | 'pending';

export interface RddInfo {
  readonly id: number;
  readonly name: string;
  /** Name inside the scope: equals the plan node's name (`Exchange`, `WholeStageCodegen (1)`, `Scan parquet `). */
  readonly scope: string | undefined;
  readonly callSite: string | undefined;
  readonly parentIds: readonly number[];
  readonly partitions: number;
  readonly cachedPartitions: number;
  /** Bytes in memory and on disk when the event was written. */
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Any level other than none: the RDD is marked to be cached. */
  readonly cached: boolean;
}

/** One failed or killed task attempt, or a Resubmitted event. */
export interface TaskFailure {
  readonly taskId: number;
  readonly index: number;
  readonly attempt: number;
  readonly executorId: string | undefined;
  readonly launchMs: number | undefined;
  readonly finishMs: number | undefined;
  readonly speculative: boolean;
  /** Spark's word: ExceptionFailure, FetchFailed, ExecutorLostFailure, TaskKilled, Resubmitted, TaskCommitDenied, … */
  readonly reason: string;
  readonly killed: boolean;
  /** Exception class, when there is one. */
  readonly className: string | undefined;
  /** First meaningful lines of the message, at most a few hundred characters. */
  readonly message: string | undefined;
  /** FetchFailed: the executor that lost the map output, and the shuffle. */
  readonly fetchFrom: string | undefined;
  readonly shuffleId: number | undefined;
  /** ExecutorLostFailure: false for preemption and decommission. */
  readonly causedByApp: boolean | undefined;
}

export interface StageAttempt {
  readonly id: number;
  readonly attempt: number;
  readonly name: string;
  readonly status: StageStatus;
  /** Number of tasks of this attempt's task set (a retry holds only the missing partitions). */
  readonly taskCount: number;
  readonly parentIds: readonly number[];
  readonly rdds: readonly RddInfo[];
  readonly submittedMs: number | undefined;
  readonly completedMs: number | undefined;
  readonly firstLaunchMs: number | undefined;
  readonly failureReason: string | undefined;
  readonly details: string | undefined;
  readonly resourceProfileId: number | undefined;
  readonly pool: string | undefined;
  /** The query for which this attempt was submitted. */
  readonly sqlExecutionId: number | undefined;
  /** Jobs that list this stage. */
  readonly jobIds: readonly number[];
  /** Ended task attempts, one row each, in file order. */
  readonly tasks: TaskColumns;
  /** Tasks that started and have no end in the log. */
  readonly runningTasks: readonly RunningTask[];
  /** Attempts as Spark's UI counts them: failed includes Resubmitted; killed includes commit denied. */
  readonly succeededTasks: number;
  readonly failedTasks: number;
  readonly killedTasks: number;
  /** Attempts that did not succeed by Spark's reason; exact. */
  readonly failureCounts: ReadonlyMap<string, number>;
  /** Resubmitted events by the executor that lost the output; exact. */
  readonly resubmittedByExecutor: ReadonlyMap<string, number>;
  /** Failures kept in detail (capped; the counts are exact). */
  readonly failures: readonly TaskFailure[];
  /** SQL metric updates of successful tasks, by accumulator id. */
  readonly accumulators: ReadonlyMap<number, AccumulatorTotals>;
  /** Stage-level values of StageCompleted for SQL accumulators: a fallback when TaskEnds are missing. */
  readonly completedValues: ReadonlyMap<number, number>;
}

export interface RunningTask {
  readonly taskId: number;
  readonly index: number;
  readonly executorId: string;
  readonly launchMs: number;
  /** When it cannot have run on (executor removed, jobs ended); undefined: it ran until the log ends. */
  readonly endMs: number | undefined;
}

/** Σ, maximum and number of task updates of one SQL accumulator in one stage attempt, in the metric's own unit. */
export interface AccumulatorTotals {
  readonly sum: number;
  readonly max: number;
  readonly count: number;
}

export type SqlStatus = 'succeeded' | 'failed' | 'running';

export interface SqlExecution {
  readonly id: number;
  /** Own id unless this is a nested command. */
  readonly rootId: number;
  readonly description: string | undefined;
  readonly details: string | undefined;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly status: SqlStatus;
  readonly error: string | undefined;
  readonly jobIds: readonly number[];
  /** Plan at start; with AQE not what ran. */
  readonly initialPlan: Plan | undefined;
  /** Latest plan logged; the initial one when AQE logged none. */
  readonly plan: Plan | undefined;
  readonly planUpdates: number;
  /** Session settings changed for this query (3.3+). */
  readonly modifiedConfigs: ReadonlyMap<string, string>;
  /** Values sent by the driver: accumulator id → Σ, in the metric's unit. */
  readonly driverUpdates: ReadonlyMap<number, number>;
  /** Metrics of sub-plans that AQE reports without a place in the tree. */
  readonly looseMetrics: readonly { readonly id: number; readonly name: string; readonly type: string }[];
}

export interface StreamSource {
  readonly description: string;
  readonly inputRows: number;
  /** Rows per second; undefined when Spark wrote NaN or Infinity. */
  readonly inputRate: number | undefined;
  readonly processedRate: number | undefined;
  /** Rows still waiting at the source after this batch, when its offsets or metrics tell. */
  readonly rowsBehind: number | undefined;
}

/** One micro-batch (or idle report) of a streaming query. Durations in ms. */
export interface StreamProgress {
  readonly batchId: number;
  readonly timestampMs: number | undefined;
  readonly batchMs: number | undefined;
  readonly durations: ReadonlyMap<string, number>;
  readonly sources: readonly StreamSource[];
  readonly stateRows: number | undefined;
  readonly stateBytes: number | undefined;
  readonly droppedByWatermark: number | undefined;
  readonly outputRows: number | undefined;
}

export interface StreamingQuery {
  readonly id: string;
  readonly runId: string;
  readonly name: string | undefined;
  readonly startedMs: number | undefined;
  readonly terminatedMs: number | undefined;
  readonly exception: string | undefined;
  readonly sink: string | undefined;
  /** Newest kept when there are more than the cap; `progressCount` is exact. */
  readonly progress: readonly StreamProgress[];
  readonly progressCount: number;
}

export interface SkippedLine {
  /** 1-based, over the parts read as one text. */
  readonly line: number;
  readonly reason: string;
}

/** Everything a reader must know before trusting a number. */
export interface LogQuality {
  readonly name: string;
  readonly layout: string;
  readonly codec: string;
  /** Bytes of decoded text. */
  readonly bytes: number;
  /** Bytes as stored. */
  readonly storedBytes: number;
  readonly parts: number;
  readonly lines: number;
  readonly events: number;
  readonly skippedLines: number;
  /** The first few skipped lines, with the reason. */
  readonly skipped: readonly SkippedLine[];
  readonly truncated: boolean;
  readonly compacted: boolean;
  /** Missing part numbers of a rolling log. */
  readonly gaps: readonly number[];
  readonly inProgress: boolean | undefined;
  /** Event names not known to this reader → how often. */
  readonly unknownEvents: ReadonlyMap<string, number>;
  /** TaskEnd lines read by the full parser because the byte scan did not fit them. */
  readonly fullParses: number;
  readonly taskEnds: number;
  /** Stage attempts that succeeded although fewer task ends than tasks were read. */
  readonly stagesWithMissingTasks: number;
  /** Tasks of ended stages whose own end is not in the log. */
  readonly lostTaskEnds: number;
  /** Time stamps years away from the rest of the log, left out of its length. */
  readonly implausibleTimes: number;
  readonly runningTasks: number;
  readonly missingApplicationEnd: boolean;
  readonly missingStart: boolean;
  /** In words, one per thing a reader should know; empty for a whole log. */
  readonly notes: readonly string[];
}

export interface SparkRun {
  readonly application: Application;
  readonly environment: Environment;
  readonly quality: LogQuality;
  readonly executors: readonly Executor[];
  /** Names by the executor index of the task columns. */
  readonly executorIds: readonly string[];
  /** Hosts by the same index, as task events name them. */
  readonly executorHosts: readonly (string | undefined)[];
  readonly resourceProfiles: ReadonlyMap<number, ResourceProfile>;
  readonly jobs: readonly Job[];
  /** By id, then attempt. Skipped stages are listed. */
  readonly stages: readonly StageAttempt[];
  readonly sql: readonly SqlExecution[];
  readonly streams: readonly StreamingQuery[];
  /** Unpersist events: RDD id → time is not logged; presence only. */
  readonly unpersistedRdds: ReadonlySet<number>;
}

/** What Spark writes instead of a secret. */
const REDACTED = '*********(redacted)';

/** Effective value of a Spark setting at application start; `undefined` when unset or redacted. */
export function setting(environment: Environment, key: string): string | undefined {
  const value = environment.spark.get(key);
  return value === REDACTED ? undefined : value;
}
