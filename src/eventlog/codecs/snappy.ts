// Snappy in two wrappings: xerial's stream, which Spark writes to `.snappy`, and the official framing format.
// Laws: block decoding is bounds-checked on both sides; the xerial header may come again anywhere (joined logs); no checksum is checked.
import type { ByteReader } from './byte-reader.ts';
import { type DecodeNotes, noteCorrupt, noteTruncated } from './codec.ts';
import { copyLiteral, copyMatch } from './copy.ts';
import { BlockOutput } from './output.ts';

/** The largest block that is believed; Spark's default is 32 KiB (`spark.io.compression.snappy.blockSize`). */
const MAX_BLOCK = 64 * 1024 * 1024;

/** A snappy element of three bytes gives 64 at most. */
const MAX_EXPANSION = 22;

/** The unpacked length at the start of a raw block and the bytes it takes; undefined when cut or over 32 bits. */
export function snappyLength(src: Uint8Array, from: number, to: number): { value: number; bytes: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5 && from + i < to; i++) {
    const byte = src[from + i]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value < 2 ** 32 ? { value, bytes: i + 1 } : undefined;
  }
  return undefined;
}

/**
 * Decodes the elements of a raw snappy block (behind its length) `src[from, to)` into `dst[at, limit)`.
 * Gives the position behind the output, or its complement (`~`) when the block is damaged or cut: what precedes it is written.
 */
export function snappyBlock(src: Uint8Array, from: number, to: number, dst: Uint8Array, at: number, limit: number): number {
  let s = from;
  let d = at;
  while (s < to) {
    const tag = src[s++]!;
    const kind = tag & 3;
    let length: number;
    let distance: number;
    if (kind === 0) {
      length = (tag >> 2) + 1;
      if (length > 60) {
        const extra = length - 60;
        if (to - s < extra) return ~d;
        length = 1;
        for (let i = 0; i < extra; i++) length += src[s + i]! * 2 ** (8 * i);
        s += extra;
      }
      const fits = Math.min(length, to - s, limit - d);
      copyLiteral(src, s, dst, d, fits);
      s += fits;
      d += fits;
      if (fits < length) return ~d;
      continue;
    }
    if (kind === 1) {
      if (s >= to) return ~d;
      length = ((tag >> 2) & 7) + 4;
      distance = ((tag >> 5) << 8) | src[s]!;
      s += 1;
    } else {
      const width = kind === 2 ? 2 : 4;
      if (to - s < width) return ~d;
      length = (tag >> 2) + 1;
      distance = src[s]! | (src[s + 1]! << 8);
      if (width === 4) distance += src[s + 2]! * 65536 + src[s + 3]! * 16777216;
      s += width;
    }
    if (distance === 0 || distance > d - at || length > limit - d) return ~d;
    copyMatch(dst, d, distance, length);
    d += length;
  }
  return d;
}

/** Decodes a raw block of `have` bytes at `from` into `out`. 'cut': it is shorter than it should be, and what could be had is in `out`. */
function rawBlock(src: Uint8Array, from: number, have: number, whole: boolean, out: BlockOutput): 'ok' | 'cut' | 'bad' {
  const length = snappyLength(src, from, from + have);
  if (!length) return whole ? 'bad' : 'cut';
  out.reserve(length.value);
  const end = snappyBlock(src, from + length.bytes, from + have, out.buffer, out.used, out.used + length.value);
  if (whole && end !== out.used + length.value) return 'bad';
  out.used = end < 0 ? ~end : end;
  return whole ? 'ok' : 'cut';
}

/** True when a block of `packed` bytes claims to unpack to what snappy cannot make of them. */
function isBomb(reader: ByteReader, at: number, packed: number): boolean {
  const length = snappyLength(reader.buf, reader.pos + at, reader.end);
  return length !== undefined && (length.value > MAX_BLOCK || length.value > packed * MAX_EXPANSION);
}

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER = 16;
const XERIAL_FIRST = XERIAL_MAGIC.readUInt32BE(0);

/** xerial: a 16-byte header, then `[int32 big endian length][raw block]`, over and over. */
export async function* decodeSnappyJava(reader: ByteReader, notes: DecodeNotes): AsyncGenerator<Uint8Array> {
  const out = new BlockOutput();
  for (;;) {
    if (!reader.has(4) && !(await reader.fill(4))) break;
    const packed = reader.u32be(0);
    if (packed === XERIAL_FIRST) {
      if (!(await reader.skip(XERIAL_HEADER))) break;
      continue;
    }
    // The unpacked length stands in the first bytes of the block: look before the memory is taken.
    await reader.fill(Math.min(4 + packed, 9));
    if (packed > MAX_BLOCK || isBomb(reader, 4, packed)) {
      noteCorrupt(notes, reader.offset, 'a snappy block has an impossible length');
      yield out.take();
      return;
    }
    const whole = reader.has(4 + packed) || (await reader.fill(4 + packed));
    const have = whole ? packed : reader.available - 4;
    const length = snappyLength(reader.buf, reader.pos + 4, reader.pos + 4 + have);
    if (length && !out.fits(length.value)) yield out.take();
    const result = rawBlock(reader.buf, reader.pos + 4, have, whole, out);
    if (result === 'bad') {
      noteCorrupt(notes, reader.offset, 'a snappy block is damaged');
      yield out.take();
      return;
    }
    reader.consume(4 + have);
    if (result === 'cut') {
      noteTruncated(notes, 'the log ends inside a snappy block: the application was killed or is still running, or the file is cut');
      yield out.take();
      return;
    }
  }
  yield out.take();
  if (reader.available > 0) noteTruncated(notes, 'the log ends inside the head of a snappy block');
  reader.consume(reader.available);
}

/** The framing format's chunks hold 64 KiB of text at most. */
const FRAMED_MAX = 65_536;

/** The official framing: `[type][3-byte length][checksum][data]`; the stream identifier may come again. */
export async function* decodeSnappyFramed(reader: ByteReader, notes: DecodeNotes): AsyncGenerator<Uint8Array> {
  const out = new BlockOutput();
  for (;;) {
    if (!reader.has(4) && !(await reader.fill(4))) break;
    const type = reader.buf[reader.pos]!;
    const length = reader.u32le(0) >>> 8;
    if (type >= 0x80) {
      // Identifier, padding and skippable chunks hold no text.
      if (await reader.skip(4 + length)) continue;
      noteTruncated(notes, 'the log ends inside a snappy chunk');
      yield out.take();
      return;
    }
    if (type > 1 || length < 4 || length > 2 * FRAMED_MAX) {
      noteCorrupt(notes, reader.offset, 'a snappy chunk has an unknown type or length');
      yield out.take();
      return;
    }
    const whole = reader.has(4 + length) || (await reader.fill(4 + length));
    const have = (whole ? 4 + length : reader.available) - 8;
    if (!out.fits(FRAMED_MAX)) yield out.take();
    let result: 'ok' | 'cut' | 'bad' = whole ? 'ok' : 'cut';
    if (type === 0 && have > 0) {
      const unpacked = snappyLength(reader.buf, reader.pos + 8, reader.pos + 8 + have);
      result = unpacked && unpacked.value > FRAMED_MAX ? 'bad' : rawBlock(reader.buf, reader.pos + 8, have, whole, out);
    } else if (have > 0) {
      out.reserve(have);
      copyLiteral(reader.buf, reader.pos + 8, out.buffer, out.used, have);
      out.used += have;
    }
    if (result === 'bad') {
      noteCorrupt(notes, reader.offset, 'a snappy chunk is damaged');
      yield out.take();
      return;
    }
    reader.consume(whole ? 4 + length : reader.available);
    if (result === 'cut') {
      noteTruncated(notes, 'the log ends inside a snappy chunk');
      yield out.take();
      return;
    }
  }
  yield out.take();
  if (reader.available > 0) noteTruncated(notes, 'the log ends inside the head of a snappy chunk');
  reader.consume(reader.available);
}
