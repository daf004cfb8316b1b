// What is refused and in which words: wrong files, damage, other writers, a disk that takes no more; and what the room may not contain.

import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FiresteelError } from '../base/index.ts';
import { type Ledger, type LedgerOptions, openLedger } from './index.ts';
import { POSTGRES, SQLITE } from './migrations/home.ts';
import { migrationsFor } from './migrations/index.ts';
import { start } from './testing/samples.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-faults-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (place: string, options: LedgerOptions = {}): Promise<Ledger> => openLedger(place, { isAlive: () => false, ...options });

async function failureOf(work: () => Promise<unknown>): Promise<FiresteelError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FiresteelError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('the room', () => {
  it('has no UPDATE and no DELETE', () => {
    const files = globSync('src/ledger/**/*.ts').filter((file) => !/\.test\.ts$|\/testing\//.test(file));
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      expect(text, file).not.toMatch(/updateTable|deleteFrom|replaceInto|mergeInto|onConflict|onDuplicateKey/);
      // Raw SQL: the words appear only in the triggers that refuse them.
      for (const line of text.split('\n'))
        if (/sql`|exec\(/.test(line) && /\b(update|delete|truncate)\b/i.test(line)) expect(line, file).toMatch(/create trigger/);
    }
  });

  it('has the same migrations for both homes, in the order of their names', () => {
    const names = Object.keys(migrationsFor(SQLITE));
    expect(names).toEqual(Object.keys(migrationsFor(POSTGRES)));
    expect(names).toEqual([...names].sort());
    const files = globSync('src/ledger/migrations/[0-9]*.ts').map((file) => file.split('/').at(-1)?.replace('.ts', ''));
    expect(names).toEqual(files.sort());
  });
});

describe('faults', () => {
  it('of a file are told in words, and the file is left as it was', async () => {
    const at = (name: string) => join(folder, 'faults', name);
    await mkdir(at('folder'), { recursive: true });
    await writeFile(
      at('text.db'),
      'this is no database, and it is longer than a hundred bytes so that SQLite reads a whole header of it, which is nonsense.',
    );
    const other = new DatabaseSync(at('other.db'));
    other.exec('create table shop (id integer)');
    other.close();
    const before = await readFile(at('other.db'));
    const damaged = await open(at('damaged.db'));
    await damaged.startRun(start('r-1'));
    await damaged.close();
    const bytes = await readFile(at('damaged.db'));
    bytes.fill(0x5a, 4096, 4096 * 6);
    await writeFile(at('damaged.db'), bytes);
    const told: string[] = [];
    for (const place of [
      at('folder'),
      at('text.db'),
      at('other.db'),
      at('text.db/ledger.db'),
      at('damaged.db'),
      '/proc/none/ledger.db',
      'mysql://u:secret@host/x',
    ]) {
      const error = await failureOf(async () => {
        const ledger = await open(place);
        try {
          await ledger.runs();
        } finally {
          await ledger.close();
        }
      });
      told.push(`${error.code} | ${error.message} | ${error.nextStep}`.replaceAll(folder, ''));
    }
    expect(told).toMatchInlineSnapshot(`
      [
        "wrong-usage | /faults/folder is a folder, not a ledger. | Give a file, for example /faults/folder/ledger.db.",
        "wrong-usage | The ledger /faults/text.db is no SQLite file. | It was left as it is. Give another file.",
        "wrong-usage | /faults/other.db is a SQLite database, but not a ledger of Firesteel. | It was left as it is. Give another file with --ledger, for example /faults/firesteel-other.db.",
        "wrong-usage | The ledger /faults/text.db/ledger.db cannot be made: a part of its path is a file. | Give a path in a folder.",
        "corrupt-input | The ledger /faults/damaged.db is damaged. | Keep the file; restore a copy, or give another ledger.",
        "unwritable | The ledger /proc/none/ledger.db cannot be made in that folder. | Give a path in a folder that you may write to.",
        "wrong-usage | mysql://u@host/x is no place for a ledger. | Give the path of a file, or postgres://user@host/database.",
      ]
    `);
    expect(await readFile(at('other.db'))).toEqual(before);
  });

  it('of a busy file come after some patience', async () => {
    const place = join(folder, 'busy.db');
    const ledger = await open(place, { patienceMs: 200 });
    const other = new DatabaseSync(place);
    other.exec('begin immediate');
    const error = await failureOf(() => ledger.startRun(start('r-1')));
    expect(error.message).toContain('stayed busy');
    other.exec('rollback');
    await ledger.startRun(start('r-1'));
    other.close();
    await ledger.close();
  });

  it('of a disk that takes no more leave what was told before', async () => {
    const place = join(folder, 'full.db');
    const writer = fileURLToPath(new URL('./testing/writer.ts', import.meta.url));
    // A limit on the size of files stands for the disk: the write fails in the middle of a transaction.
    const done = spawnSync('bash', ['-c', 'ulimit -f 300; exec "$@"', 'bash', process.execPath, writer, place, 'w', '0'], {
      encoding: 'utf8',
    });
    expect(done.stderr).toMatch(/FiresteelError: The ledger .*full\.db could not be (read or )?written/);
    const told = done.stdout.split('\n').filter((line) => line.startsWith('r-'));
    expect(told.length).toBeGreaterThan(0);
    const ledger = await open(place);
    const known = new Set((await ledger.runs()).map((run) => run.runId));
    for (const runId of told) expect(known.has(runId), runId).toBe(true);
    await ledger.startRun(start('r-after'));
    await ledger.close();
  });
});
