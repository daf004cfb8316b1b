// Faces of a sizing and of the cost sentence: what is taken, met or not, measured or a rule of thumb; no text of a log does harm.

import { expect, test } from 'vitest';
import type { SizePoint, Sizing } from '../simulate/index.ts';
import { costText } from './cost-words.ts';
import { renderSizeMarkdown, renderSizeTerminal, renderSizeTerse, sizeJson } from './size-face.ts';
import { report } from './testing/samples.ts';

const point = (executors: number, likelyMs: number): SizePoint => ({
  executors,
  cores: 4 * executors,
  likelyMs,
  lowMs: 0.9 * likelyMs,
  highMs: 1.1 * likelyMs,
  utilisation: 0.5,
  slotMs: 4 * executors * likelyMs,
  cost: 4 * executors * likelyMs,
});
const points = Array.from({ length: 30 }, (_, i) => point(i + 1, 600_000 / (i + 1) + 60_000));
const sizing: Sizing = {
  schema: 'firesteel/size@1',
  basis: 'runs',
  name: 'a \u001b[31mjob | x',
  runs: 3,
  goal: 'time',
  deadlineMs: 120_000,
  meetsDeadline: true,
  chosen: points[11] as SizePoint,
  elbow: 8,
  points,
  currency: null,
  advice: [
    { key: 'spark.executor.instances', value: '12', was: '20', reason: 'the cheapest that meets it', basis: 'replay' },
    { key: 'spark.executor.memory', value: '4g', was: undefined, reason: 'as it is', basis: 'measured' },
  ],
  assumptions: ['3 runs replayed'],
  sparkSubmit: 'spark-submit --num-executors 12 --executor-memory 4g',
  sparkDefaults: 'spark.executor.instances 12\nspark.executor.memory    4g',
};
const options = { width: 80, color: false, unicode: true, all: false };
const faces = (value: Sizing) => [renderSizeTerminal(value, options), renderSizeMarkdown(value), renderSizeTerse(value)];

test('every face tells the settings, why, and what they had been', () => {
  for (const text of faces(sizing)) {
    expect(text).toMatch(/spark\.executor\.instances/);
    expect(text).toMatch(/12/);
    expect(text).toMatch(/20/);
    expect(text).toMatch(/the cheapest that meets it/);
    expect(text).not.toContain('\u001b');
  }
  expect(
    renderSizeTerminal(sizing, options)
      .split('\n')
      .every((line) => [...line].length <= 80),
  ).toBe(true);
  expect((sizeJson(sizing) as { schema: string }).schema).toBe('firesteel/size@1');
});

test('a deadline that cannot be promised is said first', () => {
  for (const text of faces({ ...sizing, meetsDeadline: false })) expect(text).toMatch(/cannot\s+be\s+promised/);
});

test('a rule of thumb is called one in every face', () => {
  const thumb: Sizing = { ...sizing, basis: 'rule of thumb', chosen: null, points: [], deadlineMs: null, meetsDeadline: null };
  for (const text of faces(thumb)) expect(text).toMatch(/rule of\s+thumb: nothing here was measured/i);
});

test('the cost of a run in a sentence, with money only when there is a price', () => {
  const cost = {
    allocatedCoreMs: 7_200_000,
    parts: [
      { cause: 'work' as const, coreMs: 5_400_000 },
      { cause: 'driver wait' as const, coreMs: 1_800_000 },
    ],
  };
  const plain = costText({ ...report(), cost });
  expect(plain).toMatch(/2\.0 core-h, went into: useful work 75 % · waiting for the driver 25 %/);
  const priced = costText({
    ...report(),
    cost: {
      ...cost,
      parts: cost.parts.map((part) => ({ ...part, amount: part.coreMs / 7_200_000 })),
      amount: 1,
      currency: 'EUR',
      version: 'v2',
    },
  });
  expect(priced).toMatch(/1\.00 EUR by the prices of v2.*0\.75 EUR/);
  expect(costText({ ...report(), cost: null })).toBeUndefined();
});
