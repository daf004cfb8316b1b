// The decoder below Node's public interface gives what the public one gives, on whole, cut and damaged logs alike.
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { type DecodeNotes, emptyNotes } from './codec.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { decodeZstd } from './zstd.ts';

const lines = Array.from({ length: 3000 }, (_, i) => `{"Event":"SparkListenerTaskEnd","Stage ID":${i % 7},"n":${(i * 7919) % 104729}}\n`);
const withSum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
/** Small frames, an empty one, and one that is too large to be decoded whole. */
const log = Buffer.concat([
  ...Array.from({ length: 30 }, (_, i) => zstdCompressSync(lines.slice(i * 100, i * 100 + 100).join(''), i % 2 === 0 ? withSum : {})),
  zstdCompressSync(''),
  zstdCompressSync(lines.join('').repeat(40), withSum),
  zstdCompressSync(lines[0] as string),
]);

async function read(bytes: Buffer, open: () => FrameDecoder | undefined): Promise<{ text: Buffer; notes: DecodeNotes }> {
  const notes = emptyNotes();
  const chunks = async function* () {
    yield bytes;
  };
  const out: Buffer[] = [];
  for await (const chunk of decodeZstd(new ByteReader(chunks()), notes, open)) out.push(Buffer.from(chunk));
  return { text: Buffer.concat(out), notes };
}

async function same(bytes: Buffer): Promise<void> {
  const own = await read(bytes, FrameDecoder.open);
  const publicly = await read(bytes, () => undefined);
  expect(own.text.equals(publicly.text)).toBe(true);
  const { message: a, ...ours } = own.notes;
  const { message: b, ...theirs } = publicly.notes;
  expect(ours).toEqual(theirs);
  expect(a === undefined).toBe(b === undefined);
}

test('it works on this Node', () => {
  expect(FrameDecoder.open()).toBeDefined();
});

test('whole', async () => {
  await same(log);
  expect((await read(log, FrameDecoder.open)).text.length).toBe(lines.join('').length * 41 + (lines[0] as string).length);
});

test('cut anywhere', () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: log.length }), (end) => same(log.subarray(0, end))),
    { numRuns: 60, seed: 1 },
  ));

test('damaged anywhere', () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: log.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const bytes = Buffer.from(log);
      bytes[at] = (bytes[at] as number) ^ flip;
      return same(bytes);
    }),
    { numRuns: 120, seed: 2 },
  ));
