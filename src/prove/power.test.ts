// Power: what so many pairs find, against the test itself run on normal samples.
import { describe, expect, test } from 'vitest';
import { detectableReduction, pairsToDecide, reachOf } from './power.ts';
import { generator, normals } from './random.ts';
import { deviationOf, signedRank } from './statistics.ts';

/** Share of samples of normal noise around a shift whose interval excludes 0. */
function power(pairs: number, shift: number, alpha: number, samples: number): number {
  const normal = normals(generator(pairs * 31 + 5));
  let found = 0;
  for (let i = 0; i < samples; i++) {
    const result = signedRank(
      Array.from({ length: pairs }, () => shift + normal()),
      alpha,
    );
    if ((result?.low ?? 0) > 0) found++;
  }
  return found / samples;
}

describe('reach', () => {
  test.each([
    [6, 0.05],
    [8, 0.05],
    [8, 0.01],
    [12, 0.02],
    [15, 0.05],
    [18, 0.03],
    [30, 0.05],
  ])('%i pairs at alpha %d find it in 80 % of samples', (pairs, alpha) => {
    const reach = reachOf(pairs, alpha);
    expect(Math.abs(power(pairs, reach?.shift ?? 0, alpha, 3000) - 0.8)).toBeLessThan(0.025);
  });

  test('the margin holds the whole interval in 80 % of samples without a shift', () => {
    const normal = normals(generator(99));
    for (const pairs of [8, 20]) {
      const margin = reachOf(pairs, 0.05)?.margin ?? 0;
      let held = 0;
      for (let i = 0; i < 3000; i++) {
        const result = signedRank(Array.from({ length: pairs }, normal), 0.05);
        if ((result?.low ?? 0) > -margin && (result?.high ?? 0) < margin) held++;
      }
      expect(Math.abs(held / 3000 - 0.8)).toBeLessThan(0.025);
    }
  });

  test('too few pairs reach nothing', () => {
    expect(reachOf(5, 0.05)).toBeUndefined();
    expect(reachOf(7, 0.01)).toBeUndefined();
    expect(detectableReduction(5, 0.05, 0.05)).toBeUndefined();
  });
});

// prediction.md §4.6, by the paired t test; the signed-rank test needs a little more. Per cent.
test.each([
  [0.02, 10, 2.8],
  [0.02, 30, 1.5],
  [0.05, 10, 6.8],
  [0.05, 15, 5.4],
  [0.05, 20, 4.6],
  [0.1, 10, 13.1],
  [0.1, 30, 7.2],
  [0.2, 20, 16.9],
])('run CV %d and %i pairs: about %d per cent', (runCv, pairs, percent) => {
  const ours = 100 * (detectableReduction(pairs, runCv, 0.05) as number);
  expect(ours).toBeGreaterThan(percent * 0.98);
  expect(ours).toBeLessThan(percent * 1.05);
});

describe('pairs that would decide', () => {
  const base = { runCv: 0.05, minimumEffect: 0, equivalence: 0.03 };
  test('are those whose reach is the estimate', () => {
    const wanted = pairsToDecide({ ...base, ratio: 0.95 });
    expect(wanted?.as).toBe('difference');
    const pairs = wanted?.pairs ?? 0;
    expect(detectableReduction(pairs, 0.05, 0.05)).toBeLessThanOrEqual(0.05);
    expect(detectableReduction(pairs - 1, 0.05, 0.05)).toBeGreaterThan(0.05);
  });
  test('a gain and the loss of the same size need as many', () => {
    expect(pairsToDecide({ ...base, ratio: 1 / 0.95 })).toEqual(pairsToDecide({ ...base, ratio: 0.95 }));
  });
  test('what is the same is shown to be so', () => {
    expect(pairsToDecide({ ...base, ratio: 1, runCv: 0.02 })).toMatchObject({ as: 'equivalence' });
  });
  test('more than can be run are not named', () => {
    expect(pairsToDecide({ ...base, ratio: 0.97, runCv: 0.5 })).toBeUndefined();
  });
  test('a least effect asks for more', () => {
    const more = pairsToDecide({ ...base, ratio: 0.9, minimumEffect: 0.05 })?.pairs ?? 0;
    expect(more).toBeGreaterThan(pairsToDecide({ ...base, ratio: 0.9 })?.pairs ?? 0);
  });
  test('noise and its deviation agree', () => {
    expect(detectableReduction(10, 0.05, 0.05)).toBeCloseTo(1 - Math.exp(-(reachOf(10, 0.05)?.shift ?? 0) * deviationOf(0.05)), 12);
  });
});
