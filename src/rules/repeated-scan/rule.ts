// Repeated scan: the same files, filters and columns are read by several queries or branches of one, without work in common above.
// Law: only the reading itself counts (scan time, not what is done with the rows), the dearest read is needed; a pass that a larger cause makes
// (a loop, a shared lineage, the sampling of a sort) is told by that cause.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import type { Scan } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { pathOf, readingMs } from '../reading.ts';
import { heldBy, missingTasks, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'repeated-scan',
    title: 'Same files read again',
    category: 'reading',
    needs: ['stages', 'scans', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['read', 'action'],
    thresholds: {
      minReads: { value: 2, unit: 'count', origin: 'the second read is the first that repeats', description: 'reads of the same files' },
      minBytes: {
        value: 64 * 1024 ** 2,
        unit: 'bytes',
        origin: 'half of spark.sql.files.maxPartitionBytes: less is one short task a read, and a cache costs more than that',
        description: 'bytes of the files from which reading them again matters',
      },
    },
    explains: [],
  },
  diagnose({ stages, scans, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const files = scans.filter((scan) => scan.node.kind === 'scan' && scan.bytes !== undefined && scan.stages.length > 0);
    if (files.length === 0) return { status: 'notApplicable', why: 'no scan of files with known sizes' };
    const same = new Map<string, Scan[]>();
    for (const scan of files) {
      if (/runId = /.test(scan.tree.execution.description ?? '') || (scan.bytes as number) < t.minBytes) continue;
      const key = `${scan.source}|${scan.partitionFilters}|${scan.bytes}`;
      same.set(key, [...(same.get(key) ?? []), scan]);
    }
    return placesOr(
      [...same.values()].filter((reads) => reads.length >= t.minReads).flatMap((reads) => placeOf(reads) ?? []),
      'no large file is read twice in the same way',
    );

    function placeOf(reads: readonly Scan[]): Place | undefined {
      const held = reads.map((scan) => {
        const total = scan.stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
        const ms = readingMs([scan.node]);
        return total > 0 && ms !== undefined ? heldBy(criticalPath, scan.stages) * Math.min(1, ms / total) : 0;
      });
      const heldMs = held.reduce((sum, ms) => sum + ms, 0) - Math.max(...held);
      if (heldMs <= 0) return undefined;
      const first = reads[0] as Scan;
      const path = pathOf(first.source);
      const queries = unique(reads.map((scan) => scan.tree.execution.id));
      return {
        cause: `${path} (${formatBytes(first.bytes as number)}) is read ${formatCount(reads.length)} times by ${queries.length === 1 ? `query ${queries[0]}` : `${formatCount(queries.length)} queries (${queries.slice(0, 6).join(', ')})`}: reading it again held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [
          ...unique(reads.flatMap((scan) => scan.stages)).map(stageRef),
          ...reads.map((scan) => nodeRef(scan.tree, scan.node)),
          { kind: 'table', path },
        ],
        numbers: [
          { name: 'reads', value: reads.length, unit: 'count' },
          { name: 'bytes', value: first.bytes as number, unit: 'bytes' },
          { name: 'queries', value: queries.length, unit: 'count' },
        ],
        heldMs,
        remedies: [
          'Ask once: several aggregates over the same rows fit into one `agg` (with `F.when` or `FILTER` for their conditions), several outputs into one grouped query.',
          `If the queries must stay apart, keep the columns they share: \`select(…).cache()\` before the first, \`unpersist()\` after the last (it pays when reading costs more than the copy in memory).`,
        ],
      };
    }
  },
});
