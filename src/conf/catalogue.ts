// The catalogue: every key of Spark, Delta, Iceberg, Kafka, S3A and JDBC by version, from data/*.json (made by scripts/gen-conf.ts).
// Laws: each file is read once, when first asked for; a version that is not in it is served by the nearest one, and says so.

import { readFileSync } from 'node:fs';
import { submitOnly } from './scopes.ts';
import type { ConfKey, Owner, Retired, Scope, ValueType } from './types.ts';

/** A row as stored: `default` by line of Spark where it differs, null for none. */
interface Row {
  readonly key: string;
  readonly type?: ValueType;
  readonly unit?: string;
  readonly default?: string | Readonly<Record<string, string | null>>;
  readonly fallback?: string;
  readonly scope?: Scope;
  readonly on?: string;
  readonly values?: readonly string[];
  readonly cased?: true;
  readonly min?: number;
  readonly max?: number;
  readonly since?: string;
  readonly internal?: true;
  readonly in?: readonly string[];
  readonly quiet?: readonly string[];
  readonly about?: string;
}
interface Data<R> {
  readonly spark: readonly string[];
  readonly prefixes?: readonly string[];
  readonly keys: readonly R[];
}

const OWNERS: readonly Owner[] = ['spark', 'delta', 'iceberg', 'kafka', 's3a', 'jdbc'];

const dataOf = <R>(name: string): Data<R> => JSON.parse(readFileSync(new URL(`./data/${name}.json`, import.meta.url), 'utf8')) as Data<R>;

/** A file's rows by key; options of JDBC and Kafka by key in lower case, for so Spark reads them. */
interface Loaded {
  readonly lines: readonly string[];
  readonly prefixes: readonly string[];
  readonly rows: ReadonlyMap<string, Row>;
}

const loaded = new Map<Owner, Loaded>();
function load(owner: Owner): Loaded {
  let known = loaded.get(owner);
  if (known === undefined) {
    const { spark, prefixes = [], keys } = dataOf<Row>(owner);
    known = { lines: spark, prefixes, rows: new Map(keys.map((row) => [indexOf(owner, row.key), row])) };
    loaded.set(owner, known);
  }
  return known;
}

let retired: ReadonlyMap<string, Retired> | undefined;
const retiredRows = (): ReadonlyMap<string, Retired> => (retired ??= new Map(dataOf<Retired>('retired').keys.map((row) => [row.key, row])));

/** Names of options and of Delta's table properties do not care about case. */
const indexOf = (owner: Owner, key: string): string =>
  owner === 'kafka' || owner === 'jdbc' || (owner === 'delta' && !key.startsWith('spark.')) ? key.toLowerCase() : key;

const numberOf = (line: string): number => {
  const [major = 0, minor = 0] = line.split('.').map(Number);
  return major * 100 + minor;
};

export interface Version {
  /** As asked for: `3.4`. */
  readonly line: string;
  /** The line of the catalogue that serves it. */
  readonly served: string;
  /** False: the catalogue does not hold this version; defaults may have been others. */
  readonly exact: boolean;
  /** True: nobody named a version; the newest is taken, and only what holds in all of them is said. */
  readonly assumed: boolean;
}

/** Lines of Spark in the catalogue, oldest first. */
export const catalogueLines = (): readonly string[] => load('spark').lines;

/** `4.0.2` as a version of the catalogue; without one the newest, inexact. */
export function versionOf(text: string | undefined): Version {
  const { lines } = load('spark');
  const newest = lines.at(-1) ?? '';
  const given = /^v?(\d+)\.(\d+)/.exec(text?.trim() ?? '');
  if (given === null) return { line: newest, served: newest, exact: false, assumed: true };
  const line = `${Number(given[1])}.${Number(given[2])}`;
  const served = [...lines].reverse().find((one) => numberOf(one) <= numberOf(line)) ?? lines[0] ?? '';
  return { line, served, exact: served === line, assumed: false };
}

/** True when `line` is `at` or newer: `3.1.0` counts as 3.1. */
export const reaches = (line: string, at: string): boolean => numberOf(line) >= numberOf(at);

function keyOf(owner: Owner, row: Row, line: string): ConfKey {
  const given = typeof row.default === 'object' ? (row.default[line] ?? undefined) : row.default;
  return {
    key: row.key,
    owner,
    scope: owner === 'spark' && row.scope === 'core' ? submitOnly(row.key) : row.scope,
    type: row.type ?? 'string',
    unit: row.unit,
    default: given,
    fallback: row.fallback,
    values: row.values,
    cased: row.cased === true,
    min: row.min,
    max: row.max,
    since: row.since,
    internal: row.internal === true,
    quiet: row.quiet?.includes(line) === true,
    on: row.on,
    about: row.about,
  };
}

/** A key of an owner in a version; undefined: there is none. */
export function findKey(owner: Owner, key: string, version: Version): ConfKey | undefined {
  const row = load(owner).rows.get(indexOf(owner, key));
  return row === undefined || (row.in !== undefined && !row.in.includes(version.served)) ? undefined : keyOf(owner, row, version.served);
}

/** A property that Spark reads from its own configuration: of Spark, Delta or Iceberg. */
export function findProperty(key: string, version: Version): ConfKey | undefined {
  if (key.startsWith('spark.hadoop.fs.s3a.')) return findKey('s3a', s3aKey(key.slice('spark.hadoop.'.length)), version);
  return (
    findKey('spark', key, version) ??
    (key.startsWith('spark.') ? (findKey('delta', key, version) ?? findKey('iceberg', key, version)) : undefined)
  );
}

/** `fs.s3a.bucket.NAME.endpoint` is `fs.s3a.endpoint` for one bucket. */
export const s3aKey = (key: string): string => {
  const own = /^fs\.s3a\.bucket\.[^.]+\.(.+)$/.exec(key);
  return own === null || load('s3a').rows.has(key) ? key : `fs.s3a.${own[1]}`;
};

/** Lines of the catalogue that know a property, when some line does. */
export function linesOf(key: string): readonly string[] {
  for (const owner of OWNERS) {
    const row = load(owner).rows.get(indexOf(owner, key));
    if (row !== undefined) return row.in ?? load('spark').lines;
  }
  return [];
}

/** The default in each line of the catalogue. */
export function defaultsOf(key: string): ReadonlyMap<string, string | undefined> {
  return new Map(
    load('spark').lines.map((line) => [line, findProperty(key, { line, served: line, exact: true, assumed: false })?.default]),
  );
}

/** A key behind which the user's own names stand: `spark.executorEnv.`; undefined: none begins this one. */
export const openPrefix = (key: string): string | undefined =>
  load('spark').prefixes.find((prefix) => key.startsWith(prefix) && key.length > prefix.length) ??
  /^spark\.(driver|executor|task|worker|yarn\.(am|driver|executor))\.resource\.(?=.)/.exec(key)?.[0] ??
  // Names that Spark puts together: TransportConf for each of its modules, HadoopDelegationTokenManager for each service.
  /^spark\.(shuffle|rpc|files|network)\.(io\.(?=.)|sasl\.(?=timeout$))/.exec(key)?.[0] ??
  /^spark\.(yarn\.)?security\.credentials\.(?=.+\.enabled$)/.exec(key)?.[0] ??
  /^spark\.(scheduler\.listenerbus\.eventqueue|sql\.catalog|sql\.iceberg\.snapshot-property)\.(?=.)/.exec(key)?.[0];

/** What Spark itself says about a key it wants no more; undefined: nothing, or not yet in this version. */
export function findRetired(key: string, version: Version): Retired | undefined {
  const row = retiredRows().get(key);
  const at = row?.deprecated ?? row?.removed;
  if (row === undefined || (at !== undefined && !reaches(version.line, at))) return undefined;
  // A version that lacks the new name and has the old one does not want it replaced yet.
  const isNew = row.use?.startsWith('spark.') && !row.use.includes('*') && findProperty(row.use, version) === undefined;
  return isNew && findProperty(key, version) !== undefined ? undefined : row;
}

/** True for a key that some version of Spark had. */
export const isRetired = (key: string): boolean => retiredRows().has(key);

/** Every key of some owners in a version. */
export function keysOf(owners: readonly Owner[], version: Version): readonly ConfKey[] {
  return owners.flatMap((owner) =>
    [...load(owner).rows.values()]
      .filter((row) => row.in === undefined || row.in.includes(version.served))
      .map((row) => keyOf(owner, row, version.served)),
  );
}
