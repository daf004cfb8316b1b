// For tests of review fixers: a rewrite made from code alone, and one made from a run of the corpus with its code.
// Law: what the plan would hand over is handed over; nothing is guessed for a fixer.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { audit } from '../../../audit/index.ts';
import { readRun } from '../../../eventlog/index.ts';
import { FactStore } from '../../../facts/index.ts';
import { joinCode } from '../../../join/index.ts';
import { type CodeFinding, lint, type Node, type Program, rangeOf } from '../../../pyspark/index.ts';
import { pyspark } from '../../../pyspark/testing/programs.ts';
import type { FixContext, Fixer, Proposal } from '../../define.ts';
import { patchOf } from '../../plan.ts';

export const HEAD = `from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
`;

export const parse = (text: string, path = 'job.py'): Program => pyspark.parse({ path, text });

/** A finding of the code at a node, as the linter would give it. */
export const findingAt = (id: CodeFinding['id'], node: Node): CodeFinding => ({
  id,
  runtimeRule: undefined,
  file: node.source.path,
  range: rangeOf(node),
  message: 'a test says so',
  certainty: 'certain',
  places: [],
});

export const contextOf = (program: Program, at: CodeFinding, more: Partial<FixContext> = {}): FixContext => ({
  program,
  code: undefined,
  store: undefined,
  finding: undefined,
  places: [],
  lint: [at],
  ...more,
});

/** The program's text with proposals made. */
export const patched = (program: Program, proposals: readonly Proposal[]): string =>
  patchOf(program, proposals).files[0]?.after ?? (program.sources[0]?.raw as string);

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** Folders with a run (`before`) and the code that it ran (`job.py`): of the clone, and of the scenarios beside it. */
export function samples(): { readonly name: string; readonly log: string; readonly job: string }[] {
  const found: { name: string; log: string; job: string }[] = [];
  const beside = join(ROOT, '..', 'shared', 'scenarios');
  for (const folder of existsSync(beside) ? readdirSync(beside).sort() : []) {
    const [log, job] = [join(beside, folder, 'before'), join(beside, folder, 'job.py')];
    if (existsSync(log) && existsSync(job)) found.push({ name: folder, log, job });
  }
  return found;
}

export interface Asked {
  readonly program: Program;
  readonly proposals: readonly Proposal[];
  /** The same questions, put to another text of the job. */
  again(text: string): readonly Proposal[];
}

/** What fixers propose for the findings of a run. */
export async function askedOfRun(log: string, job: string, fixers: readonly Fixer[]): Promise<Asked> {
  const run = await readRun(log);
  const findings = audit(run).findings.filter((one) => one.status === 'found');
  const ask = (text: string): Asked['proposals'] => {
    const program = parse(text);
    const store = new FactStore(run);
    const code = joinCode(store, program);
    return findings.flatMap((finding) => {
      const context = { program, code, store, finding, places: [], lint: lint(program).filter((one) => one.runtimeRule === finding.rule) };
      return fixers.filter((one) => one.rules.includes(finding.rule)).flatMap((one) => one.propose(context));
    });
  };
  const text = readFileSync(job, 'utf8');
  return { program: parse(text), proposals: ask(text), again: ask };
}
