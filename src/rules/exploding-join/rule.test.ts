// Exploding join: rows out against rows in; one hot key is skew and not this.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (out: number | readonly number[] | undefined, left: number | undefined, right: number | undefined) =>
  log().sql({
    plan: node(
      'SortMergeJoin',
      'SortMergeJoin [k#1], [k#2], Inner',
      out === undefined ? { 'spill size': 10 } : { 'number of output rows': out },
      [
        exchange('hashpartitioning(k#1, 4)', { 'data size': 1e8 }, scan({ path: '/a', rows: left, files: 1, bytes: 1e8 })),
        exchange('hashpartitioning(k#2, 4)', { 'data size': 1e8 }, scan({ path: '/b', rows: right, files: 1, bytes: 1e8 })),
      ],
    ),
    stages: [
      {
        tasks: times(4, {
          ms: 1000,
          inputRecords: left === undefined ? 0 : left / 4,
          shuffleWriteRecords: left === undefined ? 0 : left / 4,
        }),
      },
      {
        parents: [],
        tasks: times(4, {
          ms: 1000,
          inputRecords: right === undefined ? 0 : right / 4,
          shuffleWriteRecords: right === undefined ? 0 : right / 4,
        }),
      },
      { parents: [0, 1], tasks: times(4, { ms: 30_000, shuffleReadRecords: 1e5 }) },
    ],
  });

ruleTester(rule, {
  found: [
    {
      name: 'twenty rows for each',
      run: run(20e6, 1e6, 5e5),
      expect: {
        places: 1,
        heldMs: [27_000, 30_000],
        evidence: [
          { kind: 'stage', stageId: 2 },
          { kind: 'sql', node: 'SortMergeJoin' },
        ],
        cause: /1,000,000 and 500,000 rows into 20,000,000/,
        remedies: /dropDuplicates/,
      },
    },
  ],
  clear: [
    { name: 'one to many', run: run(1e6, 1e6, 5e5), expect: { says: /none of 1/ } },
    { name: 'one task makes most of them: a hot key', run: run([18e6, 1e6, 5e5, 5e5], 1e6, 5e5) },
    { name: 'a higher threshold', run: run(21e6, 1e6, 5e5), thresholds: { minRatio: 50 } },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
  noData: [{ name: 'no rows in the plan', run: run(undefined, undefined, undefined), expect: { says: /rows/ } }],
});
