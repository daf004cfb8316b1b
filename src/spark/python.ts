// Asks a Python what it is, and which PySpark it would import; and which Pythons a PySpark runs on.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Environment, onPath, runProcess } from './processes.ts';

const PROBE = `
import importlib.util, json, os, sys
spec = importlib.util.find_spec("pyspark")
home = os.path.dirname(spec.origin) if spec is not None and spec.origin else None
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "executable": sys.executable, "pyspark": home}))
`;
const schema = z.object({ version: z.string(), executable: z.string(), pyspark: z.string().nullable() });

export interface Python {
  readonly path: string;
  readonly version: string;
  /** The folder of the PySpark it imports: a SPARK_HOME when it came by pip. */
  readonly pyspark: string | undefined;
}

/** Undefined when it does not run. */
export async function askPython(command: string, env: Environment): Promise<Python | undefined> {
  const asked = await runProcess(command, ['-c', PROBE], { env, cwd: '/', timeoutMs: 20_000 });
  if (asked.code !== 0) return undefined;
  const told = schema.safeParse(parsed(asked.stdout));
  // The command as it was found, not what it resolves to: a virtual environment is its link.
  return told.success ? { path: told.data.executable, version: told.data.version, pyspark: told.data.pyspark ?? undefined } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Oldest Python, and the newest that the PySpark line was made for, as minor versions of 3. Sources: `python_requires` and classifiers of its setup.py. */
const SUPPORTED: Readonly<Record<string, readonly [oldest: number, newest: number]>> = {
  '3.5': [8, 12],
  '4.0': [9, 13],
  '4.1': [10, 14],
};

const minorOf = (version: string): number => Number(/^3\.(\d+)/.exec(version)?.[1] ?? Number.NaN);

/** Oldest Python, as a minor version of 3, for a Spark version; a line that is not known is as the newest that is. */
export function pythonsOf(sparkVersion: string): readonly [oldest: number, newest: number] {
  const [major = 0, minor = 0] = sparkVersion.split('.').map(Number);
  return SUPPORTED[`${major}.${minor}`] ?? (major < 4 ? [8, 11] : [10, 99]);
}

export function pythonFit(sparkVersion: string, pythonVersion: string): 'fits' | 'untested' | 'wrong' {
  const [oldest, newest] = pythonsOf(sparkVersion);
  const minor = minorOf(pythonVersion);
  if (!(minor >= oldest)) return 'wrong';
  return minor <= newest ? 'fits' : 'untested';
}

/** Every python3 on PATH, python3 itself first. */
export const pythonCommands = (env: Environment): string[] =>
  ['python3', ...[14, 13, 12, 11, 10, 9, 8].map((minor) => `python3.${minor}`), 'python']
    .map((name) => onPath(name, env))
    .filter((file) => file !== undefined);

/** The version of the Spark in a folder: RELEASE of a distribution, the name of its core jar, or PySpark's own. */
export async function sparkVersionOf(home: string, jars: readonly string[]): Promise<string | undefined> {
  const jar = jars.map((name) => /^spark-core_[\d.]+-(\d+\.\d+\.\d+.*)\.jar$/.exec(name)?.[1]).find((version) => version !== undefined);
  if (jar !== undefined) return jar;
  const release = await readFile(join(home, 'RELEASE'), 'utf8').catch(() => '');
  const python = await readFile(join(home, 'version.py'), 'utf8').catch(() => '');
  return /^Spark (\d+\.\d+\.\d+\S*)/m.exec(release)?.[1] ?? /__version__[^=]*=\s*"([^"]+)"/.exec(python)?.[1];
}
