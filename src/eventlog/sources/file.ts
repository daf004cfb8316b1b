// A file on disk as a source: one buffer, read in this thread (a way through Node's pool costs more processor time than the copy itself).
// Laws: flat memory (one chunk), the file is closed however the reading ends, nothing is read before the first pull,
// and the event loop gets a turn now and then.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { CHUNK_BYTES, type SourceFile, sourceError } from './source.ts';

/** Between two turns of the event loop, in which signals and other threads are heard. */
const BREATH_BYTES = 16 * 1024 * 1024;

export interface FileSourceOptions {
  /** The label; the base name by default. */
  readonly name?: string;
  /** Bytes per chunk; 1 MiB by default, other values are for tests. */
  readonly chunkBytes?: number;
}

/** A file by path; only its size is looked up. Throws `not-found`, `no-permission` or `environment`; an empty file is no error here. */
export function openFile(path: string, options: FileSourceOptions = {}): SourceFile {
  try {
    return fileOfSize(resolve(path), statSync(path).size, options);
  } catch (error) {
    throw sourceError(path, error);
  }
}

/** Like `openFile` for a file whose size is already known, from a listing or from another thread. Does not touch the disk. */
export function fileOfSize(absolute: string, size: number, options: FileSourceOptions = {}): SourceFile {
  return {
    name: options.name ?? basename(absolute),
    path: absolute,
    size,
    read: (start = 0, end = size) => readFile(absolute, start, Math.min(end, size), options.chunkBytes ?? CHUNK_BYTES),
  };
}

async function* readFile(path: string, start: number, end: number, chunkBytes: number): AsyncGenerator<Uint8Array> {
  if (start >= end) return;
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - start));
    let sinceBreath = 0;
    for (let position = start; position < end; ) {
      const count = readSync(file, buffer, 0, Math.min(buffer.length, end - position), position);
      if (count === 0) return; // The file got shorter since it was opened.
      position += count;
      yield buffer.subarray(0, count);
      sinceBreath += count;
      if (sinceBreath < BREATH_BYTES) continue;
      sinceBreath = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    throw sourceError(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
