// Steps of pandas and the steps of Spark written for them, on real Spark: the same rows, columns and types, over rows with nulls, negative
// numbers, duplicates and umlauts. Laws: what runs is what the fixer writes; a Spark without pandas skips it with a word.

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CodeMap } from '../../../join/index.ts';
import { RUN_LIMIT, skipped, spark, testedLine, type Workshop, workshop } from '../../../spark/testing/spark.ts';
import { asked, fixed, parse, rewrites } from '../testing/asked.ts';
import { HEAD } from '../testing/samples.ts';
import { pandasToSpark } from './index.ts';
import { PANDAS_CASES, TYPES } from './testing/cases.ts';

const SCRIPT = join(import.meta.dirname, '../testing/run_samples.py');
const hasPandas = spark !== undefined && existsSync(join(dirname(spark.home), 'pandas'));
const why =
  spark === undefined ? skipped : hasPandas ? '' : ` (skipped: no pandas beside it. Next step: bin/firesteel spark install ${testedLine})`;

interface Result {
  readonly name: string;
  readonly rows: number;
  readonly error: string | null;
  readonly equal: boolean;
  readonly difference: unknown;
}

describe.skipIf(!hasPandas)(`steps of pandas on Spark ${testedLine}${why}`, () => {
  let shop: Workshop;
  beforeAll(() => {
    shop = workshop();
  });
  afterAll(() => shop?.remove());

  test(
    'the same rows, columns and types',
    async () => {
      const code = { columnTypesOf: () => TYPES } as unknown as CodeMap;
      const cases = PANDAS_CASES.map(({ name, before }) => {
        const program = parse(HEAD + before);
        return { name, before: HEAD + before, after: fixed(program, rewrites(asked(pandasToSpark, program, { code }))) };
      });
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
      expect(results.reduce((sum, one) => sum + one.rows, 0)).toBeGreaterThan(300);
    },
    RUN_LIMIT,
  );
});
