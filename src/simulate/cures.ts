// What-ifs of work: what a cure takes away or spreads. Stages are named by id and attempt, driver time by the query around it.
// Laws: durations never fall under zero or rise by a cure; what is not there is not changed; nothing in place is changed.

import { median, sum } from '../base/index.ts';
import {
  assuming,
  type ExecGraph,
  type GapPart,
  type SimJob,
  type SimStage,
  type TaskSet,
  type WhatIf,
  withJobs,
  withStages,
} from './graph.ts';
import { counted, evenly, fitTasks, regrouped, reshaped } from './resize.ts';
import { NO_PARTS, taskSet } from './tasks.ts';

/** Which stages a change is for: by id, all attempts when none is named. */
export interface StageRef {
  readonly stageId: number;
  readonly attempt?: number;
}

/** Tells whether a stage is one of those named. */
export const matching = (refs: readonly StageRef[]) => {
  const byId = new Map<number, (number | undefined)[]>();
  for (const { stageId, attempt } of refs) byId.set(stageId, [...(byId.get(stageId) ?? []), attempt]);
  return (stage: SimStage) => byId.get(stage.id)?.some((attempt) => attempt === undefined || attempt === stage.attempt) === true;
};

/** Refuses when a named stage ran no task. */
export const missing =
  (refs: readonly StageRef[]) =>
  (graph: ExecGraph): string | undefined => {
    const no = refs.find((ref) => !graph.stages.some((stage) => stage.id === ref.stageId));
    return no === undefined ? undefined : `stage ${no.stageId} ran no task in this log`;
  };

/** Their ids, as a name shows them. */
export const textOf = (refs: readonly StageRef[]) => [...new Set(refs.map((ref) => ref.stageId))].join(',');

/** Every task of these stages takes this share of its time (0 to 1). */
export const keep = (refs: readonly StageRef[], share: number): WhatIf => {
  const match = matching(refs);
  return {
    name: `keep=${share.toFixed(3)}:stage:${textOf(refs)}`,
    apply: (graph) => withStages(graph, (stage) => (match(stage) ? scaled(stage, share) : stage)),
  };
};

/** The stage with every duration times `factor`. */
export function scaled(stage: SimStage, factor: number): SimStage {
  if (factor === 1) return stage;
  const { tasks } = stage;
  const duration = tasks.duration.map((ms) => ms * factor);
  const parts = reshaped(tasks, duration, tasks.parts().partition).parts;
  return { ...stage, tasks: taskSet(duration, tasks.floorMs * Math.min(1, factor), parts, tasks.after, tasks.lost) };
}

/** Tasks of this many times the median are heavy when nobody says which are (labelled hot keys: 3 and more). */
const HEAVY = 2;
/** Pieces of one task at most. */
const MAX_PIECES = 64;

export interface Heavy extends StageRef {
  /** Partition indexes of the heavy tasks; when none is named, those of twice the median. */
  readonly tasks?: readonly number[];
  /** What a usual task takes, ms; the median when it is not said. */
  readonly usualMs?: number;
}

/** The heavy tasks of these stages cut into pieces as long as a usual task: as salting does, or splitting by Spark. */
export const unskew = (refs: readonly Heavy[]): WhatIf => {
  const match = matching(refs);
  return {
    name: `unskew=stage:${textOf(refs)}`,
    apply: (graph) =>
      assuming(
        withStages(graph, (stage) => {
          if (!match(stage)) return stage;
          const heavy = refs.filter((ref) => ref.stageId === stage.id && (ref.attempt === undefined || ref.attempt === stage.attempt));
          return { ...stage, tasks: cutHeavy(stage.tasks, heavy) };
        }),
        'heavy tasks are cut into pieces as long as the usual ones; the work stays the same',
      ),
  };
};

function cutHeavy(tasks: TaskSet, heavy: readonly Heavy[]): TaskSet {
  const rows = counted(tasks);
  const usual = heavy.find((one) => one.usualMs !== undefined)?.usualMs ?? median(rows.map((row) => tasks.duration[row] as number)) ?? 0;
  if (rows.length < 2 || usual <= 0) return tasks;
  const named = new Set(heavy.flatMap((one) => one.tasks ?? []));
  const { partition } = tasks.parts();
  const out: number[] = [];
  for (const row of rows) {
    const ms = tasks.duration[row] as number;
    const isHeavy = named.size > 0 ? named.has(partition[row] as number) : ms >= HEAVY * usual;
    const pieces = isHeavy ? Math.min(MAX_PIECES, Math.max(1, Math.ceil(ms / usual))) : 1;
    for (let i = 0; i < pieces; i++) out.push(ms / pieces);
  }
  return out.length === rows.length ? tasks : reshaped(tasks, Float64Array.from(out));
}

/** The same work of these stages in so many tasks, evenly. */
export const resize = (refs: readonly StageRef[], count: number | ((stage: SimStage) => number), share = 1): WhatIf => {
  const match = matching(refs);
  return {
    name: `tasks=${typeof count === 'number' ? count : 'slots'}:stage:${textOf(refs)}`,
    apply: (graph) =>
      withStages(graph, (stage) => {
        if (!match(stage)) return stage;
        const n = Math.max(1, Math.round(typeof count === 'number' ? count : count(stage)));
        if (n === counted(stage.tasks).length && share === 1) return stage;
        const base = share === 1 ? stage : scaled(stage, share);
        const fixed = fitTasks(stage.tasks).fixedMs;
        return {
          ...base,
          width: { kind: 'fixed' },
          tasks: n > counted(stage.tasks).length ? evenly(base.tasks, n, fixed) : regrouped(base.tasks, n, fixed),
        };
      }),
  };
};

/** Failed, killed and doubled attempts are gone; the ones that counted stay. */
export const withoutRetries = (refs?: readonly StageRef[]): WhatIf => {
  const match = refs === undefined ? () => true : matching(refs);
  return {
    name: refs === undefined ? 'noRetries' : `noRetries=stage:${textOf(refs)}`,
    apply: (graph) =>
      withStages(graph, (stage) => {
        const { tasks } = stage;
        if (!match(stage) || tasks.lost === undefined) return stage;
        const rows = counted(tasks);
        // An attempt that was lost and never repeated with success tells nothing of what the work would take.
        if (rows.length === 0) return stage;
        const parts = tasks.parts();
        const pick = (column: ArrayLike<number>) =>
          column.length === 0 ? new Float64Array(0) : Float64Array.from(rows, (row) => column[row] as number);
        return {
          ...stage,
          tasks: taskSet(pick(tasks.duration), tasks.floorMs, () => ({
            partition: pick(parts.partition),
            cpuMs: pick(parts.cpuMs),
            waitMs: pick(parts.waitMs),
            gcMs: pick(parts.gcMs),
            fixedMs: pick(parts.fixedMs),
            spillBytes: pick(parts.spillBytes),
            shuffleWriteMs: pick(parts.shuffleWriteMs),
            fetchMs: pick(parts.fetchMs),
            needBytes: pick(parts.needBytes),
            bytes: pick(parts.bytes),
            records: pick(parts.records),
          })),
        };
      }),
  };
};

/** Collection takes this share of its time. */
export const gc = (share: number, refs?: readonly StageRef[]): WhatIf => {
  const match = refs === undefined ? () => true : matching(refs);
  return {
    name: `gc=${share}`,
    apply: (graph) =>
      withStages(graph, (stage) => {
        if (!match(stage)) return stage;
        const { gcMs } = stage.tasks.parts();
        if (sum(gcMs) <= 0) return stage;
        return perTask(stage, (ms, i) => ms - (1 - share) * (gcMs[i] as number));
      }),
  };
};

/** The stage with each task at `change(ms, position)`, never under 0 nor longer than it was. */
export function perTask(stage: SimStage, change: (ms: number, i: number) => number): SimStage {
  const { tasks } = stage;
  const duration = tasks.duration.map((ms, i) => Math.max(0, Math.min(ms, change(ms, i))));
  return {
    ...stage,
    tasks: taskSet(duration, tasks.floorMs, reshaped(tasks, duration, tasks.parts().partition).parts, tasks.after, tasks.lost),
  };
}

/** No task at all. */
export const emptyTasks = taskSet(new Float64Array(0), 0, () => NO_PARTS);

/** These stages do not run; what waits for them waits for nobody. */
export const withoutStages = (refs: readonly StageRef[]): WhatIf => {
  const match = matching(refs);
  return {
    name: `remove=stage:${textOf(refs)}`,
    refuse: missing(refs),
    apply: (graph) => withStages(graph, (stage) => (match(stage) ? { ...stage, delayMs: 0, tasks: emptyTasks } : stage)),
  };
};

/** These jobs do not run, nor does the driver time before them. */
export const withoutJobs = (ids: readonly number[]): WhatIf => ({
  name: `remove=job:${ids.join(',')}`,
  refuse: (graph) => {
    const no = ids.find((id) => !graph.jobs.some((job) => job.id === id));
    return no === undefined ? undefined : `job ${no} did not run in this log`;
  },
  apply: (graph) => {
    const jobs = withJobs(graph, (job) => (ids.includes(job.id) ? { ...job, gapMs: 0, gap: [], tailMs: 0 } : job));
    return withStages(jobs, (stage) =>
      ids.includes((graph.jobs[stage.job] as SimJob).id) ? { ...stage, delayMs: 0, tasks: emptyTasks } : stage,
    );
  },
});

/** Driver time around these queries or before these jobs falls by `ms` in all, in proportion. */
export const lessDriver = (around: { readonly executions: readonly number[]; readonly jobs: readonly number[] }, ms: number): WhatIf => ({
  name: `driver=-${Math.round(ms)}ms`,
  apply: (graph) => fewerDriverMs(graph, around, ms).graph,
});

interface Around {
  readonly executions: readonly number[];
  readonly jobs: readonly number[];
}

function fewerDriverMs(graph: ExecGraph, around: Around, ms: number): { readonly graph: ExecGraph; readonly takenMs: number } {
  const executions = new Set(around.executions);
  const jobs = new Set(around.jobs);
  const inside = (part: GapPart) => part.executionId !== undefined && executions.has(part.executionId);
  const beside = (part: GapPart) =>
    part.executionId === undefined && part.label !== 'beside tasks' && part.between.some((id) => id !== undefined && executions.has(id));
  const ofJob = (job: SimJob) => jobs.has(job.id) || job.after.some((i) => jobs.has((graph.jobs[i] as SimJob).id));
  let total = 0;
  const chosen = new Set<GapPart>();
  const choose = (part: GapPart) => {
    if (!chosen.has(part)) total += part.ms;
    chosen.add(part);
  };
  const each = (test: (part: GapPart, job: SimJob | undefined) => boolean) => {
    for (const job of graph.jobs) for (const part of job.gap) if (test(part, job)) choose(part);
    for (const part of graph.endGap) if (test(part, undefined)) choose(part);
  };
  each((part, job) => inside(part) || (job !== undefined && ofJob(job)));
  // What its own time cannot give, the time right before and after may.
  if (total < ms) each((part) => beside(part));
  if (total <= 0) return { graph, takenMs: 0 };
  const left = Math.max(0, 1 - ms / total);
  const less = (parts: readonly GapPart[]) => parts.map((part) => (chosen.has(part) ? { ...part, ms: part.ms * left } : part));
  const sumOf = (parts: readonly GapPart[]) => parts.reduce((all, part) => all + part.ms, 0);
  const changed = withJobs(graph, (job) => {
    if (!job.gap.some((part) => chosen.has(part))) return job;
    const gap = less(job.gap);
    return { ...job, gap, gapMs: Math.max(0, job.gapMs - (sumOf(job.gap) - sumOf(gap))) };
  });
  const endGap = less(graph.endGap);
  return {
    graph: { ...changed, endGap, endGapMs: Math.max(0, graph.endGapMs - (sumOf(graph.endGap) - sumOf(endGap))) },
    takenMs: Math.min(ms, total),
  };
}

/** What a cause held, by where it held it. */
export interface Relief {
  readonly stages: readonly (StageRef & {
    /** Time for which the stage held the run's end, ms. */
    readonly heldMs: number;
  })[];
  readonly executions: readonly number[];
  readonly jobs: readonly number[];
  /** What goes away, ms on the run's end. */
  readonly ms: number;
  /** Driver time first: the cause sits on the driver. */
  readonly driverFirst: boolean;
}

/** Takes away what a cause held: from its stages in proportion to what they held, and from the driver time of its queries. */
export const relief = (reliefs: readonly Relief[]): WhatIf => ({
  name: `relief=${Math.round(reliefs.reduce((all, one) => all + one.ms, 0))}ms`,
  apply: (graph) => {
    let at = graph;
    const less = new Map<string, { taken: number; held: number }>();
    const fromStages = (one: Relief, ms: number): number => {
      const open = one.stages.map((stage) => {
        const key = `${stage.stageId}.${stage.attempt ?? 0}`;
        const known = less.get(key) ?? { taken: 0, held: stage.heldMs };
        less.set(key, known);
        return known;
      });
      const room = open.reduce((all, entry) => all + Math.max(0, entry.held - entry.taken), 0);
      if (room <= 0) return 0;
      const taken = Math.min(ms, room);
      for (const entry of open) entry.taken += (taken * Math.max(0, entry.held - entry.taken)) / room;
      return taken;
    };
    for (const one of reliefs) {
      let left = one.ms;
      if (!one.driverFirst) left -= fromStages(one, left);
      if (left > 0) {
        const driver = fewerDriverMs(at, one, left);
        at = driver.graph;
        left -= driver.takenMs;
      }
      if (one.driverFirst && left > 0) fromStages(one, left);
    }
    return withStages(at, (stage) => {
      const entry = less.get(`${stage.id}.${stage.attempt}`);
      return entry === undefined || entry.held <= 0 || entry.taken <= 0 ? stage : scaled(stage, Math.max(0, 1 - entry.taken / entry.held));
    });
  },
});
