// Properties files as Java reads them, and which value wins.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobSpec } from './outcome.ts';
import { effectiveProperties, formatProperties, type Prepared, type PropertyOptions, parseProperties } from './properties.ts';

// What java.util.Properties 17 gives for these texts, with values trimmed as Spark does.
test.each<[string, Record<string, string>]>([
  ['a=b', { a: 'b' }],
  ['a b', { a: 'b' }],
  ['a : b', { a: 'b' }],
  ['  a   =   b  ', { a: 'b' }],
  ['spark.jars\ta,b', { 'spark.jars': 'a,b' }],
  ['# c\n! d\n\na=1\r\nb=2\rc=3', { a: '1', b: '2', c: '3' }],
  ['a=one \\\n    two', { a: 'one two' }],
  ['a=b\\\\\nc=d', { a: 'b\\', c: 'd' }],
  ['a=\\u00fc\\t\\q', { a: 'ü\tq' }],
  ['a\\=b\\:c=d', { 'a=b:c': 'd' }],
  ['a==b', { a: '=b' }],
  ['lonely', { lonely: '' }],
  ['a=1\na=2', { a: '2' }],
  ['spark.driver.extraJavaOptions -Dx="a b" -Dy=1', { 'spark.driver.extraJavaOptions': '-Dx="a b" -Dy=1' }],
  ['a=b # no comment', { a: 'b # no comment' }],
])('%j', (text, expected) => {
  expect(Object.fromEntries(parseProperties(text))).toEqual(expected);
});

test('what is written reads back the same', () => {
  const key = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\u2028\u2029]/.test(text));
  const value = fc.string({ unit: 'grapheme' }).map((text) => text.trim());
  fc.assert(
    fc.property(fc.dictionary(key, value), (pairs) => {
      expect(Object.fromEntries(parseProperties(formatProperties(Object.entries(pairs))))).toEqual({ ...pairs });
    }),
  );
});

describe('which value wins', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-props-'));
    mkdirSync(join(folder, 'home/conf'), { recursive: true });
    writeFileSync(
      join(folder, 'home/conf/spark-defaults.conf'),
      'spark.who defaults\nspark.jars d.jar\nspark.master spark://defaults:7077\n',
    );
    writeFileSync(join(folder, 'mine.conf'), 'spark.who file\nspark.x file\nspark.jars f.jar,both.jar\nspark.eventLog.dir hdfs:///logs\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const job: JobSpec = {
    model: 'm',
    script: '/s/job.py',
    args: [],
    cwd: '/s',
    master: undefined,
    deployMode: 'client',
    conf: {},
    propertiesFile: undefined,
    packages: [],
    jars: [],
    pyFiles: [],
    env: {},
    timeoutMs: undefined,
    inputs: [],
    outputs: [],
  };
  async function effective(more: Partial<JobSpec> & { purpose?: Prepared['purpose'] }, options: PropertyOptions = {}) {
    const { purpose = { kind: 'run' }, ...rest } = more;
    const start = {
      runId: 'r-1',
      folder: '/runs/r 1',
      applicationName: 'm r-1',
      purpose,
      job: { ...job, ...rest },
      install: { home: join(folder, 'home') },
    };
    const properties = await effectiveProperties(start, { env: {}, ...options });
    expect(properties.map(({ key }) => key)).toEqual(properties.map(({ key }) => key).sort());
    return new Map(properties.map(({ key, value, source }) => [key, `${source}: ${value}`]));
  }

  test("Spark's defaults count without a properties file, and not with one", async () => {
    expect((await effective({})).get('spark.who')).toBe('spark-defaults.conf: defaults');
    const mine = await effective({ propertiesFile: join(folder, 'mine.conf') });
    expect(mine.get('spark.who')).toBe('properties file: file');
    expect(mine.get('spark.master')).toBeUndefined();
  });

  test('SPARK_CONF_DIR names another folder of defaults', async () => {
    expect((await effective({}, { env: { SPARK_CONF_DIR: folder } })).get('spark.who')).toBeUndefined();
  });

  test('conf wins over the file, the master of the job over both defaults; lists are joined', async () => {
    const all = await effective({
      propertiesFile: join(folder, 'mine.conf'),
      master: 'yarn',
      conf: { 'spark.who': 'conf' },
      jars: ['/j/a.jar', 'both.jar'],
      packages: ['g:a:1'],
    });
    expect(all.get('spark.who')).toBe('conf: conf');
    expect(all.get('spark.x')).toBe('properties file: file');
    expect(all.get('spark.master')).toBe('job: yarn');
    expect(all.get('spark.jars')).toBe('job: f.jar,both.jar,/j/a.jar');
    expect(all.get('spark.jars.packages')).toBe('job: g:a:1');
  });

  test("the event log is on, in the user's folder or the run's own; the name is the run's", async () => {
    const own = await effective({ conf: { 'spark.eventLog.enabled': 'false' } });
    expect(own.get('spark.eventLog.enabled')).toBe('firesteel: true');
    expect(own.get('spark.eventLog.dir')).toBe('firesteel: file:///runs/r%201/eventlog');
    expect(own.get('spark.app.name')).toBe('firesteel: m r-1');
    const theirs = await effective({ propertiesFile: join(folder, 'mine.conf') });
    expect(theirs.get('spark.eventLog.dir')).toBe('properties file: hdfs:///logs');
  });

  test("the user's Java options stay, ours come behind them, once", async () => {
    const options = await effective({ conf: { 'spark.driver.extraJavaOptions': '-Dmine=1 -Djava.io.tmpdir=/t' } });
    expect(options.get('spark.driver.extraJavaOptions')).toMatch(/^firesteel: -Dmine=1 -Djava\.io\.tmpdir=\/t -XX:-UsePerfData "-Dderby/);
  });

  test('proofs have a warehouse of their own, unless the job has tables', async () => {
    const purpose = { kind: 'proof', proofId: 'p-1', arm: 'A' } as const;
    expect((await effective({ purpose })).get('spark.sql.warehouse.dir')).toBe('firesteel: file:/runs/r 1/warehouse');
    expect((await effective({ purpose }, { hasTables: true })).get('spark.sql.warehouse.dir')).toBeUndefined();
    expect((await effective({})).get('spark.sql.warehouse.dir')).toBeUndefined();
    expect((await effective({ cwd: '/s/ä' })).get('spark.sql.warehouse.dir')).toBeUndefined();
    expect((await effective({ cwd: '/s p' })).get('spark.sql.warehouse.dir')).toBe('firesteel: file:/s p/spark-warehouse');
  });

  test('in a cluster the script and the tracer go along, and nothing of this machine is named', async () => {
    const there = await effective({ deployMode: 'cluster', master: 'yarn', pyFiles: ['/s/lib.zip'] });
    expect(there.get('spark.submit.pyFiles')).toMatch(/^firesteel: \/.*\/python\/firesteel_trace\.py,\/s\/lib\.zip$/);
    expect(there.get('spark.files')).toBe('firesteel: /s/job.py');
    expect(there.get('spark.submit.deployMode')).toBe('job: cluster');
    for (const key of ['spark.eventLog.dir', 'spark.local.dir', 'spark.driver.extraJavaOptions']) expect(there.has(key)).toBe(false);
  });

  test('a properties file that is not there is told', async () => {
    await expect(effective({ propertiesFile: '/no/such.conf' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('/no/such.conf'),
    });
  });
});
