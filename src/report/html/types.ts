// The data of the HTML report: what the page draws, bounded in size. The web app gets the same value for its run page.
// Laws: plain JSON; what is sampled, binned or left out is said in `limits`; times are ms from `startMs` unless a name says otherwise;
// a field that is not known is left out.

import type { Cure, ReportCost } from '../../audit/index.ts';
import type { Calibration, PackedChange, PackedGraph } from '../../simulate/index.ts';
import type { ReportView } from '../view.ts';

/** A reference of the report's evidence; kinds as in `firesteel/report@1`. */
export interface PageRef {
  readonly kind: string;
  readonly stageId?: number;
  readonly attempt?: number;
  readonly tasks?: readonly number[];
  readonly executionId?: number;
  readonly nodeId?: number;
  readonly node?: string;
  readonly jobId?: number;
  readonly id?: string;
  readonly file?: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly key?: string;
  readonly value?: string;
  readonly path?: string;
}

/** A line of the user's code behind a finding. */
export interface PageCodeRef {
  readonly file: string;
  readonly line: number;
  readonly endLine?: number;
  readonly text?: string;
  /** How sure it is, and why: "certain, call site of query 5". */
  readonly why?: string;
}

export interface PagePlace {
  readonly cause: string;
  readonly heldMs: number;
  readonly refs: readonly PageRef[];
  readonly numbers: readonly string[];
  readonly remedies: readonly string[];
}

/** What the words of a finding (`view.found`, same order) do not hold. */
export interface PageFinding {
  readonly rule: string;
  readonly heldMs: number;
  readonly refs: readonly PageRef[];
  readonly places: readonly PagePlace[];
  readonly saves?: { readonly lowMs: number; readonly likelyMs: number; readonly highMs: number };
  /** What curing it saves of what is paid for. */
  readonly savesCost?: { readonly coreMs: number; readonly amount?: number; readonly currency?: string };
  readonly assumptions: readonly string[];
  readonly basis?: string;
  readonly code: readonly PageCodeRef[];
  /** A unified diff that cures it. */
  readonly patch?: string;
}

export interface PageSpan {
  readonly from: number;
  readonly to: number;
}

export interface PageJob extends PageSpan {
  readonly id: number;
  readonly status: string;
  readonly query?: number;
  readonly about: string;
}

export interface PageStage extends PageSpan {
  readonly id: number;
  readonly attempt: number;
  readonly name: string;
  /** Operators, heaviest first. */
  readonly what: string;
  readonly status: string;
  readonly tasks: number;
  readonly failed: number;
  readonly killed: number;
  readonly heldMs: number;
  readonly taskTimeMs: number;
  readonly slots: number;
  readonly job?: number;
  readonly query?: number;
  readonly source?: string;
  readonly inputBytes: number;
  readonly shuffleReadBytes: number;
  readonly shuffleWriteBytes: number;
  readonly outputBytes: number;
  readonly spillBytes: number;
  readonly records: number;
  /** What its tasks wrote, output and shuffle; left out when they wrote nothing. */
  readonly written?: PageWritten;
  readonly gcMs: number;
  /** min, p25, median, p75, max of the tasks that succeeded, ms. */
  readonly duration?: readonly [number, number, number, number, number];
  /** Tasks that succeeded, by duration: `counts[i]` from `edges[i]` to `edges[i + 1]` ms. */
  readonly histogram?: { readonly edges: readonly number[]; readonly counts: readonly number[] };
  /** Tasks on the page. */
  readonly sample?: PageTasks;
}

/** Bytes are `outputBytes` + `shuffleWriteBytes` of the stage. */
export interface PageWritten {
  readonly records: number;
  /** Of the tasks that succeeded: the most that one wrote, and the median of what the others wrote. */
  readonly bytesOfTasks?: readonly [most: number, others: number];
  readonly recordsOfTasks?: readonly [most: number, others: number];
}

/** Tasks of a stage: indexes into the page's columns. */
export interface PageTasks {
  /** All of them when `of` is the same. */
  readonly count: number;
  readonly of: number;
  /**
   * index, attempt, launch (ms from the run's start), duration, bytes read, records read, spilled bytes, gc ms, executor (index),
   * state (0 ok, 1 failed, 2 killed, 3 speculative), bytes written, records written (output and shuffle). A column of zeros travels empty.
   */
  readonly columns: number;
}

/** Columns of a PageTasks, in order. */
export const TASK_COLUMNS = [
  'index',
  'attempt',
  'launch',
  'duration',
  'bytes',
  'records',
  'spill',
  'gc',
  'executor',
  'state',
  'bytesWritten',
  'recordsWritten',
] as const;

export interface PageExecutor extends PageSpan {
  readonly id: string;
  readonly host: string;
  readonly cores?: number;
  readonly taskTimeMs: number;
  readonly tasks: number;
  readonly failed: number;
  /** Why it went, when it was lost. */
  readonly lost?: string;
}

export interface PageTimeline {
  readonly jobs: readonly PageJob[];
  readonly executors: readonly PageExecutor[];
  /** Time without a running task, by label. */
  readonly driver: readonly (PageSpan & { readonly label: string; readonly query?: number })[];
  /** The critical path: index in `stages`, or −1 for the driver. */
  readonly path: readonly (PageSpan & { readonly stage: number })[];
  /** Bins of equal width over the run: running tasks (mean), slots (mean). */
  readonly bins: { readonly width: number; readonly running: readonly number[]; readonly slots: readonly number[] };
}

export interface PageNode {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  readonly kind: string;
  readonly detail: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly spill?: number;
  /** Time its own metrics measured, over all tasks, ms; and the metric's name. */
  readonly timeMs?: number;
  readonly timeName?: string;
  /** Keys of the stages in which it ran. */
  readonly stages: readonly string[];
  /** Time on the run's end of these stages, ms. */
  readonly heldMs: number;
  readonly reused?: boolean;
  readonly cached?: boolean;
  readonly metrics: readonly (readonly [string, string])[];
  /** Code behind it. */
  readonly source?: string;
}

export interface PagePlan {
  readonly id: number;
  readonly about: string;
  readonly status: string;
  readonly from?: number;
  readonly to?: number;
  readonly heldMs: number;
  readonly source?: string;
  readonly final: boolean;
  readonly nodes: readonly PageNode[];
  /** The plan before AQE changed it: names and details only; left out when it is the same. */
  readonly initial?: readonly Pick<PageNode, 'id' | 'parent' | 'name' | 'kind' | 'detail'>[];
  /** What AQE changed, in words. */
  readonly changes: readonly string[];
  readonly cut: boolean;
}

export interface PageSetting {
  readonly key: string;
  readonly value: string;
  /** Who set it, as far as the log tells. */
  readonly by: string;
  /** Spark's own default, when the catalogue knows one. */
  readonly default?: string;
  readonly about?: string;
  /** Written by Spark itself or the platform: of little interest. */
  readonly internal?: boolean;
}

export interface PageSource {
  readonly file: string;
  readonly text: string;
}

/** What a line of code cost: several lines share a stage, so their times do not add up. */
export interface PageLine {
  readonly file: string;
  readonly line: number;
  /** Time on the run's end of the stages in which this line's work ran, ms. */
  readonly heldMs: number;
  readonly taskTimeMs: number;
  readonly stages: readonly string[];
  readonly queries: readonly number[];
}

export interface PageData {
  readonly schema: 'firesteel/page@1';
  /** Epoch ms; 0 of all times. */
  readonly startMs: number;
  readonly wallMs: number;
  readonly view: ReportView;
  readonly findings: readonly PageFinding[];
  readonly joint?: {
    readonly nowMs: number;
    readonly lowMs: number;
    readonly likelyMs: number;
    readonly highMs: number;
    /** What to do first, each with what it saves beside those before it. */
    readonly order: readonly { readonly rule: string; readonly savedMs: number }[];
  };
  /** Allocated core time by cause, in money too when there is a price; heaviest first. */
  readonly cost?: Omit<ReportCost, 'parts'> & { readonly parts: readonly (ReportCost['parts'][number] & { readonly name: string })[] };
  readonly timeline: PageTimeline;
  readonly stages: readonly PageStage[];
  readonly plans: readonly PagePlan[];
  readonly settings: readonly PageSetting[];
  readonly system: readonly (readonly [string, string])[];
  readonly log: readonly (readonly [string, string])[];
  readonly lines: readonly PageLine[];
  readonly sources: readonly PageSource[];
  /** Code findings that no time in this run answers to. */
  readonly codeNotes: readonly { readonly file: string; readonly line: number; readonly title: string; readonly message: string }[];
  /** Runbook pages by rule: Markdown. */
  readonly runbooks: Readonly<Record<string, string>>;
  /** Graph and cures of the what-if panel, or why there is none. */
  readonly whatIf: PageWhatIf;
  /** What is not on the page, or only in part: whole sentences. */
  readonly limits: readonly string[];
  /** `firesteel/report@1`. */
  readonly report: unknown;
}

export type PageWhatIf =
  | { readonly why: string }
  | {
      readonly why?: undefined;
      readonly graph: PackedGraph;
      readonly cures: readonly (Omit<Cure, 'change'> & { readonly change: PackedChange })[];
      readonly calibration?: Calibration;
    };

/** The data, and the columns its numbers point into. */
export interface Page {
  readonly data: PageData;
  /** `packColumns` of tasks, graph and cures. */
  readonly columns: Uint8Array;
}
