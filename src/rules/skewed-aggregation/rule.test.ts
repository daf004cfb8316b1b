// Skewed aggregation: a hot group of a grouped Python function, an aggregate, a window; and a repartition, which is another rule's.
import { exchange, log, type NodeSpec, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const grouped = (top: (child: NodeSpec) => NodeSpec, hot: object, origin?: string) =>
  log({ master: 'local[6]' }).sql({
    plan: node('Execute InsertIntoHadoopFsRelationCommand', '', {}, [
      top(
        exchange(
          'hashpartitioning(store_id#3, 24)',
          { 'data size': 9e6, 'records read': 40_000 },
          scan({ path: '/tx', rows: 60_000, files: 4 }),
          origin,
        ),
      ),
    ]),
    stages: [
      { tasks: times(4, { ms: 200, inputRecords: 15_000, shuffleWriteRecords: 15_000 }) },
      {
        tasks: [
          ...times(23, { ms: 1000, shuffleReadRecords: 1000, shuffleReadBytes: 15_000 }),
          { ms: 18_000, shuffleReadRecords: 37_000, shuffleReadBytes: 500_000, ...hot },
        ],
      },
    ],
  });
const python = (child: NodeSpec) =>
  node('FlatMapGroupsInPandas', 'FlatMapGroupsInPandas [store_id#3], exposure(store_id#3, amount#4)', {}, [node('Sort', '', {}, [child])]);
const aggregate = (child: NodeSpec) =>
  node('HashAggregate', 'HashAggregate(keys=[store_id#3], functions=[collect_list(amount#4, 0, 0)])', {}, [child]);
const window = (child: NodeSpec) =>
  node('Window', 'Window [row_number() windowspecdefinition(store_id#3, ts#5 ASC)], [store_id#3], [ts#5 ASC NULLS FIRST]', {}, [
    node('Sort', '', {}, [child]),
  ]);

/** PySpark writes a shuffle from a PairwiseRDD, which has the call; the stage that reads it is a bare `partitionBy`. */
const pyspark = (call: string) =>
  log({ master: 'local[4]' }).job({
    stages: [
      { tasks: times(4, { ms: 100, shuffleWriteRecords: 1000 }), name: `${call} at job.py:8`, rdds: [{ name: 'PairwiseRDD' }] },
      {
        tasks: [...times(7, { ms: 500, shuffleReadRecords: 100 }), { ms: 9000, shuffleReadRecords: 3300 }],
        name: 'count at job.py:9',
        rdds: [{ name: 'PythonRDD' }, { name: 'ShuffledRDD', scope: 'partitionBy' }],
      },
    ],
  });

ruleTester(rule, {
  found: [
    {
      name: 'one group of a grouped Python function',
      run: grouped(python, {}),
      expect: {
        heldMs: [10_000, 18_000],
        evidence: [
          { kind: 'stage', stageId: 1, tasks: [23] },
          { kind: 'sql', node: 'FlatMapGroupsInPandas' },
        ],
        cause: /by store_id is skewed.*37\.0×/,
        remedies: /two steps/,
      },
    },
    {
      name: 'one group of an aggregate',
      run: grouped(aggregate, { shuffleReadRecords: 36_000 }),
      expect: { evidence: [{ kind: 'sql', node: 'HashAggregate' }], remedies: /salt/ },
    },
    {
      name: 'one partition of a window',
      run: grouped(window, { shuffleReadRecords: 35_000 }),
      expect: { evidence: [{ kind: 'sql', node: 'Window' }], remedies: /max_by/ },
    },
    {
      name: 'groupByKey of an RDD',
      run: log({ master: 'local[4]' }).job({
        stages: [
          { tasks: times(4, { ms: 100, shuffleWriteRecords: 1000 }) },
          {
            tasks: [...times(7, { ms: 500, shuffleReadRecords: 100 }), { ms: 9000, shuffleReadRecords: 3300 }],
            name: 'groupByKey at job.py:8',
            rdds: [{ name: 'ShuffledRDD', scope: 'groupByKey' }],
          },
        ],
      }),
      expect: { remedies: /reduceByKey/ },
    },
    {
      name: 'groupByKey of PySpark: the writing stage names it',
      run: pyspark('groupByKey'),
      expect: { evidence: [{ kind: 'stage', stageId: 1 }], cause: /grouping of RDDs/ },
    },
  ],
  clear: [
    { name: 'even groups', run: grouped(aggregate, { ms: 1000, shuffleReadRecords: 1100, shuffleReadBytes: 15_000 }) },
    { name: 'long for another reason', run: grouped(aggregate, { shuffleReadRecords: 1000, shuffleReadBytes: 15_000 }) },
    { name: 'partitionBy of PySpark: skewed-input', run: pyspark('partitionBy') },
    { name: 'sortByKey groups nothing: skewed-input', run: pyspark('sortByKey') },
    { name: 'the program asked for this shuffle: skewed-input', run: grouped(aggregate, {}, 'REPARTITION_BY_COL') },
  ],
  noData: [{ name: 'no task has ended', run: log() }],
});
