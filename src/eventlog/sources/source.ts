// What a reader of bytes needs to know of where they come from: a name, a size, and ranges of them in chunks.
// Law: a chunk is valid only until the next pull (its buffer may be used again); a source never looks at the content.
import { FiresteelError } from '../../base/index.ts';

/** Bytes that can be read in order, from any start where the source allows it. */
export interface SourceFile {
  /** Path relative to what the user named, `/` separated; a label only, never used to open anything. */
  readonly name: string;
  /** Absolute path to open the same bytes again, in a worker for instance; `''` when there is no such file (zip entry, stream, memory). */
  readonly path: string;
  /** Bytes when the source was opened; undefined for a stream. A log still being written may have grown since. */
  readonly size: number | undefined;
  /**
   * Bytes `[start, end)`, all by default, cut at the size seen at opening.
   * A chunk's buffer may be REUSED: it is valid only until the next pull; copy what must live longer.
   * Throws FiresteelError: `not-found`, `no-permission`, `environment` (the disk failed), `corrupt-input` (a damaged zip entry).
   */
  read(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

/** 1 MiB: large enough that a pull costs nothing against the copy, small enough that two of them are no memory. */
export const CHUNK_BYTES = 1024 * 1024;

/** The first `count` bytes of a source, copied; fewer when it is shorter. Not for streams (see peekable in stream.ts). */
export async function readHead(file: SourceFile, count: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let have = 0;
  for await (const chunk of file.read(0, count)) {
    const piece = Buffer.from(chunk.subarray(0, count - have));
    pieces.push(piece);
    have += piece.length;
    if (have >= count) break;
  }
  return Buffer.concat(pieces);
}

/** The message for an error of the file system, with what to do about it; anything else comes back as it is. */
export function sourceError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof FiresteelError || code === undefined) return error;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FiresteelError(
      'not-found',
      `${path} does not exist.`,
      'Check the path; a file in object storage must be downloaded first.',
      {
        cause: error,
      },
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new FiresteelError(
      'no-permission',
      `${path} may not be read by this user.`,
      'Give this user read permission, or copy the log.',
      {
        cause: error,
      },
    );
  }
  if (code.startsWith('ERR_')) return error; // A misuse of an API of Node is our bug, not the user's disk.
  return new FiresteelError(
    'environment',
    `${path} could not be read (${code}).`,
    'Check the disk or the mount, or copy the log elsewhere.',
    {
      cause: error,
    },
  );
}
