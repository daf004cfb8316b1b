// Whether runs took longer or shorter over time. A description for people, not an alarm: what the data did is not taken out.
// Laws: pure; nothing is said under 10 runs (prediction.md §5.8); the same series gives the same answer whatever its unit.

import type { Trend } from './history-types.ts';

/** Runs needed before anything is said (prediction.md §5.8). */
const MIN_TREND_RUNS = 10;
/** The newest so many are looked at: two months of a daily job. */
export const MAX_TREND_RUNS = 60;
/** Two-sided significance, and the least change that is worth a word (prediction.md §5.3: 5 %). */
const MAX_P = 0.01;
const MIN_CHANGE = 0.05;

/** Mann–Kendall test with the line of Theil–Sen over log durations; `series` in order of time. */
export function trendOf(series: readonly number[]): Trend | undefined {
  const logs = series
    .slice(-MAX_TREND_RUNS)
    .filter((value) => value > 0)
    .map(Math.log);
  const n = logs.length;
  if (n < MIN_TREND_RUNS) return undefined;
  const slopes: number[] = [];
  let s = 0;
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const rise = (logs[j] as number) - (logs[i] as number);
      slopes.push(rise / (j - i));
      s += Math.sign(rise);
    }
  slopes.sort((a, b) => a - b);
  const middle = slopes.length / 2;
  const slope = ((slopes[Math.floor(middle)] as number) + (slopes[Math.ceil(middle) - 1] as number)) / 2;
  const counts = new Map<number, number>();
  for (const value of logs) counts.set(value, (counts.get(value) ?? 0) + 1);
  const tied = [...counts.values()].reduce((sum, t) => sum + t * (t - 1) * (2 * t + 5), 0);
  const variance = (n * (n - 1) * (2 * n + 5) - tied) / 18;
  // Normal approximation with continuity correction, good from 10 values on.
  const z = s === 0 || variance <= 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
  const p = twoSided(z);
  const ratio = Math.exp(slope * (n - 1));
  const clear = p < MAX_P && Math.abs(ratio - 1) >= MIN_CHANGE;
  return { kind: !clear ? 'flat' : ratio > 1 ? 'slower' : 'faster', ratio, p, n };
}

/** P(|Z| ≥ |z|), Z standard normal (Abramowitz & Stegun 7.1.26, error below 2e-7). */
function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.min(1, poly * Math.exp(-x * x));
}
