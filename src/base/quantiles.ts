// Quantiles of runs (not of tasks: those follow Spark's own rule, statistics.ts) and what may be said of them with few runs.
// Laws: inputs are never changed; p50 and p95 are linear-interpolated (type 7 of Hyndman & Fan, as numpy, R and Excel do by default);
// no p95 under 20 runs, none with an interval under 59 (prediction.md §4.8); intervals are distribution-free and chosen by rank, never by the data.

import { sorted } from './statistics.ts';

/** Under this many runs every dot is shown and no p95 is named: the largest of 19 runs lies above p95 in only 62 % of cases. */
export const MIN_RUNS_FOR_P95 = 20;

/** An interval for a quantile and the exact confidence with which it holds it, whatever the distribution. */
export interface QuantileInterval {
  readonly low: number;
  readonly high: number;
  /** At least what was asked for. */
  readonly confidence: number;
}

/** What may be said of p95 with the runs there are. */
export type P95 =
  /** Fewer than 20 runs: no p95; `maxIsAbove` is the chance that the largest run lies above the true p95. */
  | { readonly kind: 'tooFew'; readonly needed: number; readonly maxIsAbove: number }
  /** 20 to 58 runs: an estimate that no 95 % interval stands behind. */
  | { readonly kind: 'unreliable'; readonly value: number }
  | ({ readonly kind: 'interval'; readonly value: number } & QuantileInterval);

/** Runs of one kind, by the low-n rule. Units are those of the values. */
export interface RunSummary {
  readonly n: number;
  readonly min: number;
  /** p50, linear-interpolated. */
  readonly median: number;
  readonly max: number;
  /** 95 % interval of the median; undefined under 6 runs. */
  readonly medianInterval: QuantileInterval | undefined;
  readonly p95: P95;
  /** Every value, ascending. */
  readonly values: readonly number[];
}

/** Linear-interpolated quantile of ascending values, type 7: position (n − 1)·q counted from 0. Undefined for none. */
export function quantileLinear(ascending: ArrayLike<number>, q: number): number | undefined {
  if (ascending.length === 0) return undefined;
  const at = Math.min(Math.max(q, 0), 1) * (ascending.length - 1);
  const below = Math.floor(at);
  const low = ascending[below] as number;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] as number;
  return below === at ? low : low + (at - below) * (high - low);
}

/** Linear-interpolated median of values in any order: of an even number the mean of the two in the middle. */
export const medianLinear = (values: ArrayLike<number>): number | undefined => quantileLinear(sorted(values), 0.5);

/**
 * Least number of values with which the two-sided distribution-free interval of a quantile exists at all:
 * smallest to largest value, 1 − q^n − (1 − q)^n ≥ confidence. At 95 %: p50 6, p90 29, p95 59, p99 299.
 */
export function minimumRunsFor(q: number, confidence: number = 0.95): number {
  let n = 1;
  while (1 - q ** n - (1 - q) ** n < confidence) n++;
  return n;
}

/**
 * Distribution-free interval of a quantile between two of the values: P(x₍l₎ ≤ ξ ≤ x₍u₎) = Σ l ≤ k < u of Binomial(n, q)
 * (David & Nagaraja, Order Statistics, §7.1). The fewest ranks apart that reach the confidence; of those the most certain,
 * then the one whose misses are the most even. Undefined when no two values reach it.
 */
export function quantileInterval(ascending: ArrayLike<number>, q: number, confidence: number = 0.95): QuantileInterval | undefined {
  const n = ascending.length;
  const below = binomialBelow(n, q);
  const covered = (l: number, u: number) => (below[u] as number) - (below[l] as number);
  if (n < 2 || covered(1, n) < confidence) return undefined;
  let best: readonly [l: number, u: number] = [1, n];
  for (let l = 1, u = 2; l < n; l++) {
    // The least upper rank never falls as the lower one rises.
    u = Math.max(u, l + 1);
    while (u <= n && covered(l, u) < confidence) u++;
    if (u > n) break;
    const shorter = best[1] - best[0] - (u - l);
    if (shorter > 0 || (shorter === 0 && covered(l, u) > covered(...best))) best = [l, u];
  }
  const [l, u] = best;
  return { low: ascending[l - 1] as number, high: ascending[u - 1] as number, confidence: covered(l, u) };
}

/** P(Binomial(n, q) < k) for k from 0 to n + 1. */
function binomialBelow(n: number, q: number): Float64Array {
  const out = new Float64Array(n + 2);
  let logChoose = 0;
  for (let k = 0; k <= n; k++) {
    out[k + 1] = (out[k] as number) + Math.exp(logChoose + k * Math.log(q) + (n - k) * Math.log1p(-q));
    logChoose += Math.log(n - k) - Math.log(k + 1);
  }
  return out;
}

/** What may be said of the runs of one model or one side of a proof. Undefined for none; a value that is no number is a bug. */
export function summarizeRuns(values: ArrayLike<number>): RunSummary | undefined {
  const ascending = sorted(values);
  const n = ascending.length;
  if (n === 0) return undefined;
  if (!ascending.every(Number.isFinite)) throw new RangeError('summarizeRuns was given a value that is not a finite number');
  const interval = quantileInterval(ascending, 0.95);
  const value = quantileLinear(ascending, 0.95) as number;
  return {
    n,
    min: ascending[0] as number,
    median: quantileLinear(ascending, 0.5) as number,
    max: ascending[n - 1] as number,
    medianInterval: quantileInterval(ascending, 0.5),
    p95:
      n < MIN_RUNS_FOR_P95
        ? { kind: 'tooFew', needed: MIN_RUNS_FOR_P95, maxIsAbove: 1 - 0.95 ** n }
        : interval === undefined
          ? { kind: 'unreliable', value }
          : { kind: 'interval', value, ...interval },
    values: Array.from(ascending),
  };
}
