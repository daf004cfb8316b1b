// The JSON of each event as Spark 3.5–4.x writes it: same names, same key order, so that a built log takes the byte scan like a real one.
// Law: one function per event; nothing is laid out or decided here (see log.ts). Checked against logs of Spark 4.3.

export type Json = Record<string, unknown>;
export type Tuple = readonly [id: number, name: string, value: number];

/** How a task attempt that did not succeed ended. `ms`: how long it ran. */
export interface Failure {
  readonly reason:
    | 'ExceptionFailure'
    | 'FetchFailed'
    | 'ExecutorLostFailure'
    | 'TaskKilled'
    | 'TaskCommitDenied'
    | 'Resubmitted'
    | 'TaskResultLost';
  readonly ms?: number;
  readonly className?: string;
  readonly message?: string;
  /** FetchFailed: the executor whose map output was lost. */
  readonly from?: string;
  /** ExecutorLostFailure: false for preemption and decommission. */
  readonly byApp?: boolean;
  readonly executor?: string;
}

/** What a task did. Times in ms, sizes in bytes; what is left out is 0, `cpuMs` is the run time. `ms` is its whole time in the slot. */
export interface Work {
  readonly ms: number;
  readonly cpuMs?: number;
  readonly gcMs?: number;
  readonly deserializeMs?: number;
  readonly resultSerializationMs?: number;
  readonly gettingResultMs?: number;
  /** Time in the slot that no metric explains: Spark's UI calls it scheduler delay. */
  readonly delayMs?: number;
  readonly fetchWaitMs?: number;
  readonly resultBytes?: number;
  readonly peakMemory?: number;
  readonly memorySpilled?: number;
  readonly diskSpilled?: number;
  readonly inputBytes?: number;
  readonly inputRecords?: number;
  readonly outputBytes?: number;
  readonly outputRecords?: number;
  /** Local and remote together. */
  readonly shuffleReadBytes?: number;
  readonly shuffleRemoteBytes?: number;
  readonly shuffleReadRecords?: number;
  readonly shuffleWriteBytes?: number;
  readonly shuffleWriteRecords?: number;
  readonly shuffleWriteMs?: number;
}

export interface Attempt {
  readonly id: number;
  readonly index: number;
  readonly attempt: number;
  readonly launch: number;
  readonly finish: number;
  readonly executor: string;
  readonly host: string;
  readonly locality: string;
  readonly speculative: boolean;
}

const SQL = 'org.apache.spark.sql.execution.ui.SparkListener';
const STREAM = 'org.apache.spark.sql.streaming.StreamingQueryListener$';
const PEAKS = [
  'JVMHeapMemory JVMOffHeapMemory OnHeapExecutionMemory OffHeapExecutionMemory OnHeapStorageMemory OffHeapStorageMemory',
  'OnHeapUnifiedMemory OffHeapUnifiedMemory DirectPoolMemory MappedPoolMemory ProcessTreeJVMVMemory ProcessTreeJVMRSSMemory',
  'ProcessTreePythonVMemory ProcessTreePythonRSSMemory ProcessTreeOtherVMemory ProcessTreeOtherRSSMemory',
  'MinorGCCount MinorGCTime MajorGCCount MajorGCTime TotalGCTime ConcurrentGCCount ConcurrentGCTime',
].flatMap((line) => line.split(' '));

export const logStart = (version: string): Json => ({ Event: 'SparkListenerLogStart', 'Spark Version': version });

export const resourceProfile = (cores: number, memoryMiB: number, taskCpus: number): Json => {
  const amount = (name: string, Amount: number) => ({ [name]: { 'Resource Name': name, Amount, 'Discovery Script': '', Vendor: '' } });
  return {
    Event: 'SparkListenerResourceProfileAdded',
    'Resource Profile Id': 0,
    'Executor Resource Requests': { ...amount('cores', cores), ...amount('memory', memoryMiB), ...amount('offHeap', 0) },
    'Task Resource Requests': { cpus: { 'Resource Name': 'cpus', Amount: taskCpus } },
  };
};

export const environment = (conf: Readonly<Record<string, string>>): Json => ({
  Event: 'SparkListenerEnvironmentUpdate',
  'JVM Information': { 'Java Home': '/opt/java', 'Java Version': '17.0.9 (Eclipse Adoptium)', 'Scala Version': 'version 2.13.14' },
  'Spark Properties': conf,
  'Hadoop Properties': {},
  'System Properties': {},
  'Metrics Properties': {},
  'Classpath Entries': {},
});

export const applicationStart = (name: string, id: string, at: number): Json => ({
  Event: 'SparkListenerApplicationStart',
  'App Name': name,
  'App ID': id,
  Timestamp: at,
  User: 'spark',
});
export const applicationEnd = (at: number): Json => ({ Event: 'SparkListenerApplicationEnd', Timestamp: at, ExitCode: 0 });

export const executorAdded = (id: string, host: string, cores: number, at: number): Json => ({
  Event: 'SparkListenerExecutorAdded',
  Timestamp: at,
  'Executor ID': id,
  'Executor Info': { Host: host, 'Total Cores': cores, 'Log Urls': {}, Attributes: {}, Resources: {}, 'Resource Profile Id': 0 },
});
export const executorRemoved = (id: string, reason: string, at: number): Json => ({
  Event: 'SparkListenerExecutorRemoved',
  Timestamp: at,
  'Executor ID': id,
  'Removed Reason': reason,
});
export const blockManager = (id: string, host: string, bytes: number, at: number): Json => ({
  Event: 'SparkListenerBlockManagerAdded',
  'Block Manager ID': { 'Executor ID': id, Host: host, Port: 7079 },
  'Maximum Memory': bytes,
  Timestamp: at,
  'Maximum Onheap Memory': bytes,
  'Maximum Offheap Memory': 0,
});

export const jobStart = (id: number, at: number, infos: readonly Json[], stageIds: readonly number[], properties: Json): Json => ({
  Event: 'SparkListenerJobStart',
  'Job ID': id,
  'Submission Time': at,
  'Stage Infos': infos,
  'Stage IDs': stageIds,
  Properties: properties,
});
export const jobEnd = (id: number, at: number, error: string | undefined): Json => ({
  Event: 'SparkListenerJobEnd',
  'Job ID': id,
  'Completion Time': at,
  'Job Result':
    error === undefined ? { Result: 'JobSucceeded' } : { Result: 'JobFailed', Exception: { Message: error, 'Stack Trace': [] } },
});

export const stageSubmitted = (info: Json, properties: Json): Json => ({
  Event: 'SparkListenerStageSubmitted',
  'Stage Info': info,
  Properties: properties,
});
export const stageCompleted = (info: Json): Json => ({ Event: 'SparkListenerStageCompleted', 'Stage Info': info });

const taskInfo = (
  task: Attempt,
  finish: number,
  getting: number,
  failed: boolean,
  killed: boolean,
  accumulables: readonly Json[],
): Json => ({
  'Task ID': task.id,
  Index: task.index,
  Attempt: task.attempt,
  'Partition ID': task.index,
  'Launch Time': task.launch,
  'Executor ID': task.executor,
  Host: task.host,
  Locality: task.locality,
  Speculative: task.speculative,
  'Getting Result Time': getting,
  'Finish Time': finish,
  Failed: failed,
  Killed: killed,
  Accumulables: accumulables,
});

export const taskStart = (stageId: number, stageAttempt: number, task: Attempt): Json => ({
  Event: 'SparkListenerTaskStart',
  'Stage ID': stageId,
  'Stage Attempt ID': stageAttempt,
  'Task Info': taskInfo(task, 0, 0, false, false, []),
});

/** A SQL accumulable; `Value` is set when the log is written, for it is a running total. */
const sqlAccumulable = ([ID, Name, value]: Tuple): Json => ({
  ID,
  Name,
  Update: String(value),
  Value: String(value),
  Internal: true,
  'Count Failed Values': true,
  Metadata: 'sql',
});

export function taskEnd(
  stageId: number,
  stageAttempt: number,
  type: string,
  task: Attempt,
  work: Work,
  failure: Failure | undefined,
  updates: readonly Tuple[],
  peaks: Readonly<Record<string, number>>,
): Json {
  const killed = failure?.reason === 'TaskKilled' || failure?.reason === 'TaskCommitDenied';
  const failed = failure !== undefined && !killed && failure.reason !== 'Resubmitted';
  const getting = work.gettingResultMs ? task.finish - work.gettingResultMs : 0;
  return {
    Event: 'SparkListenerTaskEnd',
    'Stage ID': stageId,
    'Stage Attempt ID': stageAttempt,
    'Task Type': type,
    'Task End Reason': failure === undefined ? { Reason: 'Success' } : endReason(failure, task.executor),
    'Task Info': taskInfo(task, task.finish, getting, failed, killed, updates.map(sqlAccumulable)),
    'Task Executor Metrics': Object.fromEntries(PEAKS.map((name) => [name, peaks[name] ?? 0])),
    'Task Metrics': taskMetrics(work),
  };
}

function endReason(failure: Failure, executor: string): Json {
  const { reason, message = 'no message' } = failure;
  switch (reason) {
    case 'ExceptionFailure':
      return {
        Reason: reason,
        'Class Name': failure.className ?? 'java.lang.RuntimeException',
        Description: message,
        'Stack Trace': [],
        'Full Stack Trace': `${failure.className ?? 'java.lang.RuntimeException'}: ${message}\n\tat org.example.Job.run(Job.scala:1)`,
        'Accumulator Updates': [],
      };
    case 'FetchFailed':
      return {
        Reason: reason,
        'Block Manager Address': { 'Executor ID': failure.from ?? executor, Host: `host-${failure.from ?? executor}`, Port: 7079 },
        'Shuffle ID': 0,
        'Map ID': 0,
        'Map Index': 0,
        'Reduce ID': 0,
        Message: failure.message ?? 'org.apache.spark.shuffle.FetchFailedException',
      };
    case 'ExecutorLostFailure':
      return { Reason: reason, 'Executor ID': executor, 'Exit Caused By App': failure.byApp ?? true, 'Loss Reason': message };
    case 'TaskKilled':
      return { Reason: reason, 'Kill Reason': message, 'Accumulator Updates': [] };
    case 'TaskCommitDenied':
      return { Reason: reason, 'Job ID': 0, 'Partition ID': 0, 'Attempt Number': 0 };
    default:
      return { Reason: reason };
  }
}

function taskMetrics(work: Work): Json {
  const spent = (work.deserializeMs ?? 0) + (work.resultSerializationMs ?? 0) + (work.gettingResultMs ?? 0) + (work.delayMs ?? 0);
  const run = Math.max(0, Math.round(work.ms - spent));
  return {
    'Executor Deserialize Time': work.deserializeMs ?? 0,
    'Executor Deserialize CPU Time': (work.deserializeMs ?? 0) * 1e6,
    'Executor Run Time': run,
    'Executor CPU Time': Math.round((work.cpuMs ?? run) * 1e6),
    'Peak Execution Memory': work.peakMemory ?? 0,
    'Result Size': work.resultBytes ?? 2000,
    'JVM GC Time': work.gcMs ?? 0,
    'Result Serialization Time': work.resultSerializationMs ?? 0,
    'Memory Bytes Spilled': work.memorySpilled ?? 0,
    'Disk Bytes Spilled': work.diskSpilled ?? 0,
    'Shuffle Read Metrics': {
      'Remote Blocks Fetched': work.shuffleRemoteBytes ? 1 : 0,
      'Local Blocks Fetched': work.shuffleReadBytes ? 1 : 0,
      'Fetch Wait Time': work.fetchWaitMs ?? 0,
      'Remote Bytes Read': work.shuffleRemoteBytes ?? 0,
      'Remote Bytes Read To Disk': 0,
      'Local Bytes Read': (work.shuffleReadBytes ?? 0) - (work.shuffleRemoteBytes ?? 0),
      'Total Records Read': work.shuffleReadRecords ?? 0,
      'Remote Requests Duration': 0,
    },
    'Shuffle Write Metrics': {
      'Shuffle Bytes Written': work.shuffleWriteBytes ?? 0,
      'Shuffle Write Time': Math.round((work.shuffleWriteMs ?? 0) * 1e6),
      'Shuffle Records Written': work.shuffleWriteRecords ?? 0,
    },
    'Input Metrics': { 'Bytes Read': work.inputBytes ?? 0, 'Records Read': work.inputRecords ?? 0 },
    'Output Metrics': { 'Bytes Written': work.outputBytes ?? 0, 'Records Written': work.outputRecords ?? 0 },
    'Updated Blocks': [],
  };
}

export const sqlStart = (
  executionId: number,
  rootExecutionId: number,
  description: string,
  time: number,
  plan: Json,
  modifiedConfigs: Json,
): Json => ({
  Event: `${SQL}SQLExecutionStart`,
  executionId,
  rootExecutionId,
  description,
  details: '',
  physicalPlanDescription: '',
  sparkPlanInfo: plan,
  time,
  modifiedConfigs,
});
export const sqlPlanUpdate = (executionId: number, plan: Json): Json => ({
  Event: `${SQL}SQLAdaptiveExecutionUpdate`,
  executionId,
  physicalPlanDescription: '',
  sparkPlanInfo: plan,
});
export const driverUpdates = (executionId: number, accumUpdates: readonly (readonly [number, number])[]): Json => ({
  Event: `${SQL}DriverAccumUpdates`,
  executionId,
  accumUpdates,
});
export const sqlEnd = (executionId: number, time: number, errorMessage: string): Json => ({
  Event: `${SQL}SQLExecutionEnd`,
  executionId,
  time,
  errorMessage,
});

export const queryStarted = (id: string, runId: string, name: string, at: number): Json => ({
  Event: `${STREAM}QueryStartedEvent`,
  id,
  runId,
  name,
  timestamp: new Date(at).toISOString(),
});
export const queryProgress = (progress: Json): Json => ({ Event: `${STREAM}QueryProgressEvent`, progress });
export const queryTerminated = (id: string, runId: string, exception: string | null): Json => ({
  Event: `${STREAM}QueryTerminatedEvent`,
  id,
  runId,
  exception,
});

export const rddInfo = (id: number, name: string, scope: string, partitions: number, more: Json): Json => ({
  'RDD ID': id,
  Name: name,
  Scope: JSON.stringify({ id: String(id), name: scope }),
  Callsite: more.callSite ?? 'save at job.py:1',
  'Parent IDs': more.parents ?? [],
  'Storage Level': {
    'Use Disk': more.cached === true,
    'Use Memory': more.cached === true,
    'Use Off Heap': false,
    Deserialized: false,
    Replication: 1,
  },
  Barrier: false,
  DeterministicLevel: 'DETERMINATE',
  'Number of Partitions': partitions,
  'Number of Cached Partitions': more.cachedPartitions ?? 0,
  'Memory Size': more.memoryBytes ?? 0,
  'Disk Size': more.diskBytes ?? 0,
});
