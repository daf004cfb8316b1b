// From what a caller names to runs: finds the logs behind paths and reads them one after the other.
// Law: one bad log never stops the others; it is listed with what is wrong and what to do next. Reading itself uses several threads.

import { FiresteelError } from '../base/index.ts';
import { discoverLogs, type LogLocation, readRun, type SparkRun } from '../eventlog/index.ts';
import type { FleetFailure } from '../report/index.ts';
import type { Context } from './define.ts';

/** A log to read. */
export interface Named {
  /** What `readRun` opens. */
  readonly path: string;
  readonly inner: string | undefined;
  /** What the reader sees. */
  readonly label: string;
}

export interface Found {
  readonly logs: readonly Named[];
  readonly failed: readonly FleetFailure[];
}

/** The failure of one log as a line of the result; anything that is not expected goes on. */
export function failureOf(path: string, error: unknown): FleetFailure {
  if (!(error instanceof FiresteelError)) throw error;
  return { path, error: error.message, nextStep: error.nextStep };
}

/** Every log behind the paths. A path without one is kept as a log: reading it tells why. */
export async function findLogs(paths: readonly string[], context: Context): Promise<Found> {
  const logs: Named[] = [];
  const failed: FleetFailure[] = [];
  for (const path of paths) {
    if (path === '-') {
      logs.push({ path, inner: undefined, label: 'standard input' });
      continue;
    }
    context.signal.throwIfAborted();
    let found: readonly LogLocation[];
    try {
      found = await discoverLogs(path);
    } catch (error) {
      if (paths.length === 1) throw error;
      failed.push(failureOf(path, error));
      continue;
    }
    if (found.length === 0) logs.push({ path, inner: undefined, label: path });
    for (const log of found) {
      logs.push({
        path: log.path,
        inner: log.inner,
        label: found.length === 1 ? path : log.inner === undefined ? log.path : `${log.path}!${log.inner}`,
      });
    }
  }
  // The same log named twice is one run.
  const seen = new Set<string>();
  return { logs: logs.filter(({ path, inner }) => !seen.has(`${path}\0${inner ?? ''}`) && seen.add(`${path}\0${inner ?? ''}`)), failed };
}

/** Reads one log; `what` names it to whoever waits. */
export async function readLog(log: Named, what: string, context: Context): Promise<SparkRun> {
  context.signal.throwIfAborted();
  context.progress({ what, share: undefined, bytes: undefined });
  const run = await readRun(log.path, { inner: log.inner, onProgress: ({ share, bytes }) => context.progress({ what, share, bytes }) });
  context.signal.throwIfAborted();
  return run;
}

/** The one log at a path; several are a wrong usage that says so. */
export async function readOne(path: string, context: Context): Promise<SparkRun> {
  return readLog({ path, inner: undefined, label: path }, `reading ${path === '-' ? 'standard input' : path}`, context);
}
