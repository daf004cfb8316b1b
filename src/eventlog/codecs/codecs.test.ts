// Laws of all codecs at once: the same text whatever the wrapping, the chunking or the cut; nothing throws; bombs stop.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, constants as zlib, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { FiresteelError } from '../../base/index.ts';
import { memorySource, openFile } from '../sources/index.ts';
import { type Codec, DEFAULT_LIMITS, type DecodeNotes, decode, detectCodec, emptyNotes, MAX_OUTPUT_CHUNK, planSplits } from './index.ts';
import { gzipPerLine, lz4Frame, lz4Java, lzf, skippable, snappyFramed, snappyJava, zstdPerLine } from './testing/encoders.ts';

/** Lines of very different length, with repeats far and near, runs, and characters of two, three and four bytes. */
function sampleText(lines: number): Buffer {
  const out: string[] = [];
  let state = 12345;
  const next = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state;
  };
  for (let i = 0; i < lines; i++) {
    const noise = Array.from({ length: next() % 40 }, () => next().toString(36)).join('');
    out.push(`{"Event":"SparkListenerTaskEnd","Stage ID":${i % 7},"é漢😀":"${noise}","run":"${'x'.repeat(next() % 300)}"}\n`);
  }
  return Buffer.from(out.join(''));
}

const TEXT = sampleText(400);
const SHORT = sampleText(4);

const withSum = { params: { [zlib.ZSTD_c_checksumFlag]: 1 } };
const ENCODINGS: readonly (readonly [string, Codec, (text: Buffer) => Buffer])[] = [
  ['plain', 'plain', (text) => text],
  ['zstd, one frame', 'zstd', (text) => zstdCompressSync(text)],
  ['zstd, one frame with checksum', 'zstd', (text) => zstdCompressSync(text, withSum)],
  ['zstd, a frame a line', 'zstd', zstdPerLine],
  ['zstd between skippable frames', 'zstd', (text) => Buffer.concat([skippable(5), zstdPerLine(text), skippable(0), skippable(3000)])],
  ['gzip, one member', 'gzip', (text) => gzipSync(text)],
  ['gzip, a member a line', 'gzip', gzipPerLine],
  ['LZ4Block, literals', 'lz4', (text) => lz4Java(text, false)],
  ['LZ4Block, matches', 'lz4', (text) => lz4Java(text, true)],
  ['LZ4Block, end marks in the middle', 'lz4', (text) => lz4Java(text, true, 'every')],
  ['LZ4 frame', 'lz4-frame', (text) => lz4Frame(text, false)],
  [
    'LZ4 frame, linked blocks, twice',
    'lz4-frame',
    (text) => Buffer.concat([lz4Frame(text.subarray(0, 90), true), lz4Frame(text.subarray(90), true)]),
  ],
  ['snappy xerial', 'snappy', (text) => snappyJava(text)],
  ['snappy xerial, header again', 'snappy', (text) => snappyJava(text, 2)],
  ['snappy framed', 'snappy-framed', snappyFramed],
  ['lzf', 'lzf', lzf],
];

interface Result {
  readonly text: Buffer;
  readonly notes: DecodeNotes;
  readonly largest: number;
}

async function run(codec: Codec, packed: Buffer, chunkBytes = packed.length || 1, limits = DEFAULT_LIMITS): Promise<Result> {
  const notes = emptyNotes();
  const pieces: Buffer[] = [];
  let largest = 0;
  for await (const chunk of decode(codec, memorySource('t', packed, chunkBytes).read(), limits, notes)) {
    largest = Math.max(largest, chunk.length);
    pieces.push(Buffer.from(chunk));
  }
  return { text: Buffer.concat(pieces), notes, largest };
}

describe.each(ENCODINGS)('%s', (_, codec, encode) => {
  it('is found by its first bytes', () => {
    expect(detectCodec(encode(TEXT).subarray(0, 1024))).toBe(codec);
  });

  it('gives the text, however the bytes arrive', async () => {
    const packed = encode(TEXT);
    for (const chunkBytes of [1, 7, 4096, 65_536, packed.length]) {
      const { text, notes } = await run(codec, packed, chunkBytes);
      expect(text.equals(TEXT), `chunks of ${chunkBytes}`).toBe(true);
      expect(notes).toEqual({ truncated: false });
    }
  });

  it('gives a prefix that only grows, wherever it is cut', async () => {
    const packed = encode(SHORT);
    let before = 0;
    for (let end = 0; end <= packed.length; end++) {
      const { text, notes } = await run(codec, packed.subarray(0, end), 13);
      expect(text.equals(SHORT.subarray(0, text.length)), `cut at ${end}`).toBe(true);
      expect(text.length).toBeGreaterThanOrEqual(before);
      if (end > 8) expect(notes.corruptAt, `cut at ${end}`).toBeUndefined();
      before = text.length;
    }
    expect(before).toBe(SHORT.length);
  });

  it('never throws on damage, and the result does not depend on chunks', async () => {
    const packed = encode(SHORT);
    const damage = fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const bad = Buffer.from(packed);
        for (const [at, byte] of changes) bad[at] = byte;
        const whole = await run(codec, bad);
        const pieces = await run(codec, bad, 11);
        expect(pieces.text.equals(whole.text)).toBe(true);
        expect(pieces.notes).toEqual(whole.notes);
      }),
      { seed: 17, numRuns: 60 },
    );
  });
});

describe('junk', () => {
  it('never throws, for any codec', async () => {
    const codecs = [...new Set(ENCODINGS.map(([, codec]) => codec)), 'zip', 'unknown', 'empty'] as Codec[];
    const heads = ENCODINGS.map(([, , encode]) => encode(SHORT));
    const head = fc.record({ of: fc.constantFrom(...heads), length: fc.nat(40) });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...codecs), head, fc.uint8Array({ maxLength: 400 }), async (codec, { of, length }, junk) => {
        const { text } = await run(codec, Buffer.concat([of.subarray(0, length), junk]), 64);
        expect(text.length).toBeLessThanOrEqual(DEFAULT_LIMITS.maxOutputBytes);
      }),
      { seed: 4, numRuns: 600 },
    );
  });
});

describe('zstd damage', () => {
  const frames = ['one\n', 'two\n', 'three\n'].map((line) => zstdCompressSync(Buffer.from(line.repeat(50)), withSum));
  const starts = [0, frames[0]!.length, frames[0]!.length + frames[1]!.length];

  it('costs the damaged frame only', async () => {
    const packed = Buffer.concat(frames);
    packed[starts[2]! - 1]! ^= 0xff; // The checksum of the second frame.
    const { text, notes } = await run('zstd', packed);
    expect(text.toString()).toContain('three\n');
    expect(text.toString()).toContain('one\n');
    expect(notes.corruptAt).toBeGreaterThanOrEqual(starts[1]!);
    expect(notes.message).toMatch(/zstd/);
    expect(notes.truncated).toBe(false);
  });

  it('goes on at the next frame after bytes of no frame', async () => {
    const { text, notes } = await run('zstd', Buffer.concat([frames[0]!, Buffer.from('garbage'), frames[2]!]), 5);
    expect(text.toString()).toBe('one\n'.repeat(50) + 'three\n'.repeat(50));
    expect(notes.corruptAt).toBe(starts[1]);
  });

  it('goes on at the next frame after an impossible block', async () => {
    const bad = Buffer.from(frames[1]!);
    const descriptor = bad[4]!;
    const header = 5 + 1 - ((descriptor >> 5) & 1) + [(descriptor >> 5) & 1, 2, 4, 8][descriptor >> 6]!;
    bad[header] = bad[header]! | 6; // Block type 3 is reserved.
    const { text, notes } = await run('zstd', Buffer.concat([frames[0]!, bad, frames[2]!]), 3);
    expect(text.toString()).toBe('one\n'.repeat(50) + 'three\n'.repeat(50));
    expect(notes.corruptAt).toBe(starts[1]! + header);
  });

  it('keeps what precedes it in a small frame, to the block', async () => {
    const text = sampleText(3000);
    const packed = zstdCompressSync(text, withSum);
    packed[packed.length - 1]! ^= 1;
    const result = await run('zstd', packed);
    expect(result.text.equals(text)).toBe(true);
    expect(result.notes.message).toMatch(/cannot be decoded/);
  });

  it('counts what was appended', async () => {
    const { text, notes } = await run('zstd', Buffer.concat([frames[0]!, Buffer.alloc(100)]));
    expect(text.toString()).toBe('one\n'.repeat(50));
    expect(notes).toEqual({ truncated: false, trailingBytes: 100 });
  });

  it('an open last frame gives what it holds', async () => {
    const text = sampleText(20_000);
    const packed = Buffer.concat([frames[0]!, zstdCompressSync(text)]);
    const { text: got, notes, largest } = await run('zstd', packed.subarray(0, packed.length - 3), 65_536);
    expect(got.length).toBeGreaterThan(text.length * 0.9);
    expect(
      Buffer.concat([Buffer.from('one\n'.repeat(50)), text])
        .subarray(0, got.length)
        .equals(got),
    ).toBe(true);
    expect(notes.truncated).toBe(true);
    expect(largest).toBeLessThanOrEqual(MAX_OUTPUT_CHUNK);
  });
});

describe('gzip tails', () => {
  const member = gzipSync(SHORT);

  it('junk and padding behind the last member are no damage', async () => {
    for (const tail of [Buffer.alloc(512), Buffer.from('junk'), Buffer.from([0x1f, 0x8b])]) {
      const { text, notes } = await run('gzip', Buffer.concat([member, member, tail]));
      expect(text.equals(Buffer.concat([SHORT, SHORT]))).toBe(true);
      expect(notes).toEqual({ truncated: false, trailingBytes: tail.length });
    }
  });

  it('a wrong checksum is noted, and the text kept', async () => {
    const bad = Buffer.from(member);
    bad[bad.length - 8]! ^= 1;
    const { text, notes } = await run('gzip', bad);
    expect(text.equals(SHORT)).toBe(true);
    expect(notes.message).toMatch(/checksum/);
  });

  it('optional header fields are passed over', async () => {
    const extra = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 4 | 8 | 16 | 2, 0, 0, 0, 0, 0, 3, 3, 0]),
      Buffer.from('abcname\0comment\0hc'),
    ]);
    const { text, notes } = await run('gzip', Buffer.concat([extra, member.subarray(10)]), 3);
    expect(text.equals(SHORT)).toBe(true);
    expect(notes).toEqual({ truncated: false });
  });
});

describe('LZ4Block end mark', () => {
  it('missing is a cut, not damage', async () => {
    const { text, notes } = await run('lz4', lz4Java(TEXT, true, 'none'));
    expect(text.equals(TEXT)).toBe(true);
    expect(notes.truncated).toBe(true);
    expect(notes.corruptAt).toBeUndefined();
  });
});

describe('limits', () => {
  const bomb = Buffer.alloc(160 * 1024 * 1024, 'a');
  const zstd = zstdCompressSync(bomb);
  const gzip = gzipSync(bomb, { level: 1 });

  it('stop a bomb by its ratio', async () => {
    for (const [codec, packed] of [
      ['zstd', zstd],
      ['gzip', gzip],
    ] as const) {
      const { notes, largest } = await run(codec, packed, 4096, { ...DEFAULT_LIMITS, maxRatio: 20 });
      expect(notes.outputCapped).toBe(true);
      expect(notes.message).toMatch(/bomb/);
      expect(largest).toBeLessThanOrEqual(MAX_OUTPUT_CHUNK);
    }
  });

  it('stop at an absolute size, to the byte', async () => {
    const { text, notes } = await run('zstd', zstd, 4096, { ...DEFAULT_LIMITS, maxOutputBytes: 5_000_001 });
    expect(text.length).toBe(5_000_001);
    expect(notes.outputCapped).toBe(true);
  });
});

describe('sources', () => {
  it('are closed when the reader stops early', async () => {
    let closed = false;
    async function* chunks() {
      try {
        for (;;) yield zstdCompressSync(SHORT);
      } finally {
        closed = true;
      }
    }
    for await (const _ of decode('zstd', chunks())) break;
    expect(closed).toBe(true);
  });

  it('that are damaged are noted after what they gave; other errors pass', async () => {
    async function* failing(error: Error) {
      yield zstdPerLine(SHORT).subarray(0, 400);
      throw error;
    }
    const notes = emptyNotes();
    let length = 0;
    for await (const chunk of decode('zstd', failing(new FiresteelError('corrupt-input', 'bad zip', '')), DEFAULT_LIMITS, notes))
      length += chunk.length;
    expect(length).toBeGreaterThan(0);
    expect(notes.corruptAt).toBe(400);
    const broken = async () => {
      for await (const _ of decode('zstd', failing(new Error('EIO'))));
    };
    await expect(broken()).rejects.toThrow('EIO');
  });
});

describe('planSplits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'splits-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const big = sampleText(12_000);
  const slices = Array.from({ length: Math.ceil(big.length / 9973) }, (_, i) => big.subarray(i * 9973, (i + 1) * 9973));
  const frames = Buffer.concat(slices.map((slice) => zstdCompressSync(slice)));
  const damaged = Buffer.from(frames);
  damaged.fill(0xff, damaged.length / 2, damaged.length / 2 + 50);
  const cases: readonly (readonly [string, Codec, Buffer, number])[] = [
    ['plain', 'plain', big, 4],
    ['frames', 'zstd', frames, 3],
    ['damaged frames', 'zstd', damaged, 2],
    ['cut frames', 'zstd', frames.subarray(0, frames.length - 10), 3],
    ['one frame', 'zstd', zstdCompressSync(big), 1],
    ['gzip', 'gzip', gzipSync(big), 1],
    ['lz4', 'lz4', lz4Java(big, false), 1],
  ];

  it.each(cases)('%s: the ranges give the whole', async (name, codec, bytes, least) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const file = openFile(path);
    const whole = await run(codec, bytes);
    const ranges = await planSplits(file, codec, 4);
    expect(ranges.length).toBeGreaterThanOrEqual(least);
    expect(ranges[0]!.start).toBe(0);
    expect(ranges.at(-1)!.end).toBe(bytes.length);
    const pieces: Buffer[] = [];
    for (const [i, { start, end }] of ranges.entries()) {
      if (i > 0) expect(start).toBe(ranges[i - 1]!.end);
      for await (const chunk of decode(codec, file.read(start, end))) pieces.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(pieces).equals(whole.text)).toBe(true);
  });

  it('leaves small files and files that cannot be opened again in one piece', async () => {
    expect(await planSplits(memorySource('m', big), 'plain', 4)).toEqual([{ start: 0, end: big.length }]);
    writeFileSync(join(folder, 'small'), SHORT);
    expect(await planSplits(openFile(join(folder, 'small')), 'plain', 4)).toHaveLength(1);
  });
});

describe('detectCodec', () => {
  const cases: readonly (readonly [string, Buffer, Codec])[] = [
    ['nothing', Buffer.alloc(0), 'empty'],
    ['a byte-order mark', Buffer.from('\ufeff{"Event"'), 'plain'],
    ['space first', Buffer.from(' \r\n{"Event"'), 'plain'],
    ['the middle of a line', Buffer.from('3,"Finish Time":4}}\n{"Event":"x"}\n'), 'plain'],
    ['the middle of a character', Buffer.from('漢字 text').subarray(1), 'plain'],
    ['the end inside a character', Buffer.from('text 漢').subarray(0, 6), 'plain'],
    ['zeroes', Buffer.alloc(100), 'unknown'],
    ['UTF-16', Buffer.from('{"Event"}', 'utf16le'), 'plain'],
    ['UTF-16 with mark', Buffer.from('\ufeff{"Event"}', 'utf16le'), 'unknown'],
    ['Latin-1', Buffer.from('caf\xe9 and more text', 'latin1'), 'unknown'],
    ['zip', Buffer.from('PK\x03\x04rest'), 'zip'],
    ['a skippable frame', skippable(3), 'zstd'],
    ['almost LZF', Buffer.from('ZV\x07'), 'unknown'],
  ];
  it.each(cases)('%s', (_, head, codec) => {
    expect(detectCodec(head)).toBe(codec);
  });
});
