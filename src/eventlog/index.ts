// eventlog: bytes of any Spark event log → SparkRun, in one pass with flat memory.
// Law: no network, no clock, no randomness, no console; content never throws, it is counted in LogQuality.
export type { FloatColumn, IntColumn, TaskColumn } from './columns.ts';
export { FLAG, LOCALITIES, TaskColumns } from './columns.ts';
export { discoverLogs, type LogLocation } from './layouts/index.ts';
export * from './model.ts';
export type { Plan } from './plan.ts';
export { type ReadOptions, readRun } from './read.ts';
