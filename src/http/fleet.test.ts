// Laws of the fleet: totals, ranking, shared fixes, and one application counted once.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fleetOf } from './fleet.ts';
import type { FindingSummary, Saving } from './store/summary.ts';
import type { StoredRun } from './store/types.ts';

const DAY = 86_400_000;
const saving = (likelyMs: number): Saving => ({ lowMs: likelyMs / 2, likelyMs, highMs: likelyMs * 2, savedCoreMs: likelyMs * 4 });
const finding = (rule: string, likelyMs: number | null, table?: string): FindingSummary => ({
  rule,
  title: rule,
  category: 'shuffle',
  saves: 'time',
  heldMs: likelyMs ?? 0,
  saving: likelyMs === null ? null : saving(likelyMs),
  target: table === undefined ? null : { kind: 'table', name: table },
});

let next = 0;
function run(model: string, startMs: number, joint: number | null, findings: readonly FindingSummary[], application?: string): StoredRun {
  const id = `run-${next++}`;
  return {
    id,
    unit: id,
    source: id,
    origin: 'watched',
    bytes: 1,
    modifiedMs: 1,
    auditedMs: next,
    gone: false,
    summary: {
      applicationId: application ?? id,
      attempt: null,
      model,
      user: null,
      sparkVersion: null,
      startMs,
      endMs: startMs + 1,
      completed: true,
      wallMs: 60_000,
      coreMs: null,
      tasks: 1,
      headline: '',
      findings,
      joint: joint === null ? null : saving(joint),
      cannotPredict: null,
    },
  };
}

test('what runs often goes before what saves more at once', () => {
  const often = Array.from({ length: 11 }, (_, i) => run('often', (i * DAY) / 10, 10_000, [finding('skewed-join', 10_000)]));
  const fleet = fleetOf([...often, run('once', 0, 60_000, [finding('skewed-join', 60_000)])], 'time', null, 0);
  expect(fleet.models.map((model) => model.model)).toEqual(['often', 'once']);
  expect(fleet.models[0]).toMatchObject({ runs: 11, runsPerDay: 10, savedMs: 110_000, savedMsPerDay: 100_000 });
  expect(fleet.models[1]).toMatchObject({ runsPerDay: null, savedMsPerDay: null });
  expect(fleet.totals.savedMs).toBe(170_000);
});

test('a fix that several models share is one fix, at its table', () => {
  const fleet = fleetOf(
    [
      run('a', 0, 5, [finding('small-input-files', 5, 's3://lake/t')]),
      run('b', 0, 7, [finding('small-input-files', 7, 's3://lake/t')]),
      run('b', DAY, 7, [finding('small-input-files', 2, 's3://lake/other')]),
      run('c', 0, 3, [finding('skewed-join', 3)]),
      run('d', 0, 3, [finding('skewed-join', 3)]),
    ],
    'time',
    null,
    0,
  );
  expect(fleet.fixes).toHaveLength(4);
  expect(fleet.fixes[0]).toMatchObject({ models: ['a', 'b'], runs: 2, savedMs: 12 });
  // A cause in the code of each is a fix of each.
  expect(fleet.fixes.filter((fix) => fix.rule === 'skewed-join').map((fix) => fix.models)).toEqual([['c'], ['d']]);
});

test('a healthy run saves nothing; a run that cannot be forecast is not in the sums; one application is one run', () => {
  const same = [run('m', 0, 9, [finding('x', 9)], 'app-1'), run('m', 0, 8, [finding('x', 8)], 'app-1')];
  const fleet = fleetOf([...same, run('m', DAY, null, []), run('m', 2 * DAY, null, [finding('x', null)])], 'time', null, 0);
  expect(fleet.runs).toBe(3);
  expect(fleet.totals).toMatchObject({ savedMs: 8, withoutForecast: 1 });
  expect(fleetOf([run('m', 0, null, [finding('x', null)])], 'time', null, 0).totals.savedMs).toBeNull();
});

test('days look back from the newest run', () => {
  const runs = [run('m', 0, 1, []), run('m', 10 * DAY, 2, []), run('m', 12 * DAY, 4, [])];
  expect(fleetOf(runs, 'time', 3, 0).runs).toBe(2);
});

const arbitrary = fc.array(
  fc
    .tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.integer({ min: 0, max: 40 * DAY }),
      fc.option(fc.integer({ min: -1_000, max: 100_000 }), { nil: null }),
      fc.array(
        fc.tuple(
          fc.constantFrom('x', 'y'),
          fc.option(fc.integer({ min: -5, max: 9_999 }), { nil: null }),
          fc.constantFrom(undefined, 't1', 't2'),
        ),
        {
          maxLength: 4,
        },
      ),
    )
    .map(([model, start, joint, findings]) =>
      run(
        model,
        start,
        joint,
        findings.map(([rule, ms, table]) => finding(rule, ms, table)),
      ),
    ),
  { maxLength: 30 },
);

test('whatever the runs: models add up to the whole, no saving is negative, every finding is in one fix, order does not matter', () => {
  fc.assert(
    fc.property(arbitrary, fc.constantFrom('time' as const, 'cost' as const), (runs, goal) => {
      const fleet = fleetOf(runs, goal, null, 0);
      expect(fleet.models.reduce((sum, model) => sum + model.runs, 0)).toBe(runs.length);
      const total = fleet.models.reduce((sum, model) => sum + (model.savedMs ?? 0), 0);
      expect(total).toBe(fleet.totals.savedMs ?? 0);
      for (const fix of fleet.fixes) expect(fix.savedMs ?? 0).toBeGreaterThanOrEqual(0);
      const pairs = new Set(runs.flatMap((one) => one.summary.findings.map((found) => `${one.summary.model} ${found.rule}`)));
      const told = new Set(fleet.fixes.flatMap((fix) => fix.models.map((model) => `${model} ${fix.rule}`)));
      expect(told).toEqual(pairs);
      expect(fleetOf([...runs].reverse(), goal, null, 0)).toEqual(fleet);
    }),
  );
});
