// What-ifs of width: slots, executors, shuffle partitions. Each says what follows from it: other splits, other merging, or nothing at all.
// Laws: the same number is the same graph; partitions that AQE merges by bytes do not change with the setting, and it is said so.

import { median, plural } from '../base/index.ts';
import { contentionOf, warmStartMs, withSlots } from './contention.ts';
import { assuming, type ExecGraph, peakSlots, type SimStage, type TaskSet, type WhatIf, withStages } from './graph.ts';
import { fitTasks, rebucketed, regrouped, reshaped } from './resize.ts';
import { mergeTarget, splitsOf } from './width.ts';

/** So many task slots in all, in the shape over time that the run had. */
export const slots = (count: number): WhatIf => ({
  name: `cores=${count}`,
  apply: (graph) => {
    const before = peakSlots(graph);
    if (before <= 0 || count === before) return graph;
    const changed: ExecGraph = {
      ...graph,
      slots: {
        times: graph.slots.times,
        slots: graph.slots.slots.map((value) => (value <= 0 ? 0 : Math.max(1, Math.round((value * count) / before)))),
      },
    };
    const seen = graph.local || graph.oneHost === true ? contentionOf(graph) : undefined;
    const resized = resplit(changed, before, count);
    if (seen === undefined) return resized;
    const shared = withSlots(resized, before, count, seen);
    return shared === resized
      ? resized
      : assuming(
          shared,
          `computing shares about ${plural(seen.cores, 'core')}, whatever the number of slots (read off the tasks’ start-up times)`,
        );
  },
});

/** What follows from other slots: input splits and AQE's merging are made for the slots there are. */
function resplit(graph: ExecGraph, before: number, after: number): ExecGraph {
  let splits = false;
  let merges = false;
  const next = withStages(graph, (stage) => {
    const { width, tasks } = stage;
    const n = tasks.duration.length;
    if (width.kind === 'files') {
      const was = splitsOf(width, before);
      const will = splitsOf(width, after);
      // The formula must explain what was before it says what will be.
      if (was === will || Math.abs(was - n) > Math.max(1, 0.1 * n)) return stage;
      splits = true;
      return { ...stage, tasks: regrouped(tasks, Math.max(1, Math.round((n * will) / was)), fitTasks(tasks).fixedMs) };
    }
    if (width.kind === 'shuffle' && width.merged) {
      const total = totalBytes(stage);
      const was = mergeTarget(width, total, before);
      const will = mergeTarget(width, total, after);
      if (was === will || total <= 0) return stage;
      const count = Math.max(1, Math.min(width.partitions, Math.round((n * was) / will)));
      if (count === n) return stage;
      merges = true;
      return { ...stage, tasks: regrouped(tasks, count, fitTasks(tasks).fixedMs) };
    }
    return stage;
  });
  return assuming(
    next,
    ...(splits ? ['input splits are packed anew for the slots (spark.sql.files.maxPartitionBytes and open cost as in the run)'] : []),
    ...(merges ? ['AQE merges partitions for the slots there are'] : []),
  );
}

const totalBytes = (stage: SimStage): number => {
  const { bytes } = stage.tasks.parts();
  let total = 0;
  for (let i = 0; i < bytes.length; i++) total += bytes[i] as number;
  return total;
};

/**
 * The bypass-merge writer opens a file for each block. Computing per block, ms: 0.31 to 0.4 measured over 32 to 128 blocks (labelled runs); never more than
 * the stage's own CPU time over its blocks.
 */
const BLOCK_CPU_MS = 0.3;
/** Time per unit of it (creating, closing, merging files): 0.85 to 1.2 ms a block with 128 blocks (labelled runs). */
const BLOCK_HIDDEN = 3.8;

/** ms per block that a task of this stage writes. */
function blockMs(stage: SimStage): number {
  const { blocks, tasks } = stage;
  if (blocks === undefined || blocks.count > blocks.bypassTo) return 0;
  const { cpuMs } = tasks.parts();
  return BLOCK_HIDDEN * Math.min(BLOCK_CPU_MS, (median(cpuMs) ?? 0) / blocks.count);
}

/** Each task writes so many blocks more (or fewer), ms. */
function withBlocks(stage: SimStage, count: number): { readonly removed: TaskSet; readonly addMs: number } {
  const per = blockMs(stage);
  const blocks = stage.blocks;
  if (per <= 0 || blocks === undefined || !blocks.follows) return { removed: stage.tasks, addMs: 0 };
  const will = count > blocks.bypassTo ? 0 : per * count;
  const was = per * blocks.count;
  const duration = stage.tasks.duration.map((ms) => Math.max(Math.min(ms, stage.tasks.floorMs), ms - was));
  return { removed: reshaped(stage.tasks, duration, stage.tasks.parts().partition), addMs: will };
}

const plusEach = (tasks: TaskSet, ms: number): TaskSet =>
  ms <= 0
    ? tasks
    : reshaped(
        tasks,
        tasks.duration.map((one) => one + ms),
        tasks.parts().partition,
      );

/** spark.sql.shuffle.partitions = count, for every shuffle that follows the setting. */
export const shufflePartitions = (count: number): WhatIf => ({
  name: `shufflePartitions=${count}`,
  apply: (graph) => {
    let changed = 0;
    let merged = 0;
    let fixed = 0;
    const next = withStages(graph, (stage) => {
      const { width, tasks } = stage;
      const blocks = stage.blocks?.follows === true && stage.blocks.count !== count ? { ...stage.blocks, count } : undefined;
      const { removed, addMs } = blocks === undefined ? { removed: stage.tasks, addMs: 0 } : withBlocks(stage, count);
      if (width.kind !== 'shuffle' || !width.follows || width.partitions === count) {
        if (width.kind === 'shuffle' && !width.follows) fixed++;
        return blocks === undefined ? stage : { ...stage, blocks, tasks: plusEach(removed, addMs) };
      }
      if (width.merged) {
        // Groups are made by bytes: fewer partitions matter only below the number of groups.
        if (count >= tasks.duration.length) {
          merged++;
          return { ...stage, width: { ...width, partitions: count } };
        }
        changed++;
        return { ...stage, width: { ...width, partitions: count }, tasks: regrouped(tasks, count, fitTasks(tasks).fixedMs) };
      }
      changed++;
      // A stage of one wave shows only what the first task of each slot costs; those after it find classes and broadcasts there: between the two.
      const oneWave = count > width.partitions && tasks.duration.length <= peakSlots(graph);
      const fit = fitTasks(removed).fixedMs;
      const fixedMs = oneWave ? Math.min(fit, Math.sqrt(fit * warmStartMs(graph))) : fit;
      const resized = width.hash ? rebucketed(removed, width.partitions, count, fixedMs) : regrouped(removed, count, fixedMs);
      return { ...stage, blocks: blocks ?? stage.blocks, width: { ...width, partitions: count }, tasks: plusEach(resized, addMs) };
    });
    return assuming(
      next,
      ...(changed > 0 ? [`${changed} stages get ${count} partitions; rows keep their key’s hash`] : []),
      ...(merged > 0
        ? [`no effect on ${merged} stages: AQE merges their partitions by bytes (spark.sql.adaptive.coalescePartitions.parallelismFirst)`]
        : []),
      ...(changed + merged === 0 ? ['no effect: no shuffle of this run follows spark.sql.shuffle.partitions'] : []),
      ...(fixed > 0 ? [`${fixed} stages keep the number that the program asks for`] : []),
    );
  },
});
