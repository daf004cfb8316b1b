// Spark's properties files, and which value of a property wins.
// Laws: what is read here is what java.util.Properties reads; what is written reads back the same; lists of jars, packages and
// Python files are joined, every other property has one value: that of the highest layer.

import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FiresteelError, messageOf } from '../base/index.ts';
import { parseProperties } from '../conf/index.ts';
import { codeOf, ownFile } from './files.ts';
import type { JobSpec, RunStart } from './outcome.ts';
import type { Environment } from './processes.ts';

export { parseProperties };

export interface Property {
  readonly key: string;
  readonly value: string;
  /** Who set it; what the script sets in its builder wins over all of them and is not known before it runs. */
  readonly source: 'conf' | 'properties file' | 'spark-defaults.conf' | 'job' | 'firesteel';
}

const escaped = (text: string, isKey: boolean): string =>
  text
    .replace(/[\\\n\r\t\f]/g, (char) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f' })[char] ?? char)
    .replace(isKey ? /[ =:]/g : /^ /, (char) => `\\${char}`)
    .replace(/^[#!]/, (char) => `\\${char}`);

/** Pairs as a .properties file. */
export const formatProperties = (properties: Iterable<readonly [string, string]>): string =>
  [...properties].map(([key, value]) => `${escaped(key, true)}=${escaped(value, false)}\n`).join('');

export const isLocal = (master: string): boolean => /^local(\[|-cluster\[|$)/.test(master);
/** A standalone master on this machine that nobody else reaches. */
export const isLoopback = (master: string): boolean => /^spark:\/\/(127\.|localhost\b|\[::1\])/.test(master);

async function propertiesIn(file: string, missingIsError: boolean): Promise<ReadonlyMap<string, string>> {
  try {
    return parseProperties(await readFile(file, 'utf8'));
  } catch (error) {
    if (!missingIsError && ['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return new Map();
    throw new FiresteelError('not-found', `The properties file ${file} could not be read: ${messageOf(error)}.`, 'Correct its path.', {
      cause: error,
    });
  }
}

/** Lists whose parts from several layers all count. */
const LISTS = ['spark.jars', 'spark.jars.packages', 'spark.submit.pyFiles', 'spark.files'];

/** The properties of a job as its user wants them: conf over the job's own fields over the properties file, or over Spark's spark-defaults.conf. */
export async function userProperties(
  job: JobSpec,
  sparkHome: string,
  env: Environment = process.env,
): Promise<ReadonlyMap<string, Property>> {
  const found = new Map<string, Property>();
  const put = (key: string, value: string, source: Property['source']) => {
    const before = LISTS.includes(key) ? (found.get(key)?.value.split(',') ?? []) : [];
    found.set(key, { key, value: [...new Set([...before, ...(before.length > 0 ? value.split(',') : [value])])].join(','), source });
  };
  const confFolder = job.env.SPARK_CONF_DIR ?? env.SPARK_CONF_DIR ?? join(sparkHome, 'conf');
  const base =
    job.propertiesFile === undefined
      ? await propertiesIn(join(confFolder, 'spark-defaults.conf'), false)
      : await propertiesIn(job.propertiesFile, true);
  for (const [key, value] of base) put(key, value, job.propertiesFile === undefined ? 'spark-defaults.conf' : 'properties file');
  if (job.master !== undefined) put('spark.master', job.master, 'job');
  if (job.deployMode === 'cluster' || found.has('spark.submit.deployMode')) put('spark.submit.deployMode', job.deployMode, 'job');
  if (job.jars.length > 0) put('spark.jars', job.jars.join(','), 'job');
  if (job.packages.length > 0) put('spark.jars.packages', job.packages.join(','), 'job');
  if (job.pyFiles.length > 0) put('spark.submit.pyFiles', job.pyFiles.join(','), 'job');
  for (const [key, value] of Object.entries(job.conf)) put(key, value, 'conf');
  return found;
}

/** Whether a path has ASCII characters that a URL writes otherwise. */
function changesAsUrl(path: string): boolean {
  const ascii = path.replace(/[^ -~]/g, 'x');
  return pathToFileURL(ascii).pathname !== ascii;
}

/** What `submit` keeps in a run's folder for Spark. */
export const PLACES = {
  eventLog: 'eventlog',
  temporary: 'tmp',
  warehouse: 'warehouse',
  driverLog: 'driver.log',
  properties: 'spark.properties',
  job: 'job.json',
  driver: 'driver.json',
  guard: 'guard.json',
  launch: 'launch.json',
  outcome: 'outcome.json',
} as const;

export type Prepared = Pick<RunStart, 'runId' | 'folder' | 'applicationName' | 'purpose' | 'job'> & {
  readonly install: Pick<RunStart['install'], 'home'>;
};

export interface PropertyOptions {
  /** Default: the environment of this process. */
  readonly env?: Environment;
  /** Where downloaded packages are kept; default: as Spark does. */
  readonly ivy?: string;
  /** True when the working folder holds tables of its own: they stay the job's. */
  readonly hasTables?: boolean;
}

/**
 * What spark-submit is given for a run, sorted by key.
 * Firesteel sets event log, application name and the run's id; and, where the user said nothing, the places of temporary files and no progress bar.
 */
export async function effectiveProperties(start: Prepared, options: PropertyOptions = {}): Promise<readonly Property[]> {
  const { job, folder } = start;
  const found = new Map(await userProperties(job, start.install.home, options.env));
  const value = (key: string) => found.get(key)?.value;
  const force = (key: string, text: string) => found.set(key, { key, value: text, source: 'firesteel' });
  const offer = (key: string, text: string) => found.has(key) || force(key, text);
  const add = (key: string, text: string) => force(key, [value(key), text].filter((part) => part !== undefined && part !== '').join(' '));
  const isCluster = job.deployMode === 'cluster';
  const master = value('spark.master') ?? 'local[*]';

  force('spark.eventLog.enabled', 'true');
  force('spark.app.name', start.applicationName);
  force('spark.firesteel.run', start.runId);
  offer('spark.ui.showConsoleProgress', 'false');
  if (options.ivy !== undefined && value('spark.jars.packages') !== undefined) offer('spark.jars.ivy', options.ivy);
  if (isCluster) {
    const own = [ownFile('python', 'firesteel_trace.py'), value('spark.submit.pyFiles')];
    force('spark.submit.pyFiles', own.filter((part) => part !== undefined).join(','));
    force('spark.files', [job.script, value('spark.files')].filter((part) => part !== undefined).join(','));
  } else {
    const temporary = join(folder, PLACES.temporary);
    offer('spark.eventLog.dir', pathToFileURL(join(folder, PLACES.eventLog)).href);
    if (!master.startsWith('k8s:')) offer('spark.local.dir', temporary);
    const java = value('spark.driver.extraJavaOptions') ?? '';
    // Native libraries unpack themselves into the temporary folder; the JVM's performance counters lie in /tmp whatever it is.
    if (!java.includes('-Djava.io.tmpdir')) add('spark.driver.extraJavaOptions', `"-Djava.io.tmpdir=${temporary}"`);
    if (!java.includes('UsePerfData')) add('spark.driver.extraJavaOptions', '-XX:-UsePerfData');
    if (!java.includes('derby.')) add('spark.driver.extraJavaOptions', `"-Dderby.stream.error.file=${join(folder, 'derby.log')}"`);
    if (value('spark.python.unix.domain.socket.enabled') === 'true') offer('spark.python.unix.domain.socket.dir', tmpdir());
    if (start.purpose.kind !== 'run' && options.hasTables !== true && !found.has('spark.sql.warehouse.dir')) {
      // Two runs of one proof must not meet in a table.
      force('spark.sql.warehouse.dir', `file:${join(folder, PLACES.warehouse)}`);
      add('spark.driver.extraJavaOptions', `"-Dderby.system.home=${folder}"`);
    } else if (changesAsUrl(job.cwd)) {
      // Spark's own default there is a folder beside the right one, with %20 in its name: it takes a URL for a path.
      offer('spark.sql.warehouse.dir', `file:${join(job.cwd, 'spark-warehouse')}`);
    }
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
