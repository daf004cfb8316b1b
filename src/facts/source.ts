// The user's line behind a job, a stage or a query, as far as the log knows it: call sites that Spark or Firesteel's launcher wrote.
// Law: only a line of the user's is one: Spark's own frames (a JVM method called from Python has no Python line) are no answer, and none is guessed.

import type { SparkRun } from '../eventlog/index.ts';
import { defineFact } from './define.ts';

export interface SourceLine {
  /** As the log has it: absolute on the driver's machine, or the file's name alone. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The method that was called there: `count`, `parquet`. */
  readonly call: string | undefined;
}

/** Frames of the JVM through which every call from Python comes; they say nothing of the user's code. */
const NOT_USERS =
  /(^|\/)(NativeMethodAccessorImpl|DirectMethodHandleAccessor|CompletableFuture|ThreadPoolExecutor|FutureTask|Thread)\.java$/;

/** Reads `count at /jobs/daily.py:10`, as Spark writes call sites; undefined when it is none or no line of the user's. */
export function callSiteOf(text: string | undefined): SourceLine | undefined {
  const match = /^(?:(.*?) at )?([^:<>\n]+\.(?:py|ipynb|scala|java|sc|R)):([1-9]\d*)\s*$/.exec(text ?? '');
  if (match === null || NOT_USERS.test(match[2] as string)) return undefined;
  return { file: match[2] as string, line: Number(match[3]), call: match[1] };
}

/** The innermost line of a Python stack as the launcher writes it: `/jobs/daily.py(<module>:10)`. */
function innermost(details: string | undefined): SourceLine | undefined {
  const match = /^(\S.*\.(?:py|ipynb))\([^()\n]*:([1-9]\d*)\)/.exec(details ?? '');
  return match === null ? undefined : { file: match[1] as string, line: Number(match[2]), call: undefined };
}

export interface Sources {
  ofStage(id: number, attempt: number): SourceLine | undefined;
  ofExecution(id: number): SourceLine | undefined;
  ofJob(id: number): SourceLine | undefined;
}

export const sources = defineFact('sources', (run: SparkRun): Sources => {
  const executions = new Map(run.sql.map((one) => [one.id, one]));
  const jobs = new Map(run.jobs.map((one) => [one.id, one]));
  const stages = new Map(run.stages.map((one) => [`${one.id}.${one.attempt}`, one]));
  const ofExecution = (id: number): SourceLine | undefined => {
    const execution = executions.get(id);
    return (
      callSiteOf(execution?.description) ??
      innermost(execution?.details) ??
      (execution?.rootId !== undefined && execution.rootId !== id && execution.rootId < id ? ofExecution(execution.rootId) : undefined)
    );
  };
  const ofJob = (id: number): SourceLine | undefined => {
    const job = jobs.get(id);
    return callSiteOf(job?.callSite) ?? (job?.sqlExecutionId === undefined ? undefined : ofExecution(job.sqlExecutionId));
  };
  const ofStage = (id: number, attempt: number): SourceLine | undefined => {
    const stage = stages.get(`${id}.${attempt}`);
    if (stage === undefined) return undefined;
    return (
      callSiteOf(stage.name) ??
      innermost(stage.details) ??
      (stage.sqlExecutionId === undefined ? undefined : ofExecution(stage.sqlExecutionId)) ??
      stage.jobIds.map(ofJob).find((line) => line !== undefined)
    );
  };
  return { ofStage, ofExecution, ofJob };
});
