// size, calibration, forecast and audit with prices as a user types them, on the example's run and a ledger that the test fills.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger } from '../ledger/index.ts';
import { proof } from '../ledger/testing/samples.ts';

const root = join(import.meta.dirname, '../..');
const node = join(root, 'node_modules/.bin/node');
let folder: string;
let log: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-forecasting-'));
  const slow = join(root, 'examples/daily_sales/slow');
  log = join(slow, (await readdir(slow)).find((name) => name.startsWith('eventlog')) as string);
  await writeFile(join(folder, 'prices.json'), JSON.stringify({ currency: 'EUR', version: 'v7', perCoreHour: 0.05, perGiBHour: 0.006 }));
  const ledger = await openLedger(join(folder, '.firesteel/ledger.db'));
  // Twelve forecasts of which one held: bands must widen.
  for (let i = 0; i < 12; i++)
    await ledger.recordProof({
      ...proof(`p-${i}`, [[60_000, i === 0 ? 30_000 : 50_000]]),
      predicted: {
        low: 0.45,
        likely: 0.5,
        high: 0.55,
        kind: i % 2 === 0 ? 'joint' : 'skewed-join',
        family: i % 2 === 0 ? 'joint' : 'skew',
        basis: 'fit',
      },
    });
  await ledger.recordProof({ ...proof('p-given', [[60_000, 30_000]]), predicted: { low: 0.4, likely: 0.5, high: 0.6, kind: 'given' } });
  await ledger.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function cli(...args: readonly string[]) {
  const { PATH, HOME } = process.env;
  const done = spawnSync(node, ['--disable-warning=ExperimentalWarning', join(root, 'src/cli/main.ts'), ...args], {
    cwd: folder,
    env: { PATH, HOME, LANG: 'C.UTF-8' },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}
const json = (...args: readonly string[]) => JSON.parse(cli(...args, '--format', 'json').out);

it('calibration tells errors, coverage and what was given apart', () => {
  const view = json('calibration');
  expect(view.schema).toBe('firesteel/calibration@1');
  expect(view.overall.claims).toBe(12);
  expect(view.overall.coverage).toBeCloseTo(1 / 12, 6);
  expect(view.overall.factor).toBeGreaterThan(1.5);
  expect(view.given.claims).toBe(1);
  expect(view.kinds.map(({ name }: { name: string }) => name)).toEqual(['joint', 'skewed-join']);
  const { out } = cli('calibration');
  expect(out).toMatch(/12 forecasts held against proofs/);
  expect(out).toMatch(/Ranges are now \d\.\d\s+times as wide/);
  expect(cli('calibration', '--format', 'markdown').out).toMatch(/\| all \| 12 \|/);
  expect(cli('calibration', '--format', 'terse').out).toMatch(/joint: n 6/);
});

it('a bad record widens the ranges of audit and forecast, and is told', () => {
  const [here, elsewhere] = [
    json('forecast', log, '--what-if', 'cores=8'),
    JSON.parse(run(tmpdir(), 'forecast', log, '--what-if', 'cores=8')),
  ];
  expect(here.likelyMs).toBe(elsewhere.likelyMs);
  expect(here.highMs - here.lowMs).toBeGreaterThan(elsewhere.highMs - elsewhere.lowMs);
  expect(here.record.claims).toBe(12);
  expect(cli('forecast', log, '--what-if', 'cores=8').out).toMatch(/Record of such forecasts: 12 proofs/);
  const audited = json('audit', log);
  const plain = JSON.parse(run(tmpdir(), 'audit', log));
  expect(audited.joint.likelyMs).toBe(plain.joint.likelyMs);
  expect(audited.joint.lowMs).toBeLessThan(plain.joint.lowMs);
});

function run(cwd: string, ...args: readonly string[]): string {
  const { PATH, HOME } = process.env;
  return spawnSync(node, ['--disable-warning=ExperimentalWarning', join(root, 'src/cli/main.ts'), ...args, '--format', 'json'], {
    cwd,
    env: { PATH, HOME, LANG: 'C.UTF-8' },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  }).stdout;
}

it('audit with prices: money by cause, and the ranking by it', () => {
  const report = json('audit', log, '--prices', 'prices.json', '--goal', 'cost');
  expect(report.goal).toBe('cost');
  expect(report.cost).toMatchObject({ currency: 'EUR', version: 'v7' });
  const sum = (key: string) => report.cost.parts.reduce((total: number, part: Record<string, number>) => total + (part[key] as number), 0);
  expect(sum('amount')).toBeCloseTo(report.cost.amount, 9);
  expect(sum('coreMs') / report.cost.allocatedCoreMs).toBeCloseTo(1, 4);
  const { out } = cli('audit', log, '--prices', 'prices.json');
  expect(out).toMatch(/EUR by the prices of v7/);
  expect(out).toMatch(/useful work \d+ %/);
  expect(cli('audit', log, '--prices', 'none.json').code).toBe(2);
});

it('size from a run, by a deadline, and by rule of thumb', () => {
  const sized = json('size', log);
  expect(sized.schema).toBe('firesteel/size@1');
  expect(sized.basis).toBe('runs');
  expect(sized.chosen.executors).toBe(sized.elbow);
  expect(sized.sparkSubmit).toMatch(/^spark-submit --master local\[\d+\]/);
  expect(cli('size', log, '--deadline', '1s').code).toBe(1);
  const thumb = cli('size', '--data', '500GiB', '--nodes', '10', '--node-cores', '16', '--node-memory', '64GiB');
  expect(thumb.code).toBe(0);
  expect(thumb.out).toMatch(/rule of thumb/i);
  expect(thumb.out).toMatch(/spark.executor.memory\s+19g/);
  for (const format of ['markdown', 'terse']) expect(cli('size', log, '--format', format).out).toMatch(/spark\.master/);
  for (const wrong of [[], ['--data', '1GiB'], [log, '--nodes', '2'], [log, '--deadline', 'soon']]) {
    const answer = cli('size', ...wrong);
    expect(answer.code, wrong.join(' ')).toBe(2);
    expect(answer.err).toMatch(/next step/);
  }
});

it('what a log cannot answer is refused with the reason', () => {
  expect(json('forecast', log, '--what-if', 'broadcast=stage:1').cannotPredict).toMatch(/stage 1/);
  const answer = json('forecast', log, '--what-if', 'broadcast=stage:13', '--what-if', 'files=128m');
  expect(answer.cannotPredict).toBeNull();
  expect(answer.likelyMs).toBeLessThan(answer.measuredMs);
});
