// What the plan and the executors tell beyond tasks: joins of two shuffles, time in Python, heaps. What-ifs on them need it, and refuse without.
// Law: only what is logged; a size that is missing stays undefined, so that nothing is advised on a guess.

import { MIB, sum } from '../base/index.ts';
import {
  buildSides,
  childOperators,
  type ExecutorFact,
  exchangeBelow,
  joinType,
  needsDistribution,
  type PlanNode,
  type Plans,
  pythonMs,
  type Settings,
  type StageFact,
  smallestHeap,
  writersOf,
} from '../facts/index.ts';
import type { JoinShape, JoinSide, MemoryShape, StageShape } from './graph.ts';

/** Task time to write, or to read and sort, one shuffled row and one byte of it, ms (measured on a join of 1.5 million rows, 168 MB). */
const ROW_MS = 0.002;
const BYTE_MS = 1e-5;
/** Wall time to collect, build and send one row of a broadcast, ms (measured: 4.7 µs). */
const BROADCAST_ROW_MS = 0.0047;

/** What the plan tells of a stage; `indexOf`: its index among the stages of the graph. */
export function shapeOf(fact: StageFact, plans: Plans, indexOf: (stage: StageFact) => number | undefined): StageShape | undefined {
  const nodes = plans.ofStage(fact).map(({ node }) => node);
  const joins = nodes.filter((node) => (node.kind === 'sort-merge-join' || node.kind === 'shuffled-hash-join') && !node.cached);
  const join = joins.map((node) => joinOf(node, fact, indexOf)).find((one) => one !== undefined);
  const python = nodes.filter((node) => node.kind === 'python-row' || node.kind === 'python-arrow');
  const own = idleMs(fact);
  const inPython = sum(
    python.map((node) => {
      const all = sum([...new Set(node.stages)].map(idleMs));
      return all <= 0 ? 0 : (pythonMs(node) * own) / all;
    }),
  );
  // Python beside a plan (RDD functions) has no node: the names of its RDDs tell.
  const pythonAll = python.length === 0 && fact.stage.rdds.some((rdd) => rdd.name === 'PythonRDD') ? own : Math.min(own, inPython);
  if (join === undefined && pythonAll <= 0) return undefined;
  return { ...(join === undefined ? {} : { join }), ...(pythonAll <= 0 ? {} : { pythonMs: pythonAll }) };
}

/** Run time that is neither CPU of the JVM, collection nor shuffle, Σ ms. */
const idleMs = (fact: StageFact): number =>
  Math.max(
    0,
    fact.total('runMs') - fact.total('cpuNs') / 1e6 - fact.total('gcMs') - fact.total('fetchWaitMs') - fact.total('shuffleWriteNs') / 1e6,
  );

function joinOf(join: PlanNode, fact: StageFact, indexOf: (stage: StageFact) => number | undefined): JoinShape | undefined {
  const sides = childOperators(join).map((child) => sideOf(child, fact, indexOf));
  if (sides.length !== 2 || sides.every((side) => side === undefined)) return undefined;
  const [left, right] = sides;
  const type = joinType(join);
  const built = buildSides(type)
    .map((side) => (side === 'left' ? { small: left, big: right } : { small: right, big: left }))
    .filter(({ small }) => small !== undefined)
    .sort((a, b) => (a.small?.bytes ?? Number.POSITIVE_INFINITY) - (b.small?.bytes ?? Number.POSITIVE_INFINITY))[0];
  const sorts = childOperators(join).map((child) => (child.kind === 'sort' ? (child.metric('sort time') ?? 0) : 0));
  return { type, small: built?.small, big: built?.big, sortMs: sum(sorts), shared: needsDistribution(join) };
}

/** A side with a shuffle of its own that another stage wrote. */
function sideOf(child: PlanNode, fact: StageFact, indexOf: (stage: StageFact) => number | undefined): JoinSide | undefined {
  const exchange = exchangeBelow(child);
  if (exchange === undefined || exchange.kind !== 'exchange' || exchange.reused) return undefined;
  const writers = writersOf(exchange)
    .filter((stage) => stage !== fact)
    .flatMap((stage) => indexOf(stage) ?? []);
  if (writers.length === 0) return undefined;
  const bytes = exchange.metric('data size');
  const rows = exchange.metric('shuffle records written', 'records read') ?? 0;
  return {
    bytes: bytes !== undefined && bytes > 0 ? bytes : undefined,
    writers,
    packMs: rows * ROW_MS + (bytes ?? 0) * BYTE_MS,
    broadcastMs: rows * BROADCAST_ROW_MS,
  };
}

/** Spark keeps this much of every heap for itself (UnifiedMemoryManager.RESERVED_SYSTEM_MEMORY_BYTES). */
export const RESERVED = 300 * MIB;

/** The heaps of the run; undefined when no executor told its memory. */
export function memoryOf(executors: readonly ExecutorFact[], settings: Settings): MemoryShape | undefined {
  const fraction = settings.number('spark.memory.fraction') ?? 0.6;
  const working = executors.filter(({ taskTimeMs }) => taskTimeMs > 0).map(({ executor }) => executor);
  const pools = working.flatMap((executor) => executor.maxOnHeapMemory ?? executor.maxMemory ?? []);
  if (pools.length === 0 || fraction <= 0) return undefined;
  const live = working.flatMap((executor) => {
    const peak = (name: string) => Math.max(0, executor.peaks.get(name) ?? 0);
    const used = Math.max(peak('OnHeapUnifiedMemory'), peak('OnHeapStorageMemory') + peak('OnHeapExecutionMemory'));
    return executor.peaks.size === 0 ? [] : [used];
  });
  return {
    heapBytes: Math.min(...pools) / fraction + RESERVED,
    driverHeapBytes: settings.local
      ? Math.min(...pools) / fraction + RESERVED
      : (settings.bytes('spark.driver.memory', MIB) ?? smallestHeap(settings, executors)),
    fraction,
    liveBytes: live.length < working.length ? undefined : Math.max(...live),
  };
}
