// Finds a Java that fits a Spark version: JAVA_HOME, PATH, macOS's java_home, then the one that came with the embedded Spark.
// Laws: a version is read from the file `release` where there is one, so that looking starts no JVM; the first that fits is taken.

import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FiresteelError } from '../base/index.ts';
import { type Environment, installCommand, onPath, runProcess } from './processes.ts';

export type Fit = 'fits' | 'untested' | 'wrong';

export interface Java {
  /** `JAVA_HOME`, `PATH: /usr/bin/java` … */
  readonly where: string;
  readonly home: string;
  readonly version: string;
}

/** `17.0.15` → 17, `1.8.0_292` → 8. */
export const majorOf = (version: string): number => Number(/^(?:1\.)?(\d+)/.exec(version)?.[1] ?? Number.NaN);

/**
 * Java versions that Spark's own documentation names, by the first Spark version they hold for, newest first.
 * Sources: "Downloading" in Spark's docs/index.md of 3.2, 3.3, 3.5 and 4.0.
 */
const SUPPORTED: readonly (readonly [spark: number, java: readonly number[]])[] = [
  [400, [17, 21]],
  [303, [8, 11, 17]],
  [300, [8, 11]],
];

const lineOf = (sparkVersion: string): number => {
  const [major = 0, minor = 0] = sparkVersion.split('.').map(Number);
  return major * 100 + minor;
};

/** The Java versions a Spark is made for, oldest first. */
export const javasOf = (sparkVersion: string): readonly number[] =>
  SUPPORTED.find(([from]) => lineOf(sparkVersion) >= from)?.[1] ?? SUPPORTED.at(-1)?.[1] ?? [];

/** Whether a Spark runs on a Java. Spark 4 runs on Javas newer than it names; Spark 3 uses what Java 18 and later no longer let it. */
export function fitOf(sparkVersion: string, javaVersion: string): Fit {
  const major = majorOf(javaVersion);
  const javas = javasOf(sparkVersion);
  if (javas.includes(major)) return 'fits';
  const [oldest = 0] = javas;
  if (lineOf(sparkVersion) >= 400) return major > oldest ? 'untested' : 'wrong';
  return major > oldest && major < (javas.at(-1) ?? 0) ? 'untested' : 'wrong';
}

/** The version of a Java home; undefined when there is no Java in it that runs. */
async function versionOf(home: string): Promise<string | undefined> {
  const release = await readFile(join(home, 'release'), 'utf8').catch(() => '');
  const written = /^JAVA_VERSION="([^"]+)"/m.exec(release)?.[1];
  if (written !== undefined && onPath('java', { PATH: join(home, 'bin') }) !== undefined) return written;
  const asked = await runProcess(join(home, 'bin', 'java'), ['-version'], { timeoutMs: 10_000 });
  return asked.code === 0 ? /version "([^"]+)"/.exec(asked.stderr)?.[1] : undefined;
}

/** The home of a `java` command: two folders up, or what it says itself when it is a shim. */
async function homeOf(command: string): Promise<string | undefined> {
  const home = dirname(dirname(await realpath(command)));
  if ((await readFile(join(home, 'release'), 'utf8').catch(() => '')) !== '') return home;
  const asked = await runProcess(command, ['-XshowSettings:properties', '-version'], { timeoutMs: 10_000 });
  return asked.code === 0 ? /^\s*java\.home = (.+)$/m.exec(asked.stderr)?.[1]?.trim() : undefined;
}

export interface JavaSearch {
  readonly javas: readonly Java[];
  /** What was named and holds no Java. */
  readonly broken: readonly string[];
}

/** Every Java that can be found, in the order of preference. `embedded`: homes in Firesteel's cache folder. */
export async function findJavas(env: Environment, embedded: readonly string[] = []): Promise<JavaSearch> {
  const javas: Java[] = [];
  const broken: string[] = [];
  const look = async (where: string, home: string | undefined, isNamed = false) => {
    const version = home === undefined ? undefined : await versionOf(home);
    if (home !== undefined && version !== undefined) {
      if (!javas.some((java) => java.home === home)) javas.push({ where, home, version });
    } else if (isNamed) broken.push(`${where}=${home} holds no Java that runs`);
  };
  if (env.JAVA_HOME !== undefined && env.JAVA_HOME !== '') await look('JAVA_HOME', env.JAVA_HOME, true);
  const command = onPath('java', env);
  if (command !== undefined) await look(`PATH: ${command}`, await homeOf(command).catch(() => undefined));
  if (process.platform === 'darwin') {
    const asked = await runProcess('/usr/libexec/java_home', [], { timeoutMs: 10_000 });
    if (asked.code === 0) await look('java_home', asked.stdout.trim());
  }
  for (const home of embedded) await look('embedded', home);
  return { javas, broken };
}

/** The first Java that fits, else the first that is untested. */
export const chooseJava = (sparkVersion: string, javas: readonly Java[]): Java | undefined =>
  javas.find(({ version }) => fitOf(sparkVersion, version) === 'fits') ??
  javas.find(({ version }) => fitOf(sparkVersion, version) === 'untested');

const listed = (numbers: readonly number[]): string =>
  numbers.length < 2 ? numbers.join('') : `${numbers.slice(0, -1).join(', ')} or ${numbers.at(-1)}`;

/** The error for a machine without a Java that fits. */
export function noJava(sparkVersion: string, { javas, broken }: JavaSearch, env: Environment): FiresteelError {
  const needs = `Spark ${sparkVersion} runs on Java ${listed(javasOf(sparkVersion))}`;
  const found = javas.map(({ where, version }) => `Java ${majorOf(version)} (${version}, ${where})`);
  const what =
    found.length > 0
      ? `${needs}, and what is here is ${found.join(' and ')}.`
      : `No Java was found: ${broken[0] ?? 'JAVA_HOME is not set'}, and there is no java on PATH. ${needs}.`;
  return new FiresteelError('environment', what, howToGetJava(env));
}

/** The command that brings a Java for every Spark that Firesteel knows. */
export function howToGetJava(env: Environment): string {
  const command = installCommand(
    { 'apt-get': 'openjdk-17-jre-headless', dnf: 'java-17-openjdk-headless', apk: 'openjdk17-jre-headless', brew: 'openjdk@17' },
    env,
  );
  return `${command} (or \`firesteel spark install\`, which brings a Java of its own when there is none).`;
}
