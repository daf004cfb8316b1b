// Driver collect: a table of cases. The result's bytes, not the gap alone, make it one.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const sales = scan({ path: '/sales', rows: 1_500_000, files: 6 });
const local = node('Execute InsertIntoHadoopFsRelationCommand', '', {}, [node('LocalTableScan', 'LocalTableScan [a#1]')]);
const collect = (resultBytes: number, gapMs: number) =>
  log()
    .gap(200)
    .sql({ plan: sales, description: 'toPandas at /app/job.py:15', stages: [{ tasks: times(6, { ms: 1000, resultBytes }) }] })
    .gap(gapMs)
    .sql({ plan: local, stages: [{ tasks: times(4, { ms: 200 }) }] });

ruleTester(rule, {
  found: [
    {
      name: 'toPandas of a whole table, work in pandas, and back',
      run: collect(10e6, 9000),
      expect: {
        places: 1,
        heldMs: [8500, 9100],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'sql', executionId: 0 },
          { kind: 'sql', executionId: 1, node: 'LocalTableScan' },
          { kind: 'source', file: '/app/job.py', line: 15 },
        ],
        cause: /1,500,000 rows.*sent data back/,
        remedies: /groupBy/,
      },
    },
    {
      name: 'an RDD collected',
      run: log()
        .job({ callSite: 'collect at /app/rdd.py:3', stages: [{ tasks: times(4, { ms: 500, resultBytes: 5e6 }) }] })
        .gap(4000)
        .job({ stages: [{ tasks: times(4, { ms: 50 }) }] }),
      expect: { heldMs: [3500, 4000], evidence: [{ kind: 'job', jobId: 0 }] },
    },
  ],
  clear: [
    { name: 'a small result before a long gap is not the cause of it', run: collect(100e3, 9000) },
    { name: 'a large result with no work behind it', run: collect(10e6, 100) },
    {
      name: 'tasks of a write send file names',
      run: log()
        .sql({
          plan: node('Execute InsertIntoHadoopFsRelationCommand', '', {}, [node('WriteFiles', '', {}, [sales])]),
          stages: [{ tasks: times(8, { ms: 100, resultBytes: 2e6, outputBytes: 1e6 }) }],
        })
        .gap(5000)
        .sql({ plan: local, stages: [{ tasks: [{ ms: 10 }] }] }),
    },
    {
      name: 'a shuffle is no collect',
      run: log()
        .sql({
          plan: node('HashAggregate', 'HashAggregate(keys=[])', {}, [exchange('SinglePartition', {}, sales)]),
          stages: [{ tasks: times(4, { ms: 100, resultBytes: 9e6, shuffleWriteBytes: 100 }) }, { tasks: [{ ms: 10 }] }],
        })
        .gap(6000)
        .sql({ plan: local, stages: [{ tasks: [{ ms: 10 }] }] }),
    },
  ],
  noData: [{ name: 'no tasks', run: log().gap(1000) }],
});
