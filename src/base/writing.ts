// Writing files of ours and of the user.
// Laws: a file is there whole or not at all; a full disk is told as such.

import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { threadId } from 'node:worker_threads';
import { FiresteelError, messageOf } from './errors.ts';

/** What is written: text, text in pieces, or bytes. */
export type Content = string | Iterable<string> | Uint8Array;

export interface Writing {
  /** Readable for its owner only. */
  readonly secret?: boolean;
  /** Make its folder, and those above it, when they are missing. */
  readonly makeFolder?: boolean;
}

/** Pieces are joined up to this many characters: a write per line is slow. */
const WRITE_AT = 1 << 16;
/** Tells writes of one thread apart. */
let written = 0;

/** Text in pieces of a size that is worth a write. */
export function* joinedPieces(text: string | Iterable<string>): Generator<string> {
  let buffer = '';
  for (const piece of typeof text === 'string' ? [text] : text) {
    buffer += piece;
    if (buffer.length < WRITE_AT) continue;
    yield buffer;
    buffer = '';
  }
  if (buffer !== '') yield buffer;
}

/** Writes a file beside its place and renames it. Throws FiresteelError `unwritable`; then what was there before is there still. */
export async function writeWhole(
  path: string,
  content: Content,
  { secret = false, makeFolder: make = false }: Writing = {},
): Promise<void> {
  const target = resolve(path);
  const beside = join(dirname(target), `.${basename(target)}.${process.pid}.${threadId}.${++written}.tmp`);
  try {
    if (make) await makeFolder(dirname(target));
    // What is no regular file (a device, a pipe) cannot be replaced by a rename: it is written to.
    const there = await stat(target).catch(() => undefined);
    const direct = there !== undefined && !there.isFile();
    const file = await open(direct ? target : beside, 'w', secret ? 0o600 : 0o666);
    try {
      for (const piece of content instanceof Uint8Array ? [content] : joinedPieces(content)) await file.writeFile(piece);
      if (!direct) await file.sync();
    } finally {
      await file.close();
    }
    if (!direct) await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw unwritable(path, error);
  }
}

/** A failure to write as an error for the reader. */
export function unwritable(path: string, error: unknown): FiresteelError {
  const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');
  return new FiresteelError(
    'unwritable',
    full ? `The disk is full: ${path} could not be written.` : `${path} could not be written: ${messageOf(error)}.`,
    full ? 'Free some space there, or work in a folder on another disk.' : 'Make its folder writable for you, or name another place.',
    { cause: error },
  );
}

/** A folder and those above it. Step by step: Node's own recursive mkdir never ends where the system refuses with ENOENT (below /proc). */
export async function makeFolder(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
