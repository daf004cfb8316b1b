// Bytes in memory as a source: small zips from a pipe, and tests (any chunking, with buffers really used again).
// Law: same contract as a file, so that what holds in a test with tiny chunks holds on disk.
import { CHUNK_BYTES, type SourceFile } from './source.ts';

/** Bytes already in memory. `chunkBytes` cuts them as a disk would; the chunks are copies into one reused buffer, as the contract allows. */
export function memorySource(name: string, bytes: Uint8Array, chunkBytes: number = CHUNK_BYTES): SourceFile {
  return { name, path: '', size: bytes.length, read: (start = 0, end = bytes.length) => chunksOf(bytes.subarray(start, end), chunkBytes) };
}

async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, bytes.length));
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const piece = bytes.subarray(at, at + chunkBytes);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}
