// What of the embedded Spark is in the cache folder, told without starting a process.
// Law: an installation counts when its stamp is there and what the stamp names still is what it was.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from './cache.ts';
import { ownFile, readChecked } from './files.ts';
import type { Environment } from './processes.ts';

/** Lines of Spark that Firesteel is tested on: name → requirements file with the pinned version. The first is the default. */
export const SPARK_LINES: Readonly<Record<string, string>> = { '4.1': 'requirements.txt', '3.5': 'requirements-spark35.txt' };
export const DEFAULT_LINE = '4.1';

/** The version pinned in a requirements file. */
export function pinnedIn(file: string, name: string): string {
  const version = new RegExp(`^${name}==([\\w.]+)`, 'm').exec(readFileSync(ownFile(file), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${file} does not pin ${name}`);
  return version;
}

/** The version of a line (`4.1`); an exact version is itself. */
export function versionOfLine(line: string = DEFAULT_LINE): string {
  const file = SPARK_LINES[line];
  return file === undefined ? line : pinnedIn(file, 'pyspark');
}

/** What pip is asked for so that a version is there, and a mark that changes with it. An exact version brings its own choice of pandas and Arrow. */
export function packagesOf(version: string): { wanted: readonly string[]; mark: string } {
  const file = Object.values(SPARK_LINES).find((name) => pinnedIn(name, 'pyspark') === version);
  const wanted = file === undefined ? [`pyspark[sql]==${version}`] : ['-r', ownFile(file)];
  const text = file === undefined ? wanted.join(' ') : readFileSync(ownFile(file), 'utf8');
  return { wanted, mark: createHash('sha256').update(text).digest('hex').slice(0, 16) };
}

/** Name of an installation's stamp in its folder. */
export const STAMP = 'ready.json';

export const stampSchema = z.object({
  version: z.string(),
  home: z.string(),
  python: z.string(),
  pythonVersion: z.string(),
  /** What the environment's Python is a link to: another one there, and the environment is void. */
  pythonTarget: z.string(),
  /** A Java of its own, installed where the machine had none that fits. */
  javaHome: z.string().nullable(),
  /** Mark of the packages that were asked for (`packagesOf`): another one, and the next installation adds what is missing. */
  packages: z.string().default(''),
});
export type Stamp = z.output<typeof stampSchema>;

/** Folders of installations of a version (of every version without one), newest Python first. */
export async function installFolders(version: string | undefined, env: Environment): Promise<string[]> {
  const names = await readdir(cacheFolder(env)).catch(() => [] as string[]);
  const wanted = version === undefined ? /^spark-[\d.]+-py3\.\d+$/ : new RegExp(`^spark-${version.replaceAll('.', '\\.')}-py3\\.\\d+$`);
  return names
    .filter((name) => wanted.test(name))
    .sort((a, b) => Number(b.split('-py3.')[1]) - Number(a.split('-py3.')[1]))
    .map((name) => join(cacheFolder(env), name));
}

/** The stamp of an installation that can be used. */
export async function stampOf(folder: string): Promise<Stamp | undefined> {
  const stamp = await readChecked(join(folder, STAMP), stampSchema);
  if (stamp === undefined || !stamp.python.startsWith(folder)) return undefined;
  try {
    await stat(join(stamp.home, 'bin', 'spark-submit'));
    return (await realpath(stamp.python)) === stamp.pythonTarget ? stamp : undefined;
  } catch {
    return undefined;
  }
}

export async function readyInstall(version: string, env: Environment): Promise<Stamp | undefined> {
  for (const folder of await installFolders(version, env)) {
    const stamp = await stampOf(folder);
    if (stamp !== undefined) return stamp;
  }
  return undefined;
}

/** Homes of the Javas that came with an embedded Spark. */
export async function embeddedJavas(env: Environment): Promise<string[]> {
  const stamps = await Promise.all((await installFolders(undefined, env)).map(stampOf));
  return [...new Set(stamps.flatMap((stamp) => (stamp?.javaHome == null ? [] : [stamp.javaHome])))];
}
