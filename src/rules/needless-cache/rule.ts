// Needless cache: a frame is put into memory, column by column, and then read once or never.
// Law: a count of a plain read is no use (it would not have read the columns); what the read itself costs is not the cache's, but for columns
// that only the cache asked for, once the code shows that nothing else reads it.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import type { Cache } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { cachingMs, typeWidth } from '../reading.ts';
import { heldBy, missingTasks, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'needless-cache',
    title: 'Cache that is read once or never',
    category: 'compute',
    needs: ['stages', 'caches', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['cache'],
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
  // The log shows one reading, the code that there can be no other: then the columns that only the cache wanted are its cost too.
  withCode({ caches, criticalPath }, t, code, without) {
    if (without.status !== 'found') return without;
    return {
      status: 'found',
      places: without.places.map((place) => {
        const cache = caches.find((one) => one.uses.some(({ tree, node }) => names(place, tree.execution.id, node.id)));
        const [at, ...others] = code.locate(['cache'], { nodes: refsOf(place) }).filter((one) => one.cache !== undefined);
        if (cache === undefined || at?.cache === undefined || others.length > 0) return place;
        const actions = code.program.actionsOn(at.cache.frame);
        if (actions.length > t.maxUses || actions.some((action) => action.loops.length > 0)) return place;
        const ms = unreadMs(cache);
        const total = cache.builders.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
        if (ms === undefined || total <= 0) return place;
        const heldMs = heldBy(criticalPath, cache.builders) * Math.min(1, ms / total);
        return {
          ...place,
          cause: `${place.cause} No other action of the code reads it, and without it the source would be asked for ${formatCount(cache.uses[0]?.columns?.length ?? 0)} of ${formatCount(cache.schema?.size ?? 0)} columns: up to ${formatMillis(heldMs)} more.`,
          numbers: [...place.numbers, { name: 'time for columns that nothing reads', value: Math.round(ms), unit: 'ms' }],
          heldMs: place.heldMs + heldMs,
        };
      }),
    };
  },
});

const refsOf = (place: Place) =>
  place.evidence.flatMap((ref) =>
    ref.kind === 'sql' && ref.nodeId !== undefined ? [{ executionId: ref.executionId, nodeId: ref.nodeId }] : [],
  );
const names = (place: Place, executionId: number, nodeId: number): boolean =>
  refsOf(place).some((ref) => ref.executionId === executionId && ref.nodeId === nodeId);

/** Bytes that one connection to a database moves in a millisecond at least: what takes longer is the database's work on rows, whatever the columns. */
const JDBC_BYTES_PER_MS = 5_000;
/** Formats of which Spark reads only the columns that it needs. */
const BY_COLUMN = /^(parquet|orc)$/i;

/** Task time that went into fetching columns that no reader of the cache takes, by the width of their types; undefined when not known. */
function unreadMs(cache: Cache): number | undefined {
  const { schema, uses, scans } = cache;
  const [scan] = scans;
  if (schema === undefined || !cache.plain || scans.length !== 1 || scan === undefined) return undefined;
  if (scan.kind !== 'jdbc-scan' && !BY_COLUMN.test(scan.metadata.Format ?? /^FileScan (\w+)/.exec(scan.detail)?.[1] ?? ''))
    return undefined;
  const read = new Set(uses.flatMap(({ columns }) => columns ?? [...schema.keys()]));
  const width = (columns: Iterable<string>) => [...columns].reduce((sum, name) => sum + typeWidth(schema.get(name) ?? 'string'), 0);
  const ms = scan.metric('scan time', 'scan time total (min, med, max)', 'JDBC remote data fetch and translation time');
  const all = width(schema.keys());
  if (ms === undefined || all <= 0) return undefined;
  const unread = 1 - width(read) / all;
  if (scan.kind !== 'jdbc-scan') return ms * unread;
  const rows = scan.metric('number of output rows', 'rows scanned') ?? 0;
  return Math.min(ms * unread, (rows * all * unread) / JDBC_BYTES_PER_MS);
}
