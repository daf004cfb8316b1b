// The optimisation report of an audited run: gathers the patch and the pages of the rules beside the report.
// Law: nothing is written; without code there is no patch, and the report says so.

import { readFile } from 'node:fs/promises';
import type { Report } from '../audit/index.ts';
import type { SparkRun } from '../eventlog/index.ts';
import { FactStore } from '../facts/index.ts';
import type { ReportedFix } from '../report/index.ts';
import type { ReadCode } from './code.ts';

export interface OptimiseInput {
  readonly report: Report;
  readonly run: SparkRun;
  /** Facts of the run that are known already. */
  readonly store: FactStore | undefined;
  readonly code: ReadCode | undefined;
  /** As the caller named them. */
  readonly logPath: string;
  readonly codePath: string | undefined;
}

export async function optimisationReport({ report, run, store, code, logPath, codePath }: OptimiseInput): Promise<string> {
  const { renderOptimisationReport } = await import('../report/index.ts');
  const { sectionOf } = await import('./looks/index.ts');
  const whenNotTo = new Map<string, string>();
  for (const { rule } of report.findings.filter(({ status }) => status === 'found')) {
    const page = await readFile(new URL(`../rules/${rule}/README.md`, import.meta.url), 'utf8').catch(() => undefined);
    const section = sectionOf(page, 'When not to');
    if (section !== '') whenNotTo.set(rule, section);
  }
  const fix = code === undefined ? undefined : await fixOf(report, store ?? new FactStore(run), code);
  return renderOptimisationReport(report, { fix, whenNotTo, logPath, codePath });
}

async function fixOf(report: Report, store: FactStore, { pyspark, program }: ReadCode): Promise<ReportedFix> {
  const [{ diffOf, diffText, planFixes }, { joinCode }, { rules }] = await Promise.all([
    import('../fix/index.ts'),
    import('../join/index.ts'),
    import('../rules/index.ts'),
  ]);
  const inCode = (id: string) => rules.find(({ meta }) => meta.id === id)?.meta.inCode ?? [];
  const { planned, patch } = planFixes({ pyspark, program, report, store, code: joinCode(store, program), inCode });
  return { planned, patch: diffText(patch.files.map((file) => diffOf(file, planned))), files: patch.files };
}
