// Skewed input: an uneven repartition by column, uneven splits; and a shuffle that a join wants, which is another rule's.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const repartitioned = (hot: object) =>
  log({ master: 'local[8]' }).sql({
    plan: node('Execute InsertIntoHadoopFsRelationCommand', '', {}, [
      node('Project', 'Project [risk(tx_id#1) AS risk#2]', {}, [
        exchange(
          'hashpartitioning(store_id#3, 12)',
          { 'data size': 4e6, 'records read': 40_000 },
          scan({ path: '/tx', rows: 40_000, files: 4 }),
          'REPARTITION_BY_COL',
        ),
      ]),
    ]),
    stages: [
      { tasks: times(4, { ms: 200, inputRecords: 10_000, shuffleWriteRecords: 10_000 }) },
      {
        tasks: [
          { ms: 12_000, shuffleReadRecords: 12_000, shuffleReadBytes: 90_000, ...hot },
          ...times(11, { ms: 2000, shuffleReadRecords: 2000, shuffleReadBytes: 15_000 }),
        ],
      },
    ],
  });
const splits = (bytes: number, records: number, ms = 9000) =>
  log({ master: 'local[4]' }).sql({
    plan: node('Filter', 'Filter isnotnull(k#1)', {}, [scan({ path: '/in', rows: 10_000, files: 8, bytes: 1e9 })]),
    stages: [
      { tasks: [...times(7, { ms: 1000, inputBytes: 20e6, inputRecords: 1000 }), { ms, inputBytes: bytes, inputRecords: records }] },
    ],
  });

ruleTester(rule, {
  found: [
    {
      name: 'a repartition by a column with hot values',
      run: repartitioned({}),
      expect: {
        heldMs: [6000, 9500],
        evidence: [
          { kind: 'stage', stageId: 1, tasks: [0] },
          { kind: 'sql', node: 'Exchange' },
        ],
        cause: /repartition by store_id/,
        remedies: /round robin/,
      },
    },
    {
      name: 'one split far larger than the rest',
      run: splits(800e6, 40_000),
      expect: { evidence: [{ kind: 'sql', node: 'Scan parquet ' }], remedies: /maxPartitionBytes=/ },
    },
  ],
  clear: [
    { name: 'even partitions', run: repartitioned({ ms: 2100, shuffleReadRecords: 2100, shuffleReadBytes: 15_000 }) },
    {
      name: 'four groups, one twice as large: too coarse to be skew',
      run: repartitioned({ ms: 4000, shuffleReadRecords: 4000, shuffleReadBytes: 39_000 }),
    },
    { name: 'even splits', run: splits(20e6, 1000, 1000) },
  ],
  noData: [{ name: 'no task has ended', run: log() }],
});
