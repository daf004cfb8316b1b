// What a stage attempt did: distributions over its tasks, shares, slots it had, and which query it worked for.
// Law: distributions are over successful attempts (speculative doubles left out), sums over every attempt that carries metrics, as Spark's UI counts.

import { orderOf, plus, quantiles, rankCorrelation, sum } from '../base/index.ts';
import { FLAG, type Job, type SqlExecution, type StageAttempt, type TaskColumn } from '../eventlog/index.ts';
import { activity, meanSlots } from './activity.ts';
import { clock } from './clock.ts';
import { defineFact } from './define.ts';

export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly max: number;
  readonly sum: number;
}

export interface StageFact {
  readonly stage: StageAttempt;
  /** `id.attempt` */
  readonly key: string;
  /** First launch to last finish of a task, epoch ms. Running tasks end with the run. */
  readonly startMs: number;
  readonly endMs: number;
  readonly wallMs: number;
  /** Σ time of all task attempts in their slots, ms. */
  readonly taskTimeMs: number;
  /** Mean number of slots that existed while the stage ran; at least 1. */
  readonly slots: number;
  /** Ended attempts that succeeded, plus tasks still running: how wide the stage really is. */
  readonly width: number;
  /** Time it would have taken had the same work been spread evenly over the slots (at most as many as it has tasks), ms. */
  readonly evenMs: number;
  readonly job: Job | undefined;
  readonly execution: SqlExecution | undefined;
  /** Rows of successful, first-time attempts. */
  readonly rows: Uint32Array;
  /** A column over those rows. */
  values(column: TaskColumn): Float64Array;
  /** Positions in `rows` in the order in which the tasks were launched. */
  launchOrder(): Uint32Array;
  /** Bytes that a task read: input and shuffle. */
  readBytes(): Float64Array;
  /** Records that a task read: input and shuffle. */
  readRecords(): Float64Array;
  distribution(column: TaskColumn): Distribution | undefined;
  /** Rank correlation of task time to bytes (or records) read; undefined when either is constant or under 3 tasks. */
  timeFollows(what: 'bytes' | 'records'): number | undefined;
  /** duration − run − deserialise − result serialisation − getting result, clamped at 0 (Spark UI's formula), ms. */
  schedulerDelay(): Float64Array;
  /** Exact sum over every attempt with metrics, in the column's unit. */
  total(column: TaskColumn): number;
}

export function distributionOf(values: ArrayLike<number>): Distribution | undefined {
  const at = quantiles(values, [0, 0.25, 0.5, 0.75, 1]);
  if (at === undefined) return undefined;
  const [min, p25, median, p75, max] = at as [number, number, number, number, number];
  return { count: values.length, min, p25, median, p75, max, sum: sum(values) };
}

export interface Stages {
  /** Attempts that ran at least one task, by id and attempt. */
  readonly all: readonly StageFact[];
  get(id: number, attempt?: number): StageFact | undefined;
  /** Attempts of the stages of a query, in order. */
  ofExecution(id: number): readonly StageFact[];
}

export const stages = defineFact('stages', (run, get): Stages => {
  const { endMs: runEnd } = get(clock);
  const tasksAndSlots = get(activity);
  const jobs = new Map(run.jobs.map((job) => [job.id, job]));
  const executions = new Map(run.sql.map((execution) => [execution.id, execution]));
  const all: StageFact[] = [];
  for (const stage of run.stages) {
    if (stage.tasks.length + stage.runningTasks.length === 0) continue;
    all.push(stageFact(stage));
  }
  const byId = new Map<number, StageFact[]>();
  const byExecution = new Map<number, StageFact[]>();
  for (const fact of all) {
    const attempts = byId.get(fact.stage.id);
    if (attempts === undefined) byId.set(fact.stage.id, [fact]);
    else attempts.push(fact);
    if (fact.execution !== undefined) {
      const list = byExecution.get(fact.execution.id) ?? [];
      list.push(fact);
      byExecution.set(fact.execution.id, list);
    }
  }
  return {
    all,
    get: (id, attempt) => byId.get(id)?.find((fact) => attempt === undefined || fact.stage.attempt === attempt),
    ofExecution: (id) => byExecution.get(id) ?? [],
  };

  function stageFact(stage: StageAttempt): StageFact {
    const { tasks } = stage;
    const durations = tasks.int('duration');
    const flags = tasks.int('flags');
    let start = Number.POSITIVE_INFINITY;
    let end = 0;
    let time = 0;
    const rows = new Uint32Array(tasks.length);
    let n = 0;
    for (let i = 0; i < tasks.length; i++) {
      const launch = tasks.launchMs(i);
      const duration = durations[i] as number;
      if (launch > 0) {
        if (launch < start) start = launch;
        if (launch + duration > end) end = launch + duration;
      }
      time += duration;
      if (((flags[i] as number) & (FLAG.success | FLAG.duplicate)) === FLAG.success) rows[n++] = i;
    }
    for (const task of stage.runningTasks) {
      if (task.launchMs <= 0) continue;
      start = Math.min(start, task.launchMs);
      const until = Math.max(task.launchMs, task.endMs ?? runEnd ?? task.launchMs);
      end = Math.max(end, until);
      time += until - task.launchMs;
    }
    if (!Number.isFinite(start)) start = stage.submittedMs ?? end;
    const slots = meanSlots(tasksAndSlots, start, end);
    const width = n + stage.runningTasks.length;
    // A stage that several jobs list ran for the one that had been submitted last, or for the query it was submitted for.
    const candidates = stage.jobIds.map((id) => jobs.get(id)).filter((job) => job !== undefined && (job.submittedMs ?? 0) <= start + 1000);
    const job =
      candidates.findLast((candidate) => stage.sqlExecutionId !== undefined && candidate?.sqlExecutionId === stage.sqlExecutionId) ??
      (stage.attempt > 0 || stage.sqlExecutionId !== undefined ? candidates.at(-1) : candidates[0]);
    const rowArray = rows.subarray(0, n);
    const cache = new Map<string, unknown>();
    const memo = <T>(key: string, compute: () => T): T => {
      if (!cache.has(key)) cache.set(key, compute());
      return cache.get(key) as T;
    };
    // Not memoised: copies of every column of every stage would cost more memory than the log's own columns.
    const values = (column: TaskColumn): Float64Array => {
      const out = new Float64Array(rowArray.length);
      if (!tasks.has(column)) return out;
      const source = tasks.column(column);
      for (let i = 0; i < rowArray.length; i++) out[i] = source[rowArray[i] as number] as number;
      return out;
    };
    const fact: StageFact = {
      stage,
      key: `${stage.id}.${stage.attempt}`,
      startMs: start,
      endMs: end,
      wallMs: Math.max(0, end - start),
      taskTimeMs: time,
      slots,
      width,
      evenMs: time / Math.max(1, Math.min(slots, Math.max(1, width))),
      job,
      execution: executions.get(stage.sqlExecutionId ?? job?.sqlExecutionId ?? -1),
      rows: rowArray,
      values,
      launchOrder: () => orderOf(values('launch')),
      readBytes: () => plus(values('inputBytes'), values('shuffleReadBytes')),
      readRecords: () => plus(values('inputRecords'), values('shuffleReadRecords')),
      distribution: (column) => memo(`d${column}`, () => distributionOf(values(column))),
      timeFollows: (what) =>
        memo(`c${what}`, () => rankCorrelation(values('duration'), what === 'bytes' ? fact.readBytes() : fact.readRecords())),
      schedulerDelay: () => {
        const out = values('duration');
        for (const column of ['runMs', 'deserializeMs', 'resultSerializationMs', 'gettingResultMs'] as const) {
          if (!tasks.has(column)) continue;
          const part = tasks.column(column);
          for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) - (part[rowArray[i] as number] as number);
        }
        for (let i = 0; i < out.length; i++) if ((out[i] as number) < 0) out[i] = 0;
        return out;
      },
      total: (column) => tasks.total(column),
    };
    return fact;
  }
});
