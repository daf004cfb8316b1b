// The driver's part of a run: how long a start may take, and which stages only fill a broadcast.
// Law: what is normal is measured on the run itself where it can be, never assumed to be the same everywhere.

import type { SparkRun } from '../eventlog/index.ts';
import type { Clock } from './clock.ts';
import { type PlanNode, parentOperator, type PlanTree } from './plans.ts';
import type { StageFact } from './stages.ts';

/** A warm start: session, imports, a first look at the input. */
const START_UP_MS = 3000;
/** A cold JVM needs 4.3 to 5.5 times the time that its SparkContext took until the first query begins (8 generated logs, Spark 4.0–4.3, no work in between). */
const START_UP_FACTOR = 6;
/** Planning the first query of a cold JVM took 1.2 to 2.4 times as long as its SparkContext (same logs). */
const FIRST_PLAN_FACTOR = 2.5;

/** How long the SparkContext itself took: from the application's start to the driver's block manager. */
function contextMs(run: SparkRun, clock: Clock): number {
  const added = run.executors.find((executor) => executor.id === 'driver')?.addedMs;
  return added === undefined || clock.startMs === undefined ? 0 : Math.max(0, added - clock.startMs);
}

/** Time that a run of this speed may take until its first query begins, ms. */
export const startUpAllowance = (run: SparkRun, clock: Clock): number => Math.max(START_UP_MS, START_UP_FACTOR * contextMs(run, clock));

/** Time that planning the first query may take on top of the usual, ms. */
export const firstPlanAllowance = (run: SparkRun, clock: Clock): number => FIRST_PLAN_FACTOR * contextMs(run, clock);

/** The broadcast that a stage of this query fills, if that is all it does. */
export function broadcastOf(tree: PlanTree | undefined, stage: StageFact): PlanNode | undefined {
  for (const node of tree?.nodes ?? []) {
    if (node.reused || !node.stages.includes(stage)) continue;
    for (let at = parentOperator(node); at !== undefined && at.kind !== 'exchange'; at = parentOperator(at)) if (at.kind === 'broadcast-exchange') return at;
  }
  return undefined;
}
