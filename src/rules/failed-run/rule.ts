// Failed run: a query or job failed and what it was about was not done; the root exception, the line, and what its class asks for.
// Law: cancelled work is a consequence, never a root; a failure that the program caught and lived with is told as such; a log without an end proves nothing.

import { formatCount, formatMillis } from '../../base/index.ts';
import type { Job, SparkRun, SqlExecution } from '../../eventlog/index.ts';
import { exceptionOf, type RootException, withoutIds } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type FactMap, type Place } from '../define.ts';
import { ERROR_CLASSES, OTHER } from './classes.ts';

type Facts = Pick<FactMap, 'run' | 'clock' | 'failures' | 'stages'>;

/** A piece of the user's work that failed by itself: a query, a job without one, a stream. */
interface Failed {
  readonly what: string;
  readonly execution: SqlExecution | undefined;
  readonly jobs: readonly Job[];
  readonly startMs: number;
  readonly endMs: number;
  readonly error: RootException;
  /** What a failed stream read. */
  readonly source?: string;
}

/** Work that was stopped: because something else failed, or because someone asked. */
const CANCELLED = /cancel|SPARK_JOB_CANCELLED|InterruptedException|was shut down|killed by user|query was stopped/i;

export const rule = defineRule({
  meta: {
    id: 'failed-run',
    title: 'Failed query or job',
    category: 'failure',
    needs: ['run', 'clock', 'failures', 'stages'],
    fixability: 'review',
    saves: 'outcome',
    inCode: ['action'],
    thresholds: {},
    explains: ['task-retries', 'driver-gap', 'idle-slots'],
  },
  diagnose(facts) {
    const { run, clock } = facts;
    if (run.jobs.length + run.sql.length + run.streams.length === 0) return { status: 'noData', missing: ['jobs and queries'] };
    const failed = [...failedQueries(facts), ...failedJobs(facts), ...failedStreams(run)].sort((a, b) => a.startMs - b.startMs);
    const exitCode = run.application.exitCode ?? 0;
    if (failed.length === 0) {
      if (exitCode === 0)
        return {
          status: 'clear',
          note: run.application.completed
            ? 'no query or job failed (an error that the program raises itself leaves no trace in the log)'
            : 'no query or job failed; the log has no end of the application, which is not by itself a failure',
        };
      const cause = `The application ended with exit code ${exitCode} although no query failed: the program raised an error of its own after its last query.`;
      return {
        status: 'found',
        places: [
          {
            cause,
            // The last that Spark did is where to look from.
            evidence: [
              ...run.jobs.slice(-1).map((job) => ({ kind: 'job', jobId: job.id }) as const),
              ...run.sql.slice(-1).map((execution) => ({ kind: 'sql', executionId: execution.id }) as const),
            ],
            numbers: [{ name: 'exit code', value: exitCode, unit: 'count' }],
            heldMs: 0,
            remedies: ["Read the driver's own output: the error is not in the event log."],
          },
        ],
      };
    }
    const lost = failed.filter((one) => !wentOn(run, one));
    const fatal = lost.length > 0 || exitCode === 0 ? lost : failed.slice(-1);
    // Caught failures are the program's own business unless their time was worth something.
    const caughtMs = failed.reduce((sum, one) => sum + one.endMs - one.startMs, 0);
    if (fatal.length === 0 && caughtMs < clock.noiseFloorMs) {
      const first = failed[0] as Failed;
      return {
        status: 'clear',
        note: `${formatCount(failed.length)} ${failed.length === 1 ? 'query' : 'queries'} failed and the application went on and ended well (${first.what}: ${first.error.name ?? ''} ${first.error.message.slice(0, 100)})`,
      };
    }
    return { status: 'found', places: (fatal.length > 0 ? fatal : failed).map((one) => placeOf(one, facts, fatal.length > 0)) };
  },
});

/** Something else succeeded that began after the failure: the program caught it. */
function wentOn(run: SparkRun, one: Failed): boolean {
  const later = (startMs: number | undefined) => (startMs ?? 0) >= one.endMs;
  return (
    run.sql.some((execution) => execution.status === 'succeeded' && later(execution.startMs)) ||
    run.jobs.some((job) => job.status === 'succeeded' && later(job.submittedMs))
  );
}

function failedQueries({ run, stages }: Facts): Failed[] {
  const out: Failed[] = [];
  for (const execution of run.sql) {
    if (execution.status !== 'failed' || execution.rootId !== execution.id || execution.startMs === undefined) continue;
    const jobs = run.jobs.filter((job) => job.sqlExecutionId === execution.id || job.sqlRootExecutionId === execution.id);
    // A micro-batch fails with its stream, which says whether it was stopped.
    if (jobs.some((job) => job.streamingQueryId !== undefined) || /runId = /.test(execution.description ?? '')) continue;
    const error = rootError(jobs, stages, execution.error);
    if (error === undefined) continue;
    out.push({
      what: `query ${execution.id}${called(execution.description)}`,
      execution,
      jobs,
      startMs: execution.startMs,
      endMs: execution.endMs ?? execution.startMs,
      error,
    });
  }
  return out;
}

function failedJobs({ run, stages }: Facts): Failed[] {
  return run.jobs.flatMap((job): Failed[] => {
    if (job.status !== 'failed' || job.sqlExecutionId !== undefined || job.streamingQueryId !== undefined || job.submittedMs === undefined)
      return [];
    const error = rootError([job], stages, undefined);
    return error === undefined
      ? []
      : [
          {
            what: `job ${job.id}${called(job.callSite ?? job.description)}`,
            execution: undefined,
            jobs: [job],
            startMs: job.submittedMs,
            endMs: job.completedMs ?? job.submittedMs,
            error,
          },
        ];
  });
}

function failedStreams(run: SparkRun): Failed[] {
  return run.streams.flatMap((stream): Failed[] => {
    const error = stream.exception === undefined || CANCELLED.test(stream.exception) ? undefined : exceptionOf(stream.exception);
    if (error === undefined || stream.startedMs === undefined) return [];
    const jobs = run.jobs.filter((job) => job.streamingQueryId === stream.id);
    // The termination event has no time of its own: the stream lived until its last job and batch.
    const endMs = [
      stream.terminatedMs,
      ...jobs.map((job) => job.completedMs),
      ...stream.progress.slice(-1).map((batch) => (batch.timestampMs ?? 0) + (batch.batchMs ?? 0)),
    ].reduce<number>((last, ms) => Math.max(last, ms ?? 0), stream.startedMs);
    const failed = jobs.filter((job) => job.status === 'failed');
    const source = stream.progress.at(-1)?.sources[0]?.description ?? stream.sink ?? stream.name ?? stream.id;
    return [
      { what: `stream ${stream.name ?? stream.id}`, execution: undefined, jobs: failed, startMs: stream.startedMs, endMs, error, source },
    ];
  });
}

/** The first text that is not a mere cancellation: of the query, its jobs, their stages. Undefined when all was cancelled. */
function rootError(jobs: readonly Job[], stages: Facts['stages'], own: string | undefined): RootException | undefined {
  const reasons = jobs.flatMap((job) => job.stageIds.map((id) => stages.get(id)?.stage.failureReason));
  const texts = [own, ...jobs.map((job) => job.error), ...reasons].filter((text) => text !== undefined && text !== '');
  const root = texts.filter((text) => !CANCELLED.test(text as string));
  // The text with a line of the user's code in it says most.
  const errors = root.flatMap((text) => exceptionOf(text) ?? []);
  return (
    errors.find((error) => error.file !== undefined) ??
    errors[0] ??
    (texts.length === 0 ? { name: undefined, message: 'no reason logged', file: undefined, line: undefined } : undefined)
  );
}

/** `collect at /app/job.py:21` names the line of the action. */
function actionLine(one: Failed): { file: string; line: number } | undefined {
  for (const text of [one.execution?.description, ...one.jobs.map((job) => job.callSite)]) {
    const match = / at (\S+\.py):(\d+)/.exec(text ?? '');
    if (match !== null) return { file: match[1] as string, line: Number(match[2]) };
  }
  return undefined;
}

const called = (text: string | undefined) => (text === undefined || text === '' ? '' : ` (${text.split('\n')[0]?.slice(0, 60)})`);

function placeOf(one: Failed, { run, clock, failures }: Facts, fatal: boolean): Place {
  const { error } = one;
  const line = error.file !== undefined && error.line !== undefined ? { file: error.file, line: error.line } : actionLine(one);
  const kind =
    ERROR_CLASSES.find((candidate) => candidate.pattern.test(error.name ?? '')) ??
    ERROR_CLASSES.find((candidate) => candidate.pattern.test(error.message)) ??
    OTHER;
  const jobIds = new Set(one.jobs.map((job) => job.id));
  const stageIds = failures.failedStages.filter((stage) => stage.jobIds.some((id) => jobIds.has(id)));
  const at = clock.startMs === undefined ? '' : ` ${formatMillis(one.endMs - clock.startMs)} into the run`;
  const where = error.file === undefined ? '' : ` at ${error.file}:${error.line}`;
  // Catalyst puts the plan behind a semicolon, on lines of its own.
  const message = withoutIds(error.message).replace(/[;,\s]+$/, '');
  // Bare counts and looks leave nothing behind; a write does.
  const written = run.sql.filter(
    (execution) =>
      execution.status === 'succeeded' &&
      (execution.endMs ?? 0) <= one.startMs &&
      execution.plan?.names.some((name) => /InsertInto|WriteFiles|AppendData|Overwrite|SaveInto|ReplaceData/.test(name)),
  );
  const after = fatal
    ? written.length > 0
      ? ` ${formatCount(written.length)} ${written.length === 1 ? 'output was' : 'outputs were'} already written: the run left half of its work.`
      : ''
    : ' The program caught it, went on and ended well.';
  const evidence: EvidenceRef[] = [
    ...(one.execution === undefined ? [] : [{ kind: 'sql', executionId: one.execution.id } as const]),
    ...stageIds.map((stage): EvidenceRef => ({ kind: 'stage', stageId: stage.id, attempt: stage.attempt })),
    ...one.jobs.filter((job) => job.status === 'failed').map((job): EvidenceRef => ({ kind: 'job', jobId: job.id })),
    ...(line === undefined ? [] : [{ kind: 'source', ...line } as const]),
    ...(one.source === undefined ? [] : [{ kind: 'table', path: one.source } as const]),
  ];
  return {
    cause: `${one.what[0]?.toUpperCase()}${one.what.slice(1)} failed${at}: ${kind.what}${where}: ${error.name === undefined ? '' : `${error.name}: `}${message}${/[.!?]$/.test(message) ? '' : '.'}${after}`,
    evidence,
    numbers: [
      { name: 'error', value: error.name ?? 'unknown', unit: 'text' },
      { name: 'time until it failed', value: Math.max(0, one.endMs - one.startMs), unit: 'ms' },
    ],
    heldMs: Math.max(0, one.endMs - one.startMs),
    remedies: kind.remedies,
  };
}
