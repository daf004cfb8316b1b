// Findings of a run and the lines of its code: which lines stand behind a finding, and which findings of the code are the same cause.
// Laws: knows rules by `meta.inCode` only; a line is evidence with its confidence and the number of others that fit; what only the code shows
// is never a found finding of the run.

import { messageOf } from '../base/index.ts';
import type { FactStore } from '../facts/index.ts';
import { type CodeMap, type InRun, joinCode, type Located, tracedIn } from '../join/index.ts';
import { CODE_RULES, type CodeFinding, lint, type Program } from '../pyspark/index.ts';
import type { EvidenceRef, Place, Rule } from '../rules/index.ts';
import type { CodeEntry, CodeLine, Finding } from './report.ts';

/** Lines of the code shown for one finding. */
const MAX_LINES = 3;
/** Places of a finding whose lines are looked for: the heaviest. */
const MAX_PLACES = 12;

export interface FoundCode {
  readonly places: readonly Place[];
  readonly code: readonly CodeLine[];
  /** Everything that was located, for telling what is the same cause. */
  readonly located: readonly Located[];
}

/** The lines behind the places of a finding; places get them as evidence, with paths as the caller gave them. */
export function codeOf(map: CodeMap, rule: Rule, places: readonly Place[], own: ReadonlySet<EvidenceRef>): FoundCode {
  const { program } = map;
  const things = rule.meta.inCode ?? [];
  const known = places.map((place) => withPaths(place, program, own));
  const perPlace = known.slice(0, MAX_PLACES).map(({ place, ...lines }) => ({
    place,
    located: things.length === 0 ? [] : map.locate(things, inRun(place.evidence, rule.meta.keysInCode ?? [])),
    ...lines,
  }));
  const code = new Map<string, CodeLine>();
  const keyOf = (line: { file: string; line: number }) => `${line.file}:${line.line}`;
  const refs = new Map<Place, EvidenceRef[]>();
  const put = (place: Place, line: CodeLine) => {
    if (code.size >= MAX_LINES || code.has(keyOf(line))) return;
    code.set(keyOf(line), line);
    refs.set(place, [...(refs.get(place) ?? []), { kind: 'source', file: line.file, line: line.line, endLine: line.endLine }]);
  };
  // What the rule itself read in the log, the line of an exception, goes first; then the best of each place, then the next best: a finding
  // with three joins shows three joins.
  for (const { place, own: first } of perPlace) for (const line of first) put(place, line);
  for (let i = 0; i < MAX_LINES; i++)
    for (const { place, located } of perPlace) {
      const one = located[i];
      if (one !== undefined) put(place, lineOf(one));
    }
  // The line of a query or job, where no thing of the program stands for the finding.
  if (code.size === 0) for (const { place, sites } of perPlace) for (const line of sites) put(place, line);
  return {
    places: known.map(({ place }) => {
      const added = (refs.get(place) ?? []).filter(
        (ref) =>
          ref.kind === 'source' && !place.evidence.some((one) => one.kind === 'source' && one.file === ref.file && one.line === ref.line),
      );
      return added.length === 0 ? place : { ...place, evidence: [...place.evidence, ...added] };
    }),
    code: [...code.values()],
    located: perPlace.flatMap((one) => one.located),
  };
}

const lineOf = ({ file, line, endLine, text, thing, confidence, basis, rivals }: Located): CodeLine => ({
  file,
  line,
  endLine,
  text,
  thing,
  confidence,
  basis,
  rivals,
});

interface LoggedLines {
  /** Lines that the rule read in the log. */
  readonly own: readonly CodeLine[];
  /** Call sites of the queries and stages of the place. */
  readonly sites: readonly CodeLine[];
}

/** A place whose logged lines have the paths of the program, where a file of it fits. */
function withPaths(place: Place, program: Program, own: ReadonlySet<EvidenceRef>): LoggedLines & { readonly place: Place } {
  const lines = { own: [] as CodeLine[], sites: [] as CodeLine[] };
  const evidence = place.evidence.map((ref): EvidenceRef => {
    if (ref.kind !== 'source') return ref;
    const at = tracedIn(program, { file: ref.file, line: ref.line, call: undefined });
    if (at === undefined) return ref;
    (own.has(ref) ? lines.own : lines.sites).push({
      file: at.path,
      line: at.line,
      endLine: ref.endLine ?? at.line,
      text: program.source(at.path)?.text.split('\n')[at.line - 1]?.trim() ?? '',
      thing: undefined,
      confidence: 'certain',
      basis: 'a line that the log names',
      rivals: 0,
    });
    return { ...ref, file: at.path };
  });
  return { ...lines, place: lines.own.length + lines.sites.length === 0 ? place : { ...place, evidence } };
}

/** The join, or the sentence that says why there is none: a defect of it must not cost the report. */
export function mapOf(store: FactStore, program: Program): { readonly map: CodeMap | undefined; readonly note: string | undefined } {
  try {
    return { map: joinCode(store, program), note: undefined };
  } catch (error) {
    return { map: undefined, note: `The code could not be joined with the run (a defect of Firesteel): ${messageOf(error)}` };
  }
}

interface Judged {
  readonly rule: Rule;
  readonly places: readonly Place[];
}

/**
 * Settings that hold no time by themselves, set by the program, of which a found cause shows what they cost: as findings behind that cause.
 * `likelyOf`: what curing a cause saves, ms.
 */
export function costlyKeys(
  small: readonly Judged[],
  found: readonly Judged[],
  likelyOf: (rule: Rule) => number | undefined,
  program: Program,
  floorMs: number,
): { rule: Rule; places: Place[]; folded: [] }[] {
  const keysOf = (place: Place) => place.evidence.flatMap((ref) => (ref.kind === 'conf' ? [ref.key] : []));
  return small.flatMap(({ rule, places }) => {
    if (rule.meta.costOfKeys !== true) return [];
    const costly = places.flatMap((place) => {
      const keys = keysOf(place).filter((key) => program.settings.some((setting) => setting.key === key));
      let most: { readonly title: string; readonly ms: number } | undefined;
      for (const cause of found) {
        // A cause that is told at this very key needs no second finding for it.
        if (keys.some((key) => cause.rule.meta.keysInCode?.includes(key))) continue;
        const held = cause.places.filter((one) => keysOf(one).some((key) => keys.includes(key))).reduce((sum, one) => sum + one.heldMs, 0);
        const ms = Math.min(held, likelyOf(cause.rule) ?? held);
        if (ms >= floorMs && ms > (most?.ms ?? 0)) most = { title: cause.rule.meta.title, ms };
      }
      return most === undefined ? [] : [{ ...place, cause: `${place.cause} In this run it is behind: ${most.title}.`, heldMs: most.ms }];
    });
    return costly.length === 0 ? [] : [{ rule, places: costly, folded: [] as [] }];
  });
}

/** Evidence as ids of the log. */
export function inRun(evidence: readonly EvidenceRef[], keys: readonly string[]): InRun {
  const stages: { stageId: number; attempt: number }[] = [];
  const sqlExecutions: number[] = [];
  const nodes: { executionId: number; nodeId: number }[] = [];
  const jobs: number[] = [];
  const conf = [...keys];
  for (const ref of evidence) {
    if (ref.kind === 'stage') stages.push({ stageId: ref.stageId, attempt: ref.attempt });
    else if (ref.kind === 'job') jobs.push(ref.jobId);
    else if (ref.kind === 'conf') conf.unshift(ref.key);
    else if (ref.kind === 'sql') {
      sqlExecutions.push(ref.executionId);
      if (ref.nodeId !== undefined) nodes.push({ executionId: ref.executionId, nodeId: ref.nodeId });
    }
  }
  return { stages, sqlExecutions, nodes, jobs, conf: [...new Set(conf)] };
}

const TITLES = new Map(CODE_RULES.map((rule) => [rule.id as string, rule.title as string]));

/** A finding of the code as an entry of the report. */
export function entryOf(program: Program, finding: CodeFinding, worth: string): CodeEntry {
  const text = program.source(finding.file)?.text.split('\n')[finding.range.start.line - 1]?.trim() ?? '';
  return {
    id: finding.id,
    title: TITLES.get(finding.id) ?? finding.id,
    file: finding.file,
    line: finding.range.start.line,
    endLine: finding.range.end.line,
    text,
    message: finding.message,
    certainty: finding.certainty,
    runtimeRule: finding.runtimeRule,
    worth,
  };
}

/** Everything that the code alone shows, without a run. */
export const lintEntries = (program: Program): CodeEntry[] => lint(program).map((finding) => entryOf(program, finding, 'no run given'));

/** Do a finding of the code and a place of the program share a line? */
function meets(finding: CodeFinding, place: Pick<CodeLine, 'file' | 'line' | 'endLine'>): boolean {
  const ranges = [finding.range, ...finding.places.map((one) => one.range)];
  return finding.file === place.file && ranges.some((range) => range.start.line <= place.endLine && range.end.line >= place.line);
}

/** What a run says of a finding of the code. */
const WORTH = {
  small: 'costs too little time in this run to be worth doing',
  unseen: 'not seen costing time in this run',
  other: 'not a matter of time',
} as const;

/**
 * Findings of the code that are the same cause as a finding of the run become part of it; the others are listed with what the run says of them.
 * `located`: the places of the program behind each finding of the run.
 */
export function joinLint(
  map: CodeMap,
  findings: readonly Finding[],
  located: ReadonlyMap<string, readonly Located[]>,
): { readonly findings: readonly Finding[]; readonly code: readonly CodeEntry[] } {
  const parts = new Map<string, CodeEntry[]>();
  const rest: CodeEntry[] = [];
  const byRule = new Map(findings.map((finding) => [finding.rule, finding]));
  // What a cause explains costs time as part of it.
  const explainedBy = new Map(
    findings.flatMap((finding) =>
      finding.status === 'found' ? finding.explains.map((part): [string, string] => [part.rule, finding.rule]) : [],
    ),
  );
  for (const one of map.lint) {
    const { runtimeRule } = one;
    const same = runtimeRule === undefined ? undefined : byRule.get(runtimeRule);
    const places = [...(located.get(runtimeRule ?? '') ?? []), ...(same?.code ?? [])];
    const isSame = same !== undefined && same.places.length > 0 && (places.length === 0 || places.some((place) => meets(one, place)));
    const told = same?.status === 'found' ? runtimeRule : isSame ? explainedBy.get(runtimeRule ?? '') : undefined;
    if (isSame && runtimeRule !== undefined)
      parts.set(told ?? runtimeRule, [
        ...(parts.get(told ?? runtimeRule) ?? []),
        entryOf(map.program, one, told === undefined ? WORTH.small : 'costs time in this run'),
      ]);
    if (!isSame || told === undefined)
      rest.push(entryOf(map.program, one, isSame ? WORTH.small : runtimeRule === undefined ? WORTH.other : WORTH.unseen));
  }
  return {
    findings: findings.map((finding) => ({ ...finding, lint: parts.get(finding.rule) ?? [] })),
    code: rest,
  };
}
