// The safe rewrites on real Spark: each sample's program before and after, over the same small inputs with nulls, writes and prints the same.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HEAD, SAMPLES } from '../fix/fixers/testing/samples.ts';
import { RUN_LIMIT, skipped, spark, testedLine, type Workshop, workshop } from './testing/spark.ts';

const SCRIPT = join(import.meta.dirname, '../fix/fixers/testing/run_samples.py');

interface Result {
  readonly name: string;
  readonly outputs: number;
  readonly rows: number;
  readonly error: string | null;
  readonly equal: boolean;
  readonly difference: unknown;
}

describe.skipIf(spark === undefined)(`safe rewrites on Spark ${testedLine}${skipped}`, () => {
  let shop: Workshop;
  beforeAll(() => {
    shop = workshop();
  });
  afterAll(() => shop?.remove());

  test(
    'the same rows, columns and prints',
    async () => {
      const cases = SAMPLES.flatMap((one) =>
        // The embedded Spark has no pandas.
        one.after === undefined || /toPandas/.test(one.before)
          ? []
          : [{ name: `${one.fixer}: ${one.name}`, before: HEAD + one.before, after: HEAD + one.after }],
      );
      const folder = join(shop.folder, 'runs');
      mkdirSync(folder);
      const outFile = join(shop.folder, 'out.json');
      const conf = {
        'spark.ui.enabled': 'false',
        'spark.eventLog.enabled': 'false',
        'spark.sql.shuffle.partitions': '2',
        'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m',
      };
      const job = shop.job(SCRIPT, { args: [shop.write('cases.json', JSON.stringify(cases)), folder, outFile], conf });
      const { outcome, driverLog } = await shop.run(job);
      expect(outcome.status, driverLog.slice(-4000)).toBe('succeeded');
      const { results } = JSON.parse(readFileSync(outFile, 'utf8')) as { results: Result[] };
      expect(results.length).toBe(cases.length);
      expect(results.filter((one) => one.error !== null).map((one) => `${one.name}: ${one.error}`)).toEqual([]);
      expect(results.filter((one) => !one.equal)).toEqual([]);
      expect(results.reduce((sum, one) => sum + one.rows, 0)).toBeGreaterThan(100);
    },
    RUN_LIMIT,
  );
});
