// Files of Firesteel's own that the runs write and read.
// Laws: a file is there whole or not at all; a full disk is told as such; Firesteel's own Python lies beside src (and dist) in python/.

import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { FiresteelError, messageOf } from '../base/index.ts';

const root = join(import.meta.dirname, '../..');

/** A file that comes with Firesteel, such as requirements.txt or python/firesteel_launch.py. */
export const ownFile = (...parts: string[]): string => join(root, ...parts);

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? '';

/** Writes a file whole, readable for its owner only when `secret`. */
export async function writeWhole(file: string, text: string, secret = false): Promise<void> {
  const part = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(part, text, { mode: secret ? 0o600 : 0o644 });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw unwritable(file, error);
  }
}

/** A failure to write as an error for the reader. */
export function unwritable(path: string, error: unknown): FiresteelError {
  const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(error));
  return new FiresteelError(
    'unwritable',
    full ? `The disk is full: ${path} could not be written.` : `${path} could not be written: ${messageOf(error)}.`,
    full ? 'Free some space there, or work in a folder on another disk.' : 'Make its folder writable for you, or work in another folder.',
    { cause: error },
  );
}

/** A JSON file checked by its schema; undefined when it is missing, cut or something else. */
export async function readChecked<S extends z.ZodType>(file: string, schema: S): Promise<z.output<S> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
