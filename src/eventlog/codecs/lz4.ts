// LZ4 in two wrappings: lz4-java's LZ4Block, which Spark writes to `.lz4`, and the LZ4 frame format of the lz4 command.
// Laws: block decoding is bounds-checked on both sides; end marks may stand in the middle (concatenation); a missing one is a cut.
import type { ByteReader } from './byte-reader.ts';
import { type DecodeNotes, noteCorrupt, noteTruncated } from './codec.ts';
import { copyLiteral, copyMatch } from './copy.ts';
import { BlockOutput } from './output.ts';

/**
 * Decodes one LZ4 block `src[from, to)` into `dst[at, limit)`; matches reach back to `base` at most.
 * Gives the position behind the output, or its complement (`~`) when the block is damaged or cut: what precedes it is written.
 */
export function lz4Block(src: Uint8Array, from: number, to: number, dst: Uint8Array, at: number, limit: number, base: number): number {
  let s = from;
  let d = at;
  while (s < to) {
    const token = src[s++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (s >= to) return ~d;
        more = src[s++]!;
        literals += more;
      } while (more === 255);
    }
    if (literals > to - s || literals > limit - d) {
      const rest = Math.min(literals, to - s, limit - d);
      copyLiteral(src, s, dst, d, rest);
      return ~(d + rest);
    }
    copyLiteral(src, s, dst, d, literals);
    s += literals;
    d += literals;
    if (s === to) return d;
    if (to - s < 2) return ~d;
    const distance = src[s]! | (src[s + 1]! << 8);
    s += 2;
    if (distance === 0 || distance > d - base) return ~d;
    let length = token & 15;
    if (length === 15) {
      let more: number;
      do {
        if (s >= to) return ~d;
        more = src[s++]!;
        length += more;
      } while (more === 255);
    }
    length += 4;
    if (length > limit - d) return ~d;
    copyMatch(dst, d, distance, length);
    d += length;
  }
  return from === to ? d : ~d; // A block ends with literals, never with a match.
}

const BLOCK_MAGIC = Buffer.from('LZ4Block');
const BLOCK_HEADER = 21;
/** lz4-java: the low nibble of the token gives the block size as 2^(10 + n). */
const LEVEL_BASE = 10;

/** LZ4Block: `LZ4Block`, token, packed length, unpacked length, checksum (not checked), then the block. */
export async function* decodeLz4Java(reader: ByteReader, notes: DecodeNotes): AsyncGenerator<Uint8Array> {
  const out = new BlockOutput();
  let ended = true;
  for (;;) {
    if (!reader.has(BLOCK_HEADER) && !(await reader.fill(BLOCK_HEADER))) break;
    const token = reader.buf[reader.pos + 8]!;
    const packed = reader.u32le(9);
    const unpacked = reader.u32le(13);
    const method = token & 0xf0;
    if (!reader.view(8).equals(BLOCK_MAGIC)) {
      if (ended) notes.trailingBytes = await reader.drain();
      else noteCorrupt(notes, reader.offset, 'no LZ4Block header where one must be');
      yield out.take();
      return;
    }
    const sane =
      (method === 0x10 || method === 0x20) &&
      unpacked <= 1 << (LEVEL_BASE + (token & 15)) &&
      packed <= unpacked + (unpacked >> 8) + 64 &&
      (method === 0x20 || packed === unpacked) &&
      (packed === 0) === (unpacked === 0);
    if (!sane) {
      noteCorrupt(notes, reader.offset, 'an LZ4Block header is damaged');
      yield out.take();
      return;
    }
    ended = unpacked === 0; // An end mark; Spark reads on behind it, for logs may be joined.
    if (!out.fits(unpacked)) yield out.take();
    const whole = reader.has(BLOCK_HEADER + packed) || (await reader.fill(BLOCK_HEADER + packed));
    const have = whole ? packed : Math.max(0, reader.available - BLOCK_HEADER);
    const from = reader.pos + BLOCK_HEADER;
    out.reserve(unpacked);
    if (method === 0x10) {
      copyLiteral(reader.buf, from, out.buffer, out.used, have);
      out.used += have;
    } else {
      const end = lz4Block(reader.buf, from, from + have, out.buffer, out.used, out.used + unpacked, out.used);
      if (whole && end !== out.used + unpacked) {
        noteCorrupt(notes, reader.offset, 'an LZ4 block is damaged');
        yield out.take();
        return;
      }
      out.used = end < 0 ? ~end : end;
    }
    reader.consume(BLOCK_HEADER + have);
    if (!whole) {
      noteTruncated(notes, 'the log ends inside an LZ4 block: the application was killed or is still running, or the file is cut');
      yield out.take();
      return;
    }
  }
  yield out.take();
  const left = reader.available;
  reader.consume(left);
  if (ended && left > 0 && !BLOCK_MAGIC.subarray(0, left).equals(reader.buf.subarray(reader.pos - left, reader.pos - left + 8))) {
    notes.trailingBytes = left;
  } else if (!ended || left > 0) {
    noteTruncated(notes, 'the LZ4 end mark is missing: the application was killed or is still running');
  }
}

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
/** Matches reach back 64 KiB, over block borders in frames with linked blocks. */
const HISTORY = 64 * 1024;

/** The LZ4 frame format, frames concatenated; checksums are not checked. */
export async function* decodeLz4Frame(reader: ByteReader, notes: DecodeNotes): AsyncGenerator<Uint8Array> {
  for (let frame = 0; ; frame++) {
    if (!(await reader.fill(4))) {
      if (reader.available > 0) notes.trailingBytes = reader.available;
      reader.consume(reader.available);
      return;
    }
    const magic = reader.u32le(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE && (await reader.fill(8))) {
      if (await reader.skip(8 + reader.u32le(4))) continue;
      noteTruncated(notes, 'the log ends inside a skippable LZ4 frame');
      return;
    }
    if (magic !== FRAME_MAGIC) {
      if (frame > 0) notes.trailingBytes = await reader.drain();
      else noteCorrupt(notes, reader.offset, 'no LZ4 frame where one must be');
      return;
    }
    if (!(yield* lz4FrameBlocks(reader, notes))) return;
  }
}

/** One frame; false when nothing sensible can follow. */
async function* lz4FrameBlocks(reader: ByteReader, notes: DecodeNotes): AsyncGenerator<Uint8Array, boolean> {
  const cut = (): false => {
    noteTruncated(notes, 'the LZ4 frame is open: the file is cut or still being written');
    return false;
  };
  if (!(await reader.fill(7))) return cut();
  const flags = reader.buf[reader.pos + 4]!;
  const sizeCode = (reader.buf[reader.pos + 5]! >> 4) & 7;
  if (flags >> 6 !== 1 || sizeCode < 4) {
    noteCorrupt(notes, reader.offset, 'an LZ4 frame header is damaged');
    return false;
  }
  const linked = (flags & 0x20) === 0;
  const blockSum = flags & 0x10 ? 4 : 0;
  const contentSum = flags & 4 ? 4 : 0;
  if (!(await reader.skip(7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0)))) return cut();
  const maxBlock = 1 << (8 + 2 * sizeCode);
  const buffer = new Uint8Array(HISTORY + maxBlock);
  let base = HISTORY;
  for (;;) {
    if (!reader.has(4) && !(await reader.fill(4))) return cut();
    const head = reader.u32le(0);
    if (head === 0) {
      reader.consume(4);
      return (await reader.skip(contentSum)) || cut();
    }
    const stored = head >>> 31 === 1;
    const packed = head & 0x7fffffff;
    if (packed > maxBlock) {
      noteCorrupt(notes, reader.offset, 'an LZ4 block has an impossible size');
      return false;
    }
    const whole = reader.has(4 + packed + blockSum) || (await reader.fill(4 + packed + blockSum));
    const have = Math.min(packed, reader.available - 4);
    const from = reader.pos + 4;
    let end = HISTORY + have;
    if (stored) copyLiteral(reader.buf, from, buffer, HISTORY, have);
    else end = lz4Block(reader.buf, from, from + have, buffer, HISTORY, buffer.length, linked ? base : HISTORY);
    if (end < 0 && have === packed) {
      noteCorrupt(notes, reader.offset, 'an LZ4 block is damaged');
      return false;
    }
    if (end < 0) end = ~end;
    reader.consume(whole ? 4 + packed + blockSum : reader.available);
    if (end > HISTORY) yield buffer.subarray(HISTORY, end);
    if (!whole) return cut();
    if (linked) {
      buffer.copyWithin(0, end - HISTORY, end);
      base = Math.max(0, base - (end - HISTORY));
    }
  }
}
