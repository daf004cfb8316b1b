// What a run ran: code, configuration and commit, as fingerprints that two runs can be compared by.
// Laws: the same files give the same fingerprint wherever they lie; secrets do not count, so that a new password is no new configuration;
// git is only read, and its absence is no error.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { isSecret } from '../base/index.ts';
import { filesReached } from './imports.ts';
import type { JobSpec, RunStart } from './outcome.ts';
import { type Environment, runProcess } from './processes.ts';
import { userProperties } from './properties.ts';

/**
 * SHA-256 over the script, the .py files that it reaches by import statements, and its pyFiles. Names count relative to the folder they
 * were found from: the script's, then those of PYTHONPATH in the job's environment. What is imported by a computed name, from elsewhere
 * on sys.path or from an installed package does not count.
 */
export async function codeFingerprint(job: Pick<JobSpec, 'script' | 'pyFiles' | 'env'>): Promise<string> {
  const roots = [dirname(job.script), ...(job.env.PYTHONPATH ?? '').split(delimiter).filter(isAbsolute)];
  const files = new Map<string, string>();
  for (const [name, content] of await filesReached(job.script, roots)) files.set(name, sha256(content));
  for (const file of job.pyFiles) {
    const content = await readFile(file).catch(() => undefined);
    // One that only the cluster can read counts by its name.
    files.set(`--py-files/${basename(file)}`, content === undefined ? file : sha256(content));
  }
  return sha256(
    [...files]
      .map(([name, hash]) => `${name}\0${hash}\n`)
      .sort()
      .join(''),
  );
}

/** SHA-256 over the sorted properties that the user hands over; the run's own `folder` in a value counts as `{run}`, a secret value as `***`. */
export async function confFingerprint(job: JobSpec, folder: string, sparkHome: string, env?: Environment): Promise<string> {
  const properties = [...(await userProperties(job, sparkHome, env)).values()];
  const lines = properties.map(({ key, value }) => `${key}=${isSecret(key, value) ? '***' : value.replaceAll(folder, '{run}')}\n`);
  return sha256(lines.sort().join(''));
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** git without locks: not even its index is refreshed on disk. */
export const git = (folder: string, args: readonly string[], env: Environment = {}, signal?: AbortSignal) =>
  runProcess('git', ['-C', folder, ...args], {
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...env },
    signal,
  });

/** Commit, branch and dirtiness (of tracked files, or an untracked script) of the repository that holds `path`; undefined without git, repository or commit. */
export async function gitState(path: string): Promise<RunStart['git']> {
  const folder = dirname(path);
  const told = await git(folder, ['status', '--porcelain=v2', '--branch', '--untracked-files=no']);
  const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(told.stdout)?.[1];
  if (told.code !== 0 || commit === undefined) return undefined;
  const branch = /^# branch\.head (.+)$/m.exec(told.stdout)?.[1];
  const changed = told.stdout.split('\n').some((line) => line !== '' && !line.startsWith('#'));
  const tracked = changed || (await git(folder, ['ls-files', '--error-unmatch', '--', join('.', basename(path))])).code === 0;
  return { commit, branch: branch === '(detached)' ? undefined : branch, dirty: changed || !tracked };
}
