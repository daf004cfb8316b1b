// The files below a folder, with sizes, for planLogs.
// Laws: links to folders are not followed (no circles, nothing counted twice); depth and count are bounded; unreadable branches are named.
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FiresteelError, messageOf } from '../../base/index.ts';
import { sourceError } from '../sources/index.ts';
import { junkReason } from './names.ts';
import type { Ignored, ListedFile } from './plan.ts';

/** Databricks nests deepest: destination/cluster/eventlog/address/context/file is five below the destination. */
const MAX_DEPTH = 8;

/** A folder with more files is no log folder, but a whole disk. */
const MAX_FILES = 200_000;

/** All files below `folder`, in no certain order. Throws `not-found`, `no-permission`, `too-large`; a branch that fails is put to `ignored`. */
export async function listFolder(folder: string, ignored: Ignored[]): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  const walk = async (relative: string, depth: number): Promise<void> => {
    const entries = await entriesOf(folder, relative, ignored);
    for (const entry of entries) {
      const path = relative + entry.name;
      if (entry.isDirectory()) {
        if (junkReason(path) !== undefined) ignored.push({ name: `${path}/`, reason: 'hidden or junk folder' });
        else if (depth >= MAX_DEPTH) ignored.push({ name: `${path}/`, reason: `more than ${MAX_DEPTH} folders deep` });
        else await walk(`${path}/`, depth + 1);
        continue;
      }
      try {
        const info = await stat(join(folder, path));
        if (info.isFile()) files.push({ path, size: info.size });
        else ignored.push({ name: path, reason: info.isDirectory() ? 'a link to a folder' : 'not a regular file' });
      } catch (error) {
        ignored.push({ name: path, reason: messageOf(error) });
      }
      if (files.length > MAX_FILES) {
        throw new FiresteelError(
          'too-large',
          `${folder} holds more than ${MAX_FILES} files.`,
          'Name the folder of one application or cluster.',
        );
      }
    }
  };
  await walk('', 0);
  return files;
}

async function entriesOf(folder: string, relative: string, ignored: Ignored[]): Promise<Dirent[]> {
  const path = join(folder, relative);
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const known = sourceError(path, error);
    if (relative === '') throw known;
    ignored.push({ name: relative, reason: messageOf(known) });
    return [];
  }
}
