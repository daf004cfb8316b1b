// Quantiles of runs: type 7, minimum numbers of runs, and that an interval holds what it promises.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { medianLinear, minimumRunsFor, quantileInterval, quantileLinear, summarizeRuns } from './index.ts';

describe('linear-interpolated quantiles', () => {
  test.each([
    [[1, 2, 3, 4], 0.5, 2.5],
    [[1, 2, 3, 4], 0.95, 3.85],
    [[10, 20, 30], 0.25, 15],
    [[7], 0.95, 7],
    [[1, 2], 0, 1],
    [[1, 2], 1, 2],
    // numpy.percentile([15, 20, 35, 40, 50], 40) = 29
    [[15, 20, 35, 40, 50], 0.4, 29],
  ])('%j at %d is %d', (values, q, expected) => {
    expect(quantileLinear(values, q)).toBeCloseTo(expected, 12);
  });
  test('of nothing there is none', () => {
    expect(quantileLinear([], 0.5)).toBeUndefined();
    expect(medianLinear([])).toBeUndefined();
    expect(summarizeRuns([])).toBeUndefined();
  });
});

describe('distribution-free intervals', () => {
  test.each([
    [0.5, 6],
    [0.9, 29],
    [0.95, 59],
    [0.99, 299],
  ])('p%d needs %i runs', (q, least) => {
    expect(minimumRunsFor(q)).toBe(least);
    const values = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    expect(quantileInterval(values(least - 1), q)).toBeUndefined();
    expect(quantileInterval(values(least), q)).toMatchObject({ confidence: expect.any(Number) });
  });

  // Ranks of the exact 95 % interval of the median, as in printed tables of the sign test.
  test.each([
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [10, 2, 9],
    [15, 4, 12],
    [20, 6, 15],
    [50, 18, 32],
  ])('median of %i lies between values %i and %i', (n, low, high) => {
    const interval = quantileInterval(
      Array.from({ length: n }, (_, i) => i + 1),
      0.5,
    );
    // Where two intervals are equally short, either is right.
    expect([low, high]).toContain(interval?.low === low ? low : interval?.high);
    expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeLessThanOrEqual(high - low);
  });

  test('the stated confidence is the true one, by brute force over where the quantile lies', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 14 }), fc.constantFrom(0.3, 0.5, 0.8, 0.9), fc.constantFrom(0.5, 0.8, 0.9), (n, q, asked) => {
        const interval = quantileInterval(
          Array.from({ length: n }, (_, i) => i + 1),
          q,
          asked,
        );
        if (interval === undefined) return;
        // Each of the n values is below the quantile with probability q: count the patterns for which it is between the two ranks.
        let covered = 0;
        for (let pattern = 0; pattern < 2 ** n; pattern++) {
          let below = 0;
          for (let i = 0; i < n; i++) below += (pattern >> i) & 1;
          if (below >= interval.low && below < interval.high) covered += q ** below * (1 - q) ** (n - below);
        }
        expect(interval.confidence).toBeCloseTo(covered, 10);
        expect(interval.confidence).toBeGreaterThanOrEqual(asked);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what may be said of runs', () => {
  const runs = (n: number) => Array.from({ length: n }, (_, i) => n - i);
  test('under 20 there is no p95, and every dot', () => {
    const summary = summarizeRuns(runs(19));
    expect(summary).toMatchObject({ n: 19, min: 1, median: 10, max: 19, p95: { kind: 'tooFew', needed: 20 } });
    expect(summary?.values).toHaveLength(19);
    expect(summary?.p95).not.toHaveProperty('value');
  });
  // The chance that the largest lies above p95 (prediction.md §4.8): 40 % of 10, 64 % of 20, 79 % of 30.
  test('ten runs see p95 with 40 %', () => {
    expect(summarizeRuns(runs(10))?.p95).toMatchObject({ maxIsAbove: expect.closeTo(0.4, 2) });
  });
  test('from 20 to 58 it is an estimate without an interval', () => {
    expect(summarizeRuns(runs(20))?.p95).toEqual({ kind: 'unreliable', value: expect.closeTo(19.05, 9) });
    expect(summarizeRuns(runs(58))?.p95.kind).toBe('unreliable');
  });
  test('from 59 on it has one', () => {
    const summary = summarizeRuns(runs(59));
    expect(summary?.p95).toMatchObject({ kind: 'interval', high: 59 });
    expect(summary?.p95.kind === 'interval' && summary.p95.confidence).toBeGreaterThanOrEqual(0.95);
  });
  test('the input is left as it was, and what is no number is a bug', () => {
    const values = [3, 1, 2];
    summarizeRuns(values);
    expect(values).toEqual([3, 1, 2]);
    expect(() => summarizeRuns([1, Number.NaN])).toThrow(RangeError);
  });
});
