// What a what-if did to a graph, as data: so that a page can switch it on and off without the rule that made it.
// Laws: withChanges(g, [changeOf(g, w(g))]) replays as w(g) does; several changes meet in one stage as a product of their factors;
// of two that cut the same tasks anew, the one that leaves less work holds.

import { sum } from '../base/index.ts';
import { scaled } from './cures.ts';
import { type ExecGraph, type GapPart, type SimStage, type SlotSteps, type TaskSet, withJobs, withStages } from './graph.ts';

export interface StageChange {
  /** Index in `stages`. */
  readonly stage: number;
  /** Every task takes this share of its time … */
  readonly factor?: number;
  /** … or the tasks are others. */
  readonly tasks?: TaskSet;
  readonly delayMs?: number;
}

/** What is left of driver time: of each part of a gap, and of the job's tail; shares of 1. */
export interface JobChange {
  /** Index in `jobs`. */
  readonly job: number;
  readonly gap: readonly number[];
  readonly tail: number;
}

export interface GraphChange {
  readonly stages: readonly StageChange[];
  readonly jobs: readonly JobChange[];
  /** Shares of the parts of the gap at the end that are left. */
  readonly endGap?: readonly number[] | undefined;
  readonly slots?: SlotSteps | undefined;
  readonly executors?: number | undefined;
  readonly assumptions: readonly string[];
}

/** Durations are the same up to this share: rounding of a product. */
const SAME = 1e-6;

/** The one factor between two task sets, or undefined when there is none. */
function factorOf(before: TaskSet, after: TaskSet): number | undefined {
  if (before.duration.length !== after.duration.length || before.lost !== after.lost || before.after !== after.after) return undefined;
  const [was, will] = [sum(before.duration), sum(after.duration)];
  if (was <= 0) return undefined;
  const factor = will / was;
  for (let i = 0; i < before.duration.length; i++) {
    const expected = (before.duration[i] as number) * factor;
    if (Math.abs((after.duration[i] as number) - expected) > SAME * Math.max(1, expected)) return undefined;
  }
  return factor;
}

const share = (after: number | undefined, before: number): number => (before > 0 ? Math.max(0, (after ?? 0) / before) : 1);

const gapShares = (before: readonly GapPart[], after: readonly GapPart[]): readonly number[] =>
  before.map((part, i) => (after.length === before.length ? share(after[i]?.ms, part.ms) : after.length === 0 ? 0 : 1));

/** The difference between a graph and the same graph changed. */
export function changeOf(before: ExecGraph, after: ExecGraph): GraphChange {
  const stages: StageChange[] = [];
  for (const [i, stage] of before.stages.entries()) {
    const next = after.stages[i] as SimStage;
    if (next === stage) continue;
    const factor = next.tasks === stage.tasks ? 1 : factorOf(stage.tasks, next.tasks);
    stages.push({
      stage: i,
      ...(factor === undefined ? { tasks: next.tasks } : factor === 1 ? {} : { factor }),
      ...(next.delayMs === stage.delayMs ? {} : { delayMs: next.delayMs }),
    });
  }
  const jobs: JobChange[] = [];
  for (const [i, job] of before.jobs.entries()) {
    const next = after.jobs[i];
    if (next === undefined || next === job) continue;
    jobs.push({ job: i, gap: gapShares(job.gap, next.gap), tail: share(next.tailMs, job.tailMs) });
  }
  const known = new Set(before.assumptions);
  return {
    stages,
    jobs,
    endGap: after.endGap === before.endGap ? undefined : gapShares(before.endGap, after.endGap),
    slots: after.slots === before.slots ? undefined : after.slots,
    executors: after.executors === before.executors ? undefined : after.executors,
    assumptions: after.assumptions.filter((word) => !known.has(word)),
  };
}

const less = (gap: readonly GapPart[], left: readonly number[]): readonly GapPart[] =>
  gap.map((part, i) => ({ ...part, ms: part.ms * (left[i] ?? 1) }));
const lost = (gap: readonly GapPart[], left: readonly number[]): number =>
  gap.reduce((all, part, i) => all + part.ms * (1 - (left[i] ?? 1)), 0);

/** The graph with these changes, all of them taken of `graph` itself. */
export function withChanges(graph: ExecGraph, changes: readonly GraphChange[]): ExecGraph {
  if (changes.length === 0) return graph;
  const byStage = new Map<number, StageChange[]>();
  const byJob = new Map<number, JobChange[]>();
  for (const change of changes) {
    for (const one of change.stages) byStage.set(one.stage, [...(byStage.get(one.stage) ?? []), one]);
    for (const one of change.jobs) byJob.set(one.job, [...(byJob.get(one.job) ?? []), one]);
  }
  const product = (lists: readonly (readonly number[])[], length: number) =>
    Array.from({ length }, (_, i) => lists.reduce((all, list) => all * (list[i] ?? 1), 1));
  const stages = withStages(graph, (stage, i) => {
    const own = byStage.get(i);
    if (own === undefined) return stage;
    const cut = own.flatMap((one) => (one.tasks === undefined ? [] : [one.tasks])).sort((a, b) => sum(a.duration) - sum(b.duration))[0];
    const factor = own.reduce((all, one) => all * (one.factor ?? 1), 1);
    const delayMs = own.reduce((least, one) => Math.min(least, one.delayMs ?? least), stage.delayMs);
    return { ...scaled(cut === undefined ? stage : { ...stage, tasks: cut }, factor), delayMs };
  });
  const jobs = withJobs(stages, (job, i) => {
    const own = byJob.get(i);
    if (own === undefined) return job;
    const left = product(
      own.map((one) => one.gap),
      job.gap.length,
    );
    return {
      ...job,
      gap: less(job.gap, left),
      gapMs: Math.max(0, job.gapMs - lost(job.gap, left)),
      tailMs: job.tailMs * own.reduce((all, one) => all * one.tail, 1),
    };
  });
  const ends = changes.flatMap((change) => (change.endGap === undefined ? [] : [change.endGap]));
  const left = product(ends, graph.endGap.length);
  const slots = changes.findLast((change) => change.slots !== undefined);
  return {
    ...jobs,
    ...(ends.length === 0 ? {} : { endGap: less(graph.endGap, left), endGapMs: Math.max(0, graph.endGapMs - lost(graph.endGap, left)) }),
    ...(slots?.slots === undefined ? {} : { slots: slots.slots, executors: slots.executors ?? graph.executors }),
    assumptions: [...new Set([...graph.assumptions, ...changes.flatMap((change) => change.assumptions)])],
  };
}
