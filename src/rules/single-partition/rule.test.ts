// Single partition: coalesce(1), a window without partitionBy, repartition(1); and the one-task stages that are how Spark works.
import { exchange, log, type NodeSpec, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const write = (child: NodeSpec) => node('Execute InsertIntoHadoopFsRelationCommand', '', {}, [child]);
const coalesced = (before: number, rows = 200_000, ms = 20_000) =>
  log({ master: 'local[6]' }).sql({
    plan: write(
      node('Coalesce', 'Coalesce 1', {}, [node('Project', 'Project [fx(amount#1) AS eur#2]', {}, [scan({ path: '/tx', rows, files: 6 })])]),
    ),
    stages: [
      {
        tasks: [{ ms, inputRecords: rows, outputRecords: rows }],
        rdds: [
          { name: 'CoalescedRDD', scope: 'Coalesce', partitions: 1 },
          { name: 'FileScanRDD', scope: 'Scan parquet ', partitions: before },
        ],
      },
    ],
  });
const gathered = (top: (child: NodeSpec) => NodeSpec, rows: number, ms: number, partitioning = 'SinglePartition', origin?: string) =>
  log({ master: 'local[8]' }).sql({
    plan: write(
      top(exchange(partitioning, { 'data size': 3e6, 'records read': 40_000 }, scan({ path: '/tx', rows: 80_000, files: 8 }), origin)),
    ),
    stages: [
      { tasks: times(8, { ms: 300, inputRecords: 10_000, shuffleWriteRecords: rows / 8 }) },
      { tasks: [{ ms, shuffleReadRecords: rows, outputRecords: rows }] },
    ],
  });
const window = (child: NodeSpec) =>
  node('Window', 'Window [lag(ts#1, -1, null) windowspecdefinition(ts#1 ASC)], [ts#1 ASC NULLS FIRST]', {}, [
    node('Sort', 'Sort [ts#1 ASC NULLS FIRST], false, 0', {}, [child]),
  ]);
const count = (child: NodeSpec) => node('HashAggregate', 'HashAggregate(keys=[], functions=[count(1)])', {}, [child]);
const project = (child: NodeSpec) => node('Project', 'Project [score(k#1) AS s#2]', {}, [child]);

ruleTester(rule, {
  found: [
    {
      name: 'coalesce(1) before the write',
      run: coalesced(6),
      expect: {
        heldMs: [16_000, 17_000],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'sql', node: 'Coalesce' },
        ],
        cause: /coalesce\(1\) has no shuffle, so the 6 partitions/,
        remedies: /repartition\(1\)/,
      },
    },
    {
      name: 'a window without partitionBy',
      run: gathered(window, 80_000, 16_000),
      expect: {
        heldMs: [13_500, 14_500],
        evidence: [
          { kind: 'stage', stageId: 1 },
          { kind: 'sql', node: 'Window' },
          { kind: 'sql', node: 'Exchange' },
        ],
        remedies: /partitionBy/,
      },
    },
    {
      name: 'work behind repartition(1)',
      run: gathered(project, 80_000, 8000, 'RoundRobinPartitioning(1)', 'REPARTITION_BY_NUM'),
      expect: { heldMs: [6500, 7500], remedies: /before `repartition\(1\)`/ },
    },
    {
      name: 'few rows, each of them dear',
      run: coalesced(8, 400, 10_000),
      expect: { heldMs: [8000, 8500], cause: /400 rows in a single task/ },
    },
    { name: 'all rows gathered by an aggregate without keys', run: gathered(count, 80_000, 6000), expect: { remedies: /salt/ } },
  ],
  clear: [
    { name: 'the last step of a count', run: gathered(count, 8, 300) },
    { name: 'a dozen partial results, however long they take', run: gathered(count, 200, 9000) },
    { name: 'fewer rows than slots could share', run: coalesced(8, 11, 10_000) },
    { name: 'few rows and little time', run: coalesced(8, 400, 300) },
    { name: 'coalesce(1) of a dozen rows', run: coalesced(6, 12, 400) },
    { name: 'coalesce(1) over what is one partition anyway', run: coalesced(1) },
    { name: 'eight tasks', run: log({ master: 'local[8]' }).job({ stages: [{ tasks: times(8, { ms: 1000, inputRecords: 5000 }) }] }) },
  ],
  noData: [{ name: 'no task has ended', run: log() }],
});
