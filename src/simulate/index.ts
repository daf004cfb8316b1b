// simulate: the run as a schedule that can be run again, changed and priced.
// Law: pure; a what-if is a function from graph to graph; every answer carries its range, its assumptions and its basis.

export { dynamicAllocation, executorCores, executors } from './allocation.ts';
export { type Built, execGraph } from './build.ts';
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
} from './forecast.ts';
export * from './graph.ts';
export { inputGrowth } from './growth.ts';
export { shufflePartitions, slots } from './parallelism.ts';
export { type ParsedWhatIf, parseCurve, parseWhatIf, WORDS } from './parse.ts';
export { type Replayed, replay } from './replay.ts';
export { fitTasks, type TaskModel } from './resize.ts';
