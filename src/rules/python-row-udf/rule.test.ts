// Row UDF: both ways in which a plain @udf runs, the newer and the older measures, and what is none.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const udf = (name: string, detail: string, metrics: Record<string, number>, cpuMs = 1000) =>
  log({ master: 'local[2]' }).sql({
    plan: node(name, detail, metrics, [scan({ path: '/sales', rows: 1_600_000, files: 4, bytes: 4e7 })]),
    stages: [{ tasks: times(2, { ms: 13_000, cpuMs, inputRecords: 800_000 }) }],
  });
/** A Python RDD over 10 s tasks with 1 s of JVM CPU. */
const rdd = (below: string, inputRecords = 150_000) =>
  log({ master: 'local[2]' }).job({
    stages: [
      {
        tasks: times(2, { ms: 10_000, cpuMs: 1000, inputRecords }),
        rdds: [
          { name: 'PairwiseRDD', callSite: 'reduceByKey at /app/job.py:12', partitions: 2 },
          { name: 'PythonRDD', callSite: 'reduceByKey at /app/job.py:12', partitions: 2 },
          { name: 'MapPartitionsRDD', callSite: below, partitions: 2 },
          { name: 'FileScanRDD', callSite: below, partitions: 2 },
        ],
      },
    ],
  });
const PIPELINED = { 'number of output rows': 1_600_000, 'time to run Python workers': 20_000 };
const BATCH = 'BatchEvalPython [clean(channel#9)#3, band(amount#6)#4], [pythonUDF0#7, pythonUDF1#8]';

ruleTester(rule, {
  found: [
    {
      name: 'measured time in Python',
      run: udf('BatchEvalPython', BATCH, {
        'number of output rows': 1_600_000,
        'time to execute Python code': 17_000,
        'time to run Python workers': 24_000,
      }),
      expect: {
        places: 1,
        heldMs: [10_000, 12_000],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'sql', node: 'BatchEvalPython' },
        ],
        cause: /clean, band are called in Python for 1,600,000 rows/,
        remedies: /built-in functions/,
      },
    },
    {
      name: 'a plain @udf that travels by Arrow',
      run: udf('ArrowEvalPython', 'ArrowEvalPython [in_period(event_date#5)#6], [pythonUDF0#8], 101', {
        'number of output rows': 1_800_000,
        'time to execute Python code': 12_000,
      }),
      expect: { places: 1, cause: /in_period is called/ },
    },
    {
      name: 'an older Spark: the stage without CPU',
      run: udf('BatchEvalPython', BATCH, { 'number of output rows': 1_600_001 }, 3000),
      expect: { heldMs: [9500, 10_500] },
    },
    {
      name: 'two operators in one stage, each with the waiting of the other: together they hold no more than the stage',
      run: log({ master: 'local[2]' }).sql({
        plan: node('BatchEvalPython', 'BatchEvalPython [band(amount#6)#4], [pythonUDF1#8]', PIPELINED, [
          node('BatchEvalPython', 'BatchEvalPython [clean(channel#9)#3], [pythonUDF0#7]', PIPELINED, [
            scan({ path: '/sales', rows: 1_600_000, files: 4, bytes: 4e7 }),
          ]),
        ]),
        stages: [{ tasks: times(2, { ms: 13_000, cpuMs: 1000, inputRecords: 800_000 }) }],
      }),
      expect: { places: 2, heldMs: [12_500, 13_000] },
    },
    {
      name: 'starting the workers is told apart and not counted',
      run: udf('BatchEvalPython', BATCH, {
        'number of output rows': 1_600_000,
        'time to run Python workers': 20_000,
        'time to start Python workers': 3000,
        'time to initialize Python workers': 1000,
      }),
      expect: { heldMs: [7900, 8100], cause: /16\.0 s of task time.*Starting the workers took 4\.0 s more/ },
    },
    {
      name: 'a start without row work is no row work',
      run: udf('BatchEvalPython', BATCH, {
        'number of output rows': 5000,
        'time to run Python workers': 20_000,
        'time to start Python workers': 12_000,
        'time to initialize Python workers': 7900,
      }),
      expect: { heldMs: [0, 100] },
    },
    {
      name: 'rows of a DataFrame as an RDD',
      run: rdd('javaToPython at NativeMethodAccessorImpl.java:0'),
      expect: {
        places: 1,
        heldMs: [8500, 9500],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'source', file: '/app/job.py', line: 12 },
        ],
        cause: /handed to Python one by one as an RDD/,
        remedies: /Stay in the DataFrame/,
      },
    },
  ],
  clear: [
    {
      name: 'a pandas UDF',
      run: udf('ArrowEvalPython', 'ArrowEvalPython [pu(x#4)#15], [pythonUDF0#20], 200', { 'time to execute Python code': 12_000 }),
      expect: { says: /no row-at-a-time/ },
    },
    {
      name: 'a service called for a few rows of a DataFrame: not the rows cost',
      run: rdd('javaToPython at NativeMethodAccessorImpl.java:0', 0),
      expect: { says: /no rows/ },
    },
    { name: 'no Python', run: log().sql({ plan: scan({ path: '/a' }), stages: [{ tasks: [{ ms: 10 }] }] }) },
  ],
  notApplicable: [
    { name: 'an RDD program without a DataFrame', run: rdd('textFile at NativeMethodAccessorImpl.java:0') },
    { name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) },
  ],
});
