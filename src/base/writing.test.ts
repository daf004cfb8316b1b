// Files whole or not at all: what stays when a write breaks off, who may read it, and places that are no files.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { joinedPieces, writeWhole } from './writing.ts';

let folder: string;
const made: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-writing-'));
  made.push(folder);
});
afterAll(() => {
  for (const one of made) rmSync(one, { recursive: true, force: true });
});

describe('writeWhole', () => {
  test.each<[string, string | Iterable<string> | Uint8Array, string]>([
    ['text', 'ü\n', 'ü\n'],
    ['nothing', '', ''],
    ['pieces', ['a', 'b'.repeat(200_000), 'c'], `a${'b'.repeat(200_000)}c`],
    ['bytes', new Uint8Array([104, 105]), 'hi'],
  ])('%s', async (_, content, expected) => {
    const path = join(folder, 'file');
    writeFileSync(path, 'before, and longer than what comes');
    await writeWhole(path, content);
    expect(readFileSync(path, 'utf8')).toBe(expected);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('what breaks off leaves what was there, and nothing beside it', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'before');
    function* breaks() {
      yield 'x'.repeat(100_000);
      throw new Error('no more');
    }
    await expect(writeWhole(path, breaks())).rejects.toMatchObject({ code: 'unwritable', message: expect.stringContaining('no more') });
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('folders are made when asked, and only then', async () => {
    const path = join(folder, 'a/b/file');
    await expect(writeWhole(path, '')).rejects.toMatchObject({ code: 'unwritable' });
    expect(existsSync(join(folder, 'a'))).toBe(false);
    await writeWhole(path, 'x', { makeFolder: true });
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  test('a secret is for its owner', async () => {
    await writeWhole(join(folder, 'secret'), 'x', { secret: true });
    expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600);
  });

  test('a device is written to, not replaced', async () => {
    await writeWhole('/dev/null', 'x');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('many at once: one of them is there, whole', async () => {
    const path = join(folder, 'file');
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(70_000));
    await Promise.all(texts.map((text) => writeWhole(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

test('pieces are joined, none is lost', () => {
  const pieces = Array.from({ length: 5000 }, (_, i) => `${i} `.repeat(i % 90));
  const joined = [...joinedPieces(pieces)];
  expect(joined.join('')).toBe(pieces.join(''));
  expect(joined.slice(0, -1).every((one) => one.length >= 65_536)).toBe(true);
});
