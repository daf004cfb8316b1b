// A run before it starts: its id, its folder, its record on disk.
// Laws: the record is written before Spark starts; a folder belongs to one run; secrets are masked in the record.

import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { FiresteelError, isSecret, redacted, unwritable, writeWhole } from '../base/index.ts';
import { codeOf } from './files.ts';
import { codeFingerprint, confFingerprint, gitState } from './identity.ts';
import type { JobSpec, RunPurpose, RunStart, SparkInstall } from './outcome.ts';
import { processStart } from './processes.ts';
import { isLocal, PLACES, userProperties } from './properties.ts';

/** What it is of (run, proof, fix, improvement), then UTC time `20261121-153000` and 6 random hex: `r-20261121-153000-a1b2c3`. */
export function newRunId(prefix: 'r' | 'p' | 'f' | 'i' = 'r', nowMs: number = Date.now()): string {
  const [day = '', time = ''] = new Date(nowMs)
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .split('T');
  return `${prefix}-${day}-${time}-${randomBytes(3).toString('hex')}`;
}

/** Where a run's files lie: `<stateFolder>/runs/<runId>`. Known before the run is prepared, for placeholders. */
export const runFolder = (stateFolder: string, runId: string): string => join(stateFolder, 'runs', runId);

export interface Preparation {
  /** Everything resolved, placeholders filled in. */
  readonly job: JobSpec;
  readonly install: SparkInstall;
  /** The project's `.firesteel` folder. */
  readonly stateFolder: string;
  /** Default: alone. */
  readonly purpose?: RunPurpose;
  /** Default: a new one. */
  readonly runId?: string;
}

/** Makes the run's folder and writes launch.json. FiresteelError `not-found`: no script; `unwritable`; `wrong-usage`: a job that Spark cannot run so. */
export async function prepareRun(preparation: Preparation): Promise<RunStart> {
  const { job, install, stateFolder, purpose = { kind: 'run' }, runId = newRunId() } = preparation;
  const properties = await userProperties(job, install.home);
  await check(job, properties.get('spark.master')?.value);
  const folder = runFolder(stateFolder, runId);
  const [code, conf, git] = await Promise.all([codeFingerprint(job), confFingerprint(job, folder, install.home), gitState(job.script)]);
  try {
    await mkdir(join(stateFolder, 'runs'), { recursive: true });
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new FiresteelError('wrong-usage', `There is a run ${runId} already, in ${folder}.`, 'Give each run an id of its own.');
    throw unwritable(folder, error);
  }
  const start: RunStart = {
    runId,
    job,
    purpose,
    startedMs: Date.now(),
    host: hostname(),
    pid: process.pid,
    pidStart: processStart(process.pid),
    folder,
    install,
    applicationName: `${properties.get('spark.app.name')?.value ?? job.model} ${runId}`,
    codeFingerprint: code,
    confFingerprint: conf,
    git,
  };
  await writeWhole(join(folder, PLACES.launch), `${JSON.stringify({ ...start, job: masked(job) }, null, 2)}\n`);
  return start;
}

/** A job without the values of its secrets, for records. */
export function masked(job: JobSpec): JobSpec {
  const values = (pairs: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(pairs).map(([key, value]) => [key, isSecret(key, value) ? '***' : value]));
  // `--password x` and `--password=x`
  const args = job.args.map((arg, i) => {
    const before = job.args[i - 1];
    if (before !== undefined && /^--?[\w.-]+$/.test(before) && !arg.startsWith('-') && isSecret(before, undefined)) return '***';
    const pair = /^(--?[\w.-]+=)/.exec(arg)?.[1];
    return pair !== undefined && isSecret(pair, undefined) ? `${pair}***` : redacted(arg);
  });
  return {
    ...job,
    args,
    conf: values(job.conf),
    env: values(job.env),
    inputs: job.inputs.map(redacted),
    outputs: job.outputs.map(redacted),
  };
}

async function check(job: JobSpec, master: string | undefined): Promise<void> {
  const wrong = (what: string, nextStep: string) => new FiresteelError('wrong-usage', what, nextStep);
  const kind = async (path: string) => {
    const found = await stat(path).catch(() => undefined);
    return found === undefined ? undefined : found.isDirectory() ? 'folder' : 'file';
  };
  if (!isAbsolute(job.script)) throw new Error(`the script's path is not absolute: ${job.script}`);
  const script = await kind(job.script);
  if (script === undefined) throw new FiresteelError('not-found', `The script ${job.script} does not exist.`, 'Correct its path.');
  if (script === 'folder') throw wrong(`${job.script} is a folder.`, 'Name the PySpark script in it.');
  if ((await kind(job.cwd)) !== 'folder')
    throw new FiresteelError('not-found', `The working folder ${job.cwd} does not exist.`, 'Make it, or correct cwd.');
  const other = Object.keys(job.conf).find((key) => !key.startsWith('spark.'));
  if (other !== undefined)
    throw wrong(
      `"${other}" is no Spark property: Spark takes only names that start with spark.`,
      `Did you mean spark.${other}? Hadoop's go as spark.hadoop.${other}.`,
    );
  if (job.deployMode === 'client') return;
  if (master === undefined || isLocal(master))
    throw wrong(
      `Deploy mode cluster needs a cluster, and the master is ${master ?? 'local[*]'}.`,
      'Leave --deploy-mode out, or name a YARN or Kubernetes master.',
    );
  if (master.startsWith('spark:'))
    throw wrong('A standalone cluster runs Python drivers in deploy mode client only.', 'Leave --deploy-mode out.');
}
