// A revision of a git repository as files, for runs of "how it was then".
// Laws: only the given folder is written; the repository, its index and its working tree are only read. Submodules stay empty.

import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FiresteelError, unwritable } from '../base/index.ts';
import { git } from './identity.ts';
import { installCommand } from './processes.ts';

export interface Checkout {
  readonly commit: string;
  /** The place in the folder that corresponds to the path. */
  readonly path: string;
}

/**
 * Writes the tree of `revision` of the repository that holds `path` into `folder` (made, or empty).
 * FiresteelError `not-found`: no repository, no such revision, or no such path in it; `environment`: no git; `unwritable`.
 */
export async function checkout(revision: string, path: string, folder: string, signal?: AbortSignal): Promise<Checkout> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  // The path may exist in that revision only: any folder above it that is there will do.
  let from = isFolder ? path : dirname(path);
  while ((await stat(from).catch(() => undefined)) === undefined && dirname(from) !== from) from = dirname(from);
  const asked = await git(from, ['rev-parse', '--show-toplevel', '--show-prefix'], {}, signal);
  if (asked.failure !== undefined)
    throw new FiresteelError(
      'environment',
      `git is not here, and "${revision}" is a revision.`,
      installCommand({ 'apt-get': 'git', dnf: 'git', apk: 'git', brew: 'git' }, process.env),
    );
  const [top, prefix = ''] = asked.stdout.split('\n');
  if (asked.code !== 0 || top === undefined)
    throw new FiresteelError(
      'not-found',
      `${path} is in no git repository, so it has no revision "${revision}".`,
      asked.stderr.trim() || 'Name a script in a repository.',
    );
  const found = await git(top, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`], {}, signal);
  const commit = found.stdout.trim();
  if (found.code !== 0 || commit === '')
    throw new FiresteelError('not-found', `There is no revision "${revision}" in ${top}.`, 'git log --oneline shows what there is.');
  const below = join(prefix, path.slice(from.length)).replace(/^\.?\/?|\/$/g, '');
  const inTree = await git(top, ['cat-file', '-e', `${commit}:${below}`], {}, signal);
  if (inTree.code !== 0)
    throw new FiresteelError('not-found', `${below} is not in revision "${revision}".`, 'Name a revision that has it.');
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) throw new Error('it is not empty');
  } catch (error) {
    throw unwritable(folder, error);
  }
  // An index of its own, so that the repository's stays what it is.
  const index = join(folder, '.firesteel-index');
  const env = { GIT_INDEX_FILE: index, GIT_LFS_SKIP_SMUDGE: '1' };
  const read = await git(top, ['read-tree', commit], env, signal);
  const written = read.code === 0 ? await git(top, ['checkout-index', '--all', '--force', `--prefix=${folder}/`], env, signal) : read;
  await rm(index, { force: true });
  if (written.code !== 0) throw unwritable(folder, new Error(written.stderr.trim().split('\n').at(-1) ?? 'git failed'));
  return { commit, path: join(folder, below) };
}
