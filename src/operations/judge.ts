// A run with the code that ran, judged: what a plan of fixes stands on.
// Law: one set of facts and one join serve the report and the plan.

import { audit } from '../audit/index.ts';
import type { SparkRun } from '../eventlog/index.ts';
import { FactStore } from '../facts/index.ts';
import { joinCode } from '../join/index.ts';
import type { Program } from '../pyspark/index.ts';

/** Report, facts and join of the run of a program. */
export function judgeRun(run: SparkRun, program: Program) {
  const store = new FactStore(run);
  return { report: audit(run, { store, code: program }), store, code: joinCode(store, program) };
}
