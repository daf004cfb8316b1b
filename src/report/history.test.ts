// History as computing: what counts, what the low-n rule lets be said, repair, freshness, trend, before → after.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunState } from '../ledger/index.ts';
import { historyOf } from './history.ts';
import { trendOf } from './history-trend.ts';
import type { History } from './history-types.ts';
import { ageText, changeText, formatMoney, intervalText, rateText } from './history-words.ts';
import { DAY, dice, durations, histories, model, NOW, proofOf, run, runsOf } from './testing/histories.ts';

const HOUR = 3_600_000;
const of = (input: Partial<Parameters<typeof historyOf>[0]>): History =>
  historyOf({ runs: [], proofs: [], models: [], nowMs: NOW, place: 'x', ...input });
const only = (history: History) => history.models[0] as History['models'][number];

/** Runs of a model from the ends of its letters: S succeeded, F failed, T timed out, K killed, L lost, C cancelled, R running; an hour apart. */
function story(letters: string) {
  const states: Record<string, RunState> = {
    S: 'succeeded',
    F: 'failed',
    T: 'timedOut',
    K: 'killed',
    L: 'lost',
    C: 'cancelled',
    R: 'running',
    U: 'unknown',
  };
  return [...letters].map((letter, i) =>
    run('m', i, { state: states[letter] ?? 'succeeded', startedMs: NOW - (letters.length - i) * HOUR, durationMs: 60_000 }),
  );
}

describe('what counts', () => {
  it.each([
    ['SSSS', 4, 0, 0, 1],
    ['SFSS', 3, 1, 0, 0.75],
    ['SFTKL', 1, 4, 0, 0.2],
    ['SCCR', 1, 0, 3, 1],
    ['CU', 0, 0, 2, undefined],
    ['F', 0, 1, 0, 0],
  ])('%s: %i good, %i bad, %i undecided, rate %s', (letters, succeeded, failed, undecided, successRate) => {
    expect(only(of({ runs: story(letters) }))).toMatchObject({ runs: letters.length, succeeded, failed, undecided, successRate });
  });

  it('runs of proofs and warm-ups are not those of the model', () => {
    const history = of({ runs: [...runsOf('m', [1000, 2000]), run('m', 8, { purpose: 'proof' }), run('m', 9, { purpose: 'warm-up' })] });
    expect(only(history)).toMatchObject({ runs: 2, proofRuns: 2, series: [1000, 2000] });
  });

  it('a model without runs is there, with nothing to say', () => {
    expect(only(of({ models: [model('m', { owner: 'Gabi' })] }))).toMatchObject({
      owner: 'Gabi',
      runs: 0,
      duration: undefined,
      cost: undefined,
      freshnessMs: undefined,
    });
  });

  it('costs are of one currency, failed runs included: they are paid for', () => {
    const cost = (amount: number, currency: string, version = 'v1') => ({ cost: { amount, currency, version } });
    const history = of({
      runs: [
        run('m', 1, cost(1, 'EUR')),
        run('m', 2, { ...cost(3, 'EUR', 'v2'), state: 'failed' }),
        run('m', 3, cost(99, 'USD')),
        run('m', 4),
      ],
    });
    expect(only(history).cost).toEqual({ currency: 'EUR', mean: 2, n: 2, versions: ['v1', 'v2'] });
  });

  it('durations are of successful runs only, quantiles linear-interpolated', () => {
    const history = of({ runs: [...runsOf('m', [1000, 2000, 4000, 8000]), run('m', 9, { state: 'failed', durationMs: 1 })] });
    expect(only(history).duration).toMatchObject({ n: 4, median: 3000, min: 1000, max: 8000 });
  });

  it.each([
    [19, 'tooFew'],
    [20, 'unreliable'],
    [58, 'unreliable'],
    [59, 'interval'],
  ])('with %i runs p95 is %s', (n, kind) => {
    expect(only(of({ runs: runsOf('m', durations(n, 1000, 1)) })).duration?.p95.kind).toBe(kind);
  });
});

describe('repair and freshness', () => {
  // A run takes a minute and one begins each hour: its end is what counts.
  it.each<[string, number | undefined, number, boolean]>([
    ['SSS', undefined, 0, false],
    ['SFS', HOUR, 1, false],
    ['SFFFS', 3 * HOUR, 1, false],
    ['FSFFS', 1.5 * HOUR, 2, false],
    ['SFCS', 2 * HOUR, 1, false],
    ['SFSF', HOUR, 1, true],
    ['F', undefined, 0, true],
    ['CR', undefined, 0, false],
  ])('%s', (letters, meanMs, incidents, open) => {
    const { repair } = only(of({ runs: story(letters) }));
    expect([repair.meanMs, repair.incidents, repair.openSinceMs !== undefined]).toEqual([meanMs, incidents, open]);
  });

  it('a lost run fails when it started: when it died nobody knows', () => {
    const { repair } = only(of({ runs: story('SLS') }));
    expect(repair.meanMs).toBe(HOUR + 60_000);
  });

  it('freshness is the time since the last success ended', () => {
    expect(only(of({ runs: story('SSF') })).freshnessMs).toBe(2 * HOUR - 60_000);
    expect(only(of({ runs: story('FF') })).freshnessMs).toBeUndefined();
  });

  it('does not depend on the order of the rows', () => {
    const runs = story('SFFSCFSLRS');
    fc.assert(
      fc.property(fc.shuffledSubarray(runs, { minLength: runs.length }), (shuffled) => {
        expect(of({ runs: shuffled })).toEqual(of({ runs }));
      }),
      { seed: 3, numRuns: 30 },
    );
  });
});

describe('trend', () => {
  it('is not said under 10 runs', () => expect(trendOf([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBeUndefined());

  it('finds a steady rise and its size, in any unit', () => {
    const rising = durations(40, 1000, 5, 0.03).map((ms, i) => ms * 1.01 ** i);
    const trend = trendOf(rising);
    expect(trend).toMatchObject({ kind: 'slower', n: 40 });
    expect(trend?.ratio).toBeCloseTo(1.01 ** 39, 1);
    expect(trendOf(rising.map((ms) => ms * 1000))?.ratio).toBeCloseTo(trend?.ratio ?? 0, 9);
    expect(trendOf([...rising].reverse())).toMatchObject({ kind: 'faster' });
    expect(trendOf(Array(20).fill(7))).toEqual({ kind: 'flat', ratio: 1, p: expect.closeTo(1, 6), n: 20 });
  });

  it('sees a trend in noise no more often than its level of 1 %', () => {
    const roll = dice(99);
    let seen = 0;
    for (let i = 0; i < 1000; i++) if (trendOf(Array.from({ length: 30 }, () => 1000 * (1 + roll())))?.kind !== 'flat') seen++;
    expect(seen).toBeLessThanOrEqual(25);
  });

  it('looks at the present code only: a new version is no trend', () => {
    const runs = [
      ...runsOf('m', durations(30, 1000, 1), { codeFingerprint: 'a' }),
      ...runsOf('m', durations(30, 500, 2), { codeFingerprint: 'b' }).map((row) => ({
        ...row,
        runId: `${row.runId}b`,
        startedMs: row.startedMs + 40 * DAY,
      })),
    ];
    expect(only(of({ runs })).trend?.kind).toBe('flat');
  });
});

describe('before → after', () => {
  it('is the newest proof of each model, by its estimate; A/A proofs and excluded pairs do not count', () => {
    const older = proofOf('m', 'm2', [100, 100, 100], [90, 90, 90], { proofId: 'p-old', startedMs: NOW - 9 * DAY });
    const newer = proofOf('m', 'm3', [100, 110, 120], [50, 55, 999], { proofId: 'p-new', startedMs: NOW - DAY });
    const same = proofOf('m', 'm', [1], [1], { aa: true, startedMs: NOW });
    const excluded = { ...newer, pairs: newer.pairs.map((pair) => (pair.pair === 3 ? { ...pair, excluded: 'executor lost' } : pair)) };
    const { changes } = of({ proofs: [same, excluded, older] });
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      model: 'm',
      basis: 'proof',
      ratio: newer.estimate?.ratio,
      before: { label: 'm', duration: { n: 2, median: 105 } },
      after: { label: 'm3', duration: { n: 2, median: 52.5 } },
      proof: { proofId: 'p-new' },
    });
  });

  it('without a proof is the last two versions of the code, by when they last ran', () => {
    const version = (code: string, daysAgo: number, times: readonly number[]) =>
      times.map((durationMs, i) =>
        run('m', i, { runId: `${code}${i}`, codeFingerprint: code, durationMs, startedMs: NOW - (daysAgo - i / 100) * DAY }),
      );
    // b was tried between two times of a: a is what runs now.
    const runs = [
      ...version('a', 30, [100, 100]),
      ...version('b', 20, [50, 50]),
      ...version('a', 10, [90]).map((row) => ({ ...row, runId: 'a9' })),
    ];
    const { changes } = of({ runs });
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      basis: 'versions',
      before: { label: 'code b' },
      after: { label: 'code a' },
      ratio: 2,
      interval: undefined,
    });
    expect(of({ runs: version('a', 3, [1, 2]) }).changes).toEqual([]);
  });

  it('is JSON that comes back', () => {
    for (const input of Object.values(histories)) {
      const history = historyOf(input);
      expect(() => JSON.stringify(history)).not.toThrow();
      expect(historyOf(input)).toEqual(history);
    }
  });
});

describe('words', () => {
  it.each([
    [0.25, '−75 %'],
    [0.921, '−7.9 %'],
    [0.0102, '−99.0 %'],
    [0.0002, '−99.98 %'],
    [0.0000001, '−99.99 %'],
    [1, '±0 %'],
    [1.0004, '±0 %'],
    [1.5, '+50 %'],
    [3.44, '3.4 times'],
    [1234.5, '1,235 times'],
    [Number.POSITIVE_INFINITY, 'unbounded'],
  ])('a ratio of %d is %s', (ratio, text) => expect(changeText(ratio)).toBe(text));

  it.each([
    [0.23, 0.28, '−77 to −72 %'],
    [24, 37, '24 to 37 times'],
    [0.9, 2.5, '−10 % to 2.5 times'],
    [0, Number.POSITIVE_INFINITY, 'no bounds'],
    [0.5, 0.5, '−50 %'],
  ])('%d to %d is %s', (low, high, text) => expect(intervalText({ low, high })).toBe(text));

  it.each([
    [0.1234, 'EUR', '0.12 EUR'],
    [0.00012, 'EUR', '0.00012 EUR'],
    [0.0000012, 'EUR', '1.2e-6 EUR'],
    [48, '€', '€48.00'],
    [1234.5, 'USD', '1235 USD'],
    [0, 'EUR', '0 EUR'],
  ])('%d %s is %s', (amount, currency, text) => expect(formatMoney(amount, currency)).toBe(text));

  it.each([
    [1, '100 %'],
    [0.9999, '> 99.9 %'],
    [0.995, '99.5 %'],
    [0.966, '97 %'],
    [0.05, '5.0 %'],
    [0, '0.0 %'],
    [undefined, ''],
  ])('a rate of %s is %s', (rate, text) => expect(rateText(rate)).toBe(text));

  it.each([
    [12_000, '12 s'],
    [59_600, '1 m'],
    [90 * 60_000, '2 h'],
    [47 * HOUR, '47 h'],
    [3 * DAY, '3 d'],
  ])('an age of %d ms is %s', (ms, text) => expect(ageText(ms)).toBe(text));
});
