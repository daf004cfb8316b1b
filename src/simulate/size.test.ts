// Sizing: known answers on graphs built by hand, what each goal takes, and when memory may be lowered. The calculator against its formulas.

import { describe, expect, test } from 'vitest';
import { GIB, MIB } from '../base/index.ts';
import type { ExecGraph } from './graph.ts';
import type { Needs } from './needs.ts';
import { replay } from './replay.ts';
import { sizeOf } from './size.ts';
import type { SizedRun, SizeGoal } from './sizing.ts';
import { graphOf } from './testing.ts';
import { sizeByThumb } from './thumb.ts';

const measured = (graph: ExecGraph): ExecGraph => ({ ...graph, measuredMs: replay(graph)?.wallMs as number });
/** 32 tasks of 10 s on executors of 4 slots, and 20 s of driver time. */
const graph = (ms = 10_000, executors = 2) =>
  measured(graphOf([{ gapMs: 20_000, stages: [{ ms: new Array<number>(32).fill(ms) }] }], 4 * executors, { slotsEach: 4, executors }));
const needs: Needs = {
  name: 'job',
  local: false,
  wallMs: 600_000,
  inputBytes: 0,
  heapBytes: 8 * GIB,
  fraction: 0.6,
  heapPeakBytes: 2 * GIB,
  poolPeakBytes: GIB,
  besideBytes: undefined,
  python: false,
  taskBytes: 0,
  spilledBytes: 0,
  gcShare: 0.01,
  slotsEach: 4,
  taskCpus: 1,
  executors: 2,
  dynamicAllocation: false,
  utilisation: 0.8,
  shuffle: { bytes: 0, partitions: 200, merged: false },
  widest: 32,
  kubernetes: false,
};
const one = (more: Partial<Needs> = {}, built = graph()): SizedRun => ({ built: { graph: built }, needs: { ...needs, ...more } });
const size = (runs: readonly SizedRun[], goal: Partial<SizeGoal> = {}) => sizeOf(runs, { goal: 'time', deadlineMs: undefined, ...goal });
const adviceFor = (sizing: ReturnType<typeof size>, key: string) => sizing.advice.find((advice) => advice.key === key);

describe('the number of executors', () => {
  test('the curve is that of the replay', () => {
    const points = new Map(size([one()]).points.map((point) => [point.executors, point.likelyMs]));
    expect([1, 2, 4, 8, 16].map((n) => points.get(n))).toEqual([100_000, 60_000, 40_000, 30_000, 30_000]);
  });

  test('time takes the elbow, cost the cheapest', () => {
    expect(size([one()]).chosen?.executors).toBe(size([one()]).elbow);
    const cheap = size([one()], { goal: 'cost' });
    expect(cheap.chosen?.executors).toBe(1);
    expect(cheap.points.every((point) => point.cost >= 0.95 * (cheap.chosen?.cost ?? 0))).toBe(true);
  });

  test('a deadline takes the cheapest whose high end meets it, and says when there is none', () => {
    const sized = size([one()], { deadlineMs: 70_000 });
    expect(sized.meetsDeadline).toBe(true);
    expect(sized.chosen?.highMs).toBeLessThanOrEqual(70_000);
    for (const point of sized.points)
      if (point.highMs <= 70_000) expect(point.cost).toBeGreaterThanOrEqual(0.95 * (sized.chosen?.cost ?? 0));
    const never = size([one()], { deadlineMs: 10_000 });
    expect(never.meetsDeadline).toBe(false);
    expect(never.chosen?.highMs).toBe(Math.min(...never.points.map((point) => point.highMs)));
  });

  test('of several runs the heavy ones count', () => {
    const light = size([one()]);
    const mixed = size([one(), one(), one({}, graph(20_000))]);
    expect(mixed.runs).toBe(3);
    const at = (sizing: typeof light, n: number) => sizing.points.find((point) => point.executors === n)?.likelyMs ?? 0;
    expect(at(mixed, 2)).toBeGreaterThan(at(light, 2));
    expect(at(mixed, 2)).toBeLessThanOrEqual(100_000);
  });

  test('money follows the rate', () => {
    const priced = size([one()], { rate: { perCoreHour: 3600, perGiBHour: 0, currency: 'EUR' } });
    const point = priced.points.find(({ executors }) => executors === 1);
    // Four cores for 100 s, at 1 EUR a core-second.
    expect(point?.cost).toBeCloseTo(400, 6);
    expect(priced.currency).toBe('EUR');
  });

  test('a run that cannot be replayed is refused with its reason', () => {
    expect(() => sizeOf([{ built: { cannotPredict: 'no end' }, needs }], { goal: 'time', deadlineMs: undefined })).toThrow(/no end/);
  });
});

describe('memory', () => {
  const cases: readonly (readonly [string, readonly Partial<Needs>[], string, RegExp])[] = [
    ['a peak far below the heap lowers it, with room for half as much again', [{}], '3g', /in use, garbage included/],
    ['ten runs need less room', new Array<Partial<Needs>>(10).fill({}), '2560m', /1.2 times/],
    ['without peaks it stays', [{ heapPeakBytes: undefined }], '8g', /not lowered/],
    ['one run without peaks among others: it stays', [{}, { heapPeakBytes: undefined }], '8g', /not lowered/],
    ['a short run is polled too seldom', [{ wallMs: 30_000 }], '8g', /too seldom/],
    // 4 tasks of 2 GiB ÷ 0.6 and 300 MiB.
    ['spilling raises it', [{ spilledBytes: GIB, taskBytes: 2 * GIB }], '14g', /went to disk/],
    // 4 GiB ÷ 0.6 ÷ 0.5 and 300 MiB.
    ['collection raises it', [{ gcShare: 0.2, poolPeakBytes: 4 * GIB }], '14g', /collection took/],
  ];
  test.each(cases)('%s', (_, all, value, why) => {
    const advice = adviceFor(size(all.map((more) => one(more))), 'spark.executor.memory');
    expect(advice?.value).toBe(value);
    expect(advice?.reason).toMatch(why);
  });

  test('overhead: Spark’s default, or what the process tree showed', () => {
    expect(adviceFor(size([one()]), 'spark.executor.memoryOverhead')?.value).toBe('384m');
    expect(adviceFor(size([one({ besideBytes: 2 * GIB })]), 'spark.executor.memoryOverhead')).toMatchObject({
      value: '2496m',
      basis: 'measured',
    });
  });
});

test('partitions: by bytes, by slots, in whole waves; AQE keeps more', () => {
  const partitions = (shuffle: Needs['shuffle'], more: Partial<Needs> = {}) =>
    adviceFor(size([one({ shuffle, ...more })]), 'spark.sql.shuffle.partitions')?.value;
  const slots = size([one()]).chosen?.cores ?? 0;
  expect(partitions({ bytes: 10 * MIB, partitions: 200, merged: false })).toBe(String(slots));
  expect(Number(partitions({ bytes: 50 * GIB, partitions: 200, merged: false }))).toBeGreaterThanOrEqual(400);
  expect(Number(partitions({ bytes: 50 * GIB, partitions: 200, merged: false })) % slots).toBe(0);
  expect(partitions({ bytes: 10 * MIB, partitions: 200, merged: true })).toBe('200');
  expect(partitions(undefined)).toBeUndefined();
});

test('local mode sizes the one JVM', () => {
  const local = measured(graphOf([{ stages: [{ ms: new Array<number>(32).fill(1000) }] }], 4, { local: true }));
  const sized = size([one({ local: true, executors: 1 }, local)]);
  expect(sized.advice[0]?.key).toBe('spark.master');
  expect(sized.sparkSubmit).toMatch(/--master local\[\d+\] --driver-memory/);
});

describe('the calculator', () => {
  const cluster = { dataBytes: 500 * GIB, nodes: 10, nodeCores: 16, nodeMemoryBytes: 64 * GIB, workload: 'batch' } as const;
  test('is marked, and follows its formulas', () => {
    const sized = sizeByThumb(cluster);
    expect(sized.basis).toBe('rule of thumb');
    expect(sized.chosen).toBeNull();
    const value = (key: string) => sized.advice.find((advice) => advice.key === key)?.value;
    // (16 − 1) ÷ 4 = 3 executors a node, less one; (64 − 1) ÷ 3 ÷ 1.1 = 19; 4,000 tasks in waves of 116.
    expect(value('spark.executor.instances')).toBe('29');
    expect(value('spark.executor.memory')).toBe('19g');
    expect(value('spark.sql.shuffle.partitions')).toBe('4060');
    expect(sized.advice.every((advice) => advice.basis === 'rule of thumb' && advice.reason.length > 10)).toBe(true);
  });
  test('little data takes few executors; a node too small is refused', () => {
    expect(sizeByThumb({ ...cluster, dataBytes: GIB }).advice[0]?.value).toBe('1');
    expect(() => sizeByThumb({ ...cluster, nodeMemoryBytes: 2 * GIB })).toThrow(/no room/);
  });
});
