// The words of a history: what the runs of each model say, and what proofs and versions say about before and after.
// Laws: plain data; times are epoch milliseconds; what cannot be said with the runs there are is undefined, never 0.

import type { RunSummary } from '../base/index.ts';
import type { ProofRow, RunRow } from '../ledger/index.ts';

/** Money of several runs in one currency. */
export interface MeanCost {
  readonly currency: string;
  /** Mean per run. */
  readonly mean: number;
  /** Runs that have a cost in this currency. */
  readonly n: number;
  /** Versions of the price sheets behind it, oldest first. */
  readonly versions: readonly string[];
}

export interface Repair {
  /** MTTR: mean time from the first failure to the next success. Undefined: no failure was mended yet. */
  readonly meanMs: number | undefined;
  /** Failures, in a row counted once, that a success ended. */
  readonly incidents: number;
  /** The first failure that no success ended yet. */
  readonly openSinceMs: number | undefined;
}

/** Whether runs of the present code took longer or shorter over time: a description, not an alarm. */
export interface Trend {
  readonly kind: 'slower' | 'faster' | 'flat';
  /** Last run ÷ first run along the line through all (Theil–Sen over log durations). */
  readonly ratio: number;
  /** Two-sided p of "no trend" (Mann–Kendall). */
  readonly p: number;
  /** Runs it looks at: the newest, at most `MAX_TREND_RUNS`. */
  readonly n: number;
}

/** Runs of one code fingerprint of a model. */
export interface VersionHistory {
  readonly codeFingerprint: string;
  /** Commit of its newest run, when it was clean. */
  readonly gitCommit: string | undefined;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Runs that count, failed ones too. */
  readonly runs: number;
  /** Successful runs. */
  readonly duration: RunSummary | undefined;
  readonly cost: MeanCost | undefined;
}

export interface ModelHistory {
  readonly model: string;
  readonly owner: string | undefined;
  readonly tier: string | undefined;
  readonly schedule: string | undefined;
  /** Runs that count: those of purpose `run`. */
  readonly runs: number;
  /** Runs of proofs and warm-ups: counted in proofs, not here. */
  readonly proofRuns: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Stopped by the user, and running ones: neither success nor failure. */
  readonly undecided: number;
  /** Succeeded ÷ (succeeded + failed). */
  readonly successRate: number | undefined;
  /** Of successful runs, ms. */
  readonly duration: RunSummary | undefined;
  /** Durations of successful runs in order of time, ms. */
  readonly series: readonly number[];
  readonly trend: Trend | undefined;
  /** Of ended runs with a cost, failed ones too: they are paid for. The currency with the most runs. */
  readonly cost: MeanCost | undefined;
  readonly repair: Repair;
  /** Now − end of the last success. */
  readonly freshnessMs: number | undefined;
  readonly lastSuccessMs: number | undefined;
  readonly lastRun: RunRow | undefined;
  /** By time of their first run; the newest last. */
  readonly versions: readonly VersionHistory[];
}

/** One side of a before → after comparison. */
export interface Side {
  readonly label: string;
  /** Wall time of successful runs, ms. */
  readonly duration: RunSummary | undefined;
  readonly cost: MeanCost | undefined;
}

/** Before → after of one model. */
export interface Change {
  readonly model: string;
  /** `proof`: paired, alternating runs. `versions`: whatever ran, one code after the other; proves nothing. */
  readonly basis: 'proof' | 'versions';
  readonly before: Side;
  readonly after: Side;
  /** After ÷ before: of a proof its estimate for wall time when that decided, else of the medians. */
  readonly ratio: number | undefined;
  /** Interval of the ratio; proofs only. */
  readonly interval: { readonly low: number; readonly high: number; readonly confidence: number } | undefined;
  /** What `ratio` is the ratio of. */
  readonly metric: 'wall' | 'core' | 'cost';
  readonly proof: ProofRow | undefined;
}

/** What the ledger says at one time. JSON: `firesteel/history@1`. */
export interface History {
  readonly nowMs: number;
  /** Where the rows come from, for people. */
  readonly place: string;
  /** By name. */
  readonly models: readonly ModelHistory[];
  /** Newest proof of each model, else its two newest versions; by name of the model. */
  readonly changes: readonly Change[];
  /** The newest first, at most 200. */
  readonly proofs: readonly ProofRow[];
}
