// What-if: one side of a shuffled join is sent whole to every executor. The stages fuse; shuffle writes, reads, sorts and a barrier disappear.
// Laws: refused when an input is missing or a heap could not hold it; the rest of the work stays; no cycle can come from it, for no dependency is added.
// Source: prediction recipe of public studies, §2.3 (limits), JoinSelection and BroadcastExchangeExec of Spark (8 GiB).

import { formatBytes, GIB, sum } from '../base/index.ts';
import { emptyTasks, missing, type StageRef } from './cures.ts';
import { assuming, type ExecGraph, type JoinShape, type SimStage, type TaskSet, type WhatIf, withStages } from './graph.ts';
import { counted, fitTasks, reshaped } from './resize.ts';

/** BroadcastExchangeExec.MAX_BROADCAST_TABLE_BYTES. */
const MOST = 8 * GIB;
/** The driver holds the rows, the relation made of them, and what it sends; an executor the bytes and the relation. */
const DRIVER_TIMES = 3;
const EXECUTOR_TIMES = 2;
/** Share of a stage's work that packing rows can be at most: the rows themselves must be made. */
const MOST_PACKING = 0.8;

const joinAt = (graph: ExecGraph, ref: StageRef) =>
  graph.stages.findIndex((stage) => stage.id === ref.stageId && stage.shape?.join !== undefined);

function refusal(graph: ExecGraph, ref: StageRef): string | undefined {
  const gone = missing([ref])(graph);
  if (gone !== undefined) return gone;
  const join = graph.stages[joinAt(graph, ref)]?.shape?.join;
  const stage = `stage ${ref.stageId}`;
  if (join === undefined) return `${stage} runs no join of two shuffles: there is nothing to broadcast`;
  if (join.type === undefined)
    return `the plan does not say of which type the join of ${stage} is, and not every join can broadcast a side`;
  if (join.small === undefined) return `the ${join.type} join of ${stage} can broadcast no side that is shuffled for it`;
  const { bytes } = join.small;
  if (bytes === undefined) return `the log does not say how large the side of the join of ${stage} is (data size of its exchange)`;
  if (graph.memory === undefined) return 'the log does not say how large the heaps are: whether a broadcast fits cannot be told';
  if (bytes > MOST) return `the smaller side has ${formatBytes(bytes)}; Spark broadcasts ${formatBytes(MOST)} at most`;
  const { driverHeapBytes, heapBytes } = graph.memory;
  if (DRIVER_TIMES * bytes > driverHeapBytes)
    return `the smaller side has ${formatBytes(bytes)}: a driver of ${formatBytes(driverHeapBytes)} cannot hold it three times, as collecting and sending take`;
  if (EXECUTOR_TIMES * bytes > heapBytes)
    return `the smaller side has ${formatBytes(bytes)}: an executor of ${formatBytes(heapBytes)} cannot hold it twice, as receiving and building take`;
  return undefined;
}

/** The join of this stage broadcasts its smaller side. */
export const broadcast = (ref: StageRef): WhatIf => ({
  name: `broadcast=stage:${ref.stageId}`,
  fuses: true,
  refuse: (graph) => refusal(graph, ref),
  apply: (graph) => {
    const at = joinAt(graph, ref);
    const stage = graph.stages[at];
    const join = stage?.shape?.join;
    if (stage === undefined || join?.small === undefined || refusal(graph, ref) !== undefined) return graph;
    const small = new Set(join.small.writers);
    const big = join.shared ? undefined : oneWriter(graph, at, join);
    const next = withStages(graph, (one, i) => {
      if (small.has(i)) return { ...one, tasks: lighter(one.tasks, writeMs(one, join.small?.packMs ?? 0)) };
      if (i === at) return big === undefined ? joinAlone(one, join) : fused(graph, one, join, big);
      return i === big ? { ...one, delayMs: 0, tasks: emptyTasks, blocks: undefined } : one;
    });
    return assuming(
      next,
      `the ${join.type} join of stage ${stage.id} gets ${formatBytes(join.small.bytes ?? 0)} as a broadcast; collecting, building and sending it take the time that others of its rows took`,
      ...(big === undefined
        ? ['the other side is shuffled all the same: an operator above needs its rows together, or another stage reads them']
        : ['the join runs in the tasks that read the other side; their number is that of its splits']),
    );
  },
});

/** Index of the one stage that writes the large side, when nobody else reads it. */
function oneWriter(graph: ExecGraph, at: number, join: JoinShape): number | undefined {
  const [writer, ...more] = join.big?.writers ?? [];
  if (writer === undefined || more.length > 0 || join.small?.writers.includes(writer) === true) return undefined;
  const read = graph.stages.some((stage, i) => i !== at && stage.parents.includes(writer));
  const width = graph.stages[writer]?.tasks.duration.length ?? 0;
  return read || width === 0 || (graph.stages[at]?.tasks.duration.length ?? 0) === 0 ? undefined : writer;
}

/** Task time that goes with writing a shuffle: what was measured, or what packing its rows takes, Σ ms. */
const writeMs = ({ tasks }: SimStage, packMs: number): number =>
  Math.min(MOST_PACKING * workOf(tasks), Math.max(0, sum(tasks.parts().shuffleWriteMs)) + packMs);

/** Time above the fixed cost of the tasks, Σ ms. */
const workOf = (tasks: TaskSet): number => {
  const rows = counted(tasks);
  return Math.max(0, rows.reduce((all, row) => all + (tasks.duration[row] as number), 0) - rows.length * fitTasks(tasks).fixedMs);
};

/** The set with `ms` less work, in proportion to each task's time above its floor. */
function lighter(tasks: TaskSet, ms: number): TaskSet {
  const above = tasks.duration.map((one) => Math.max(0, one - tasks.floorMs));
  const total = sum(above);
  if (ms <= 0 || total <= 0) return tasks;
  const less = Math.min(1, ms / total);
  return reshaped(
    tasks,
    tasks.duration.map((one, i) => one - less * (above[i] as number)),
    tasks.parts().partition,
  );
}

/** Reading and sorting what is no longer shuffled, Σ ms over the join's tasks. */
function readMs(stage: SimStage, join: JoinShape, share: number, packMs: number): number {
  return Math.min(MOST_PACKING * workOf(stage.tasks), share * (join.sortMs + Math.max(0, sum(stage.tasks.parts().fetchMs))) + packMs);
}

/** The shape behind a join that is no longer shuffled. */
function joined({ shape }: SimStage): SimStage['shape'] {
  const { join: _, ...rest } = shape ?? {};
  return rest;
}

/** Only the small side is no longer shuffled. */
function joinAlone(stage: SimStage, join: JoinShape): SimStage {
  const [small, big] = [join.small?.bytes ?? 0, join.big?.bytes ?? 0];
  const share = small + big > 0 ? small / (small + big) : 0;
  const tasks = lighter(stage.tasks, readMs(stage, join, share, join.small?.packMs ?? 0));
  return { ...stage, delayMs: stage.delayMs + (join.small?.broadcastMs ?? 0), tasks, shape: joined(stage) };
}

/** The tasks of the large side, without writing its shuffle, with the join's own work beside theirs. */
function fused(graph: ExecGraph, stage: SimStage, join: JoinShape, writer: number): SimStage {
  const from = graph.stages[writer] as SimStage;
  const map = lighter(from.tasks, writeMs(from, join.big?.packMs ?? 0));
  const own = Math.max(0, workOf(stage.tasks) - readMs(stage, join, 1, (join.small?.packMs ?? 0) + (join.big?.packMs ?? 0)));
  const total = sum(map.duration);
  const duration = map.duration.map((ms) => ms + (total > 0 ? (own * ms) / total : own / map.duration.length));
  return {
    ...stage,
    width: from.width,
    delayMs: stage.delayMs + (join.small?.broadcastMs ?? 0),
    tasks: reshaped(map, duration),
    shape: joined(stage),
  };
}
