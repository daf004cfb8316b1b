// Real outputs, written and compared by real Spark in one session: every way in which two runs can differ, and every way in which they
// only seem to. The data of each case is made by testing/cases.py; what must be said of it stands here.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Started, startPostgres } from '../../ledger/testing/postgres.ts';
import { ensureJars, type JarSet, type SparkInstall } from '../../spark/index.ts';
import { skipped, spark, testedLine, type Workshop, workshop } from '../../spark/testing/spark.ts';
import type { ColumnDifference, OutputCheck, OutputComparison } from '../types.ts';
import { compareOutputs } from './compare.ts';
import type { DeclaredOutput } from './exchange.ts';

const LIMIT = 900_000;
const [cases, line4] = [join(import.meta.dirname, 'testing/cases.py'), testedLine.startsWith('4')];

describe.skipIf(spark === undefined)(`outputs on Spark ${testedLine}${skipped}`, () => {
  let shop: Workshop;
  let folder: string;
  let postgres: Started;
  let jars: JarSet | undefined;
  let check: OutputCheck;
  let request: string;

  beforeAll(async () => {
    shop = workshop();
    folder = mkdtempSync(join(tmpdir(), 'firesteel outputs [1]-'));
    postgres = await startPostgres();
    // Fetched once into the cache; without a network the cases that need them are skipped.
    jars = await ensureJars(['delta', 'postgresql'], spark as SparkInstall).catch(() => undefined);
    const tables: Record<'a' | 'b', DeclaredOutput[]> = {
      a: [{ name: 'catalog', table: 'catalog_a' }],
      b: [{ name: 'catalog', table: 'catalog_b' }],
    };
    const options = { sep: '|', inferSchema: 'true' };
    for (const side of ['a', 'b'] as const)
      tables[side].push({ name: 'declared', path: join(folder, 'declared', side), format: 'csv', options });
    let jdbcFile = '-';
    if ('server' in postgres && jars !== undefined) {
      const { hostname, port, username, password } = new URL(await postgres.server.database('outputs'));
      const jdbc = {
        url: `jdbc:postgresql://${hostname}:${port}/outputs`,
        properties: { user: username, password: decodeURIComponent(password) },
      };
      for (const side of ['a', 'b'] as const) tables[side].push({ name: 'jdbc', jdbc: { ...jdbc, dbtable: `sales_${side}` } });
      jdbcFile = join(folder, 'jdbc.json');
      writeFileSync(jdbcFile, JSON.stringify(jdbc));
    }
    // What the job of a proof would give: Delta's extensions come by themselves once its jars are there.
    const conf = { 'spark.ui.enabled': 'false' };
    check = await compareOutputs({
      reference: { label: 'a-1', root: join(folder, 'A'), outputs: tables.a },
      others: [1, 2].map((n) => ({ arm: 'B', label: `b-${n}`, root: join(folder, 'B'), outputs: tables.b })),
      examples: 3,
      folder: join(folder, 'proof'),
      async spark(script, args) {
        request = readFileSync(args[1] as string, 'utf8');
        const job = shop.job(cases, { args: [folder, jdbcFile, script, ...args], conf, jars: [...(jars?.jars ?? [])] });
        const { outcome, driverLog } = await shop.run(job);
        if (outcome.status !== 'succeeded') throw new Error(driverLog.slice(-5000));
        return { exitCode: outcome.exitCode };
      },
    });
  }, LIMIT);
  afterAll(async () => {
    if ('server' in postgres) await postgres.server.stop();
    rmSync(folder, { recursive: true, force: true });
    shop.remove();
  });

  const found = (name: string): OutputComparison => {
    const output = check.outputs.find((one) => one.name === name);
    if (output === undefined) throw new Error(`no output ${name} among ${check.outputs.map((one) => one.name).join(', ')}`);
    return output;
  };
  const changes = (columns: readonly ColumnDifference[]) => Object.fromEntries(columns.map(({ column, rows }) => [column, rows]));

  describe('equal', () => {
    test.each<[string, number, readonly RegExp[]]>([
      ['equal', 1000, []],
      ['reordered', 1000, []],
      ['same_in_another_form', 1, []],
      ['all_types', 2, []],
      ['column_order', 1000, [/another order/]],
      ['partitioned_otherwise', 200, [/A is partitioned by day, B by name/, /another order/]],
      ['partition_types', 20, [/A is partitioned by shop, B by nothing/, /shop is int in A and string in B.*as text/]],
      ['empty_both', 0, [/no rows on either side/]],
      ['orc', 100, []],
      ['csv_with_header', 100, [/by the names in the first line/]],
      ['json_lines', 100, [/inferred/]],
      ['no_extension', 3, [/lines of text/]],
      ['files_by_name/notes.txt', 1, [/lines of text/]],
      ['files_with_ids_in_their_names/*.text', 2, [/lines of text/]],
      ['catalog', 20, []],
      ['below/deep/er', 10, []],
      ['below/deep/er too', 10, []],
      ['below/nothing', 0, [/A wrote no data files/, /B wrote no data files/]],
    ])('%s', (name, rows, notes) => {
      const output = found(name);
      expect(output).toMatchObject({ equal: true, schema: [], columns: [], onlyInA: 0, onlyInB: 0, withinTolerance: [] });
      expect([output.a.rows ?? 0, output.b.rows ?? 0]).toEqual([rows, rows]);
      expect(output.notes).toEqual(notes.map((note) => expect.stringMatching(note)));
    });

    test.each<[string, readonly RegExp[]]>([
      ['noise_below', [/^amount: 999 rows differ by at most 1e-12 of the value \(tolerance 1e-09 for double\)$/]],
      ['noise_without_a_key', [/^x: /, /^y: /]],
      ['noise_in_many_copies', [/^x: 2,500 rows differ/]],
      [
        'noise_of_each_kind',
        [/^across_a_power: 1 row differs/, /^edge/, /^in_map/, /^mixed: .* double/, /^mixed: .* float/, /^nested/, /^single/],
      ],
      ['csv_noise', [/^amount: /]],
      ['declared', [/^_c2: /]],
    ])('%s: within the tolerance', (name, said) => {
      const output = found(name);
      expect(output).toMatchObject({ equal: true, columns: [], onlyInA: 0, onlyInB: 0 });
      expect(output.withinTolerance).toEqual(said.map((text) => expect.stringMatching(text)));
    });
  });

  describe('different', () => {
    test.each<[string, Partial<OutputComparison>, Record<string, number | undefined>]>([
      ['one_in_a_million', { onlyInA: 1, onlyInB: 1, pairedBy: ['id'], schema: [] }, { name: 1 }],
      ['noise_above', { onlyInA: 1, onlyInB: 1, pairedBy: ['id'] }, { amount: 1 }],
      ['null_for_zero', { onlyInA: 250, onlyInB: 250, pairedBy: ['id'], pairedExamples: 3 }, { stock: 250 }],
      ['duplicated', { onlyInA: 0, onlyInB: 3, repeatedInB: 3, pairedBy: [] }, {}],
      ['one_lost', { onlyInA: 1, onlyInB: 0, repeatedInA: 0 }, {}],
      ['swapped', { onlyInA: 2, onlyInB: 2, pairedBy: ['id'] }, { name: 2 }],
      ['swapped_floats_without_a_key', { onlyInA: 2, onlyInB: 2, pairedBy: [] }, {}],
      [
        'decimal_scale',
        { onlyInA: 0, onlyInB: 0, schema: [expect.stringMatching(/price is decimal\(10,2\) in A and decimal\(12,4\) in B/)] },
        {},
      ],
      ['int_to_long', { onlyInA: 0, onlyInB: 0, schema: [expect.stringMatching(/n is int in A and bigint in B/)] }, {}],
      ['int_to_long_and_changed', { onlyInA: 1, onlyInB: 1, schema: [expect.stringMatching(/n is int/)] }, { n: 1 }],
      ['string_for_date', { onlyInA: 0, onlyInB: 0, schema: [expect.stringMatching(/day is date in A and string in B.*as string/)] }, {}],
      ['empty_in_b', { onlyInA: 10, onlyInB: 0, notes: ['B wrote no data files'] }, {}],
      ['missing_in_b', { schema: ['B did not write it'] }, {}],
      ['csv_without_header', { onlyInA: 1, onlyInB: 1, pairedBy: ['column 1'] }, { 'column 2': 1 }],
      ['text_lines', { onlyInA: 1, onlyInB: 0, repeatedInA: 1 }, {}],
      ['files_by_name/model.bin', { onlyInA: 1, onlyInB: 1 }, { sha256: 1 }],
      ['long_texts', { onlyInA: 1, onlyInB: 1 }, { t: 1 }],
    ])('%s', (name, expected, columns) => {
      const output = found(name);
      expect(output).toMatchObject({ equal: false, ...expected });
      expect(changes(output.columns)).toEqual(columns);
    });

    test('each column that differs is found, whatever its type', () => {
      const { columns, pairedBy } = found('one_value_each');
      const names = [
        ...['binary', 'blank', 'deep', 'deep_float', 'empty_for_null', 'empty_text_for_null', 'infinity', 'last_bit_of_long', 'map_key'],
        ...[
          'map_value',
          'microsecond',
          'nan_for_null',
          'null_in_struct',
          'null_moved',
          'order_in_array',
          'small_decimal',
          'struct_of_nulls',
        ],
        ...(line4 ? ['variant'] : []),
        'zero_for_null',
      ];
      expect(pairedBy).toEqual(['id']);
      expect(changes(columns)).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
      const reason = (name: string) => columns.find(({ column }) => column === name)?.reason;
      expect(reason('zero_for_null')).toBe('1 null in A only');
      expect(reason('deep_float')).toMatch(/^double differs by up to 5e-06 of its value \(1e-05\), more than the tolerance of 1e-09$/);
    });

    test('columns that are missing, new, or written otherwise', () => {
      const { schema, columns, onlyInA, onlyInB } = found('columns_come_and_go');
      expect(schema).toEqual([
        'column name of A is written Name in B',
        'column day (date) is only in A',
        'column extra (int) is only in B',
      ]);
      expect(changes(columns)).toEqual({ day: undefined, extra: undefined });
      expect([onlyInA, onlyInB]).toEqual([0, 0]);
    });

    test('columns that only some files have are seen', () => {
      expect(found('unknown_columns_in_one_file').schema).toEqual(['column extra (int) is only in A']);
    });

    test('what only one side can be read of is a difference, with the cause', () => {
      expect(found('broken_in_b').schema).toEqual([expect.stringMatching(/^A's output cannot be read as parquet: .*not a Parquet file/)]);
    });

    test('examples are pairs, the same row on both sides', () => {
      const { examplesA, examplesB, pairedExamples } = found('one_in_a_million');
      const row = { id: '777777', amount: '111111.0', day: '2026-01-28' };
      expect([examplesA, examplesB, pairedExamples]).toEqual([[{ ...row, name: 'name 7' }], [{ ...row, name: 'someone else' }], 1]);
      expect(Object.keys(examplesA[0] as object).slice(0, 2)).toEqual(['id', 'name']);
      expect(found('null_for_zero').examplesB.map((one) => one.stock)).toEqual([null, null, null]);
      expect(found('long_texts').examplesB[0]?.t).toMatch(/^…y{10,}!y+…$/);
      expect(found('long_texts').examplesA[0]?.t?.length).toBeLessThanOrEqual(80);
    });

    test('columns without a difference as a whole are told from swapped rows', () => {
      for (const name of ['swapped', 'swapped_floats_without_a_key'])
        expect(found(name).notes).toEqual([expect.stringMatching(/same values on both sides, but in other rows/)]);
    });
  });

  test('a Delta table is its rows, not its history', (context) => {
    if (jars === undefined) context.skip('the jars of Delta Lake could not be fetched');
    expect(found('delta')).toMatchObject({ equal: true, a: { rows: 50 }, b: { rows: 50 } });
  });

  test('a table behind JDBC', (context) => {
    if (!('server' in postgres) || jars === undefined)
      context.skip('skipped' in postgres ? postgres.skipped : 'no driver could be fetched');
    expect(found('jdbc')).toMatchObject({ equal: false, onlyInA: 1, onlyInB: 1, pairedBy: ['id'], a: { rows: 50 } });
    expect(changes(found('jdbc').columns)).toEqual({ name: 1 });
    expect(JSON.stringify(check)).not.toContain('p@ss');
    expect(() => readFileSync(join(folder, 'proof/compare-request.json'))).toThrow('ENOENT');
    expect(request).toContain('p@ss');
  });

  test('the whole is different, and that is B’s doing', () => {
    expect(check).toMatchObject({ status: 'different', blame: 'B', tolerance: 1e-9, repeats: { B: { compared: 2, differing: 2 } } });
    expect(check.sentence).toMatch(/^\d+ outputs differ \(.*, and \d+ more\) from A's, in all 2 runs of B\.$/);
  });

  test('what was passed over is told', () => {
    expect(check.outputs.map(({ name }) => name).filter((name) => name.startsWith('below'))).toEqual([
      ...['below/deep/er', 'below/deep/er too', 'below/nothing'],
    ]);
    expect(check.notes?.slice(0, 2)).toEqual([
      'a-1: below/checkpoint: a streaming checkpoint; not compared',
      'a-1: below/deep/er: a _temporary folder is left, so a write did not end there; it is not compared',
    ]);
  });
});
