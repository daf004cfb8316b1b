// What the runs of a proof wrote, compared by Spark where it lies.

import type { Project, ResolvedJob } from '../project/index.ts';
import type { MeasuredRun, OutputCheck } from '../prove/index.ts';
import type { SparkInstall } from '../spark/index.ts';
import type { Context } from './define.ts';
import type { Execution } from './execute.ts';
export async function outputsOf(
  _request: {
    readonly a: readonly MeasuredRun[];
    readonly b: readonly MeasuredRun[];
    readonly executions: ReadonlyMap<string, Execution>;
    readonly sides: Record<'A' | 'B', ResolvedJob>;
    readonly aa: boolean;
    readonly tolerance: number | undefined;
    readonly project: Project;
    readonly install: SparkInstall;
    readonly place: string;
  },
  _context: Context,
): Promise<OutputCheck> {
  return { status: 'notCompared', sentence: 'Not built yet.', tolerance: 0, outputs: [] };
}
