// One reader per event that is not a task: parsed JSON in, record out. The table at the end is the list of events this product knows.
// Law: pure; names follow Spark's JsonProtocol (core events, Title Case keys) and Jackson (SQL and streaming events, camelCase keys).

import { type Interner, readPlan } from '../plan.ts';
import { EXECUTOR_METRICS } from '../scan/fields.ts';
import { gist } from '../scan/parse-tasks.ts';
import { isObject, isoTime, type Json, list, num, numbers, str, stringEntries, time } from './json.ts';
import type { EventRecord, JobProperties, ProgressRecord, RddRecord, StageRecord } from './records.ts';

/** What readers share over a range: strings seen, and stages whose description was taken already. */
export interface ReadContext {
  readonly intern: Interner;
  /** Jobs of an iterative program list their whole lineage again and again: only the first description of a stage is kept. */
  readonly described: Set<number>;
}

export type Reader = (event: Json, context: ReadContext) => EventRecord | undefined;

/** Enough of a failure reason to show the cause; the trace is repeated in the task events. */
const REASON_LIMIT = 2000;
/** Call stacks and descriptions: what a person reads. */
const TEXT_LIMIT = 2000;

const cut = (text: string | undefined, limit: number): string | undefined => (text === undefined ? undefined : text.slice(0, limit));

/** `{"id":"0","name":"WriteFiles"}` inside a string; names seldom hold escapes. */
function scopeName(scope: unknown, intern: Interner): string | undefined {
  if (typeof scope !== 'string') return undefined;
  const name = /"name":"((?:[^"\\]|\\.)*)"/.exec(scope)?.[1];
  return name === undefined ? undefined : intern.of(name.includes('\\') ? name.replace(/\\(.)/g, '$1') : name);
}

function readRdd(rdd: unknown, intern: Interner): RddRecord | undefined {
  if (!isObject(rdd)) return undefined;
  const level = isObject(rdd['Storage Level']) ? rdd['Storage Level'] : {};
  const callSite = str(rdd.Callsite);
  return {
    id: num(rdd['RDD ID']) ?? -1,
    name: intern.of(cut(str(rdd.Name), 300) ?? ''),
    scope: scopeName(rdd.Scope, intern),
    callSite: callSite === undefined ? undefined : intern.of(callSite),
    parentIds: numbers(rdd['Parent IDs']),
    partitions: num(rdd['Number of Partitions']) ?? 0,
    cachedPartitions: num(rdd['Number of Cached Partitions']) ?? 0,
    memoryBytes: num(rdd['Memory Size']) ?? 0,
    diskBytes: num(rdd['Disk Size']) ?? 0,
    cached: level['Use Memory'] === true || level['Use Disk'] === true,
  };
}

function readStage(value: unknown, intern: Interner, withValues: boolean): StageRecord | undefined {
  if (!isObject(value) || typeof value['Stage ID'] !== 'number') return undefined;
  let values: [number, number][] | undefined;
  if (withValues) {
    values = [];
    for (const entry of list(value.Accumulables)) {
      if (!isObject(entry) || entry.Metadata !== 'sql' || typeof entry.ID !== 'number') continue;
      const number = num(entry.Value);
      if (number !== undefined && number >= 0) values.push([entry.ID, number]);
    }
  }
  const details = cut(str(value.Details), TEXT_LIMIT);
  return {
    id: value['Stage ID'],
    attempt: num(value['Stage Attempt ID']) ?? 0,
    name: intern.of(cut(str(value['Stage Name']), TEXT_LIMIT) ?? ''),
    taskCount: num(value['Number of Tasks']) ?? 0,
    parentIds: numbers(value['Parent IDs']),
    rdds: list(value['RDD Info'])
      .map((rdd) => readRdd(rdd, intern))
      .filter((rdd) => rdd !== undefined),
    submittedMs: time(value['Submission Time']),
    completedMs: time(value['Completion Time']),
    failureReason: cut(str(value['Failure Reason']), REASON_LIMIT),
    details: details === undefined || details === '' ? undefined : intern.of(details),
    resourceProfileId: num(value['Resource Profile Id']),
    values,
  };
}

function readProperties(value: unknown, intern: Interner): JobProperties {
  const properties = isObject(value) ? value : {};
  const text = (key: string) => {
    const found = cut(str(properties[key]), TEXT_LIMIT);
    return found === undefined ? undefined : intern.of(found);
  };
  return {
    sqlExecutionId: num(properties['spark.sql.execution.id']),
    sqlRootExecutionId: num(properties['spark.sql.execution.root.id']) ?? num(properties['spark.databricks.execution.rootSqlExecutionId']),
    group: text('spark.jobGroup.id'),
    description: text('spark.job.description'),
    callSite: text('callSite.short'),
    pool: text('spark.scheduler.pool'),
    streamingQueryId: text('sql.streaming.queryId'),
    streamingBatchId: text('streaming.sql.batchId'),
  };
}

function peaksOf(value: unknown): [string, number][] {
  if (!isObject(value)) return [];
  const peaks: [string, number][] = [];
  for (const name of EXECUTOR_METRICS) {
    const peak = num(value[name]);
    if (peak !== undefined && peak > 0) peaks.push([name, peak]);
  }
  return peaks;
}

const resources = (value: unknown): [string, number][] =>
  isObject(value)
    ? Object.entries(value).flatMap(([name, request]): [string, number][] => {
        const amount = isObject(request) ? num(request.Amount) : undefined;
        return amount === undefined ? [] : [[name, amount]];
      })
    : [];

/** Rows between the end offset of a batch and the newest one at the source: Kafka's `{"topic":{"0":12}}`, rate's plain number. */
function offsetDistance(end: unknown, latest: unknown): number | undefined {
  const parse = (value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      return undefined;
    }
  };
  const a = parse(end);
  const b = parse(latest);
  if (typeof a === 'number' && typeof b === 'number') return Math.max(0, b - a);
  if (!isObject(a) || !isObject(b)) return undefined;
  let behind = 0;
  let seen = false;
  for (const [topic, partitions] of Object.entries(b)) {
    if (!isObject(partitions)) continue;
    const done = isObject(a[topic]) ? a[topic] : {};
    for (const [partition, offset] of Object.entries(partitions)) {
      if (typeof offset !== 'number') continue;
      behind += Math.max(0, offset - (num(done[partition]) ?? 0));
      seen = true;
    }
  }
  return seen ? behind : undefined;
}

function readProgress(event: Json, intern: Interner): ProgressRecord | undefined {
  const progress = event.progress;
  if (!isObject(progress) || typeof progress.runId !== 'string') return undefined;
  const durations = isObject(progress.durationMs)
    ? Object.entries(progress.durationMs).filter((e): e is [string, number] => typeof e[1] === 'number')
    : [];
  const state = list(progress.stateOperators).filter(isObject);
  const total = (key: string) => (state.length === 0 ? undefined : state.reduce((sum, op) => sum + (num(op[key]) ?? 0), 0));
  const sink = isObject(progress.sink) ? progress.sink : {};
  const outputRows = num(sink.numOutputRows);
  return {
    queryId: str(progress.id) ?? '',
    runId: progress.runId,
    name: str(progress.name),
    sink: intern.of(cut(str(sink.description), 300) ?? ''),
    batchId: num(progress.batchId) ?? -1,
    timestampMs: isoTime(progress.timestamp),
    batchMs: num(progress.batchDuration) ?? durations.find(([name]) => name === 'triggerExecution')?.[1],
    durations: durations.map(([name, ms]) => [intern.of(name), ms]),
    sources: list(progress.sources)
      .filter(isObject)
      .map((source) => {
        const metrics = isObject(source.metrics) ? source.metrics : {};
        return {
          description: intern.of(cut(str(source.description), 300) ?? ''),
          inputRows: num(source.numInputRows) ?? 0,
          inputRate: num(source.inputRowsPerSecond),
          processedRate: num(source.processedRowsPerSecond),
          rowsBehind:
            num(metrics.maxOffsetsBehindLatest) ??
            num(metrics.numFilesOutstanding) ??
            offsetDistance(source.endOffset, source.latestOffset),
        };
      }),
    stateRows: total('numRowsTotal'),
    stateBytes: total('memoryUsedBytes'),
    droppedByWatermark: total('numRowsDroppedByWatermark'),
    outputRows: outputRows !== undefined && outputRows >= 0 ? outputRows : undefined,
  };
}

/** Driver updates are pairs [id, value]; 1.x–2.x wrote objects in one release: both are read. */
function pairs(value: unknown): [number, number][] {
  const out: [number, number][] = [];
  for (const entry of list(value)) {
    const id = Array.isArray(entry) ? num(entry[0]) : isObject(entry) ? num(entry._1) : undefined;
    const update = Array.isArray(entry) ? num(entry[1]) : isObject(entry) ? num(entry._2) : undefined;
    if (id !== undefined && update !== undefined) out.push([id, update]);
  }
  return out;
}

export const readSqlPlan = (event: Json, intern: Interner) => readPlan(event.sparkPlanInfo, intern);

const SQL = 'org.apache.spark.sql.execution.ui.';
const STREAMING = 'org.apache.spark.sql.streaming.StreamingQueryListener$';

/** Event name → reader. `undefined` as a reader means: known, and not needed. */
export const READERS: ReadonlyMap<string, Reader | undefined> = new Map<string, Reader | undefined>([
  ['SparkListenerLogStart', (e) => ({ kind: 'logStart', version: str(e['Spark Version']), databricks: false })],
  ['DBCEventLoggingListenerMetadata', (e) => ({ kind: 'logStart', version: str(e['Spark Version']), databricks: true })],
  [
    'SparkListenerApplicationStart',
    (e) => ({
      kind: 'appStart',
      id: str(e['App ID']),
      attempt: str(e['App Attempt ID']),
      name: str(e['App Name']),
      user: str(e.User),
      time: time(e.Timestamp),
    }),
  ],
  ['SparkListenerApplicationEnd', (e) => ({ kind: 'appEnd', time: time(e.Timestamp), exitCode: num(e.ExitCode) })],
  [
    'SparkListenerEnvironmentUpdate',
    (e) => ({
      kind: 'environment',
      spark: stringEntries(e['Spark Properties']),
      hadoop: stringEntries(e['Hadoop Properties']),
      system: stringEntries(e['System Properties']).filter(([key]) => SYSTEM_KEYS.has(key)),
      jvm: stringEntries(e['JVM Information']),
    }),
  ],
  [
    'SparkListenerResourceProfileAdded',
    (e) => ({
      kind: 'resourceProfile',
      id: num(e['Resource Profile Id']) ?? 0,
      executor: resources(e['Executor Resource Requests']),
      task: resources(e['Task Resource Requests']),
    }),
  ],
  [
    'SparkListenerExecutorAdded',
    (e) => {
      const info = isObject(e['Executor Info']) ? e['Executor Info'] : {};
      return {
        kind: 'executorAdded',
        id: str(e['Executor ID']) ?? 'unknown',
        time: time(e.Timestamp),
        host: str(info.Host),
        cores: num(info['Total Cores']),
        profile: num(info['Resource Profile Id']),
      };
    },
  ],
  [
    'SparkListenerExecutorRemoved',
    (e) => ({
      kind: 'executorRemoved',
      id: str(e['Executor ID']) ?? 'unknown',
      time: time(e.Timestamp),
      reason: cut(str(e['Removed Reason']), REASON_LIMIT),
    }),
  ],
  [
    'SparkListenerBlockManagerAdded',
    (e) => {
      const id = isObject(e['Block Manager ID']) ? e['Block Manager ID'] : {};
      return {
        kind: 'blockManager',
        id: str(id['Executor ID']) ?? 'unknown',
        host: str(id.Host),
        time: time(e.Timestamp),
        max: num(e['Maximum Memory']),
        onHeap: num(e['Maximum Onheap Memory']),
        offHeap: num(e['Maximum Offheap Memory']),
      };
    },
  ],
  [
    'SparkListenerStageExecutorMetrics',
    (e) => ({ kind: 'executorPeaks', id: str(e['Executor ID']) ?? 'unknown', peaks: peaksOf(e['Executor Metrics']) }),
  ],
  [
    'SparkListenerExecutorMetricsUpdate',
    (e) => ({
      kind: 'executorPeaks',
      id: str(e['Executor ID']) ?? 'unknown',
      peaks: list(e['Executor Metrics Updated']).flatMap((u) => peaksOf(isObject(u) ? u['Executor Metrics'] : undefined)),
    }),
  ],
  ['SparkListenerUnpersistRDD', (e) => ({ kind: 'unpersist', rdd: num(e['RDD ID']) ?? -1 })],
  [
    'SparkListenerJobStart',
    (e, { intern, described }) => {
      if (typeof e['Job ID'] !== 'number') return undefined;
      const infos = list(e['Stage Infos']).filter(isObject);
      const stages = infos
        .filter((info) => !described.has(num(info['Stage ID']) ?? -1))
        .map((info) => readStage(info, intern, false))
        .filter((stage) => stage !== undefined);
      for (const stage of stages) described.add(stage.id);
      const listed = numbers(e['Stage IDs']);
      return {
        kind: 'jobStart',
        id: e['Job ID'],
        time: time(e['Submission Time']),
        stages,
        stageIds: listed.length > 0 ? listed : infos.map((info) => num(info['Stage ID']) ?? -1),
        properties: readProperties(e.Properties, intern),
      };
    },
  ],
  [
    'SparkListenerJobEnd',
    (e) => {
      if (typeof e['Job ID'] !== 'number') return undefined;
      const result = isObject(e['Job Result']) ? e['Job Result'] : {};
      const exception = isObject(result.Exception) ? result.Exception : {};
      return {
        kind: 'jobEnd',
        id: e['Job ID'],
        time: time(e['Completion Time']),
        succeeded: result.Result === 'JobSucceeded',
        error: gist(str(exception.Message), 1200),
      };
    },
  ],
  [
    'SparkListenerStageSubmitted',
    (e, { intern }) => {
      const stage = readStage(e['Stage Info'], intern, false);
      return stage === undefined ? undefined : { kind: 'stageSubmitted', stage, properties: readProperties(e.Properties, intern) };
    },
  ],
  [
    'SparkListenerStageCompleted',
    (e, { intern }) => {
      const stage = readStage(e['Stage Info'], intern, true);
      return stage === undefined ? undefined : { kind: 'stageCompleted', stage };
    },
  ],
  [
    `${SQL}SparkListenerSQLExecutionStart`,
    (e, { intern }) =>
      typeof e.executionId !== 'number'
        ? undefined
        : {
            kind: 'sqlStart',
            id: e.executionId,
            rootId: num(e.rootExecutionId),
            description: cut(str(e.description), TEXT_LIMIT),
            details: cut(str(e.details), TEXT_LIMIT),
            time: time(e.time),
            plan: readPlan(e.sparkPlanInfo, intern),
            configs: stringEntries(e.modifiedConfigs),
          },
  ],
  [
    `${SQL}SparkListenerSQLExecutionEnd`,
    (e) =>
      typeof e.executionId !== 'number'
        ? undefined
        : { kind: 'sqlEnd', id: e.executionId, time: time(e.time), error: cut(str(e.errorMessage), REASON_LIMIT) },
  ],
  [
    `${SQL}SparkListenerDriverAccumUpdates`,
    (e) => (typeof e.executionId !== 'number' ? undefined : { kind: 'driverUpdates', id: e.executionId, updates: pairs(e.accumUpdates) }),
  ],
  [
    `${SQL}SparkListenerSQLAdaptiveSQLMetricUpdates`,
    (e, { intern }) =>
      typeof e.executionId !== 'number'
        ? undefined
        : {
            kind: 'sqlMetrics',
            id: e.executionId,
            metrics: list(e.sqlPlanMetrics).flatMap((metric) =>
              isObject(metric) && typeof metric.accumulatorId === 'number'
                ? [{ id: metric.accumulatorId, name: intern.of(str(metric.name) ?? ''), type: intern.of(str(metric.metricType) ?? '') }]
                : [],
            ),
          },
  ],
  [
    `${STREAMING}QueryStartedEvent`,
    (e) => ({ kind: 'queryStarted', queryId: str(e.id) ?? '', runId: str(e.runId) ?? '', name: str(e.name), time: isoTime(e.timestamp) }),
  ],
  [
    `${STREAMING}QueryProgressEvent`,
    (e, { intern }) => {
      const progress = readProgress(e, intern);
      return progress === undefined ? undefined : { kind: 'queryProgress', progress };
    },
  ],
  [
    `${STREAMING}QueryTerminatedEvent`,
    (e) => ({ kind: 'queryTerminated', queryId: str(e.id) ?? '', runId: str(e.runId) ?? '', exception: gist(str(e.exception), 1200) }),
  ],
  ['SparkListenerBlockManagerRemoved', undefined],
  ['SparkListenerBlockUpdated', undefined],
  ['SparkListenerTaskGettingResult', undefined],
  [`${STREAMING}QueryIdleEvent`, undefined],
]);

const SYSTEM_KEYS = new Set([
  'java.version',
  'java.vendor',
  'os.name',
  'os.arch',
  'os.version',
  'sun.java.command',
  'file.encoding',
  'user.timezone',
]);

/** Families that are known and not needed one by one. */
export const KNOWN_FAMILIES: readonly RegExp[] = [
  /\.(?:Executor|Node)(?:Blacklisted|Unblacklisted|Excluded|Unexcluded)/,
  /^org\.apache\.spark\.scheduler\.SparkListener(?:Executor|Node|Misc)/,
  /MiscellaneousProcessAdded$/,
  /^org\.apache\.spark\.sql\.catalyst\.catalog\./,
  /^org\.apache\.spark\.sql\.connect\./,
  /^org\.apache\.spark\.sql\.hive\.thriftserver\./,
  /^com\.nvidia\.spark\.rapids\./,
  /^(?:org\.apache\.gluten|io\.glutenproject)\./,
  /^org\.apache\.spark\.dataflint\./,
  /^org\.apache\.spark\.sql\.execution\.ui\.SparkListener(?:QueryExecutionMetrics|SQLExecutionObfuscatedInfo)$/,
];
