// For tests of fixers: a program, one fixer asked about what the code shows, and the code with its rewrites.
// Law: the context is the one that the plan makes for code without a run.

import { editFile, lint, type Program, type Source } from '../../../pyspark/index.ts';
import { pyspark } from '../../../pyspark/testing/programs.ts';
import type { FixContext, Fixer, Proposal } from '../../define.ts';
import { importEdits, taken } from '../../imports.ts';

export const parse = (text: string, path = 'job.py'): Program => pyspark.parse({ path, text });

/** What a fixer proposes for each finding of the code, one after the other. */
export function asked(fixer: Fixer, program: Program, more: Partial<FixContext> = {}): Proposal[] {
  const seen = new Set<string>();
  return lint(program)
    .filter((one) => fixer.codeRules.includes(one.id))
    .flatMap((one) => fixer.propose({ program, code: undefined, store: undefined, finding: undefined, places: [], lint: [one], ...more }))
    .filter((one) => {
      const key = JSON.stringify([one.verdict, one.at, one.edits]);
      return !seen.has(key) && seen.add(key);
    });
}

export const rewrites = (all: readonly Proposal[]): Proposal[] => all.filter((one) => one.verdict === 'rewrite');

/** The file with these proposals. */
export function fixed(program: Program, proposals: readonly Proposal[], path = 'job.py'): string {
  const needed = proposals.flatMap((one) => one.imports);
  for (const one of needed) {
    const why = taken(program, one);
    if (why !== undefined) throw new Error(why);
  }
  const edits = [...importEdits(program, needed), ...proposals.flatMap((one) => one.edits)].filter((one) => one.file === path);
  return editFile(program.source(path) as Source, edits);
}
