// For tests: holds a rule against a table of built logs and against the laws that every rule keeps.
// Law: a case passes only when the rule says what the table says, twice, without changing what it reads, and survives its own log damaged.
//
//   ruleTester(rule, {
//     found: [{ name: 'a hot key', run: log().sql(…), expect: { heldMs: [15_000, 20_000], evidence: [{ kind: 'stage', stageId: 2 }], cause: /SortMergeJoin/ } }],
//     clear: [{ name: 'even keys', run: … }],
//     notApplicable: [{ name: 'no join', run: … }],
//     noData: [{ name: 'no task ends', run: log().text().replace(…), expect: { says: /task/ } }],
//   });

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { SparkRun } from '../../eventlog/index.ts';
import { readText } from '../../eventlog/testing/samples.ts';
import { FACTS, type FactMap, type FactName, FactStore } from '../../facts/index.ts';
import type { EvidenceRef, Place, Rule, RuleResult } from '../define.ts';
import { type Log, log } from './log.ts';

export interface RuleCase<T extends string = string> {
  readonly name: string;
  readonly run: Log | string;
  readonly thresholds?: Partial<Readonly<Record<T, number>>>;
  /** Matches the note, the reason, or one of the missing things. */
  readonly expect?: { readonly says?: RegExp };
}

export interface FoundCase<T extends string = string> extends Omit<RuleCase<T>, 'expect'> {
  readonly expect: {
    readonly places?: number;
    /** Least and most of the sum over the places. */
    readonly heldMs?: readonly [number, number];
    /** Each must be part of some evidence of some place. */
    readonly evidence?: readonly Readonly<Record<string, unknown>>[];
    /** Match one of the places. */
    readonly cause?: RegExp;
    readonly remedies?: RegExp;
  };
}

export interface RuleCases<T extends string = string> {
  readonly found: readonly FoundCase<T>[];
  readonly clear: readonly RuleCase<T>[];
  readonly notApplicable?: readonly RuleCase<T>[];
  readonly noData?: readonly RuleCase<T>[];
}

type Status = keyof RuleCases;
type AnyCase = RuleCase | FoundCase;

/** Generates the tests of a rule. */
export function ruleTester<N extends FactName, T extends string>(rule: Rule<N, T>, cases: RuleCases<T>): void {
  const any = rule as unknown as Rule;
  describe(rule.meta.id, () => {
    test('its table and its laws', () => expect(tableProblems(any, cases as RuleCases)).toEqual([]));
    for (const [status, one] of listed(cases as RuleCases)) {
      test(`${status}: ${one.name}`, () => expect(caseProblems(any, status, one)).toEqual([]));
    }
  });
}

const listed = (cases: RuleCases): [Status, AnyCase][] =>
  (['found', 'clear', 'notApplicable', 'noData'] as const).flatMap((status) =>
    (cases[status] ?? []).map((one): [Status, AnyCase] => [status, one]),
  );
const textOf = (one: AnyCase) => (typeof one.run === 'string' ? one.run : one.run.text());

/** What is wrong with the table as a whole, and with the rule without any case. */
export function tableProblems(rule: Rule, cases: RuleCases): string[] {
  const problems: string[] = [];
  const all = listed(cases).map(([, one]) => one);
  const names = new Set<string>();
  const texts = new Map<string, string>();
  for (const one of all) {
    if (names.has(one.name)) problems.push(`the case '${one.name}' is there twice`);
    names.add(one.name);
    const text = textOf(one) + JSON.stringify(one.thresholds ?? {});
    if (texts.has(text)) problems.push(`'${one.name}' has the same evidence as '${texts.get(text)}'`);
    texts.set(text, one.name);
  }
  if (cases.found.length === 0) problems.push('no found case');
  if (cases.clear.length === 0) problems.push('no clear case');
  if ((cases.noData?.length ?? 0) + (cases.notApplicable?.length ?? 0) === 0) problems.push('neither a noData nor a notApplicable case');
  for (const [name, threshold] of Object.entries(rule.meta.thresholds)) {
    if (!threshold.origin?.trim()) problems.push(`the threshold ${name} has no origin`);
    if (!Number.isFinite(threshold.value)) problems.push(`the threshold ${name} has no value`);
  }
  const empty = attempt(rule, readText(''));
  const mayNotApply = rule.meta.needs.length === 0 && empty.status === 'notApplicable';
  if (empty.status !== 'noData' && !mayNotApply) problems.push(`an empty run gives ${describeResult(empty)}, not noData`);
  const idle = attempt(rule, log().run());
  if (idle.status === 'found' || idle.status === 'threw') problems.push(`a run without any job gives ${describeResult(idle)}`);
  return problems;
}

/** What is wrong with one case. */
export function caseProblems(rule: Rule, status: Status, one: AnyCase): string[] {
  const text = textOf(one);
  const run = readText(text);
  const facts = factsOf(rule, run);
  const before = lines({ run, facts });
  const result = attempt(rule, run, facts, one.thresholds);
  const after = lines({ run, facts });
  const problems: string[] = [];
  const changed = after.find((line, i) => line !== before[i]) ?? (after.length === before.length ? undefined : 'something was taken away');
  if (changed !== undefined) problems.push(`diagnose changed its facts: ${changed.slice(0, 200)}`);
  if (result.status === 'threw') return [...problems, describeResult(result)];
  if (!isDeepStrictEqual(attempt(rule, run, facts, one.thresholds), result)) problems.push('a second pass over the same facts differs');
  if (!isDeepStrictEqual(attempt(rule, readText(text), undefined, one.thresholds), result))
    problems.push('a pass over the same log read again differs');
  if (result.status !== status) problems.push(`says ${describeResult(result)}, expected ${status}`);
  else if (result.status === 'found') problems.push(...foundProblems(result.places, (one as FoundCase).expect));
  else {
    const said = result.status === 'clear' ? [result.note ?? ''] : result.status === 'notApplicable' ? [result.why] : result.missing;
    const says = (one as RuleCase).expect?.says;
    if (said.length === 0) problems.push(`${status} without a word why`);
    if (says !== undefined && !said.some((words) => says.test(words))) problems.push(`says "${said.join('; ')}", expected ${says}`);
  }
  problems.push(...shapeProblems(result, run));
  return [...problems, ...damageProblems(rule, text, one.thresholds)];
}

function foundProblems(places: readonly Place[], wanted: FoundCase['expect']): string[] {
  const problems: string[] = [];
  if (wanted.places !== undefined && places.length !== wanted.places) problems.push(`${places.length} places, expected ${wanted.places}`);
  const held = places.reduce((sum, place) => sum + place.heldMs, 0);
  if (wanted.heldMs !== undefined && !(held >= wanted.heldMs[0] && held <= wanted.heldMs[1]))
    problems.push(`held ${held} ms, expected ${wanted.heldMs.join('–')}`);
  const refs = places.flatMap((place) => place.evidence);
  for (const part of wanted.evidence ?? []) {
    const fits = (ref: EvidenceRef) =>
      Object.entries(part).every(([key, value]) => isDeepStrictEqual((ref as unknown as Record<string, unknown>)[key], value));
    if (!refs.some(fits)) problems.push(`no evidence fits ${JSON.stringify(part)} in ${JSON.stringify(refs)}`);
  }
  const { cause, remedies } = wanted;
  if (cause !== undefined && !places.some((place) => cause.test(place.cause)))
    problems.push(`no cause fits ${cause}: ${places.map((place) => place.cause).join(' / ')}`);
  if (remedies !== undefined && !places.some((place) => place.remedies.some((remedy) => remedies.test(remedy))))
    problems.push(`no remedy fits ${remedies}: ${places.flatMap((place) => place.remedies).join(' / ')}`);
  return problems;
}

const UNITS = ['ms', 'bytes', 'count', 'share', 'ratio', 'core-ms', 'rows/s', 'bytes/s', 'text'];
/** What a value that was not there looks like in a sentence. */
const HOLE = /\b(NaN|undefined|Infinity)\b|\[object /;

/** What every result must be, whatever the log. */
function shapeProblems(result: RuleResult, run: SparkRun): string[] {
  if (result.status !== 'found') return [];
  const problems: string[] = [];
  const wall = new FactStore(run).get(FACTS.clock).wallMs;
  if (result.places.length === 0) problems.push('found without a place');
  for (const [i, place] of result.places.entries()) {
    const add = (what: string) => problems.push(`place ${i}: ${what}`);
    if (place.evidence.length === 0) add('no evidence');
    for (const ref of place.evidence) if (!exists(ref, run)) add(`evidence that is not in the log: ${JSON.stringify(ref)}`);
    if (place.numbers.length === 0) add('no numbers');
    for (const { name, value, unit } of place.numbers) {
      if (!name.trim() || !UNITS.includes(unit)) add(`a number without name or unit: ${JSON.stringify({ name, value, unit })}`);
      if ((typeof value === 'number') === (unit === 'text')) add(`${name} is ${JSON.stringify(value)} with the unit ${unit}`);
      if (typeof value === 'number' ? !Number.isFinite(value) : HOLE.test(value)) add(`${name} is ${value}`);
    }
    if (!place.cause.trim() || HOLE.test(place.cause)) add(`no cause a reader can use: "${place.cause}"`);
    if (place.remedies.length === 0) add('no remedy');
    for (const remedy of place.remedies) if (!remedy.trim() || HOLE.test(remedy)) add(`no remedy a reader can use: "${remedy}"`);
    if (!(place.heldMs >= 0)) add(`heldMs is ${place.heldMs}`);
    if (wall !== undefined && place.heldMs > wall + 1) add(`heldMs ${place.heldMs} is more than the run's ${wall} ms`);
    if (place.wastedCoreMs !== undefined && !(place.wastedCoreMs >= 0 && Number.isFinite(place.wastedCoreMs)))
      add(`wastedCoreMs is ${place.wastedCoreMs}`);
  }
  return problems;
}

/** Evidence must point at something that is there; names of places outside the log are taken as given. */
function exists(ref: EvidenceRef, run: SparkRun): boolean {
  switch (ref.kind) {
    case 'stage':
      return run.stages.some((stage) => stage.id === ref.stageId && stage.attempt === ref.attempt);
    case 'sql': {
      const plan = run.sql.find((execution) => execution.id === ref.executionId);
      if (plan === undefined) return false;
      return (
        ref.nodeId === undefined ||
        (plan.plan?.names[ref.nodeId] !== undefined && (ref.node === undefined || ref.node.trim() === plan.plan.names[ref.nodeId]?.trim()))
      );
    }
    case 'job':
      return run.jobs.some((job) => job.id === ref.jobId);
    case 'executor':
      return run.executors.some((executor) => executor.id === ref.id);
    default:
      return true;
  }
}

type Outcome = RuleResult | { readonly status: 'threw'; readonly error: unknown };

function factsOf(rule: Rule, run: SparkRun): FactMap {
  const store = new FactStore(run);
  return Object.fromEntries(rule.meta.needs.map((name) => [name, store.get(FACTS[name] as never)])) as unknown as FactMap;
}

function attempt(rule: Rule, run: SparkRun, facts?: FactMap, overrides: RuleCase['thresholds'] = {}): Outcome {
  const thresholds = Object.fromEntries(
    Object.entries(rule.meta.thresholds).map(([name, threshold]) => [name, overrides[name] ?? threshold.value]),
  );
  try {
    return rule.diagnose(facts ?? factsOf(rule, run), thresholds);
  } catch (error) {
    return { status: 'threw', error };
  }
}

function describeResult(result: Outcome): string {
  switch (result.status) {
    case 'threw':
      return `an exception: ${result.error instanceof Error ? (result.error.stack ?? result.error.message).split('\n').slice(0, 3).join(' | ') : String(result.error)}`;
    case 'found':
      return `found (${result.places.map((place) => place.cause).join(' / ')})`;
    case 'clear':
      return `clear (${result.note ?? 'no note'})`;
    case 'notApplicable':
      return `notApplicable (${result.why})`;
    case 'noData':
      return `noData (${result.missing.join(', ')})`;
  }
}

/** How many ends and beginnings of a log are tried. */
const CUTS = 16;

/** The log as it may reach us: cut, without its beginning, without one kind of event, without metrics, with times of zero. */
export function* damaged(text: string): Generator<readonly [what: string, text: string]> {
  const all = text.split('\n').filter((line) => line !== '');
  const step = Math.max(1, Math.ceil(all.length / CUTS));
  for (let n = step; n < all.length; n += step) {
    yield [`the first ${n} lines`, `${all.slice(0, n).join('\n')}\n`];
    yield [`without the first ${n} lines`, `${all.slice(n).join('\n')}\n`];
  }
  yield ['cut inside its last line', text.slice(0, -20)];
  const kindOf = (line: string) => /^\{"Event":"(?:[\w.]+[.$])?(\w+)"/.exec(line)?.[1] ?? '';
  for (const kind of new Set(all.map(kindOf))) yield [`without any ${kind}`, `${all.filter((line) => kindOf(line) !== kind).join('\n')}\n`];
  yield ['without metrics of plan nodes', text.replace(/,"metrics":\[[^\]]*\]/g, '')];
  yield ['without accumulables', text.replace(/"Accumulables":\[[^\]]*\]/g, '"Accumulables":[]')];
  yield ['without task metrics', text.replace(/,"Task Metrics":\{.*\}\}$/gm, '}')];
  yield ['with tasks of no length', text.replace(/("Launch Time":)(\d+)(.*"Finish Time":)[1-9]\d*/g, '$1$2$3$2')];
  yield [
    'with no rows and no bytes',
    text.replace(/("[\w ]*(?:Bytes Read|Records Read|Bytes Written|Records Written|Shuffle Bytes Written)":)\d+/g, '$10'),
  ];
}

function damageProblems(rule: Rule, text: string, thresholds: RuleCase['thresholds']): string[] {
  for (const [what, other] of damaged(text)) {
    const run = readText(other);
    const result = attempt(rule, run, undefined, thresholds);
    if (result.status === 'threw') return [`the log ${what}: ${describeResult(result)}`];
    const [problem] = shapeProblems(result, run);
    if (problem !== undefined) return [`the log ${what}: ${problem}`];
  }
  return [];
}

/** Everything reachable from a value, one line per leaf, so that a change anywhere shows with its path. */
function lines(root: unknown): string[] {
  const out: string[] = [];
  const seen = new Map<object, number>();
  const stack: [path: string, value: unknown][] = [['', root]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [path, value] = top;
    if (typeof value !== 'object' || value === null) {
      if (typeof value !== 'function') out.push(`${path} = ${String(value)}`);
      continue;
    }
    if (seen.has(value)) {
      out.push(`${path} = @${seen.get(value)}`);
      continue;
    }
    seen.set(value, seen.size);
    if (ArrayBuffer.isView(value)) out.push(`${path} = ${(value as Float64Array).join(',')}`);
    else if (value instanceof Map || value instanceof Set) {
      out.push(`${path}.size = ${value.size}`);
      for (const [i, entry] of [...value].entries()) stack.push([`${path}[${i}]`, entry]);
    } else {
      const entries = Object.entries(value);
      out.push(`${path} {${entries.map(([key]) => key).join(',')}}`);
      for (const [key, inner] of entries) stack.push([`${path}.${key}`, inner]);
    }
  }
  return out;
}
