// The shape of a rule: plain data plus a pure function. What a rule reads is declared in `meta.needs` and narrowed by the compiler.
// Law: a rule does no I/O, knows no clock and no other rule; it names a cause, points at evidence and says how long the cause held the run's end.

import type { FactMap, FactName } from '../facts/index.ts';
import type { CodeMap, CodeThing } from '../join/index.ts';

export type { CodeMap, CodeThing, FactMap, FactName };

/** Where the proof of a finding lies. Field names are those of the report JSON. */
export type EvidenceRef =
  | { readonly kind: 'stage'; readonly stageId: number; readonly attempt: number; readonly tasks?: readonly number[] }
  | { readonly kind: 'sql'; readonly executionId: number; readonly nodeId?: number; readonly node?: string }
  | { readonly kind: 'job'; readonly jobId: number }
  | { readonly kind: 'executor'; readonly id: string }
  | { readonly kind: 'source'; readonly file: string; readonly line: number; readonly endLine?: number }
  | { readonly kind: 'conf'; readonly key: string; readonly value?: string }
  | { readonly kind: 'table'; readonly path: string };

export type Unit = 'ms' | 'bytes' | 'count' | 'share' | 'ratio' | 'core-ms' | 'rows/s' | 'bytes/s' | 'text';

/** A number that convinced: with its unit, so that every face can print it its own way. `text` values are short words. */
export interface Measure {
  readonly name: string;
  readonly value: number | string;
  readonly unit: Unit;
}

/** One place where the cause sits. */
export interface Place {
  /** The cause here, one sentence, with the numbers a reader needs. */
  readonly cause: string;
  readonly evidence: readonly EvidenceRef[];
  readonly numbers: readonly Measure[];
  /** Time on the run's end that this cause accounts for: what a perfect cure could save at most. Milliseconds, 0 for a matter of money only. */
  readonly heldMs: number;
  /** What to do, most promising first; each one sentence, concrete for this place. */
  readonly remedies: readonly string[];
  /** For rules whose cure saves money: core-milliseconds allocated in vain. */
  readonly wastedCoreMs?: number;
}

export type RuleResult =
  /** The cause is there. The audit decides by `heldMs` and the noise floor whether it is worth doing. */
  | { readonly status: 'found'; readonly places: readonly Place[] }
  | { readonly status: 'clear'; readonly note?: string }
  | { readonly status: 'notApplicable'; readonly why: string }
  /** The evidence for a judgement is missing; `missing` names it in words a user knows. */
  | { readonly status: 'noData'; readonly missing: readonly string[] };

export interface Threshold {
  readonly value: number;
  readonly unit: Unit;
  /** Where the value comes from: a source or a measurement. */
  readonly origin: string;
  readonly description: string;
}

export interface RuleMeta<N extends FactName, T extends string> {
  readonly id: string;
  /** A noun phrase: the waste, as a user would say it. */
  readonly title: string;
  readonly category: 'shuffle' | 'reading' | 'compute' | 'driver' | 'resources' | 'writing' | 'streaming' | 'failure' | 'configuration';
  readonly needs: readonly N[];
  /** What a fixer writes for it at best. `safe`: provably the same output; `review`: a person must look; `advice`: no edit is written. */
  readonly fixability: 'safe' | 'review' | 'advice';
  /** What a cure saves. `money` findings are judged by wasted core time, `outcome` ones (a failed run) always count. */
  readonly saves: 'time' | 'money' | 'outcome';
  readonly thresholds: Readonly<Record<T, Threshold>>;
  /** For `money`: share of all allocated core time from which waste counts; 25 % when left out, for what start-up and commit leave idle. */
  readonly minWaste?: number;
  /** Its places name keys of the configuration and hold no time: they cost what found causes cost whose evidence names such a key, when the program sets it. */
  readonly costOfKeys?: boolean;
  /** Rules whose findings at the same stages or queries are consequences of this one. */
  readonly explains: readonly string[];
  /** What in the program a finding is about, the best first; left out where no line of a program can be. */
  readonly inCode?: readonly CodeThing[];
  /** Keys of the configuration that a finding is about when the program sets them, for `setting` in `inCode`; those in its evidence count too. */
  readonly keysInCode?: readonly string[];
}

export interface Rule<N extends FactName = FactName, T extends string = string> {
  readonly meta: RuleMeta<N, T>;
  diagnose(facts: Pick<FactMap, N>, thresholds: Readonly<Record<T, number>>): RuleResult;
  /**
   * Behind `diagnose`, when the program that ran is given: for what only code can tell. `without` is what the log alone says. A cost must be
   * seen in the run all the same.
   */
  withCode?(facts: Pick<FactMap, N>, thresholds: Readonly<Record<T, number>>, code: CodeMap, without: RuleResult): RuleResult;
}

/** Declares a rule; the compiler narrows `facts` to what `meta.needs` lists. */
export function defineRule<const N extends FactName, const T extends string>(rule: Rule<N, T>): Rule<N, T> {
  return rule;
}

/** `found` with these places, or `clear` when there are none. */
export function placesOr(places: readonly Place[], note: string): RuleResult {
  return places.length > 0 ? { status: 'found', places } : { status: 'clear', note };
}
