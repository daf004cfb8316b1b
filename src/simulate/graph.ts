// ExecGraph: what ran, as a schedule that can be run again: jobs behind driver gaps, stages behind parents, tasks in launch order, slots over time.
// Law: immutable; a what-if makes a new graph and shares what it does not change; times are ms, relative to the application's start.

import type { DriverLabel } from '../facts/index.ts';

/** What a task read, and the parts of its time that a what-if may take away; columns in launch order, all as long as `duration`. */
export interface TaskParts {
  /** Partition index of the task set. */
  readonly partition: ArrayLike<number>;
  /** CPU time of the executor's thread, ms; what Python or another process burns is not in it. */
  readonly cpuMs: ArrayLike<number>;
  /** Time in the slot that is neither CPU of this thread nor collection nor waiting for shuffle blocks, ms. */
  readonly waitMs: ArrayLike<number>;
  readonly gcMs: ArrayLike<number>;
  /** Scheduling, deserialising, sending the result: what a task costs before it reads a row, ms. */
  readonly fixedMs: ArrayLike<number>;
  /** Bytes that went to disk; empty when no task spilled. */
  readonly spillBytes: ArrayLike<number>;
  /** Time to write shuffle blocks, and time waited for those of others, ms; empty when there is none. */
  readonly shuffleWriteMs: ArrayLike<number>;
  readonly fetchMs: ArrayLike<number>;
  /** Memory for which the task would not have spilled: its peak and what it let go, bytes; empty when not logged. */
  readonly needBytes: ArrayLike<number>;
  /** Bytes read: input and shuffle. */
  readonly bytes: ArrayLike<number>;
  readonly records: ArrayLike<number>;
}

export interface TaskSet {
  /** Time of each attempt in its slot, ms, in launch order. */
  readonly duration: Float64Array;
  /** Position of the attempt that must have ended before this one starts (a retry), −1 for none; undefined when none waits. */
  readonly after: Int32Array | undefined;
  /** Attempts that did not count: failed, killed or a speculative copy. Undefined when all counted. */
  readonly lost: Uint8Array | undefined;
  /** What one task costs however little it does, ms. */
  readonly floorMs: number;
  /** The parts of the tasks; computed when asked for. */
  readonly parts: () => TaskParts;
}

/** What decides how many tasks a stage has. */
export type Width =
  /** Partitions of a shuffle. `follows`: as many as spark.sql.shuffle.partitions says; `merged`: AQE put them together by bytes; `hash`: partition = hash mod count. */
  | {
      readonly kind: 'shuffle';
      readonly partitions: number;
      readonly follows: boolean;
      readonly merged: boolean;
      readonly hash: boolean;
      readonly advisoryBytes: number;
      readonly minBytes: number;
    }
  /** Splits of files, packed by bytes: more slots can mean smaller splits. */
  | {
      readonly kind: 'files';
      readonly files: number;
      readonly bytes: number;
      readonly maxBytes: number;
      readonly openBytes: number;
      /** Task time that a small file costs, ms. */
      readonly fileMs?: number;
    }
  | { readonly kind: 'fixed' };

/** One side of a shuffled join. */
export interface JoinSide {
  /** `data size` of its exchange, bytes; undefined when the log does not say. */
  readonly bytes: number | undefined;
  /** Indexes in `stages` of those that wrote its shuffle. */
  readonly writers: readonly number[];
  /** Task time to pack its rows for the shuffle, and as much again to read them, ms. */
  readonly packMs: number;
  /** Wall time to collect, build and send it as a broadcast, ms. */
  readonly broadcastMs: number;
}

/** A join of two shuffles. */
export interface JoinShape {
  /** Spark's join type; undefined when unknown. */
  readonly type: string | undefined;
  /** The side that would be broadcast: the smaller one of those that the type allows; undefined when it allows none. */
  readonly small: JoinSide | undefined;
  readonly big: JoinSide | undefined;
  /** Time of the sorts below the join, Σ over tasks, ms. */
  readonly sortMs: number;
  /** An operator above relies on the join's distribution: the large side is shuffled all the same. */
  readonly shared: boolean;
}

/** What the plan tells of a stage beyond its tasks. */
export interface StageShape {
  readonly join?: JoinShape;
  /** Time of the tasks in Python, Σ, ms. */
  readonly pythonMs?: number;
}

/** Heaps of the run, bytes. */
export interface MemoryShape {
  readonly heapBytes: number;
  readonly driverHeapBytes: number;
  /** spark.memory.fraction. */
  readonly fraction: number;
  /** Most memory of Spark's pool in use at once in one executor: what lives through collections at least; undefined when the log has no peaks. */
  readonly liveBytes: number | undefined;
}

/** One attempt of a stage that ran tasks. */
export interface SimStage {
  readonly id: number;
  readonly attempt: number;
  /** Index in `jobs`. */
  readonly job: number;
  /** Indexes in `stages` of what must have ended. */
  readonly parents: readonly number[];
  /** From being ready to its first launch on a free slot, ms. */
  readonly delayMs: number;
  readonly width: Width;
  /** Undefined when the plan tells nothing that a what-if could use. */
  readonly shape?: StageShape | undefined;
  /** Blocks that each task writes for a shuffle, when a file each (bypass-merge writer), and whether their number follows the setting. */
  readonly blocks: { readonly count: number; readonly follows: boolean; readonly bypassTo: number } | undefined;
  readonly tasks: TaskSet;
}

export interface GapPart {
  readonly label: DriverLabel | 'beside tasks';
  readonly ms: number;
  /** The query that was active. */
  readonly executionId: number | undefined;
  /** The queries that ended before and began after it. */
  readonly between: readonly [number | undefined, number | undefined];
}

export interface SimJob {
  readonly id: number;
  readonly executionId: number | undefined;
  /** Indexes in `jobs` of those that must have ended; empty: it starts with the application. */
  readonly after: readonly number[];
  /** Driver time between the last of them and this one's start, ms. */
  readonly gapMs: number;
  /** What the driver did in the gap; Σ ms = gapMs. */
  readonly gap: readonly GapPart[];
  /** Indexes in `stages`, in order of id. */
  readonly stages: readonly number[];
  /** From the end of its last task to the end of the job, ms; for a job without tasks its whole time. */
  readonly tailMs: number;
  readonly pool: string;
}

/** Slots from a time on; before the first there are none. */
export interface SlotSteps {
  readonly times: Float64Array;
  readonly slots: Float64Array;
}

export interface ExecGraph {
  readonly jobs: readonly SimJob[];
  readonly stages: readonly SimStage[];
  readonly slots: SlotSteps;
  readonly mode: 'FIFO' | 'FAIR';
  /** From the end of the jobs in `endAfter` to the application's end, ms. */
  readonly endGapMs: number;
  readonly endGap: readonly GapPart[];
  readonly endAfter: readonly number[];
  /** Task slots of one executor; the most executors seen at once. In local mode all slots are one executor. */
  readonly slotsEach: number;
  readonly executors: number;
  /** One JVM is driver and executor: its slots share cores that the log does not count. */
  readonly local: boolean;
  /** Several executors on one host share its cores likewise. */
  readonly oneHost?: boolean | undefined;
  /** A streaming query ran to the end: how long the run takes is not set by its work. */
  readonly paced: boolean;
  /** Undefined when the log does not tell how large the heaps were. */
  readonly memory?: MemoryShape | undefined;
  /** Wall time of the run as measured, ms. */
  readonly measuredMs: number;
  /** What was assumed on the way, in words, in order. */
  readonly assumptions: readonly string[];
}

/** A change of the run: a name and a pure function. */
export interface WhatIf {
  readonly name: string;
  readonly apply: (graph: ExecGraph) => ExecGraph;
  /** It puts the work of several stages into one. */
  readonly fuses?: boolean | undefined;
  /** Why this change cannot be forecast on a graph; undefined when it can. Asked before `apply`. */
  readonly refuse?: ((graph: ExecGraph) => string | undefined) | undefined;
}

/** Several changes as one, in order; those that put the work of several stages together come last, so that the others find their stages. */
export const compose = (name: string, changes: readonly WhatIf[]): WhatIf => ({
  name,
  fuses: changes.length > 0 && changes.every((change) => change.fuses === true),
  apply: (graph) => ordered(changes).reduce((at, change) => change.apply(at), graph),
  refuse: (graph) => {
    let at = graph;
    for (const change of ordered(changes)) {
      const why = change.refuse?.(at);
      if (why !== undefined) return why;
      at = change.apply(at);
    }
    return undefined;
  },
});

const ordered = (changes: readonly WhatIf[]): readonly WhatIf[] =>
  changes.some((change) => change.fuses === true)
    ? [...changes.filter((change) => change.fuses !== true), ...changes.filter((change) => change.fuses === true)]
    : changes;

/** The same graph with other stages where `change` gives one. */
export function withStages(graph: ExecGraph, change: (stage: SimStage, index: number) => SimStage): ExecGraph {
  let changed = false;
  const stages = graph.stages.map((stage, i) => {
    const next = change(stage, i);
    changed ||= next !== stage;
    return next;
  });
  return changed ? { ...graph, stages } : graph;
}

/** The same graph with other jobs where `change` gives one. */
export function withJobs(graph: ExecGraph, change: (job: SimJob, index: number) => SimJob): ExecGraph {
  let changed = false;
  const jobs = graph.jobs.map((job, i) => {
    const next = change(job, i);
    changed ||= next !== job;
    return next;
  });
  return changed ? { ...graph, jobs } : graph;
}

export const assuming = (graph: ExecGraph, ...words: readonly string[]): ExecGraph => {
  const fresh = words.filter((word) => !graph.assumptions.includes(word));
  return fresh.length === 0 ? graph : { ...graph, assumptions: [...graph.assumptions, ...fresh] };
};

/** Most slots that ever exist. */
export const peakSlots = (graph: ExecGraph): number => graph.slots.slots.reduce((top, value) => Math.max(top, value), 0);
