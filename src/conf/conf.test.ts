// The catalogue, its values and the verdicts: laws over every key, and tables of cases.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MISTAKEN_KEYS, mistaken, platformOf } from './advice.ts';
import { catalogueLines, defaultsOf, findProperty, findRetired, keysOf, openPrefix, versionOf } from './catalogue.ts';
import { lint } from './lint.ts';
import { editDistance, nearestKeys } from './near.ts';
import { readSource } from './read/index.ts';
import type { Source } from './types.ts';
import { bytesOf, meaningOf, millisOf, refusal, sameValue } from './values.ts';

const ALL = ['spark', 'delta', 'iceberg', 'kafka', 's3a', 'jdbc'] as const;

test('versions: exact, served by the nearest, assumed', () => {
  expect(catalogueLines()).toEqual(['3.5', '4.0', '4.1']);
  expect(versionOf('4.0.2')).toEqual({ line: '4.0', served: '4.0', exact: true, assumed: false });
  expect(versionOf('3.3.0-amzn-0')).toEqual({ line: '3.3', served: '3.5', exact: false, assumed: false });
  expect(versionOf('5.1')).toEqual({ line: '5.1', served: '4.1', exact: false, assumed: false });
  expect(versionOf(undefined)).toEqual({ line: '4.1', served: '4.1', exact: false, assumed: true });
});

test('defaults that changed between versions are known', () => {
  const of = (key: string) => [...defaultsOf(key).values()];
  expect(of('spark.sql.ansi.enabled')).toEqual(['false', 'true', 'true']);
  expect(of('spark.sql.orc.compression.codec')).toEqual(['snappy', 'zstd', 'zstd']);
  expect(of('spark.speculation.multiplier').map(Number)).toEqual([1.5, 3, 3]);
  expect(of('spark.speculation.quantile').map(Number)).toEqual([0.75, 0.9, 0.9]);
  expect(of('spark.sql.execution.pandas.convertToArrowArraySafely')).toEqual(['false', 'false', 'true']);
  expect(of('spark.sql.sources.v2.bucketing.enabled')).toEqual(['false', 'false', 'true']);
  expect(of('spark.eventLog.rolling.enabled')).toEqual(['false', 'true', 'true']);
  expect(of('spark.hadoop.fs.s3a.connection.maximum')).toEqual(['96', '500', '500']);
});

test('every declared default is a value that its own key takes', () => {
  const wrong: string[] = [];
  for (const line of catalogueLines())
    for (const key of keysOf(['spark', 'delta'], versionOf(line))) {
      // An empty default stands for none.
      if (key.default === undefined || key.default === '' || key.scope === 'table') continue;
      const refused = refusal(key, key.default);
      if (refused !== undefined) wrong.push(`${line} ${key.key}=${key.default}: ${refused}`);
    }
  expect(wrong).toEqual([]);
});

test('every key of Spark is known, in its own group, and never taken for a slip of another', () => {
  for (const line of catalogueLines()) {
    const version = versionOf(line);
    const sources: Source[] = [
      {
        file: 'f',
        kind: 'properties',
        settings: keysOf(['spark'], version).map(({ key }) => ({ key, value: undefined, origin: 'file', file: 'f', line: 1, column: 1 })),
        uses: { structuredStreaming: undefined, dstreams: undefined },
        sparkVersion: line,
      },
    ];
    expect(lint(sources).filter(({ rule }) => rule === 'conf-unknown')).toEqual([]);
  }
});

test('nothing in the table of mistaken keys exists', () => {
  for (const key of MISTAKEN_KEYS) for (const line of catalogueLines()) expect(findProperty(key, versionOf(line)), key).toBe(undefined);
  for (const key of MISTAKEN_KEYS) {
    const use = mistaken(key)?.use;
    if (use !== undefined) expect(findProperty(use, versionOf('4.1')), use).toBeDefined();
  }
});

test('what a retired key is to be replaced by exists', () => {
  const wrong: string[] = [];
  for (const line of catalogueLines())
    for (const { key } of keysOf(['spark'], versionOf(line))) {
      const use = findRetired(key, versionOf(line))?.use;
      if (use !== undefined && !use.includes('*') && findProperty(use, versionOf(line)) === undefined)
        wrong.push(`${line} ${key} → ${use}`);
    }
  expect(wrong).toEqual([]);
});

test.each([
  ['64MB', 'b', 67_108_864],
  ['64', 'm', 67_108_864],
  ['1g', 'b', 1_073_741_824],
  ['-1', 'b', -1],
  ['1.5g', 'b', undefined],
  ['abc', 'b', undefined],
])('%s in %s is %s bytes', (text, unit, bytes) => expect(bytesOf(text, unit)).toBe(bytes));

test.each([
  ['10s', 'ms', 10_000],
  ['120', 's', 120_000],
  ['5min', 'ms', 300_000],
  ['1.5s', 'ms', undefined],
])('%s in %s is %s ms', (text, unit, ms) => expect(millisOf(text, unit)).toBe(ms));

test('meaning is the same for the same, in any spelling', () => {
  const key = { type: 'bytes', unit: 'b', values: undefined } as const;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 8000 }),
      (n) => sameValue(key, `${n}m`, String(n * 2 ** 20)) && sameValue(key, `${n}g`, `${n * 1024}MB`),
    ),
  );
  expect(meaningOf({ type: 'boolean', unit: undefined, values: undefined }, ' TRUE ')).toBe('true');
  expect(meaningOf({ type: 'boolean', unit: undefined, values: undefined }, 'yes')).toBe(undefined);
  expect(meaningOf({ type: 'string', unit: undefined, values: ['snappy', 'zstd'] }, 'ZSTD')).toBe('zstd');
});

test('edit distance: letters put in, left out, replaced, swapped; symmetric, bounded', () => {
  expect(editDistance('memory', 'memmory', 3)).toBe(1);
  expect(editDistance('shuffle', 'shufle', 3)).toBe(1);
  expect(editDistance('partitions', 'partitiosn', 3)).toBe(1);
  expect(editDistance('a', 'abcdef', 2)).toBe(3);
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, (a, b) => editDistance(a, b, 20) === editDistance(b, a, 20) && (editDistance(a, b, 20) === 0) === (a === b)),
  );
});

test('one letter off any key that people set finds that key', async () => {
  const version = versionOf('4.1');
  const keys = keysOf(['spark'], version).filter(({ key, internal, scope }) => !internal && scope !== undefined && key.length > 20);
  const missed: string[] = [];
  for (let i = 0; i < keys.length; i += 29) {
    const { key } = keys[i] as (typeof keys)[number];
    const at = Math.floor(key.length * 0.7);
    const typed = key.slice(0, at) + key.slice(at + 1);
    if (findProperty(typed, version) !== undefined || openPrefix(typed) !== undefined) continue;
    if (nearestKeys(typed, ALL, version)[0]?.key !== key) missed.push(`${typed}: ${nearestKeys(typed, ALL, version)[0]?.key}`);
  }
  expect(missed).toEqual([]);
});

const found = async (file: string, text: string, version = '4.1') =>
  lint([await readSource(file.endsWith('.py') ? 'python' : 'properties', text, file)], { sparkVersion: version }).map(
    ({ line, rule, severity, use }) => `${line} ${rule} ${severity}${use === undefined ? '' : ` ${use}`}`,
  );

test.each<[string, string, readonly string[]]>([
  ['a letter off', 'spark.executor.memmory 4g', ['1 conf-unknown warning spark.executor.memory']],
  ['other capitals', 'spark.sql.Shuffle.partitions 4', ['1 conf-unknown warning spark.sql.shuffle.partitions']],
  ['words in another order', 'spark.sql.partitions.shuffle 4', ['1 conf-unknown warning spark.sql.shuffle.partitions']],
  [
    "an application's own",
    'spark.myapp.retries 4\nspark.app.region eu\nspark.firesteel.run x',
    ['1 conf-unknown note', '2 conf-unknown note', '3 conf-unknown note'],
  ],
  [
    'near a real key but behind an open prefix',
    'spark.executorEnv.SPARK_HOME /x\nspark.sql.catalog.prod org.X\nspark.hadoop.dfs.replication 2',
    [],
  ],
  ['no spark. in a properties file', 'fs.s3a.threads.max 200', ['1 conf-unknown warning spark.hadoop.fs.s3a.threads.max']],
  ['S3A misspelt', 'spark.hadoop.fs.s3a.thread.max 200', ['1 conf-unknown warning spark.hadoop.fs.s3a.threads.max']],
  ['S3A of one bucket', 'spark.hadoop.fs.s3a.bucket.logs.endpoint http://x', []],
  ['a wrong type', 'spark.sql.adaptive.enabled yes', ['1 conf-harmful error']],
  ['a fraction of a gigabyte', 'spark.executor.memory 1.5g', ['1 conf-harmful error']],
  ['a codec that is none', 'spark.sql.avro.compression.codec zstd', ['1 conf-harmful error']],
  ['a value out of range', 'spark.sql.shuffle.partitions 0', ['1 conf-harmful error']],
  ['a default in other words', 'spark.sql.autoBroadcastJoinThreshold 10485760', ['1 conf-restates-default note']],
  ['a default set back', 'spark.sql.adaptive.enabled false\nspark.sql.adaptive.enabled true', ['1 conf-harmful warning']],
  [
    'what AQE off leaves without effect',
    'spark.sql.adaptive.enabled false\nspark.sql.adaptive.skewJoin.skewedPartitionFactor 3',
    ['1 conf-harmful warning', '2 conf-no-effect warning spark.sql.adaptive.enabled'],
  ],
  ['off-heap without size', 'spark.memory.offHeap.enabled true', ['1 conf-harmful error']],
  [
    'dynamic allocation that loses shuffle files',
    'spark.dynamicAllocation.enabled true\nspark.dynamicAllocation.shuffleTracking.enabled false',
    ['1 conf-harmful error'],
  ],
  [
    'a switch whose value is not known',
    'spark.speculation $X\nspark.speculation.quantile 0.5\nspark.memory.offHeap.enabled true\nspark.memory.offHeap.size $Y',
    [],
  ],
  ['heartbeats too slow', 'spark.executor.heartbeatInterval 120s', ['1 conf-harmful error']],
  ['a heap in Java options', 'spark.executor.extraJavaOptions -Xmx4g', ['1 conf-harmful error']],
  ['a key of the History Server', 'spark.history.fs.cleaner.enabled true', []],
  ['a template', 'spark.sql.shuffle.partitions $PARTITIONS', []],
  ['a key of Databricks', 'spark.databricks.io.cache.enabled true', ['1 conf-unknown note']],
  ['transport of a module', 'spark.shuffle.io.maxRetries 10', []],
])('%s', async (_name, text, expected) => expect(await found('spark-defaults.conf', text)).toEqual(expected));

test('a key that other versions have', async () => {
  const [only41] = keysOf(['spark'], versionOf('4.1')).filter(
    ({ key, scope }) => scope === 'session' && findProperty(key, versionOf('4.0')) === undefined,
  );
  const said = lint([await readSource('properties', `${only41?.key} 1`, 'f.conf')], { sparkVersion: '3.5' });
  expect(said[0]?.why).toMatch(/does not have it yet/);
  expect(await found('spark-defaults.conf', 'spark.mesos.coarse true', '4.1')).toEqual(['1 conf-unknown warning']);
});

test('code: what raises, what comes too late, and options by their format', async () => {
  const text = `
spark = SparkSession.builder.config("spark.driver.memory", "8g").config("spark.executor.memory", "4g").getOrCreate()
spark.conf.set("spark.executor.memory", "1g")
spark.conf.set("spark.sql.warehouse.dir", "/w")
spark.conf.set("spark.sql.shuffle.partitions", "64")
spark.conf.set("my.own", "1")
spark.readStream.format("kafka").option("topic", "t").option("fetch.min.bytes", 1).option("failOnDataLoss", "false").load()
spark.readStream.format("kafka").option("endingOffsets", "latest").option("kafka.ssl.truststore.location", "/x").load()
spark.read.format("jdbc").option("fetchSize", 1000).option("fetchsise", 1).option("ssl", "true").load()
spark.read.format("csv").option("header", True).option("whatever", 1).load("p")
df.write.format("delta").option("mergeSchem", "true").option("userMetadata", "x").save("p")
`;
  expect(await found('job.py', text)).toEqual([
    '2 conf-no-effect warning',
    '3 conf-no-effect error',
    '4 conf-no-effect error',
    '7 conf-no-effect warning subscribe',
    '7 conf-unknown warning kafka.fetch.min.bytes',
    '7 conf-harmful warning',
    '8 conf-harmful error',
    '9 conf-unknown warning fetchsize',
    '11 conf-unknown warning mergeSchema',
  ]);
});

test('properties files lie under code; two programs do not touch', async () => {
  const defaults = await readSource(
    'properties',
    'spark.dynamicAllocation.enabled true\nspark.sql.adaptive.enabled false',
    'spark-defaults.conf',
  );
  const one = await readSource(
    'python',
    'b = SparkSession.builder.config("spark.dynamicAllocation.maxExecutors", "9").config("spark.sql.adaptive.enabled", "true")',
    'a.py',
  );
  const other = await readSource('python', 'b = SparkSession.builder.config("spark.speculation", "true")', 'b.py');
  const third = await readSource('python', 'b = SparkSession.builder.config("spark.speculation.quantile", "0.5")', 'c.py');
  const said = lint([defaults, one, other, third], { sparkVersion: '4.0' }).map(({ file, key, rule }) => `${file} ${key} ${rule}`);
  // `true` is no restated default in a.py: the defaults file says otherwise.
  expect(said).toEqual(['spark-defaults.conf spark.sql.adaptive.enabled conf-harmful', 'c.py spark.speculation.quantile conf-no-effect']);
});

test('without a version only what holds in all of them is said', async () => {
  expect(await found('spark-defaults.conf', 'spark.sql.ansi.enabled true', '')).toEqual([]);
  expect(await found('spark-defaults.conf', 'spark.sql.shuffle.partitions 200', '')).toEqual(['1 conf-restates-default note']);
});

test('outside of the catalogue an unknown key is a note, and defaults are not compared', async () => {
  expect(await found('spark-defaults.conf', 'spark.sql.shuffle.partitions 200\nspark.shuffle.memoryFraction 0.4', '1.5')).toEqual([]);
  expect(await found('spark-defaults.conf', 'spark.sql.brandNew.thing 1', '4.3')).toEqual(['1 conf-unknown note']);
});

test('a log: what Spark set itself is left alone, a platform explains its keys', () => {
  const log = (settings: Readonly<Record<string, string>>, sparkVersion: string | undefined): Source => ({
    file: 'log',
    kind: 'log',
    settings: Object.entries(settings).map(([key, value]) => ({
      key,
      value,
      origin: 'log',
      file: 'log',
      line: undefined,
      column: undefined,
    })),
    uses: { structuredStreaming: undefined, dstreams: undefined },
    sparkVersion,
  });
  expect(lint([log({ 'spark.app.id': 'x', 'spark.rdd.compress': 'True', 'spark.submit.deployMode': 'client' }, '4.1.1')])).toEqual([]);
  expect(
    lint([log({ 'spark.databricks.cloudProvider': 'AWS', 'spark.driver.tempDirectory': '/x' }, '3.5.0')]).map(({ severity }) => severity),
  ).toEqual(['note']);
  expect(lint([log({ 'spark.nonsense': '1' }, undefined)])).toEqual([]);
  expect(platformOf([], '3.3.0-amzn-1')).toMatch(/amzn/);
});

test('no secret is shown', async () => {
  const [finding] = lint([await readSource('properties', 'spark.executor.passwrd.token abc123secret', 'f.conf')], { sparkVersion: '4.1' });
  expect(JSON.stringify(finding)).not.toContain('abc123secret');
});
