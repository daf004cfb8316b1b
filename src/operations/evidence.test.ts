// What a folder holds besides its logs: told by name where it looks like a log, else counted, and never twice.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Context } from './define.ts';
import { findLogs } from './evidence.ts';

const example = join(import.meta.dirname, '../../examples/daily_sales/slow');
const context: Context = { cwd: process.cwd(), signal: new AbortController().signal, progress: () => undefined, note: () => undefined };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-evidence-'));
  cpSync(example, folder, { recursive: true });
  const files: Record<string, string> = {
    'a.zstd': 'no zstd',
    'cut.zip': 'PK\u0003\u0004 cut',
    'deep/b.lz4.inprogress': '',
    application_1700000000000_0001: '\u0000\u0001\u0002',
    'app.json': '{}',
    'empty.log': '',
    '.a.zstd.crc': 'crc',
    'eventlog_v2_app-7/appstatus_app-7.inprogress': '',
    'eventlog_v2_app-8/readme.txt': 'text',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what looks like a log is told with a reason and a next step, the rest is counted', async () => {
  const found = await findLogs([folder, folder], context);
  expect(found.logs).toHaveLength(1);
  expect(found.failed).toEqual([]);
  expect(found.unread.map(({ path }) => path.slice(folder.length + 1)).sort()).toEqual([
    'a.zstd',
    'application_1700000000000_0001',
    'cut.zip',
    'deep/b.lz4.inprogress',
    'eventlog_v2_app-7/',
  ]);
  for (const { error, nextStep } of found.unread) {
    expect(error).toMatch(/^\S.*[^.]\.$/);
    expect(nextStep).toMatch(/\.$/);
  }
  // daily_sales.py, app.json, empty.log, the checksum and the readme.
  expect(found.others).toBe(5);
});

test('a log named by itself has nothing beside it, and a folder without one is told by reading it', async () => {
  expect(await findLogs([join(folder, 'eventlog_v2_app-8')], context)).toMatchObject({ logs: [{}], unread: [], others: 0 });
  expect(await findLogs([join(folder, 'a.zstd')], context)).toMatchObject({ logs: [{}], unread: [], others: 0 });
});
