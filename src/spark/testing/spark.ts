// What tests of runs share: the Spark they run on, jobs of a few lines, and the processes a run has.
// Laws: each run has its own folders, deleted after; without a Spark a test is skipped with a word that says how to get one.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findSpark,
  type JobSpec,
  prepareRun,
  type RunOutcome,
  type RunStart,
  type SparkInstall,
  type SubmitHooks,
  submit,
} from '../index.ts';
import { sessionMembers } from '../processes.ts';
import { guardSchema } from '../records.ts';

/** The line tests run on: `npm run test:spark35` sets it to 3.5. */
export const testedLine = process.env.FIRESTEEL_TEST_SPARK ?? '4.1';

const tried = await findSpark({ embedded: testedLine }).catch((error: unknown) => error as Error);

/** The embedded Spark of the tested line; undefined when it is not installed. */
export const spark: SparkInstall | undefined = tried instanceof Error ? undefined : tried;

/** For the name of a suite: empty, or why it is skipped. */
export const skipped: string =
  tried instanceof Error ? ` (skipped: ${tried.message} Next step: bin/firesteel spark install ${testedLine})` : '';

/** Long enough for a run on a machine that is busy with others, ms. */
export const RUN_LIMIT = 300_000;

export interface Workshop {
  readonly folder: string;
  readonly cwd: string;
  readonly stateFolder: string;
  /** Writes a script (or any file) and gives its path. */
  write(name: string, text: string): string;
  job(script: string, more?: Partial<JobSpec>): JobSpec;
  prepare(job: JobSpec): Promise<RunStart>;
  run(job: JobSpec, hooks?: SubmitHooks): Promise<Ran>;
  remove(): void;
}

export interface Ran {
  readonly start: RunStart;
  readonly outcome: RunOutcome;
  readonly driverLog: string;
  /** Processes of the run that are still there: none is the law. */
  readonly left: readonly number[];
}

/** A folder with a space and an umlaut in its name, for paths must not matter; `base` is where it is made. */
export function workshop(base: string = tmpdir()): Workshop {
  const folder = mkdtempSync(join(base, 'firesteel spärk-'));
  const [cwd, stateFolder] = [join(folder, 'work'), join(folder, '.firesteel')];
  mkdirSync(cwd);
  const prepare = (job: JobSpec) => prepareRun({ job, install: spark as SparkInstall, stateFolder });
  return {
    folder,
    cwd,
    stateFolder,
    prepare,
    write(name, text) {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    },
    job: (script, more = {}) => ({
      model: 'tested',
      script,
      args: [],
      cwd,
      master: 'local[2]',
      deployMode: 'client',
      conf: {},
      propertiesFile: undefined,
      packages: [],
      jars: [],
      pyFiles: [],
      env: {},
      timeoutMs: undefined,
      inputs: [],
      outputs: [],
      ...more,
    }),
    async run(job, hooks) {
      const start = await prepare(job);
      const outcome = await submit(start, hooks);
      return { start, outcome, driverLog: readFileSync(outcome.driverLog, 'utf8'), left: membersOf(start) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Processes of a run's session, by its guard's record. */
export function membersOf(start: Pick<RunStart, 'folder'>): number[] {
  try {
    const { pid } = guardSchema.parse(JSON.parse(readFileSync(join(start.folder, 'guard.json'), 'utf8')));
    return sessionMembers(pid);
  } catch {
    return [];
  }
}

/** The command line of a process, as `ps` shows it to everybody. */
export const commandOf = (pid: number): string => execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });

/** The JVM of a run. */
export const jvmOf = (start: RunStart): number | undefined => membersOf(start).find((pid) => /SparkSubmit/.test(commandOf(pid)));

/** Waits for something to be so. */
export async function until(isSo: () => boolean | Promise<boolean>, limitMs = 150_000): Promise<boolean> {
  for (const end = Date.now() + limitMs; Date.now() < end; ) {
    if (await isSo()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
