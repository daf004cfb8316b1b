// LZF as ning's compress-lzf writes it (Spark's `.lzf`): chunks `ZV`, type, lengths, data, each up to 65,535 bytes of text.
// Laws: block decoding is bounds-checked on both sides; there is no end mark, so only a cut inside a chunk can be seen.
import type { ByteReader } from './byte-reader.ts';
import { type DecodeNotes, noteCorrupt, noteTruncated } from './codec.ts';
import { copyLiteral, copyMatch } from './copy.ts';
import { BlockOutput } from './output.ts';

/**
 * Decodes one LZF block `src[from, to)` into `dst[at, limit)`.
 * Gives the position behind the output, or its complement (`~`) when the block is damaged or cut: what precedes it is written.
 */
export function lzfBlock(src: Uint8Array, from: number, to: number, dst: Uint8Array, at: number, limit: number): number {
  let s = from;
  let d = at;
  while (s < to) {
    const control = src[s++]!;
    if (control < 32) {
      const literals = control + 1;
      const fits = Math.min(literals, to - s, limit - d);
      copyLiteral(src, s, dst, d, fits);
      s += fits;
      d += fits;
      if (fits < literals) return ~d;
      continue;
    }
    let length = control >> 5;
    if (length === 7) {
      if (s >= to) return ~d;
      length += src[s++]!;
    }
    length += 2;
    if (s >= to) return ~d;
    const distance = (((control & 31) << 8) | src[s++]!) + 1;
    if (distance > d - at || length > limit - d) return ~d;
    copyMatch(dst, d, distance, length);
    d += length;
  }
  return d;
}

/** All chunks; a stored chunk has a 5-byte head, a packed one 7 bytes (packed and unpacked length, big endian). */
export async function* decodeLzf(reader: ByteReader, notes: DecodeNotes): AsyncGenerator<Uint8Array> {
  const out = new BlockOutput();
  for (;;) {
    if (!reader.has(7) && !(await reader.fill(5))) break;
    const buf = reader.buf;
    const type = buf[reader.pos + 2]!;
    if (buf[reader.pos] !== 0x5a || buf[reader.pos + 1] !== 0x56 || type > 1) {
      noteCorrupt(notes, reader.offset, 'no LZF chunk where one must be');
      yield out.take();
      return;
    }
    const head = type === 0 ? 5 : 7;
    if (!(await reader.fill(head))) break;
    const packed = reader.buf.readUInt16BE(reader.pos + 3);
    const unpacked = type === 0 ? packed : reader.buf.readUInt16BE(reader.pos + 5);
    if (!out.fits(unpacked)) yield out.take();
    const whole = reader.has(head + packed) || (await reader.fill(head + packed));
    const have = whole ? packed : reader.available - head;
    const from = reader.pos + head;
    out.reserve(unpacked);
    if (type === 0) {
      copyLiteral(reader.buf, from, out.buffer, out.used, have);
      out.used += have;
    } else {
      const end = lzfBlock(reader.buf, from, from + have, out.buffer, out.used, out.used + unpacked);
      if (whole && end !== out.used + unpacked) {
        noteCorrupt(notes, reader.offset, 'an LZF chunk is damaged');
        yield out.take();
        return;
      }
      out.used = end < 0 ? ~end : end;
    }
    reader.consume(head + have);
    if (!whole) {
      noteTruncated(notes, 'the log ends inside an LZF chunk: the application was killed or is still running, or the file is cut');
      yield out.take();
      return;
    }
  }
  yield out.take();
  if (reader.available > 0) noteTruncated(notes, 'the log ends inside the head of an LZF chunk');
  reader.consume(reader.available);
}
