// Makes a large event log from a small real one: the body is repeated with shifted ids and times, so that every repetition is new work of the same application.
// Law: the lines stay what Spark writes (key order, compact JSON); start and end of the application appear once.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { zstdCompressSync } from 'node:zlib';

/** What is added to every id and time of one repetition. */
interface Shift {
  stage: number;
  task: number;
  job: number;
  execution: number;
  accumulator: number;
  rdd: number;
  ms: number;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const add = (object: Json, key: string, by: number) => {
  const value = object[key];
  if (typeof value === 'number' && value > 0) object[key] = value + by;
  else if (value === 0 && !/Time/.test(key)) object[key] = by;
};
const addAll = (value: unknown, by: number): unknown =>
  Array.isArray(value) ? value.map((id) => (typeof id === 'number' ? id + by : id)) : value;

function shiftAccumulables(list: unknown, by: number): void {
  if (Array.isArray(list)) for (const entry of list) if (isObject(entry)) add(entry, 'ID', by);
}

function shiftStage(info: unknown, s: Shift): void {
  if (!isObject(info)) return;
  add(info, 'Stage ID', s.stage);
  info['Parent IDs'] = addAll(info['Parent IDs'], s.stage);
  add(info, 'Submission Time', s.ms);
  add(info, 'Completion Time', s.ms);
  shiftAccumulables(info.Accumulables, s.accumulator);
  if (Array.isArray(info['RDD Info'])) {
    for (const rdd of info['RDD Info']) {
      if (!isObject(rdd)) continue;
      add(rdd, 'RDD ID', s.rdd);
      rdd['Parent IDs'] = addAll(rdd['Parent IDs'], s.rdd);
    }
  }
}

function shiftProperties(properties: unknown, s: Shift): void {
  if (!isObject(properties)) return;
  for (const key of ['spark.sql.execution.id', 'spark.sql.execution.root.id']) {
    if (typeof properties[key] === 'string') properties[key] = String(Number(properties[key]) + s.execution);
  }
}

function shiftPlan(node: unknown, by: number): void {
  if (!isObject(node)) return;
  if (Array.isArray(node.metrics)) for (const metric of node.metrics) if (isObject(metric)) add(metric, 'accumulatorId', by);
  if (Array.isArray(node.children)) for (const child of node.children) shiftPlan(child, by);
}

function shiftEvent(event: Json, s: Shift): void {
  switch (event.Event) {
    case 'SparkListenerTaskStart':
    case 'SparkListenerTaskEnd': {
      add(event, 'Stage ID', s.stage);
      const info = event['Task Info'];
      if (isObject(info)) {
        add(info, 'Task ID', s.task);
        for (const key of ['Launch Time', 'Finish Time', 'Getting Result Time']) add(info, key, s.ms);
        shiftAccumulables(info.Accumulables, s.accumulator);
      }
      return;
    }
    case 'SparkListenerStageSubmitted':
    case 'SparkListenerStageCompleted':
      shiftStage(event['Stage Info'], s);
      shiftProperties(event.Properties, s);
      return;
    case 'SparkListenerJobStart':
      add(event, 'Job ID', s.job);
      add(event, 'Submission Time', s.ms);
      event['Stage IDs'] = addAll(event['Stage IDs'], s.stage);
      if (Array.isArray(event['Stage Infos'])) for (const info of event['Stage Infos']) shiftStage(info, s);
      shiftProperties(event.Properties, s);
      return;
    case 'SparkListenerJobEnd':
      add(event, 'Job ID', s.job);
      add(event, 'Completion Time', s.ms);
      return;
    default:
      if ('executionId' in event) {
        add(event, 'executionId', s.execution);
        add(event, 'rootExecutionId', s.execution);
        add(event, 'time', s.ms);
        shiftPlan(event.sparkPlanInfo, s.accumulator);
        if (Array.isArray(event.accumUpdates))
          event.accumUpdates = event.accumUpdates.map((pair) =>
            Array.isArray(pair) && typeof pair[0] === 'number' ? [pair[0] + s.accumulator, pair[1]] : pair,
          );
      }
  }
}

const BODY = /^\{"Event":"(?:SparkListener(?:Task|Stage|Job)|org\.apache\.spark\.sql\.execution\.ui\.)/;

/** Writes a log of at least `bytes` bytes of text. `zstd`: one frame per flushing event, as Spark writes it. */
export async function generateLog(
  text: string,
  path: string,
  bytes: number,
  form: 'plain' | 'zstd',
): Promise<{ bytes: number; tasks: number; repetitions: number }> {
  const lines = text.split('\n').filter((line) => line !== '');
  const first = lines.findIndex((line) => BODY.test(line));
  const head = lines.slice(0, first);
  const body = lines.slice(first).filter((line) => BODY.test(line));
  const tail = lines.slice(first).filter((line) => line.startsWith('{"Event":"SparkListenerApplicationEnd"'));
  const top: Shift = { stage: 0, task: 0, job: 0, execution: 0, accumulator: 0, rdd: 0, ms: 0 };
  let begin = Number.POSITIVE_INFINITY;
  const raise = (key: keyof Shift, pattern: RegExp) => {
    for (const line of body) for (const match of line.matchAll(pattern)) top[key] = Math.max(top[key], Number(match[1]) + 1);
  };
  raise('stage', /"Stage ID":(\d+)/g);
  raise('task', /"Task ID":(\d+)/g);
  raise('job', /"Job ID":(\d+)/g);
  raise('execution', /"executionId":(\d+)/g);
  raise('accumulator', /"(?:accumulatorId|ID)":(\d+)/g);
  raise('rdd', /"RDD ID":(\d+)/g);
  for (const line of body) {
    for (const match of line.matchAll(/"(?:Launch|Submission|Finish|Completion) Time":(\d{13})/g)) {
      begin = Math.min(begin, Number(match[1]));
      top.ms = Math.max(top.ms, Number(match[1]));
    }
  }
  top.ms = top.ms - begin + 1000;

  const out = createWriteStream(path);
  let written = 0;
  let tasks = 0;
  let frame: string[] = [];
  const flush = async (force: boolean) => {
    if (frame.length === 0 || (form === 'plain' && !force && frame.length < 512)) return;
    const chunk = Buffer.from(`${frame.join('\n')}\n`);
    frame = [];
    if (!out.write(form === 'zstd' ? zstdCompressSync(chunk) : chunk)) await once(out, 'drain');
  };
  const emit = async (line: string) => {
    written += Buffer.byteLength(line) + 1;
    frame.push(line);
    // These events do not flush the writer: a frame goes on through them (Spark's EventLoggingListener).
    if (form === 'plain' || !/^\{"Event":"SparkListener(?:Task|StageSubmitted|EnvironmentUpdate)/.test(line)) await flush(form === 'zstd');
  };
  for (const line of head) await emit(line);
  let repetitions = 0;
  while (written < bytes) {
    const shift = Object.fromEntries(Object.entries(top).map(([key, value]) => [key, value * repetitions])) as unknown as Shift;
    for (const line of body) {
      const event = JSON.parse(line) as Json;
      shiftEvent(event, shift);
      if (event.Event === 'SparkListenerTaskEnd') tasks++;
      await emit(JSON.stringify(event));
    }
    repetitions++;
  }
  for (const line of tail) {
    const event = JSON.parse(line) as Json;
    add(event, 'Timestamp', top.ms * (repetitions - 1));
    await emit(JSON.stringify(event));
  }
  await flush(true);
  out.end();
  await once(out, 'finish');
  return { bytes: written, tasks, repetitions };
}
