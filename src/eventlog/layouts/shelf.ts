// A folder or a zip as one thing: labelled files that can be read.
// Law: what is listed is not yet judged; only what cannot be reached at all is put aside here.
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileOfSize, type SourceFile, sourceError } from '../sources/index.ts';
import { listFolder } from './listing.ts';
import type { Ignored, ListedFile } from './plan.ts';
import { listZip } from './zip.ts';

/** A listed file with its bytes. */
export interface StoredFile extends ListedFile {
  readonly source: SourceFile;
}

export interface Shelf {
  /** Base name, for messages and names. */
  readonly label: string;
  /** Absolute; `''` for a zip from a pipe. */
  readonly path: string;
  readonly container?: 'zip';
  readonly files: readonly StoredFile[];
  /** What could not be listed, and why. */
  readonly ignored: readonly Ignored[];
}

/** What a path names. Throws `not-found`, `no-permission`, `environment`. */
export async function kindOf(path: string): Promise<'folder' | 'file' | 'stream'> {
  try {
    const info = await stat(path);
    return info.isDirectory() ? 'folder' : info.isFile() ? 'file' : 'stream';
  } catch (error) {
    throw sourceError(path, error);
  }
}

/** All files below a folder. */
export async function folderShelf(absolute: string): Promise<Shelf> {
  const ignored: Ignored[] = [];
  const files = (await listFolder(absolute, ignored)).map(({ path, size }) => ({
    path,
    size,
    source: fileOfSize(join(absolute, path), size, { name: path }),
  }));
  return { label: basename(absolute), path: absolute, files, ignored };
}

/** The entries of a zip; `bytes` when it is only in memory. */
export async function zipShelf(raw: SourceFile, bytes?: Buffer): Promise<Shelf> {
  const ignored: Ignored[] = [];
  const files = await listZip(raw, bytes, ignored);
  return { label: raw.name, path: raw.path, container: 'zip', files, ignored };
}
