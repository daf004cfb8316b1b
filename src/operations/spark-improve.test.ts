// `improve` from its input to the ledger, on real Spark: what is kept, what is dropped and why, and what it does with a job that fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openLedger } from '../ledger/index.ts';
import type { ImproveResult } from '../report/index.ts';
import { bench, LIMIT, line, why } from './testing/bench.ts';

const SLOW = `import sys
from pyspark.sql import SparkSession, functions as F
from pyspark.sql.types import StringType
from helper import rows

spark = SparkSession.builder.getOrCreate()


@F.udf(StringType())
def band(amount):
    if amount is None:
        return "unknown"
    return "low" if amount < 20 else "high"


rows(spark).withColumn("band", band("amount")).groupBy("band").count().write.parquet(sys.argv[1] + "/bands")
`;

/** One text is no number: the run ends there, behind its first output. */
const CASTS = `import sys
from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.config("spark.sql.ansi.enabled", "true").getOrCreate()
rows = spark.range(1000).select("id", F.when(F.col("id") == 700, "n/a").otherwise(F.col("id").cast("string")).alias("text"))
rows.select("id").write.parquet(sys.argv[1] + "/ids")
rows.select(
    F.col("id").cast("int").alias("id"),
    F.col("text").cast("int").alias("number"),
).write.parquet(sys.argv[1] + "/numbers")
spark.stop()
`;

const STREAM = `from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
query = spark.readStream.format("rate").load().writeStream.format("noop").option("checkpointLocation", "c").start()
query.awaitTermination()
`;

const { folder, start, remove } = bench(
  {
    'slow.py': SLOW,
    'casts.py': CASTS,
    'stream.py': STREAM,
    'gone.py': CASTS.replace('rows.select("id")', 'spark.read.parquet("nowhere").count()\nrows.select("id")'),
    'helper.py': 'def rows(spark):\n    return spark.range(10_000_000).selectExpr("id % 97 AS amount")\n',
  },
  {
    slow: { script: 'slow.py', args: ['{output}'], master: 'local[2]' },
    casts: { script: 'casts.py', args: ['{output}'], master: 'local[2]' },
    gone: { script: 'gone.py', args: ['{output}'], master: 'local[2]' },
  },
);
afterAll(remove);

describe.skipIf(why !== '')(`improve on Spark ${line}${why}`, () => {
  test(
    'a budget that allows no proof: the patch is named, nothing is kept, no file changes',
    async () => {
      const { result, render } = await start<ImproveResult>('improve', { job: 'slow', budget: '1s', apply: true });
      expect(result).toMatchObject({
        kept: [],
        ended: expect.stringMatching(/^the budget allows no more proof/),
        patch: '',
        applied: undefined,
      });
      expect(result.tried.flatMap((one) => one.changes.map((change) => change.proposal.fixer))).toContain('native-udf');
      expect(readFileSync(join(folder, 'slow.py'), 'utf8')).toBe(SLOW);
      expect(String(await render('terminal', { width: 80, color: false, unicode: true }))).toMatch(
        /NOTHING KEPT[\s\S]*Tried and dropped[\s\S]*budget/,
      );
    },
    LIMIT,
  );

  test(
    'begun with a run on record: one pair proves nothing, and the version that ran had the patch and found its imports',
    async () => {
      const ledger = await openLedger(join(folder, '.firesteel', 'ledger.db'));
      const [first] = await ledger.runs({ model: 'slow', state: 'succeeded' });
      await ledger.close();
      const { result } = await start<ImproveResult>('improve', {
        job: 'slow',
        run: first?.runId,
        pairs: 1,
        warmup: 0,
        rule: ['python-row-udf'],
      });
      const [tried] = result.tried;
      expect(tried?.proof?.verdict.kind).toBe('notProven');
      expect(tried?.proof?.outputs.status).toBe('equal');
      expect(tried?.proof?.pairs.every(({ a, b }) => a.succeeded && b.succeeded)).toBe(true);
      expect(readFileSync(tried?.proof?.b.script ?? '', 'utf8')).toContain('F.when');
      expect(result.kept).toEqual([]);
    },
    LIMIT,
  );
});

describe.skipIf(why !== '')(`improve of what fails on Spark ${line}${why}`, () => {
  test(
    'one value ends the run: the cast becomes a try_cast, the run succeeds, and that is no gain',
    async () => {
      const { result, outcome, render } = await start<ImproveResult>('improve', {
        job: 'casts',
        budget: '10m',
        rule: ['failed-run'],
        apply: true,
      });
      expect(result.failed).toMatchObject({ cured: true, what: expect.stringMatching(/CAST_INVALID_INPUT/) });
      expect(result.tried).toMatchObject([{ kept: true, proof: undefined, why: expect.stringMatching(/no gain is measured/) }]);
      expect(result.whole).toBeUndefined();
      expect(outcome.kind).toBe('done');
      const patched = readFileSync(join(folder, 'casts.py'), 'utf8');
      // Spark 3 names no line: both casts to the type are changed there.
      if (line.startsWith('3')) expect(patched.match(/F\.expr\("try_cast\((id|text) as int\)"\)/g)).toHaveLength(2);
      else expect(patched).toBe(CASTS.replace('F.col("text").cast("int")', 'F.col("text").try_cast("int")'));
      const text = String(await render('terminal', { width: 80, color: false, unicode: true }));
      expect(text).toMatch(/RUNS NOW[\s\S]*no measured\s+gain[\s\S]*open +Readers of the output accept null in (id, )?number/);
    },
    LIMIT,
  );

  test(
    'an input that is not there: the cause, and what a person must do',
    async () => {
      const { result, outcome, render } = await start<ImproveResult>('improve', { job: 'gone', budget: '10m' });
      expect(result).toMatchObject({ kept: [], patch: '', failed: { cured: false } });
      expect(outcome.kind).toBe('gate failed');
      expect(String(await render('terminal', { width: 80, color: false, unicode: true }))).toMatch(/FAILS[\s\S]*nowhere[\s\S]*To do: /);
    },
    LIMIT,
  );

  test('a stream is not timed: it is told before anything runs', async () => {
    await expect(start('improve', { job: 'stream.py' })).rejects.toThrow(/stream that runs until it is stopped/);
  });
});
