// The parts of the join by tables: paths, names, lines of the log; and questions that fixes put, on runs of the corpus.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readRun, type SparkRun } from '../eventlog/index.ts';
import { FactStore } from '../facts/index.ts';
import { loadPySpark, type Program } from '../pyspark/index.ts';
import { type CodeMap, joinCode, tracedIn } from './index.ts';
import { attributesIn, bracket } from './names.ts';
import { pathFit, pathsIn, tableFits } from './paths.ts';

const pyspark = await loadPySpark();
const CORPUS = join(import.meta.dirname, '../../corpus');

describe('paths', () => {
  test.each([
    ['*/scores', 'file:/tmp/out/scores', true],
    ['*/scores', 'file:/tmp/out/scores2', false],
    ['*/totals/event_date=*', 'file:/x/totals/event_date=2026-01-02', true],
    ['s3a://bucket/daily/', 's3a://bucket/daily', true],
    ['s3://bucket/daily', 's3a://bucket/daily', true],
    ['s3://bucket/daily', 's3a://bucket/weekly', false],
    ['out/daily', 'file:/home/me/out/daily', true],
    ['/out/daily', 'hdfs://name:8020/out/daily', true],
    ['*', 'file:/anything', true],
    ['/data/{a,b}/x', 'file:/data/a/x', true],
    ['daily', 'file:/out/notdaily', false],
  ])('%s ~ %s: %s', (pattern, path, fits) => {
    expect(pathFit(pattern, path) !== undefined).toBe(fits);
  });

  test('a file below a path fits only when asked for', () => {
    expect(pathFit('/data/sales', 'file:/data/sales/part-0.parquet')).toBeUndefined();
    expect(pathFit('/data/sales', 'file:/data/sales/part-0.parquet', true)).toBeGreaterThan(0);
  });

  test('a path fits itself; what is known proves more than what is not', () => {
    const part = fc.stringMatching(/^[a-z][a-z0-9_=.()+-]{0,8}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const path = `/${parts.join('/')}`;
        const whole = pathFit(path, `file:${path}`);
        const open = pathFit(`*/${parts.at(-1)}`, `file:${path}`);
        expect(whole).toBeGreaterThan(0);
        if (open !== undefined) expect(whole).toBeGreaterThanOrEqual(open);
      }),
    );
  });

  test('in texts of operators', () => {
    expect(
      pathsIn('Execute InsertIntoHadoopFsRelationCommand file:/tmp/out/scores, false, Parquet, [path=/tmp/out/scores], Overwrite'),
    ).toEqual(['file:/tmp/out/scores', '/tmp/out/scores']);
    expect(pathsIn('InMemoryFileIndex(1 paths)[s3a://b/x/y]')).toEqual(['s3a://b/x/y']);
    expect(pathsIn('HashAggregate(keys=[a#1], functions=[sum((b#2 / 1.19))])')).toEqual([]);
  });

  test.each([
    ['sales.orders', 'JDBCRelation(sales.orders)', true],
    ['orders', 'spark_catalog.sales.orders', true],
    ['orders', 'spark_catalog.sales.orders_old', false],
    ['db.*', 'db.x', false],
  ])('table %s in %s: %s', (name, text, fits) => expect(tableFits(name, text)).toBe(fits));
});

describe('names', () => {
  test('attributes of an operator, without ids and without what Spark made up', () => {
    expect([...attributesIn('SortMergeJoin [customer_id#90L, cast(b#2 as int)], [`odd name`#7], Inner')]).toEqual([
      'customer_id',
      'b',
      'odd name',
    ]);
    expect([...attributesIn('Window [_we0#1], [pythonUDF0#2]')]).toEqual([]);
  });
  test('brackets with brackets in them', () => expect(bracket('keys=[a, f(b[0])], functions=[x]', 5)).toBe('a, f(b[0])'));
});

describe('lines that the log names', () => {
  const program = pyspark.parse([
    { path: 'repo/jobs/daily.py', text: 'from lib import f\nrows = df.groupBy("a").count()\nrows.collect()\n' },
    { path: 'repo/lib/daily.py', text: 'x = 1\n' },
  ]);
  test('the file whose path ends alike, the call of that name', () => {
    const at = tracedIn(program, { file: '/opt/app/jobs/daily.py', line: 3, call: 'collect' });
    expect(at).toMatchObject({ path: 'repo/jobs/daily.py', line: 3 });
    expect(at?.calls.map((call) => call.name)).toEqual(['collect']);
  });
  test.each([
    { file: '/opt/app/jobs/weekly.py', line: 3, call: 'collect' },
    { file: '/opt/app/jobs/daily.py', line: 300, call: 'collect' },
  ])('%o is none of them', (site) => expect(tracedIn(program, site)).toBeUndefined());
});

/** A case of the corpus, joined with its code. */
async function joined(name: string): Promise<{ run: SparkRun; program: Program; map: CodeMap }> {
  const folder = join(CORPUS, name);
  const log = readdirSync(folder).filter((file) => file !== 'expected.json' && file !== 'job.py')[0] as string;
  const run = await readRun(join(folder, log));
  const program = pyspark.parse({ path: 'job.py', text: readFileSync(join(folder, 'job.py'), 'utf8') });
  return { run, program, map: joinCode(new FactStore(run), program) };
}

describe('what fixes ask', () => {
  let skew: Awaited<ReturnType<typeof joined>>;
  let repeated: Awaited<ReturnType<typeof joined>>;
  beforeAll(async () => {
    [skew, repeated] = await Promise.all([joined('skewed-join'), joined('recomputed-lineage')]);
  });

  test('the operator of a join, and the join of an operator', () => {
    const { program, map } = skew;
    const call = program.joins[0]?.call;
    const nodes = call === undefined ? [] : map.nodesOf(call);
    expect(nodes.map((node) => node.name)).toEqual(['SortMergeJoin']);
    const executionId = map.executionsOf(program.actions[0] as Program['actions'][number])[0] as number;
    const [place] = map.locate(['join'], { nodes: [{ executionId, nodeId: nodes[0]?.id as number }] });
    expect(place).toMatchObject({ thing: 'join', confidence: 'likely', rivals: 0, join: { keys: ['customer_id'] } });
  });

  test('scans of a read by its path, types of a frame', () => {
    const { program, map } = skew;
    const [payments, customers] = program.reads as [Program['reads'][number], Program['reads'][number]];
    expect(map.scansOf(payments).every((node) => /payments/.test(node.detail + (node.metadata.Location ?? '')))).toBe(true);
    expect(map.scansOf(customers).length).toBeGreaterThan(0);
    expect(map.columnTypesOf(payments.frame).get('customer_id')).toBe('bigint');
    expect(map.columnTypesOf(customers.frame).get('country')).toBe('string');
  });

  test('actions in order: each its own query', () => {
    const { program, map } = repeated;
    const ids = program.actions.map((action) => map.executionsOf(action));
    expect(ids.every((one) => one.length === 1)).toBe(true);
    expect(ids.flat()).toEqual([...ids.flat()].sort((a, b) => a - b));
  });

  test('with a line in the log it is certain', () => {
    const { run, program } = repeated;
    const line = program.actions[0] === undefined ? 0 : 22;
    const traced: SparkRun = {
      ...run,
      sql: run.sql.map((one) =>
        /^count at/.test(one.description ?? '') ? { ...one, description: `count at /elsewhere/job.py:${line}` } : one,
      ),
    };
    const map = joinCode(new FactStore(traced), program);
    const id = traced.sql.find((one) => /^count at/.test(one.description ?? ''))?.id as number;
    expect(map.actionsOf(id)).toMatchObject([{ line, confidence: 'certain' }]);
  });

  test('a run without code of the same kind is said to be so', () => {
    const other = pyspark.parse({ path: 'empty.py', text: 'x = 1\n' });
    expect(joinCode(new FactStore(skew.run), other).notes.join(' ')).toContain('no action');
  });
});
