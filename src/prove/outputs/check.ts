// From what Spark found to the check of a proof: what differs, in how many runs, and whose doing it is.
// Laws: B is blamed only for what A's own runs do not do among themselves; nothing compared, or nothing written, is never called equal.

import { plural, redacted } from '../../base/index.ts';
import type { Arm, OutputCheck, OutputComparison } from '../types.ts';
import type { CompareResult, OutputResult, Tolerance } from './exchange.ts';

/** What each label of the result stands for. */
export type ArmOf = (label: string) => Arm;

interface Found {
  readonly arm: Arm;
  readonly label: string;
  readonly output: OutputResult;
}

const differs = ({ output }: Found): boolean => !output.equal && output.notCompared === undefined;

/** The check of B (and of A's further runs) against A's first run, which is the result's reference. */
export function checkOf(result: CompareResult, armOf: ArmOf, tolerance: Tolerance): OutputCheck {
  const found = result.comparisons.flatMap(({ label, outputs }): Found[] =>
    outputs.map((output) => ({ arm: armOf(label), label, output })),
  );
  const differing = found.filter(differs);
  const repeats = { A: repeatsOf(result, armOf, differing, 'A'), B: repeatsOf(result, armOf, differing, 'B') };
  const rest = { tolerance: tolerance.double, repeats, notes: notesOf(result) };
  if (differing.length > 0) {
    const ofA = differing.filter(({ arm }) => arm === 'A');
    const ofB = differing.filter((one) => one.arm === 'B' && !isExplained(one.output, ofA));
    const [blame, ones] = ofB.length > 0 ? (['B', ofB] as const) : (['A', ofA] as const);
    const outputs = shown(found, ones, result.reference.label);
    return { status: 'different', sentence: differenceSentence(blame, ones, repeats), outputs, blame, ...rest };
  }
  const outputs = shown(found, [], result.reference.label);
  const missing = whyNotCompared(result, found);
  if (missing !== undefined) return { status: 'notCompared', sentence: missing, outputs, ...rest };
  return { status: 'equal', sentence: equalSentence(result, outputs, tolerance), outputs, ...rest };
}

const notesOf = (result: CompareResult): string[] =>
  [result.reference, ...result.comparisons].flatMap(({ label, notes }) => notes.map((note) => redacted(`${label}: ${note}`)));

function repeatsOf(result: CompareResult, armOf: ArmOf, differing: readonly Found[], arm: Arm) {
  const compared = result.comparisons.filter(({ label }) => armOf(label) === arm).length;
  return { compared, differing: new Set(differing.filter((one) => one.arm === arm).map(({ label }) => label)).size };
}

/** The columns in which rows differ, when nothing else does; undefined: more differs than values in known columns. */
function changedColumns({ schema, onlyInA, onlyInB, pairedBy, columns }: OutputResult): ReadonlySet<string> | undefined {
  const wholeRows = schema.length === 0 && onlyInA === onlyInB && (pairedBy?.length ?? 0) > 0;
  return wholeRows && columns.length > 0 ? new Set(columns.map(({ column }) => column)) : undefined;
}

/** Whether A's own runs differ in all in which this output of B differs. */
function isExplained(output: OutputResult, ofA: readonly Found[]): boolean {
  const same = ofA.filter((one) => one.output.name === output.name);
  if (same.length === 0) return false;
  const columns = same.map((one) => changedColumns(one.output));
  // A's runs differ in whole rows: B can not be told from them. A schema of its own can.
  if (columns.some((set) => set === undefined)) return output.schema.length === 0;
  const changed = changedColumns(output);
  return changed !== undefined && [...changed].every((name) => columns.some((set) => set?.has(name)));
}

/** One comparison per output: one of `first` where there is one, else one that was not compared, else any of B. */
function shown(found: readonly Found[], first: readonly Found[], reference: string): OutputComparison[] {
  const names = [...new Set(found.map(({ output }) => output.name))].sort();
  return names.map((name) => {
    const own = (list: readonly Found[]) => list.filter(({ output }) => output.name === name);
    const all = own(found).sort((x, y) => Number(y.arm === 'B') - Number(x.arm === 'B'));
    const chosen =
      own(first)[0] ??
      all.find(({ output }) => output.notCompared !== undefined) ??
      all.find(({ output }) => output.withinTolerance.length > 0) ??
      (all[0] as Found);
    return comparisonOf(chosen, reference);
  });
}

function comparisonOf({ output, label }: Found, reference: string): OutputComparison {
  const { a, b, paired, notCompared, ...rest } = output;
  const side = (one: OutputResult['a']) => ({
    location: one === undefined ? 'not written' : redacted(one.location),
    rows: one?.rows,
    columns: one?.columns,
  });
  return {
    ...rest,
    a: side(a),
    b: side(b),
    runs: [reference, label],
    schema: rest.schema.map(redacted),
    pairedExamples: paired,
    ...(notCompared === undefined ? {} : { notCompared: redacted(notCompared) }),
  };
}

function differenceSentence(blame: Arm, ones: readonly Found[], repeats: NonNullable<OutputCheck['repeats']>): string {
  const names = [...new Set(ones.map(({ output }) => output.name))];
  const runs = new Set(ones.map(({ label }) => label)).size;
  const { compared } = repeats[blame];
  const what = names.length === 1 ? `${names[0]} differs` : `${plural(names.length, 'output')} differ (${listed(names)})`;
  if (blame === 'A') return `A does not give the same output twice: ${what} between its first run and ${runs} of ${compared} others.`;
  const which = compared === 1 ? '' : runs === compared ? `, in all ${compared} runs of B` : `, in ${runs} of ${compared} runs of B`;
  const own = repeats.A.differing > 0 ? '; A differs among its own runs too, but not in this' : '';
  return `${what} from A's${which}${own}.`;
}

const listed = (names: readonly string[]): string =>
  names.slice(0, 4).join(', ') + (names.length > 4 ? `, and ${names.length - 4} more` : '');

function whyNotCompared(result: CompareResult, found: readonly Found[]): string | undefined {
  const left = found.filter(({ output }) => output.notCompared !== undefined);
  const first = left[0]?.output;
  if (first !== undefined) {
    const names = [...new Set(left.map(({ output }) => output.name))];
    const why = redacted(first.notCompared ?? '').replace(/\.$/, '');
    return names.length === 1 ? `${first.name} ${why}.` : `${plural(names.length, 'output')} could not be compared; ${first.name} ${why}.`;
  }
  if (found.length === 0) {
    const notes = [...result.reference.notes, ...result.comparisons.flatMap(({ notes }) => notes)];
    return `Neither side wrote anything that was found${notes[0] === undefined ? '' : ` (${notes[0]})`}.`;
  }
  // Two empty outputs are equal, and show nothing: a job that does nothing at all would win.
  if (found.every(({ output }) => !output.a?.rows && !output.b?.rows)) return 'No run wrote a row, so equal outputs say nothing.';
  return undefined;
}

function equalSentence(result: CompareResult, outputs: readonly OutputComparison[], tolerance: Tolerance): string {
  const runs = result.comparisons.length + 1;
  const rows = outputs.reduce((sum, { a }) => sum + (a.rows ?? 0), 0);
  const close = outputs.some(({ withinTolerance }) => withinTolerance.length > 0)
    ? `, doubles to ${tolerance.double} and floats to ${tolerance.float} of their value`
    : ' to the last bit';
  return `${plural(outputs.length, 'output')} (${plural(rows, 'row')}) of ${plural(runs, 'run')} compared by Spark: equal${close}.`;
}
