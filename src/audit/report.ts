// The report: the one value that every face renders. Its JSON form is `firesteel/report@1`.
// Law: fields may be added, never renamed; an absent number is left out or null, never 0 or −1.

import type { Application, LogQuality } from '../eventlog/index.ts';
import type { EvidenceRef, Measure, Place, RuleMeta } from '../rules/index.ts';
import type { ReportCost, SavesCost } from './cost.ts';

/** Where the run's wall time went; the parts add up to `wallMs`. */
export interface TimePart {
  /** `stages`, or the label of a driver-only segment: `start-up`, `planning`, `between jobs`, `commit tail`, `driver code`, `scheduling`, `end`. */
  readonly label: string;
  readonly ms: number;
}

export interface ReportTime {
  readonly wallMs: number | undefined;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  /** Time in which no task ran. */
  readonly driverOnlyMs: number | undefined;
  /** Length of the chain of stages and driver segments that ends with the run. */
  readonly criticalPathMs: number | undefined;
  readonly busyCoreMs: number | undefined;
  readonly allocatedCoreMs: number | undefined;
  /** busy ÷ allocated. */
  readonly utilisation: number | undefined;
  readonly peakSlots: number | undefined;
  readonly parts: readonly TimePart[];
  /** Stages that held the run's end, longest first. */
  readonly stages: readonly {
    readonly stageId: number;
    readonly attempt: number;
    readonly name: string;
    readonly heldMs: number;
    readonly tasks: number;
    readonly what: string;
  }[];
  /** Remarks on the above, whole sentences: even or not, how wide, who waited for whom. */
  readonly notes: readonly string[];
}

export type FindingStatus = 'found' | 'clear' | 'notApplicable' | 'noData' | 'error';

/** A saving of wall time, ms: positive is time won. 90 % band. */
export interface FindingForecast {
  readonly lowMs: number;
  readonly likelyMs: number;
  readonly highMs: number;
  readonly assumptions: readonly string[];
  /** What it stands on: the schedule alone, a fit over the run's own tasks, or effects measured on other runs. */
  readonly basis: 'replay' | 'fit' | 'prior';
  /** Core time that the run would hold less, ms; negative when it would hold more. */
  readonly savedCoreMs?: number;
}

/** All found causes cured together, in one replay: the only source of a total. */
export interface JointForecast extends FindingForecast {
  readonly nowMs: number;
  /** Wall time then. */
  readonly thenMs: { readonly lowMs: number; readonly likelyMs: number; readonly highMs: number };
  /** What to do first: each with what it saves beside those before it. */
  readonly order: readonly { readonly rule: string; readonly savedMs: number }[];
}

/** A line of the user's code behind a finding. */
export interface CodeLine {
  /** As the caller named the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly endLine: number;
  /** The code there, its first line. */
  readonly text: string;
  /** What stands there: `join`, `udf`, `read`; undefined for a bare line that the log names. */
  readonly thing: string | undefined;
  /** `certain`: the log names the line; `likely`: one candidate fits; `possible`: several do. */
  readonly confidence: 'certain' | 'likely' | 'possible';
  readonly basis: string;
  /** Other candidates that fit as well. */
  readonly rivals: number;
}

/** A finding of the code alone, with what the run says of it. */
export interface CodeEntry {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly text: string;
  readonly message: string;
  readonly certainty: 'certain' | 'likely' | 'possible';
  /** The rule of a run with the same cause. */
  readonly runtimeRule: string | undefined;
  /** What the run says of it, in words. */
  readonly worth: string;
}

export interface Finding {
  readonly rule: string;
  readonly status: FindingStatus;
  readonly title: string;
  readonly cause: string;
  readonly category: RuleMeta<never, never>['category'];
  readonly fixability: 'safe' | 'review' | 'advice';
  readonly saves: 'time' | 'money' | 'outcome';
  readonly evidence: readonly EvidenceRef[];
  readonly numbers: readonly Measure[];
  readonly heldMs: number;
  readonly wastedCoreMs: number | undefined;
  readonly remedies: readonly string[];
  /** All places, the heaviest first; the fields above are those of the heaviest, with the evidence of all. */
  readonly places: readonly Place[];
  /** Consequences that were folded under this cause. */
  readonly explains: readonly {
    readonly rule: string;
    readonly title: string;
    readonly heldMs: number;
    readonly evidence: readonly EvidenceRef[];
  }[];
  /** Why a rule could not judge, does not apply, crashed, or is present but not worth doing. */
  readonly note: string | undefined;
  /** What curing it alone would save; null when the run cannot be replayed or the cure saves no time. */
  readonly forecast: FindingForecast | null;
  /** What curing it saves of what is paid for; null when nothing, or when cores are not known. */
  readonly savesCost?: SavesCost | null;
  readonly fix: null;
  /** Lines of the code behind it, the best first; empty without `--code`. */
  readonly code: readonly CodeLine[];
  /** Findings of the code that are the same cause. */
  readonly lint: readonly CodeEntry[];
}

export interface Report {
  readonly schema: 'firesteel/report@1';
  readonly application: Application;
  readonly log: LogQuality;
  readonly time: ReportTime;
  /** What held the end for less is not worth doing (facts/clock.ts). Milliseconds. */
  readonly noiseFloorMs: number;
  readonly counts: {
    readonly jobs: number;
    readonly stages: number;
    readonly tasks: number;
    readonly sqlExecutions: number;
    readonly executors: number;
  };
  /** Found ones first, ranked; then everything else in the order of the rule index. */
  readonly findings: readonly Finding[];
  readonly joint: JointForecast | null;
  /** What findings are ranked by: the run's time, or what it costs. */
  readonly goal?: 'time' | 'cost';
  /** Allocated core time by cause; null when cores are not known. */
  readonly cost?: ReportCost | null;
  /** Why there are no forecasts, when the run cannot be replayed. */
  readonly cannotPredict?: string | undefined;
  /** Findings of the code for which the run shows no cost; left out without code. */
  readonly code?: readonly CodeEntry[];
  /** What of the run and the code could not be joined, whole sentences. */
  readonly codeNotes?: readonly string[];
  /** A sentence for the head: what holds the run, or that nothing is worth doing. */
  readonly headline: string;
}
