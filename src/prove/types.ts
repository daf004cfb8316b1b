// The words of a proof: its plan, its measured pairs, what the statistics say, and the verdict.
// Laws: plain data that survives JSON; a ratio is B ÷ A (below 1: B is better); what was not measured is undefined, never 0.

import type { METRIC_NAMES } from '../base/index.ts';

/** What decides: wall time of the run, core time (executor run time of all tasks), or money by the price sheet. */
export type Metric = keyof typeof METRIC_NAMES;
export type Arm = 'A' | 'B';
export type Order = 'AB' | 'BA';

/** When an undecided proof may be looked at: after so many pairs, at that two-sided significance level. */
export interface Look {
  readonly pairs: number;
  readonly alpha: number;
}

/** Fixed before the first measured run. */
export interface RunPlan {
  readonly metric: Metric;
  /** Order of each pair, drawn by coin from `seed`: as many as the last look needs, and spares for pairs that are excluded. */
  readonly orders: readonly Order[];
  readonly seed: number;
  /** Discarded runs of each arm before the first pair. */
  readonly warmup: number;
  /** One look without --until-decided (at the planned number of pairs, alpha 0.05); 8/12/18 with it. */
  readonly looks: readonly Look[];
  /** A win needs the whole interval of B/A below 1 − this, a loss above 1 ÷ (1 − this). */
  readonly minimumEffect: number;
  /** Equivalent: the whole interval within 1 ± this. */
  readonly equivalence: number;
}

/** Counters that move less than time does: shown beside the verdict, never deciding it. Times in ms, sizes in bytes. */
export interface Counters {
  readonly coreMs: number;
  readonly cpuMs: number;
  readonly tasks: number;
  readonly stages: number;
  readonly inputBytes: number;
  readonly inputRecords: number;
  readonly outputBytes: number;
  readonly outputRecords: number;
  readonly shuffleWriteBytes: number;
  readonly shuffleReadBytes: number;
  readonly spilledBytes: number;
  readonly gcMs: number;
  readonly failedTasks: number;
}

export interface MeasuredRun {
  readonly runId: string;
  readonly arm: Arm;
  readonly startedMs: number;
  /** Milliseconds, core-milliseconds or money; undefined when the run failed or the log does not say. */
  readonly values: Readonly<Partial<Record<Metric, number>>>;
  /** Undefined when the run left no readable log. */
  readonly counters: Counters | undefined;
  readonly succeeded: boolean;
  /** Why it did not succeed, in a sentence; undefined when it did or nobody knows. */
  readonly reason: string | undefined;
  /** Infrastructure trouble seen in its log (executor lost, fetch failure, spot reclaim): pre-declared cause to exclude the pair. */
  readonly infrastructure: readonly string[];
}

/** One A and one B close in time. */
export interface PairedRun {
  readonly pair: number;
  readonly order: Order;
  readonly a: MeasuredRun;
  readonly b: MeasuredRun;
  /** Why the pair does not count; undefined: it counts. */
  readonly excluded: string | undefined;
}

/** Effect of B against A by Hodges–Lehmann, with the exact interval by inversion of the signed-rank test. */
export interface Estimate {
  readonly metric: Metric;
  /** Pairs that count. */
  readonly n: number;
  /** B ÷ A. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** Exact confidence of the interval (≥ 1 − alpha); infinite bounds are 0 and Infinity and JSON null. */
  readonly confidence: number;
  /** Exact two-sided p of "no difference". */
  readonly p: number;
  /** Spread of the paired ratios that remains per run, as a coefficient of variation; undefined under 3 pairs. */
  readonly runCv: number | undefined;
}

export type VerdictKind = 'win' | 'loss' | 'equivalent' | 'notProven' | 'unsafe' | 'invalid';

export interface Verdict {
  readonly kind: VerdictKind;
  /** One sentence a manager can read. */
  readonly sentence: string;
  /** Further sentences: what would decide it, what was excluded, what to keep in mind. */
  readonly notes: readonly string[];
  /** What to do now, as steps. */
  readonly next: readonly string[];
  readonly estimate: Estimate | undefined;
  /** Two-sided level at which it was decided. */
  readonly alpha: number | undefined;
}

/** What --aa says of a machine: its noise, and the gains that a proof on it would see. */
export interface SelfNoise {
  readonly metric: Metric;
  /** Pairs of the same version against itself that count. */
  readonly pairs: number;
  /** Coefficient of variation of one run; undefined under 3 pairs. */
  readonly runCv: number | undefined;
  /** Least reduction (0.07: 7 % less) that a proof of so many pairs finds in 4 of 5 cases; undefined when the noise is not known. */
  readonly sees: readonly { readonly pairs: number; readonly reduction: number | undefined }[];
}

/** A number beside the verdict: medians of each side and their ratio, without a claim. */
export interface Beside {
  readonly name: string;
  /** median B ÷ median A; undefined when A has 0. */
  readonly ratio: number | undefined;
  readonly medianA: number;
  readonly medianB: number;
  readonly unit: 'ms' | 'bytes' | 'count' | 'money';
}

/** One column whose values differ between two outputs. */
export interface ColumnDifference {
  readonly column: string;
  readonly typeA: string | undefined;
  readonly typeB: string | undefined;
  /** Rows whose value differs, when rows could be matched. */
  readonly rows: number | undefined;
  readonly reason: string;
}

/** One output of A against the same output of B. */
export interface OutputComparison {
  /** Name that both sides share, such as the path below {output}, or the table. */
  readonly name: string;
  /** The two runs that were compared, by their ids; both of A where A's own runs differ. */
  readonly runs?: readonly [string, string];
  readonly a: { readonly location: string; readonly rows: number | undefined; readonly columns: number | undefined };
  readonly b: { readonly location: string; readonly rows: number | undefined; readonly columns: number | undefined };
  readonly equal: boolean;
  /** What was not exactly equal and within the stated tolerance. */
  readonly withinTolerance: readonly string[];
  readonly schema: readonly string[];
  readonly columns: readonly ColumnDifference[];
  /** Rows of one side that the other lacks, duplicates counted; undefined when not computed. */
  readonly onlyInA: number | undefined;
  readonly onlyInB: number | undefined;
  /** A few rows of each side, as JSON objects with values as text. */
  readonly examplesA: readonly Readonly<Record<string, string | null>>[];
  readonly examplesB: readonly Readonly<Record<string, string | null>>[];
  /** Why nothing can be said of this output; `equal` is false then. */
  readonly notCompared?: string | undefined;
  /** What was assumed or taken as equal although it is not the same: column order, partition layout, text for CSV. */
  readonly notes?: readonly string[];
  /** Of onlyInA and onlyInB: rows that the other side has too, but fewer times. */
  readonly repeatedInA?: number | undefined;
  readonly repeatedInB?: number | undefined;
  /** Columns by which differing rows were paired, empty when they could not be; the first `pairedExamples` examples of both sides are pairs. */
  readonly pairedBy?: readonly string[];
  readonly pairedExamples?: number;
}

export interface OutputCheck {
  readonly status: 'equal' | 'different' | 'notCompared';
  /** What was compared by what, or why nothing was. */
  readonly sentence: string;
  /** Relative tolerance for float and double; exact types are exact. */
  readonly tolerance: number;
  readonly outputs: readonly OutputComparison[];
  /**
   * When `different`: whose doing it is. `B`: B gives another output than A. `A`: A's own runs do not give the same output, and B differs
   * from them in nothing but what differs among them, so nothing can be said of B.
   */
  readonly blame?: Arm | undefined;
  /** Further runs of each side that were compared with A's first one, and how many of them differ from it. */
  readonly repeats?: Readonly<Record<Arm, { readonly compared: number; readonly differing: number }>>;
  /** What was seen beside the outputs: a write that did not end, a folder that was passed over. */
  readonly notes?: readonly string[];
}

/** Everything of a proof: `schema` "firesteel/proof@1" in JSON. */
export interface Proof {
  readonly proofId: string;
  readonly a: Subject;
  readonly b: Subject;
  readonly aa: boolean;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly plan: RunPlan;
  readonly outputs: OutputCheck;
  readonly pairs: readonly PairedRun[];
  /** Discarded warm-up runs, for the record. */
  readonly warmups: readonly MeasuredRun[];
  readonly verdict: Verdict;
  /** The other metrics and the counters, without a claim. */
  readonly beside: readonly Beside[];
  /** Noise of this machine, measured by a proof of A against itself; undefined without --aa. */
  readonly noise: SelfNoise | undefined;
  /** Predicted B ÷ A (low, likely, high), when there was a forecast. */
  readonly predicted: Prediction | undefined;
  readonly environment: {
    readonly spark: string;
    readonly java: string;
    readonly python: string;
    readonly host: string;
    readonly cores: number;
    readonly master: string | undefined;
  };
  readonly currency: string | undefined;
}

/** A forecast of B ÷ A, made before the first pair. */
export interface Prediction {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
  /** Whose it is: a rule's id, `joint` for several causes cured together, `given` for one that the user gave. */
  readonly kind?: string;
  /** The family of changes whose past errors its range comes from. */
  readonly family?: string;
  /** `replay`, `fit` or `prior`. */
  readonly basis?: string;
}

/** One side of a proof, as the user named it. */
export interface Subject {
  /** As typed. */
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly conf: Readonly<Record<string, string>>;
  readonly revision: string | undefined;
  readonly codeFingerprint: string;
  readonly confFingerprint: string;
}
