// What the runs of a proof wrote, compared by Spark where it lies, with the settings and jars that reach it.
// Laws: one Spark session compares all runs, as a run of its own below the proof's folder; where a job does not write to {output}
// there is nothing fresh to compare, and that is said.

import { join } from 'node:path';
import type { ResolvedJob } from '../project/index.ts';
import { type Arm, compareOutputs, type MeasuredRun, type OutputCheck, type PySparkEnd, settingsToReachData } from '../prove/index.ts';
import { newRunId, prepareRun, type SparkInstall, submit } from '../spark/index.ts';
import type { Context } from './define.ts';
import type { Execution } from './execute.ts';

export interface OutputsRequest {
  /** Successful runs of each side, at least one each. */
  readonly a: readonly MeasuredRun[];
  readonly b: readonly MeasuredRun[];
  /** By run id. */
  readonly executions: ReadonlyMap<string, Execution>;
  readonly sides: Readonly<Record<Arm, ResolvedJob>>;
  readonly tolerance: number | undefined;
  readonly install: SparkInstall;
  /** Folder of the proof. */
  readonly place: string;
}

const writesToOutput = (job: ResolvedJob): boolean => [...job.args, ...Object.values(job.conf)].some((text) => text.includes('{output}'));

export async function outputsOf(request: OutputsRequest, context: Context): Promise<OutputCheck> {
  const { a, b, executions, sides, tolerance, place } = request;
  const of = (run: MeasuredRun, arm: Arm) => ({
    label: run.runId,
    arm,
    ...(writesToOutput(sides[arm]) ? { root: (executions.get(run.runId) as Execution).output } : {}),
  });
  const [reference, ...more] = a;
  context.progress({ what: `comparing the output of ${a.length + b.length} runs`, share: undefined, bytes: undefined });
  return compareOutputs({
    reference: of(reference as MeasuredRun, 'A'),
    others: [...more.map((run) => of(run, 'A')), ...b.map((run) => of(run, 'B'))],
    tolerance,
    folder: place,
    spark: (script, args) => runOwn(script, args, request, context),
  });
}

/** Runs a program of Firesteel's own on the Spark that the job runs on, and sees what the job sees. */
async function runOwn(
  script: string,
  args: readonly string[],
  { sides: { A, B }, install, place }: OutputsRequest,
  context: Context,
): Promise<PySparkEnd> {
  const start = await prepareRun({
    job: {
      ...A,
      model: 'firesteel_compare',
      script,
      args,
      deployMode: 'client',
      conf: settingsToReachData(A.conf, B.conf),
      packages: [...new Set([...A.packages, ...B.packages])],
      jars: [...new Set([...A.jars, ...B.jars])],
      pyFiles: [],
      timeoutMs: undefined,
      inputs: [],
      outputs: [],
    },
    install,
    stateFolder: join(place, 'comparison'),
    runId: newRunId('r'),
  });
  const { status, exitCode, reason } = await submit(start, { signal: context.signal });
  context.signal.throwIfAborted();
  return { exitCode: status === 'succeeded' ? 0 : (exitCode ?? 1), reason };
}
