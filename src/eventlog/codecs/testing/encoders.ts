// Small encoders for tests: every wrapping a log may come in, with the shapes that break decoders (joined streams, stored blocks, matches).
// Law: made for coverage, not for size; checksums are zero where our decoders do not look, and no product code imports this.
import { gzipSync, zstdCompressSync } from 'node:zlib';

interface Sequence {
  readonly from: number;
  readonly literals: number;
  readonly distance: number;
  readonly length: number;
}

/** Greedy LZ77 of `src[from, to)` with matches back to `base`; the last sequence is literals only (length 0). */
function sequences(
  src: Buffer,
  base: number,
  from: number,
  to: number,
  minLength: number,
  maxDistance: number,
  maxLength: number,
): Sequence[] {
  const seen = new Map<number, number>();
  const found: Sequence[] = [];
  for (let i = base; i < from && i + 4 <= to; i++) seen.set(src.readUInt32LE(i), i);
  let start = from;
  let at = from;
  while (at + 4 <= to) {
    const key = src.readUInt32LE(at);
    const before = seen.get(key);
    seen.set(key, at);
    let length = 0;
    if (before !== undefined && at - before <= maxDistance)
      while (at + length < to && length < maxLength && src[before + length] === src[at + length]) length++;
    // The last five bytes stay literals, as LZ4 demands of encoders.
    length = Math.min(length, to - 5 - at);
    if (length < minLength) {
      at++;
      continue;
    }
    found.push({ from: start, literals: at - start, distance: at - before!, length });
    at += length;
    start = at;
  }
  found.push({ from: start, literals: to - start, distance: 0, length: 0 });
  return found;
}

const blocksOf = (text: Buffer, size: number): [number, number][] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, i) => [i * size, Math.min(text.length, (i + 1) * size)]);

function lz4Length(value: number): number[] {
  const out: number[] = [];
  let left = value - 15;
  for (; left >= 255; left -= 255) out.push(255);
  return value >= 15 ? [...out, left] : [];
}

function lz4Block(src: Buffer, base: number, from: number, to: number, matches: boolean): Buffer {
  const plan = matches ? sequences(src, base, from, to, 4, 65_535, 1 << 20) : [{ from, literals: to - from, distance: 0, length: 0 }];
  const pieces: Buffer[] = [];
  for (const { from: start, literals, distance, length } of plan) {
    const token = (Math.min(15, literals) << 4) | (length > 0 ? Math.min(15, length - 4) : 0);
    pieces.push(Buffer.from([token, ...lz4Length(literals)]), src.subarray(start, start + literals));
    if (length > 0) pieces.push(Buffer.from([distance & 255, distance >> 8, ...lz4Length(length - 4)]));
  }
  return Buffer.concat(pieces);
}

function lz4Header(method: number, packed: number, unpacked: number): Buffer {
  const header = Buffer.alloc(21);
  header.write('LZ4Block');
  header[8] = method | 5; // Blocks of 32 KiB, Spark's default.
  header.writeUInt32LE(packed, 9);
  header.writeUInt32LE(unpacked, 13);
  return header;
}

/** LZ4Block as Spark writes it; every third block is stored, and `endMarks` says where end marks stand. */
export function lz4Java(text: Buffer, matches: boolean, endMarks: 'last' | 'every' | 'none' = 'last'): Buffer {
  const end = lz4Header(0x10, 0, 0);
  const pieces = blocksOf(text, 32 * 1024).flatMap(([from, to], i) => {
    const data = i % 3 === 2 ? text.subarray(from, to) : lz4Block(text, from, from, to, matches);
    return [lz4Header(i % 3 === 2 ? 0x10 : 0x20, data.length, to - from), data, ...(endMarks === 'every' ? [end] : [])];
  });
  return Buffer.concat(endMarks === 'last' ? [...pieces, end] : pieces);
}

/** The LZ4 frame format with 64 KiB blocks, linked or not, with checksums of zero. */
export function lz4Frame(text: Buffer, linked: boolean): Buffer {
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40 | (linked ? 0 : 0x20) | 0x10 | 0x04, 0x40, 0]);
  const pieces: Buffer[] = [header];
  for (const [i, [from, to]] of blocksOf(text, 64 * 1024).entries()) {
    const stored = i % 3 === 2;
    const data = stored ? text.subarray(from, to) : lz4Block(text, linked ? Math.max(0, from - 65_535) : from, from, to, true);
    const size = Buffer.alloc(4);
    size.writeUInt32LE((data.length | (stored ? 0x80000000 : 0)) >>> 0);
    pieces.push(size, data, Buffer.alloc(4));
  }
  return Buffer.concat([...pieces, Buffer.alloc(4), Buffer.alloc(4)]);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) out.push((left & 127) | 128);
  return Buffer.from([...out, left]);
}

function snappyLiteral(data: Buffer): Buffer {
  const n = data.length - 1;
  if (n < 60) return Buffer.concat([Buffer.from([n << 2]), data]);
  return Buffer.concat([n < 256 ? Buffer.from([60 << 2, n]) : Buffer.from([61 << 2, n & 255, n >> 8]), data]);
}

/** A raw snappy block with literals and copies of all three widths. */
export function snappyRaw(text: Buffer, matches = true): Buffer {
  const pieces: Buffer[] = [varint(text.length)];
  const plan = matches ? sequences(text, 0, 0, text.length, 4, 65_535, 64) : [{ from: 0, literals: text.length, distance: 0, length: 0 }];
  for (const [i, { from, literals, distance, length }] of plan.entries()) {
    if (literals > 0) pieces.push(snappyLiteral(text.subarray(from, from + literals)));
    if (length === 0) continue;
    if (length <= 11 && distance < 2048) pieces.push(Buffer.from([((distance >> 8) << 5) | ((length - 4) << 2) | 1, distance & 255]));
    else if (i % 5 === 0) pieces.push(Buffer.from([((length - 1) << 2) | 3, distance & 255, distance >> 8, 0, 0]));
    else pieces.push(Buffer.from([((length - 1) << 2) | 2, distance & 255, distance >> 8]));
  }
  return Buffer.concat(pieces);
}

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);

/** xerial snappy; the header comes again before every `headerEvery`-th block. */
export function snappyJava(text: Buffer, headerEvery = Number.POSITIVE_INFINITY): Buffer {
  const pieces = blocksOf(text, 32 * 1024).flatMap(([from, to], i) => {
    const data = snappyRaw(text.subarray(from, to), i % 3 !== 2);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return [...(i > 0 && i % headerEvery === 0 ? [XERIAL] : []), length, data];
  });
  return Buffer.concat([XERIAL, ...pieces]);
}

function framedChunk(type: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, data.length & 255, (data.length >> 8) & 255, data.length >> 16]), data]);
}

/** The official framing, with padding, a skippable chunk and the identifier again in the middle. */
export function snappyFramed(text: Buffer): Buffer {
  const identifier = framedChunk(0xff, Buffer.from('sNaPpY'));
  const pieces = blocksOf(text, 60_000).flatMap(([from, to], i) => {
    const data = text.subarray(from, to);
    const chunk =
      i % 2 === 1
        ? framedChunk(1, Buffer.concat([Buffer.alloc(4), data]))
        : framedChunk(0, Buffer.concat([Buffer.alloc(4), snappyRaw(data)]));
    return [chunk, ...(i === 0 ? [framedChunk(0xfe, Buffer.alloc(9)), identifier, framedChunk(0x90, Buffer.from('skip me'))] : [])];
  });
  return Buffer.concat([identifier, ...pieces]);
}

function lzfRaw(text: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (const { from, literals, distance, length } of sequences(text, 0, 0, text.length, 4, 8192, 264)) {
    for (let at = from; at < from + literals; at += 32) {
      const run = text.subarray(at, Math.min(from + literals, at + 32));
      pieces.push(Buffer.from([run.length - 1]), run);
    }
    if (length === 0) continue;
    const back = distance - 1;
    const short = Math.min(7, length - 2);
    pieces.push(Buffer.from([(short << 5) | (back >> 8), ...(short === 7 ? [length - 9] : []), back & 255]));
  }
  return Buffer.concat(pieces);
}

/** LZF chunks, every third one stored. */
export function lzf(text: Buffer): Buffer {
  return Buffer.concat(
    blocksOf(text, 20_000).flatMap(([from, to], i) => {
      const data = text.subarray(from, to);
      if (i % 3 === 2) return [Buffer.from([0x5a, 0x56, 0, data.length >> 8, data.length & 255]), data];
      const packed = lzfRaw(data);
      return [Buffer.from([0x5a, 0x56, 1, packed.length >> 8, packed.length & 255, data.length >> 8, data.length & 255]), packed];
    }),
  );
}

const linesOf = (text: Buffer): Buffer[] =>
  text
    .toString('latin1')
    .split(/(?<=\n)/)
    .map((line) => Buffer.from(line, 'latin1'));

/** A skippable zstd frame. */
export function skippable(size: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a53);
  header.writeUInt32LE(size, 4);
  return Buffer.concat([header, Buffer.alloc(size, 0x28)]);
}

/** One zstd frame per line, as Spark closes them on flush. */
export const zstdPerLine = (text: Buffer): Buffer => Buffer.concat(linesOf(text).map((line) => zstdCompressSync(line)));

/** One gzip member per line. */
export const gzipPerLine = (text: Buffer): Buffer => Buffer.concat(linesOf(text).map((line) => gzipSync(line)));
