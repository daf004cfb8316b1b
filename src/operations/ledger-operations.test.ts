// runs, models and report as a user types them, over a ledger that the test fills.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../ledger/index.ts';
import { failure, job, outcome, proof, start, subject } from '../ledger/testing/samples.ts';
import { samples as reports } from '../report/testing/samples.ts';

const root = join(import.meta.dirname, '../..');
const node = join(root, 'node_modules/.bin/node');
const HOUR = 3_600_000;

let folder: string;
let empty: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-operations-'));
  empty = await mkdtemp(join(tmpdir(), 'firesteel-empty-'));
  await writeFile(
    join(folder, 'firesteel.json'),
    JSON.stringify({
      models: { daily_sales: { script: 'daily_sales.py', owner: 'Gabi', tier: 'T1', schedule: 'hourly' }, new_one: { script: 'new.py' } },
    }),
  );
  const ledger = await openLedger(join(folder, '.firesteel/ledger.db'));
  const now = Date.now();
  for (let i = 0; i < 24; i++) {
    const runId = `r-20261121-1530${String(i).padStart(2, '0')}-${(0xab0000 + i).toString(16)}`;
    const startedMs = now - (25 - i) * HOUR;
    // Half of them are of a model that no project file knows.
    await ledger.startRun(start(runId, { startedMs, job: job({ model: i % 2 === 0 ? 'daily_sales' : 'customers' }) }));
    const times = { endedMs: startedMs + 30_000 + i * 100, durationMs: 30_000 + i * 100 };
    if (i === 3) await ledger.endRun({ outcome: failure(runId, 'failed', times) });
    else if (i < 23)
      await ledger.endRun({ outcome: outcome(runId, times), cost: { amount: 0.02, currency: 'EUR', version: 'v1', parts: [] } });
    if (i === 0) await ledger.recordAudit(runId, reports.many as never);
  }
  const walls = Array.from({ length: 8 }, (_, i) => [31_000 + i * 300, 6500 + i * 70] as const);
  await ledger.recordProof(proof('p-20261121-160000-aabbcc', walls, { a: subject('daily_sales'), b: subject('daily_sales_fast') }));
  await ledger.close();
});
afterAll(async () => {
  for (const path of [folder, empty]) await rm(path, { recursive: true, force: true });
});

function cli(args: readonly string[], cwd = folder) {
  const { PATH, HOME } = process.env;
  const done = spawnSync(node, ['--disable-warning=ExperimentalWarning', join(root, 'src/cli/main.ts'), ...args], {
    cwd,
    env: { PATH, HOME, LANG: 'C.UTF-8' },
    encoding: 'utf8',
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe('runs', () => {
  it('lists the newest, whole ids first', () => {
    const { code, out } = cli(['runs', '--last', '3']);
    expect(code).toBe(0);
    const ids = [...out.matchAll(/^r-20261121-1530(\d\d)-ab00\w\w/gm)].map(([, i]) => Number(i));
    expect(ids).toEqual([23, 22, 21]);
    // Its process is of another host: nobody here can tell.
    expect(out).toMatch(/ab0017 +unknown +customers/);
    expect(out).toContain('Older runs are left out');
  });
  it('filters by model and state', () => {
    const list = JSON.parse(cli(['runs', '--model', 'customers', '--status', 'failed', '--format', 'json']).out);
    expect(list).toMatchObject({
      schema: 'firesteel/runs@1',
      runs: [{ model: 'customers', state: 'failed', reason: expect.stringContaining('ZeroDivisionError') }],
    });
  });
  it('shows one run by the end of its id, with its audit and how to audit it again', () => {
    const { code, out } = cli(['runs', 'ab0000', '--width', '200']);
    expect(code).toBe(0);
    expect(out).toContain('r-20261121-153000-ab0000');
    expect(out).toMatch(/event log +\/project\/\.firesteel\/runs\/r-20261121-153000-ab0000\/eventlog/);
    expect(out).toContain('firesteel audit /project/.firesteel/runs/r-20261121-153000-ab0000/eventlog/');
    expect(out).toContain('Skewed join');
    expect(JSON.parse(cli(['runs', 'r-20261121-153003-ab0003', '--format', 'json']).out)).toMatchObject({
      schema: 'firesteel/record@1',
      outcome: { exception: { line: 12 } },
    });
  });
  it.each([
    [['runs', 'nothing'], /There is no run "nothing"/],
    [['runs', '0'], /runs end in "0"[\s\S]*Give more of the id/],
    [['runs', '--status', 'broken'], /"broken" does not fit --status[\s\S]*timedOut/],
    [['runs', '--last', '0'], /"0" does not fit --last/],
    [['runs', '--model', 'daily_sale'], /No run of a model "daily_sale"[\s\S]*Did you mean daily_sales\?/],
    [['report', '--model', 'daily_sale'], /No run of a model "daily_sale"[\s\S]*Did you mean daily_sales\?/],
    [['report', '--chart', 'x.jpg'], /--chart x\.jpg is neither \.png nor \.svg/],
    [['report', '--chart', '/proc/none/x.svg'], /could not be written/],
    [['runs', '--ledger', 'firesteel.json'], /is no SQLite file/],
  ] as const)('%j is told in words', (args, message) => {
    const { code, err } = cli(args);
    expect(err).toMatch(message);
    expect(err).toMatch(/next step: /);
    expect(code).toBe(2);
  });
});

describe('without a ledger', () => {
  it.each(['runs', 'models', 'report'])('%s says how to make one, and makes none', (verb) => {
    const { code, err } = cli([verb], empty);
    expect(code).toBe(2);
    expect(err).toMatch(/There is no ledger at .*ledger\.db yet[\s\S]*firesteel run JOB makes one/);
  });
});

describe('models', () => {
  it('joins the project file and the ledger', () => {
    const { models } = JSON.parse(cli(['models', '--format', 'json']).out);
    expect(models.map(({ name, defined, runs, owner }: Record<string, unknown>) => ({ name, defined, runs, owner }))).toEqual([
      { name: 'customers', defined: false, runs: 12, owner: null },
      { name: 'daily_sales', defined: true, runs: 12, owner: 'Gabi' },
      { name: 'new_one', defined: true, runs: 0, owner: null },
    ]);
    expect(cli(['models']).out).toMatch(/new_one .*never ran[\s\S]*Not in the project file, known by their runs: customers/);
  });
});

describe('report', () => {
  it('names no p95 of 12 runs, shows before → after and writes the chart', async () => {
    const { code, out, err } = cli(['report', '--chart', 'out/runs.png']);
    expect(code).toBe(0);
    expect(err).toContain('wrote out/runs.png');
    expect(out).toMatch(/daily_sales +12 +31\.1 s +n < 20/);
    expect(out).toMatch(/daily_sales +−79 % \(−79 %\) · win/);
    const png = await readFile(join(folder, 'out/runs.png'));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(cli(['report', '--chart', 'runs.svg', '--format', 'markdown']).out).toContain('](<runs.svg>)');
    expect(await readFile(join(folder, 'runs.svg'), 'utf8')).toMatch(/^<svg role="img"/);
  });
  it('takes its format from the name of the file', async () => {
    expect(cli(['report', '--out', 'report.html']).code).toBe(0);
    const page = await readFile(join(folder, 'report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.match(/<svg /g)).toHaveLength(2);
    const json = JSON.parse(cli(['report', '--model', 'daily_sales', '--format', 'json']).out);
    expect(json).toMatchObject({
      schema: 'firesteel/history@1',
      models: [{ model: 'daily_sales', succeeded: 12, cost: { currency: 'EUR', mean: expect.closeTo(0.02, 9) } }],
    });
  });
});
