// Python function in a filter: every row is read and sent to Python only to be thrown away, and no source can leave it out.
// Law: counted is what asking Python for the dropped rows cost; reading them may have to stay (a source skips files, not rows), and the kept
// rows' part is another cause's.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import type { Scan } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { beforeFilterMs, filtersAbove, readingMs, type ScanFilter } from '../reading.ts';
import { heldBy, missingTasks, nodeRef, pythonFunctions, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'udf-in-filter',
    title: 'Python function in a filter',
    category: 'compute',
    needs: ['stages', 'plans', 'scans', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['udf', 'filter'],
    thresholds: {
      maxKept: {
        value: 0.9,
        unit: 'share',
        origin: 'a filter that keeps nearly all rows saves nothing by being asked earlier',
        description: 'most rows that the filter keeps',
      },
    },
    explains: ['unpushed-filter'],
  },
  diagnose({ stages, plans, scans, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (plans.all.every((tree) => tree.nodes.every((node) => !node.kind.startsWith('python-'))))
      return { status: 'notApplicable', why: 'no Python function in a plan' };
    const uses = new Map<string, { scan: Scan; filter: ScanFilter }[]>();
    for (const scan of scans) {
      if (scan.stages.length === 0) continue;
      for (const filter of filtersAbove(scan.node)) {
        if (filter.python === undefined || filter.kept === undefined || filter.kept > t.maxKept) continue;
        const names = pythonFunctions(filter.python).join(', ') || 'a Python function';
        uses.set(names, [...(uses.get(names) ?? []), { scan, filter }]);
      }
    }
    return placesOr(
      [...uses].map(([names, list]) => placeOf(names, list)),
      'no filter that drops rows asks a Python function',
    );

    function placeOf(names: string, list: readonly { scan: Scan; filter: ScanFilter }[]): Place {
      let heldMs = 0;
      for (const { scan, filter } of list) {
        const total = scan.stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
        if (total > 0)
          heldMs +=
            heldBy(criticalPath, scan.stages) *
            Math.min(1, (beforeFilterMs(scan.node, filter) - (readingMs([scan.node]) ?? 0)) / total) *
            (1 - (filter.kept ?? 1));
      }
      const first = list.reduce((a, b) => ((b.scan.rows ?? 0) > (a.scan.rows ?? 0) ? b : a));
      const columns = unique(first.filter.columns.map((attribute) => attribute.replace(/#\d+$/, ''))).join(', ');
      const kept = first.filter.kept ?? 0;
      return {
        cause: `A filter asks ${names}(${columns}) in Python for each of ${formatCount(first.scan.rows ?? 0)} rows and keeps ${formatShare(kept)}${list.length > 1 ? ` (in ${list.length} reads)` : ''}: neither the source nor Spark can drop a row before; the dropped rows held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [
          ...unique(list.flatMap(({ scan }) => scan.stages)).map(stageRef),
          ...list.flatMap(({ scan, filter }) => [nodeRef(scan.tree, filter.filter), nodeRef(scan.tree, filter.python ?? filter.filter)]),
        ],
        numbers: [
          { name: 'rows asked', value: first.scan.rows ?? 0, unit: 'count' },
          { name: 'rows kept', value: kept, unit: 'share' },
          { name: 'reads', value: list.length, unit: 'count' },
        ],
        heldMs,
        remedies: [
          `Write the condition on ${columns} with built-in expressions: Spark then hands it to the source, which leaves out files and row groups.`,
          'If a part of it must stay in Python, put a wider built-in condition before it, so that few rows reach Python.',
        ],
      };
    }
  },
});
