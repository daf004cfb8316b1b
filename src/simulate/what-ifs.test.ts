// What-ifs: exact answers by construction, and laws: the same is the same, disjoint changes commute, nothing in place is changed.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sum } from '../base/index.ts';
import { executors } from './allocation.ts';
import { gc, lessDriver, relief, resize, unskew, withoutJobs, withoutRetries, withoutStages } from './cures.ts';
import { curveOf, forecastOf, savingOf } from './forecast.ts';
import { compose, type ExecGraph, type WhatIf } from './graph.ts';
import { inputGrowth } from './growth.ts';
import { shufflePartitions, slots } from './parallelism.ts';
import { parseCurve, parseWhatIf, WORDS } from './parse.ts';
import { replay } from './replay.ts';
import { rebucketed, regrouped } from './resize.ts';
import { graphOf } from './testing.ts';
import { splitsOf } from './width.ts';

const wall = (graph: ExecGraph) => replay(graph)?.wallMs as number;
const measured = (graph: ExecGraph): ExecGraph => ({ ...graph, measuredMs: wall(graph) });
const shuffle = (partitions: number, merged = false) =>
  ({ kind: 'shuffle', partitions, follows: true, merged, hash: true, advisoryBytes: 64 << 20, minBytes: 1 << 20 }) as const;

const skewed = measured(graphOf([{ stages: [{ ms: [100, 100, 100, 1000] }] }], 4));

describe('known answers', () => {
  const loop = graphOf(
    [
      { gapMs: 100, stages: [{ ms: [100] }] },
      { gapMs: 300, stages: [{ ms: [50] }] },
    ],
    1,
  );
  const retried = graphOf([{ stages: [{ ms: [100, 40, 60], after: [-1, -1, 0], lost: [1, 0, 0] }] }], 4);
  const cases: readonly (readonly [string, ExecGraph, WhatIf, number])[] = [
    ['twice the slots', graphOf([{ stages: [{ ms: [10, 10, 10, 10] }] }], 2), slots(4), 10],
    ['two executors of two slots', graphOf([{ stages: [{ ms: [10, 10, 10, 10] }] }], 2), executors(2), 10],
    ['a heavy task in usual pieces: 10 pieces beside 3 tasks on 4 slots', skewed, unskew([{ stageId: 0 }]), 400],
    ['one task over four', graphOf([{ stages: [{ ms: [400] }] }], 4), resize([{ stageId: 0 }], 4), 100],
    ['without the retry', retried, withoutRetries(), 60],
    ['without a stage', graphOf([{ stages: [{ ms: [70] }, { ms: [30], parents: [0] }] }], 1), withoutStages([{ stageId: 0 }]), 30],
    ['without a job and the pause before it', loop, withoutJobs([1]), 200],
    ['half a pause', loop, lessDriver({ executions: [], jobs: [1] }, 150), 400],
    ['collection halved', graphOf([{ stages: [{ ms: [100], gcMs: 40 }] }], 1), gc(0.5), 80],
    ['twice the input', graphOf([{ stages: [{ ms: [100] }] }], 1), inputGrowth(2), 200],
    [
      '16 equal partitions as 4',
      graphOf([{ stages: [{ ms: new Array<number>(16).fill(10), width: shuffle(16) }] }], 4),
      shufflePartitions(4),
      40,
    ],
  ];
  test.each(cases)('%s', (_, graph, change, ms) => expect(wall(change.apply(graph))).toBeCloseTo(ms, 6));

  test('partition j of P′ is the union of the old ones ≡ j mod P′', () => {
    const { stages } = graphOf([{ stages: [{ ms: [1, 2, 3, 4, 5, 6, 7, 8] }] }], 1);
    const tasks = rebucketed((stages[0] as (typeof stages)[number]).tasks, 8, 4, 0);
    expect([...tasks.duration]).toEqual([6, 8, 10, 12]);
  });

  test('a hot partition stays in one piece when it is cut', () => {
    const { stages } = graphOf([{ stages: [{ ms: [10, 10, 10, 100] }] }], 1);
    const { duration } = rebucketed((stages[0] as (typeof stages)[number]).tasks, 4, 8, 0);
    expect(sum(duration)).toBeCloseTo(130, 6);
    expect(Math.max(...duration)).toBeGreaterThan(85);
  });

  test('partitions that AQE merges by bytes do not follow the setting, and it is said', () => {
    const graph = graphOf([{ stages: [{ ms: [10, 10], width: shuffle(200, true) }] }], 4);
    const changed = shufflePartitions(400).apply(graph);
    expect(wall(changed)).toBe(wall(graph));
    expect(changed.assumptions.join()).toMatch(/no effect/);
  });

  test('splits as Spark packs them: 6 small files for 2, 4, 8 slots', () => {
    const width = { kind: 'files', files: 6, bytes: 600_000, maxBytes: 128 << 20, openBytes: 4 << 20 } as const;
    expect([2, 4, 8, 100].map((n) => splitsOf(width, n))).toEqual([2, 3, 6, 6]);
    expect(splitsOf({ ...width, files: 1, bytes: 1 << 30 }, 4)).toBe(8);
  });

  test('what a cause held goes from its stages and its driver time', () => {
    const graph = graphOf([{ gapMs: 100, stages: [{ ms: [400] }] }], 1);
    const one = { stages: [{ stageId: 0, attempt: 0, heldMs: 400 }], executions: [], jobs: [0], ms: 300, driverFirst: false };
    expect(wall(relief([one]).apply(graph))).toBeCloseTo(200, 6);
    expect(wall(relief([{ ...one, driverFirst: true }]).apply(graph))).toBeCloseTo(200, 6);
    expect(wall(relief([{ ...one, ms: 450 }]).apply(graph))).toBeCloseTo(50, 6);
    expect(wall(relief([one, one, one]).apply(graph))).toBeGreaterThanOrEqual(0);
  });
});

describe('laws', () => {
  const graphs = fc
    .record({
      ms: fc.array(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 16 }), { minLength: 1, maxLength: 4 }),
      slots: fc.integer({ min: 1, max: 8 }),
    })
    .map(({ ms, slots: n }) =>
      measured(
        graphOf(
          ms.map((one) => ({ gapMs: 10, stages: [{ ms: one, width: shuffle(one.length) }] })),
          n,
        ),
      ),
    );

  test('the same configuration is the run itself', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const same = forecastOf({ graph }, [slots(graph.slotsEach)], 'cores');
        expect(same.likelyMs).toBe(Math.round(graph.measuredMs));
        expect(same.replayMs).toBe(Math.round(graph.measuredMs));
      }),
    );
  });

  test('low ≤ likely ≤ high, the same twice, and nothing in place is changed', () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 1, max: 16 }), (graph, n) => {
        const before = JSON.stringify(graph.stages.map((stage) => [...stage.tasks.duration]));
        const one = forecastOf({ graph }, [slots(n), shufflePartitions(n)], 'joint', 1);
        expect(one.lowMs).toBeLessThanOrEqual(one.likelyMs as number);
        expect(one.likelyMs).toBeLessThanOrEqual(one.highMs as number);
        expect(forecastOf({ graph }, [slots(n), shufflePartitions(n)], 'joint', 1)).toEqual(one);
        const saving = savingOf({ graph, replayMs: graph.measuredMs, calibration: 1 }, unskew([{ stageId: 0 }]), 'skew', 'fit');
        expect(saving.lowMs).toBeLessThanOrEqual(saving.likelyMs);
        expect(saving.likelyMs).toBeLessThanOrEqual(saving.highMs);
        expect(JSON.stringify(graph.stages.map((stage) => [...stage.tasks.duration]))).toBe(before);
      }),
      { numRuns: 30 },
    );
  });

  test('disjoint changes commute', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const [a, b] = [resize([{ stageId: 0 }], 3), unskew([{ stageId: 1 }])];
        expect(wall(compose('ab', [a, b]).apply(graph))).toBeCloseTo(wall(compose('ba', [b, a]).apply(graph)), 6);
      }),
    );
  });

  test('regrouping keeps the work', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 60 }), (ms, n) => {
        const { stages } = graphOf([{ stages: [{ ms }] }], 1);
        const { duration } = regrouped((stages[0] as (typeof stages)[number]).tasks, n, 0);
        expect(duration.length).toBe(n);
        expect(sum(duration)).toBeCloseTo(sum(ms), 6);
      }),
    );
  });

  test('a curve over slots never rises without contention, and knows its elbow', () => {
    const graph = measured(graphOf([{ stages: [{ ms: new Array<number>(32).fill(100) }] }], 4));
    const curve = curveOf({ graph }, [1, 2, 4, 8, 16, 32, 64]);
    expect(curve?.points.map((point) => point.likelyMs)).toEqual([3200, 1600, 800, 400, 200, 100, 100]);
    expect(curve?.elbow).toBe(32);
  });
});

describe('the gate and the words', () => {
  test('a run whose replay misses its wall is not predicted', () => {
    const graph = { ...skewed, measuredMs: 2 * skewed.measuredMs };
    const refused = forecastOf({ graph }, [slots(8)], 'cores');
    expect(refused.cannotPredict).toMatch(/replaying/);
    expect(refused.likelyMs).toBeNull();
    expect(forecastOf({ cannotPredict: 'why' }, [], 'same').cannotPredict).toBe('why');
  });

  test('every word’s example is understood, and what is not names them', () => {
    for (const word of Object.values(WORDS)) expect(parseWhatIf(word.example).whatIf.name).not.toBe('');
    for (const bad of ['cores', 'cores=0', 'cores=x', 'toString=1', 'shufflePartitions=1.5', 'inputGrowth=-1', 'unskew=12x'])
      expect(() => parseWhatIf(bad)).toThrow(/--what-if/);
    expect(parseCurve('cores=2..16')).toEqual([2, 3, 4, 6, 8, 12, 16]);
    expect(() => parseCurve('16..2')).toThrow(/--curve/);
  });
});
