// The words of the ledger: what is put in, and the rows that come out.
// Laws: a row is plain data; what was not recorded is undefined, never 0 or ""; times are epoch milliseconds, sizes bytes, both whole numbers;
// no secret is stored: values of secret settings, arguments and variables are `***`, and example rows of outputs are left out.

import type { Report } from '../audit/index.ts';
import type { Cost } from '../project/index.ts';
import type { Proof, VerdictKind } from '../prove/index.ts';
import type { RunOutcome, RunStart, RunStatus } from '../spark/index.ts';

/** How a run ended; without an end on record: `running` while its process lives, else `lost`; `unknown` when it started on another host. */
export type RunState = RunStatus | 'running' | 'lost' | 'unknown';

/** What a run used, as far as its log says. */
export interface RunUsage {
  /** Executor run time of all tasks. */
  readonly coreMs?: number | undefined;
  /** Cores that executors held × time: what is paid for. */
  readonly allocatedCoreMs?: number | undefined;
  /** Memory that executors held × time, MiB × milliseconds. */
  readonly memoryMibMs?: number | undefined;
  /** Executors × time. */
  readonly executorMs?: number | undefined;
  readonly inputBytes?: number | undefined;
  readonly inputRecords?: number | undefined;
  readonly outputBytes?: number | undefined;
  readonly outputRecords?: number | undefined;
}

export interface RunEnd {
  readonly outcome: RunOutcome;
  readonly usage?: RunUsage | undefined;
  /** By the price sheet of the day (`costOf`); undefined: none. */
  readonly cost?: Cost | undefined;
}

/** What a team says about a model; a change of any field makes a new version. */
export interface ModelDefinition {
  readonly name: string;
  readonly script: string;
  readonly owner?: string | undefined;
  readonly tier?: string | undefined;
  readonly schedule?: string | undefined;
  readonly description?: string | undefined;
  readonly inputs?: readonly string[] | undefined;
  readonly outputs?: readonly string[] | undefined;
  /** The definition whole (arguments, conf, …), as JSON can say it. */
  readonly definition?: unknown;
}

export interface RunFilter {
  readonly model?: string | undefined;
  readonly state?: RunState | undefined;
  /** Only runs of this purpose; undefined: all. */
  readonly purpose?: 'run' | 'proof' | 'warm-up' | undefined;
  readonly proofId?: string | undefined;
  /** The newest so many, after the other filters. */
  readonly last?: number | undefined;
}

export interface RunRow {
  readonly runId: string;
  readonly model: string;
  readonly purpose: 'run' | 'proof' | 'warm-up';
  readonly proofId: string | undefined;
  readonly arm: 'A' | 'B' | undefined;
  readonly startedMs: number;
  readonly host: string;
  readonly pid: number;
  readonly folder: string;
  readonly script: string;
  readonly master: string | undefined;
  readonly sparkVersion: string;
  readonly applicationName: string;
  readonly codeFingerprint: string;
  readonly confFingerprint: string;
  readonly gitCommit: string | undefined;
  readonly gitBranch: string | undefined;
  readonly gitDirty: boolean | undefined;

  readonly state: RunState;
  readonly reason: string | undefined;
  readonly nextStep: string | undefined;
  readonly exitCode: number | undefined;
  readonly endedMs: number | undefined;
  readonly durationMs: number | undefined;
  readonly applicationId: string | undefined;
  readonly logPath: string | undefined;
  readonly driverLog: string | undefined;
  readonly usage: RunUsage;
  readonly cost: { readonly amount: number; readonly currency: string; readonly version: string } | undefined;
}

export interface FindingRow {
  readonly rule: string;
  readonly status: string;
  readonly title: string;
  readonly cause: string;
  readonly heldMs: number;
  readonly wastedCoreMs: number | undefined;
  readonly saves: string;
  readonly fixability: string;
}

export interface AuditRow {
  readonly auditId: string;
  readonly runId: string;
  readonly recordedMs: number;
  readonly headline: string;
  readonly wallMs: number | undefined;
  /** Ranked as in the report: the found ones first. */
  readonly findings: readonly FindingRow[];
}

/** A run with everything that is on record about it. */
export interface RunRecord {
  readonly run: RunRow;
  /** As recorded, without secrets. */
  readonly start: RunStart;
  readonly outcome: RunOutcome | undefined;
  /** Newest first. */
  readonly audits: readonly AuditRow[];
}

/** The newest version of a model, and what its runs say at a glance. */
export interface ModelRow {
  readonly name: string;
  /** From 1; grows when the definition changes. */
  readonly version: number;
  readonly recordedMs: number;
  readonly script: string;
  readonly owner: string | undefined;
  readonly tier: string | undefined;
  readonly schedule: string | undefined;
  readonly description: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Runs of every purpose. */
  readonly runs: number;
}

export interface ProofFilter {
  /** A model that is on either side. */
  readonly model?: string | undefined;
  readonly last?: number | undefined;
}

/** One side of a recorded proof. */
export interface ProofSide {
  /** Model of its runs; the script's name when its runs are not in this ledger. */
  readonly model: string;
  /** As typed. */
  readonly name: string;
  readonly script: string;
  readonly revision: string | undefined;
  readonly codeFingerprint: string;
  readonly confFingerprint: string;
}

/** Milliseconds, core-milliseconds and money of one run of a pair. */
export interface PairSide {
  readonly runId: string;
  readonly succeeded: boolean;
  readonly wallMs: number | undefined;
  readonly coreMs: number | undefined;
  readonly cost: number | undefined;
}

export interface ProofRow {
  readonly proofId: string;
  readonly a: ProofSide;
  readonly b: ProofSide;
  readonly aa: boolean;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly metric: 'wall' | 'core' | 'cost';
  readonly verdict: VerdictKind;
  readonly sentence: string;
  readonly outputs: 'equal' | 'different' | 'notCompared';
  /** B ÷ A, with its exact interval; `high` may be Infinity. */
  readonly estimate:
    | {
        readonly n: number;
        readonly ratio: number;
        readonly low: number;
        readonly high: number;
        readonly confidence: number;
        readonly p: number;
      }
    | undefined;
  readonly predicted: { readonly low: number; readonly likely: number; readonly high: number } | undefined;
  readonly currency: string | undefined;
  readonly pairs: readonly {
    readonly pair: number;
    readonly order: 'AB' | 'BA';
    readonly excluded: string | undefined;
    readonly a: PairSide;
    readonly b: PairSide;
  }[];
}

/** A forecast of wall time and what a proof then measured; both as B ÷ A. */
export interface PredictionRow {
  readonly proofId: string;
  /** Model of side A. */
  readonly model: string;
  readonly startedMs: number;
  readonly verdict: VerdictKind;
  readonly measured: number;
  readonly predicted: { readonly low: number; readonly likely: number; readonly high: number };
  /** A rule's id, `joint` or `given`; undefined in proofs of earlier versions. */
  readonly kind: string | undefined;
  readonly family: string | undefined;
  readonly basis: string | undefined;
}

/** Tells whether the process that recorded a start still lives; undefined: cannot be known from here. */
export type IsAlive = (start: Pick<RunStart, 'pid' | 'pidStart' | 'host'>) => boolean | undefined;

export interface LedgerOptions {
  /** `write` makes the ledger when there is none; `read` refuses then. */
  readonly mode?: 'write' | 'read' | undefined;
  /** Without one: `isAlive` of the room spark. */
  readonly isAlive?: IsAlive | undefined;
  /** How long to wait for other writers, ms; without one: 30 s. */
  readonly patienceMs?: number | undefined;
}

/** The record of what happened and what was claimed. Facts are added, never changed. Every method may throw a FiresteelError. */
export interface Ledger {
  /** Where it lies, for people: a path, or a URL without its password. */
  readonly place: string;
  /** Adds a version when the definition differs from the newest one on record; says its number. */
  defineModel(model: ModelDefinition): Promise<number>;
  /** Before Spark starts. Without `model`, and without a definition on record, the job itself defines version 1. */
  startRun(start: RunStart, model?: ModelDefinition): Promise<void>;
  /** Once per run; a second end is refused. */
  endRun(end: RunEnd): Promise<void>;
  /** The audit of a run's log; says the audit's id. A run may have several, the newest counts. */
  recordAudit(runId: string, report: Report): Promise<string>;
  /** Once per proof; a second one is refused. */
  recordProof(proof: Proof): Promise<void>;
  /** Oldest first. */
  runs(filter?: RunFilter): Promise<readonly RunRow[]>;
  run(runId: string): Promise<RunRecord | undefined>;
  /** By name. */
  models(): Promise<readonly ModelRow[]>;
  /** Oldest first. */
  proofs(filter?: ProofFilter): Promise<readonly ProofRow[]>;
  /** As recorded, without example rows of outputs. */
  proof(proofId: string): Promise<Proof | undefined>;
  /** Oldest first. */
  predictions(): Promise<readonly PredictionRow[]>;
  close(): Promise<void>;
}
