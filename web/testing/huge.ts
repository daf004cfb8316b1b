// A log as large as they come, written for the tests of the page: 500 stages, 200,000 tasks, a plan of hundreds of operators, names that attack.
// Law: the same numbers give the same bytes.

import { closeSync, openSync, writeSync } from 'node:fs';
import { HOSTILE } from './hostile.ts';

const START = 1_790_000_000_000;
const EXECUTORS = 25;
const CORES = 8;

export interface Size {
  readonly stages: number;
  readonly tasks: number;
}

/** The task that writes nine tenths of what its stage writes, in stages 1, 11, 21 …; no slower than others. */
export const HEAVY_WRITER = 7;

/** Writes the log; each job has one stage and follows the one before; one in ten is skewed in time, one in two writes, one in ten unevenly. */
export function writeHugeLog(path: string, { stages, tasks }: Size): void {
  const file = openSync(path, 'w');
  const put = (event: object) => writeSync(file, `${JSON.stringify(event)}\n`);
  const slots = EXECUTORS * CORES;
  put({ Event: 'SparkListenerLogStart', 'Spark Version': '4.0.1' });
  put({ Event: 'SparkListenerApplicationStart', 'App Name': HOSTILE, 'App ID': 'app-20260101000000-0001', Timestamp: START, User: 'u' });
  put({
    Event: 'SparkListenerEnvironmentUpdate',
    'JVM Information': {},
    'Spark Properties': {
      'spark.master': 'spark://m:7077',
      'spark.executor.cores': `${CORES}`,
      'spark.my.note': HOSTILE,
      'spark.db.password': 'hunter2',
    },
    'Hadoop Properties': {},
    'System Properties': {},
    'Classpath Entries': {},
  });
  for (let e = 0; e < EXECUTORS; e++)
    put({
      Event: 'SparkListenerExecutorAdded',
      Timestamp: START + 1000 + e * 40,
      'Executor ID': `${e}`,
      'Executor Info': { Host: `h${e % 5}`, 'Total Cores': CORES, 'Log Urls': {}, Attributes: {}, Resources: {}, 'Resource Profile Id': 0 },
    });
  const node = (depth: number): object => ({
    nodeName: depth % 7 === 0 ? 'Exchange' : depth % 3 === 0 ? 'Project' : depth % 5 === 0 ? 'SortMergeJoin' : `HashAggregate`,
    simpleString: `operator ${depth} ${HOSTILE}`,
    children: depth >= 300 ? [] : depth % 5 === 0 ? [node(depth + 150), node(depth + 1)] : [node(depth + 1)],
    metadata: {},
    metrics: [{ name: 'number of output rows', accumulatorId: depth, metricType: 'sum' }],
  });
  put({
    Event: 'org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart',
    executionId: 0,
    rootExecutionId: 0,
    description: HOSTILE,
    details: '',
    physicalPlanDescription: '',
    sparkPlanInfo: node(120),
    time: START + 2000,
    modifiedConfigs: {},
  });
  let last = START + 3000;
  let taskId = 0;
  for (let s = 0; s < stages; s++) {
    const from = last + 120;
    const info = {
      'Stage ID': s,
      'Stage Attempt ID': 0,
      'Stage Name': s === 0 ? HOSTILE : `save at Job.scala:${s}`,
      'Number of Tasks': tasks,
      'RDD Info': [],
      'Parent IDs': [],
      Details: '',
      Accumulables: [],
      'Resource Profile Id': 0,
    };
    put({
      Event: 'SparkListenerJobStart',
      'Job ID': s,
      'Submission Time': from,
      'Stage Infos': [info],
      'Stage IDs': [s],
      Properties: { 'spark.sql.execution.id': '0' },
    });
    put({
      Event: 'SparkListenerStageSubmitted',
      'Stage Info': { ...info, 'Submission Time': from },
      Properties: { 'spark.sql.execution.id': '0' },
    });
    let end = from;
    const free = new Array<number>(slots).fill(from);
    for (let t = 0; t < tasks; t++) {
      const slot = t % free.length;
      const usual = 400 + ((s * 7919 + t * 104_729) % 300);
      const ms = s % 10 === 0 && t === 3 ? usual * 14 : usual;
      const launch = free[slot] as number;
      free[slot] = launch + ms;
      end = Math.max(end, launch + ms);
      const bytes = ms * 20_000;
      const records = s % 2 === 0 ? 0 : s % 10 === 1 && t === HEAVY_WRITER ? 9_000 * (tasks - 1) : 1_000;
      put({
        Event: 'SparkListenerTaskEnd',
        'Stage ID': s,
        'Stage Attempt ID': 0,
        'Task Type': 'ResultTask',
        'Task End Reason': { Reason: 'Success' },
        'Task Info': {
          'Task ID': taskId++,
          Index: t,
          Attempt: 0,
          'Launch Time': launch,
          'Executor ID': `${slot % EXECUTORS}`,
          Host: 'h',
          Locality: 'ANY',
          Speculative: false,
          'Getting Result Time': 0,
          'Finish Time': launch + ms,
          Failed: false,
          Killed: false,
          Accumulables: [],
        },
        'Task Metrics': {
          'Executor Deserialize Time': 4,
          'Executor Run Time': ms - 10,
          'Executor CPU Time': (ms - 60) * 1e6,
          'JVM GC Time': 12,
          'Result Size': 900,
          'Input Metrics': { 'Bytes Read': bytes, 'Records Read': ms * 100 },
          ...(records === 0 ? {} : { 'Output Metrics': { 'Bytes Written': records * 64, 'Records Written': records } }),
        },
      });
    }
    last = end;
    put({ Event: 'SparkListenerStageCompleted', 'Stage Info': { ...info, 'Submission Time': from, 'Completion Time': end } });
    put({ Event: 'SparkListenerJobEnd', 'Job ID': s, 'Completion Time': end, 'Job Result': { Result: 'JobSucceeded' } });
  }
  put({ Event: 'org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd', executionId: 0, time: last + 50 });
  put({ Event: 'SparkListenerApplicationEnd', Timestamp: last + 300 });
  closeSync(file);
}
