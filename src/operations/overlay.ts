// A version of a job beside the original: the changed files are real, everything else that lies beside them is a link to the original.
// Laws: nothing is written outside the version's folder; what the script finds beside itself stays where it was.

import { readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { makeFolder } from '../base/index.ts';

/** The deepest folder that holds all the paths. */
export function commonFolder(paths: readonly string[]): string {
  let folder = dirname(resolve(paths[0] as string));
  for (const path of paths)
    while (folder !== dirname(folder) && !resolve(path).startsWith(folder.endsWith(sep) ? folder : folder + sep)) folder = dirname(folder);
  return folder;
}

/**
 * Lays out `root` again at `place` with the given texts in place of the files of these absolute paths. Links carry what is not changed.
 * Returns where a path of the original lies in the version.
 */
export async function layOut(root: string, place: string, texts: ReadonlyMap<string, string>): Promise<(path: string) => string> {
  const at = (path: string) => join(place, relative(root, path));
  const folders = new Set<string>([root]);
  for (const path of texts.keys())
    for (let one = dirname(path); one.startsWith(root) && !folders.has(one); one = dirname(one)) folders.add(one);
  for (const folder of folders) {
    await makeFolder(at(folder));
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      // Compiled code of the original would be written into the original's folder, and read from it.
      if (folders.has(path) || texts.has(path) || name === '__pycache__' || place.startsWith(path + sep)) continue;
      await symlink(path, at(path));
    }
  }
  for (const [path, text] of texts) await writeFile(at(path), text);
  return (path) => (path === root || path.startsWith(root + sep) ? at(path) : path);
}

/** A name for a version's folder. */
export const versionName = (round: number, alone?: string): string =>
  alone === undefined ? `round-${round}` : `round-${round}-${basename(alone).replace(/[^\w.-]+/g, '_')}`;
