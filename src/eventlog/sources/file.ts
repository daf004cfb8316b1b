// A file on disk as a source: two buffers in turn, so that the disk reads on while the caller works.
// Law: flat memory (two chunks), the file handle is closed however the reading ends, nothing is read before the first pull.
import { statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { CHUNK_BYTES, type SourceFile, sourceError } from './source.ts';

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
  let handle: FileHandle | undefined;
  let ahead: Promise<number> | undefined;
  try {
    handle = await open(path, 'r');
    const file = handle;
    const room = Math.min(chunkBytes, end - start);
    const buffers = [Buffer.allocUnsafeSlow(room), end - start > room ? Buffer.allocUnsafeSlow(room) : undefined];
    let position = start;
    let turn = 0;
    const readInto = async (buffer: Buffer): Promise<number> =>
      (await file.read(buffer, 0, Math.min(buffer.length, end - position), position)).bytesRead;
    ahead = readInto(buffers[0]!);
    while (ahead) {
      const count: number = await ahead;
      ahead = undefined;
      if (count === 0) return; // The file got shorter since it was opened.
      const full = buffers[turn]!.subarray(0, count);
      position += count;
      turn = 1 - turn;
      if (position < end) {
        buffers[turn] ??= Buffer.allocUnsafeSlow(room);
        ahead = readInto(buffers[turn]!);
        ahead.catch(() => {}); // Awaited on the next pull; until then a failure must not count as unhandled.
      }
      yield full;
    }
  } catch (error) {
    throw sourceError(path, error);
  } finally {
    await ahead?.catch(() => {}); // The handle must not close under a read that is under way.
    await handle?.close();
  }
}
