// What is kept of every event that is not a task: small plain records, made where the line is read (any thread), applied in file order.
// Law: reading never throws on valid JSON; every key is optional; strings of the log are never used as object keys or paths.

import type { Plan } from '../plan.ts';

export interface StageRecord {
  id: number;
  attempt: number;
  name: string;
  taskCount: number;
  parentIds: number[];
  rdds: RddRecord[];
  submittedMs: number | undefined;
  completedMs: number | undefined;
  failureReason: string | undefined;
  details: string | undefined;
  resourceProfileId: number | undefined;
  /** StageCompleted only: accumulator id → value of SQL metrics. */
  values: [number, number][] | undefined;
}

export interface RddRecord {
  id: number;
  name: string;
  scope: string | undefined;
  callSite: string | undefined;
  parentIds: number[];
  partitions: number;
  cachedPartitions: number;
  memoryBytes: number;
  diskBytes: number;
  cached: boolean;
}

/** The job properties that are read; everything else of the (large) map is dropped. */
export interface JobProperties {
  sqlExecutionId: number | undefined;
  sqlRootExecutionId: number | undefined;
  group: string | undefined;
  description: string | undefined;
  callSite: string | undefined;
  pool: string | undefined;
  streamingQueryId: string | undefined;
  streamingBatchId: string | undefined;
}

export interface ProgressRecord {
  queryId: string;
  runId: string;
  name: string | undefined;
  sink: string | undefined;
  batchId: number;
  timestampMs: number | undefined;
  batchMs: number | undefined;
  durations: [string, number][];
  sources: {
    description: string;
    inputRows: number;
    inputRate: number | undefined;
    processedRate: number | undefined;
    rowsBehind: number | undefined;
  }[];
  stateRows: number | undefined;
  stateBytes: number | undefined;
  droppedByWatermark: number | undefined;
  outputRows: number | undefined;
}

export type EventRecord =
  | { kind: 'logStart'; version: string | undefined; databricks: boolean }
  | {
      kind: 'appStart';
      id: string | undefined;
      attempt: string | undefined;
      name: string | undefined;
      user: string | undefined;
      time: number | undefined;
    }
  | { kind: 'appEnd'; time: number | undefined; exitCode: number | undefined }
  | { kind: 'environment'; spark: [string, string][]; hadoop: [string, string][]; system: [string, string][]; jvm: [string, string][] }
  | { kind: 'resourceProfile'; id: number; executor: [string, number][]; task: [string, number][] }
  | {
      kind: 'executorAdded';
      id: string;
      time: number | undefined;
      host: string | undefined;
      cores: number | undefined;
      profile: number | undefined;
    }
  | { kind: 'executorRemoved'; id: string; time: number | undefined; reason: string | undefined }
  | {
      kind: 'blockManager';
      id: string;
      host: string | undefined;
      time: number | undefined;
      max: number | undefined;
      onHeap: number | undefined;
      offHeap: number | undefined;
    }
  | { kind: 'executorPeaks'; id: string; peaks: [string, number][] }
  | { kind: 'unpersist'; rdd: number }
  | { kind: 'jobStart'; id: number; time: number | undefined; stages: StageRecord[]; stageIds: number[]; properties: JobProperties }
  | { kind: 'jobEnd'; id: number; time: number | undefined; succeeded: boolean; error: string | undefined }
  | { kind: 'stageSubmitted'; stage: StageRecord; properties: JobProperties }
  | { kind: 'stageCompleted'; stage: StageRecord }
  | {
      kind: 'sqlStart';
      id: number;
      rootId: number | undefined;
      description: string | undefined;
      details: string | undefined;
      time: number | undefined;
      plan: Plan | undefined;
      configs: [string, string][];
    }
  | { kind: 'sqlEnd'; id: number; time: number | undefined; error: string | undefined }
  | { kind: 'sqlPlan'; id: number; plan: Plan | undefined; updates: number }
  | { kind: 'sqlMetrics'; id: number; metrics: { id: number; name: string; type: string }[] }
  | { kind: 'driverUpdates'; id: number; updates: [number, number][] }
  | { kind: 'queryStarted'; queryId: string; runId: string; name: string | undefined; time: number | undefined }
  | { kind: 'queryProgress'; progress: ProgressRecord }
  | { kind: 'progressDropped'; queryId: string; runId: string; count: number }
  | { kind: 'queryTerminated'; queryId: string; runId: string; exception: string | undefined };
