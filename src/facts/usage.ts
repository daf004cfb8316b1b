// What a run held while it lived: cores, memory and executors times time. What is paid for, whether used or not.
// Law: a quantity that the log does not tell is undefined; sizes Spark was not told are Spark's own defaults.

import type { Executor, SparkRun } from '../eventlog/index.ts';
import { activity } from './activity.ts';
import { clock } from './clock.ts';
import { defineFact } from './define.ts';
import { settings } from './settings.ts';

export interface UsageFact {
  /** Cores × life of the executors. Core-milliseconds. */
  readonly allocatedCoreMs: number | undefined;
  /** Heap, overhead and off-heap memory × life. MiB × milliseconds. */
  readonly memoryMibMs: number | undefined;
  /** Number of executors × life, ms; in local mode the one JVM. */
  readonly executorMs: number | undefined;
  /** Type of the executors' machines; only some platforms write it into the properties. */
  readonly instance: string | undefined;
}

/** Properties in which platforms name the type of the workers' machines. */
const INSTANCE_KEYS = ['spark.databricks.workerNodeTypeId', 'spark.databricks.clusterUsageTags.clusterNodeType', 'spark.glue.workerType'];

const MIB = 1024 ** 2;
/** spark.executor.memory and spark.driver.memory. */
const DEFAULT_MEMORY = 1024;
/** spark.executor.memoryOverhead: a tenth of the memory, at least 384 MiB. Not taken in local and standalone mode, where nobody asks for it. */
const OVERHEAD_SHARE = 0.1;
const LEAST_OVERHEAD = 384;

export const usage = defineFact('usage', (run: SparkRun, get): UsageFact => {
  const { startMs, endMs } = get(clock);
  const { local, master, bytes, number, get: setting } = get(settings);
  const instance = INSTANCE_KEYS.map((key) => setting(key)).find((name) => name !== undefined);
  const mib = (key: string) => {
    const value = bytes(key, MIB);
    return value === undefined ? undefined : value / MIB;
  };
  const asked = /^(yarn|k8s:)/.test(master ?? '');
  /** MiB that one executor (or the local JVM) holds. */
  const memoryOf = (executor: Executor): number => {
    if (local) return mib('spark.driver.memory') ?? DEFAULT_MEMORY;
    const profile = executor.resourceProfileId === undefined ? undefined : run.resourceProfiles.get(executor.resourceProfileId)?.executor;
    const memory = profile?.get('memory') ?? mib('spark.executor.memory') ?? DEFAULT_MEMORY;
    const share = number('spark.executor.memoryOverheadFactor') ?? OVERHEAD_SHARE;
    const overhead =
      profile?.get('memoryOverhead') ?? mib('spark.executor.memoryOverhead') ?? (asked ? Math.max(LEAST_OVERHEAD, share * memory) : 0);
    const offHeap = profile?.get('offHeap') ?? mib('spark.memory.offHeap.size') ?? 0;
    return memory + overhead + offHeap;
  };
  const { allocatedCoreMs } = get(activity);
  if (startMs === undefined || endMs === undefined) return { allocatedCoreMs, memoryMibMs: undefined, executorMs: undefined, instance };
  let memoryMibMs = 0;
  let executorMs = 0;
  let known = 0;
  for (const executor of run.executors) {
    if (!local && executor.id === 'driver') continue;
    known++;
    const life = Math.max(0, (executor.removedMs ?? endMs) - Math.max(startMs, executor.addedMs ?? startMs));
    executorMs += life;
    memoryMibMs += life * memoryOf(executor);
  }
  return known === 0
    ? { allocatedCoreMs, memoryMibMs: undefined, executorMs: undefined, instance }
    : { allocatedCoreMs, memoryMibMs: Math.round(memoryMibMs), executorMs, instance };
});
