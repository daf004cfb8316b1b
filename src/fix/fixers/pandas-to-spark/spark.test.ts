// Steps of pandas and the steps of Spark written for them, on real Spark: the same rows, columns and types, over rows with nulls, negative
// numbers, duplicates and umlauts. Laws: what runs is what the fixer writes; a Spark without pandas skips it with a word.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CodeMap } from '../../../join/index.ts';
import { RUN_LIMIT, skipped, spark, testedLine, type Workshop, workshop } from '../../../spark/testing/spark.ts';
import { asked, fixed, parse, rewrites } from '../testing/asked.ts';
import { expectSameOutputs } from '../testing/run-samples.ts';
import { HEAD } from '../testing/samples.ts';
import { pandasToSpark } from './index.ts';
import { PANDAS_CASES, TYPES } from './testing/cases.ts';

const hasPandas = spark !== undefined && existsSync(join(dirname(spark.home), 'pandas'));
const why =
  spark === undefined ? skipped : hasPandas ? '' : ` (skipped: no pandas beside it. Next step: bin/firesteel spark install ${testedLine})`;

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
      expect(await expectSameOutputs(shop, cases)).toBeGreaterThan(300);
    },
    RUN_LIMIT,
  );
});
