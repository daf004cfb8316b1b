// Wide read: columns that nothing uses are read and kept. Spark drops them by itself, except where a cache keeps whatever the frame has.
// Law: only a cache whose columns are all known, and whose every reading says which it takes, is judged; widths are the planner's own.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import type { Cache } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { cachingMs, readingMs, typeWidth } from '../reading.ts';
import { heldBy, missingTasks, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'wide-read',
    title: 'Columns read and kept that nothing uses',
    category: 'reading',
    needs: ['stages', 'caches', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['cache', 'read'],
    thresholds: {
      unused: {
        value: 2 / 3,
        unit: 'share',
        origin: 'widths by type are off by a factor of two for text that compresses well: from two thirds on, a third is waste even then',
        description: 'least share of the cached columns, by number and by width, that no query takes out',
      },
      minUses: {
        value: 2,
        unit: 'count',
        origin: 'a cache that is read once is needless as a whole',
        description: 'readings from which the cache itself is worth having',
      },
      bytesPerMs: {
        value: 4500,
        unit: 'bytes',
        origin: 'measured: building column batches took 1.3–4.5 MB of cached bytes a second and core (five caches); the fastest counts',
        description: 'cached bytes that one task builds in a millisecond, where filling the cache cannot be told from the first query',
      },
    },
    explains: ['gc-pressure', 'cache-eviction', 'needless-cache', 'shuffle-spill'],
  },
  diagnose({ stages, caches, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (caches.length === 0)
      return { status: 'notApplicable', why: 'nothing is cached, and Spark reads only the columns that a query names' };
    return placesOr(
      caches.flatMap((cache) => placeOf(cache) ?? []),
      'no cache of many columns of which few are used, as far as the plans name them',
    );

    function placeOf(cache: Cache): Place | undefined {
      const ran = cache.uses.filter(({ node }) => node.stages.length > 0);
      const { schema } = cache;
      if (schema === undefined || cache.otherJobs > 0 || ran.some(({ columns }) => columns === undefined)) return undefined;
      if (ran.filter(({ columns }) => (columns?.length ?? 0) > 0).length < t.minUses) return undefined;
      const used = unique(ran.flatMap(({ columns }) => columns ?? [])).filter((name) => schema.has(name));
      const width = (names: Iterable<string>) => [...names].reduce((sum, name) => sum + typeWidth(schema.get(name) ?? 'string'), 0);
      const all = width(schema.keys());
      const unused = all > 0 ? 1 - width(used) / all : 0;
      if (unused < t.unused || 1 - used.length / schema.size < t.unused) return undefined;
      const held = heldBy(criticalPath, cache.builders);
      const total = cache.builders.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const apart = cache.builders.every((stage) => !cache.readers.includes(stage));
      const filling = apart ? total : Math.min(total, (cachingMs(cache, t.bytesPerMs) ?? 0) + (readingMs(cache.scans) ?? 0));
      const heldMs = total > 0 ? held * (filling / total) * unused : 0;
      const size = cache.bytes === undefined ? '' : ` (${formatBytes(cache.bytes)})`;
      return {
        cause: `A frame of ${formatCount(schema.size)} columns is cached${size}, and the ${formatCount(ran.length)} queries on it use ${formatCount(used.length)} of them (${used.slice(0, 6).join(', ')}${used.length > 6 ? ', …' : ''}): reading and keeping the rest held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [...cache.builders.map(stageRef), ...ran.map(({ tree, node }) => nodeRef(tree, node))],
        numbers: [
          { name: 'columns cached', value: schema.size, unit: 'count' },
          { name: 'columns used', value: used.length, unit: 'count' },
          { name: 'unused by width', value: unused, unit: 'share' },
          { name: 'readings', value: ran.length, unit: 'count' },
          ...(cache.bytes === undefined ? [] : [{ name: 'cached', value: cache.bytes, unit: 'bytes' as const }]),
        ],
        heldMs,
        remedies: [
          `Select the used columns before the cache: \`.select(${used
            .slice(0, 8)
            .map((name) => `"${name}"`)
            .join(', ')}${used.length > 8 ? ', …' : ''}).cache()\`.`,
          'Or cache nothing: the queries then read only their own columns from a columnar file.',
        ],
      };
    }
  },
});
