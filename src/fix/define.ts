// The shape of a fixer: from a finding and the code behind it to a proposal that says what it does, why, and whether it may.
// Laws: the verdict comes before any edit; preconditions are checked in code and shown; a proposal changes only bytes in its edits' ranges;
// a fixer knows no other fixer, no clock, no file: a pure function of code, run and report.

import type { Finding } from '../audit/index.ts';
import type { ConfConstraints } from '../base/index.ts';
import type { FactStore } from '../facts/index.ts';
import type { CodeMap, CodeThing, Confidence, Located } from '../join/index.ts';
import type { CodeFinding, Edit, Program } from '../pyspark/index.ts';

export type { CodeThing, Confidence };

/** `rewrite`: the edit is made; `mark`: a comment for a person at the line; `leave`: nothing, with the reason. */
export type FixVerdict = 'rewrite' | 'mark' | 'leave';

/** What must hold so that the change is right. `undefined`: could not be checked; then the verdict is at most `mark`, unless proof decides (`review`). */
export interface Precondition {
  /** A whole sentence: "The right side has 23.4 KiB, under the limit of 10 MiB." */
  readonly text: string;
  readonly holds: boolean | undefined;
}

/** A configuration key to set (`value`) or to take away (`undefined`). */
export interface ConfChange {
  readonly key: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly why: string;
}

export interface Proposal {
  /** The fixer's id. */
  readonly fixer: string;
  /** The finding it cures: a rule of the catalogue or of the code. */
  readonly rule: string;
  readonly verdict: FixVerdict;
  /** One line: "Broadcast customers (23.4 KiB) instead of shuffling payments". */
  readonly title: string;
  /** Why this, or why not; a sentence or two, with numbers. */
  readonly reason: string;
  /** `safe`: the same output by construction; `review`: a person, or a proof, must look. */
  readonly safety: 'safe' | 'review';
  readonly preconditions: readonly Precondition[];
  /** On `Source.text`, as the program was parsed. Empty unless the verdict is `rewrite` or `mark`. Imports needed go to `imports`. */
  readonly edits: readonly Edit[];
  /** Names the edits use and how they must be in reach: `F` for `from pyspark.sql import functions as F`, `broadcast`, … (fix/imports.ts adds what is missing once per file). */
  readonly imports: readonly { readonly file: string; readonly module: string; readonly name: string; readonly as?: string }[];
  readonly conf: readonly ConfChange[];
  /** Where it stands: for the reader, and to tell two proposals for one place apart. */
  readonly at: { readonly file: string; readonly line: number; readonly endLine: number } | undefined;
}

/** What a fixer may look at. `run` parts are missing when only code is given; `places` are the code behind the finding, best first. */
export interface FixContext {
  readonly program: Program;
  readonly code: CodeMap | undefined;
  readonly store: FactStore | undefined;
  /** The finding of the run, when there is one. */
  readonly finding: Finding | undefined;
  /** Findings of the code with the same cause. */
  readonly lint: readonly CodeFinding[];
  readonly places: readonly Located[];
  /** What the project allows with configuration; without it everything. */
  readonly constraints?: ConfConstraints;
}

export interface Fixer {
  readonly id: string;
  readonly title: string;
  /** Rules of the run whose findings it can cure. */
  readonly rules: readonly string[];
  /** Rules of the code whose findings it can cure. */
  readonly codeRules: readonly string[];
  readonly safety: 'safe' | 'review';
  /** Where several fixers can cure one finding, the one with the lower number is tried first (default 10). */
  readonly order?: number;
  propose(context: FixContext): readonly Proposal[];
}

/** Declares a fixer. */
export function defineFixer(fixer: Fixer): Fixer {
  return fixer;
}
