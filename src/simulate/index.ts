// simulate: the run as a schedule that can be run again, changed and priced.
// Law: pure; a what-if is a function from graph to graph; every answer carries its range, its assumptions and its basis.

export { dynamicAllocation, executorCores, executors } from './allocation.ts';
export { broadcast } from './broadcast.ts';
export { type Built, execGraph } from './build.ts';
export { type Calibration, type Claim, calibrationOf, recordOf, type Track, trackOf, widening } from './calibration.ts';
export { changeOf, type GraphChange, withChanges } from './change.ts';
export { type Contention, contentionOf } from './contention.ts';
export * from './cures.ts';
export {
  type Baseline,
  type Basis,
  type Bounds,
  baselineOf,
  boundsOf,
  type Curve,
  type CurvePoint,
  curveOf,
  type Family,
  type Forecast,
  forecastOf,
  type Saving,
  savingOf,
  slotTimeOf,
} from './forecast.ts';
export * from './graph.ts';
export { inputGrowth } from './growth.ts';
export { heapMemory } from './memory.ts';
export { type Needs, needs } from './needs.ts';
export { type PackedChange, type PackedGraph, packChange, packGraph, unpackChange, unpackGraph } from './pack.ts';
export { shufflePartitions, slots } from './parallelism.ts';
export { type ParsedWhatIf, parseCurve, parseWhatIf, WORDS } from './parse.ts';
export { type Replayed, replay } from './replay.ts';
export { fitTasks, type TaskModel } from './resize.ts';
export { sizeOf } from './size.ts';
export type { Advice, SizedRun, SizeGoal, SizePoint, Sizing } from './sizing.ts';
export { type Hardware, sizeByThumb } from './thumb.ts';
export { cacheStages, NATIVE_RATE, nativeUdf, repack } from './work.ts';
