// What of Spark, Python and Java is on this machine, and what is wrong with it, as data.
// Law: it looks and changes nothing.

import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FiresteelError, formatBytes, messageOf } from '../base/index.ts';
import { cacheFolder } from './cache.ts';
import { embeddedJavas, installFolders, SPARK_LINES, STAMP, stampOf, versionOfLine } from './embedded.ts';
import { candidates, complete, type FindOptions, findSpark } from './find.ts';
import { findJavas, fitOf, javasOf, majorOf } from './java.ts';
import type { SparkInstall } from './outcome.ts';
import { onPath } from './processes.ts';
import { askPython, pythonCommands, pythonFit } from './python.ts';

export interface Problem {
  /** `error`: runs cannot start; `warning`: they start, and something may go wrong. */
  readonly severity: 'error' | 'warning';
  readonly what: string;
  readonly nextStep: string;
}

export interface DoctorReport {
  /** The one that runs would use; undefined when there is none that works. */
  readonly chosen: SparkInstall | undefined;
  /** Every place where a Spark was found, in the order of preference. */
  readonly sparks: readonly {
    readonly source: SparkInstall['source'];
    /** `SPARK_HOME=/opt/spark`, `PATH: /usr/bin/pyspark` … */
    readonly where: string;
    readonly home: string | undefined;
    readonly version: string | undefined;
    readonly status: 'used' | 'found' | 'broken';
    readonly note: string | undefined;
  }[];
  /** `fit` is for the chosen Spark, or for the one that would be installed. */
  readonly javas: readonly {
    readonly where: string;
    readonly home: string;
    readonly version: string;
    readonly status: 'used' | 'fits' | 'untested' | 'wrong';
  }[];
  readonly pythons: readonly {
    readonly path: string;
    readonly version: string;
    readonly status: 'used' | 'fits' | 'untested' | 'wrong';
  }[];
  readonly cache: { readonly folder: string; readonly freeBytes: number | undefined };
  readonly problems: readonly Problem[];
}

/** Less than this free for runs and downloads is worth a word, bytes. */
const LOW = 2 ** 30;

export async function doctor(options: FindOptions = {}): Promise<DoctorReport> {
  const env = options.env ?? process.env;
  const problems: Problem[] = [];
  const sparks: DoctorReport['sparks'][number][] = [];
  const note = (error: unknown) => (error instanceof FiresteelError ? error.message : messageOf(error));

  let chosen: SparkInstall | undefined;
  try {
    chosen = await findSpark(options);
  } catch (error) {
    const nextStep = error instanceof FiresteelError ? error.nextStep : 'Report this as a defect of Firesteel.';
    problems.push({ severity: 'error', what: note(error), nextStep });
  }
  for (const candidate of await candidates(options)) {
    const { source, where, home } = candidate;
    try {
      const { version } = await complete(candidate, options, env);
      sparks.push({ source, where, home, version, status: chosen?.home === home ? 'used' : 'found', note: undefined });
    } catch (error) {
      sparks.push({ source, where, home, version: undefined, status: 'broken', note: note(error) });
    }
  }
  for (const folder of await installFolders(undefined, env)) {
    const stamp = await stampOf(folder);
    const place = { source: 'embedded', where: folder, home: stamp?.home, version: stamp?.version } as const;
    if (stamp === undefined)
      sparks.push({ ...place, status: 'broken', note: `${STAMP} is missing or void: firesteel spark install builds it anew` });
    else sparks.push({ ...place, status: chosen?.home === stamp.home ? 'used' : 'found', note: undefined });
  }

  const version = chosen?.version ?? versionOfLine(options.embedded);
  const search = await findJavas(env, await embeddedJavas(env));
  const javas = search.javas.map((java) => ({
    ...java,
    status: chosen?.javaHome === java.home ? ('used' as const) : fitOf(version, java.version),
  }));
  for (const what of search.broken) problems.push({ severity: 'warning', what: `${what}.`, nextStep: 'Correct JAVA_HOME, or unset it.' });
  const first = javas[0];
  if (chosen !== undefined && first !== undefined && first.home !== chosen.javaHome)
    problems.push({
      severity: 'warning',
      what: `${first.where} is Java ${majorOf(first.version)}, which Spark ${version} does not run on: runs use Java ${majorOf(chosen.javaVersion)} of ${chosen.javaHome} instead.`,
      nextStep: 'Nothing needs to be done; a JAVA_HOME that fits makes this go away.',
    });
  else if (chosen !== undefined && fitOf(version, chosen.javaVersion) === 'untested')
    problems.push({
      severity: 'warning',
      what: `Java ${majorOf(chosen.javaVersion)} is newer than what Spark ${version} is made for (${javasOf(version).join(', ')}).`,
      nextStep: 'If runs fail in strange ways, set JAVA_HOME to one of those.',
    });

  const pythons: DoctorReport['pythons'][number][] = [];
  for (const path of [...new Set([chosen?.python, ...pythonCommands(env).slice(0, 3)])]) {
    const python = path === undefined ? undefined : await askPython(path, env);
    if (python === undefined || pythons.some((known) => known.path === python.path)) continue;
    pythons.push({
      path: python.path,
      version: python.version,
      status: python.path === chosen?.python ? 'used' : pythonFit(version, python.version),
    });
  }
  if (chosen !== undefined && pythonFit(version, chosen.pythonVersion) === 'untested')
    problems.push({
      severity: 'warning',
      what: `Python ${chosen.pythonVersion} is newer than what PySpark ${version} is made for.`,
      nextStep: 'If runs fail in strange ways, give an older one with --python.',
    });
  if (onPath('git', env) === undefined)
    problems.push({ severity: 'warning', what: 'git is not here: runs are recorded without their commit.', nextStep: 'Install git.' });

  const folder = cacheFolder(env);
  const freeBytes = await freeOf(folder);
  if (freeBytes !== undefined && freeBytes < LOW)
    problems.push({
      severity: 'warning',
      what: `Only ${formatBytes(freeBytes)} are free for ${folder}.`,
      nextStep: 'Free some space, or set FIRESTEEL_HOME to a folder on a larger disk.',
    });
  if (chosen?.source === 'embedded' && !Object.keys(SPARK_LINES).some((line) => versionOfLine(line) === chosen.version))
    problems.push({
      severity: 'warning',
      what: `Spark ${chosen.version} is not a version that Firesteel is tested on.`,
      nextStep: `Tested are ${Object.keys(SPARK_LINES).map(versionOfLine).join(' and ')}.`,
    });
  return { chosen, sparks, javas, pythons, cache: { folder, freeBytes }, problems };
}

/** Free bytes of the disk that a folder lies on, or will. */
async function freeOf(folder: string): Promise<number | undefined> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch {
      if (dirname(path) === path) return undefined;
    }
  }
}
