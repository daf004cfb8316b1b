// Walks zstd frames without decoding them: headers, blocks, and where a frame ends.
// Law: every size is checked against the format's own limits (RFC 8878), so a wrong turn is noticed at the next block.
import type { ByteReader } from './byte-reader.ts';

export const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const MAGIC_NUMBER = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/** RFC 8878 §3.1.1.2.4: no block is larger than 128 KiB, packed or unpacked. */
export const MAX_BLOCK = 128 * 1024;

/** The longest frame header: magic 4, descriptor 1, window 1, dictionary 4, content size 8. */
const MAX_HEADER = 18;

export type FrameKind = 'frame' | 'skippable' | 'neither';

/** What starts at the reader; it must hold four bytes. */
export function frameKind(reader: ByteReader): FrameKind {
  const magic = reader.u32le(0);
  return magic === MAGIC_NUMBER ? 'frame' : (magic & 0xfffffff0) >>> 0 === SKIPPABLE ? 'skippable' : 'neither';
}

export interface FrameHeader {
  /** Bytes, with the magic. */
  readonly length: number;
  /** Bytes of checksum behind the last block. */
  readonly checksum: 0 | 4;
}

/** The header of the frame at the reader; undefined when the stream ends inside it. */
export async function frameHeader(reader: ByteReader): Promise<FrameHeader | undefined> {
  if (!reader.has(MAX_HEADER)) await reader.fill(MAX_HEADER);
  if (!reader.has(5)) return undefined;
  const descriptor = reader.buf[reader.pos + 4]!;
  const single = (descriptor >> 5) & 1;
  const size = [single, 2, 4, 8][descriptor >> 6]!;
  const length = 5 + (1 - single) + [0, 1, 2, 4][descriptor & 3]! + size;
  return reader.has(length) ? { length, checksum: (descriptor >> 2) & 1 ? 4 : 0 } : undefined;
}

/** Length of the block, with its 3-byte head, at `at` bytes behind the reader (which must hold the head); 0 when it cannot be a block. */
export function blockLength(reader: ByteReader, at: number): number {
  const head = reader.buf.readUIntLE(reader.pos + at, 3);
  const type = (head >> 1) & 3;
  const size = head >> 3;
  if (type === 3 || size > MAX_BLOCK) return 0;
  return 3 + (type === 1 ? 1 : size);
}

/** True when the block at `at` bytes behind the reader is the last one of its frame. */
export const isLastBlock = (reader: ByteReader, at: number): boolean => (reader.buf[reader.pos + at]! & 1) === 1;

/** Passes over what starts at the reader. False when it is no whole frame: the end, a cut or damage. */
export async function skipFrame(reader: ByteReader): Promise<boolean> {
  if (!reader.has(8) && !(await reader.fill(8))) return false;
  const kind = frameKind(reader);
  if (kind === 'skippable') return reader.skip(8 + reader.u32le(4));
  if (kind === 'neither') return false;
  const header = await frameHeader(reader);
  if (!header) return false;
  reader.consume(header.length);
  for (;;) {
    if (!reader.has(3) && !(await reader.fill(3))) return false;
    const length = blockLength(reader, 0);
    const last = isLastBlock(reader, 0);
    if (length === 0 || !(await reader.skip(length))) return false;
    if (last) return reader.skip(header.checksum);
  }
}
