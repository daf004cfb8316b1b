// Calibration: forecasts held against what was measured later, and how much wider bands must be until they hold what they promise.
// Laws: a factor is never under 1; the fewer measured values lay inside, the larger it is; a short record says little and widens little.

import { quantile, sorted } from '../base/index.ts';
import type { Basis, Family } from './forecast.ts';

/** A forecast and what was measured, as shares of the time before: 0.6 is 40 % less. */
export interface Claim {
  /** Whose forecast: a rule's id, `joint`, or `given` when a person gave it. */
  readonly kind: string;
  readonly family: Family | undefined;
  readonly basis: Basis | undefined;
  readonly predicted: { readonly low: number; readonly likely: number; readonly high: number };
  readonly measured: number;
  /** The proof was a win: faster beyond doubt, with equal outputs. */
  readonly proven: boolean;
}

/** The record of some claims. */
export interface Track {
  readonly claims: number;
  /** |likely − measured|, share of the time before. */
  readonly medianError: number;
  readonly p90Error: number;
  /** Middle of likely − measured: above 0, runs came out faster than forecast. */
  readonly bias: number;
  /** Share of measured values inside the 90 % band. */
  readonly coverage: number;
  /** Of the claims of a saving, the share that saved, and the share that a proof confirmed. Undefined when none claimed a saving. */
  readonly saved: number | undefined;
  readonly proven: number | undefined;
  /** By this bands are widened: at least 1. */
  readonly factor: number;
}

/** What a forecast needs to know of the past; plain data. */
export interface Calibration {
  readonly overall: Track | undefined;
  readonly families: Readonly<Partial<Record<Family, Track>>>;
}

/** Band promised, and the coverage under which it widens (prediction.md, interval honesty: 85–95 %). */
const PROMISED = 0.9;
const LEAST = 0.85;
/** The promise counts as so many claims kept at that rate: two misses in three claims are no proof of anything. */
const PRIOR = 10;
const MOST = 4;
/** From so many claims on a family speaks for itself. */
const OWN = 10;

/** Φ⁻¹ between 0.5 and 1, by bisection. */
function normalQuantile(p: number): number {
  let low = 0;
  let high = 6;
  for (let i = 0; i < 40; i++) {
    const x = (low + high) / 2;
    if (normal(x) < p) low = x;
    else high = x;
  }
  return (low + high) / 2;
}

/** Φ (Abramowitz and Stegun 26.2.17, error under 1e-7). */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const tail =
    (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - tail;
}

/** How much wider bands must be when `covered` of `claims` measured values lay inside: as far as the spread of a normal law then is. */
export function widening(claims: number, covered: number): number {
  const coverage = (covered + PRIOR * PROMISED) / (claims + PRIOR);
  if (claims <= 0 || coverage >= LEAST) return 1;
  const seen = Math.max(0.05, coverage);
  return Math.min(MOST, Math.max(1, normalQuantile((1 + PROMISED) / 2) / normalQuantile((1 + seen) / 2)));
}

/** The record of these claims; undefined when there are none. */
export function trackOf(claims: readonly Claim[]): Track | undefined {
  if (claims.length === 0) return undefined;
  const signed = sorted(claims.map((claim) => claim.predicted.likely - claim.measured));
  const sizes = sorted(signed.map(Math.abs));
  const covered = claims.filter(({ predicted, measured }) => predicted.low <= measured && measured <= predicted.high).length;
  const advice = claims.filter(({ predicted }) => predicted.likely < 1);
  const share = (test: (claim: Claim) => boolean) => (advice.length === 0 ? undefined : advice.filter(test).length / advice.length);
  return {
    claims: claims.length,
    medianError: quantile(sizes, 0.5) as number,
    p90Error: quantile(sizes, 0.9) as number,
    bias: quantile(signed, 0.5) as number,
    coverage: covered / claims.length,
    saved: share((claim) => claim.measured < 1),
    proven: share((claim) => claim.proven),
    factor: widening(claims.length, covered),
  };
}

export function calibrationOf(claims: readonly Claim[]): Calibration {
  const families: Partial<Record<Family, Track>> = {};
  for (const family of new Set(claims.flatMap((claim) => claim.family ?? []))) {
    const track = trackOf(claims.filter((claim) => claim.family === family));
    if (track !== undefined) families[family] = track;
  }
  return { overall: trackOf(claims), families };
}

/** The record that speaks for a family: its own when it is long enough, else all of them. */
export const recordOf = (calibration: Calibration | undefined, family: Family): Track | undefined => {
  const own = calibration?.families[family];
  return own !== undefined && own.claims >= OWN ? own : calibration?.overall;
};
