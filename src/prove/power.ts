// What a proof can see: the effect that a number of pairs finds in 4 of 5 cases, and the pairs that an effect needs.
// Law: computed from the test itself, not from a table: a shift e is found when it exceeds minus the lower Walsh bound of the noise alone,
// so power is the distribution of that bound. Noise of runs is taken as log-normal; heavier noise needs more pairs.

import { quantileLinear } from '../base/index.ts';
import { generator, normals } from './random.ts';
import { criticalRank, deviationOf, MAX_PAIRS, walshAverages } from './statistics.ts';

/** The power for which effects and pairs are given: 4 of 5 proofs. */
export const POWER = 0.8;
/** From here on the normal formula is within 1 % of the simulated bound (power.test.ts). */
const FORMULA_FROM = 15;
/** Samples per size: the 80 % point of the bound is then known to 1 %. */
const SAMPLES = 4000;
/** The upper 80 % and 90 % points of a standard normal. */
const Z80 = 0.8416212;
const Z90 = 1.2815516;

/** What it takes, in standard deviations of the paired differences. */
interface Reach {
  /** Least shift that excludes "no difference" in 80 % of proofs. */
  readonly shift: number;
  /** The margin on both sides that holds the whole interval in 80 % of proofs when there is no shift. */
  readonly margin: number;
}

const reaches = new Map<string, Reach>();

/** Undefined where no number of standard deviations is enough: too few pairs for a claim at this level. */
export function reachOf(pairs: number, alpha: number): Reach | undefined {
  const k = criticalRank(Math.min(pairs, MAX_PAIRS), alpha);
  if (k === 0) return undefined;
  const key = `${pairs} ${pairs < FORMULA_FROM ? k : alpha}`;
  let reach = reaches.get(key);
  if (reach === undefined) {
    reach = pairs < FORMULA_FROM ? simulated(pairs, k) : byFormula(pairs, alpha);
    reaches.set(key, reach);
  }
  return reach;
}

function simulated(pairs: number, k: number): Reach {
  const normal = normals(generator(pairs));
  const lower = new Float64Array(SAMPLES);
  const wider = new Float64Array(SAMPLES);
  const sample = new Float64Array(pairs);
  for (let i = 0; i < SAMPLES; i++) {
    for (let j = 0; j < pairs; j++) sample[j] = normal();
    const averages = walshAverages(sample);
    lower[i] = -(averages[k - 1] as number);
    wider[i] = Math.max(lower[i] as number, averages[averages.length - k] as number);
  }
  return { shift: quantileLinear(lower.sort(), POWER) as number, margin: quantileLinear(wider.sort(), POWER) as number };
}

/** Normal theory with Guenther's correction for few values, at the signed-rank test's efficiency of 3/π against the t test. */
function byFormula(pairs: number, alpha: number): Reach {
  const z = normalQuantile(1 - alpha / 2);
  const root = Math.sqrt((3 / Math.PI) * pairs - z ** 2 / 2);
  return { shift: (z + Z80) / root, margin: (z + Z90) / root };
}

/** Least reduction (0.07: 7 %) that so many pairs find in 80 % of proofs, at a run's coefficient of variation. */
export function detectableReduction(pairs: number, runCv: number, alpha: number, minimumEffect: number = 0): number | undefined {
  const reach = reachOf(pairs, alpha);
  return reach === undefined ? undefined : 1 - (1 - minimumEffect) * Math.exp(-reach.shift * deviationOf(runCv));
}

/** What is known of an undecided proof. */
export interface Undecided {
  /** B ÷ A as estimated. */
  readonly ratio: number;
  readonly runCv: number;
  readonly minimumEffect: number;
  readonly equivalence: number;
}

/**
 * Least number of pairs that would decide it in 80 % of proofs if the estimate were the truth, and as what.
 * Undefined: more than MAX_PAIRS. Law: at alpha 0.05, one look.
 */
export function pairsToDecide(
  { ratio, runCv, minimumEffect, equivalence }: Undecided,
  from: number = 6,
): { readonly pairs: number; readonly as: 'difference' | 'equivalence' } | undefined {
  const deviation = deviationOf(runCv);
  const effect = Math.abs(Math.log(ratio)) + Math.log1p(-minimumEffect);
  // The estimate has used up a part of the margin.
  const room = Math.min(Math.log1p(equivalence) - Math.log(ratio), Math.log(ratio) - Math.log1p(-equivalence));
  for (let pairs = from; pairs <= MAX_PAIRS; pairs++) {
    const reach = reachOf(pairs, 0.05);
    if (reach === undefined) continue;
    if (reach.shift * deviation <= effect) return { pairs, as: 'difference' };
    if (reach.margin * deviation <= room) return { pairs, as: 'equivalence' };
  }
  return undefined;
}

/** Quantile of the standard normal for p > ½, by bisection of its tail (Abramowitz & Stegun 26.2.17, error under 1e-7). */
function normalQuantile(p: number): number {
  let [low, high] = [0, 10];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > 1 - p) low = middle;
    else high = middle;
  }
  return low;
}

function upperTail(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}
