// Translated UDFs against the originals on real Spark: functions made at random, rows of nulls, NaN, empty and foreign texts, the edges of numbers.
// Law: no difference on any row. FIRESTEEL_UDFS sets the number of functions, FIRESTEEL_UDF_SEED where they begin.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Precondition, translateUdf } from '../pyspark/index.ts';
import { pyspark } from '../pyspark/testing/programs.ts';
import { GENERATED_HEAD, type GeneratedUdf, generateUdfs } from '../pyspark/udf/testing/generate.ts';
import { skipped, spark, testedLine, type Workshop, workshop } from './testing/spark.ts';

const COUNT = Number(process.env.FIRESTEEL_UDFS ?? 150);
const SEED = Number(process.env.FIRESTEEL_UDF_SEED ?? 20261121);
const LIMIT = 60_000 + COUNT * 600;
/** Functions in one file for the translation: as many as people write. */
const FILE = 25;
const SCRIPT = join(import.meta.dirname, '../pyspark/udf/testing/compare.py');

interface Case {
  readonly name: string;
  readonly types: readonly string[];
  readonly expression: string;
  readonly preconditions: readonly Precondition['kind'][];
}

/** The translations of the functions: for their own types, and for types that are not known where they are among those. */
function casesOf(udfs: readonly GeneratedUdf[]): Case[] {
  const typesOf = new Map(udfs.map((one) => [one.name, one.types]));
  const program = pyspark.parse({ path: 'udfs.py', text: GENERATED_HEAD + udfs.map((one) => one.text).join('\n') });
  return program.udfs.flatMap((udf): Case[] => {
    const types = typesOf.get(udf.name) ?? [];
    const known = Object.fromEntries(types.map((type, i) => ['xy'[i] as string, type]));
    // Types that are not known are tried in all combinations, which takes longer: for some is enough.
    const made = [translateUdf(udf, { types: known }), ...(udf.id % 4 === 0 ? [translateUdf(udf)] : [])];
    return made.flatMap((one, i): Case[] => {
      if (!one.ok) return [];
      const isMeant = one.preconditions.every(
        (asked) => asked.kind !== 'type' || asked.argument === undefined || asked.oneOf.includes(known[asked.argument] as string),
      );
      if (!isMeant || (i === 1 && made[0]?.ok && made[0].expression === one.expression)) return [];
      const kinds = [...new Set(one.preconditions.map((asked) => asked.kind))].filter((kind) => kind !== 'type');
      return [{ name: udf.name, types, expression: one.expression, preconditions: kinds }];
    });
  });
}

describe.skipIf(spark === undefined)(`translated UDFs on Spark ${testedLine}${skipped}`, () => {
  let shop: Workshop;
  beforeAll(() => {
    shop = workshop();
  });
  afterAll(() => shop?.remove());

  test(
    `${COUNT} functions give what Python gives`,
    async () => {
      const udfs = generateUdfs(COUNT, SEED);
      const text = GENERATED_HEAD + udfs.map((one) => one.text).join('\n');
      const cases: Case[] = [];
      for (let i = 0; i < udfs.length; i += FILE) cases.push(...casesOf(udfs.slice(i, i + FILE)));
      const [casesFile, udfsFile] = [shop.write('cases.json', JSON.stringify(cases)), shop.write('generated_udfs.py', text)];
      const outFile = join(shop.folder, 'out.json');
      const conf = {
        'spark.ui.enabled': 'false',
        'spark.eventLog.enabled': 'false',
        'spark.sql.shuffle.partitions': '1',
        'spark.sql.ansi.enabled': 'true',
        'spark.sql.codegen.wholeStage': 'false',
      };
      const job = shop.job(SCRIPT, { args: [casesFile, udfsFile, outFile], conf });
      const { outcome, driverLog } = await shop.run(job);
      expect(outcome.status, driverLog.slice(-4000)).toBe('succeeded');
      const out = JSON.parse(readFileSync(outFile, 'utf8')) as Record<string, unknown[]> & { compared: number };
      process.stdout.write(
        `${COUNT} functions, ${new Set(cases.map((one) => one.name)).size} translated, ${cases.length} expressions; ${JSON.stringify({ ...out, differences: out.differences?.length, unforeseen: out.unforeseen?.length, failed: out.failed?.length })}\n`,
      );
      expect(out.failed).toEqual([]);
      expect(out.unforeseen).toEqual([]);
      expect(out.differences).toEqual([]);
      expect(out.compared).toBeGreaterThan(COUNT * 20);
    },
    LIMIT,
  );
});
