// The laws of a proof, by simulation through the real plan and judge: false claims on drifting machines, true effects found, intervals that hold.
// Everything is seeded: the counts are the same on every machine.
import { describe, expect, test } from 'vitest';
import type { PlanInput } from './plan.ts';
import { makePlan } from './plan.ts';
import { signedRank } from './statistics.ts';
import { prove, runnerOf } from './testing/worlds.ts';

const PROOFS = 2000;

/** Share of proofs that end as each verdict. */
function shares(input: Omit<PlanInput, 'seed'>, world: Omit<Parameters<typeof prove>[1], 'seed'>, from: number): Record<string, number> {
  const out: Record<string, number> = { win: 0, loss: 0, equivalent: 0, notProven: 0 };
  for (let i = 0; i < PROOFS; i++) {
    const { kind } = prove(input, { ...world, seed: from + i }).verdict;
    out[kind] = (out[kind] ?? 0) + 1 / PROOFS;
  }
  return out;
}

describe('A against A on a machine that drifts by 10 % with runs that vary by 5 %', () => {
  const looks = [
    ['8 pairs', {}],
    ['looks at 8, 12 and 18', { untilDecided: true }],
    ['6 pairs', { pairs: 6 }],
    ['20 pairs', { pairs: 20 }],
  ] as const;
  for (const [name, input] of looks) {
    for (const stragglers of [0, 0.08]) {
      test(`${name}, ${stragglers * 100} % stragglers: at most 5 % wins and losses`, () => {
        const { win, loss } = shares(input, { runCv: 0.05, drift: 0.1, stragglers }, 0);
        expect((win as number) + (loss as number)).toBeLessThanOrEqual(0.05);
        // Neither side is favoured.
        expect(Math.abs((win as number) - (loss as number))).toBeLessThan(0.02);
      });
    }
  }

  test('all A and then all B would not hold it: the order is what keeps the promise', () => {
    let claims = 0;
    for (let seed = 0; seed < PROOFS; seed++) {
      const next = runnerOf({ seed, runCv: 0.05, drift: 0.1 });
      const a = Array.from({ length: 8 }, () => next('A').values.wall as number);
      const b = Array.from({ length: 8 }, () => next('B').values.wall as number);
      if (
        (signedRank(
          a.map((value, i) => Math.log((b[i] as number) / value)),
          0.05,
        )?.p ?? 1) <= 0.05
      )
        claims++;
    }
    expect(claims / PROOFS).toBeGreaterThan(0.2);
  });
});

describe('a true effect is found as often as prediction.md §4.6 says (80 %, within 5 points)', () => {
  // Reductions found in 80 % of proofs, per cent: by run CV and number of pairs.
  test.each([
    [0.02, 10, 2.8],
    [0.02, 15, 2.2],
    [0.02, 20, 1.9],
    [0.02, 30, 1.5],
    [0.05, 10, 6.8],
    [0.05, 15, 5.4],
    [0.05, 20, 4.6],
    [0.05, 30, 3.7],
    [0.1, 10, 13.1],
    [0.1, 15, 10.4],
    [0.1, 20, 8.9],
    [0.1, 30, 7.2],
  ])('run CV %d, %i pairs, reduction of %d per cent', (runCv, pairs, percent) => {
    const { win, loss } = shares({ pairs }, { runCv, ratio: 1 - percent / 100 }, 1_000_000);
    expect(win).toBeGreaterThanOrEqual(0.75);
    expect(win).toBeLessThanOrEqual(0.85);
    expect(loss).toBeLessThan(0.001);
  });

  test('--until-decided finds a large effect at its first look', () => {
    let pairs = 0;
    for (let seed = 0; seed < 200; seed++)
      pairs += prove({ untilDecided: true }, { seed, runCv: 0.05, drift: 0.1, ratio: 0.6 }).pairs.length;
    expect(pairs / 200).toBeLessThan(8.5);
  });
});

describe('the interval holds the truth as often as it says', () => {
  test.each([
    [6, 0],
    [8, 0.08],
    [10, 0],
    [20, 0.08],
  ])('%i pairs, stragglers %d', (pairs, stragglers) => {
    let held = 0;
    let confidence = 0;
    for (let seed = 0; seed < PROOFS; seed++) {
      const { estimate } = prove({ pairs }, { seed: seed + 500_000, runCv: 0.08, drift: 0.1, stragglers, ratio: 0.7 }).verdict;
      confidence = estimate?.confidence ?? 0;
      if (estimate !== undefined && estimate.low <= 0.7 && estimate.high >= 0.7) held++;
    }
    expect(confidence).toBeGreaterThanOrEqual(0.95);
    // Three standard errors of 2,000 proofs.
    expect(Math.abs(held / PROOFS - confidence)).toBeLessThan(0.015);
  });
});

test('coins are fair and their own: neither side is more often first, and no order follows from the one before', () => {
  let first = 0;
  let same = 0;
  let total = 0;
  for (let seed = 0; seed < 2000; seed++) {
    const { orders } = makePlan({ seed });
    for (const [i, order] of orders.entries()) {
      total++;
      if (order === 'AB') first++;
      if (i > 0 && order === orders[i - 1]) same++;
    }
  }
  expect(Math.abs(first / total - 0.5)).toBeLessThan(0.015);
  expect(Math.abs(same / (total - 2000) - 0.5)).toBeLessThan(0.015);
});
