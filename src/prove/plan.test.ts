// The plan: orders, looks, what it refuses, and what it says.
import { describe, expect, test } from 'vitest';
import { FiresteelError } from '../base/index.ts';
import { claimPossible, expectedMs, makePlan, type PlanInput, planSentences } from './index.ts';

describe('plan', () => {
  test('the defaults', () => {
    const plan = makePlan({ seed: 1 });
    expect(plan).toMatchObject({
      metric: 'wall',
      warmup: 1,
      looks: [{ pairs: 8, alpha: 0.05 }],
      minimumEffect: 0,
      equivalence: 0.03,
      seed: 1,
    });
    // Eight, and two to replace excluded ones.
    expect(plan.orders).toHaveLength(10);
  });
  test('until decided it is looked at after 8, 12 and 18 pairs', () => {
    const plan = makePlan({ seed: 1, untilDecided: true });
    expect(plan.looks).toEqual([
      { pairs: 8, alpha: 0.01 },
      { pairs: 12, alpha: 0.02 },
      { pairs: 18, alpha: 0.03 },
    ]);
    expect(plan.orders.length).toBeGreaterThanOrEqual(18);
  });
  test('the same seed draws the same order, another one another', () => {
    const orders = (seed: number) => makePlan({ seed, pairs: 40 }).orders.join(' ');
    expect(orders(5)).toBe(orders(5));
    expect(orders(5)).not.toBe(orders(6));
  });
  test('it survives JSON', () => {
    const plan = makePlan({ seed: 3, metric: 'core' });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });
  test.each<Omit<PlanInput, 'seed'>>([
    { pairs: 0 },
    { pairs: 2.5 },
    { pairs: 101 },
    { pairs: 8, untilDecided: true },
    { warmup: -1 },
    { minimumEffect: 1 },
    { equivalence: 0 },
    { equivalence: Number.NaN },
  ])('refuses %j with the next step', (input) => {
    expect(() => makePlan({ seed: 1, ...input })).toThrow(FiresteelError);
  });
  test('claims begin at 6 pairs', () => {
    expect(claimPossible(makePlan({ seed: 1, pairs: 5 }))).toBe(false);
    expect(claimPossible(makePlan({ seed: 1, pairs: 6 }))).toBe(true);
  });
  test('expected time counts warm-ups', () => {
    expect(expectedMs(makePlan({ seed: 1 }), { A: 30_000, B: 10_000 })).toEqual({ least: 360_000, most: 360_000 });
    expect(expectedMs(makePlan({ seed: 1, untilDecided: true }), { A: 1000, B: 1000 })).toEqual({ least: 18_000, most: 38_000 });
  });
});

describe('in sentences', () => {
  const text = (input: Omit<PlanInput, 'seed'>, known?: Partial<Record<'A' | 'B', number>>) =>
    planSentences(makePlan({ seed: 7, ...input }), known).join('\n');
  test('everything that is fixed is said', () => {
    const said = text({}, { A: 35_000, B: 10_000 });
    for (const part of [
      '8 pairs',
      'wall time decides',
      'seed 7',
      '1 warm-up run of each',
      'p under 0.05',
      'within 3 %',
      '18 runs, about 6 m 45 s',
    ])
      expect(said).toContain(part);
    expect(said).not.toContain('No claim');
  });
  test('too few pairs are said to prove nothing', () => {
    expect(text({ pairs: 5 })).toContain('No claim is possible with 5 pairs: 6 are the least');
    expect(text({ pairs: 1 })).toContain('1 pair,');
  });
  test('unknown times stay unknown, and looks are named', () => {
    const said = text({ untilDecided: true, warmup: 0, minimumEffect: 0.02 });
    for (const part of ['not known before', 'after 8, 12 and 18 pairs, at p under 0.01, 0.02 and 0.03', 'No warm-up', 'below 1 − 2 %'])
      expect(said).toContain(part);
  });
});
