// `run` and `prove` from their input to the ledger, on real Spark: what is kept, what is said, and when B may not win.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openLedger } from '../ledger/index.ts';
import type { Proof } from '../prove/index.ts';
import type { RunResult } from '../report/index.ts';
import { bench, LIMIT, line, why } from './testing/bench.ts';

const JOB = `
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
rows = spark.range(int(sys.argv[2])).selectExpr("id", "id % 7 AS k")
rows.repartition(2).write.parquet(sys.argv[1] + "/rows")
`;

const { folder, notes, start, remove } = bench(
  {
    'job.py': JOB,
    'other.py': JOB.replace('id % 7', 'id % 8'),
    'bad.py': 'from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate()\nraise ValueError("no such day")\n',
    'two.conf': 'spark.sql.shuffle.partitions 2\n',
  },
  {
    rows: { script: 'job.py', args: ['{output}', '1000'], master: 'local[2]', owner: 'tests' },
    other: { script: 'other.py', args: ['{output}', '1000'], master: 'local[2]' },
    bad: { script: 'bad.py', master: 'local[2]' },
  },
);
afterAll(remove);

describe.skipIf(why !== '')(`on Spark ${line}${why}`, () => {
  test(
    'run: record, cost, audit, line of code',
    async () => {
      const { result, outcome, render } = await start<RunResult>('run', { job: 'rows' });
      expect(outcome.kind).toBe('done');
      expect(result.outcome).toMatchObject({ status: 'succeeded', exitCode: 0, traced: true });
      expect(result.cost).toMatchObject({ currency: 'EUR', version: 'test' });
      expect(result.report?.application.name).toBeDefined();
      expect(readdirSync(join(result.start.folder, 'output'))).toEqual(['rows']);
      const ledger = await openLedger(join(folder, '.firesteel', 'ledger.db'));
      const record = await ledger.run(result.start.runId);
      expect(record?.run).toMatchObject({ model: 'rows', purpose: 'run', state: 'succeeded', usage: { outputRecords: 1000 } });
      expect(record?.audits).toHaveLength(1);
      expect((await ledger.models()).map(({ name, owner }) => [name, owner])).toContainEqual(['rows', 'tests']);
      await ledger.close();
      expect(await render('terminal', { width: 80, color: false, unicode: true })).toContain('rows succeeded after');
      expect(readFileSync(join(folder, '.firesteel/.gitignore'), 'utf8')).toBe('*\n');
    },
    LIMIT,
  );

  test(
    'run: a job that fails is a record with its exception and a failed gate',
    async () => {
      const { result, outcome, render } = await start<RunResult>('run', { job: 'bad' });
      expect(outcome.kind).toBe('gate failed');
      expect(result.outcome.exception).toMatchObject({ type: 'ValueError', message: 'no such day', line: 3 });
      const text = String(await render('terminal', { width: 80, color: false, unicode: true }));
      expect(text).toMatch(/bad failed after[\s\S]*ValueError: no such day at [\s\S]*bad\.py:3/);
    },
    LIMIT,
  );

  test(
    'prove: two pairs claim nothing, outputs are compared, all is on record',
    async () => {
      const { result, outcome } = await start<Proof>('prove', { a: '.', b: 'two.conf', job: 'rows', pairs: 2, warmup: 0, metric: 'cost' });
      expect(outcome.kind).toBe('gate failed');
      expect(result.verdict.kind).toBe('notProven');
      expect(result.outputs).toMatchObject({ status: 'equal' });
      expect(result.outputs.outputs).toMatchObject([{ name: 'rows', equal: true, a: { rows: 1000 }, b: { rows: 1000 } }]);
      expect(result.pairs.map(({ order }) => order)).toEqual(result.plan.orders.slice(0, 2));
      expect(result.pairs.every(({ a, b }) => (a.values.cost ?? 0) > 0 && (b.values.cost ?? 0) > 0)).toBe(true);
      expect(notes.join('\n')).toMatch(/No claim is possible with 2 pairs/);
      const ledger = await openLedger(join(folder, '.firesteel', 'ledger.db'));
      const [proof] = await ledger.proofs();
      expect(proof).toMatchObject({ proofId: result.proofId, verdict: 'notProven', outputs: 'equal' });
      expect(await ledger.runs({ proofId: result.proofId })).toHaveLength(4);
      await ledger.close();
      // What the runs wrote was compared and is not needed any more.
      for (const { a } of result.pairs) expect(readdirSync(join(folder, '.firesteel', 'runs', a.runId))).not.toContain('output');
    },
    LIMIT,
  );

  test(
    'prove: another output is unsafe after the warm-up, whatever the speed',
    async () => {
      const { result, outcome } = await start<Proof>('prove', { a: 'rows', b: 'other' });
      expect(result.verdict.kind).toBe('unsafe');
      expect(result.pairs).toEqual([]);
      expect(result.warmups).toHaveLength(2);
      expect(result.outputs.outputs[0]?.columns.map(({ column }) => column)).toEqual(['k']);
      expect(outcome.kind).toBe('gate failed');
    },
    LIMIT,
  );
});

test.each<[object, RegExp]>([
  [{ a: 'rows' }, /B is missing/],
  [{ a: 'rows', b: 'other', aa: true }, /against itself/],
  [{ a: 'rows', b: 'nothing' }, /no model "nothing"/],
  [{ a: 'rows', b: 'missing.py' }, /missing\.py does not exist/],
  [{ a: 'rows', b: 'other', pairs: 0 }, /pairs/],
  [{ a: 'rows', b: 'other', conf: ['spark.x'] }, /no Spark property/],
])('prove %j is a wrong usage', async (input, message) => {
  if (why !== '') return;
  await expect(start('prove', input)).rejects.toThrow(message);
});
