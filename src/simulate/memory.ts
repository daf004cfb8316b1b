// What-if: another heap. Spilling goes as far as tasks then fit; collection falls or rises with the room above what lives.
// Laws: less memory is refused where a peak is unknown or would not fit; more memory never slows a task.
// Sources: UnifiedMemoryManager (pool = (heap − 300 MiB) × spark.memory.fraction; each of N tasks gets at least 1/N of it), gc′ = gc·(H − L)/(H′ − L).

import { formatBytes, MIB, sum } from '../base/index.ts';
import { assuming, type ExecGraph, type SimStage, type WhatIf, withStages } from './graph.ts';
import { reshaped } from './resize.ts';
import { RESERVED } from './shape.ts';

/** What lives may fill so much of a heap; above it collection does not grow evenly any more. */
const MOST_LIVE = 0.8;
/** A task writes what it spills and reads it again at this rate, bytes per ms (page cache; a network disk is ten times slower). */
const SPILL_RATE = (200 * MIB) / 1000;

export const heapMemory = (bytes: number): WhatIf => ({
  name: `memory=${formatBytes(bytes).replaceAll(' ', '')}`,
  refuse: ({ memory }) => {
    if (memory === undefined) return 'the log does not say how large the heaps are';
    const { heapBytes, liveBytes } = memory;
    if (bytes < RESERVED * 1.5) return `Spark starts no executor with less than ${formatBytes(RESERVED * 1.5)}`;
    if (bytes < heapBytes && liveBytes === undefined)
      return 'the log has no memory peaks: whether less memory would hold what lives is not known';
    return liveBytes !== undefined && liveBytes + RESERVED > MOST_LIVE * bytes
      ? `${formatBytes(liveBytes)} of Spark’s memory were in use at once: a heap of ${formatBytes(bytes)} would be full, and how slow it then is cannot be told`
      : undefined;
  },
  apply: (graph) => {
    const { memory } = graph;
    if (memory === undefined || bytes === memory.heapBytes) return graph;
    const live = (memory.liveBytes ?? 0) + RESERVED;
    // What lives may be nearly all of the old heap: then the room was a tenth at least, for the run did end.
    const before = Math.max(memory.heapBytes - live, 0.1 * memory.heapBytes);
    const gcShare = memory.liveBytes === undefined ? 1 : before / Math.max(1, before + bytes - memory.heapBytes);
    const perTask = (heap: number) => (Math.max(0, heap - RESERVED) * memory.fraction) / Math.max(1, graph.slotsEach);
    const [was, will] = [perTask(memory.heapBytes), perTask(bytes)];
    const next = withStages(graph, (stage) => withHeap(stage, gcShare, was, will));
    return assuming(
      { ...next, memory: { ...memory, heapBytes: bytes, ...(graph.local ? { driverHeapBytes: bytes } : {}) } },
      memory.liveBytes === undefined
        ? 'collection stays as it was: the log has no memory peaks'
        : `collection changes with the room above the ${formatBytes(live)} that live at least`,
      `what spills is written and read at ${formatBytes(SPILL_RATE * 1000)} a second and task`,
    );
  },
});

function withHeap(stage: SimStage, gcShare: number, was: number, will: number): SimStage {
  const { tasks } = stage;
  const { gcMs, spillBytes, needBytes, partition } = tasks.parts();
  const spilled = spillBytes.length > 0;
  if (sum(gcMs) <= 0 && !spilled && !(will < was && sum(needBytes) > 0)) return stage;
  const duration = tasks.duration.map((ms, i) => {
    const gc = (gcMs[i] ?? 0) as number;
    const need = (needBytes[i] ?? 0) as number;
    const disk = spilled ? (spillBytes[i] as number) : 0;
    // Of what does not fit into the share of a task, the part that will fit then.
    const over = (share: number) => Math.max(0, need - share);
    const now = over(was);
    const bytes = disk > 0 && now > 0 ? disk * (over(will) / now) : disk > 0 ? disk : will < was ? over(will) : 0;
    const change = (gcShare - 1) * gc + (2 * (bytes - disk)) / SPILL_RATE;
    return Math.max(Math.min(ms, tasks.floorMs), will >= was ? Math.min(ms, ms + change) : ms + change);
  });
  return { ...stage, tasks: reshaped(tasks, duration, partition) };
}

/** The heap of a graph's executors, for curves and doublings, bytes. */
export const heapOf = (graph: ExecGraph): number | undefined => graph.memory?.heapBytes;
