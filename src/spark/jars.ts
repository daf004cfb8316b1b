// Jars that a job needs beside Spark's own (Delta Lake, Iceberg, JDBC drivers), matched to the Spark version, in Firesteel's cache folder.
// Laws: versions are a table, nothing is guessed; each jar is fetched alone, by Spark's own Ivy, so that the user's mirrors and settings hold;
// an entry of the cache is whole or not there.

import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FiresteelError, writeWhole } from '../base/index.ts';
import { cacheFolder, withLock } from './cache.ts';
import { readEnds } from './driver-log.ts';
import { ownFile, readChecked } from './files.ts';
import { startGuarded } from './guarded.ts';
import type { SparkInstall } from './outcome.ts';
import type { InstallProgress } from './pip.ts';

export type JarKind = 'delta' | 'iceberg' | 'postgresql';
export const JAR_KINDS: readonly JarKind[] = ['delta', 'iceberg', 'postgresql'];

export interface JarSet {
  /** Absolute paths for JobSpec.jars. */
  readonly jars: readonly string[];
  /** Properties that the kind needs (session extensions, catalogs). */
  readonly conf: Readonly<Record<string, string>>;
}

const delta = (artifact: string, version: string, more: readonly string[] = []) => [
  `io.delta:${artifact}:${version}`,
  `io.delta:delta-storage:${version}`,
  ...more,
];
/** Since 4.1 Delta speaks to its catalogs through its kernel, in jars of their own. */
const KERNEL = [
  ...['delta-kernel-api', 'delta-kernel-defaults', 'delta-kernel-unitycatalog'].map((name) => `io.delta:${name}:4.4.0`),
  'io.unitycatalog:unitycatalog-client:0.6.0',
  'io.unitycatalog:unitycatalog-hadoop:0.6.0',
];
const POSTGRESQL = ['org.postgresql:postgresql:42.7.14'];
const iceberg = (line: string, scala: string, version: string) => [`org.apache.iceberg:iceberg-spark-runtime-${line}_${scala}:${version}`];

/** Maven coordinates by Spark line: sets that were run together with that Spark. */
const COORDINATES: Readonly<Record<string, Readonly<Record<JarKind, readonly string[]>>>> = {
  '3.5': { delta: delta('delta-spark_2.12', '3.3.3'), iceberg: iceberg('3.5', '2.12', '1.12.0'), postgresql: POSTGRESQL },
  '4.0': { delta: delta('delta-spark_4.0_2.13', '4.4.0', KERNEL), iceberg: iceberg('4.0', '2.13', '1.11.0'), postgresql: POSTGRESQL },
  '4.1': { delta: delta('delta-spark_4.1_2.13', '4.4.0', KERNEL), iceberg: iceberg('4.1', '2.13', '1.12.0'), postgresql: POSTGRESQL },
};

const CONF: Readonly<Record<JarKind, Readonly<Record<string, string>>>> = {
  delta: {
    'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
  },
  iceberg: { 'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions' },
  postgresql: {},
};

const lineOf = (version: string): string => version.split('.').slice(0, 2).join('.');
const fileOf = (coordinate: string): string => {
  const [group = '', artifact = '', version = ''] = coordinate.split(':');
  return `${group}_${artifact}-${version}.jar`;
};

const stampSchema = z.object({ jars: z.array(z.string()) });

/**
 * Several kinds are merged into one set.
 * FiresteelError `environment`: no jars known for this Spark version, or they cannot be fetched.
 */
export async function ensureJars(
  kinds: JarKind | readonly JarKind[],
  install: SparkInstall,
  options: { readonly progress?: (progress: InstallProgress) => void; readonly signal?: AbortSignal } = {},
): Promise<JarSet> {
  const wanted = [...new Set(typeof kinds === 'string' ? [kinds] : kinds)].map((kind) => setOf(kind, install));
  const absent = async () => {
    const found = await Promise.all(wanted.map(isPresent));
    return wanted.filter((_set, i) => found[i] !== true);
  };
  if ((await absent()).length > 0)
    await withLock(
      join(cacheFolder(), 'jars', `spark-${lineOf(install.version)}`),
      async () => {
        const missing = await absent();
        if (missing.length > 0) await fetchSets(missing, install, options);
      },
      { signal: options.signal },
    );
  const conf: Record<string, string> = {};
  for (const { kind } of wanted)
    for (const [key, value] of Object.entries(CONF[kind]))
      conf[key] = key === 'spark.sql.extensions' && conf[key] !== undefined ? `${conf[key]},${value}` : value;
  return { jars: [...new Set(wanted.flatMap(filesOf))], conf };
}

/** One kind's jars for one Spark line, and where they lie. */
interface Wanted {
  readonly kind: JarKind;
  readonly folder: string;
  readonly coordinates: readonly string[];
}

function setOf(kind: JarKind, install: SparkInstall): Wanted {
  const line = lineOf(install.version);
  const coordinates = COORDINATES[line]?.[kind];
  if (coordinates !== undefined) return { kind, coordinates, folder: join(cacheFolder(), 'jars', `spark-${line}`, kind) };
  throw new FiresteelError(
    'environment',
    `No ${kind} jars are known for Spark ${install.version}; they are for Spark ${Object.keys(COORDINATES).join(', ')}.`,
    `Name them yourself with --packages or --jars, or use another Spark (firesteel spark install ${Object.keys(COORDINATES).at(-1)}).`,
  );
}

const filesOf = ({ folder, coordinates }: Wanted): string[] => coordinates.map((coordinate) => join(folder, fileOf(coordinate)));

/** Whether a set is whole. */
async function isPresent(set: Wanted): Promise<boolean> {
  const stamp = await readChecked(join(set.folder, 'ready.json'), stampSchema);
  if (stamp === undefined || set.coordinates.some((coordinate) => !stamp.jars.includes(coordinate))) return false;
  const found = await Promise.all(filesOf(set).map((file) => stat(file).catch(() => undefined)));
  return found.every((one) => one !== undefined && one.size > 0);
}

type Options = NonNullable<Parameters<typeof ensureJars>[2]>;

/** Fetches what is missing with one Spark, then puts each set into its folder, stamp last. */
async function fetchSets(missing: readonly Wanted[], install: SparkInstall, options: Options): Promise<void> {
  const work = join(cacheFolder(), 'jars', `spark-${lineOf(install.version)}`, 'fetching');
  // Ours, and of one that did not come to its end.
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const coordinates = [...new Set(missing.flatMap((set) => set.coordinates))];
    const jars = await fetchJars(missing.map(({ kind }) => kind).join(', '), coordinates, work, install, options);
    for (const set of missing) {
      await rm(set.folder, { recursive: true, force: true });
      await mkdir(set.folder, { recursive: true });
      for (const coordinate of set.coordinates) await copyFile(join(jars, fileOf(coordinate)), join(set.folder, fileOf(coordinate)));
      await writeWhole(join(set.folder, 'ready.json'), JSON.stringify({ jars: set.coordinates }));
    }
  } finally {
    await rm(work, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Gives the folder with the jars. */
async function fetchJars(
  name: string,
  coordinates: readonly string[],
  folder: string,
  install: SparkInstall,
  options: Options,
): Promise<string> {
  const ivy = join(folder, 'ivy');
  const log = join(folder, 'fetch.log');
  const guarded = await startGuarded({
    python: install.python,
    command: [install.python, ownFile('python', 'firesteel_jars.py'), ivy, ...coordinates],
    cwd: folder,
    env: {
      ...process.env,
      SPARK_HOME: install.home,
      JAVA_HOME: install.javaHome,
      PYSPARK_PYTHON: install.python,
      PYSPARK_DRIVER_PYTHON: install.python,
      SPARK_LOCAL_IP: '127.0.0.1',
      PYTHONPATH: await pythonPath(install),
    },
    output: log,
    result: join(folder, 'guard.json'),
    driver: join(folder, 'none'),
    graceS: 2,
  });
  const stop = () => guarded.stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted === true) stop();
  const tell = async () => {
    const [, last] = /^(?:[\s\S]*\n)?firesteel-jar: (\d+)/.exec(await readEnds(log)) ?? [];
    const done = Number(last ?? 0);
    options.progress?.({
      what: `fetching the ${name} jars (${done} of ${coordinates.length})`,
      bytes: undefined,
      share: done / coordinates.length,
    });
  };
  const ticker = options.progress === undefined ? undefined : setInterval(() => void tell(), 1000);
  let end: Awaited<typeof guarded.ended>;
  try {
    end = await guarded.ended;
  } finally {
    clearInterval(ticker);
    options.signal?.removeEventListener('abort', stop);
  }
  options.signal?.throwIfAborted();
  const fetched = await readdir(join(ivy, 'jars')).catch(() => [] as string[]);
  const missing = coordinates.filter((coordinate) => !fetched.includes(fileOf(coordinate)));
  if (end.code !== 0 || missing.length > 0) {
    const said = await readEnds(log);
    const offline = /UnknownHostException|Connection refused|timed out|Network is unreachable|Server access error/i.test(said);
    throw new FiresteelError(
      'environment',
      `The ${name} jars could not be fetched: ${missing.join(', ') || 'Spark ended'}${offline ? ' (no Maven repository can be reached)' : ''}.`,
      'Check the network, or set spark.jars.ivySettings in spark-defaults.conf to the settings of your mirror, then the same command again.',
    );
  }
  return join(ivy, 'jars');
}

/** How a plain Python imports the PySpark of a distribution: its zip files; one that came by pip needs nothing. */
async function pythonPath(install: SparkInstall): Promise<string | undefined> {
  const lib = join(install.home, 'python', 'lib');
  const zips = (await readdir(lib).catch(() => [] as string[])).filter((name) => name.endsWith('.zip'));
  return zips.length === 0
    ? process.env.PYTHONPATH
    : [...zips.map((name) => join(lib, name)), process.env.PYTHONPATH].filter(Boolean).join(':');
}
