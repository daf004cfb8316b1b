// Patches on real files: whole or not at all, and back.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyChanges, journal, revertChanges } from './journal.ts';

let folder: string;
const at = (name: string) => join(folder, name);
const state = () => join(folder, '.firesteel');
const text = (name: string) => readFile(at(name), 'utf8');
const lines = (...all: string[]) => `${all.join('\n')}\n`;
const BEFORE = lines('one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine');
const AFTER = BEFORE.replace('two', 'TWO');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-journal-'));
  await writeFile(at('a.py'), BEFORE);
  await writeFile(at('b.py'), BEFORE);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const both = () => [
  { path: at('a.py'), before: BEFORE, after: AFTER },
  { path: at('b.py'), before: BEFORE, after: AFTER },
];

describe('journal', () => {
  it('writes and takes back, to the byte, with the rights of the file', async () => {
    await chmod(at('a.py'), 0o755);
    const entry = await applyChanges(state(), both(), ['TWO is louder']);
    expect(await text('a.py')).toBe(AFTER);
    expect((await stat(at('a.py'))).mode & 0o777).toBe(0o755);
    expect((await readdir(folder)).sort()).toEqual(['.firesteel', 'a.py', 'b.py']);
    const back = await revertChanges(state(), undefined);
    expect(back.id).toBe(entry.id);
    expect([await text('a.py'), await text('b.py')]).toEqual([BEFORE, BEFORE]);
    expect((await stat(at('a.py'))).mode & 0o777).toBe(0o755);
    expect((await journal(state()))[0]?.revertedMs).not.toBeNull();
  });

  it('a second revert of the same changes nothing', async () => {
    const { id } = await applyChanges(state(), both(), []);
    await revertChanges(state(), id);
    await writeFile(at('a.py'), AFTER);
    await revertChanges(state(), id);
    expect(await text('a.py')).toBe(AFTER);
  });

  it('keeps what somebody else changed in other lines', async () => {
    await applyChanges(state(), both(), []);
    await writeFile(at('a.py'), AFTER.replace('eight', 'EIGHT'));
    await revertChanges(state(), undefined);
    expect(await text('a.py')).toBe(BEFORE.replace('eight', 'EIGHT'));
  });

  it('changes nothing at all when one file has changed in the same lines', async () => {
    const { id } = await applyChanges(state(), both(), []);
    await writeFile(at('a.py'), AFTER.replace('TWO', 'two and a half'));
    await expect(revertChanges(state(), id)).rejects.toThrow(/has changed since, in the same lines/);
    expect(await text('b.py')).toBe(AFTER);
    expect((await journal(state()))[0]?.revertedMs).toBeNull();
  });

  it('writes nothing when a file is not what was read', async () => {
    await writeFile(at('b.py'), 'other\n');
    await expect(applyChanges(state(), both(), [])).rejects.toThrow(/has changed since it was read/);
    expect(await text('a.py')).toBe(BEFORE);
    expect(await journal(state())).toEqual([]);
  });

  it('changes nothing when one file cannot be written', async () => {
    await mkdir(at('.b.py.firesteel/in-the-way'), { recursive: true });
    await expect(applyChanges(state(), both(), [])).rejects.toThrow(/Nothing was changed|could not be written/);
    expect([await text('a.py'), await text('b.py')]).toEqual([BEFORE, BEFORE]);
    expect((await readdir(folder)).includes('.a.py.firesteel')).toBe(false);
  });

  it('says what is known when a name is not', async () => {
    await expect(revertChanges(state(), undefined)).rejects.toThrow(/no fix to revert/);
    const { id } = await applyChanges(state(), both(), []);
    await expect(revertChanges(state(), 'f-none')).rejects.toMatchObject({ nextStep: `Known: ${id}.` });
  });
});
