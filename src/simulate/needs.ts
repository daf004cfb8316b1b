// What a run needed of its executors: memory at its peak, spilling, collection, tasks at once, bytes shuffled. The measured side of sizing.
// Law: a peak that was not logged is undefined, so that memory is never lowered on a guess.

import { GIB, MIB, quantile, sorted, sum } from '../base/index.ts';
import { defineFact, FACTS } from '../facts/index.ts';
import { execGraph } from './build.ts';

export interface Needs {
  readonly name: string;
  readonly local: boolean;
  readonly wallMs: number | undefined;
  readonly inputBytes: number;
  /** Heap of one executor (in local mode of the one JVM), bytes. */
  readonly heapBytes: number;
  readonly fraction: number;
  /** Highest heap in use of any executor, garbage included; undefined when one of them logged none. */
  readonly heapPeakBytes: number | undefined;
  /** Most of Spark's pool in use at once. */
  readonly poolPeakBytes: number | undefined;
  /** Beside the heap: Python workers, and the JVM's memory above its heap; undefined when not logged. */
  readonly besideBytes: number | undefined;
  readonly python: boolean;
  /** Memory for which nine of ten tasks of the hungriest stage would not have spilled, bytes. */
  readonly taskBytes: number;
  readonly spilledBytes: number;
  /** Collection ÷ run time of all tasks. */
  readonly gcShare: number;
  /** Task slots of one executor; cores that one task takes. */
  readonly slotsEach: number;
  readonly taskCpus: number;
  readonly executors: number;
  readonly dynamicAllocation: boolean;
  /** Busy share of what was held. */
  readonly utilisation: number | undefined;
  /** The shuffle that follows spark.sql.shuffle.partitions and reads most: its bytes, its partitions, whether AQE merges them. */
  readonly shuffle: { readonly bytes: number; readonly partitions: number; readonly merged: boolean } | undefined;
  /** Most tasks that one stage had. */
  readonly widest: number;
  readonly kubernetes: boolean;
}

export const needs = defineFact('needs', (run, get): Needs => {
  const settings = get(FACTS.settings);
  const { all } = get(FACTS.stages);
  const { allocatedCoreMs, busyCoreMs, peakSlots } = get(FACTS.activity);
  const graph = get(execGraph).graph;
  const working = get(FACTS.executors).filter(({ taskTimeMs, executor }) => taskTimeMs > 0 && (settings.local || executor.id !== 'driver'));
  const peakOf = (name: string): number | undefined => {
    const peaks = working.map(({ executor }) => executor.peaks.get(name) ?? 0);
    return peaks.length === 0 || peaks.some((peak) => peak <= 0) ? undefined : Math.max(...peaks);
  };
  const rssJvm = peakOf('ProcessTreeJVMRSSMemory');
  const rssPython = peakOf('ProcessTreePythonRSSMemory');
  const heapBytes =
    graph?.memory?.heapBytes ?? settings.bytes(settings.local ? 'spark.driver.memory' : 'spark.executor.memory', MIB) ?? GIB;
  const taskNeeds = all.map((fact) => {
    const peak = fact.values('peakMemory');
    const spilled = fact.values('memorySpilled');
    return quantile(sorted(peak.map((bytes, i) => bytes + (spilled[i] as number))), 0.9) ?? 0;
  });
  const cores = working.flatMap(({ executor }) => executor.cores ?? []);
  const slotsEach = graph?.slotsEach ?? Math.max(1, Math.floor((cores[0] ?? peakSlots) / settings.taskCpus));
  const followers = (graph?.stages ?? []).flatMap((stage) =>
    stage.width.kind === 'shuffle' && stage.width.follows
      ? { bytes: sum(stage.tasks.parts().bytes), partitions: stage.width.partitions, merged: stage.width.merged }
      : [],
  );
  const runMs = all.reduce((total, fact) => total + fact.total('runMs'), 0);
  return {
    name: run.application.name ?? run.quality.name,
    local: settings.local,
    wallMs: get(FACTS.clock).wallMs,
    inputBytes: all.reduce((total, fact) => total + fact.total('inputBytes'), 0),
    heapBytes,
    fraction: settings.number('spark.memory.fraction') ?? 0.6,
    heapPeakBytes: peakOf('JVMHeapMemory'),
    poolPeakBytes: graph?.memory?.liveBytes,
    besideBytes: rssJvm === undefined ? undefined : Math.max(0, rssJvm - heapBytes) + (rssPython ?? 0),
    python: (graph?.stages ?? []).some((stage) => (stage.shape?.pythonMs ?? 0) > 0),
    taskBytes: taskNeeds.reduce((top, bytes) => Math.max(top, bytes), 0),
    spilledBytes: all.reduce((total, fact) => total + fact.total('diskSpilled'), 0),
    gcShare: runMs <= 0 ? 0 : all.reduce((total, fact) => total + fact.total('gcMs'), 0) / runMs,
    slotsEach,
    taskCpus: settings.taskCpus,
    executors: graph?.executors ?? Math.max(1, working.length),
    dynamicAllocation: settings.dynamicAllocation,
    utilisation: allocatedCoreMs === undefined || allocatedCoreMs <= 0 ? undefined : busyCoreMs / allocatedCoreMs,
    shuffle: followers.sort((a, b) => b.bytes - a.bytes)[0],
    widest: all.reduce((top, fact) => Math.max(top, fact.width), 0),
    kubernetes: settings.master?.startsWith('k8s:') === true,
  };
});
