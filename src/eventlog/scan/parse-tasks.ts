// The full parse of a TaskEnd: JSON.parse, then the same tables as the byte scan. Slower, and right for any shape of line.
// Law: every key is optional; a wrong type counts as absent; nothing throws on valid JSON.

import { FLAG, INT_INDEX, LOCALITIES } from '../columns.ts';
import { isObject, type Json, str } from '../events/json.ts';
import type { TaskFailure } from '../model.ts';
import { EXECUTOR_METRIC_FIELDS, type Field, TASK_METRICS } from './fields.ts';
import type { ExecutorNames, TaskScratch } from './scratch.ts';

/** A missing number is 0 in a task's columns. */
const num = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

function readFields(source: Json, fields: readonly Field[], out: TaskScratch): void {
  for (const field of fields) {
    const value = source[field.key];
    if (field.kind === 'object') {
      if (isObject(value)) readFields(value, field.fields, out);
      continue;
    }
    if (field.kind !== 'number') continue;
    const number = num(value);
    if (number === 0) continue;
    for (const k of field.ints) out.ints[k] = (out.ints[k] as number) + number;
    for (const k of field.floats) out.floats[k] = (out.floats[k] as number) + number;
    if (field.peak >= 0) out.peaks[field.peak] = number;
  }
}

/** The first lines that carry meaning of a Java or Python error text, cut to `limit` characters. */
export function gist(text: string | undefined, limit = 600): string | undefined {
  if (text === undefined) return undefined;
  const lines = text.split('\n').map((line) => line.trimEnd());
  // A Python traceback names its cause in its last lines; a Java trace in its first.
  const python = lines.findIndex((line) => line.includes('Traceback (most recent call last)'));
  if (python >= 0) {
    let last = lines.length - 1;
    while (last > python && (lines[last] === '' || /^\s*(at |\.\.\. )/.test(lines[last] as string))) last--;
    const head = lines[0] as string;
    const cause = lines.slice(python + 1, last + 1).filter((line) => line !== '' && !line.startsWith(' '));
    const frames = lines.slice(python + 1, last + 1).filter((line) => /^\s+File "/.test(line));
    // The last frame of the user's own code says more than the package frame below it.
    const where = frames.filter((line) => !/pyspark|-packages[\\/]|[\\/]lib[\\/]python\d/.test(line)).at(-1) ?? frames.at(-1);
    return [head, where?.trim(), cause.at(-1)]
      .filter((part) => part !== undefined && part !== '')
      .join(' | ')
      .slice(0, limit);
  }
  return (
    lines
      .filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
      .slice(0, 2)
      .join(' | ') ||
    lines[0] ||
    ''
  ).slice(0, limit);
}

function readFailure(reason: Json, info: Json, name: string, killed: boolean): TaskFailure {
  const address = isObject(reason['Block Manager Address']) ? (reason['Block Manager Address'] as Json) : undefined;
  const text =
    name === 'TaskKilled'
      ? str(reason['Kill Reason'])
      : name === 'ExecutorLostFailure'
        ? str(reason['Loss Reason'])
        : (str(reason['Full Stack Trace']) ?? str(reason.Description) ?? str(reason.Message));
  const launch = num(info['Launch Time']);
  const finish = num(info['Finish Time']);
  return {
    taskId: num(info['Task ID']),
    index: num(info.Index),
    attempt: num(info.Attempt),
    executorId: str(info['Executor ID']),
    launchMs: launch > 0 ? launch : undefined,
    finishMs: finish > 0 ? finish : undefined,
    speculative: info.Speculative === true,
    reason: name,
    killed,
    className: str(reason['Class Name']),
    message: gist(text),
    fetchFrom: address === undefined ? undefined : str(address['Executor ID']),
    shuffleId: typeof reason['Shuffle ID'] === 'number' ? reason['Shuffle ID'] : undefined,
    causedByApp: typeof reason['Exit Caused By App'] === 'boolean' ? reason['Exit Caused By App'] : undefined,
  };
}

/** Fills `out` from a parsed TaskEnd. False when the event has no task to speak of. */
export function parseTaskEnd(event: Json, out: TaskScratch, executors: ExecutorNames): boolean {
  const info = event['Task Info'];
  if (!isObject(info) || typeof event['Stage ID'] !== 'number') return false;
  out.reset();
  out.stageId = event['Stage ID'];
  out.stageAttempt = num(event['Stage Attempt ID']);
  const launch = num(info['Launch Time']);
  const finish = num(info['Finish Time']);
  const getting = num(info['Getting Result Time']);
  out.finishMs = finish;
  out.ints[INT_INDEX.taskId] = num(info['Task ID']);
  out.ints[INT_INDEX.index] = num(info.Index);
  out.ints[INT_INDEX.attempt] = num(info.Attempt);
  out.ints[INT_INDEX.launch] = launch;
  out.ints[INT_INDEX.duration] = finish > 0 && launch > 0 ? Math.max(0, finish - launch) : 0;
  out.ints[INT_INDEX.gettingResultMs] = getting > 0 && finish > getting ? finish - getting : 0;
  out.ints[INT_INDEX.executor] = executors.indexOf(str(info['Executor ID']) ?? 'unknown', str(info.Host));
  const locality = LOCALITIES.indexOf((str(info.Locality) ?? 'unknown') as (typeof LOCALITIES)[number]);
  let flags = locality < 0 ? LOCALITIES.length - 1 : locality;

  const reason = isObject(event['Task End Reason']) ? event['Task End Reason'] : {};
  const name = str(reason.Reason) ?? 'UnknownReason';
  const killed = info.Killed === true || name === 'TaskKilled' || name === 'TaskCommitDenied';
  if (name === 'Success') flags |= FLAG.success;
  else {
    flags |= killed ? FLAG.killed : FLAG.failed;
    out.failure = readFailure(reason, info, name, killed);
  }
  if (info.Speculative === true) flags |= FLAG.speculative;

  if (isObject(event['Task Metrics'])) {
    flags |= FLAG.metrics;
    readFields(event['Task Metrics'], TASK_METRICS, out);
  }
  out.ints[INT_INDEX.flags] = flags;
  if (isObject(event['Task Executor Metrics'])) readFields(event['Task Executor Metrics'], EXECUTOR_METRIC_FIELDS, out);
  if (Array.isArray(info.Accumulables)) {
    for (const entry of info.Accumulables as unknown[]) {
      if (!isObject(entry) || entry.Metadata !== 'sql' || typeof entry.ID !== 'number') continue;
      const update = sqlUpdate(entry.Update);
      if (update !== undefined) out.addUpdate(entry.ID, update);
    }
  }
  return true;
}

/** A SQL metric update as a number; `undefined` for anything that is not a non-negative number (negatives mean unset). */
export function sqlUpdate(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : Number.NaN;
  return number >= 0 && Number.isFinite(number) ? number : undefined;
}
