// The plan of a proof: fixed and shown before the first measured run.
// Laws: the order of every pair is a fair coin of its own; a proof is looked at only where the plan says so; under 6 pairs no claim is possible.

import { FiresteelError, formatMillis, METRIC_NAMES, percentText, plural } from '../base/index.ts';
import { generator } from './random.ts';
import { criticalRank, MAX_PAIRS } from './statistics.ts';
import type { Arm, Look, Metric, Order, RunPlan } from './types.ts';

/** Fewer pairs cannot reach p < 0.05 in a two-sided signed-rank test, whatever they show: 2 ÷ 2^5 = 0.0625. */
export const MIN_PAIRS = 6;
export const DEFAULT_PAIRS = 8;
const ALPHA = 0.05;
/** Looks of --until-decided: together at most 4.0 % false claims (prediction.md §4.7, measured; laws.test.ts measures it again). */
const UNTIL_DECIDED: readonly Look[] = [
  { pairs: 8, alpha: 0.01 },
  { pairs: 12, alpha: 0.02 },
  { pairs: 18, alpha: 0.03 },
];

export interface PlanInput {
  /** Default 8; not together with untilDecided, whose looks are fixed. */
  readonly pairs?: number;
  readonly metric?: Metric;
  /** Default 1. */
  readonly warmup?: number;
  readonly untilDecided?: boolean;
  /** Default 0: any proven difference is one. A share: 0.02 is 2 %. */
  readonly minimumEffect?: number;
  /** Default 0.03 (prediction.md §4.7). */
  readonly equivalence?: number;
  /** Any whole number; the same seed draws the same orders. */
  readonly seed: number;
}

/**
 * The plan, with the order of every pair drawn.
 *
 * Each pair has a coin of its own; the orders are not evened out. A slow drift of the machine then gives each paired difference a random
 * sign, so under "no difference" every pattern of signs is equally likely, which is just what the signed-rank test counts: it is exact under
 * any drift. Drawing as many AB as BA would make the signs depend on each other, and the exact p would no longer be exact.
 */
export function makePlan(input: PlanInput): RunPlan {
  const { metric = 'wall', warmup = 1, untilDecided = false, minimumEffect = 0, equivalence = 0.03, seed } = input;
  const usage = (message: string, nextStep: string) => new FiresteelError('wrong-usage', message, nextStep);
  if (untilDecided && input.pairs !== undefined)
    throw usage('--pairs and --until-decided exclude each other.', 'Leave out one: --until-decided looks after 8, 12 and 18 pairs.');
  const pairs = input.pairs ?? DEFAULT_PAIRS;
  if (!Number.isInteger(pairs) || pairs < 1 || pairs > MAX_PAIRS)
    throw usage(
      `${pairs} is no number of pairs.`,
      `Give --pairs a whole number from 1 to ${MAX_PAIRS}; ${MIN_PAIRS} is the least for a claim.`,
    );
  if (!Number.isInteger(warmup) || warmup < 0) throw usage(`${warmup} is no number of warm-up runs.`, 'Give --warmup 0 or more.');
  if (!(minimumEffect >= 0 && minimumEffect < 1))
    throw usage(`${minimumEffect} is no share for the least effect.`, 'Give a share from 0 to below 1, such as 0.02 for 2 %.');
  if (!(equivalence > 0 && equivalence < 1))
    throw usage(`${equivalence} is no share for equivalence.`, 'Give a share between 0 and 1, such as 0.03 for 3 %.');
  const looks = untilDecided ? UNTIL_DECIDED : [{ pairs, alpha: ALPHA }];
  const last = (looks.at(-1) as Look).pairs;
  const uniform = generator(seed);
  const orders = Array.from({ length: last + sparesFor(last) }, (): Order => (uniform() < 0.5 ? 'AB' : 'BA'));
  return { metric, orders, seed, warmup, looks, minimumEffect, equivalence };
}

/** Pairs that may replace excluded ones; with more trouble than that the proof ends with what it has. */
const sparesFor = (pairs: number): number => Math.max(2, Math.ceil(pairs / 4));

/** True when one of the looks can end in a claim. */
export const claimPossible = (plan: RunPlan): boolean => plan.looks.some((look) => criticalRank(look.pairs, look.alpha) > 0);

/** How long a proof takes when every run takes as long as is known, ms: at the first look, and at the last (without spares). */
export function expectedMs(plan: RunPlan, known: Readonly<Record<Arm, number>>): { readonly least: number; readonly most: number } {
  const both = known.A + known.B;
  const until = (look: Look | undefined) => (plan.warmup + (look?.pairs ?? 0)) * both;
  return { least: until(plan.looks[0]), most: until(plan.looks.at(-1)) };
}

/** The plan in sentences, to be shown before it starts. `known`: how long a run of each side took lately, ms. */
export function planSentences(plan: RunPlan, known?: Readonly<Partial<Record<Arm, number>>>): string[] {
  const { looks, metric, warmup, minimumEffect, equivalence, orders, seed } = plan;
  const last = looks.at(-1) as Look;
  const numbers = (list: readonly (number | string)[]) =>
    list.length > 1 ? `${list.slice(0, -1).join(', ')} and ${list.at(-1)}` : `${list[0]}`;
  const out = [
    `${looks.length > 1 ? 'Up to ' : ''}${plural(last.pairs, 'pair')}, one run of A and one of B each, never two runs at once; ${METRIC_NAMES[metric]} decides.`,
    `Order, by coin (seed ${seed}): ${orders.slice(0, last.pairs).join(' ')}.`,
    warmup === 0 ? 'No warm-up run.' : `${plural(warmup, 'warm-up run')} of each side first, not counted.`,
    looks.length > 1
      ? `It ends as soon as it is decided after ${numbers(looks.map((look) => look.pairs))} pairs, at p under ${numbers(looks.map((look) => look.alpha))}.`
      : `It is decided after ${plural(last.pairs, 'pair')}, at p under ${last.alpha}.`,
    `Win: the whole interval of B ÷ A is below ${minimumEffect === 0 ? '1' : `1 − ${percentText(minimumEffect)}`} and the outputs are equal. Equivalent: it lies within ${percentText(equivalence)} of 1.`,
  ];
  if (!claimPossible(plan))
    out.push(`No claim is possible with ${plural(last.pairs, 'pair')}: ${MIN_PAIRS} are the least that can reach p under 0.05.`);
  if (known?.A !== undefined && known.B !== undefined) {
    const { least, most } = expectedMs(plan, { A: known.A, B: known.B });
    const runs = 2 * (last.pairs + warmup);
    out.push(
      `Expected: ${least === most ? `${plural(runs, 'run')}, about ${formatMillis(most)}` : `${formatMillis(least)} to ${formatMillis(most)}, at most ${plural(runs, 'run')}`}, with A at ${formatMillis(known.A)} and B at ${formatMillis(known.B)}.`,
    );
  } else out.push('Expected time: not known before each side has run once.');
  return out;
}
