// outputs: whether runs of a job wrote the same, decided by Spark where the data lies (python/firesteel_compare.py).
export { type ArmOf, checkOf } from './check.ts';
export {
  COMPARE_SCRIPT,
  compareOutputs,
  type OutputsToCompare,
  type PySparkEnd,
  type RunPySpark,
  settingsToReachData,
  toleranceOf,
} from './compare.ts';
export { DEFAULT_TOLERANCE, type DeclaredOutput, declaredOutputSchema, type RunOutputs, type Tolerance } from './exchange.ts';
