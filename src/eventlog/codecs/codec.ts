// The codecs by their first bytes, what decoding reports, and how much it may produce.
// Law: a codec is found by content only; a suffix is a hint for people (Spark 4.3 itself writes zstd into `.lz4.compact`).
import { isUtf8 } from 'node:buffer';

/**
 * How bytes are packed. `lz4` is lz4-java's LZ4Block (what Spark writes), `lz4-frame` the format of the lz4 command;
 * `snappy` is xerial's (what Spark writes), `snappy-framed` the official framing. `zip` is a container: it is listed, not decoded.
 */
export type Codec = 'plain' | 'zstd' | 'gzip' | 'lz4' | 'lz4-frame' | 'snappy' | 'snappy-framed' | 'lzf' | 'zip' | 'unknown' | 'empty';

/** What went wrong while decoding, filled in as the bytes come. Content never throws, it is noted here. */
export interface DecodeNotes {
  /** The bytes end before the format says so: a killed application, a partial upload. Always false for plain text (the reader sees the open line). */
  truncated: boolean;
  /** Offset in the compressed bytes of the first damage. */
  corruptAt?: number;
  /** The first thing that went wrong, for people. */
  message?: string;
  /** Decoding stopped at a limit of DecodeLimits. */
  outputCapped?: boolean;
  /** Bytes behind the last frame or member that are no part of the log: padding or junk. */
  trailingBytes?: number;
}

/** Fresh notes: nothing wrong so far. */
export const emptyNotes = (): DecodeNotes => ({ truncated: false });

/** Guards against compression bombs, per call of decode (a part, or one range of a part). */
export interface DecodeLimits {
  /** Decoding stops after so many bytes of output. */
  readonly maxOutputBytes: number;
  /** Decoding stops when the output exceeds FREE_OUTPUT_BYTES + maxRatio × the input used. */
  readonly maxRatio: number;
}

/**
 * Ratio: real logs pack 7–42× and Spark's own frames 5.9× (corpus of 79 logs); deflate ends at 1,032×; bombs of zstd RLE blocks reach 30,000×.
 * Bytes: 256 GiB is 2,048 times the size at which Spark 4 rolls a part by default (128 MB), far beyond any single file it means to write.
 */
export const DEFAULT_LIMITS: DecodeLimits = { maxOutputBytes: 256 * 1024 ** 3, maxRatio: 2000 };

/** Output that costs nothing whatever its ratio: a short log of one repeated line is no bomb. */
export const FREE_OUTPUT_BYTES = 64 * 1024 * 1024;

/** How many bytes of head are enough for detectCodec. */
export const HEAD_BYTES = 1024;

const MAGICS: readonly (readonly [Codec, readonly number[]])[] = [
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['gzip', [0x1f, 0x8b, 0x08]],
  ['lz4', [0x4c, 0x5a, 0x34, 0x42, 0x6c, 0x6f, 0x63, 0x6b]],
  ['lz4-frame', [0x04, 0x22, 0x4d, 0x18]],
  ['snappy', [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]],
  ['snappy-framed', [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]], // A zip without entries.
];

/** The codec of bytes that start with `head` (1 KiB is enough). Plain means text: whether it holds events is the reader's to say. */
export function detectCodec(head: Uint8Array): Codec {
  if (head.length === 0) return 'empty';
  for (const [codec, magic] of MAGICS) {
    if (magic.every((byte, i) => head[i] === byte)) return codec;
  }
  if (head[0] === 0x5a && head[1] === 0x56 && (head[2] === 0 || head[2] === 1)) return 'lzf';
  if (head.length >= 4 && (head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return 'zstd'; // Skippable frame.
  return isText(head) ? 'plain' : 'unknown';
}

/** True for an opening brace, or for a first KiB of UTF-8 without control characters: a later part of a log may start mid-line. */
function isText(head: Uint8Array): boolean {
  const bytes = head.subarray(0, HEAD_BYTES);
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < bytes.length && isSpace(bytes[at]!)) at++;
  if (bytes[at] === 0x7b) return true;
  if (bytes.some((byte) => byte < 0x20 && !isSpace(byte) && byte !== 0x1b)) return false;
  // A range may start and end inside a character: up to three bytes at each end say nothing.
  let start = 0;
  while (start < Math.min(3, bytes.length) && (bytes[start]! & 0xc0) === 0x80) start++;
  let end = bytes.length;
  for (let back = 1; back <= Math.min(4, bytes.length - start); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (length > back) end = bytes.length - back;
    break;
  }
  return isUtf8(bytes.subarray(start, end));
}

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Notes the first damage; later ones follow from it. */
export function noteCorrupt(notes: DecodeNotes, at: number, message: string): void {
  notes.corruptAt ??= at;
  notes.message ??= message;
}

/** Notes an end that came too early. */
export function noteTruncated(notes: DecodeNotes, message: string): void {
  notes.truncated = true;
  notes.message ??= message;
}
