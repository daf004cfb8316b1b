// The driver's part of a run: how long a start and a plan may take, and which stages only fill a broadcast.
// Law: what is normal is measured on the run itself where it can be, never assumed to be the same everywhere.

import type { SparkRun } from '../eventlog/index.ts';
import type { Clock } from './clock.ts';
import { type PlanNode, type PlanTree, parentOperator } from './plans.ts';
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

/** Time that analysing and planning the first query may take on top of the usual, all its pauses together, ms. */
export const firstPlanAllowance = (run: SparkRun, clock: Clock): number => FIRST_PLAN_FACTOR * contextMs(run, clock);

/** Spark prints this many fields of a list before `... N more fields` (spark.sql.debug.maxToStringFields). */
const PRINTED_FIELDS = 25;
/** Planning any query, in a warm JVM. */
const PLAN_MS = 300;

export interface PlanSize {
  /** Columns that one operator adds to what it is given: a wide table that is only read adds none. */
  readonly columns: number;
  /** The operator that adds them. */
  readonly node: PlanNode | undefined;
  readonly operators: number;
  /** Characters of the longest operator that is no scan. */
  readonly text: number;
}

/** How large a plan is, in what costs the driver time. */
export function planSize(tree: PlanTree): PlanSize {
  let columns = 0;
  let best: PlanNode | undefined;
  let operators = 0;
  let text = 0;
  const fields = tree.nodes.map(cutFields);
  // Nodes stand in pre-order, so a walk from the last to the first sees what is below a node before the node.
  const widestBelow = new Float64Array(tree.nodes.length);
  for (let i = tree.nodes.length - 1; i >= 0; i--) {
    const parent = (tree.nodes[i] as PlanNode).parent?.id;
    if (parent !== undefined) widestBelow[parent] = Math.max(widestBelow[parent] as number, widestBelow[i] as number, fields[i] ?? 0);
  }
  for (const [i, node] of tree.nodes.entries()) {
    if (node.reused || node.cached || node.kind === 'wrapper') continue;
    operators++;
    if (node.kind !== 'scan' && node.kind !== 'jdbc-scan') text = Math.max(text, node.detail.length);
    if (!BUILDING.has(node.kind)) continue;
    const added = (fields[i] ?? node.detail.match(/ AS /g)?.length ?? 0) - (widestBelow[i] as number);
    if (added > columns) [columns, best] = [added, node];
  }
  return { columns, node: best, operators, text };
}

/** What analysing and planning a query of this size takes when it is built in one step, ms. */
export const oneStepPlanMs = (size: PlanSize, msPerColumn = 5.5, msPerNode = 5): number =>
  PLAN_MS + msPerColumn * size.columns + msPerNode * size.operators;

/** Columns that one operator adds from which a plan takes noticeably longer than usual. */
const WIDE = 60;

/** What the driver normally needs before a query's first job, ms: the usual, and more for a plan that is wide. */
export function normalPlanMs(tree: PlanTree | undefined, usualMs = PLAN_MS): number {
  const size = tree === undefined ? undefined : planSize(tree);
  return size === undefined || size.columns < WIDE ? usualMs : Math.max(usualMs, oneStepPlanMs(size));
}

const BUILDING: ReadonlySet<PlanNode['kind']> = new Set(['project', 'aggregate', 'window', 'python-row', 'python-arrow', 'expand']);

/** Number of fields of a list that Spark cut; undefined when it printed them all. */
function cutFields(node: PlanNode): number | undefined {
  let most: number | undefined;
  if (!node.detail.includes(' more fields')) return most;
  for (const match of node.detail.matchAll(/\.\.\. (\d+) more fields/g)) most = Math.max(most ?? 0, Number(match[1]) + PRINTED_FIELDS);
  return most;
}

/** The broadcast that a stage of this query fills, if that is all it does. */
export function broadcastOf(tree: PlanTree | undefined, stage: StageFact): PlanNode | undefined {
  for (const node of tree?.nodes ?? []) {
    if (node.reused || !node.stages.includes(stage)) continue;
    for (let at = parentOperator(node); at !== undefined && at.kind !== 'exchange'; at = parentOperator(at))
      if (at.kind === 'broadcast-exchange') return at;
  }
  return undefined;
}
