// Finds the Spark that a run uses, and the Python and Java that fit it.
// Laws: the first place that is named wins, in the order option, project, SPARK_HOME, path, embedded; one that is named and broken is an
// error, never passed over; what does not fit is said with the command that mends it.

import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FiresteelError } from '../base/index.ts';
import { embeddedJavas, readyInstall, versionOfLine } from './embedded.ts';
import { chooseJava, findJavas, noJava } from './java.ts';
import type { SparkInstall } from './outcome.ts';
import { type Environment, installCommand, onPath } from './processes.ts';
import { askPython, type Python, pythonCommands, pythonFit, pythonsOf, sparkVersionOf } from './python.ts';

export interface FindOptions {
  /** --spark-home; `embedded` stands for the embedded one. */
  readonly sparkHome?: string | undefined;
  /** The project file's setting. */
  readonly projectHome?: string | undefined;
  /** Python of driver and workers, when it is not the one that belongs to the Spark found. */
  readonly python?: string | undefined;
  /** Line or version of the embedded Spark, `4.1`, `3.5`, `3.5.7`; default: the newest line of SPARK_LINES. Given: only the embedded one is looked for. */
  readonly embedded?: string | undefined;
  /** Default: the environment of this process. */
  readonly env?: Environment | undefined;
}

const EMBEDDED = 'embedded';

/** A place that may hold a Spark. */
export interface Candidate {
  readonly source: SparkInstall['source'];
  readonly where: string;
  readonly home: string;
  /** The Python that belongs to it, when it came by pip. */
  readonly python: Python | undefined;
}

/** Places where a Spark was named or found, in the order of preference, without the embedded one. */
export async function candidates(options: FindOptions): Promise<Candidate[]> {
  const env = options.env ?? process.env;
  if (options.embedded !== undefined || options.sparkHome === EMBEDDED) return [];
  const found: Candidate[] = [];
  const named = (source: SparkInstall['source'], where: string, home: string | undefined) => {
    if (home !== undefined && home !== '') found.push({ source, where: `${where}=${home}`, home: resolve(home), python: undefined });
  };
  named('option', '--spark-home', options.sparkHome);
  named('project', 'project file: spark', options.projectHome);
  named('SPARK_HOME', 'SPARK_HOME', env.SPARK_HOME);
  for (const name of ['pyspark', 'spark-submit']) {
    const file = onPath(name, env);
    if (file === undefined) continue;
    const folder = dirname(await realpath(file));
    const where = `PATH: ${file}`;
    if (await isSparkHome(dirname(folder))) found.push({ source: 'path', where, home: dirname(folder), python: undefined });
    else {
      // pip put a copy of Spark's scripts beside the Python that imports it.
      const python = await askPython(join(dirname(file), 'python3'), env);
      if (python?.pyspark !== undefined) found.push({ source: 'path', where, home: python.pyspark, python });
    }
    break;
  }
  const command = onPath('python3', env);
  if (command !== undefined && found.length === 0) {
    const python = await askPython(command, env);
    if (python?.pyspark !== undefined) found.push({ source: 'path', where: `pyspark of ${command}`, home: python.pyspark, python });
  }
  return found;
}

const isSparkHome = async (home: string): Promise<boolean> =>
  (await stat(join(home, 'bin', 'spark-submit')).catch(() => undefined)) !== undefined && (await jarsOf(home)).length > 0;

const jarsOf = (home: string): Promise<string[]> => readdir(join(home, 'jars')).catch(() => []);

/** FiresteelError `environment` when there is none, or Java or Python is missing or does not fit. */
export async function findSpark(options: FindOptions = {}): Promise<SparkInstall> {
  const env = options.env ?? process.env;
  const [first] = await candidates(options);
  if (first !== undefined) return complete(first, options, env);
  const version = versionOfLine(options.embedded);
  const ready = await readyInstall(version, env);
  if (ready === undefined)
    throw new FiresteelError(
      'environment',
      options.embedded === undefined
        ? 'No Spark was found: --spark-home and SPARK_HOME are not set, there is no pyspark or spark-submit on PATH, and the embedded Spark is not installed.'
        : `The embedded Spark ${version} is not installed.`,
      `firesteel spark install${options.embedded === undefined ? '' : ` ${options.embedded}`}`,
    );
  const java = await javaFor(ready.version, env);
  const python = options.python === undefined ? undefined : await pythonFor(options.python, ready.version, env);
  return {
    home: ready.home,
    version: ready.version,
    python: python?.path ?? ready.python,
    pythonVersion: python?.version ?? ready.pythonVersion,
    ...java,
    source: 'embedded',
  };
}

/** A named Spark with its version, Python and Java. */
export async function complete(candidate: Candidate, options: FindOptions, env: Environment): Promise<SparkInstall> {
  const { home, source, where } = candidate;
  const jars = await jarsOf(home);
  const version = await sparkVersionOf(home, jars);
  if (version === undefined || !(await isSparkHome(home)))
    throw new FiresteelError(
      'environment',
      `There is no Spark in ${home} (${where}): ${jars.length === 0 ? 'it has no jars' : 'it has no bin/spark-submit'}.`,
      'Give the folder that holds bin/ and jars/, or leave it out to use the embedded Spark (firesteel spark install).',
    );
  const wanted = options.python ?? pythonOf(env);
  // A Spark that came by pip lies in the packages of its Python: <prefix>/lib/python3.x/site-packages/pyspark.
  const prefix = /^(.*)\/lib\/python3\.\d+\/(?:site|dist)-packages\/pyspark\/?$/.exec(home)?.[1];
  const belonging = prefix === undefined ? undefined : onPath('python3', { PATH: join(prefix, 'bin') });
  const python =
    wanted === undefined && candidate.python !== undefined
      ? candidate.python
      : await pythonFor(wanted ?? belonging ?? pythonCommands(env)[0], version, env);
  checkPython(python, version, env);
  return { home, version, python: python.path, pythonVersion: python.version, ...(await javaFor(version, env)), source };
}

/** What the environment names as the driver's Python; a notebook is none. */
function pythonOf(env: Environment): string | undefined {
  return [env.PYSPARK_DRIVER_PYTHON, env.PYSPARK_PYTHON].find((value) => value !== undefined && /(^|\/)(python|pypy)[\d.]*$/.test(value));
}

async function pythonFor(command: string | undefined, version: string, env: Environment): Promise<Python> {
  if (command === undefined) throw noPython(version, env);
  const file = command.includes('/') ? command : onPath(command, env);
  const python = file === undefined ? undefined : await askPython(file, env);
  if (python === undefined)
    throw new FiresteelError(
      'environment',
      `The Python ${command} does not run.`,
      'Correct --python, PYSPARK_DRIVER_PYTHON or PYSPARK_PYTHON.',
    );
  checkPython(python, version, env);
  return python;
}

function checkPython(python: Python, version: string, env: Environment): void {
  if (pythonFit(version, python.version) !== 'wrong') return;
  throw new FiresteelError(
    'environment',
    `PySpark ${version} needs Python 3.${pythonsOf(version)[0]} or later, and ${python.path} is ${python.version}.`,
    howToGetPython(env),
  );
}

/** The error for a machine without Python. */
export const noPython = (version: string, env: Environment): FiresteelError =>
  new FiresteelError(
    'environment',
    `No Python was found: there is no python3 on PATH. PySpark ${version} needs Python 3.${pythonsOf(version)[0]} or later.`,
    howToGetPython(env),
  );

export const howToGetPython = (env: Environment): string =>
  `${installCommand({ 'apt-get': 'python3 python3-venv', dnf: 'python3', apk: 'python3', brew: 'python@3.12' }, env)}, then the same command again.`;

async function javaFor(version: string, env: Environment): Promise<Pick<SparkInstall, 'javaHome' | 'javaVersion'>> {
  const search = await findJavas(env, await embeddedJavas(env));
  const java = chooseJava(version, search.javas);
  if (java === undefined) throw noJava(version, search, env);
  return { javaHome: java.home, javaVersion: java.version };
}
