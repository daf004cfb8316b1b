// Unpruned partitions: a partitioned table is read whole, and a filter on its partition column throws most of it away afterwards.
// Law: Spark prunes by every deterministic built-in expression on partition columns; what is left is a Python function, or partition and data
// columns in one condition. A filter that Spark did take for pruning is not counted.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import { fieldsOf, type Scan } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { beforeFilterMs, filtersAbove, pathOf, type ScanFilter } from '../reading.ts';
import { heldBy, missingTasks, nodeRef, pythonFunctions, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'unpruned-partitions',
    title: 'Partitioned table read whole',
    category: 'reading',
    needs: ['stages', 'scans', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['filter', 'udf', 'read'],
    thresholds: {
      minPartitions: {
        value: 2,
        unit: 'count',
        origin: 'with one partition there is nothing to leave out',
        description: 'partitions read from which pruning can matter',
      },
      maxKept: {
        value: 0.9,
        unit: 'share',
        origin: 'a filter that keeps nearly all rows leaves nearly all partitions',
        description: 'most rows that the filter keeps',
      },
    },
    explains: ['python-row-udf', 'pandas-udf', 'unpushed-filter', 'repeated-scan'],
  },
  diagnose({ stages, scans, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const files = scans.filter((scan) => scan.node.kind === 'scan' && (scan.partitions ?? 0) > 0);
    if (files.length === 0) return { status: 'notApplicable', why: 'no scan of a partitioned table' };
    const bad = files.flatMap((scan) => {
      if ((scan.partitions as number) < t.minPartitions || scan.stages.length === 0) return [];
      const hit = filtersAbove(scan.node)
        .map((filter) => ({ filter, columns: partitionColumns(scan, filter) }))
        .find(({ filter, columns }) => columns.length > 0 && filter.kept !== undefined && filter.kept <= t.maxKept);
      return hit === undefined ? [] : [{ scan, ...hit }];
    });
    const tables = new Map<string, typeof bad>();
    for (const one of bad) {
      const key = `${one.scan.source}|${one.columns.join(',')}`;
      tables.set(key, [...(tables.get(key) ?? []), one]);
    }
    return placesOr([...tables.values()].map(placeOf), 'every filter on a partition column was used to leave partitions out');

    function placeOf(reads: typeof bad): Place {
      const first = reads.reduce((a, b) => ((b.scan.rows ?? 0) > (a.scan.rows ?? 0) ? b : a));
      const heldMs = reads.reduce((sum, one) => sum + heldOf(one), 0);
      const path = pathOf(first.scan.source);
      const columns = first.columns.join(', ');
      const { python, kept = 0 } = first.filter;
      const why =
        python === undefined
          ? 'a condition that mixes it with other columns'
          : `the Python function ${pythonFunctions(python).join(', ') || 'in the filter'}, which Spark cannot ask before it reads`;
      return {
        cause: `${path} is read with all ${formatCount(first.scan.partitions as number)} partitions${reads.length > 1 ? ` (${reads.length} times)` : ''}, and a filter on ${columns} keeps ${formatShare(kept)} of the rows: it is ${why}; what pruning would leave out held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [
          ...unique(reads.flatMap(({ scan }) => scan.stages)).map(stageRef),
          ...reads.flatMap(({ scan, filter }) => [nodeRef(scan.tree, scan.node), nodeRef(scan.tree, filter.filter)]),
          { kind: 'table', path },
        ],
        numbers: [
          { name: 'partitions read', value: first.scan.partitions as number, unit: 'count' },
          { name: 'rows read', value: first.scan.rows ?? 0, unit: 'count' },
          { name: 'rows kept', value: kept, unit: 'share' },
        ],
        heldMs,
        remedies: [
          `Filter on ${columns} itself with a built-in comparison against constants (\`F.col("${first.columns[0]}").between(...)\`, \`>=\`, \`isin\`) right after the read: Spark then lists and reads only those partitions.`,
          'Work out the bounds in the program before the query, not row by row in the filter.',
        ],
      };
    }

    function heldOf({ scan, filter }: (typeof bad)[number]): number {
      const total = scan.stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      if (total <= 0) return 0;
      return heldBy(criticalPath, scan.stages) * Math.min(1, beforeFilterMs(scan.node, filter) / total) * (1 - (filter.kept ?? 1));
    }
  },
});

/** Columns that a filter asks for, the scan has and no file holds: those of the partitions. Empty when Spark pruned by them. */
function partitionColumns(scan: Scan, filter: ScanFilter): string[] {
  const inFiles = fieldsOf(scan.node.metadata.ReadSchema ?? scan.readSchema);
  if (inFiles === undefined) return [];
  const lower = new Set([...inFiles.keys()].map((name) => name.toLowerCase()));
  const output = scan.node.detail.slice(0, scan.node.detail.indexOf(']') + 1);
  return unique(
    filter.columns
      .filter((attribute) => new RegExp(`[[,]${attribute.replace(/[.$]/g, '\\$&')}L?[,\\]]`).test(output) || / more fields/.test(output))
      .map((attribute) => attribute.replace(/#\d+$/, ''))
      .filter((name) => !lower.has(name.toLowerCase()) && !new RegExp(`\\b${name}\\b`, 'i').test(scan.partitionFilters)),
  );
}
