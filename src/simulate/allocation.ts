// What-ifs of executors: how many, of which shape, and by dynamic allocation. All of them come down to slots over time.
// Law: another shape changes memory per task, which one log does not price: it is said, not modelled.

import { assuming, type ExecGraph, type SlotSteps, type WhatIf } from './graph.ts';
import { slots } from './parallelism.ts';
import { replay } from './replay.ts';

/** So many executors of the run's own shape, there from the time at which its first came. */
export const executors = (count: number): WhatIf => ({
  name: `executors=${count}`,
  apply: (graph) => slots(Math.max(1, count * graph.slotsEach)).apply({ ...graph, executors: count }),
});

/** Executors of so many slots each, as many as there were. */
export const executorCores = (cores: number): WhatIf => ({
  name: `executorCores=${cores}`,
  apply: (graph) => {
    const changed = slots(Math.max(1, cores * graph.executors)).apply({ ...graph, slotsEach: cores });
    return cores === graph.slotsEach
      ? changed
      : assuming(changed, 'memory per task changes with the cores of an executor: spilling and collection are taken as they were');
  },
});

/** Spark's defaults: spark.dynamicAllocation.schedulerBacklogTimeout, executorIdleTimeout. */
const BACKLOG_MS = 1000;
const IDLE_MS = 60_000;

/**
 * Dynamic allocation between `min` and `max` executors: while tasks wait, 1, 2, 4 … more each second; idle ones go after a minute.
 * The need over time is that of the run with all `max` executors: a short fixed-point, not Spark's own loop.
 */
export const dynamicAllocation = (min: number, max: number): WhatIf => ({
  name: `dynamicAllocation=${min}..${max}`,
  apply: (graph) => {
    const startUp = graph.slots.times[0] ?? 0;
    let steps: SlotSteps = { times: Float64Array.of(startUp), slots: Float64Array.of(Math.max(1, max) * graph.slotsEach) };
    for (let round = 0; round < 3; round++) {
      const at = { ...graph, slots: steps };
      steps = ramp(at, demandOf(at), min, max, startUp);
    }
    return assuming(
      { ...graph, slots: steps, executors: max },
      `executors come 1, 2, 4 … a second while tasks wait, and go after ${IDLE_MS / 1000} s without work; the cluster gives them at once`,
    );
  },
});

/** Tasks that could run, over time: when each stage was ready and how many tasks it has. */
function demandOf(graph: ExecGraph): { from: number; to: number; tasks: number }[] {
  const done = replay(graph);
  if (done === undefined) return [];
  return graph.stages.flatMap((stage, s) => {
    const from = done.stageStart[s] as number;
    const to = done.stageEnd[s] as number;
    return Number.isNaN(from) || !(to > from) ? [] : [{ from, to, tasks: stage.tasks.duration.length }];
  });
}

function ramp(
  graph: ExecGraph,
  demand: readonly { from: number; to: number; tasks: number }[],
  min: number,
  max: number,
  startUp: number,
): SlotSteps {
  const end = demand.reduce((top, one) => Math.max(top, one.to), startUp);
  const step = Math.max(BACKLOG_MS, (end - startUp) / 20_000);
  const times = [startUp];
  const counts = [Math.max(0, min)];
  let count = Math.max(0, min);
  let burst = 1;
  let idleSince: number | undefined;
  for (let at = startUp + step; at <= end; at += step) {
    const need = Math.ceil(demand.reduce((all, one) => all + (one.from <= at && at < one.to ? one.tasks : 0), 0) / graph.slotsEach);
    const before = count;
    if (need > count) {
      count = Math.min(max, Math.min(need, count + burst));
      burst *= 2;
      idleSince = undefined;
    } else {
      burst = 1;
      if (need < count) {
        idleSince ??= at;
        if (at - idleSince >= IDLE_MS) count = Math.max(min, need);
      } else idleSince = undefined;
    }
    if (count !== before) {
      times.push(at);
      counts.push(count);
    }
  }
  // Without any executor nothing would ever run: the first is asked for when the first task waits.
  if (counts[0] === 0 && times.length === 1) counts[0] = 1;
  return { times: Float64Array.from(times), slots: Float64Array.from(counts, (value) => value * graph.slotsEach) };
}
