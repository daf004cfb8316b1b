// What is known so far of each thing in a log, while records are applied in file order. Becomes the SparkRun at the end.
// Law: mutable only inside build.ts; everything may be missing, for a log may start and end anywhere.

import type { JobProperties, StageRecord } from './events/records.ts';
import type { StreamProgress } from './model.ts';
import type { Plan } from './plan.ts';

export interface StageState {
  record: StageRecord;
  submitted: boolean;
  completed: boolean;
  skipped: boolean;
  pool: string | undefined;
  sqlExecutionId: number | undefined;
  values: Map<number, number>;
}

export interface JobState {
  id: number;
  submittedMs: number | undefined;
  completedMs: number | undefined;
  ended: boolean;
  succeeded: boolean;
  stageIds: number[];
  error: string | undefined;
  properties: JobProperties;
}

export interface SqlState {
  id: number;
  rootId: number | undefined;
  description: string | undefined;
  details: string | undefined;
  startMs: number | undefined;
  endMs: number | undefined;
  ended: boolean;
  error: string | undefined;
  initialPlan: Plan | undefined;
  plan: Plan | undefined;
  planUpdates: number;
  configs: [string, string][];
  driverUpdates: Map<number, number>;
  looseMetrics: { id: number; name: string; type: string }[];
  jobIds: number[];
  started: boolean;
}

export interface ExecutorState {
  id: string;
  host: string | undefined;
  cores: number | undefined;
  addedMs: number | undefined;
  removedMs: number | undefined;
  removedReason: string | undefined;
  profile: number | undefined;
  max: number | undefined;
  onHeap: number | undefined;
  offHeap: number | undefined;
  peaks: Map<string, number>;
}

export interface QueryState {
  id: string;
  runId: string;
  name: string | undefined;
  startedMs: number | undefined;
  terminatedMs: number | undefined;
  ended: boolean;
  exception: string | undefined;
  sink: string | undefined;
  progress: StreamProgress[];
  count: number;
}

/** Of a job whose start was not read. */
export const NO_PROPERTIES: JobProperties = {
  sqlExecutionId: undefined,
  sqlRootExecutionId: undefined,
  group: undefined,
  description: undefined,
  callSite: undefined,
  pool: undefined,
  streamingQueryId: undefined,
  streamingBatchId: undefined,
};
