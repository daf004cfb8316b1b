// Makes src/conf/data/*.json, the catalogue of configuration keys, from what each Spark says about itself (scripts/conf_dump.py).
// Laws: the same Sparks give the same bytes; what Spark does not say comes from scripts/conf-notes.json and nowhere else.
//
//   node scripts/gen-conf.ts --spark /path/to/python-with-pyspark-3.5 --spark /path/to/…-4.0 --spark /path/to/…-4.1 [--work FOLDER]
//
// FOLDER keeps the fetched jars and raw dumps between runs; a raw dump that is there is used as it is.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const HELPER = join(import.meta.dirname, 'conf_dump.py');
const OUT = join(import.meta.dirname, '../src/conf/data');

/** Maven coordinates beside a Spark: the connectors whose keys are in the catalogue. */
const jarsFor = (spark: string, line: string): string[] => {
  const scala = line.startsWith('3.') ? '2.12' : '2.13';
  const { delta, deltaArtifact, iceberg, kafka, hadoop } = CONNECTORS[line] ?? fail(`no connectors are known for Spark ${line}`);
  return [
    `io.delta:${deltaArtifact}:${delta}`,
    `io.delta:delta-storage:${delta}`,
    `org.apache.iceberg:iceberg-spark-runtime-${line}_${scala}:${iceberg}`,
    `org.apache.spark:spark-sql-kafka-0-10_${scala}:${spark}`,
    `org.apache.spark:spark-avro_${scala}:${spark}`,
    `org.apache.kafka:kafka-clients:${kafka}`,
    `org.apache.hadoop:hadoop-aws:${hadoop}`,
  ];
};
/** Versions that were released for a line of Spark, or that it is built with (kafka.version and hadoop.version of its pom). */
const CONNECTORS: Record<string, { delta: string; deltaArtifact: string; iceberg: string; kafka: string; hadoop: string }> = {
  '3.5': { delta: '3.3.3', deltaArtifact: 'delta-spark_2.12', iceberg: '1.12.0', kafka: '3.4.1', hadoop: '3.3.4' },
  '4.0': { delta: '4.4.0', deltaArtifact: 'delta-spark_4.0_2.13', iceberg: '1.11.0', kafka: '3.9.0', hadoop: '3.4.1' },
  '4.1': { delta: '4.4.0', deltaArtifact: 'delta-spark_4.1_2.13', iceberg: '1.12.0', kafka: '3.9.1', hadoop: '3.4.2' },
};

interface Entry {
  key: string;
  doc?: string;
  since?: string;
  public?: boolean;
  kind?: string;
  default?: string | null;
  fallback?: string;
  scope?: string;
  type?: string;
  unit?: string;
  values?: string[];
  cased?: boolean;
  min?: number;
  max?: number;
  alternatives?: string[];
}
interface Raw {
  spark: string;
  entries: Entry[];
  /** Keys that a driver has registered by itself. */
  live: string[];
  deprecated: { key: string; version: string; doc: string }[];
  renamed: { key: string; version: string; to: string }[];
  removed: { key: string; version: string; doc: string }[];
  names: string[];
  options: Record<string, unknown>;
  unread: string[];
}
interface Row {
  key: string;
  type?: string;
  unit?: string;
  /** One text, or by Spark line; null: none. */
  default?: string | null | Record<string, string | null>;
  fallback?: string;
  scope?: string;
  on?: string;
  values?: string[];
  /** Values must be written as they are here. */
  cased?: true;
  min?: number;
  max?: number;
  since?: string;
  internal?: true;
  /** Lines whose driver does not register it by itself: `spark.conf.set` of it is no error there, and does nothing. */
  quiet?: string[];
  /** Lines that know it, when not all do. */
  in?: string[];
  about?: string;
}
type Notes = {
  keys: Record<string, Partial<Row>>;
  jdbc: Record<string, Partial<Row>>;
  kafka: Record<string, Partial<Row>>;
  retired: Record<string, { removed: string; use?: string; doc: string }>;
};

function fail(message: string): never {
  console.error(`gen-conf: ${message}`);
  process.exit(1);
}

function python(binary: string, args: string[]): string {
  const done = spawnSync(binary, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) fail(`${binary} ${args[1]} ended with ${done.status}:\n${done.stderr.slice(-2000)}`);
  return done.stdout.trim();
}

/** What one Spark says; fetched and dumped unless the work folder has it. */
function rawOf(binary: string, work: string): [line: string, raw: Raw] {
  const spark = python(binary, ['-c', 'import pyspark; print(pyspark.__version__)']);
  const line = spark.split('.').slice(0, 2).join('.');
  const file = join(work, `raw-${line}.json`);
  if (!existsSync(file)) {
    const ivy = join(work, `ivy-${line}`);
    console.log(`gen-conf: Spark ${spark}: fetching its connectors`);
    const said = python(binary, [HELPER, 'fetch', ivy, ...jarsFor(spark, line)]);
    for (const text of said.split('\n').filter((one) => one.startsWith('not fetched'))) console.log(`gen-conf: ${text}`);
    console.log(`gen-conf: Spark ${spark}: reading its registries`);
    python(binary, [
      HELPER,
      'dump',
      file,
      ...globSync('jars/*.jar', { cwd: ivy })
        .sort()
        .map((jar) => join(ivy, jar)),
    ]);
  }
  const raw = JSON.parse(readFileSync(file, 'utf8')) as Raw;
  for (const text of raw.unread.filter((one) => !/getField/.test(one))) console.log(`gen-conf: ${line}: not read: ${text}`);
  return [line, raw];
}

/** The first sentence of a documentation text, short. */
function aboutOf(doc: string | undefined): string | undefined {
  const plain = (doc ?? '')
    .replace(/<[^>]+>/g, '')
    .replace(/\s+/g, ' ')
    .replace(/^\((deprecated|experimental|internal)\)\s*/i, '')
    .trim();
  const sentence = /^.{20,}?[.!?](?=\s|$)/.exec(plain)?.[0] ?? plain;
  const short = sentence.length <= 130 ? sentence : `${sentence.slice(0, 129).replace(/\s+\S*$/, '')}…`;
  return short === '' ? undefined : short.replace(/\.$/, '');
}

/** Drops what says nothing, and keeps the order of fields. */
const compact = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as unknown as Row;

/** Rows of several lines as one list: a default that differs is given by line. */
function merged(byLine: readonly (readonly [string, readonly Row[]])[]): Row[] {
  const lines = byLine.map(([line]) => line);
  const found = new Map<string, [string, Row][]>();
  for (const [line, rows] of byLine) for (const row of rows) found.set(row.key, [...(found.get(row.key) ?? []), [line, row]]);
  return [...found.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, versions]) => {
      const newest = versions.at(-1)?.[1] as Row;
      const defaults = new Map(versions.map(([line, row]) => [line, (row.default as string | undefined) ?? null]));
      const same = new Set(defaults.values()).size === 1;
      const known = versions.map(([line]) => line);
      return compact({
        ...newest,
        default: same ? (newest.default ?? undefined) : Object.fromEntries(defaults),
        in: known.length === lines.length ? undefined : known,
      });
    });
}

function write(name: string, lines: readonly string[], data: Record<string, unknown>, rows: readonly object[]): void {
  const head = Object.entries({ spark: lines, ...data }).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  const text = `{\n${head.join('')}"keys": [\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n}\n`;
  JSON.parse(text);
  writeFileSync(join(OUT, `${name}.json`), text);
  console.log(`gen-conf: ${name}.json: ${rows.length} keys, ${Math.round(text.length / 1000)} kB`);
}

// What is said in the JVM about a value that is none, or that depends on the machine.
const defaultOf = ({ kind, default: given }: Entry): string | undefined =>
  given === undefined ||
  given === null ||
  kind === 'FallbackConfigEntry' ||
  kind === 'ConfigEntryWithDefaultFunction' ||
  given === '<undefined>'
    ? undefined
    : given;

/** `3.0.0` → `3.0`, `1.1.1` as it is. */
const shortVersion = (version: string | undefined): string | undefined => version?.replace(/^(\d+\.\d+)\.0$/, '$1');

const entryRow = (entry: Entry): Row => ({
  key: entry.key,
  type: entry.type === 'string' ? undefined : entry.type,
  unit: entry.unit,
  default: defaultOf(entry),
  fallback: entry.fallback,
  scope: entry.scope,
  values: entry.values === undefined ? undefined : [...entry.values].sort(),
  cased: entry.cased === true ? true : undefined,
  min: entry.min,
  max: entry.max,
  since: entry.since === '' ? undefined : shortVersion(entry.since),
  internal: entry.public === false ? true : undefined,
  about: aboutOf(entry.doc),
});

type Texts = Record<string, unknown>;

/** Java constants as rows: those that look like keys, each with the constant that is its default (`X` and `X_DEFAULT` or `DEFAULT_X`). */
function constantRows(constants: Texts, isKey: (name: string, value: string) => boolean, scope: string, on?: string): Row[] {
  return Object.entries(constants).flatMap(([name, value]) => {
    if (typeof value !== 'string' || !isKey(name, value)) return [];
    const since = Object.keys(constants).find((other) => other.startsWith(`${name}_DEFAULT_SINCE_`));
    const given = constants[since ?? `${name}_DEFAULT`] ?? constants[`DEFAULT_${name}`];
    const type = typeof given === 'boolean' ? 'boolean' : typeof given === 'number' ? 'long' : undefined;
    return [compact({ key: value, type, default: given === undefined ? undefined : String(given), scope, on })];
  });
}

function icebergRows({ options }: Raw): Row[] {
  const of = (name: string) => (options[`iceberg${name}`] ?? {}) as Texts;
  const option = (name: string, value: string) => !/_DEFAULT|PREFIX/.test(name) && /^[a-zA-Z][a-zA-Z-]+$/.test(value);
  return [
    ...constantRows(of('SparkSQLProperties'), (_name, value) => /^spark\.[a-z.-]+[a-z]$/.test(value), 'session'),
    ...constantRows(of('SparkReadOptions'), option, 'option', 'read'),
    ...constantRows(of('SparkWriteOptions'), option, 'option', 'write'),
    ...constantRows(
      of('TableProperties'),
      (_name, value) => /^(read|write|commit|history|format|gc|compatibility)[.-][a-z0-9.-]+[a-z]$/.test(value),
      'table',
    ),
  ];
}

function s3aRows({ options }: Raw): Row[] {
  const documented = (options.s3a as Entry[]).map(
    (one): Row =>
      compact({
        key: one.key,
        default: one.default === '' ? undefined : (one.default ?? undefined),
        scope: 'hadoop',
        about: aboutOf(one.doc),
      }),
  );
  const known = new Set(documented.map(({ key }) => key));
  const named = [options.s3aConstants, options.s3aCommit, options.s3aInternal].flatMap((constants) =>
    constantRows((constants ?? {}) as Texts, (_name, value) => /^fs\.s3a\.[a-z0-9.-]+[a-z0-9]$/.test(value) && !known.has(value), 'hadoop'),
  );
  return [...documented, ...new Map(named.map((row) => [row.key, row])).values()];
}

function kafkaRows({ options }: Raw, notes: Notes): Row[] {
  const names = new Set(Object.values(options.kafka as Record<string, string>));
  const own = Object.entries(notes.kafka)
    .filter(([key]) => names.has(key.toLowerCase()) || names.has(key))
    .map(([key, note]): Row => ({ key, scope: 'option', ...note }));
  const clients = new Map<string, Row>();
  for (const [on, list] of [
    ['read', options.kafkaConsumer],
    ['write', options.kafkaProducer],
  ] as const)
    for (const one of list as Entry[]) {
      const key = `kafka.${one.key}`;
      const type = one.type === 'string' || one.type === 'class' || one.type === 'password' ? undefined : one.type;
      const row = { key, type, default: one.default ?? undefined, scope: 'option', on, about: aboutOf(one.doc) };
      clients.set(key, compact(clients.has(key) ? { ...row, on: 'both' } : row));
    }
  return [...own, ...clients.values()];
}

const OPTION_CASE = /[A-Z]/;
function deltaRows({ options, entries }: Raw): Row[] {
  const session = entries.filter(({ key }) => key.startsWith('spark.databricks.')).map(entryRow);
  const strings = Object.values(options.deltaStrings as Record<string, string>);
  const writer = new Set([
    ...(options.deltaOptions as string[]),
    ...strings.filter((text) => OPTION_CASE.test(text) && /^[a-z]\w+$/.test(text)),
  ]);
  const properties = (options.deltaTable as Entry[]).map((one): Row => {
    // The registry keeps its names in lower case; the names as they are written stand in the constant pools.
    const key = `delta.${one.key}`;
    return compact({ key, default: one.default ?? undefined, scope: 'table', about: aboutOf(one.doc) });
  });
  return [
    ...session,
    ...[...writer].filter((key) => !key.startsWith('_') && !key.startsWith('spark.')).map((key): Row => ({ key, scope: 'option' })),
    ...properties,
  ];
}

const useOf = (doc: string): string | undefined =>
  /(?:use|replaced by|Set)\s+(?:the new \S+ options, )?[`']?(spark\.[\w.{},]+\w)/i.exec(doc)?.[1]?.replace(/^spark\.\{.*/, '') || undefined;

function retiredRows(raws: readonly (readonly [string, Raw])[], notes: Notes): object[] {
  const found = new Map<string, object>();
  for (const [key, { removed, use, doc }] of Object.entries(notes.retired)) found.set(key, { key, removed, use, doc });
  for (const [line, raw] of raws) {
    for (const { key, version, doc } of raw.deprecated) {
      // A key may be honoured for some lines before its text says that it no longer is.
      const gone = /not used any ?more|no longer/i.test(doc);
      const before = found.get(key) as { deprecated?: string; removed?: string } | undefined;
      const removed = gone ? (before === undefined ? shortVersion(version) : (before.removed ?? line)) : undefined;
      const deprecated = removed === undefined || before?.deprecated !== undefined ? shortVersion(version) : undefined;
      found.set(key, { key, deprecated, removed, use: useOf(doc), doc: aboutOf(doc) });
    }
    for (const { key, version, to } of raw.renamed) found.set(key, { key, deprecated: version, use: to });
    for (const { key, version, doc } of raw.removed)
      found.set(key, { key, removed: shortVersion(version), use: useOf(doc), doc: aboutOf(doc) });
  }
  // Other names that an entry answers to.
  for (const [, raw] of raws)
    for (const { key, alternatives = [] } of raw.entries)
      for (const other of alternatives) if (!found.has(other)) found.set(other, { key: other, use: key });
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** Names that Spark's code holds without an entry, and prefixes behind which anything may stand. */
function bareNames(raws: readonly (readonly [string, Raw])[], keys: ReadonlySet<string>): { names: Row[]; prefixes: string[] } {
  const all = new Map<string, string[]>();
  for (const [line, raw] of raws) for (const name of raw.names) all.set(name, [...(all.get(name) ?? []), line]);
  const everything = [...all.keys(), ...keys];
  // The beginning of other keys is a group of them, not a key; and examples in documentation are none.
  const isGroup = (name: string) => everything.some((other) => other.startsWith(`${name}.`));
  const names = [...all]
    .filter(([name]) => !keys.has(name) && !name.endsWith('.') && name.split('.').length > 1)
    .filter(([name]) => !isGroup(name) && !/^spark\.(some|test|\w+View|properties)\b|\.VAR\d|\*/.test(name))
    .map(([key, lines]): Row => compact({ key, in: lines.length === raws.length ? undefined : lines }));
  // `spark.sql.` and the like are prefixes for Spark's own matching; below these anything is the user's.
  const open =
    /^spark\.(hadoop|hive|executorEnv|metrics\.conf|ssl|sql\.catalog|shuffle\.plugin\.__config__|plugins\.internal\.conf|databricks\.delta\.properties\.defaults|delta\.logStore|io\.encryption\.commons\.config|network\.crypto\.config|yarn\.(appMasterEnv|(am|driver|executor)\.resource)|kubernetes\.(node\.selector|driverEnv|(driver|executor)\.(annotation|label|node\.selector|secretKeyRef|secrets|volumes|service\.(annotation|label))))\.$/;
  const prefixes = new Set([...all.keys()].filter((name) => open.test(name)));
  return { names: names.sort((a, b) => (a.key < b.key ? -1 : 1)), prefixes: [...prefixes].sort() };
}

const { values } = parseArgs({ options: { spark: { type: 'string', multiple: true }, work: { type: 'string' } } });
if ((values.spark ?? []).length === 0) fail('give at least one --spark, a Python in which pyspark is installed');
const work = resolve(values.work ?? mkdtempSync(join(tmpdir(), 'gen-conf-')));
mkdirSync(work, { recursive: true });
const notes = JSON.parse(readFileSync(join(import.meta.dirname, 'conf-notes.json'), 'utf8')) as Notes;
const raws = (values.spark ?? []).map((binary) => rawOf(binary, work)).sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true }));
const lines = raws.map(([line]) => line);

mkdirSync(OUT, { recursive: true });
const retired = retiredRows(raws, notes);
const isSpark = (key: string) => key.startsWith('spark.') && !key.startsWith('spark.databricks.');
// A key may be a bare text in the code of one line and declared in a later one: both know it.
const declared = new Map(raws.flatMap(([, raw]) => raw.entries.map((entry) => [entry.key, entry] as const)));
const spark = merged(
  raws.map(([line, raw]) => {
    const own = new Set(raw.entries.map(({ key }) => key));
    const bare = raw.names.flatMap((name) => (own.has(name) ? [] : (declared.get(name) ?? [])));
    return [
      line,
      [
        ...raw.entries.filter(({ key }) => isSpark(key)).map((entry) => ({ ...entryRow(entry), ...notes.keys[entry.key] })),
        ...bare.filter(({ key }) => isSpark(key)).map((entry) => ({ ...entryRow(entry), default: undefined, ...notes.keys[entry.key] })),
        ...Object.entries(notes.keys).flatMap(([key, note]) => (declared.has(key) ? [] : [compact({ key, ...note })])),
      ],
    ];
  }),
);
const delta = merged(raws.map(([line, raw]) => [line, deltaRows(raw)]));
const known = new Set([...spark, ...delta, ...(retired as Row[])].map(({ key }) => key));
const { names, prefixes } = bareNames(raws, known);
for (const row of spark) {
  if (row.scope === undefined) continue;
  const quiet = raws.flatMap(([line, raw]) => ((row.in ?? lines).includes(line) && !raw.live.includes(row.key) ? [line] : []));
  if (quiet.length > 0) row.quiet = quiet;
}
write('spark', lines, { versions: raws.map(([, raw]) => raw.spark), prefixes }, [...spark, ...names]);
write('delta', lines, {}, delta);
write('iceberg', lines, {}, merged(raws.map(([line, raw]) => [line, icebergRows(raw)])));
write('kafka', lines, {}, merged(raws.map(([line, raw]) => [line, kafkaRows(raw, notes)])));
write('s3a', lines, {}, merged(raws.map(([line, raw]) => [line, s3aRows(raw)])));
write(
  'jdbc',
  lines,
  {},
  merged(
    raws.map(([line, raw]) => {
      const names = new Set(Object.values(raw.options.jdbc as Record<string, string>));
      return [
        line,
        Object.entries(notes.jdbc).flatMap(([key, note]): Row[] => (names.has(key) ? [compact({ key, scope: 'option', ...note })] : [])),
      ];
    }),
  ),
);
write('retired', lines, {}, retired);
