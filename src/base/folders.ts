// Making folders.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A folder and those above it. Step by step: Node's own recursive mkdir never ends where the system refuses with ENOENT (below /proc). */
export async function makeFolder(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
