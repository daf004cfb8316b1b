// Needless cache: a frame is put into memory, column by column, and then read once or never.
// Law: a count of a plain read is no use (it would not have read the columns); what the read itself costs is not the cache's.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import type { Cache } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { cachingMs } from '../reading.ts';
import { heldBy, missingTasks, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'needless-cache',
    title: 'Cache that is read once or never',
    category: 'compute',
    needs: ['stages', 'caches', 'criticalPath'],
    fixability: 'review',
    saves: 'time',
    thresholds: {
      maxUses: {
        value: 1,
        unit: 'count',
        origin: 'a cache pays from the second reading on: the first one fills it',
        description: 'readings up to which a cache is needless',
      },
      bytesPerMs: {
        value: 4500,
        unit: 'bytes',
        origin: 'measured: building column batches took 1.3–4.5 MB of cached bytes a second and core (five caches); the fastest counts',
        description: 'cached bytes that one task builds in a millisecond, where the read cannot be told from the caching',
      },
    },
    explains: ['wide-read', 'gc-pressure', 'cache-eviction', 'shuffle-spill'],
  },
  diagnose({ stages, caches, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (caches.length === 0) return { status: 'notApplicable', why: 'no query reads a cached frame' };
    return placesOr(
      caches.flatMap((cache) => placeOf(cache) ?? []),
      `${caches.length === 1 ? 'the cached frame is' : 'the cached frames are'} read more than once`,
    );

    function placeOf(cache: Cache): Place | undefined {
      const ran = cache.uses.filter(({ node }) => node.stages.length > 0);
      const counts = ran.filter(({ columns }) => columns?.length === 0);
      const uses = (cache.plain ? ran.length - counts.length : ran.length) + cache.otherJobs;
      // More than one reading of which all but one only count: the first of them was there to fill the cache.
      if (uses > t.maxUses || cache.builders.length === 0 || ran.length === 0) return undefined;
      const held = heldBy(criticalPath, cache.builders);
      const total = cache.builders.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const ms = cachingMs(cache, t.bytesPerMs);
      if (ms === undefined || total <= 0) return undefined;
      const heldMs = held * Math.min(1, ms / total);
      const what = cache.bytes === undefined ? '' : ` of ${formatBytes(cache.bytes)}`;
      const columns = cache.schema === undefined ? '' : ` and ${formatCount(cache.schema.size)} columns`;
      const stage = cache.builders[0]?.stage.id;
      const read = uses === 0 ? (counts.length > 0 ? 'only counted' : 'never read') : 'read once';
      return {
        cause: `A frame${what}${columns} is cached (stage ${stage}) and ${read}${uses > 0 && counts.length > 0 ? ', beside a count that only fills it' : ''}: putting it into memory took ${formatMillis(ms)} of task time and held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [...cache.builders.map(stageRef), ...unique(ran).map(({ tree, node }) => nodeRef(tree, node))],
        numbers: [
          { name: 'readings', value: uses, unit: 'count' },
          { name: 'counts', value: counts.length, unit: 'count' },
          { name: 'time to fill the cache', value: Math.round(ms), unit: 'ms' },
          ...(cache.bytes === undefined ? [] : [{ name: 'cached', value: cache.bytes, unit: 'bytes' as const }]),
        ],
        heldMs,
        remedies: [
          'Remove `.cache()` / `.persist()` here: the one query then reads only the columns and rows that it needs.',
          ...(counts.length > 0
            ? ['Drop the `count()` that only fills the cache; take a count from the write instead (`df.observe`).']
            : []),
          'If a later run or another session reads it again, write it once as a table instead.',
        ],
      };
    }
  },
});
