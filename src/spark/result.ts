// How a run ended, from what guard and launcher wrote, how the processes ended, and what lies in the run's folder.
// Laws: it is decided here and nowhere else; a missing or cut record is part of the answer, never an error; no secret is in the outcome.

import { stat, statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { formatMillis, isSecret, redacted, withoutSecrets, writeWhole } from '../base/index.ts';
import { readEnds, reasonIn, submittedId } from './driver-log.ts';
import { findLog } from './event-log.ts';
import { readChecked } from './files.ts';
import type { RunException, RunOutcome, RunStart, RunStatus } from './outcome.ts';
import { PLACES } from './properties.ts';
import { type Driver, driverSchema, type Guard } from './records.ts';

/** How the processes of a run ended, as far as its keeper saw it. */
export interface Ending {
  /** What Firesteel itself did: nothing, an end by abort or timeout, or it vanished (`lost`). */
  readonly cause: 'none' | 'cancelled' | 'timedOut' | 'lost';
  readonly guard: Guard | undefined;
  /** End of the guard's own process; undefined when nobody saw it. */
  readonly guardEnd: { readonly code: number | null; readonly signal: string | null; readonly endedMs: number } | undefined;
}

interface Verdict {
  readonly status: RunStatus;
  readonly reason: string | undefined;
  readonly nextStep: string | undefined;
  readonly signal?: string | undefined;
}

const nameOfSignal = (number: number): string | undefined => Object.entries(constants.signals).find(([, value]) => value === number)?.[0];

/** Decides the outcome of a run whose processes have ended. */
export async function outcomeOf(start: RunStart, ending: Ending): Promise<RunOutcome> {
  const { folder, job } = start;
  const { guard, guardEnd } = ending;
  const driver = await readChecked(join(folder, PLACES.driver), driverSchema);
  const driverLog = join(folder, PLACES.driverLog);
  const output = await readEnds(driverLog);
  const endedMs = guard?.endedMs ?? guardEnd?.endedMs ?? (await lastWritten(driverLog)) ?? start.startedMs;
  const exitCode = guard?.exitCode ?? (guardEnd?.signal === null && guard?.signal == null ? (guardEnd.code ?? undefined) : undefined);
  // The application that ran longest is the job; another may have been made only to read a setting.
  const applications = [...(driver?.applications ?? [])].sort((a, b) => length(b, endedMs) - length(a, endedMs));
  const [application] = applications;
  const applicationId = application?.id ?? (job.deployMode === 'cluster' ? submittedId(output) : undefined);
  const log = await findLog(start, applicationId, application?.eventLog);
  const full = await isFull(folder);
  const verdict = verdictOf({ start, ending, driver, exitCode, output, full });
  return {
    runId: start.runId,
    status: verdict.status,
    reason: verdict.reason === undefined ? undefined : redacted(verdict.reason),
    nextStep: verdict.nextStep,
    exitCode,
    signal: verdict.signal ?? guard?.signal ?? undefined,
    endedMs: Math.round(endedMs),
    durationMs: Math.max(0, Math.round(endedMs - (guard?.startedMs ?? start.startedMs))),
    exception: withoutSecrets(exceptionOf(driver)),
    applicationId,
    logPath: log.path,
    driverLog,
    sparkVersion: application?.sparkVersion,
    pythonVersion: driver?.pythonVersion,
    effectiveConf:
      application &&
      Object.fromEntries(
        Object.entries(application.conf)
          .map(([key, value]) => [key, isSecret(key, value) ? '***' : value] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    traced: driver?.traced === true && !driver.connect && applicationId !== undefined,
    warnings: [...warningsOf(start, ending, driver, verdict.status, full), ...log.warnings],
  };
}

const length = (application: Driver['applications'][number], endedMs: number) => (application.endedMs ?? endedMs) - application.startedMs;

async function lastWritten(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

/** Less than this left on the disk of a run means that something could not be written. */
const FULL = 1 << 20;

async function isFull(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize < FULL;
  } catch {
    return false;
  }
}

function exceptionOf(driver: Driver | undefined): RunException | undefined {
  const told = driver?.exception;
  return told == null ? undefined : { ...told, file: told.file ?? undefined, line: told.line ?? undefined };
}

interface Evidence {
  readonly start: RunStart;
  readonly ending: Ending;
  readonly driver: Driver | undefined;
  readonly exitCode: number | undefined;
  readonly output: string;
  readonly full: boolean;
}

const done: Verdict = { status: 'succeeded', reason: undefined, nextStep: undefined };
const NO_SPACE = /No space left on device|ENOSPC|Disk quota exceeded/;

function verdictOf(evidence: Evidence): Verdict {
  const { start, ending, driver, exitCode, output, full } = evidence;
  const { guard, guardEnd, cause } = ending;
  const log = join(start.folder, PLACES.driverLog);
  // A job that came to its own end before it could be stopped has ended by itself.
  const stopped = guard === undefined ? guardEnd?.code !== 0 : guard.stopped !== null || guard.endedMs === null;
  if (cause === 'timedOut' && stopped) {
    const limit = formatMillis(start.job.timeoutMs ?? 0);
    return {
      status: 'timedOut',
      reason: `It was stopped after its time limit of ${limit}${whereIn(driver)}.`,
      nextStep: 'firesteel audit shows where the time went; raise the limit (--timeout) if the job needs longer.',
    };
  }
  if (cause === 'cancelled' && stopped) return { status: 'cancelled', reason: 'It was cancelled.', nextStep: 'Start it again.' };
  if (cause === 'lost' && (guard === undefined || guard.endedMs === null || guard.stopped !== null))
    return {
      status: 'killed',
      reason: `Firesteel (process ${start.pid} on ${start.host}) ended before the run did${guard?.stopped === 'orphaned' ? '; the run was stopped with it' : ''}.`,
      nextStep: 'Start it again; what the run had logged by then can be audited.',
    };
  const signal = guard?.signal ?? guardEnd?.signal ?? (exitCode !== undefined && exitCode > 128 ? nameOfSignal(exitCode - 128) : undefined);
  // An exit code above 128 that the script did not choose is a signal: to the JVM, which turns most into an exit, or to Python.
  const chosen = driver?.exitCode != null && driver.exitCode === exitCode && !driver.interrupted;
  if (guard?.stopped === 'terminated' || (signal !== undefined && !chosen))
    return {
      status: 'killed',
      signal,
      reason:
        signal === 'SIGKILL'
          ? `${driver !== undefined && guard?.signal == null && guardEnd?.signal == null ? "The job's Python" : "Spark's driver"} was ended from outside by SIGKILL, as a system does that runs out of memory.`
          : `It was ended from outside${signal === undefined ? '' : ` by ${signal}`}.`,
      nextStep:
        signal === 'SIGKILL'
          ? 'See whether the system ended it for want of memory (`dmesg`); if so lower spark.driver.memory or give the machine more. Then start it again.'
          : 'Start it again.',
    };
  if (guard?.error != null)
    return { status: 'failed', reason: `spark-submit could not be started: ${guard.error}.`, nextStep: 'firesteel spark doctor' };
  if (exitCode === 0) return done;
  if (full || NO_SPACE.test(driver?.exception?.message ?? '') || (driver?.exception == null && NO_SPACE.test(output)))
    return {
      status: 'failed',
      reason: `A disk was full${full ? `: that of ${start.folder}` : ''}${whereIn(driver)}.`,
      nextStep: 'Free some space, or set spark.local.dir to a folder on a larger disk, and start it again.',
    };
  if (driver?.exception != null) {
    const gist = gistOf(driver.exception.message);
    return {
      status: 'failed',
      reason: `${driver.exception.type}${gist === '' ? '' : `: ${gist}`}${whereIn(driver)}`,
      nextStep: `The traceback is in ${log}.`,
    };
  }
  if (driver?.exitMessage != null)
    return { status: 'failed', reason: `The script ended with: ${driver.exitMessage.slice(0, 300)}`, nextStep: `Its output is in ${log}.` };
  if (driver !== undefined && driver.state !== 'running')
    return { status: 'failed', reason: `The script ended with exit code ${exitCode}.`, nextStep: `Its output is in ${log}.` };
  if (driver !== undefined)
    return {
      status: 'failed',
      reason: `The job's Python ended at once with exit code ${exitCode} (os._exit, or a crash of the interpreter).`,
      nextStep: `Its last words are in ${log}.`,
    };
  const told = reasonIn(output);
  return {
    status: 'failed',
    reason: told ?? `spark-submit ended with exit code ${exitCode} before the script began.`,
    nextStep: `Everything it said is in ${log}; firesteel spark doctor checks Spark, Java and Python.`,
  };
}

/** The line of an exception's text that says most: what the JVM threw behind Py4J's own words, what a Python worker raised, else the first. */
export function gistOf(message: string): string {
  const worker = /Traceback \(most recent call last\):[\s\S]*?\n(\w[\w.]*(?:Error|Exception|Interrupt|Exit|Warning)?\b: .+)/.exec(
    message,
  )?.[1];
  const jvm = /^: (.+)/m.exec(message)?.[1];
  return (worker ?? jvm ?? message.trim().split('\n', 1)[0] ?? '').trim().slice(0, 400);
}

const whereIn = (driver: Driver | undefined): string =>
  driver?.exception?.file == null ? '' : ` at ${driver.exception.file}:${driver.exception.line}`;

function warningsOf(start: RunStart, ending: Ending, driver: Driver | undefined, status: RunStatus, full: boolean): string[] {
  const warnings: string[] = [];
  const applications = driver?.applications ?? [];
  if (start.job.deployMode === 'cluster')
    warnings.push('The driver ran in the cluster: its output, and an exception of the script, are in the logs of the cluster.');
  else if (driver === undefined && status === 'succeeded')
    warnings.push('The launcher left no record: what the script did is known from its exit code only.');
  else if (driver?.connect === true)
    warnings.push('The script used Spark Connect: its stages carry no file and line, and its event log is the server’s.');
  else if (driver !== undefined && applications.length === 0 && status === 'succeeded')
    warnings.push('The script ended without a SparkContext: there is no event log, and nothing to audit.');
  if (applications.length > 1)
    warnings.push(
      `The script made ${applications.length} SparkContexts (${applications.map(({ id }) => id).join(', ')}); this is the longest.`,
    );
  if (driver?.state === 'running' && status === 'succeeded')
    warnings.push('The script ended by os._exit: Python had no chance to close anything.');
  if (applications.length > 0 && driver?.traced === false)
    warnings.push('Stages do not carry file and line: this PySpark is not one that the launcher knows.');
  for (const problem of driver?.problems.slice(0, 5) ?? []) warnings.push(`Launcher: ${redacted(problem)}`);
  if (ending.guard?.forced === true) warnings.push('Some of its processes had to be ended by force; its last writes may be incomplete.');
  if (full && status === 'succeeded') warnings.push(`The disk of ${start.folder} is full: the record of this run may be incomplete.`);
  return warnings;
}

/** Writes outcome.json; a disk that is full is not the run's failure: the outcome is then told only. */
export async function writeOutcome(start: RunStart, outcome: RunOutcome): Promise<void> {
  await writeWhole(join(start.folder, PLACES.outcome), `${JSON.stringify(outcome, null, 2)}\n`).catch(() => undefined);
}
