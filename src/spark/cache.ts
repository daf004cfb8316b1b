// Firesteel's cache folder: what was downloaded once for all projects (Spark, jars). It may be deleted at any time.
// Law: one at a time works on an entry; an entry without its stamp is not there.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { unwritable } from '../base/index.ts';
import { codeOf } from './files.ts';
import { type Environment, isAlive, processStart } from './processes.ts';

/** `$FIRESTEEL_HOME`, or firesteel in `$XDG_CACHE_HOME` or ~/.cache. */
export function cacheFolder(env: Environment = process.env): string {
  const set = (value: string | undefined) => (value === undefined || value === '' ? undefined : value);
  return set(env.FIRESTEEL_HOME) ?? join(set(env.XDG_CACHE_HOME) ?? join(set(env.HOME) ?? homedir(), '.cache'), 'firesteel');
}

const holderSchema = z.object({ pid: z.number(), pidStart: z.string().optional(), host: z.string() });
/** A lock file without a readable holder is one that is being written, or that was left so, after so long, ms. */
const HALF_WRITTEN = 10_000;
/** How often a waiter looks, ms. */
const LOOK = 250;

/** A lock file as it is now; undefined when there is none. */
async function seen(file: string): Promise<{ readonly text: string; readonly writtenMs: number } | undefined> {
  const [text, written] = await Promise.all([readFile(file, 'utf8').catch(() => undefined), stat(file).catch(() => undefined)]);
  return text === undefined || written === undefined ? undefined : { text, writtenMs: written.mtimeMs };
}

/** The process number of a live holder; `dead`; `unknown`: it is being written, or gone. */
function holderOf(lock: Awaited<ReturnType<typeof seen>>): number | 'dead' | 'unknown' {
  if (lock === undefined) return 'unknown';
  try {
    const holder = holderSchema.parse(JSON.parse(lock.text));
    // On a disk that several machines share nobody here can know: it counts as alive.
    return isAlive(holder) === false ? 'dead' : holder.pid;
  } catch {
    return Date.now() - lock.writtenMs > HALF_WRITTEN ? 'dead' : 'unknown';
  }
}

/**
 * Takes the lock of a dead holder away. Several waiters see it at once, and what is taken away late would be the lock of the next holder: only the
 * one that makes the file named for this very lock may remove it, after another look.
 */
async function bury(file: string, dead: { readonly text: string; readonly writtenMs: number }): Promise<void> {
  const idOf = ({ text, writtenMs }: typeof dead) => createHash('sha256').update(`${writtenMs} ${text}`).digest('hex').slice(0, 16);
  const grave = `${file}.${idOf(dead)}`;
  try {
    await writeFile(grave, '', { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unwritable(grave, error);
    // Whoever made it died over it.
    const made = await stat(grave).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > HALF_WRITTEN) await rm(grave, { force: true });
    else await sleep(LOOK);
    return;
  }
  try {
    const now = await seen(file);
    if (now !== undefined && idOf(now) === idOf(dead)) await rm(file, { force: true });
  } finally {
    await rm(grave, { force: true });
  }
}

/**
 * Does `work` while nobody else on this machine does the same for `path`. A holder that died is replaced.
 * `onWait` is called once with the process number of the one that is waited for.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { readonly signal?: AbortSignal | undefined; readonly onWait?: (pid: number) => void } = {},
): Promise<T> {
  const file = `${path}.lock`;
  const mine = JSON.stringify({
    token: randomBytes(8).toString('hex'),
    pid: process.pid,
    pidStart: processStart(process.pid),
    host: hostname(),
  });
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (error) {
    throw unwritable(dirname(file), error);
  }
  for (let told = false; ; ) {
    options.signal?.throwIfAborted();
    try {
      await writeFile(file, mine, { flag: 'wx' });
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        await rm(file, { force: true }).catch(() => undefined);
        throw unwritable(file, error);
      }
    }
    const lock = await seen(file);
    const holder = holderOf(lock);
    if (lock !== undefined && holder === 'dead') {
      await bury(file, lock);
      continue;
    }
    if (typeof holder === 'number' && !told) options.onWait?.(holder);
    told = typeof holder === 'number';
    await sleep(LOOK, undefined, { signal: options.signal });
  }
  try {
    return await work();
  } finally {
    if ((await seen(file))?.text === mine) await rm(file, { force: true });
  }
}
