// When a proof says no whatever the speed: outputs that differ, runs that failed, trouble that follows a version, values that are missing.
// Laws: a failed run is never left out as if it had not been, unless its log shows infrastructure trouble; what was not measured is no claim.

import { METRIC_NAMES, plural } from '../base/index.ts';
import { countedPairs, estimateOf, measuredValue } from './pairs.ts';
import type { Arm, Look, MeasuredRun, OutputCheck, PairedRun, RunPlan, Verdict, VerdictKind } from './types.ts';
import { effectText } from './words.ts';

export interface JudgeOptions {
  /** A against itself: no win or loss can be true, only `equivalent` or `notProven`. */
  readonly aa?: boolean;
  /** The user accepts a claim about speed without compared outputs; the sentence says so. */
  readonly allowUnchecked?: boolean;
  /** Discarded runs: their times count nothing, their failures do. */
  readonly warmups?: readonly MeasuredRun[];
}

export const lastLook = (plan: RunPlan): Look => plan.looks.at(-1) as Look;

export const said = (
  kind: VerdictKind,
  sentence: string,
  rest: Partial<Pick<Verdict, 'notes' | 'next' | 'estimate' | 'alpha'>> = {},
): Verdict => ({ kind, sentence, notes: [], next: [], estimate: undefined, alpha: undefined, ...rest });

/** The first reason to say no, or undefined: then the numbers decide. */
export function refusal(plan: RunPlan, pairs: readonly PairedRun[], outputs: OutputCheck, options: JudgeOptions): Verdict | undefined {
  const counted = countedPairs(pairs);
  return (
    differentOutputs(plan, counted, outputs, options) ??
    failures(plan, counted, options) ??
    troubleFollowsB(plan, pairs) ??
    notMeasured(plan, counted)
  );
}

/** The speed is on record all the same; nothing is claimed from it. */
const estimateFor = (plan: RunPlan, counted: readonly PairedRun[]) => estimateOf(counted, plan.metric, lastLook(plan).alpha);

function differentOutputs(plan: RunPlan, counted: readonly PairedRun[], outputs: OutputCheck, { aa }: JudgeOptions): Verdict | undefined {
  if (outputs.status !== 'different') return undefined;
  const what = differenceText(outputs);
  if (aa || outputs.blame === 'A') {
    const which = aa ? 'The job does' : 'A does';
    const why = aa ? 'no version of it can be compared' : 'nothing can be said of B';
    return said('invalid', `${which} not give the same output twice, so ${why} (${what}).`, {
      next: [
        'Make the job repeatable: a seed for random values, a full order under first() and row_number(), no current time in the data.',
      ],
    });
  }
  const estimate = estimateFor(plan, counted);
  return said('unsafe', `B must not replace A: its output differs (${what}).`, {
    estimate,
    notes:
      estimate === undefined
        ? []
        : [`For the record, without weight: ${effectText(plan.metric, estimate.ratio)} in ${plural(estimate.n, 'pair')}.`],
    next: [
      'Look at the rows that differ, make the output of B equal, and prove again. A job that means to give another output is another job.',
    ],
  });
}

/** The first difference in a few words. */
function differenceText({ outputs, sentence }: OutputCheck): string {
  const whole = sentence.replace(/\.$/, '');
  const first = outputs.find((output) => !output.equal);
  if (first === undefined) return whole;
  const { a, b, columns, schema, onlyInA, onlyInB } = first;
  const names = columns.map((column) => column.column);
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  const parts = [
    ...schema.slice(0, 1),
    ...(a.rows !== undefined && b.rows !== undefined && a.rows !== b.rows
      ? [`${plural(a.rows, 'row')} in A, ${plural(b.rows, 'row')} in B`]
      : []),
    ...(names.length === 0 ? [] : [`${names.length === 1 ? 'column' : 'columns'} ${names.slice(0, 3).join(', ')}${more}`]),
    ...((onlyInA ?? 0) + (onlyInB ?? 0) === 0
      ? []
      : [`${plural(onlyInA ?? 0, 'row')} only in A, ${plural(onlyInB ?? 0, 'row')} only in B`]),
  ];
  return `${first.name}: ${parts.length === 0 ? whole : parts.join('; ')}`;
}

/**
 * A failed run has no time, and leaving its pair out would hide that it failed: only infrastructure trouble may do that.
 * B failed more often than A: it cannot replace A, whatever its speed (`unsafe`). Else A failed: there is nothing to compare with (`invalid`).
 */
function failures(plan: RunPlan, counted: readonly PairedRun[], { warmups = [] }: JudgeOptions): Verdict | undefined {
  const runs = [...warmups.filter((run) => run.infrastructure.length === 0), ...counted.flatMap(({ a, b }) => [a, b])];
  const of = (arm: Arm) => runs.filter((run) => run.arm === arm);
  const failed = (arm: Arm) => of(arm).filter((run) => !run.succeeded);
  const [a, b] = [failed('A'), failed('B')];
  if (a.length + b.length === 0) return undefined;
  const [arm, list] = b.length > a.length ? (['B', b] as const) : (['A', a] as const);
  const first = list[0] as MeasuredRun;
  const share = `${arm} failed in ${list.length} of ${plural(of(arm).length, 'run')}`;
  const why = first.reason === undefined ? '' : `: ${first.reason.replace(/\.$/, '')}`;
  const record = `Its record: firesteel runs ${first.runId}.`;
  if (arm === 'B') {
    return said('unsafe', `B must not replace A: ${share}, A in ${a.length === 0 ? 'none' : a.length}${why}.`, {
      estimate: estimateFor(plan, counted),
      next: [`Find out why B failed, and prove again. ${record}`],
    });
  }
  return said('invalid', `There is nothing to compare with: ${share}${b.length === 0 ? '' : `, B in ${b.length}`}${why}.`, {
    notes: b.length === 0 && of('B').length > 0 ? [`B failed in none of ${plural(of('B').length, 'run')}.`] : [],
    next: [`Make A run to its end, and prove again. ${record}`],
  });
}

/** How unlikely it must be that trouble hits one side so much more often by chance: three times of three is 1 in 8. */
const FOLLOWS = 1 / 8;

/** Infrastructure does not know which version runs. When its trouble comes with B, leaving those pairs out would hide what B does. */
function troubleFollowsB(plan: RunPlan, pairs: readonly PairedRun[]): Verdict | undefined {
  const hit = (arm: Arm) => pairs.filter(({ a, b }) => (arm === 'A' ? a : b).infrastructure.length > 0).length;
  const [a, b] = [hit('A'), hit('B')];
  if (b <= a || coinTail(b, a + b) > FOLLOWS) return undefined;
  const runs = plural(pairs.length, 'run');
  return said(
    'invalid',
    `Trouble of the infrastructure was seen in ${b} of ${runs} of B and in ${a === 0 ? 'none' : a} of A: it follows the version, so those pairs cannot be left out.`,
    {
      estimate: estimateFor(plan, countedPairs(pairs)),
      next: ['Look at what was lost with B (firesteel audit on its log): memory, disk, or heartbeats that garbage collection held up.'],
    },
  );
}

/** P(at least k heads in n tosses). */
function coinTail(k: number, n: number): number {
  let term = 0.5 ** n;
  let sum = 0;
  for (let i = 0; i <= n; i++) {
    if (i >= k) sum += term;
    term *= (n - i) / (i + 1);
  }
  return sum;
}

function notMeasured(plan: RunPlan, counted: readonly PairedRun[]): Verdict | undefined {
  const without = counted.flatMap(({ a, b }) => [a, b]).filter((run) => measuredValue(run, plan.metric) === undefined);
  if (without.length === 0) return undefined;
  const why = {
    wall: 'their time was not recorded',
    core: 'their logs do not say how long tasks ran',
    cost: 'no price is known for what they used',
  };
  const wall = 'prove by --metric wall';
  return said(
    'invalid',
    `${without.length} of ${plural(2 * counted.length, 'run')} have no ${METRIC_NAMES[plan.metric]}: ${why[plan.metric]}.`,
    {
      next: [
        plan.metric === 'cost' ? `Name a price sheet in firesteel.json, or ${wall}.` : `See their records with firesteel runs, or ${wall}.`,
      ],
    },
  );
}

/** Pairs left out: how many and why, and when that flatters A. */
export function exclusions(pairs: readonly PairedRun[]): string[] {
  const out = pairs.filter((pair) => pair.excluded !== undefined);
  if (out.length === 0) return [];
  const named = out.slice(0, 4).map((pair) => `pair ${pair.pair}, ${pair.excluded}`);
  const onlyA = out.length >= 3 && out.every(({ b }) => b.infrastructure.length === 0);
  return [
    `${plural(out.length, 'pair')} of ${pairs.length} left out for trouble of the infrastructure: ${named.join('; ')}${out.length > 4 ? '; and more' : ''}.`,
    ...(onlyA ? ['All of it came with A: leaving those pairs out makes A look better than it is.'] : []),
  ];
}
