// All proposals for a program, and which of them go into one patch: ranked as the findings are, one cure for one finding, no two on the same bytes.
// Laws: what is not taken says why; the patched text parses as well as the text before; the same evidence gives the same patch.

import { type Finding, inRun, type Report } from '../audit/index.ts';
import { type ConfConstraints, FiresteelError, NO_CONSTRAINTS } from '../base/index.ts';
import type { FactStore } from '../facts/index.ts';
import type { CodeMap } from '../join/index.ts';
import { type CodeFinding, type Edit, editFile, lint, overlap, type Program, type PySpark, type Source, walk } from '../pyspark/index.ts';
import { inCode } from '../rules/index.ts';
import { enforced } from './conf-change.ts';
import type { ConfChange, FixContext, Fixer, Proposal } from './define.ts';
import { fixers as allFixers } from './fixers/index.ts';
import { importEdits, taken } from './imports.ts';
import { withUnusedImports } from './unused.ts';

/** `taken`: in the patch. `offered`: right, and not asked for. `crossed`: another change of the patch stands in its way. `refused`: see its verdict. */
export type PlannedState = 'taken' | 'offered' | 'crossed' | 'refused';

export interface Planned {
  /** Names it to a caller: the fixer, then file and line, or the keys it sets. */
  readonly id: string;
  /** The same change again after lines above it have moved: fixer, rule and the code it stands at. */
  readonly key: string;
  readonly proposal: Proposal;
  readonly state: PlannedState;
  /** Why it is not in the patch. */
  readonly why: string | undefined;
  /** What curing the finding alone would save, ms; from the replay of the run. */
  readonly forecast: Finding['forecast'];
}

export interface PatchedFile {
  readonly path: string;
  /** As it was read, and as it is to be written. */
  readonly before: string;
  readonly after: string;
}

export interface Patch {
  readonly files: readonly PatchedFile[];
  readonly conf: readonly ConfChange[];
}

export interface FixPlan {
  readonly planned: readonly Planned[];
  readonly patch: Patch;
}

export interface FixInput {
  readonly pyspark: PySpark;
  readonly program: Program;
  /** The run, when there is a log: all three or none. */
  readonly report?: Report | undefined;
  readonly store?: FactStore | undefined;
  readonly code?: CodeMap | undefined;
}

export interface FixOptions {
  /** Only findings of these rules. */
  readonly rules?: readonly string[] | undefined;
  /** Only these changes, by key. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Never these, by key. */
  readonly without?: ReadonlySet<string> | undefined;
  /** Rewrites that a person, or a proof, must look at; default true. */
  readonly review?: boolean | undefined;
  /** Comments at the lines that no rewrite can cure; default false. */
  readonly marks?: boolean | undefined;
  readonly fixers?: readonly Fixer[] | undefined;
  /** What the team forbids, prescribes or bounds of the configuration. */
  readonly constraints?: ConfConstraints | undefined;
}

/** Every proposal, the most worthwhile finding first. Without a run, what the code alone shows is cured. */
function proposalsOf(input: FixInput, options: FixOptions): { proposal: Proposal; forecast: Finding['forecast'] }[] {
  const { program, report, store, code } = input;
  const { constraints = NO_CONSTRAINTS } = options;
  const fixers = [...(options.fixers ?? allFixers)].sort((a, b) => (a.order ?? 10) - (b.order ?? 10) || (a.id < b.id ? -1 : 1));
  const wanted = (rule: string) => options.rules === undefined || options.rules.includes(rule);
  const found = report?.findings.filter((one) => one.status === 'found' && wanted(one.rule)) ?? [];
  const linted = lint(program);
  const out: { proposal: Proposal; forecast: Finding['forecast'] }[] = [];
  const seen = new Set<string>();
  const ask = (fixer: Fixer, context: FixContext, forecast: Finding['forecast']) => {
    for (const proposal of fixer.propose(context)) {
      const key = proposalId(proposal) + JSON.stringify([proposal.verdict, proposal.edits, proposal.conf]);
      if (seen.has(key)) continue;
      seen.add(key);
      out.push({ proposal, forecast });
    }
  };
  for (const finding of found) {
    const places = code?.locate(inCode(finding.rule), inRun(finding.evidence, [])) ?? [];
    const context = { program, code, store, finding, places, constraints, lint: linted.filter((one) => sameCause(one, finding.rule)) };
    for (const fixer of fixers) if (fixer.rules.includes(finding.rule)) ask(fixer, context, finding.forecast);
  }
  if (report === undefined)
    for (const one of linted) {
      if (!wanted(one.id)) continue;
      const context = { program, code: undefined, store: undefined, finding: undefined, places: [], constraints, lint: [one] };
      for (const fixer of fixers) if (fixer.codeRules.includes(one.id)) ask(fixer, context, null);
    }
  return out;
}

const sameCause = (one: CodeFinding, rule: string) => one.runtimeRule === rule;

export function proposalId({ fixer, at, conf }: Proposal): string {
  return at === undefined ? `${fixer}:${conf.map((one) => one.key).join('+')}` : `${fixer}:${at.file}:${at.line}`;
}

function keyOf(program: Program, { fixer, rule, at, conf }: Proposal): string {
  const text =
    at === undefined
      ? conf.map((one) => `${one.key}=${one.to ?? ''}`).join(' ')
      : program.source(at.file)?.text.split('\n')[at.line - 1]?.trim();
  return `${fixer} ${rule} ${text ?? ''}`;
}

/** Makes the plan and the one patch that carries it out. */
export function planFixes(input: FixInput, options: FixOptions = {}): FixPlan {
  const { program, pyspark } = input;
  const planned: Planned[] = [];
  const chosen: Proposal[] = [];
  /** The fixer that cures a finding; others for the same finding are other ways. */
  const curedBy = new Map<string, string>();
  for (const { proposal, forecast } of proposalsOf(input, options)) {
    const id = proposalId(proposal);
    const key = keyOf(program, proposal);
    const put = (state: PlannedState, why?: string) => planned.push({ id, key, proposal, state, why, forecast });
    const why = notWanted(proposal, key, options);
    if (why !== undefined) {
      put(proposal.verdict === 'leave' ? 'refused' : 'offered', why);
      continue;
    }
    const other = curedBy.get(proposal.rule);
    if (proposal.verdict === 'rewrite' && other !== undefined && other !== proposal.fixer) {
      put('offered', `another way to cure it: ${other} is in the patch`);
      continue;
    }
    const crossed = crossing(program, pyspark, chosen, proposal);
    if (crossed !== undefined) {
      put('crossed', crossed);
      continue;
    }
    chosen.push(proposal);
    if (proposal.verdict === 'rewrite') curedBy.set(proposal.rule, proposal.fixer);
    put('taken');
  }
  const patch = patchOf(program, chosen);
  const { constraints = NO_CONSTRAINTS } = options;
  // What the team prescribes belongs to every patch that is made.
  const prescribed =
    chosen.length === 0
      ? []
      : enforced({ program, code: input.code, store: input.store, finding: undefined, places: [], constraints, lint: [] });
  const keys = new Set(patch.conf.map((one) => one.key));
  return { planned, patch: { ...patch, conf: [...patch.conf, ...prescribed.filter((one) => !keys.has(one.key))] } };
}

/** Why a proposal is not to be taken, whatever else is; undefined when it may. */
function notWanted(proposal: Proposal, key: string, { only, without, review = true, marks = false }: FixOptions): string | undefined {
  if (proposal.verdict === 'leave') return proposal.reason;
  if (only !== undefined && !only.has(key)) return 'not chosen';
  if (without?.has(key)) return 'left out';
  if (proposal.verdict === 'mark' && !marks) return 'a comment for a person; taken with --marks';
  if (proposal.verdict === 'rewrite' && proposal.safety === 'review' && !review)
    return 'a person, or a proof, must look at it: left out by --safe';
  const broken = proposal.preconditions.find((one) => one.holds === false);
  return broken === undefined ? undefined : `a precondition does not hold: ${broken.text}`;
}

/** Why a proposal cannot go with those that are chosen already. */
function crossing(program: Program, pyspark: PySpark, chosen: readonly Proposal[], proposal: Proposal): string | undefined {
  for (const needed of proposal.imports) {
    const why = taken(program, needed);
    if (why !== undefined) return why;
  }
  for (const other of chosen) {
    if (other.edits.some((a) => proposal.edits.some((b) => collide(a, b))))
      return `${other.fixer} changes the same code: apply, run, and ask again`;
    const key = proposal.conf.find((one) => other.conf.some((with_) => with_.key === one.key))?.key;
    if (key !== undefined) return `${other.fixer} sets ${key} already`;
  }
  if (proposal.edits.length === 0) return undefined;
  const files = new Set(proposal.edits.map((one) => one.file));
  let patched: readonly PatchedFile[];
  try {
    patched = patchOf(program, [...chosen, proposal]).files;
  } catch (error) {
    // Edits that a notebook's cells cannot take.
    if (error instanceof FiresteelError) return error.message;
    throw error;
  }
  for (const { path, after } of patched) {
    if (!files.has(path)) continue;
    const before = program.roots.find((one) => one.source.path === path);
    const now = pyspark.parse({ path, text: after }).roots[0];
    if (now === undefined || (before !== undefined && errorsIn(now) > errorsIn(before))) return 'the changed text would not be Python';
  }
  return undefined;
}

/** Two edits at one place: the same bytes, or something put in where another takes away. */
const collide = (a: Edit, b: Edit): boolean =>
  overlap(a, b) || (a.file === b.file && a.start === b.start && a.end === b.end && a.end > a.start);

function errorsIn(root: Parameters<typeof walk>[0]): number {
  let count = 0;
  for (const node of walk(root)) if (node.type === 'ERROR' || node.type === 'MISSING') count++;
  return count;
}

/** The edits of all proposals; the same lines put in at the same place (a function that two of them call) come once. */
function onceEach(lists: readonly (readonly Edit[])[]): Edit[] {
  const lines = new Set<string>();
  return lists.flatMap((edits) =>
    edits.filter((edit) => {
      if (edit.start !== edit.end || !edit.text.includes('\n')) return true;
      const key = JSON.stringify(edit);
      if (lines.has(key)) return false;
      lines.add(key);
      return true;
    }),
  );
}

/** The files as they are with the proposals, the imports they need and without those they leave unused; and the settings they change. */
export function patchOf(program: Program, proposals: readonly Proposal[]): Patch {
  const edits = withUnusedImports(program, [
    ...importEdits(
      program,
      proposals.flatMap((one) => one.imports),
    ),
    ...onceEach(proposals.map((one) => one.edits)),
  ]);
  const files: PatchedFile[] = [];
  for (const path of new Set(edits.map((one) => one.file))) {
    const source = program.source(path) as Source;
    const after = editFile(
      source,
      edits.filter((one) => one.file === path),
    );
    if (after !== source.raw) files.push({ path, before: source.raw, after });
  }
  return { files, conf: proposals.flatMap((one) => one.conf) };
}
