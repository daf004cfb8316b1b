// Firesteel's cache folder: what was downloaded once for all projects (Spark, jars). It may be deleted at any time.
// Law: one at a time works on an entry; an entry without its stamp is not there.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
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

/** The process number of a live holder; `dead`; `unknown`: it is being written, or gone. */
async function holderOf(file: string, text: string): Promise<number | 'dead' | 'unknown'> {
  try {
    const holder = holderSchema.parse(JSON.parse(text));
    // On a disk that several machines share nobody here can know: it counts as alive.
    return isAlive(holder) === false ? 'dead' : holder.pid;
  } catch {
    const written = await stat(file).catch(() => undefined);
    return written !== undefined && Date.now() - written.mtimeMs > HALF_WRITTEN ? 'dead' : 'unknown';
  }
}

/** How often a waiter looks, ms. */
const LOOK = 250;

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
  const token = randomBytes(8).toString('hex');
  const mine = JSON.stringify({ token, pid: process.pid, pidStart: processStart(process.pid), host: hostname() });
  const held = async () => readFile(file, 'utf8').catch(() => '');
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
    const other = await held();
    const holder = await holderOf(file, other);
    if (holder === 'dead') {
      // Only one of several waiters can take a file away under its name; what it took must be what it saw.
      const taken = `${file}.${token}`;
      if (
        await rename(file, taken).then(
          () => true,
          () => false,
        )
      ) {
        const was = await readFile(taken, 'utf8').catch(() => '');
        if (was !== other) await rename(taken, file).catch(() => undefined);
        else await rm(taken, { force: true });
      }
      continue;
    }
    if (holder !== 'unknown' && !told) options.onWait?.(holder);
    told = holder !== 'unknown';
    await sleep(LOOK, undefined, { signal: options.signal });
  }
  try {
    return await work();
  } finally {
    if ((await held()) === mine) await rm(file, { force: true });
  }
}
