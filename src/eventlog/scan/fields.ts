// Where each number of a TaskEnd lies, in the order in which Spark's JsonProtocol writes it: one table for both readers.
// Law: the byte scan and the full parse read these tables and nothing else, so they cannot drift apart. Units: see knowledge of Spark's TaskMetrics;
// CPU and shuffle write times are ns, all other times ms.

import { FLOAT_INDEX, type FloatColumn, INT_INDEX, type IntColumn } from '../columns.ts';

/** A key of a JSON object and what becomes of its value. */
export interface Field {
  readonly key: string;
  /** Column indexes to which a number is added; none = read and dropped. */
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  /** Position in EXECUTOR_METRICS, for peaks. */
  readonly peak: number;
  /** `number`, a nested object, a string that is skipped, or an array that must be empty for the byte scan. */
  readonly kind: 'number' | 'object' | 'string' | 'empty-array';
  readonly fields: readonly Field[];
}

const field = (key: string, ints: IntColumn[] = [], floats: FloatColumn[] = []): Field => ({
  key,
  ints: ints.map((name) => INT_INDEX[name]),
  floats: floats.map((name) => FLOAT_INDEX[name]),
  peak: -1,
  kind: 'number',
  fields: [],
});
const object = (key: string, fields: Field[]): Field => ({ ...field(key), kind: 'object', fields });
const skippedString = (key: string): Field => ({ ...field(key), kind: 'string' });

const PUSH_BASED = [
  'Corrupt Merged Block Chunks',
  'Merged Fetch Fallback Count',
  'Merged Remote Blocks Fetched',
  'Merged Local Blocks Fetched',
  'Merged Remote Chunks Fetched',
  'Merged Local Chunks Fetched',
  'Merged Remote Bytes Read',
  'Merged Local Bytes Read',
  'Merged Remote Requests Duration',
].map((key) => field(key));

export const TASK_METRICS: readonly Field[] = [
  skippedString('Host Name'),
  field('Executor Deserialize Time', ['deserializeMs']),
  field('Executor Deserialize CPU Time'),
  field('Executor Run Time', ['runMs']),
  field('Executor CPU Time', [], ['cpuNs']),
  field('Peak Execution Memory', [], ['peakMemory']),
  field('Peak On Heap Execution Memory'),
  field('Peak Off Heap Execution Memory'),
  field('Result Size', ['resultSize']),
  field('JVM GC Time', ['gcMs']),
  field('Result Serialization Time', ['resultSerializationMs']),
  field('Memory Bytes Spilled', [], ['memorySpilled']),
  field('Disk Bytes Spilled', [], ['diskSpilled']),
  object('Shuffle Read Metrics', [
    field('Remote Blocks Fetched'),
    field('Local Blocks Fetched'),
    field('Fetch Wait Time', ['fetchWaitMs']),
    field('Remote Bytes Read', [], ['shuffleReadBytes', 'shuffleRemoteBytes']),
    field('Remote Bytes Read To Disk'),
    field('Local Bytes Read', [], ['shuffleReadBytes']),
    field('Total Records Read', [], ['shuffleReadRecords']),
    field('Remote Requests Duration'),
    object('Push Based Shuffle', PUSH_BASED),
    object('Shuffle Push Read Metrics', PUSH_BASED),
  ]),
  object('Shuffle Write Metrics', [
    field('Shuffle Bytes Written', [], ['shuffleWriteBytes']),
    field('Shuffle Write Time', [], ['shuffleWriteNs']),
    field('Shuffle Records Written', [], ['shuffleWriteRecords']),
  ]),
  object('Input Metrics', [
    skippedString('Data Read Method'),
    field('Bytes Read', [], ['inputBytes']),
    field('Records Read', [], ['inputRecords']),
  ]),
  object('Output Metrics', [
    skippedString('Data Write Method'),
    field('Bytes Written', [], ['outputBytes']),
    field('Records Written', [], ['outputRecords']),
  ]),
  { ...field('Updated Blocks'), kind: 'empty-array' },
];

/** Executor-wide peaks of the poll, in writing order over all versions (3.0–4.x, Databricks). Bytes, counts and ms. */
export const EXECUTOR_METRICS = [
  'JVMHeapMemory',
  'JVMOffHeapMemory',
  'OnHeapExecutionMemory',
  'OffHeapExecutionMemory',
  'OnHeapStorageMemory',
  'OffHeapStorageMemory',
  'OnHeapUnifiedMemory',
  'OffHeapUnifiedMemory',
  'DirectPoolMemory',
  'MappedPoolMemory',
  'NettyDirectMemory',
  'JvmDirectMemory',
  'SparkDirectMemoryOverLimit',
  'TotalOffHeapMemory',
  'ProcessTreeJVMVMemory',
  'ProcessTreeJVMRSSMemory',
  'ProcessTreePythonVMemory',
  'ProcessTreePythonRSSMemory',
  'ProcessTreeOtherVMemory',
  'ProcessTreeOtherRSSMemory',
  'MinorGCCount',
  'MinorGCTime',
  'MajorGCCount',
  'MajorGCTime',
  'TotalGCTime',
  'ConcurrentGCCount',
  'ConcurrentGCTime',
] as const;

export const EXECUTOR_METRIC_FIELDS: readonly Field[] = EXECUTOR_METRICS.map((key, peak) => ({ ...field(key), peak }));
