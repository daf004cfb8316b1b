// Driver gap: a table of cases by label; what is normal for a run stays silent.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const query = (ms = 3000) => ({ plan: scan({ path: '/sales', rows: 10, files: 1 }), stages: [{ tasks: times(4, { ms }) }] });

/** The SparkContext alone took 2.5 s. */
const cold = () => log({ master: 'yarn', executors: [{ id: 'driver', cores: 0, addedMs: 2500 }, {}] });

ruleTester(rule, {
  found: [
    {
      name: 'the program works between two queries',
      run: log().sql(query()).gap(12_000).sql(query()),
      expect: {
        places: 1,
        heldMs: [11_500, 12_000],
        evidence: [
          { kind: 'sql', executionId: 0 },
          { kind: 'sql', executionId: 1 },
        ],
        cause: /program's own code/,
        remedies: /into Spark/,
      },
    },
    {
      name: 'a long commit',
      run: log()
        .sql({ ...query(), commitMs: 9000 })
        .sql(query()),
      expect: { heldMs: [8500, 9000], cause: /committed/, remedies: /committer/ },
    },
    {
      name: 'long planning',
      run: log()
        .sql(query())
        .sql({ ...query(), planningMs: 8000 }),
      expect: { heldMs: [7500, 8000], cause: /planned/ },
    },
    {
      name: 'a cold JVM has one allowance, not one for each pause',
      run: cold()
        .gap(6000)
        .job({ stages: [{ tasks: [{ ms: 800 }] }] })
        .gap(6000)
        .sql({ ...query(), planningMs: 6000 }),
      // 12 s, less what is usual and 2.5 × 2.5 s.
      expect: { heldMs: [4900, 5500], cause: /planned/ },
    },
    {
      name: 'a shell that waits for its first query',
      run: log({ conf: { 'spark.repl.class.uri': 'spark://host:1/classes' } })
        .gap(80_000)
        .sql(query()),
      expect: { heldMs: [70_000, 80_000], cause: /bound by its driver/, remedies: /Nothing in Spark/ },
    },
  ],
  clear: [
    { name: 'a quick program', run: log().gap(900).sql(query()).gap(200).sql(query()).gap(500) },
    {
      name: 'a cold JVM: the first query after a job that inferred the schema',
      run: cold()
        .gap(6000)
        .job({ stages: [{ tasks: [{ ms: 800 }] }] })
        .gap(2400)
        .sql({ ...query(), planningMs: 3500 }),
    },
    { name: 'a start of some seconds is not told', run: log().gap(8000).sql(query(5000)).sql(query(5000)) },
    {
      name: 'a wide plan built in one step takes its time',
      run: log()
        .job({ stages: [{ tasks: [{ ms: 20 }] }] })
        .gap(2600)
        .sql({
          plan: node('Project', 'Project [a#1, b#2, ... 460 more fields]', {}, [scan({ path: '/s', rows: 1, files: 1 })]),
          stages: [{ tasks: times(4, { ms: 2000 }) }],
        }),
    },
    {
      name: 'a stream waits for its trigger',
      run: log().stream({ name: 's', triggerMs: 9000, batches: times(4, { ms: 0 }).map(() => ({ inputRows: 10, sql: query(100) })) }),
    },
  ],
  noData: [{ name: 'no jobs', run: log().gap(20_000) }],
});
