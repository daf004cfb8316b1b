// From what a caller names to runs: finds the logs behind paths and reads them one after the other.
// Law: one bad log never stops the others; it is listed with what is wrong and what to do next. Reading itself uses several threads.

import { dirname, join, resolve } from 'node:path';
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
  /** What was named and is not there. */
  readonly failed: readonly FleetFailure[];
  /** Beside the logs of a folder or zip: what looks like a log and cannot be read as one. */
  readonly unread: readonly FleetFailure[];
  /** Number of files beside them that are no logs. */
  readonly others: number;
}

/** The failure of one log as a line of the result; anything that is not expected goes on. */
export function failureOf(path: string, error: unknown): FleetFailure {
  if (!(error instanceof FiresteelError)) throw error;
  return { path, error: error.message, nextStep: error.nextStep };
}

type Skipped = { readonly name: string; readonly reason: string };

/** Names that Spark, its codecs and the History Server's download give to logs. */
const LOG_NAME =
  /\.(zstd|zst|lz4|lzf|snappy|gz|zip|inprogress)$|(^|[/!])eventlog_v2_[^/]*\/?$|(^|[/!])(events_\d+_|app-\d{14}-\d+|application_\d+_\d+|local-\d{13}|spark-[0-9a-f]{32})[^/]*$/i;
/** Files that come with others of such names. */
const SIDECAR = /(^|[/!])([._]|__MACOSX\/)|\.(crc|tmp|_COPYING_)$/i;
/** Bytes that are packed as Spark packs, with something else than a log inside. */
const PACKED = /^\(packed as /;
/** What belongs to a log that is read: its own notes tell of it. */
const ACCOUNTED = /^(replaced by the compacted part|a second (file|entry) |a compaction that did not finish)/;

const looksLikeLog = ({ name, reason }: Skipped): boolean => !SIDECAR.test(name) && (LOG_NAME.test(name) || PACKED.test(reason));

/** A reason of the search as a sentence with a next step. */
function unreadOf(path: string, { reason }: Skipped): FleetFailure {
  const sentence = `${/^(is|holds|\()/.test(reason) ? `It ${reason}` : reason}`.replace(/\.*$/, '.');
  return {
    path,
    error: sentence.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase()),
    nextStep: /is empty|no data yet/.test(reason)
      ? 'Try again once the application has run for a while; otherwise check how it was copied.'
      : /holds no Spark events/.test(reason)
        ? 'If it should be an event log, check how it was copied; else keep it out of this folder.'
        : 'Copy or download it again.',
  };
}

/** Where the names of a search begin: the folder itself, or the folder of a zip. */
const rootOf = (path: string, found: readonly LogLocation[]): string => {
  const absolute = resolve(path);
  return found.some((log) => log.container === 'zip' && log.path === absolute) ? dirname(absolute) : absolute;
};

/** Every log behind the paths. A path without one is kept as a log: reading it tells why. */
export async function findLogs(paths: readonly string[], context: Context): Promise<Found> {
  const logs: Named[] = [];
  const failed: FleetFailure[] = [];
  const beside = new Map<string, Skipped>();
  for (const path of paths) {
    if (path === '-') {
      logs.push({ path, inner: undefined, label: 'standard input' });
      continue;
    }
    context.signal.throwIfAborted();
    let found: readonly LogLocation[];
    const skipped: Skipped[] = [];
    try {
      found = await discoverLogs(path, { skipped });
    } catch (error) {
      if (paths.length === 1) throw error;
      failed.push(failureOf(path, error));
      continue;
    }
    if (found.length === 0) logs.push({ path, inner: undefined, label: path });
    else for (const file of skipped) if (!ACCOUNTED.test(file.reason)) beside.set(join(rootOf(path, found), file.name), file);
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
  const unread = [...beside].filter(([, file]) => looksLikeLog(file)).map(([path, file]) => unreadOf(path, file));
  return {
    logs: logs.filter(({ path, inner }) => !seen.has(`${path}\0${inner ?? ''}`) && seen.add(`${path}\0${inner ?? ''}`)),
    failed,
    unread,
    others: beside.size - unread.length,
  };
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
