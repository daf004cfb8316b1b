// A job as a caller names it (a script, or a model of the project file) → a job to run. The same fields for every operation that runs one.
// Law: what the caller says wins over the model, the model over Spark's defaults; nothing is run here.

import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { FiresteelError } from '../base/index.ts';
import { type Project, parseDuration, type ResolvedJob, resolveModel } from '../project/index.ts';
import type { CliField } from './define.ts';

const cli = (field: CliField) => field;

/** What can be said of any job, whatever is done with it. */
export const jobFields = {
  conf: z
    .array(z.string())
    .default([])
    .meta({ description: 'a Spark property; several times for several', cli: cli({ value: 'KEY=VALUE' }) }),
  properties: z
    .string()
    .optional()
    .meta({ description: 'file of Spark properties, as spark-defaults.conf', cli: cli({ value: 'FILE' }) }),
  master: z
    .string()
    .optional()
    .meta({ description: 'local[N], spark://…, yarn, k8s://…', cli: cli({ value: 'URL' }) }),
  deployMode: z
    .enum(['client', 'cluster'])
    .optional()
    .meta({ description: 'where the driver runs: client or cluster', cli: cli({ value: 'MODE' }) }),
  input: z
    .string()
    .optional()
    .meta({ description: 'what {input} in the arguments stands for', cli: cli({ value: 'PLACE' }) }),
  env: z
    .array(z.string())
    .default([])
    .meta({ description: 'an environment variable of the driver; several times for several', cli: cli({ value: 'NAME=VALUE' }) }),
  packages: z
    .array(z.string())
    .default([])
    .meta({ description: 'Maven coordinates the job needs; several times for several', cli: cli({ value: 'COORDINATES' }) }),
  jars: z
    .array(z.string())
    .default([])
    .meta({ description: 'a jar the job needs; several times for several', cli: cli({ value: 'FILE' }) }),
  pyFiles: z
    .array(z.string())
    .default([])
    .meta({ description: 'a .py or .zip the job imports; several times for several', cli: cli({ value: 'FILE' }) }),
  timeout: z
    .string()
    .optional()
    .meta({ description: 'a run is stopped after so long: 90s, 10m, 2h', cli: cli({ value: 'TIME' }) }),
  sparkHome: z
    .string()
    .optional()
    .meta({ description: 'folder of the Spark to use; embedded: the one Firesteel installs', cli: cli({ value: 'FOLDER' }) }),
  args: z
    .array(z.string())
    .optional()
    .meta({
      description: "the job's own arguments; {output}: a fresh place for each run, {run}: the run's folder, {input}: what --input gives",
      cli: cli({ rest: 'ARG' }),
    }),
} as const;

export type JobInput = z.output<z.ZodObject<typeof jobFields>>;

function pairs(given: readonly string[], what: string, example: string): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new FiresteelError('wrong-usage', `${JSON.stringify(text)} is no ${what}.`, `Write it as ${example}.`);
      return [text.slice(0, at).trim(), text.slice(at + 1)];
    }),
  );
}

function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new FiresteelError('wrong-usage', `${JSON.stringify(text)} is no length of time.`, 'Write --timeout 90s, 10m or 2h.');
  return ms;
}

const isFile = async (path: string): Promise<boolean> =>
  await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** Looks like a path rather than a name. */
export const isPath = (text: string): boolean => /[/\\]|\.(py|zip|egg)$/.test(text);

/**
 * The job that `named` means: a model of the project, or a script. Placeholders are left in it.
 * Throws a FiresteelError when it is neither, with what it could have been.
 */
export async function jobOf(named: string, input: JobInput, project: Project, cwd: string): Promise<ResolvedJob> {
  const conf = pairs(input.conf, 'Spark property', '--conf spark.sql.shuffle.partitions=64');
  const env = pairs(input.env, 'environment variable', '--env NAME=value');
  const timeoutMs = durationOf(input.timeout);
  const propertiesFile = input.properties === undefined ? undefined : resolve(cwd, input.properties);
  if (propertiesFile !== undefined && !(await isFile(propertiesFile)))
    throw new FiresteelError('not-found', `The properties file ${input.properties} does not exist.`, 'Correct --properties.');
  const more = {
    packages: input.packages,
    jars: input.jars.map((path) => resolve(cwd, path)),
    pyFiles: input.pyFiles.map((path) => resolve(cwd, path)),
  };
  const script = resolve(cwd, named);
  if (!Object.hasOwn(project.models, named)) await refuseOthers(named, script);
  if (!Object.hasOwn(project.models, named) && (isPath(named) || (await isFile(script)))) {
    if (!(await isFile(script)))
      throw new FiresteelError('not-found', `The script ${named} does not exist.`, 'Correct its path, or give the name of a model.');
    return {
      model: basename(script).replace(/\.[^.]*$/, ''),
      script,
      args: input.args ?? [],
      cwd,
      master: input.master,
      deployMode: input.deployMode ?? 'client',
      conf,
      propertiesFile,
      ...more,
      env,
      timeoutMs,
      inputs: input.input === undefined ? [] : [input.input],
      outputs: [],
    };
  }
  const job = resolveModel(project, named, {
    args: input.args,
    conf,
    env,
    propertiesFile,
    master: input.master,
    deployMode: input.deployMode,
    timeoutMs,
  });
  return {
    ...job,
    packages: [...job.packages, ...more.packages],
    jars: [...job.jars, ...more.jars],
    pyFiles: [...job.pyFiles, ...more.pyFiles],
  };
}

/** What users name instead of a script: a notebook, a program in another language, the folder that holds the script. */
async function refuseOthers(named: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true)
    throw new FiresteelError('wrong-usage', `${named} is a folder.`, `Give the script in it, for example ${join(named, 'main.py')}.`);
  const [, extension = ''] = /\.(ipynb|scala|sc|java|jar|sql|r|kt)$/i.exec(named) ?? [];
  if (found === undefined || extension === '') return;
  if (extension.toLowerCase() === 'ipynb')
    throw new FiresteelError(
      'wrong-usage',
      `${named} is a notebook: Python cannot run it as it is.`,
      `Save it as a script (jupyter nbconvert --to script ${named}) and run that; audit and fix read the notebook itself.`,
    );
  throw new FiresteelError(
    'wrong-usage',
    `${named} is no Python: Firesteel runs PySpark scripts.`,
    'Run it as you do now, with spark.eventLog.enabled=true, and audit its event log: firesteel audit LOG.',
  );
}

/** A script's folder names its model better than the script does, when several share its name: `slow/daily_sales.py`. */
export const labelOf = (job: ResolvedJob, named: string): string =>
  isPath(named) ? `${basename(dirname(job.script))}/${basename(job.script)}` : named;
