// Plan blow-up: a table of cases. The gap and the plan's size together make it one.
import { type Log, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const wide = (more: number) =>
  node('Project', `Project [a#1, (a#1 > 1) AS b#2, ... ${more} more fields]`, {}, [scan({ path: '/sales', rows: 10, files: 1 })]);
const run = (before: number, more: number, planningMs = 300): Log =>
  log()
    .job({ stages: [{ tasks: [{ ms: 20 }] }] })
    .gap(before)
    .sql({ plan: wide(more), planningMs, description: 'parquet at /app/job.py:23', stages: [{ tasks: times(4, { ms: 2000 }) }] });

ruleTester(rule, {
  found: [
    {
      name: 'a loop of 480 withColumn before the query',
      run: run(30_000, 455, 1300),
      expect: {
        places: 1,
        heldMs: [27_500, 29_500],
        evidence: [{ kind: 'sql', executionId: 0, node: 'Project' }],
        cause: /480 columns/,
        remedies: /withColumns/,
      },
    },
    {
      name: 'before the first query of all',
      run: log()
        .gap(12_000)
        .sql({ plan: wide(299), stages: [{ tasks: times(4, { ms: 2000 }) }] }),
      expect: { heldMs: [6000, 9500] },
    },
    {
      name: 'a loop of unions',
      run: log().sql({
        plan: node(
          'Union',
          'Union',
          {},
          Array.from({ length: 400 }, (_, i) => scan({ path: `/p${i}`, rows: 1, files: 1 })),
        ),
        planningMs: 20_000,
        stages: [{ tasks: times(40, { ms: 200 }) }],
      }),
      expect: { heldMs: [16_000, 19_000], cause: /operators/, remedies: /list of paths/ },
    },
  ],
  clear: [
    { name: 'the same columns in one step', run: run(2700, 455, 600) },
    {
      name: 'a gap before a small plan',
      run: log()
        .job({ stages: [{ tasks: [{ ms: 20 }] }] })
        .gap(30_000)
        .sql({ plan: scan({ path: '/s', rows: 1, files: 1 }), stages: [{ tasks: [{ ms: 10 }] }] }),
    },
    {
      name: 'a wide table that is only read',
      run: log()
        .job({ stages: [{ tasks: [{ ms: 20 }] }] })
        .gap(30_000)
        .sql({
          plan: node('Project', 'Project [a#1, ... 475 more fields]', {}, [
            node('Filter', 'Filter a', {}, [node('Scan parquet ', 'FileScan parquet [a#1, ... 475 more fields]')]),
          ]),
          stages: [{ tasks: [{ ms: 10 }] }],
        }),
    },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 10 }] }] }) }],
});
