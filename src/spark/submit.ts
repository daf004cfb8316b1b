// One run of a job: spark-submit from its start to the last of its processes.
// Laws: it never throws for what the job or Spark does, that is an outcome; when it returns, no process of the run is left;
// if Firesteel itself is killed, the run is stopped by its guard (python/firesteel_guard.py); memory does not grow with the driver's output.

import { mkdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FiresteelError, unwritable, writeWhole } from '../base/index.ts';
import { cacheFolder } from './cache.ts';
import { ownFile, readChecked } from './files.ts';
import { type GuardEnd, startGuarded } from './guarded.ts';
import type { RunOutcome, RunStart } from './outcome.ts';
import { onPath, runProcess } from './processes.ts';
import { effectiveProperties, formatProperties, isLocal, isLoopback, PLACES } from './properties.ts';
import { driverSchema, guardSchema } from './records.ts';
import { type Ending, outcomeOf, writeOutcome } from './result.ts';
import { tailOf } from './tail.ts';

export interface SubmitHooks {
  /** Aborted: the run is stopped cleanly (status `cancelled`), by force after a while. */
  readonly signal?: AbortSignal | undefined;
  /** Driver output as it is written, both streams, in pieces; it is kept in driver.log in any case. */
  readonly onOutput?: ((text: Uint8Array) => void) | undefined;
  /** A SparkContext was made. */
  readonly onApplication?: ((applicationId: string) => void) | undefined;
}

/** How long the script may take to unwind, and Spark to close, when a run is stopped: seconds each. */
const GRACE = 5;
/** How often output and records are looked at, ms. */
const LOOK = 200;

/** Runs what `prepareRun` prepared. Writes outcome.json into the run's folder and gives it back. */
export async function submit(start: RunStart, hooks: SubmitHooks = {}): Promise<RunOutcome> {
  const at = (name: string) => join(start.folder, name);
  const hadWarehouse = await exists(join(start.job.cwd, 'spark-warehouse'));
  let ending: Ending;
  try {
    ending = hooks.signal?.aborted ? notStarted('cancelled') : await runGuarded(start, hooks, hadWarehouse);
  } catch (error) {
    // Its own folder could not be written, or what it needs is gone since it was prepared.
    const { message, nextStep } = error instanceof FiresteelError ? error : unwritable(start.folder, error);
    const outcome: RunOutcome = {
      ...(await outcomeOf(start, notStarted('none'))),
      status: 'failed',
      reason: message,
      nextStep,
      endedMs: Date.now(),
    };
    await writeOutcome(start, outcome);
    return outcome;
  } finally {
    await Promise.all(
      [PLACES.properties, PLACES.job, PLACES.temporary].map((name) =>
        rm(at(name), { recursive: true, force: true }).catch(() => undefined),
      ),
    );
    // Spark makes this folder for every session that has a catalog; one with something in it is the job's.
    if (!hadWarehouse) await rmdir(join(start.job.cwd, 'spark-warehouse')).catch(() => undefined);
  }
  let outcome = await outcomeOf(start, ending);
  outcome = await stopInCluster(start, outcome);
  await writeOutcome(start, outcome);
  return outcome;
}

const notStarted = (cause: Ending['cause']): Ending => ({
  cause,
  guard: undefined,
  guardEnd: { code: null, signal: null, endedMs: Date.now() },
});

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

async function runGuarded(start: RunStart, hooks: SubmitHooks, hadWarehouse: boolean): Promise<Ending> {
  const { job, install } = start;
  const at = (name: string) => join(start.folder, name);
  const env = environmentOf(start);
  const hasTables = hadWarehouse || (await exists(join(job.cwd, 'metastore_db')));
  const properties = await effectiveProperties(start, { env, ivy: join(cacheFolder(), 'ivy'), hasTables });
  for (const name of [PLACES.eventLog, PLACES.temporary]) await mkdir(at(name), { recursive: true });
  await writeWhole(at(PLACES.properties), formatProperties(properties.map(({ key, value }) => [key, value])), { secret: true });
  const inside = { script: job.script, args: job.args, outcome: at(PLACES.driver), logs: at(PLACES.eventLog) };
  await writeWhole(at(PLACES.job), JSON.stringify(inside), { secret: true });

  const master = properties.find(({ key }) => key === 'spark.master')?.value ?? 'local[*]';
  if (
    (isLocal(master) || isLoopback(master)) &&
    env.SPARK_LOCAL_IP === undefined &&
    !properties.some(({ key }) => key === 'spark.driver.host')
  )
    // Nobody else has to reach this driver: it listens on this machine only, and a host name that does not resolve is no trouble.
    env.SPARK_LOCAL_IP = '127.0.0.1';
  const launcher = ownFile('python', 'firesteel_launch.py');
  const guarded = await startGuarded({
    python: install.python,
    command: [
      join(install.home, 'bin', 'spark-submit'),
      '--properties-file',
      at(PLACES.properties),
      launcher,
      ...(job.deployMode === 'cluster' ? ['--inline', job.script.split('/').at(-1) ?? '', ...job.args] : [at(PLACES.job)]),
    ],
    cwd: job.cwd,
    env,
    output: at(PLACES.driverLog),
    result: at(PLACES.guard),
    driver: at(PLACES.driver),
    graceS: GRACE,
  });

  let cause: Ending['cause'] = 'none';
  const stop = (why: 'cancelled' | 'timedOut') => {
    if (cause !== 'none') return;
    cause = why;
    guarded.stop();
  };
  const cancel = () => stop('cancelled');
  hooks.signal?.addEventListener('abort', cancel, { once: true });
  if (hooks.signal?.aborted === true) cancel();
  const timer = job.timeoutMs === undefined ? undefined : setTimeout(() => stop('timedOut'), Math.min(job.timeoutMs, 2 ** 31 - 1));
  const look = follow(start, hooks);
  let guardEnd: GuardEnd;
  try {
    guardEnd = await guarded.ended;
  } finally {
    clearTimeout(timer);
    hooks.signal?.removeEventListener('abort', cancel);
    await look.end();
  }
  const guard = await readChecked(at(PLACES.guard), guardSchema);
  if (guardEnd.failure !== undefined) throw new Error(guardEnd.failure);
  return { cause, guard: guard?.endedMs === null ? undefined : guard, guardEnd };
}

/** The environment of spark-submit: the caller's, the job's on top, and the Spark, Java and Python that were found. */
export function environmentOf(
  start: RunStart,
  outer: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  const { job, install } = start;
  const env: Record<string, string | undefined> = { ...outer, ...job.env };
  // An embedded Spark's workers run its own Python; another Spark's may be told theirs (a path that holds in the cluster).
  const workers = job.env.PYSPARK_PYTHON ?? (install.source === 'embedded' ? undefined : outer.PYSPARK_PYTHON);
  Object.assign(env, {
    SPARK_HOME: install.home,
    JAVA_HOME: install.javaHome,
    PYSPARK_PYTHON: workers ?? install.python,
    PYSPARK_DRIVER_PYTHON: install.python,
    SPARK_LAUNCHER_OPTS: [env.SPARK_LAUNCHER_OPTS, '-XX:-UsePerfData'].filter(Boolean).join(' '),
  });
  // A JVM opens a path with an ü only where the locale has one: C and POSIX have not.
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '') ?? 'C';
  if (!/utf-?8/i.test(locale) && /[^ -~]/.test([start.folder, job.script, job.cwd, install.home].join(''))) {
    delete env.LC_ALL;
    env.LC_CTYPE = process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8';
  }
  // Notebook settings, and what bin/firesteel sets for itself.
  for (const name of ['PYSPARK_DRIVER_PYTHON_OPTS', 'NODE_COMPILE_CACHE', 'SPARK_ENV_LOADED']) delete env[name];
  return env;
}

/** Passes on what a run writes, while somebody wants it. */
function follow(start: RunStart, hooks: SubmitHooks): { end(): Promise<void> } {
  if (hooks.onOutput === undefined && hooks.onApplication === undefined) return { end: async () => undefined };
  const tail = hooks.onOutput && tailOf(join(start.folder, PLACES.driverLog), hooks.onOutput);
  let told = 0;
  const look = async () => {
    await tail?.();
    if (hooks.onApplication === undefined) return;
    const driver = await readChecked(join(start.folder, PLACES.driver), driverSchema);
    for (const { id } of driver?.applications.slice(told) ?? []) {
      told++;
      hooks.onApplication(id);
    }
  };
  const over = new AbortController();
  const loop = (async () => {
    while (!over.signal.aborted) {
      await look();
      await sleep(LOOK, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  return {
    async end() {
      over.abort();
      await loop;
      await look();
    },
  };
}

/** A driver in a YARN cluster lives on when spark-submit is stopped: it is asked to end, or the user is told how. */
async function stopInCluster(start: RunStart, outcome: RunOutcome): Promise<RunOutcome> {
  const id = outcome.applicationId;
  if (start.job.deployMode !== 'cluster' || id === undefined || (outcome.status !== 'cancelled' && outcome.status !== 'timedOut'))
    return outcome;
  const yarn = id.startsWith('application_') ? onPath('yarn', process.env) : undefined;
  const killed = yarn === undefined ? undefined : await runProcess(yarn, ['application', '-kill', id], { timeoutMs: 60_000 });
  if (killed?.code === 0) return outcome;
  const how = id.startsWith('application_')
    ? `yarn application -kill ${id}`
    : 'spark-submit --kill, or kubectl delete pod, with the driver’s pod';
  return { ...outcome, warnings: [...outcome.warnings, `${id} may still run in the cluster: ${how}`] };
}
