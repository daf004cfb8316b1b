// Heavy distinct: rows multiplied by an Expand, or a first aggregation that removes none.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const stages = (records: number) => [
  { tasks: times(4, { ms: 8000, inputRecords: 250_000, shuffleWriteRecords: records / 4 }) },
  { tasks: times(4, { ms: 6000, shuffleReadRecords: records / 4 }) },
];
const several = (out: number, gid = 'gid#8') => ({
  plan: node('HashAggregate', 'HashAggregate(keys=[c#1], functions=[count(k#2), count(v#3)])', {}, [
    node('HashAggregate', `HashAggregate(keys=[c#1, k#2, v#3, ${gid}], functions=[])`, { 'number of output rows': out }, [
      exchange(
        'hashpartitioning(c#1, k#2, v#3, 4)',
        { 'data size': 1e8 },
        node(
          'HashAggregate',
          `HashAggregate(keys=[c#1, k#2, v#3, ${gid}], functions=[])`,
          { 'number of output rows': out, 'time in aggregation build': 16_000 },
          [
            node('Expand', `Expand [[c#1, k#5, null, 1], [c#1, null, v#6, 2]], [c#1, k#2, v#3, ${gid}]`, { 'number of output rows': 2e6 }, [
              scan({ path: '/tx', rows: 1e6 }),
            ]),
          ],
        ),
      ),
    ]),
  ]),
  stages: stages(out),
});
const single = (out: number) => ({
  plan: node('HashAggregate', 'HashAggregate(keys=[c#1], functions=[partial_count(distinct k#2)])', {}, [
    node('HashAggregate', 'HashAggregate(keys=[c#1, k#2], functions=[])', { 'number of output rows': out }, [
      exchange(
        'hashpartitioning(c#1, k#2, 4)',
        { 'data size': 1e8 },
        node('HashAggregate', 'HashAggregate(keys=[c#1, k#2], functions=[])', { 'number of output rows': out }, [
          scan({ path: '/tx', rows: 2e6 }),
        ]),
      ),
    ]),
  ]),
  stages: stages(out),
});

ruleTester(rule, {
  found: [
    {
      name: 'two distinct counts',
      run: log().sql(several(1.9e6)),
      // A quarter of the first stage and the whole second one.
      expect: {
        places: 1,
        heldMs: [7900, 8100],
        evidence: [
          { kind: 'sql', node: 'Expand' },
          { kind: 'stage', stageId: 1 },
        ],
        cause: /2 exact distinct counts by c make 2,000,000 rows of 1,000,000/,
        remedies: /approx_count_distinct/,
      },
    },
    {
      name: 'one distinct count of nearly unique values',
      run: log().sql(single(1.8e6)),
      expect: { heldMs: [5900, 6100], cause: /An exact distinct count by c/ },
    },
  ],
  clear: [
    { name: 'few distinct values', run: log().sql(single(5000)) },
    { name: 'half a million rows', run: log().sql(several(5e5)) },
    { name: 'grouping sets', run: log().sql(several(1.9e6, 'spark_grouping_id#8')) },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
});
