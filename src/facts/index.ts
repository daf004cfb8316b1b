// facts: derived, memoised models of a run: time, slots, critical path, stages, plans, executors, failures.
// Law: pure functions of the SparkRun; the list below is the one list of facts that a rule may ask for.

import type { SparkRun } from '../eventlog/index.ts';
import { activity } from './activity.ts';
import { caches } from './caches.ts';
import { clock } from './clock.ts';
import { configuration } from './configuration.ts';
import { costs } from './costs.ts';
import { criticalPath } from './critical-path.ts';
import { defineFact, type Fact } from './define.ts';
import { executors } from './executors.ts';
import { failures } from './failures.ts';
import { narrow } from './narrow.ts';
import { plans } from './plans.ts';
import { scans } from './scans.ts';
import { settings } from './settings.ts';
import { skew } from './skew.ts';
import { sources } from './source.ts';
import { stages } from './stages.ts';
import { timeline } from './timeline.ts';
import { usage } from './usage.ts';

/** The run itself, for rules that read jobs, queries or streams as logged. */
const run = defineFact('run', (sparkRun): SparkRun => sparkRun);

export const FACTS = {
  run,
  clock,
  settings,
  configuration,
  activity,
  timeline,
  stages,
  criticalPath,
  plans,
  scans,
  caches,
  executors,
  failures,
  skew,
  narrow,
  sources,
  usage,
  costs,
} as const;

export type FactName = keyof typeof FACTS;
export type FactMap = { readonly [N in FactName]: (typeof FACTS)[N] extends Fact<infer T> ? T : never };

/** Bits of a task row's `flags` column, for faces that draw tasks. */
export { FLAG } from '../eventlog/index.ts';
export type { Activity } from './activity.ts';
export { meanSlots } from './activity.ts';
export { type Cache, type CacheUse, fieldsOf } from './caches.ts';
export type { Clock } from './clock.ts';
export { type ConfFinding, type Configuration, settingsOf } from './configuration.ts';
export type { CostCause, CostSplit } from './costs.ts';
export type { CriticalPath, PathPiece } from './critical-path.ts';
export { defineFact, type Fact, FactStore } from './define.ts';
export { broadcastOf, firstPlanAllowance, normalPlanMs, oneStepPlanMs, type PlanSize, planSize, startUpAllowance } from './driver.ts';
export { exceptionOf, type RootException, troubleOf } from './exceptions.ts';
export type { ExecutorFact } from './executors.ts';
export type { FailureGroup, Failures, StageWaste } from './failures.ts';
export { factsJson } from './json.ts';
export { exchangePartitions, isSinglePartition, type NarrowCause, type NarrowStage, workerStartShare } from './narrow.ts';
export {
  buildSides,
  exchangeBelow,
  isObjectStore,
  joinType,
  measuresOf,
  needsDistribution,
  outsideJvmMs,
  pythonMs,
  smallestHeap,
  writersOf,
} from './operators.ts';
export {
  below,
  childOperators,
  kindOf,
  type NodeKind,
  type NodeMetric,
  outputRows,
  type PlanNode,
  type Plans,
  type PlanTree,
  parentOperator,
} from './plans.ts';
export { type Scan, withoutIds } from './scans.ts';
export type { Settings } from './settings.ts';
export { isExplicit, makespan, type SkewData, type SkewOrigin, type Skews, type StageSkew, shufflesRead } from './skew.ts';
export { callSiteOf, type SourceLine, type Sources } from './source.ts';
export type { Distribution, StageFact, Stages } from './stages.ts';
export { distributionOf } from './stages.ts';
export { eachPiece, integral, maxOf, type Steps, valueAt } from './steps.ts';
export type { DriverLabel, DriverSegment, Timeline } from './timeline.ts';
export type { UsageFact } from './usage.ts';
