// What the join of a run with its code hands out: places of the program behind stages, queries, jobs and plan nodes, each with a confidence.
// Laws: a place that is guessed says so; more than one candidate is said; `undefined` means "not known".

import type { PlanNode } from '../facts/index.ts';
import type {
  Action,
  Cache,
  Call,
  CodeFinding,
  Frame,
  Join,
  Loop,
  Node,
  Program,
  Read,
  Setting,
  Udf,
  WindowSpec,
  Write,
} from '../pyspark/index.ts';

/** What in a program a finding can be about. */
export type CodeThing =
  | 'read'
  | 'write'
  | 'join'
  | 'aggregate'
  | 'distinct'
  | 'window'
  | 'sort'
  | 'repartition'
  | 'filter'
  | 'udf'
  | 'cache'
  | 'action'
  | 'loop'
  | 'setting'
  | 'frame';

/** `certain`: the log names the line; `likely`: one candidate fits; `possible`: several do, this one best. */
export type Confidence = 'certain' | 'likely' | 'possible';

/** One place of the program, with the thing that stands there as the analysis knows it. */
export interface Located {
  readonly thing: CodeThing;
  readonly file: string;
  /** Lines from 1. */
  readonly line: number;
  readonly endLine: number;
  /** The code there, its first line, trimmed. */
  readonly text: string;
  readonly confidence: Confidence;
  /** Why it is this one, in a few words: "call site of query 5", "the only join on customer_id", "writes to …/detail". */
  readonly basis: string;
  /** Other candidates that fit as well. */
  readonly rivals: number;
  readonly node: Node;
  readonly call?: Call;
  readonly frame?: Frame;
  readonly read?: Read;
  readonly write?: Write;
  readonly join?: Join;
  readonly window?: WindowSpec;
  readonly udf?: Udf;
  readonly cache?: Cache;
  readonly action?: Action;
  readonly loop?: Loop;
  readonly setting?: Setting;
}

/** Where the evidence of a finding points: ids of the log. */
export interface InRun {
  readonly stages?: readonly { readonly stageId: number; readonly attempt: number }[];
  readonly sqlExecutions?: readonly number[];
  readonly nodes?: readonly { readonly executionId: number; readonly nodeId: number }[];
  readonly jobs?: readonly number[];
  /** Keys of the configuration: where the program sets them. */
  readonly conf?: readonly string[];
}

/** A run and its program, joined. */
export interface CodeMap {
  readonly program: Program;
  /** Findings of the code alone. */
  readonly lint: readonly CodeFinding[];
  /** What could not be joined, whole sentences. */
  readonly notes: readonly string[];
  /** The actions whose queries these are: the call at the line the log names, or the best fit. */
  actionsOf(executionId: number): readonly Located[];
  /** Things of the given kinds behind a place in the run, the best first; empty when none is known. */
  locate(things: readonly CodeThing[], at: InRun): readonly Located[];
  /** Scan nodes of the run's plans that a read of the program made (same path or table). */
  scansOf(read: Read): readonly PlanNode[];
  /** Spark types (`bigint`, `decimal(12,2)`) of a frame's columns as far as the plans tell them; keys as Spark spells them. */
  columnTypesOf(frame: Frame): ReadonlyMap<string, string>;
  /** Queries that an action of the program ran, in order. */
  executionsOf(action: Action): readonly number[];
  /** Plan nodes behind a call of the program: the Join of `df.join`, the Aggregate of `groupBy`, … */
  nodesOf(call: Call): readonly PlanNode[];
}
