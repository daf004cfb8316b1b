// The signed-rank test against printed tables, against brute force over all signs, and its laws.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generator, normals } from './random.ts';
import { criticalRank, deviationOf, robustDeviation, runCvOf, signedRank, signedRankDistribution, walshAverages } from './statistics.ts';

/** P(W+ ≤ w) by counting all 2^n signs. */
function bruteForce(n: number): number[] {
  const top = (n * (n + 1)) / 2;
  const counts = new Array<number>(top + 1).fill(0);
  for (let signs = 0; signs < 2 ** n; signs++) {
    let w = 0;
    for (let rank = 1; rank <= n; rank++) if ((signs >> (rank - 1)) & 1) w += rank;
    counts[w] = (counts[w] as number) + 1;
  }
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum / 2 ** n;
  });
}

describe('null distribution of W+', () => {
  test.each(Array.from({ length: 12 }, (_, i) => i + 1))('n = %i is that of all signs', (n) => {
    const exact = bruteForce(n);
    const ours = signedRankDistribution(n);
    expect(ours).toHaveLength(exact.length);
    for (const [w, p] of exact.entries()) expect(ours[w]).toBeCloseTo(p, 14);
  });

  // Critical values of printed tables (two-sided 5 % and 1 %): the largest W with P(W+ ≤ W) ≤ alpha/2; −1: none.
  test.each([
    [5, -1, -1],
    [6, 0, -1],
    [7, 2, -1],
    [8, 3, 0],
    [9, 5, 1],
    [10, 8, 3],
    [12, 13, 7],
    [15, 25, 15],
    [18, 40, 27],
    [20, 52, 37],
    [25, 89, 68],
    [30, 137, 109],
    [40, 264, 220],
    [50, 434, 373],
  ])('n = %i has the critical values %i and %i', (n, five, one) => {
    expect([criticalRank(n, 0.05) - 1, criticalRank(n, 0.01) - 1]).toEqual([five, one]);
  });

  test('large n stays exact: it ends at 1 and is symmetric', () => {
    for (const n of [60, 80, 100]) {
      const below = signedRankDistribution(n);
      const top = below.length - 1;
      expect(below[top]).toBeCloseTo(1, 12);
      for (const w of [0, 10, top >> 2, top >> 1]) expect(below[w]).toBeCloseTo(1 - (below[top - w - 1] as number), 12);
    }
  });
});

describe('interval and p', () => {
  test('the known example of depression scores (Hollander & Wolfe, table 3.1)', () => {
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const result = signedRank(
      before.map((x, i) => x - (after[i] as number)),
      0.05,
    );
    // R: wilcox.test(before, after, paired = TRUE, conf.int = TRUE): V = 40, p = 0.03906, (pseudo)median 0.46, 95 % interval 0.01 to 0.786.
    expect(result?.p).toBeCloseTo(0.0390625, 12);
    expect(result?.shift).toBeCloseTo(0.46, 6);
    expect(result?.low).toBeCloseTo(0.01, 6);
    expect(result?.high).toBeCloseTo(0.786, 6);
    expect(result?.confidence).toBeCloseTo(0.9609375, 12);
  });

  test('least possible p: 0.0625 of 5 pairs, 0.031 of 6, 0.008 of 8', () => {
    const p = (n: number) =>
      signedRank(
        Array.from({ length: n }, (_, i) => i + 1),
        0.05,
      )?.p;
    expect(p(5)).toBe(0.0625);
    expect(p(6)).toBe(0.03125);
    expect(p(8)).toBe(0.0078125);
  });

  test('5 pairs have no bounds at 95 %', () => {
    expect(signedRank([1, 2, 3, 4, 5], 0.05)).toMatchObject({
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      confidence: 1,
    });
    expect(signedRank([], 0.05)).toBeUndefined();
  });

  const anyDifferences = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 12 });
  const level = fc.constantFrom(0.01, 0.02, 0.03, 0.05, 0.1, 0.2);

  test('they are one test: the interval excludes 0 exactly when p ≤ alpha, ties and zeros or not', () => {
    fc.assert(
      fc.property(anyDifferences, level, (d, alpha) => {
        const { low, high, p, shift, confidence } = signedRank(d, alpha) as NonNullable<ReturnType<typeof signedRank>>;
        expect(low > 0 || high < 0).toBe(p <= alpha);
        expect(low <= shift && shift <= high).toBe(true);
        expect(confidence).toBeGreaterThanOrEqual(1 - alpha - 1e-12);
      }),
    );
  });

  test('ties and zeros never make p too small: over all signs of the same sizes it is at most alpha as often as alpha says', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 9 }), level, (sizes, alpha) => {
        let rejected = 0;
        for (let signs = 0; signs < 2 ** sizes.length; signs++) {
          const d = sizes.map((size, i) => ((signs >> i) & 1 ? size : -size));
          if ((signedRank(d, alpha)?.p ?? 1) <= alpha) rejected++;
        }
        expect(rejected / 2 ** sizes.length).toBeLessThanOrEqual(alpha);
      }),
      { numRuns: 60 },
    );
  });

  test('without ties p is that of brute force over all signs', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 4095 }),
        (sizes, signs) => {
          const d = sizes.map((size, i) => ((signs >> i) & 1 ? size : -size));
          const ascending = [...sizes].sort((a, b) => a - b);
          let w = 0;
          for (const value of d) if (value > 0) w += ascending.indexOf(value) + 1;
          const below = bruteForce(sizes.length);
          const top = below.length - 1;
          const p = Math.min(1, 2 * Math.min(below[w] as number, below[top - w] as number));
          expect(signedRank(d, 0.05)?.p).toBeCloseTo(p, 12);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('turned round, everything turns round', () => {
    fc.assert(
      fc.property(anyDifferences, level, (d, alpha) => {
        const one = signedRank(d, alpha);
        const other = signedRank(
          d.map((value) => -value),
          alpha,
        );
        expect(other?.p).toBe(one?.p);
        // + 0: minus zero is zero.
        expect((other?.low ?? 0) + 0).toBe(-(one?.high ?? 0) + 0);
        expect(other?.shift).toBeCloseTo(-(one?.shift ?? 0), 12);
      }),
    );
  });

  test('Walsh averages are all means of two', () => {
    expect(Array.from(walshAverages([1, 2, 4]))).toEqual([1, 1.5, 2, 2.5, 3, 4]);
  });
});

describe('noise of a run', () => {
  test('is found again in normal samples of any size, and one wild value does not carry it away', () => {
    const normal = normals(generator(11));
    for (const n of [6, 8, 12, 18, 30]) {
      let sum = 0;
      for (let i = 0; i < 4000; i++) sum += robustDeviation(Array.from({ length: n }, normal)) as number;
      expect(sum / 4000).toBeGreaterThan(0.97);
      expect(sum / 4000).toBeLessThan(1.03);
    }
    const sample = Array.from({ length: 8 }, normal);
    expect(robustDeviation([...sample, 1000]) as number).toBeLessThan(2 * (robustDeviation(sample) as number));
  });
  test('coefficient of variation and deviation of log ratios are two ways to say it', () => {
    for (const cv of [0.01, 0.05, 0.2, 1]) expect(runCvOf(deviationOf(cv))).toBeCloseTo(cv, 12);
    // Small noise: √2 runs in each pair.
    expect(deviationOf(0.01)).toBeCloseTo(0.01 * Math.SQRT2, 5);
    expect(robustDeviation([1, 2])).toBeUndefined();
  });
});
