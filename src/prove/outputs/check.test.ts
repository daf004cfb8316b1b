// What is concluded from comparisons: whose doing a difference is, and that nothing unseen is called equal.
import { describe, expect, test } from 'vitest';
import { judge, makePlan } from '../index.ts';
import { checkOf } from './check.ts';
import { compareOutputs, settingsToReachData, toleranceOf } from './compare.ts';
import { type CompareResult, compareResultSchema, DEFAULT_TOLERANCE } from './exchange.ts';

const SIDE = { location: '/out', format: 'parquet', rows: 10, columns: 3, fingerprint: 'f' };

/** One output of a comparison as Python writes it: equal unless told otherwise. */
const output = (name: string, over: Record<string, unknown> = {}) => ({
  name,
  a: SIDE,
  b: SIDE,
  equal: true,
  notCompared: null,
  withinTolerance: [],
  schema: [],
  notes: [],
  columns: [],
  onlyInA: 0,
  onlyInB: 0,
  repeatedInA: 0,
  repeatedInB: 0,
  pairedBy: [],
  paired: 0,
  examplesA: [],
  examplesB: [],
  ...over,
});

/** Rows that meet by `id` and differ in these columns. */
const changed = (name: string, ...columns: string[]) =>
  output(name, {
    equal: false,
    onlyInA: 2,
    onlyInB: 2,
    pairedBy: ['id'],
    columns: columns.map((column) => ({ column, typeA: 'int', typeB: 'int', rows: 2, reason: 'values differ' })),
  });
const lost = (name: string) => output(name, { equal: false, onlyInA: 1, onlyInB: 0 });

type Output = ReturnType<typeof output>;

/** A result whose labels say the arm: a2, b1 … against a1. */
const result = (comparisons: Record<string, readonly Output[]>): CompareResult =>
  compareResultSchema.parse({
    schema: 'firesteel/compare-result@1',
    sparkVersion: '4.1.1',
    seconds: 1,
    reference: { label: 'a1', notes: [], outputs: [] },
    comparisons: Object.entries(comparisons).map(([label, outputs]) => ({ label, notes: [], outputs })),
  });

const check = (comparisons: Record<string, readonly Output[]>) =>
  checkOf(result(comparisons), (label) => (label.startsWith('a') ? 'A' : 'B'), DEFAULT_TOLERANCE);

describe('whose doing a difference is', () => {
  test.each<[string, Record<string, readonly Output[]>, string, 'A' | 'B' | undefined, RegExp]>([
    ['all equal', { a2: [output('x')], b1: [output('x')] }, 'equal', undefined, /^1 output \(10 rows\) of 3 runs compared by Spark: equal/],
    [
      'B in all its runs',
      { a2: [output('x')], b1: [changed('x', 'n')], b2: [changed('x', 'n')] },
      'different',
      'B',
      /in all 2 runs of B\.$/,
    ],
    ['B sometimes', { b1: [output('x')], b2: [lost('x')] }, 'different', 'B', /^x differs from A's, in 1 of 2 runs of B\.$/],
    [
      'A differs, B in the same column',
      { a2: [changed('x', 'n')], b1: [changed('x', 'n')] },
      'different',
      'A',
      /^A does not give the same/,
    ],
    ['A differs, B does not', { a2: [changed('x', 'n')], b1: [output('x')] }, 'different', 'A', /between its first run and 1 of 1 others/],
    ['A differs, B in another column', { a2: [changed('x', 'n')], b1: [changed('x', 'n', 'm')] }, 'different', 'B', /but not in this\.$/],
    ['A differs in values, B loses rows', { a2: [changed('x', 'n')], b1: [lost('x')] }, 'different', 'B', /^x differs from A's/],
    ['A differs in whole rows, B too', { a2: [lost('x')], b1: [lost('x')] }, 'different', 'A', /^A does not give/],
    [
      'A differs in whole rows, B in its schema',
      { a2: [lost('x')], b1: [output('x', { equal: false, schema: ['column n is only in A'] })] },
      'different',
      'B',
      /^x differs/,
    ],
    ['A differs in one output, B in another', { a2: [lost('x'), output('y')], b1: [lost('x'), lost('y')] }, 'different', 'B', /^y differs/],
  ])('%s', (_name, comparisons, status, blame, sentence) => {
    const found = check(comparisons);
    expect([found.status, found.blame]).toEqual([status, blame]);
    expect(found.sentence).toMatch(sentence);
  });

  test('the comparison that is shown is of the side to blame', () => {
    expect(check({ a2: [changed('x', 'n')], b1: [changed('x', 'n')] }).outputs[0]?.runs).toEqual(['a1', 'a2']);
    expect(check({ a2: [output('x')], b1: [output('x')], b2: [lost('x')] }).outputs[0]?.runs).toEqual(['a1', 'b2']);
    expect(check({ a2: [output('x')], b1: [lost('x')] }).repeats).toEqual({
      A: { compared: 1, differing: 0 },
      B: { compared: 1, differing: 1 },
    });
  });

  test('a job that is not repeatable makes the proof invalid, not B unsafe', () => {
    const plan = makePlan({ metric: 'wall', seed: 1 });
    const verdict = (comparisons: Record<string, readonly Output[]>) => judge(plan, [], check(comparisons)).verdict;
    expect(verdict({ a2: [changed('x', 'n')], b1: [changed('x', 'n')] })).toMatchObject({
      kind: 'invalid',
      sentence: expect.stringMatching(/^A does not give the same output twice, so nothing can be said of B \(x: /),
    });
    expect(verdict({ a2: [output('x')], b1: [lost('x')] })).toMatchObject({ kind: 'unsafe' });
  });
});

describe('what was not seen is not equal', () => {
  test.each<[string, Record<string, readonly Output[]>, RegExp]>([
    ['nothing was written', { b1: [] }, /^Neither side wrote anything that was found\.$/],
    ['no rows', { b1: [output('x', { a: { ...SIDE, rows: 0 }, b: { ...SIDE, rows: 0 } })] }, /^No run wrote a row/],
    ['empty folders', { b1: [output('x', { a: { location: '/a' }, b: { location: '/b' } })] }, /^No run wrote a row/],
    [
      'one of two cannot be read',
      { b1: [output('x'), output('y', { equal: false, notCompared: 'cannot be read as avro' })] },
      /^y cannot be read as avro\.$/,
    ],
  ])('%s', (_name, comparisons, sentence) => {
    const found = check(comparisons);
    expect(found.status).toBe('notCompared');
    expect(found.sentence).toMatch(sentence);
  });

  test('a difference counts more than what could not be compared', () => {
    expect(check({ b1: [lost('x'), output('y', { equal: false, notCompared: 'cannot be read' })] }).status).toBe('different');
  });

  const ask = (spark: () => Promise<{ exitCode: number | undefined; reason?: string }>, root: string | undefined = '/a') =>
    compareOutputs({
      reference: { label: 'a1', root },
      others: [{ arm: 'B', label: 'b1', root }],
      folder: process.env.TMPDIR ?? '/tmp',
      spark,
    });
  test('a comparison that fails says why', async () => {
    expect(await ask(async () => ({ exitCode: 1, reason: 'No space left on device.' }))).toMatchObject({
      status: 'notCompared',
      sentence: 'Outputs could not be compared: No space left on device.',
    });
    expect((await ask(async () => ({ exitCode: 0 }))).sentence).toMatch(/the result cannot be read/);
  });
  test('no place is known', async () => {
    const never = () => Promise.reject(new Error('Spark is not needed'));
    const found = await compareOutputs({ reference: { label: 'a' }, others: [{ arm: 'B', label: 'b' }], folder: '/', spark: never });
    expect(found.sentence).toMatch(/^No output is known/);
  });
});

test('passwords in a location are not shown', () => {
  const side = { ...SIDE, location: 'jdbc:postgresql://me:hush@host/db sales' };
  expect(JSON.stringify(check({ b1: [output('x', { a: side, b: side })] }))).not.toContain('hush');
});

test.each([
  [undefined, { double: 1e-9, float: 1e-6, absolute: 0 }],
  [1e-4, { double: 1e-4, float: 1e-4, absolute: 0 }],
  [1e-12, { double: 1e-12, float: 1e-6, absolute: 0 }],
  [0, { double: 0, float: 0, absolute: 0 }],
  [{ absolute: 1e-6 }, { double: 1e-9, float: 1e-6, absolute: 1e-6 }],
])('tolerance %j', (given, expected) => expect(toleranceOf(given)).toEqual(expected));

test('only settings that reach the data come along', () => {
  const conf = {
    'spark.sql.extensions': 'x',
    'spark.hadoop.fs.s3a.endpoint': 'y',
    'spark.sql.shuffle.partitions': '8',
    'spark.executor.memory': '1g',
  };
  expect(settingsToReachData(conf, { 'spark.sql.extensions': 'z' })).toEqual({
    'spark.sql.extensions': 'z',
    'spark.hadoop.fs.s3a.endpoint': 'y',
  });
});
