// GC pressure: a heap too small for what must live in it, so that tasks wait for the collector.
// Law: the collector's share of the run time alone proves nothing (a fast allocator has it too): memory must be short as well.
// JVM GC time is that of the whole JVM in each task that ran meanwhile, so Σ GC ÷ Σ run time is its share, not Σ GC alone.

import { formatBytes, formatShare, GIB, MIB } from '../../base/index.ts';
import type { Executor } from '../../eventlog/index.ts';
import type { StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type FactMap, type Place } from '../define.ts';

type Facts = Pick<FactMap, 'run' | 'executors' | 'criticalPath' | 'settings' | 'plans'>;

/** Spark keeps this much of every heap for itself (UnifiedMemoryManager.RESERVED_SYSTEM_MEMORY_BYTES). */
const RESERVED = 300 * MIB;

export const rule = defineRule({
  meta: {
    id: 'gc-pressure',
    title: 'Heap too small for what must live in it',
    category: 'resources',
    needs: ['run', 'executors', 'criticalPath', 'settings', 'plans'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['aggregate', 'window', 'join', 'cache', 'setting', 'udf'],
    keysInCode: ['spark.memory.fraction'],
    thresholds: {
      gcShare: {
        value: 0.1,
        unit: 'share',
        origin: 'Dr. Elephant and the Kubeflow tools warn from 0.10 of task time',
        description: 'least share of the run time of a stage that the collector took',
      },
      normalShare: {
        value: 0.03,
        unit: 'share',
        origin: 'median share over the healthy scenarios (0.00–0.04)',
        description: 'share that any run spends on collecting',
      },
      poolShare: {
        value: 0.4,
        unit: 'share',
        origin:
          'measured: 0.55 of the pool in the one run with a heap too small, 0.13–0.15 in runs with as much collecting and a heap large enough',
        description: "least share of Spark's memory pool in use (storage and execution together) at its peak",
      },
      heapShare: {
        value: 0.85,
        unit: 'share',
        origin: 'DataFlint calls a heap full from 0.95; G1 collects in full before that',
        description: 'least peak of the heap in use ÷ its size',
      },
      bytesPerSlot: {
        value: 300 * MIB,
        unit: 'bytes',
        origin: "Spark's own reserve of a whole heap; used only when the log has no memory peaks",
        description: 'heap per task slot below which memory counts as short',
      },
    },
    explains: ['shuffle-spill', 'cache-eviction', 'needless-cache'],
  },
  diagnose(facts, t) {
    const { run, criticalPath } = facts;
    const total = criticalPath.stages.reduce((sum, { stage }) => sum + stage.total('runMs'), 0);
    if (total === 0) return { status: 'noData', missing: ['task run times'] };
    if (criticalPath.stages.every(({ stage }) => stage.total('gcMs') === 0))
      return { status: 'clear', note: 'the collector took no time that was logged' };
    const tight = facts.executors
      .filter((fact) => fact.taskTimeMs > 0)
      .map((fact) => memoryOf(fact.executor, facts))
      .filter((memory) => memory !== undefined);
    const short = tight.find(
      (memory) =>
        memory.poolShare >= t.poolShare || memory.heapShare >= t.heapShare || (!memory.measured && memory.perSlot < t.bytesPerSlot),
    );
    const stages = criticalPath.stages
      .map(({ stage, heldMs }) => ({ stage, share: Math.min(1, stage.total('gcMs') / Math.max(1, stage.total('runMs'))), heldMs }))
      .filter(({ share, stage, heldMs }) => share >= t.gcShare && heldMs > 0 && stage.total('runMs') >= heldMs / 2)
      .map((entry) => ({ ...entry, gcMs: entry.heldMs * (entry.share - t.normalShare) }));
    const heldMs = stages.reduce((sum, entry) => sum + entry.gcMs, 0);
    const top = [...stages].sort((a, b) => b.gcMs - a.gcMs)[0];
    if (top === undefined) return { status: 'clear', note: `no stage spent ${formatShare(t.gcShare)} of its time collecting` };
    if (tight.length === 0 && run.executors.length > 0)
      return { status: 'noData', missing: ['executor memory (BlockManagerAdded) or its peaks'] };
    if (short === undefined)
      return {
        status: 'clear',
        note: `the collector took ${formatShare(top.share)} of stage ${top.stage.stage.id}, and the heap was not short: the cause is how much is allocated, not how much is there`,
      };
    return { status: 'found', places: [placeOf(stages, heldMs, short, facts)] };
  },
});

interface Memory {
  readonly executor: Executor;
  readonly heap: number;
  readonly pool: number;
  readonly fraction: number;
  readonly slots: number;
  readonly perSlot: number;
  readonly heapShare: number;
  readonly poolShare: number;
  /** The log holds peaks of this executor. */
  readonly measured: boolean;
}

/** The pool is (heap − reserve) × spark.memory.fraction: the heap's true size follows from what the block manager says. */
function memoryOf(executor: Executor, { settings }: Facts): Memory | undefined {
  const fraction = settings.number('spark.memory.fraction') ?? 0.6;
  const pool = executor.maxOnHeapMemory ?? executor.maxMemory;
  if (pool === undefined || pool <= 0 || fraction <= 0) return undefined;
  const heap = pool / fraction + RESERVED;
  const peak = (name: string) => Math.max(0, executor.peaks.get(name) ?? 0);
  const used = Math.max(peak('OnHeapUnifiedMemory'), peak('OnHeapStorageMemory') + peak('OnHeapExecutionMemory'));
  const slots = Math.max(1, Math.floor((executor.cores ?? 1) / settings.taskCpus));
  return {
    executor,
    heap,
    pool,
    fraction,
    slots,
    perSlot: heap / slots,
    heapShare: peak('JVMHeapMemory') / heap,
    poolShare: used / pool,
    measured: executor.peaks.size > 0 && peak('JVMHeapMemory') > 0,
  };
}

function placeOf(
  stages: readonly { stage: StageFact; share: number; gcMs: number }[],
  heldMs: number,
  memory: Memory,
  facts: Facts,
): Place {
  const top = [...stages].sort((a, b) => b.gcMs - a.gcMs)[0] as { stage: StageFact; share: number };
  const executions = [...new Set(stages.flatMap(({ stage }) => stage.execution?.id ?? []))];
  // Lists that a later stage collects fill the same heap: all plans of the run count.
  const nodes = facts.plans.all.flatMap((tree) => tree.nodes);
  const why = memory.measured
    ? `, ${formatShare(Math.max(memory.poolShare, memory.heapShare))} of ${memory.poolShare >= memory.heapShare ? "Spark's pool" : 'the heap'} in use at its peak`
    : '';
  const evidence: EvidenceRef[] = [
    ...stages.map(({ stage }): EvidenceRef => ({ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt })),
    ...executions.map((executionId): EvidenceRef => ({ kind: 'sql', executionId })),
    { kind: 'executor', id: memory.executor.id },
    ...(memory.fraction > 0.6 ? [{ kind: 'conf', key: 'spark.memory.fraction', value: String(memory.fraction) } as const] : []),
  ];
  return {
    cause: `The collector took ${formatShare(top.share)} of the run time of stage ${top.stage.stage.id}: ${formatBytes(memory.heap)} of heap serve ${memory.slots} tasks at once (${formatBytes(memory.perSlot)} each)${why}.`,
    evidence,
    numbers: [
      { name: 'GC share of run time', value: top.share, unit: 'share' },
      { name: 'heap', value: memory.heap, unit: 'bytes' },
      { name: 'heap per task', value: memory.perSlot, unit: 'bytes' },
      { name: "peak share of Spark's pool", value: memory.poolShare, unit: 'share' },
    ],
    heldMs,
    remedies: remedies(
      memory,
      nodes.map((node) => `${node.name} ${node.detail}`),
      nodes.some((node) => node.kind === 'memory-scan'),
      facts,
    ),
  };
}

function remedies(memory: Memory, nodes: readonly string[], cached: boolean, { settings }: Facts): string[] {
  const key = settings.local ? 'spark.driver.memory' : 'spark.executor.memory';
  const target = Math.max(2 * memory.heap, memory.slots * 512 * MIB);
  const sizes = `${formatBytes(memory.heap)} → ${target >= GIB ? `${Math.ceil(target / GIB)}g` : `${Math.ceil(target / MIB)}m`}`;
  const lists = nodes.some((text) => /collect_list|collect_set|ObjectHashAggregate/.test(text));
  return [
    ...(lists
      ? [
          'Aggregate with native functions (sum, max_by, count) instead of collecting objects into lists: nothing of a group then has to live in the heap.',
        ]
      : []),
    ...(cached
      ? ['Do not cache here, or cache outside the heap: persist(StorageLevel.DISK_ONLY), with only the columns that are read again.']
      : []),
    ...(memory.fraction > 0.6
      ? [
          `Take spark.memory.fraction back from ${memory.fraction} to 0.6: what is left for the objects of the code itself is only ${formatBytes(memory.heap - RESERVED - memory.pool)}.`,
        ]
      : []),
    `Give the heap room: ${key} ${sizes}${memory.slots > 1 && !settings.local ? `, or half the cores per executor (${Math.floor(memory.slots / 2)} tasks share what ${memory.slots} share now)` : ''}.`,
  ].slice(0, 3);
}
