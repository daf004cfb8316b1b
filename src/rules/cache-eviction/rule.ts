// Cache eviction: a cached frame does not fit, so that partitions of it are computed again whenever they are read.
// Law: proved by counts: below a cache each partition reports once; every report beyond that is a partition that was dropped and made again.

import { formatBytes, formatCount, formatMillis, formatShare } from '../../base/index.ts';
import type { Cache } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { heldBy, missingTasks, nodeRef, stageRef } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'cache-eviction',
    title: 'Cache that does not fit and is computed again',
    category: 'compute',
    needs: ['run', 'stages', 'caches', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['cache', 'setting'],
    keysInCode: ['spark.memory.fraction', 'spark.memory.storageFraction'],
    thresholds: {
      minAgain: {
        value: 0.05,
        unit: 'share',
        origin: 'a retried or speculative task reports its partition twice; from one in twenty on it is not chance',
        description: 'least share of the partitions that were computed again',
      },
    },
    explains: ['recomputed-lineage', 'repeated-scan', 'gc-pressure'],
  },
  diagnose({ run, stages, caches, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (caches.length === 0) return { status: 'notApplicable', why: 'no query reads a cached frame' };
    if (caches.every((cache) => cache.partitions === undefined))
      return { status: 'noData', missing: ['number of partitions of the cached frames'] };
    const pool = run.executors.reduce((sum, executor) => sum + (executor.maxMemory ?? 0), 0);
    return placesOr(
      caches.flatMap((cache) => placeOf(cache) ?? []),
      'every partition of the cached frames was computed once',
    );

    function placeOf(cache: Cache): Place | undefined {
      const partitions = cache.partitions ?? 0;
      if (partitions === 0 || cache.recomputed < t.minAgain * partitions || cache.again.length === 0) return undefined;
      const tasks = cache.again.reduce((sum, stage) => sum + stage.width, 0);
      const part = Math.min(1, cache.recomputed / Math.max(1, tasks));
      const heldMs = heldBy(criticalPath, cache.again) * part;
      const uses = cache.uses.filter(({ node }) => node.stages.length > 0);
      return {
        cause: `A cached frame of ${formatCount(partitions)} partitions does not stay in memory: partitions were computed ${formatCount(cache.recomputed)} times again (${formatShare(cache.recomputed / partitions)} of it) for ${formatCount(uses.length)} readings; that held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [...cache.again.map(stageRef), ...uses.map(({ tree, node }) => nodeRef(tree, node))],
        numbers: [
          { name: 'partitions', value: partitions, unit: 'count' },
          { name: 'computed again', value: cache.recomputed, unit: 'count' },
          ...(pool > 0 ? [{ name: "executors' memory for storage and execution", value: pool, unit: 'bytes' as const }] : []),
        ],
        heldMs,
        remedies: [
          "Keep what does not fit on disk: `persist(StorageLevel.MEMORY_AND_DISK)` (a DataFrame's `cache()` does so; an RDD's and MEMORY_ONLY do not).",
          'Cache less: select the columns and filter the rows that the later queries need before the cache, and `unpersist()` what is no longer read.',
          pool > 0
            ? `Or give it room: storage and execution share ${formatBytes(pool)}; more executors or a larger heap.`
            : 'Or give it room: more executors or a larger heap.',
        ],
      };
    }
  },
});
