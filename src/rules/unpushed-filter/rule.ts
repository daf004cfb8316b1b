// Unpushed filter: a condition that throws away nearly all rows is asked only after they were read, because it is written so that the source
// cannot be asked (a cast or function around the column).
// Law: only conditions on a single column against constants, which the source could take in another form; what a pushed filter skips depends on how the files are sorted, so this is an upper bound
// of the reading alone.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import { fieldsOf, type Scan } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { filtersAbove, pathOf, readingMs, type ScanFilter } from '../reading.ts';
import { heldBy, missingTasks, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'unpushed-filter',
    title: 'Filter that the source cannot take',
    category: 'reading',
    needs: ['stages', 'scans', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['filter', 'read'],
    thresholds: {
      maxKept: {
        value: 0.1,
        unit: 'share',
        origin: 'sources skip whole row groups: where more than a tenth of the rows stay, hardly any group is without one',
        description: 'most rows that the filter keeps',
      },
    },
    explains: [],
  },
  diagnose({ stages, scans, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const able = scans.filter((scan) => /^(parquet|orc|delta|iceberg|jdbc)/i.test(scan.format ?? '') || scan.node.kind === 'jdbc-scan');
    if (able.length === 0) return { status: 'notApplicable', why: 'no source that could take a filter' };
    const groups = new Map<string, { scan: Scan; filter: ScanFilter; wrapped: string }[]>();
    for (const scan of able) {
      if (scan.stages.length === 0) continue;
      for (const filter of filtersAbove(scan.node)) {
        const wrapped = wrappedColumn(scan, filter);
        if (wrapped === undefined || filter.kept === undefined || filter.kept > t.maxKept) continue;
        const key = `${scan.source}|${wrapped}`;
        groups.set(key, [...(groups.get(key) ?? []), { scan, filter, wrapped }]);
      }
    }
    return placesOr([...groups.values()].map(placeOf), 'the filters were handed to the sources, or keep most rows');

    function placeOf(reads: readonly { scan: Scan; filter: ScanFilter; wrapped: string }[]): Place {
      const { scan, filter, wrapped } = reads[0] as (typeof reads)[number];
      const heldMs = reads.reduce((sum, one) => {
        const total = one.scan.stages.reduce((ms, stage) => ms + stage.taskTimeMs, 0);
        const reading = readingMs([one.scan.node]) ?? 0;
        return sum + (total > 0 ? heldBy(criticalPath, one.scan.stages) * Math.min(1, reading / total) * (1 - (one.filter.kept ?? 1)) : 0);
      }, 0);
      const column = filter.columns[0]?.replace(/#\d+$/, '') ?? 'the column';
      const path = pathOf(scan.source);
      return {
        cause: `The filter on ${wrapped} keeps ${formatShare(filter.kept ?? 0)} of ${formatCount(scan.rows ?? 0)} rows of ${path}, after all of them were read: the source cannot be asked for a changed column; reading the rest held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [
          ...unique(reads.flatMap((one) => one.scan.stages)).map(stageRef),
          ...reads.flatMap((one) => [nodeRef(one.scan.tree, one.scan.node), nodeRef(one.scan.tree, one.filter.filter)]),
          { kind: 'table', path },
        ],
        numbers: [
          { name: 'rows read', value: scan.rows ?? 0, unit: 'count' },
          { name: 'rows kept', value: filter.kept ?? 0, unit: 'share' },
          { name: 'pushed', value: scan.pushedFilters === '' ? '[]' : scan.pushedFilters.slice(0, 80), unit: 'text' },
        ],
        heldMs,
        remedies: [
          `Compare ${column} itself with constants of its own type (a range of timestamps instead of \`to_date(${column}) = …\`, a number instead of a text): the filter then reaches the source.`,
          'It pays when the files are sorted or clustered by this column; if they are not, write them so once.',
        ],
      };
    }
  },
});

/** The changed column of a filter (`cast(ts as date)`, `substring(day, 1, 7)`) when nothing of the filter but null checks reached the source. */
function wrappedColumn(scan: Scan, filter: ScanFilter): string | undefined {
  if (filter.python !== undefined || filter.columns.length !== 1) return undefined;
  const attribute = filter.columns[0] as string;
  const column = attribute.replace(/#\d+$/, '');
  const fields = fieldsOf(scan.node.metadata.ReadSchema ?? scan.readSchema);
  if (fields !== undefined && !fields.has(column)) return undefined;
  const pushed = scan.pushedFilters.replace(/^\[|\]$/g, '');
  if (
    new RegExp(`(EqualTo|In|GreaterThan|LessThan|GreaterThanOrEqual|LessThanOrEqual|StringStartsWith|Or|Not)\\(.*\\b${column}\\b`).test(
      pushed,
    )
  )
    return undefined;
  const call = new RegExp(
    `\\b((?!isnotnull|isnull|not\\b|and\\b|or\\b)[A-Za-z_]\\w*)\\((?:[^()]|\\([^()]*\\))*?${attribute}L?\\b(?:[^()]|\\([^()]*\\))*\\)`,
    'i',
  ).exec(filter.filter.detail);
  return call === null ? undefined : call[0].replace(/#\d+L?/g, '').slice(0, 80);
}
