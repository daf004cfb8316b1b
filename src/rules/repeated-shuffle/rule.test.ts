// Repeated shuffle: an explicit repartition straight below another exchange.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (between: string, origin = 'REPARTITION_BY_NUM', size = 1e8) =>
  log().sql({
    plan: node('HashAggregate', 'HashAggregate(keys=[day#2], functions=[sum(v#3)])', {}, [
      exchange(
        'hashpartitioning(day#2, 4)',
        { 'data size': 1e6 },
        node('HashAggregate', 'HashAggregate(keys=[day#2], functions=[partial_sum(v#3)])', { 'time in aggregation build': 4000 }, [
          node('Project', `Project [${between}]`, {}, [
            exchange(
              'RoundRobinPartitioning(200)',
              { 'data size': size, 'shuffle write time': 4000 },
              scan({ path: '/a', rows: 1e6 }),
              origin,
            ),
          ]),
        ]),
      ),
    ]),
    stages: [
      { tasks: times(4, { ms: 4000, shuffleWriteBytes: 2e7, shuffleWriteRecords: 250_000 }) },
      {
        tasks: times(8, { ms: 4000, shuffleReadBytes: 1e7, shuffleReadRecords: 125_000, shuffleWriteBytes: 1e4, shuffleWriteRecords: 10 }),
      },
      { tasks: times(4, { ms: 100, shuffleReadRecords: 20 }) },
    ],
  });

ruleTester(rule, {
  found: [
    {
      name: 'repartition before a grouping',
      run: run('day#2, v#3'),
      // A quarter of the first stage, and half of what the second does beside aggregating.
      expect: {
        places: 1,
        heldMs: [4300, 4700],
        evidence: [
          { kind: 'sql', node: 'Exchange' },
          { kind: 'stage', stageId: 1 },
        ],
        cause: /repartitioned.*at once shuffled again by day/,
        remedies: /Remove the `repartition`/,
      },
    },
  ],
  clear: [
    { name: 'it spreads a costly function', run: run('day#2, fraud_score(v#3) AS v#3') },
    { name: 'Spark planned it', run: run('day#2, v#3', 'ENSURE_REQUIREMENTS') },
    { name: 'few bytes', run: run('day#2, v#3', 'REPARTITION_BY_NUM', 1e5) },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
