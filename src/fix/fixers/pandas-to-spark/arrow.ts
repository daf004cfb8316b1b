// Does Arrow move rows between Python and Spark: decides which types and which missing values come back.
// Law: the stages of the run know best, then what is set, then the default of the run's version.

import type { FixContext } from '../../define.ts';

const KEYS: readonly string[] = ['spark.sql.execution.arrow.pyspark.enabled', 'spark.sql.execution.arrow.enabled'];

/** True or false where it is known. */
export function arrowOf({ program, store }: FixContext): boolean | undefined {
  const run = store?.run;
  const brought = run?.stages.filter((one) => /ToPython\b/.test(one.details ?? '') && /^toPandas\b/.test(one.name)) ?? [];
  const byArrow = brought.filter((one) => /\bcollectAsArrowToPython\b/.test(one.details ?? ''));
  if (brought.length > 0) return byArrow.length === brought.length ? true : byArrow.length === 0 ? false : undefined;
  const set = program.settings.filter((one) => KEYS.includes(one.key)).map((one) => one.value);
  if (set.length > 0) return set.every((one) => one === 'true') ? true : set.every((one) => one === 'false') ? false : undefined;
  if (run === undefined) return undefined;
  const given = KEYS.map((key) => run.environment.spark.get(key)).find((one) => one !== undefined);
  if (given !== undefined) return given === 'true';
  const [major = 0, minor = 0] = (run.application.sparkVersion ?? '').split('.').map(Number);
  // On by default since 4.2 (PySpark's migration guide); there too only where PyArrow is installed.
  return major > 0 && (major < 4 || (major === 4 && minor < 2)) ? false : undefined;
}
