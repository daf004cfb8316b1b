// Forecasts of findings on the example runs: ranges in order, the joint total below what is there, ranked by what a cure saves.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRun } from '../eventlog/index.ts';
import { audit } from './audit.ts';

const slow = join(import.meta.dirname, '../../examples/daily_sales/slow');
const log = join(slow, readdirSync(slow).find((name) => name.startsWith('eventlog')) as string);

test('savings have ranges, an order and a joint total that is not their sum', async () => {
  const run = await readRun(log);
  const report = audit(run);
  const timed = report.findings.filter((finding) => finding.status === 'found' && finding.forecast !== null);
  expect(timed.length).toBeGreaterThan(1);
  for (const { forecast } of timed) {
    expect(forecast?.lowMs).toBeLessThanOrEqual(forecast?.likelyMs as number);
    expect(forecast?.likelyMs).toBeLessThanOrEqual(forecast?.highMs as number);
  }
  const joint = report.joint;
  if (joint === null) throw new Error('no joint forecast');
  expect(joint.thenMs.likelyMs).toBe(joint.nowMs - joint.likelyMs);
  expect(joint.thenMs.likelyMs).toBeGreaterThan(0);
  expect(joint.likelyMs).toBeLessThanOrEqual(timed.reduce((sum, { forecast }) => sum + (forecast?.likelyMs ?? 0), 0));
  expect(joint.order.map(({ rule }) => rule).sort()).toEqual(timed.map(({ rule }) => rule).sort());
  const timeRanked = timed.filter((finding) => finding.saves === 'time').map((finding) => finding.forecast?.likelyMs as number);
  expect(timeRanked).toEqual([...timeRanked].sort((a, b) => b - a));
  expect(timeRanked.every((ms) => ms >= report.noiseFloorMs)).toBe(true);
  expect(audit(run)).toEqual(report);
});

test('without an end of the application there is no forecast, and it says why', async () => {
  const run = await readRun(log);
  const report = audit({ ...run, application: { ...run.application, completed: false } });
  expect(report.joint).toBeNull();
  expect(report.cannotPredict).toMatch(/no end/);
  expect(report.findings.every((finding) => finding.forecast === null)).toBe(true);
});
