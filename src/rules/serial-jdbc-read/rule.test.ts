// Serial JDBC read: one connection beside many slots; several connections or a short read are fine.
import { log, node, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const read = (partitions: number, rows: number, ms: number, master = 'local[8]') =>
  log({ master }).sql({
    plan: node(
      `Scan JDBCRelation(sales.lines) [numPartitions=${partitions}] `,
      `Scan JDBCRelation(sales.lines) [numPartitions=${partitions}] [k#1] PushedFilters: [], ReadSchema: struct<k:int>`,
      { 'number of output rows': rows, 'JDBC remote data fetch and translation time': ms * partitions * 0.95 },
    ),
    stages: [{ tasks: times(partitions, { ms, inputRecords: rows / partitions }) }],
  });

/** The same, with most of the time in a costly expression of the same task. */
const working = (rows: number, ms: number, fetching: number, python = 0) =>
  log({ master: 'local[8]' }).sql({
    plan: node('BatchEvalPython', 'BatchEvalPython [score(k#1)#2], [pythonUDF0#3]', { 'time to start Python workers': python }, [
      node(
        'Scan JDBCRelation(sales.lines) [numPartitions=1] ',
        'Scan JDBCRelation(sales.lines) [numPartitions=1] [k#1] PushedFilters: [], ReadSchema: struct<k:int>',
        { 'number of output rows': rows, 'JDBC remote data fetch and translation time': fetching },
      ),
    ]),
    stages: [{ tasks: [{ ms, inputRecords: rows }] }],
  });

ruleTester(rule, {
  found: [
    {
      name: 'one connection, eight slots',
      run: read(1, 160_000, 19_000),
      expect: {
        places: 1,
        heldMs: [15_000, 17_000],
        evidence: [{ kind: 'stage', stageId: 0 }],
        cause: /sales\.lines \(160,000 rows\) .* 7 of 8 slots/,
        remedies: /numPartitions", 8/,
      },
    },
    {
      name: 'the work behind the read is in the same one task',
      run: working(60_000, 16_500, 360),
      expect: {
        places: 1,
        heldMs: [14_000, 14_500],
        cause: /: 360 ms is fetching, 16\.1 s is work on the rows behind the read/,
        remedies: /^Put `repartition\(16\)` right behind the read/,
      },
    },
    { name: 'few rows from the database, dear work on them', run: working(400, 16_500, 10), expect: { heldMs: [14_000, 14_500] } },
    {
      name: 'starting the Python worker stays',
      run: working(60_000, 16_500, 360, 8000),
      expect: { heldMs: [7000, 7500] },
    },
    {
      name: 'by the name of its RDD',
      run: log({ master: 'local[8]' }).job({
        stages: [{ tasks: [{ ms: 19_000, inputRecords: 5000 }], rdds: [{ name: 'JdbcRDD', partitions: 1 }] }],
      }),
      expect: { places: 1, evidence: [{ kind: 'stage', stageId: 0 }] },
    },
  ],
  clear: [
    { name: 'eight connections', run: read(8, 160_000, 2500) },
    { name: 'fewer rows than the slots could share', run: working(12, 16_500, 10), expect: { says: /short/ } },
    { name: 'few rows', run: read(1, 200, 3000), expect: { says: /short/ } },
  ],
  notApplicable: [{ name: 'no JDBC', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }), expect: { says: /JDBC/ } }],
});
