// The optimisation report of an audited run: gathers the patch and the pages of the rules beside the report.
// Law: nothing is written; without code there is no patch, and the report says so.

import type { Report } from '../audit/index.ts';
import type { ConfConstraints } from '../base/index.ts';
import type { SparkRun } from '../eventlog/index.ts';
import { FactStore } from '../facts/index.ts';
import type { ReportedFix } from '../report/index.ts';
import type { ReadCode } from './code.ts';
import { rulePage } from './rule-lookup.ts';

export interface OptimiseInput {
  readonly report: Report;
  readonly run: SparkRun;
  /** Facts of the run that are known already. */
  readonly store: FactStore | undefined;
  readonly code: ReadCode | undefined;
  /** As the caller named them. */
  readonly logPath: string;
  readonly codePath: string | undefined;
  /** What the project allows with configuration. */
  readonly constraints: ConfConstraints;
}

export async function optimisationReport({ report, run, store, code, logPath, codePath, constraints }: OptimiseInput): Promise<string> {
  const { renderOptimisationReport } = await import('../report/index.ts');
  const { sectionOf } = await import('./looks/index.ts');
  const whenNotTo = new Map<string, string>();
  for (const { rule } of report.findings.filter(({ status }) => status === 'found')) {
    const page = await rulePage(rule);
    const section = sectionOf(page, 'When not to');
    if (section !== '') whenNotTo.set(rule, section);
  }
  const fix = code === undefined ? undefined : await fixOf(report, store ?? new FactStore(run), code, constraints);
  return renderOptimisationReport(report, { fix, whenNotTo, logPath, codePath });
}

async function fixOf(report: Report, store: FactStore, { pyspark, program }: ReadCode, constraints: ConfConstraints): Promise<ReportedFix> {
  const [{ diffsOf, diffText, planFixes }, { joinCode }] = await Promise.all([import('../fix/index.ts'), import('../join/index.ts')]);
  const { planned, patch } = planFixes({ pyspark, program, report, store, code: joinCode(store, program) }, { constraints });
  return { planned, patch: diffText(diffsOf(patch.files, planned)), files: patch.files };
}
