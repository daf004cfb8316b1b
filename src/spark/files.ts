// Files of Firesteel's own that the runs write and read.
// Law: Firesteel's own Python lies beside src (and dist) in python/.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';

const root = join(import.meta.dirname, '../..');

/** A file that comes with Firesteel, such as requirements.txt or python/firesteel_launch.py. */
export const ownFile = (...parts: string[]): string => join(root, ...parts);

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? '';

/** A JSON file checked by its schema; undefined when it is missing, cut or something else. */
export async function readChecked<S extends z.ZodType>(file: string, schema: S): Promise<z.output<S> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
