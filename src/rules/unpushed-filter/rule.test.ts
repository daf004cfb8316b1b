// Unpushed filter: a wrapped column, nothing pushed, few rows kept.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (condition: string, kept = 0.01, pushedFilters = 'IsNotNull(ts)', format = 'parquet') =>
  log().sql({
    plan: node('Filter', `Filter ${condition}`, { 'number of output rows': 1e6 * kept }, [
      scan({ path: '/events', format, columns: 'ts:timestamp,v:string', rows: 1e6, pushedFilters, metrics: { 'scan time': 16_000 } }),
    ]),
    stages: [{ tasks: times(4, { ms: 5000, inputRecords: 250_000 }) }],
  });

ruleTester(rule, {
  found: [
    {
      name: 'a cast around the column',
      run: run('(isnotnull(ts#1) AND (cast(ts#1 as date) = 2026-03-01))'),
      expect: {
        places: 1,
        heldMs: [3900, 4100],
        evidence: [{ kind: 'sql', node: 'Filter' }],
        cause: /cast\(ts as date\) keeps 1\.0 %/,
        remedies: /range of timestamps/,
      },
    },
  ],
  clear: [
    { name: 'pushed', run: run('(isnotnull(ts#1) AND (ts#1 >= 5))', 0.01, 'IsNotNull(ts), GreaterThanOrEqual(ts,5)') },
    { name: 'most rows are kept', run: run('(cast(ts#1 as date) = 2026-03-01)', 0.6) },
    { name: 'two columns', run: run('(cast(ts#1 as date) = cast(v#2 as date))') },
  ],
  notApplicable: [{ name: 'a text file', run: run('(cast(ts#1 as date) = 2026-03-01)', 0.01, '', 'csv') }],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
