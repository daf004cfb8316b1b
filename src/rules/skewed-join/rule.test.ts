// Skewed join: a heavy shuffle partition, a hot row of a streamed side, a straggler that never ended; and unevenness that is none or costs nothing.
import { broadcast, exchange, log, type NodeSpec, node, ruleTester, scan, type Task, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const write = (child: NodeSpec) => node('Execute InsertIntoHadoopFsRelationCommand', '', { 'number of written files': 8 }, [child]);
const shuffled = (rows: number, small: number, above: (join: NodeSpec) => NodeSpec = write) =>
  above(
    node('SortMergeJoin', 'SortMergeJoin [customer_id#1L], [customer_id#2L], Inner', { 'number of output rows': rows }, [
      node('Sort', '', {}, [
        exchange(
          'hashpartitioning(customer_id#1L, 8)',
          { 'data size': 400e6, 'records read': 40_000 },
          scan({ path: '/payments', rows: 80_000, files: 2 }),
        ),
      ]),
      node('Sort', '', {}, [
        exchange(
          'hashpartitioning(customer_id#2L, 8)',
          { 'data size': small, 'records read': 40_000 },
          scan({ path: '/customers', rows: 8000, files: 1 }),
        ),
      ]),
    ]),
  );
const maps = [
  { tasks: times(2, { ms: 200, inputRecords: 40_000, shuffleWriteRecords: 40_000, shuffleWriteBytes: 4e6 }) },
  { parents: [], tasks: [{ ms: 100, inputRecords: 8000, shuffleWriteRecords: 8000 }] },
];
const join = (hot: object, n = 7, typical: Task = { ms: 1000, shuffleReadRecords: 5000, shuffleReadBytes: 5e6, outputRecords: 5000 }) => ({
  parents: [0, 1],
  tasks: [...times(n, typical), { ms: 12_000, ...hot }],
});
const on8 = (stage: ReturnType<typeof join>, small = 1e9, options: object = {}) =>
  log({ master: 'local[8]', ...options }).sql({ plan: shuffled(80_000, small), stages: [...maps, stage] });

/** The side with many rows per key is broadcast; the other is streamed, one row a key. */
const streamed = (ms: readonly number[], rows: readonly number[]) =>
  log({ master: 'local[8]' }).sql({
    plan: node('HashAggregate', 'HashAggregate(keys=[], functions=[partial_count(1)])', {}, [
      node('BroadcastHashJoin', 'BroadcastHashJoin [k#1L], [k#2L], Inner, BuildLeft, false', { 'number of output rows': rows }, [
        broadcast({ 'data size': 6e6, 'number of output rows': 110_000 }, scan({ path: '/facts', rows: 110_000, files: 1 })),
        scan({ path: '/members', rows: ms.map(() => 58_000), files: 6 }),
      ]),
    ]),
    jobs: [
      { stages: [{ tasks: [{ ms: 100, inputRecords: 110_000 }] }] },
      { stages: [{ tasks: ms.map((time) => ({ ms: time, inputRecords: 58_000, inputBytes: 3e6 })) }] },
    ],
  });

ruleTester(rule, {
  found: [
    {
      name: 'a heavy partition of a sort-merge join',
      run: on8(join({ shuffleReadRecords: 45_000, shuffleReadBytes: 45e6, outputRecords: 45_000 })),
      expect: {
        places: 1,
        heldMs: [9000, 11_500],
        evidence: [
          { kind: 'stage', stageId: 2, tasks: [7] },
          { kind: 'sql', executionId: 0, node: 'SortMergeJoin' },
        ],
        cause: /SortMergeJoin on customer_id.*9\.0×/,
        remedies: /Salt the hot values of customer_id/,
      },
    },
    {
      name: 'rows read look even, rows written do not; the small side can be broadcast',
      run: on8(join({ shuffleReadRecords: 8000, shuffleReadBytes: 5e6, outputRecords: 40_000 }), 5e6),
      expect: { heldMs: [9000, 11_500], remedies: /broadcast\(right\)/ },
    },
    {
      name: 'a hot row of the streamed side: only the rows out of the join are uneven',
      run: streamed([2000, 2000, 2000, 10_000, 2000, 2000], [7600, 7600, 7600, 34_800, 7600, 7600]),
      expect: {
        heldMs: [6000, 8000],
        evidence: [
          { kind: 'stage', stageId: 1 },
          { kind: 'sql', node: 'BroadcastHashJoin' },
        ],
        remedies: /Swap the roles: the left side \(5\.7 MiB/,
      },
    },
    {
      name: 'the log ends while the heavy task runs',
      run: log({ master: 'local[8]', cutMs: 8000, end: false }).sql({
        plan: shuffled(80_000, 1e9),
        stages: [
          ...maps,
          {
            parents: [0, 1],
            tasks: [
              ...times(7, { ms: 1000, shuffleReadRecords: 5000 }),
              { ms: 60_000, shuffleReadRecords: 45_000 },
              ...times(60, { ms: 1000, shuffleReadRecords: 100 }),
            ],
          },
        ],
      }),
      expect: { heldMs: [4000, 8000], cause: /when the log ended/ },
    },
    {
      name: 'a join of RDDs',
      run: log({ master: 'local[8]' }).job({
        stages: [{ ...join({ shuffleReadRecords: 45_000 }), parents: [], rdds: [{ name: 'CoGroupedRDD', scope: 'cogroup' }] }],
      }),
      expect: { cause: /A join of RDDs/, remedies: /salt/ },
    },
    {
      name: 'adaptive execution would split it',
      run: on8(join({ shuffleReadRecords: 90_000, shuffleReadBytes: 900e6 }), 1e9, { conf: { 'spark.sql.adaptive.enabled': 'false' } }),
      expect: { remedies: /Turn adaptive execution on/ },
    },
  ],
  clear: [
    {
      name: 'even keys',
      run: on8(join({ ms: 1100, shuffleReadRecords: 5200, shuffleReadBytes: 5e6, outputRecords: 5200 })),
      expect: { says: /no join/ },
    },
    {
      name: 'a long task with ordinary rows is not skew',
      run: on8(join({ shuffleReadRecords: 5000, shuffleReadBytes: 5e6, outputRecords: 5000 })),
    },
    {
      name: 'uneven rows that cost nothing',
      run: on8(join({ ms: 1050, shuffleReadRecords: 45_000, shuffleReadBytes: 45e6, outputRecords: 45_000 })),
    },
    {
      name: 'two heavy of six are two kinds, not a tail',
      run: streamed([2000, 2000, 2000, 9000, 9000, 9000], [7600, 7600, 7600, 34_800, 34_800, 34_800]),
    },
    {
      name: 'a higher bar',
      run: on8(join({ shuffleReadRecords: 45_000, shuffleReadBytes: 44e6, outputRecords: 45_000 })),
      thresholds: { minRatio: 10 },
    },
  ],
  noData: [{ name: 'no task has ended', run: log({ master: 'local[8]' }), expect: { says: /task ends/ } }],
});
