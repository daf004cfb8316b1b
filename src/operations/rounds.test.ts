// The loop of `improve` in worlds whose truth is known: which changes help, harm, give other outputs, or only together.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FixPlan } from '../fix/index.ts';
import { plannedChange } from '../fix/testing/planned.ts';
import type { Proof, VerdictKind } from '../prove/index.ts';
import { MAX_ROUNDS, rounds } from './rounds.ts';

/** A version is the set of changes made so far. */
type Version = ReadonlySet<string>;

/** `truth` gives the verdict of a step by what it adds. */
function world(all: readonly string[], truth: (added: readonly string[], from: Version) => VerdictKind | undefined) {
  const proofs: string[][] = [];
  return {
    proofs,
    run: () =>
      rounds<Version, Version>(new Set(), {
        observe: async (version) => version,
        plan: (version, without, only): FixPlan => ({
          planned: all
            .filter((key) => !version.has(key) && !without.has(key) && (only === undefined || only.has(key)))
            .map((key) => plannedChange(key)),
          patch: { files: [], conf: [] },
        }),
        build: async (version, plan) => new Set([...version, ...plan.planned.map((one) => one.key)]),
        async prove(from, to) {
          const added = [...to].filter((key) => !from.has(key));
          proofs.push(added);
          const kind = truth(added, from);
          return kind === undefined ? undefined : ({ verdict: { kind, sentence: kind } } as Proof);
        },
        note: () => undefined,
      }),
  };
}

describe('rounds', () => {
  it.each<[string, string[], (added: readonly string[], from: Version) => VerdictKind | undefined, string[], number]>([
    ['nothing to do', [], () => 'win', [], 0],
    ['all win together: one proof', ['a', 'b', 'c'], () => 'win', ['a', 'b', 'c'], 1],
    ['a single change that does not help is dropped', ['a'], () => 'equivalent', [], 1],
    [
      'one gives other outputs: found alone, the others kept',
      ['a', 'b', 'c'],
      (added) => (added.includes('b') ? 'unsafe' : 'win'),
      ['a', 'c'],
      5,
    ],
    ['one harms more than the others bring', ['a', 'b'], (added) => (added.includes('b') ? 'loss' : 'win'), ['a'], 3],
    [
      'each wins alone and together they lose: the first stays',
      ['a', 'b'],
      (added, from) => (added.length + from.size > 1 ? 'loss' : 'win'),
      ['a'],
      4,
    ],
    ['nothing is proven, and nothing looks better', ['a', 'b'], () => 'notProven', [], 1],
    ['a loss is taken apart, to no avail', ['a', 'b'], () => 'loss', [], 3],
    ['no budget', ['a', 'b'], () => undefined, [], 1],
  ])('%s', async (_, all, truth, kept, proofs) => {
    const made = world(all, truth);
    const end = await made.run();
    expect(end.kept.map((one) => one.key)).toEqual(kept);
    expect([...end.version].sort()).toEqual([...kept].sort());
    expect(made.proofs).toHaveLength(proofs);
    expect(end.ended).not.toBe('');
  });

  it.each<[string, VerdictKind | undefined, string[], RegExp, RegExp]>([
    ['and it wins', 'win', ['a'], /^win$/, /nothing more that it can change/],
    ['the budget does not allow it', undefined, [], /^notProven The budget allows no proof with more pairs\.$/, /no proof with more pairs/],
  ])('what looks better and is not proven is proven once more, with more pairs: %s', async (_, second, kept, why, ended) => {
    const seconds: boolean[] = [];
    const end = await rounds<Version, Version>(new Set(), {
      observe: async (version) => version,
      plan: (version, without): FixPlan => ({
        planned: ['a'].filter((key) => !version.has(key) && !without.has(key)).map((key) => plannedChange(key)),
        patch: { files: [], conf: [] },
      }),
      build: async (version, plan) => new Set([...version, ...plan.planned.map((one) => one.key)]),
      async prove(_from, _to, _what, isSecond) {
        seconds.push(isSecond);
        const kind = isSecond ? second : 'notProven';
        return kind === undefined ? undefined : ({ verdict: { kind, sentence: kind, estimate: { ratio: 0.8 } } } as Proof);
      },
      note: () => undefined,
    });
    expect(seconds).toEqual([false, true]);
    expect(end.kept.map((one) => one.key)).toEqual(kept);
    expect(end.tried.map((one) => one.why)).toEqual([expect.stringMatching(why)]);
    expect(end.ended).toMatch(ended);
  });

  it('keeps what was won when the budget ends in the middle', async () => {
    let proofs = 0;
    const made = world(['a', 'b', 'c'], (added) => (++proofs > 3 ? undefined : added.includes('b') ? 'unsafe' : 'win'));
    const end = await made.run();
    expect(end.ended).toMatch(/budget allows no more proof/);
    expect([...end.version]).toEqual(['a']);
    expect(end.kept.map((one) => one.key)).toEqual(['a']);
  });

  it('laws: never keeps a harmful change, ends, and tells each change that was tried', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 6 }),
        fc.uniqueArray(fc.constantFrom(...'abcdefgh')),
        fc.integer({ min: 0, max: 40 }),
        async (all, bad, budget) => {
          let left = budget;
          const made = world(all, (added) => (left-- <= 0 ? undefined : added.some((key) => bad.includes(key)) ? 'unsafe' : 'win'));
          const end = await made.run();
          for (const one of end.kept) expect(bad).not.toContain(one.key);
          expect([...end.version].sort()).toEqual(end.kept.map((one) => one.key).sort());
          expect(made.proofs.length).toBeLessThanOrEqual(MAX_ROUNDS * (all.length + 2));
          const told = new Set(end.tried.flatMap((one) => one.changes.map((change) => change.key)));
          for (const key of all) expect(told.has(key)).toBe(true);
          if (budget === 40) expect(end.kept.map((one) => one.key).sort()).toEqual(all.filter((key) => !bad.includes(key)).sort());
        },
      ),
    );
  });
});

/** Worlds in which the first version fails: `broken` gives why a version does, by the changes it has. */
describe('a job that fails', () => {
  const failing = (all: readonly string[], broken: (version: Version) => string | undefined, runs = 99) => {
    const observed = new Set<string>();
    const proven: string[][] = [];
    const name = (version: Version) => [...version].sort().join('');
    return {
      proven,
      run: () =>
        rounds<Version, Version>(new Set(), {
          observe: async (version) => {
            observed.add(name(version));
            return version;
          },
          failure: (version) => {
            const why = broken(version);
            return why === undefined ? undefined : { what: why, key: why, todo: [], reached: /^sooner/.test(why) ? 1 : 2 };
          },
          mayRun: () => observed.size < runs,
          // Capital letters cure failures, the others save time.
          plan: (version, without, only): FixPlan => ({
            planned: all
              .filter((key) => (broken(version) === undefined) === (key === key.toLowerCase()))
              .filter((key) => !version.has(key) && !without.has(key) && (only === undefined || only.has(key)))
              .slice(0, broken(version) === undefined ? 9 : 1)
              .map((key) => plannedChange(key)),
            patch: { files: [], conf: [] },
          }),
          build: async (version, plan) => new Set([...version, ...plan.planned.map((one) => one.key)]),
          async prove(from, to) {
            proven.push([name(from), name(to)]);
            expect(broken(from)).toBeUndefined();
            return { verdict: { kind: 'win', sentence: 'win' } } as Proof;
          },
          note: () => undefined,
        }),
    };
  };

  it('is made to run without a proof, and improved from there', async () => {
    const made = failing(['A', 'b'], (version) => (version.has('A') ? undefined : 'bad value'));
    const end = await made.run();
    expect(end.failed).toMatchObject({ what: 'bad value', cured: true });
    expect(end.kept.map((one) => one.key)).toEqual(['A', 'b']);
    expect(end.tried.map(({ kept, proof, why }) => [kept, proof === undefined, why])).toEqual([
      [true, true, expect.stringMatching(/succeeds now; no gain is measured, and its output could not be compared/)],
      [true, false, 'win'],
    ]);
    expect([...end.base]).toEqual(['A']);
    expect(made.proven).toEqual([['A', 'Ab']]);
  });

  it.each<[string, string[], (version: Version) => string | undefined, string[], RegExp]>([
    ['nothing cures it', [], () => 'bad value', [], /nothing that it can change may cure/],
    ['what is tried does not', ['A', 'B'], () => 'bad value', [], /nothing that it can change may cure/],
    ['the second one does', ['A', 'B'], (version) => (version.has('B') ? undefined : 'bad value'), ['B'], /nothing more/],
    [
      'one failure behind the other',
      ['A', 'B'],
      (version) => (version.has('B') ? undefined : version.has('A') ? 'the next' : 'the first'),
      ['A', 'B'],
      /nothing more/,
    ],
    [
      'the first makes it fail sooner',
      ['A', 'B'],
      (version) => (version.has('A') ? 'sooner' : version.has('B') ? undefined : 'bad'),
      ['B'],
      /nothing more/,
    ],
    ['it comes further and fails for good', ['A'], (version) => (version.has('A') ? 'the next' : 'the first'), [], /may cure/],
  ])('%s', async (_, all, broken, kept, ended) => {
    const made = failing(all, broken);
    const end = await made.run();
    expect(end.kept.map((one) => one.key)).toEqual(kept);
    expect([...end.version].sort()).toEqual(kept);
    expect(end.failed?.cured).toBe(kept.length > 0);
    expect(end.ended).toMatch(ended);
    expect(end.tried.flatMap((one) => one.changes.map((change) => change.key)).sort()).toEqual(all);
    expect(end.tried.filter((one) => one.kept).flatMap((one) => one.changes.map((change) => change.key))).toEqual(kept);
    expect(made.proven).toEqual([]);
  });

  it('ends when the budget has no run left', async () => {
    const end = await failing(['A'], () => 'bad value', 1).run();
    expect(end).toMatchObject({ kept: [], ended: 'the job fails, and the budget is spent' });
  });
});
