// What a run says of findings of the code: part of a found cause, too small, or not seen.

import { expect, test } from 'vitest';
import type { CodeMap } from '../join/index.ts';
import { lint, loadPySpark } from '../pyspark/index.ts';
import { joinLint } from './code.ts';
import type { Finding } from './report.ts';

const pyspark = await loadPySpark();
const program = pyspark.parse({
  path: 'job.py',
  text: `from pyspark.sql import SparkSession, functions as F
spark = SparkSession.builder.getOrCreate()
base = spark.read.parquet("a").groupBy("k").agg(F.sum("v").alias("v"))
base.write.parquet("b")
base.where("v > 1").write.parquet("c")
`,
});
const map = { lint: lint(program).filter((one) => one.id === 'action-repeated'), program } as unknown as CodeMap;
const finding = (rule: string, status: string, explains: readonly string[] = []) =>
  ({
    rule,
    status,
    places: status === 'none' ? [] : [{}],
    code: [],
    explains: explains.map((one) => ({ rule: one })),
  }) as unknown as Finding;

test.each([
  ['a finding', [finding('recomputed-lineage', 'found')], { 'recomputed-lineage': 'costs time in this run' }, []],
  [
    'part of another cause',
    [finding('driver-loop', 'found', ['recomputed-lineage']), finding('recomputed-lineage', 'clear')],
    { 'driver-loop': 'costs time in this run' },
    [],
  ],
  [
    'under the floor',
    [finding('recomputed-lineage', 'clear')],
    { 'recomputed-lineage': 'costs too little time in this run to be worth doing' },
    ['costs too little time in this run to be worth doing'],
  ],
  ['not in the run', [finding('recomputed-lineage', 'none')], {}, ['not seen costing time in this run']],
])('a repeat in the code whose cost in the run is %s', (_, findings, parts, rest) => {
  expect(map.lint).toHaveLength(1);
  const joined = joinLint(map, findings, new Map());
  expect(Object.fromEntries(joined.findings.flatMap((one) => one.lint.map((entry) => [one.rule, entry.worth])))).toEqual(parts);
  expect(joined.code.map((entry) => entry.worth)).toEqual(rest);
});
