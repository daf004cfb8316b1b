// Readers of everything that sets properties: what is found, where it stands, and what is left alone.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Setting } from '../types.ts';
import { kindOf, readSource } from './index.ts';
import { placesIn } from './positions.ts';
import { propertyLines } from './properties.ts';
import { notebookCode } from './python.ts';
import { tokensOf } from './python-tokens.ts';
import { wordsOf } from './shell.ts';

const said = (settings: readonly Setting[]) =>
  settings.map(({ line, column, origin, key, value }) => `${line}:${column} ${origin} ${key}=${value}`);
const read = async (file: string, text: string) => said((await readSource(kindOf(file) ?? 'properties', text, file)).settings);

test.each([
  ['conf/spark-defaults.conf', 'properties'],
  ['spark-defaults.conf.template', 'properties'],
  ['x.properties', 'properties'],
  ['submit.sh', 'shell'],
  ['job.py', 'python'],
  ['book.ipynb', 'python'],
  ['q.sql', 'sql'],
  ['app.yaml', 'yaml'],
  ['a/firesteel.json', 'project'],
  ['package.json', undefined],
  ['app-0007.zstd', undefined],
])('%s is %s', (file, kind) => expect(kindOf(file)).toBe(kind));
test('a script without ending is told by its first line', () => {
  expect(kindOf('run', '#!/usr/bin/env bash')).toBe('shell');
  expect(kindOf('job', '#!/usr/bin/python3')).toBe('python');
  expect(kindOf('events_1_local', '{"Event":"SparkListenerLogStart"}')).toBe(undefined);
});

test('properties: separators, comments, continued lines', async () => {
  const text = '# spark.a 1\n\nspark.executor.memory   4g\r\n  spark.b=2\nspark.c : x \\\n   y\n!no\nspark.d\n';
  expect(await read('spark-defaults.conf', text)).toEqual([
    '3:1 file spark.executor.memory=4g',
    '4:3 file spark.b=2',
    '5:1 file spark.c=x y',
    '8:1 file spark.d=',
  ]);
});

test('shell: continued lines, quotes, flags, arrays, variables', async () => {
  const text = `#!/bin/sh
# spark-submit --conf spark.no=1
CONF=(--conf spark.sql.shuffle.partitions=64)
MEM=4g spark-submit --master yarn \\
  --conf "spark.executor.extraJavaOptions=-XX:+UseG1GC -Dx=1" \\
  --conf='spark.a=b' -c spark.e=\${E} --executor-memory=8g \\
  --num-executors 10 "\${CONF[@]}" job.py --conf x.y=1 && echo --executor-memory 1g
`;
  expect(await read('submit.sh', text)).toEqual([
    '3:14 submit spark.sql.shuffle.partitions=64',
    '4:21 submit spark.master=yarn',
    '5:11 submit spark.executor.extraJavaOptions=-XX:+UseG1GC -Dx=1',
    '6:11 submit spark.a=b',
    '6:25 submit spark.e=undefined',
    '6:38 submit spark.executor.memory=8g',
    '7:3 submit spark.executor.instances=10',
  ]);
});

test('python: builders, SparkConf, live sessions, maps, comments and strings', async () => {
  const text = `from pyspark.sql import SparkSession
# .config("spark.no", "1")
spark = (
    SparkSession.builder.appName("x")
    .config("spark.executor.memory", "4g")  # spark.conf.set("spark.no", 1)
    .config("spark.sql.shuffle.partitions", 64)
    .config(key, value).config("spark.f", f"{n}g").config(map={"spark.m": "1"})
    .getOrCreate()
)
conf = SparkConf().set("spark.serializer", "org.K").setAll([("spark.p", "1"), ("spark.q", True)])
spark.conf.set("spark.sql.adaptive.enabled", False)
self.spark.conf.set('spark.x', -1)
conf.set("spark.y", "a" "b")
spark.sparkContext._jsc.hadoopConfiguration().set("fs.s3a.threads.max", "20")
spark.sql("SET spark.sql.ansi.enabled = true")
text = """
spark.conf.set("spark.no", "1")
"""
state.set("other", "1"); spark.conf.set(k, v)
`;
  expect(await read('job.py', text)).toEqual([
    '5:14 builder spark.executor.memory=4g',
    '6:14 builder spark.sql.shuffle.partitions=64',
    '7:33 builder spark.f=undefined',
    '7:65 unknown spark.m=1',
    '10:25 builder spark.serializer=org.K',
    '10:63 unknown spark.p=1',
    '10:81 unknown spark.q=true',
    '11:17 runtime spark.sql.adaptive.enabled=false',
    '12:22 runtime spark.x=-1',
    '13:11 builder spark.y=ab',
    '14:52 unknown spark.hadoop.fs.s3a.threads.max=20',
    '15:16 runtime spark.sql.ansi.enabled=true',
  ]);
});

test('python: options know their format, direction and whether they stream', async () => {
  const text = `df = (spark.readStream.format("Kafka")
  .option("subscribe", "t")
  .options(startingOffsets="latest", **more)
  .load())
df.groupBy("option").agg(f("x")).write.mode("append").option("mergeSchema", True).format("delta").save(p)
spark.read.option("numPartitions", 8).jdbc(url, "t")
`;
  const { settings, uses } = await readSource('python', text, 'job.py');
  expect(settings.map(({ key, value, format, on, streaming }) => [key, value, format, on, streaming])).toEqual([
    ['subscribe', 't', 'kafka', 'read', true],
    ['startingOffsets', 'latest', 'kafka', 'read', true],
    ['mergeSchema', 'true', 'delta', 'write', false],
    ['numPartitions', '8', 'jdbc', 'read', false],
  ]);
  expect(uses).toEqual({ structuredStreaming: true, dstreams: undefined });
});

test('notebooks: code cells only; anything else is an error with a next step', async () => {
  const book = {
    cells: [
      { cell_type: 'markdown', source: ['spark.conf.set("spark.no", "1")'] },
      { cell_type: 'code', source: ['%pip install x\n', 'spark.conf.set("spark.a", "1")'] },
    ],
  };
  expect(await read('b.ipynb', JSON.stringify(book))).toEqual(['2:17 runtime spark.a=1']);
  expect(notebookCode('[]')).toBe(undefined);
  await expect(read('b.ipynb', '{')).rejects.toThrow(/no notebook/);
});

test('sql: SET and table properties, no comments', async () => {
  const text = `-- SET spark.no=1;
SET spark.sql.shuffle.partitions = 64;
set \`spark.sql.ansi.enabled\`=true; SET TIME ZONE 'UTC';
ALTER TABLE t SET TBLPROPERTIES ('delta.appendOnly' = 'true',
  delta.logRetentionDuration = 'interval 30 days');
`;
  expect(await read('q.sql', text)).toEqual([
    '2:5 runtime spark.sql.shuffle.partitions=64',
    '3:6 runtime spark.sql.ansi.enabled=true',
    '4:35 table delta.appendOnly=true',
    '5:3 table delta.logRetentionDuration=interval 30 days',
  ]);
});

test('yaml: the operator, maps of properties, several documents, Helm', async () => {
  const text = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
spec:
  sparkVersion: "3.5.1"
  sparkConf:
    "spark.executor.memory": 4g
    spark.sql.adaptive.enabled: "true"   # fine
    spark.x: {{ .Values.x }}
  hadoopConf:
    fs.s3a.threads.max: "20"
  executor:
    cores: 2
---
conf:
  spark.task.cpus: 2
`;
  const source = await readSource('yaml', text, 'app.yaml');
  expect(source.sparkVersion).toBe('3.5.1');
  expect(said(source.settings)).toEqual([
    '6:5 operator spark.executor.memory=4g',
    '7:5 operator spark.sql.adaptive.enabled=true',
    '8:5 operator spark.x=undefined',
    '10:5 operator spark.hadoop.fs.s3a.threads.max=20',
    '15:3 operator spark.task.cpus=2',
  ]);
  await expect(read('a.yml', 'a: [1,\nb: "')).rejects.toThrow(/is no YAML: line \d/);
});

test('firesteel.json: conf of models, and the version of the project', async () => {
  const text =
    '{\n  "models": {\n    "daily": { "script": "a.py", "conf": { "spark.executor.cores": 4,\n      "spark.x": "{output}" } }\n  },\n  "spark": { "version": "4.0" }\n}\n';
  const source = await readSource('project', text, 'firesteel.json');
  expect(source.sparkVersion).toBe('4.0');
  expect(said(source.settings)).toEqual(['3:45 model spark.executor.cores=4', '4:8 model spark.x={output}']);
});

test('no text makes a reader throw, but YAML and notebooks that are none', async () => {
  const pieces = [
    'spark.a',
    '"',
    "'",
    '"""',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '.config(',
    '.option(',
    '.set(',
    '\\',
    '\n',
    '#',
    '$(',
    '=',
    ':',
    ',',
    ' ',
    '--conf',
    'spark-submit',
    'f"',
    '.write',
    '.format(',
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 40 }), async (parts) => {
      const text = parts.join('');
      for (const kind of ['properties', 'shell', 'python', 'sql', 'project'] as const)
        for (const { line, column } of (await readSource(kind, text, 'f')).settings)
          expect(line !== undefined && line >= 1 && column !== undefined && column >= 1).toBe(true);
    }),
  );
});

test('places are where the text is; tokens and words lie in it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60, unit: fc.constantFrom('a', '\n', '\r', '"', '#', ' ', '\\') }), (text) => {
      const place = placesIn(text);
      const lines = text.split(/\r\n|\n|\r/);
      for (let at = 0; at < text.length; at++) {
        if (/[\r\n]/.test(text[at] as string)) continue;
        const { line, column } = place(at);
        expect(lines[line - 1]?.[column - 1]).toBe(text[at]);
      }
      for (const token of tokensOf(text)) expect(token.at).toBeLessThanOrEqual(text.length);
      for (const word of wordsOf(text)) expect(word.at).toBeLessThan(text.length);
    }),
  );
});

test('the later of two equal keys is the last line', () => {
  expect(propertyLines('a=1\na=2').map(({ value }) => value)).toEqual(['1', '2']);
});
