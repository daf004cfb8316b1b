// Where results go: stdout, or a file that is there whole or not at all.
// Law: a reader that goes away (`| head`) is no error; a file is written beside its place and renamed.

import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { FiresteelError, joinedPieces } from '../base/index.ts';
import type { Format } from '../operations/index.ts';

export type Text = string | Iterable<string>;

/** Writes to stdout and waits where the reader is slow. False when the reader has gone. */
export async function toStdout(text: Text): Promise<boolean> {
  const { stdout } = process;
  for (const piece of joinedPieces(text)) {
    const gone = await new Promise<boolean>((done, fail) => {
      const failed = (error: NodeJS.ErrnoException | null | undefined) =>
        error?.code === 'EPIPE' || error?.code === 'ERR_STREAM_DESTROYED' ? done(true) : error ? fail(error) : done(false);
      stdout.write(piece, failed);
    });
    if (gone) return false;
  }
  return true;
}

/** Endings of files and what they ask for; the first of a format is the one that help names. */
const ENDINGS: readonly (readonly [string, Format])[] = [
  ['.html', 'html'],
  ['.htm', 'html'],
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.json', 'json'],
  ['.txt', 'terminal'],
];

/** The format that a file's name asks for. */
export function formatOf(path: string): Format | undefined {
  const ending = extname(path).toLowerCase();
  return ENDINGS.find(([known]) => known === ending)?.[1];
}

/** The help of `--out` for an operation with these formats; `hasUsual`: its files have usual names. */
export function outHelp(formats: readonly Format[], hasUsual: boolean): string {
  const endings = formats.flatMap((format) => ENDINGS.find(([, of]) => of === format)?.[0] ?? []);
  const chosen = formats.length > 1 && endings.length > 1 ? `; ${endings.join(', ')} choose the format` : '';
  return hasUsual ? 'write it to a file; in a folder it gets its usual name and place' : `write the result to a file${chosen}`;
}

/** The file behind `--out`: for a result that has a usual place, a folder is named (one that is there, or a path without an ending). */
export async function placeOf(out: string, usual: string | undefined): Promise<string> {
  if (usual === undefined) return out;
  const there = await stat(out).catch(() => undefined);
  if (!there?.isDirectory() && (there !== undefined || extname(out) !== '')) return out;
  const file = join(out, usual);
  // A name that the caller did not type replaces nothing.
  if ((await stat(file).catch(() => undefined)) !== undefined)
    throw new FiresteelError('unwritable', `${file} is there already.`, `To replace it, name the file: --out ${file}.`);
  return file;
}

/** Refuses a place where nothing can be written, before any work is done. */
export async function checkOut(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory())
    throw new FiresteelError('unwritable', `${path} is a folder.`, `Give a file in it, for example ${join(path, 'report.md')}.`);
}
