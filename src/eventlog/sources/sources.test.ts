// Laws of sources: any range of any file in any chunking gives its bytes; handles close; errors say what to do.
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { memorySource, openFile, readHead, streamSource } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sources-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255));
const path = join(folder, 'file');
writeFileSync(path, bytes);

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces);
}

it('gives any range in any chunking, from a file as from memory', async () => {
  for (const chunkBytes of [1, 7, 1024, 5000, 10_000]) {
    for (const [start, end] of [
      [0, undefined],
      [0, 0],
      [13, 14],
      [4990, 99_999],
      [17, 4001],
    ] as const) {
      const wanted = bytes.subarray(start, end);
      expect((await all(openFile(path, { chunkBytes }).read(start, end))).equals(wanted), `${chunkBytes} ${start}`).toBe(true);
      expect((await all(memorySource('m', bytes, chunkBytes).read(start, end))).equals(wanted)).toBe(true);
    }
  }
});

it('can be read twice at a time, and knows its size and name', async () => {
  const file = openFile(path, { name: 'label/file', chunkBytes: 64 });
  expect(file).toMatchObject({ size: 5000, name: 'label/file', path });
  const [a, b] = await Promise.all([all(file.read()), all(file.read(100))]);
  expect(a.equals(bytes) && b.equals(bytes.subarray(100))).toBe(true);
  expect((await readHead(file, 100)).equals(bytes.subarray(0, 100))).toBe(true);
  expect((await readHead(file, 1e6)).length).toBe(5000);
});

it.skipIf(process.platform !== 'linux')('closes its handle however the reading ends', async () => {
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let i = 0; i < 50; i++) {
    for await (const _ of openFile(path, { chunkBytes: 10 }).read()) break;
    await all(openFile(path).read());
  }
  expect(open()).toBeLessThan(before + 20);
});

it('ends where a file that got shorter ends', async () => {
  const shrinking = join(folder, 'shrinking');
  writeFileSync(shrinking, bytes);
  const file = openFile(shrinking);
  truncateSync(shrinking, 100);
  expect((await all(file.read())).length).toBe(100);
});

it('says what to do when there is no file', async () => {
  expect(() => openFile(join(folder, 'none'))).toThrow(
    expect.objectContaining({ code: 'not-found', nextStep: expect.stringMatching(/path/) }),
  );
  expect(() => openFile(join(path, 'below'))).toThrow(expect.objectContaining({ code: 'not-found' }));
  const gone = join(folder, 'gone');
  writeFileSync(gone, 'x');
  const file = openFile(gone);
  rmSync(gone);
  await expect(all(file.read())).rejects.toMatchObject({ code: 'not-found' });
});

it('a stream can be looked at and then read, once', async () => {
  const source = streamSource(Readable.from([bytes.subarray(0, 3), bytes.subarray(3, 2000), bytes.subarray(2000)]), 'stdin');
  expect((await source.peek(10)).subarray(0, 10).equals(bytes.subarray(0, 10))).toBe(true);
  expect((await all(source.read())).equals(bytes)).toBe(true);
  expect(() => source.read()).toThrow(/once/);
  expect(() => streamSource(Readable.from([]), 's').read(5)).toThrow(/ranges/);
  const empty = streamSource(Readable.from([]), 's');
  expect((await empty.peek(10)).length).toBe(0);
  expect((await all(empty.read())).length).toBe(0);
});
