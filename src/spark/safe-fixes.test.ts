// The safe rewrites on real Spark: each sample's program before and after, over the same small inputs with nulls, writes and prints the same.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSameOutputs } from '../fix/fixers/testing/run-samples.ts';
import { HEAD, SAMPLES } from '../fix/fixers/testing/samples.ts';
import { RUN_LIMIT, skipped, spark, testedLine, type Workshop, workshop } from './testing/spark.ts';

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
        // A Spark of the user's own may have no pandas; steps of pandas have a test of their own.
        one.after === undefined || /toPandas/.test(one.before)
          ? []
          : [{ name: `${one.fixer}: ${one.name}`, before: HEAD + one.before, after: HEAD + one.after }],
      );
      expect(await expectSameOutputs(shop, cases)).toBeGreaterThan(100);
    },
    RUN_LIMIT,
  );
});
