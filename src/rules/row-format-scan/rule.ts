// Row format: text files (CSV, JSON, XML) are parsed again and again, where a columnar copy would be parsed once and read by column.
// Law: one read of a landed file is what has to be done; only what is read again counts, and only the reads beside the dearest one.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import type { Scan } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { pathOf } from '../reading.ts';
import { heldBy, missingTasks, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'row-format-scan',
    title: 'Text files parsed again and again',
    category: 'reading',
    needs: ['stages', 'scans', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['read'],
    thresholds: {
      minReads: {
        value: 2,
        unit: 'count',
        origin: 'what is read once must be parsed once, whatever it is turned into',
        description: 'reads of the same files in one run',
      },
      columnarShare: {
        value: 0.25,
        unit: 'share',
        origin: 'Parquet reads the columns asked for and needs no parsing: 4–20 × faster in published comparisons; the low end counts',
        description: 'part of a parsing pass that reading the same rows from a columnar file takes',
      },
    },
    explains: ['repeated-scan'],
  },
  diagnose({ stages, scans, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const text = scans.filter((scan) => /^(csv|json|xml)$/i.test(scan.format ?? '') && scan.stages.length > 0);
    if (text.length === 0) return { status: 'notApplicable', why: 'no text format is scanned' };
    const files = new Map<string, Scan[]>();
    for (const scan of text) {
      // Micro-batches read new files each time under one name.
      if (/runId = /.test(scan.tree.execution.description ?? '')) continue;
      const key = `${scan.source}|${scan.partitionFilters}`;
      files.set(key, [...(files.get(key) ?? []), scan]);
    }
    return placesOr([...files.values()].filter((reads) => reads.length >= t.minReads).map(placeOf), 'every text file is parsed once');

    function placeOf(reads: readonly Scan[]): Place {
      const held = reads.map((scan) => heldBy(criticalPath, scan.stages) * parsingShare(scan));
      const repeated = held.reduce((sum, ms) => sum + ms, 0) - Math.max(...held);
      const heldMs = repeated * (1 - t.columnarShare);
      const first = reads[0] as Scan;
      const path = pathOf(first.source);
      const bytes = first.bytes ?? 0;
      const format = (first.format ?? 'text').toUpperCase();
      return {
        cause: `${path} is ${format} and is parsed ${formatCount(reads.length)} times${bytes > 0 ? ` (${formatBytes(bytes)} each)` : ''}, whole, whatever columns are asked for: the repeats held the end for up to ${formatMillis(repeated)}.`,
        evidence: [
          ...unique(reads.flatMap((scan) => scan.stages)).map(stageRef),
          ...reads.map((scan) => nodeRef(scan.tree, scan.node)),
          { kind: 'table', path },
        ],
        numbers: [
          { name: 'reads', value: reads.length, unit: 'count' },
          { name: 'bytes', value: bytes, unit: 'bytes' },
          { name: 'held by the repeats', value: Math.round(repeated), unit: 'ms' },
        ],
        heldMs,
        remedies: [
          `Convert ${path} to Parquet or a table once (\`.write.parquet(...)\` with an explicit schema) and read that everywhere else.`,
          'Within one program: keep the parsed rows (`cache()` with only the columns that are used) between the reads.',
        ],
      };
    }
  },
});

/** Part of the scanning stages' time that is not already accounted for by what stands above the scan in the same stage. */
function parsingShare(scan: Scan): number {
  const total = scan.stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
  const others = scan.stages.reduce((sum, stage) => sum + stage.total('shuffleWriteNs') / 1e6, 0);
  return total > 0 ? Math.max(0, 1 - others / total) : 0;
}
