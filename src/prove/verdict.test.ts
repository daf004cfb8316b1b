// The verdict: every kind, what stands in its way, and its laws.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  besideOf,
  estimateOf,
  judge,
  type MeasuredRun,
  makePlan,
  type OutputCheck,
  type PairedRun,
  type PlanInput,
  pairOf,
  selfNoise,
} from './index.ts';
import { generator, normals } from './random.ts';
import { EQUAL, run } from './testing/worlds.ts';

const plan = (input: Omit<PlanInput, 'seed'> = {}) => makePlan({ seed: 1, ...input });
const pair = (i: number, a: number, b: number, over: { a?: Partial<MeasuredRun>; b?: Partial<MeasuredRun> } = {}): PairedRun =>
  pairOf(i + 1, 'AB', run('A', a, over.a), run('B', b, over.b));
/** Pairs whose ratios are `ratio` with a little of everything around it. */
const pairs = (n: number, ratio: number, spread: number = 0.02): PairedRun[] => {
  const normal = normals(generator(n));
  return Array.from({ length: n }, (_, i) => pair(i, 30_000, 30_000 * ratio * Math.exp(spread * normal())));
};
const replaced = (list: readonly PairedRun[], at: number, by: PairedRun) => list.map((item, i) => (i === at ? by : item));

const DIFFERENT: OutputCheck = {
  status: 'different',
  sentence: 'The outputs differ.',
  tolerance: 1e-9,
  outputs: [
    {
      name: 'daily_sales',
      a: { location: '/a', rows: 1000, columns: 5 },
      b: { location: '/b', rows: 1000, columns: 5 },
      equal: false,
      withinTolerance: [],
      schema: [],
      columns: [{ column: 'revenue', typeA: 'decimal(18,2)', typeB: 'decimal(18,2)', rows: 3, reason: 'values differ' }],
      onlyInA: 3,
      onlyInB: 3,
      examplesA: [],
      examplesB: [],
    },
  ],
};
const UNCHECKED: OutputCheck = { status: 'notCompared', sentence: 'No output was named.', tolerance: 1e-9, outputs: [] };

describe('the kinds', () => {
  test('win', () => {
    const { verdict, done } = judge(plan(), pairs(8, 0.29), EQUAL);
    expect(done).toBe(true);
    expect(verdict.kind).toBe('win');
    expect(verdict.sentence).toMatch(/^B takes 71 % less wall time than A: 95 % interval 7\d to 7\d % less, 8 pairs\.$/);
    expect(verdict.estimate).toMatchObject({ n: 8, confidence: expect.closeTo(0.961, 3), p: 0.0078125 });
    expect(verdict.alpha).toBe(0.05);
  });
  test('loss', () => {
    expect(judge(plan(), pairs(8, 1.2), EQUAL).verdict).toMatchObject({
      kind: 'loss',
      sentence: expect.stringMatching(/^B takes (19|20) % more wall time than A: 95 % interval \d\d to \d\d % more/),
    });
    expect(judge(plan(), pairs(8, 3.2), EQUAL).verdict.sentence).toMatch(
      /^B takes 3\.2 times the wall time of A: 95 % interval 3\.\d to 3\.\d times/,
    );
  });
  test('equivalent', () => {
    const { verdict } = judge(plan(), pairs(8, 1.001, 0.006), EQUAL);
    expect(verdict.kind).toBe('equivalent');
    expect(verdict.sentence).toMatch(/^B takes as much wall time as A, within 3 %: 95 % interval .* less to .* more, 8 pairs\.$/);
  });
  test('not proven says how noisy it was, how far it saw, and what would decide', () => {
    const { verdict, done } = judge(plan(), pairs(8, 0.98, 0.1), EQUAL);
    expect(done).toBe(true);
    expect(verdict.kind).toBe('notProven');
    expect(verdict.sentence).toMatch(/^Neither gain nor loss is proven: the estimate is .* wall time, 95 % interval .*, 8 pairs\.$/);
    expect(verdict.notes.join(' ')).toMatch(
      /One run varies by .* %.*8 pairs find a reduction of \d+ % or more in 4 of 5 proofs.*(about|more than) \d+ pairs/,
    );
    expect(verdict.next.join(' ')).toMatch(/--pairs \d+|Quieten/);
  });
  test('a difference smaller than the one that was asked for is not proven', () => {
    const { verdict } = judge(plan({ minimumEffect: 0.1 }), pairs(8, 0.93, 0.005), EQUAL);
    expect(verdict).toMatchObject({ kind: 'notProven', sentence: expect.stringContaining('A difference, but not one of 10 %') });
  });
  test('a proven gain within the margin is a win, and is said to be small', () => {
    const { verdict } = judge(plan(), pairs(8, 0.985, 0.004), EQUAL);
    expect(verdict.kind).toBe('win');
    expect(verdict.notes.join(' ')).toContain('small: within 3 %');
  });
  test('five pairs prove nothing, whatever they show', () => {
    const { verdict, done } = judge(plan({ pairs: 5 }), pairs(5, 0.1, 0.001), EQUAL);
    expect(done).toBe(true);
    expect(verdict.kind).toBe('notProven');
    expect(verdict.sentence).toContain('5 pairs are too few for a claim, 6 are the least');
    expect(verdict.estimate).toMatchObject({ low: 0, high: Number.POSITIVE_INFINITY });
  });
});

describe('outputs', () => {
  test('different outputs are unsafe, whatever the speed, at once', () => {
    const { verdict, done } = judge(plan(), pairs(1, 0.1), DIFFERENT);
    expect(done).toBe(true);
    expect(verdict).toMatchObject({
      kind: 'unsafe',
      sentence: 'B must not replace A: its output differs (daily_sales: column revenue; 3 rows only in A, 3 rows only in B).',
    });
    expect(judge(plan(), [], DIFFERENT).done).toBe(true);
  });
  test('without a comparison there is no win, unless the user takes the risk; then the sentence says so', () => {
    const { verdict, done } = judge(plan(), pairs(8, 0.5), UNCHECKED);
    expect(done).toBe(true);
    expect(verdict).toMatchObject({ kind: 'notProven', sentence: expect.stringContaining('not shown that B gives the same output') });
    expect(verdict.notes).toContain('No output was named.');
    const allowed = judge(plan(), pairs(8, 0.5), UNCHECKED, { allowUnchecked: true }).verdict;
    expect(allowed).toMatchObject({ kind: 'win', sentence: expect.stringContaining('that the outputs are equal was not checked') });
    expect(judge(plan(), pairs(8, 1.5), UNCHECKED).verdict.kind).toBe('loss');
  });
  test('a job that does not repeat its own output cannot be compared', () => {
    expect(judge(plan(), pairs(8, 1), DIFFERENT, { aa: true }).verdict.kind).toBe('invalid');
  });
});

describe('failures', () => {
  const failed = (arm: 'A' | 'B', reason = 'ValueError: no column price') => run(arm, undefined, { succeeded: false, reason });
  test('B failed and A did not: unsafe at once, with the reason', () => {
    const list = replaced(pairs(3, 0.3), 2, pairOf(3, 'BA', run('A', 30_000), failed('B')));
    const { verdict, done } = judge(plan(), list, EQUAL);
    expect(done).toBe(true);
    expect(verdict).toMatchObject({
      kind: 'unsafe',
      sentence: 'B must not replace A: B failed in 1 of 3 runs, A in none: ValueError: no column price.',
    });
  });
  test('A failed: nothing to compare with', () => {
    const list = [pairOf(1, 'AB', failed('A'), run('B', 9000))];
    expect(judge(plan(), list, EQUAL)).toMatchObject({ done: true, verdict: { kind: 'invalid' } });
    expect(judge(plan(), list, EQUAL).verdict.notes.join(' ')).toContain('B failed in none of 1 run.');
  });
  test('both failed: nothing to compare with', () => {
    expect(judge(plan(), [pairOf(1, 'AB', failed('A'), failed('B'))], EQUAL).verdict.kind).toBe('invalid');
  });
  test('a warm-up that failed counts as a failure', () => {
    expect(judge(plan(), [], EQUAL, { warmups: [run('A', 1), failed('B')] })).toMatchObject({ done: true, verdict: { kind: 'unsafe' } });
    expect(judge(plan(), [], EQUAL, { warmups: [failed('A')] })).toMatchObject({ done: true, verdict: { kind: 'invalid' } });
  });
  test('a run that failed for the infrastructure leaves its pair out and is no failure of its version', () => {
    const lost = pairOf(4, 'AB', run('A', 30_000), run('B', undefined, { succeeded: false, infrastructure: ['executor lost'] }));
    const list = [...pairs(3, 0.3), lost, ...pairs(5, 0.3)];
    const { verdict, done } = judge(plan(), list, EQUAL);
    expect(done).toBe(true);
    expect(verdict.kind).toBe('win');
    expect(verdict.estimate?.n).toBe(8);
    expect(verdict.notes.join(' ')).toContain('1 pair of 9 left out for trouble of the infrastructure: pair 4, executor lost (B).');
  });
});

describe('excluded pairs', () => {
  const hit = (i: number, arm: 'a' | 'b') => pair(i, 30_000, 9000, { [arm]: { infrastructure: ['executor reclaimed'] } });
  test('are replaced: eight must count', () => {
    expect(judge(plan(), [...pairs(7, 0.3), hit(7, 'a')], EQUAL).done).toBe(false);
  });
  test('when the spares are used up, what counts is judged', () => {
    const list = [...pairs(7, 0.3), hit(7, 'a'), hit(8, 'b'), hit(9, 'a')];
    expect(judge(plan(), list, EQUAL)).toMatchObject({ done: true, verdict: { kind: 'win', estimate: { n: 7 } } });
  });
  test('none is left: invalid', () => {
    const list = Array.from({ length: 10 }, (_, i) => hit(i, i % 2 === 0 ? 'a' : 'b'));
    expect(judge(plan(), list, EQUAL)).toMatchObject({ done: true, verdict: { kind: 'invalid' } });
  });
  test('trouble that follows B is not left out', () => {
    const list = [...pairs(5, 0.3), hit(5, 'b'), hit(6, 'b'), hit(7, 'b')];
    const { verdict } = judge(plan(), list, EQUAL);
    expect(verdict).toMatchObject({ kind: 'invalid', sentence: expect.stringContaining('3 of 8 runs of B and in none of A') });
  });
  test('trouble that follows A makes A look better, and that is said', () => {
    const list = [...pairs(7, 0.3), hit(7, 'a'), hit(8, 'a'), hit(9, 'a')];
    expect(judge(plan(), list, EQUAL).verdict).toMatchObject({
      kind: 'win',
      notes: expect.arrayContaining([expect.stringContaining('makes A look better')]),
    });
  });
});

describe('looks', () => {
  const until = plan({ untilDecided: true });
  test('between looks there is no verdict and no number', () => {
    for (const n of [0, 1, 7]) {
      const { verdict, done } = judge(until, pairs(n, 0.3), EQUAL);
      expect(done).toBe(false);
      expect(verdict).toMatchObject({ kind: 'notProven', sentence: `No verdict yet: ${n} of 8 pairs counted.`, estimate: undefined });
    }
    expect(judge(until, pairs(9, 0.99, 0.1), EQUAL).verdict.sentence).toBe('No verdict yet: 9 of 12 pairs counted.');
  });
  test('a large effect ends at the first look, by the 99 % interval', () => {
    const { verdict, done } = judge(until, pairs(8, 0.3), EQUAL);
    expect(done).toBe(true);
    expect(verdict).toMatchObject({ kind: 'win', alpha: 0.01 });
    expect(verdict.sentence).toContain('99 % interval');
    expect(verdict.notes).toContain('Decided at look 1 of 3, at p under 0.01.');
  });
  test('the first look that decides is the verdict: later pairs do not count', () => {
    const list = [...pairs(8, 0.3), ...pairs(4, 3)].map((item, i) => ({ ...item, pair: i + 1 }));
    expect(judge(until, list, EQUAL).verdict).toMatchObject({ kind: 'win', estimate: { n: 8 } });
  });
  test('at the last look it is done, decided or not', () => {
    expect(judge(until, pairs(18, 0.999, 0.2), EQUAL)).toMatchObject({ done: true, verdict: { kind: 'notProven', estimate: { n: 18 } } });
  });
});

describe('a metric that was not measured', () => {
  test.each([
    ['cost', /have no cost: no price is known/, /price sheet/],
    ['core', /have no core time: their logs/, /--metric wall/],
  ] as const)('%s is invalid, never a claim', (metric, sentence, next) => {
    const { verdict, done } = judge(plan({ metric }), pairs(1, 0.3), EQUAL);
    expect(done).toBe(true);
    expect(verdict.kind).toBe('invalid');
    expect(verdict.sentence).toMatch(sentence);
    expect(verdict.next.join()).toMatch(next);
  });
  test('nor is a time of 0', () => {
    expect(judge(plan(), [pair(0, 30_000, 0)], EQUAL).verdict.kind).toBe('invalid');
  });
  test('cost and core time have their own words', () => {
    const by = (metric: 'core' | 'cost') =>
      pairs(8, 0.5).map(({ a, b, ...rest }) => ({
        ...rest,
        a: { ...a, values: { [metric]: a.values.wall } },
        b: { ...b, values: { [metric]: b.values.wall } },
      }));
    expect(judge(plan({ metric: 'cost' }), by('cost'), EQUAL).verdict.sentence).toMatch(/^B costs \d+ % less than A/);
    expect(judge(plan({ metric: 'core' }), by('core'), EQUAL).verdict.sentence).toMatch(/^B uses \d+ % less core time than A/);
  });
});

describe('A against itself', () => {
  test('never wins or loses, even when chance makes it look so', () => {
    for (const ratio of [0.9, 1.1]) {
      const { verdict } = judge(plan(), pairs(8, ratio, 0.01), EQUAL, { aa: true });
      expect(verdict.kind).toBe('notProven');
      expect(verdict.notes.join(' ')).toContain('seemed to differ from itself');
    }
    expect(judge(plan(), pairs(8, 1, 0.005), EQUAL, { aa: true }).verdict).toMatchObject({
      kind: 'equivalent',
      sentence: expect.stringMatching(/^A repeats its own wall time, within 3 %/),
    });
  });
  test('tells the noise of the machine and what it can see', () => {
    const noise = selfNoise(pairs(12, 1, 0.07), 'wall');
    expect(noise.pairs).toBe(12);
    expect(noise.runCv).toBeGreaterThan(0.03);
    expect(noise.runCv).toBeLessThan(0.08);
    expect(noise.sees.map(({ pairs: n }) => n)).toEqual([6, 8, 12, 18, 30]);
    const seen = noise.sees.map(({ reduction }) => reduction as number);
    expect([...seen].sort((x, y) => y - x)).toEqual(seen);
    expect(selfNoise([], 'wall')).toMatchObject({
      pairs: 0,
      runCv: undefined,
      sees: expect.arrayContaining([{ pairs: 8, reduction: undefined }]),
    });
  });
});

describe('laws', () => {
  const ratios = fc.array(fc.double({ min: 0.3, max: 3, noNaN: true }), { minLength: 6, maxLength: 12 });
  test('what is won seen from A is lost seen from B', () => {
    const mirrored = { win: 'loss', loss: 'win', notProven: 'notProven', equivalent: 'equivalent' } as const;
    fc.assert(
      fc.property(ratios, fc.constantFrom(0, 0.05), (list, minimumEffect) => {
        const of = (swap: boolean) =>
          judge(
            plan({ pairs: list.length, minimumEffect }),
            list.map((ratio, i) => (swap ? pair(i, 1000 * ratio, 1000) : pair(i, 1000, 1000 * ratio))),
            EQUAL,
          ).verdict.kind as keyof typeof mirrored;
        // Near the edges of ±3 % the margin itself is not symmetric in ratios; these ratios are nowhere near it as a whole.
        expect(of(true)).toBe(mirrored[of(false)]);
      }),
    );
  });
  test('the unit of time does not matter, nor the order of pairs before a look', () => {
    fc.assert(
      fc.property(ratios, fc.double({ min: 0.01, max: 100, noNaN: true }), (list, unit) => {
        const of = (values: readonly number[], scale: number) =>
          judge(
            plan({ pairs: list.length }),
            values.map((ratio, i) => pair(i, 1000 * scale, 1000 * scale * ratio)),
            EQUAL,
          ).verdict;
        const [one, other] = [of(list, 1), of([...list].reverse(), unit)];
        expect(other.kind).toBe(one.kind);
        expect(other.estimate?.ratio).toBeCloseTo(one.estimate?.ratio ?? 0, 9);
      }),
    );
  });
  test('pure: the same pairs give the same verdict, and are left as they were', () => {
    const list = pairs(8, 0.9, 0.1);
    const before = JSON.stringify(list);
    expect(judge(plan(), list, EQUAL)).toEqual(judge(plan(), list, EQUAL));
    expect(JSON.stringify(list)).toBe(before);
  });
});

describe('beside the verdict', () => {
  const counters = (over: object) =>
    ({
      coreMs: 1,
      cpuMs: 1,
      tasks: 10,
      stages: 2,
      inputBytes: 0,
      inputRecords: 0,
      outputBytes: 5,
      outputRecords: 1,
      shuffleWriteBytes: 100,
      shuffleReadBytes: 100,
      spilledBytes: 0,
      gcMs: 0,
      failedTasks: 0,
      ...over,
    }) as MeasuredRun['counters'];
  test('medians of the counted runs, and what is 0 on both sides is left out', () => {
    const list = [
      ...[100, 200, 300].map((bytes, i) =>
        pair(i, 30_000, 9000, {
          a: { counters: counters({ shuffleWriteBytes: bytes }), values: { wall: 30_000, core: 60_000 } },
          b: { counters: counters({ shuffleWriteBytes: bytes / 10, spilledBytes: 4 }), values: { wall: 9000, core: 20_000 } },
        }),
      ),
      pair(3, 1, 1, { a: { infrastructure: ['executor lost'], counters: counters({ shuffleWriteBytes: 1e9 }) } }),
    ];
    const beside = besideOf(list, 'wall');
    const named = (name: string) => beside.find((entry) => entry.name === name);
    expect(named('shuffle written')).toEqual({ name: 'shuffle written', unit: 'bytes', medianA: 200, medianB: 20, ratio: 0.1 });
    expect(named('spilled to disk')).toMatchObject({ medianA: 0, medianB: 4, ratio: undefined });
    expect(named('core time')).toMatchObject({ medianA: 60_000, medianB: 20_000, unit: 'ms' });
    expect(beside.filter((entry) => entry.name === 'core time')).toHaveLength(1);
    expect(named('input')).toBeUndefined();
    expect(named('wall time')).toBeUndefined();
  });
  test('an estimate needs both sides', () => {
    expect(estimateOf([pairOf(1, 'AB', run('A', 1), run('B', undefined))], 'wall', 0.05)).toBeUndefined();
  });
});
