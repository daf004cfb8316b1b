// What the runs of a proof wrote, compared by Spark where it lies, with the job's own connection settings and jars.
// Laws: one Spark session compares all runs; a comparison that cannot be made is told, it never counts as equal.
import type { MeasuredRun, OutputCheck } from '../prove/index.ts';
import type { Project, ResolvedJob } from '../project/index.ts';
import { newRunId, prepareRun, type SparkInstall, submit } from '../spark/index.ts';
import type { Context } from './define.ts';
import type { Execution } from './execute.ts';

export interface OutputsRequest {
  readonly a: readonly MeasuredRun[];
  readonly b: readonly MeasuredRun[];
  readonly executions: ReadonlyMap<string, Execution>;
  readonly sides: Readonly<Record<'A' | 'B', ResolvedJob>>;
  readonly aa: boolean;
  readonly tolerance: number | undefined;
  readonly project: Project;
  readonly install: SparkInstall;
  /** Folder of the proof: the comparison's own runs lie in it. */
  readonly place: string;
}

export async function outputsOf(_request: OutputsRequest, _context: Context): Promise<OutputCheck> {
  return { status: 'notCompared', sentence: 'Not built yet.', tolerance: 0, outputs: [] };
}

/** Runs a program of Firesteel's own on the Spark that the job runs on. */
export async function runOwn(script: string, args: readonly string[], { sides, install, place }: OutputsRequest, context: Context) {
  const { A, B } = sides;
  const start = await prepareRun({
    job: {
      ...A,
      model: 'firesteel_compare',
      script,
      args,
      // What either side needs to reach its output.
      packages: [...new Set([...A.packages, ...B.packages])],
      jars: [...new Set([...A.jars, ...B.jars])],
      pyFiles: [],
      deployMode: 'client',
      timeoutMs: undefined,
      inputs: [],
      outputs: [],
    },
    install,
    stateFolder: place,
    runId: newRunId('r'),
  });
  return submit(start, { signal: context.signal });
}
