// Failed run: a table of cases. Roots, not consequences; caught failures are told as such or not at all.
import { log, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const plan = scan({ path: '/invoices', rows: 100, files: 4 });
const cast = `[CAST_INVALID_INPUT] The value 'n/a' of the type "STRING" cannot be cast to "DECIMAL(12,2)". SQLSTATE: 22018\n== DataFrame ==\n"cast" was called from\n/app/job.py:21\n`;
const good = { plan, stages: [{ tasks: times(4, { ms: 1000 }) }] };
const bad = (ms: number, error: string) => ({
  plan,
  error,
  stages: [{ failure: error, tasks: [{ ms, fails: { reason: 'ExceptionFailure', message: error } as const }] }],
});
const python =
  '[PYTHON_EXCEPTION] An exception was thrown from the Python worker: Traceback (most recent call last):\n  File "/opt/pyspark.zip/pyspark/worker.py", line 2845, in read_udfs\n    import pyarrow as pa\nModuleNotFoundError: No module named \'pyarrow\'\n';

ruleTester(rule, {
  found: [
    {
      name: 'a bad value after the first output',
      run: log().sql(good).sql(bad(1200, cast)),
      expect: {
        places: 1,
        evidence: [
          { kind: 'sql', executionId: 1 },
          { kind: 'stage', stageId: 1 },
          { kind: 'job', jobId: 1 },
          { kind: 'source', file: '/app/job.py', line: 21 },
        ],
        cause: /CAST_INVALID_INPUT/,
        remedies: /try_cast/,
      },
    },
    {
      name: 'an error of the analyser, with the plan behind a semicolon',
      run: log().sql(
        bad(1000, "[INVALID_USAGE_OF_STAR_OR_REGEX] Invalid usage of '*' in Pivot. SQLSTATE: 42000;\n'Pivot ArrayBuffer(id#1L)\n"),
      ),
      expect: { cause: /INVALID_USAGE_OF_STAR_OR_REGEX: Invalid usage of '\*' in Pivot\. SQLSTATE: 42000\.$/ },
    },
    {
      name: 'a missing package',
      run: log().sql({ ...bad(800, python), description: 'collect at /app/job.py:47' }),
      expect: {
        cause: /ModuleNotFoundError: No module named 'pyarrow'/,
        evidence: [{ kind: 'source', line: 47 }],
        remedies: /spark.pyspark.python/,
      },
    },
    {
      name: 'a job without a query',
      run: log().job({
        error:
          'Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: Lost task 0.3 in stage 0.0 (TID 3) (host-1 executor 1): java.lang.OutOfMemoryError: Java heap space',
        stages: [{ tasks: [{ ms: 10 }] }],
      }),
      expect: { cause: /OutOfMemoryError: Java heap space/, remedies: /memory/ },
    },
    {
      name: 'caught, but its time was worth something',
      run: log().sql(bad(9000, cast)).sql(good),
      expect: { cause: /caught it, went on and ended well/ },
    },
    {
      name: 'a stream that died',
      run: log().stream({
        name: 's',
        batches: [{ inputRows: 10, sql: good }],
        terminated: 'java.lang.IllegalStateException: offset out of range',
      }),
      expect: { cause: /Stream s failed.*IllegalStateException/ },
    },
  ],
  clear: [
    { name: 'all went well', run: log().sql(good) },
    { name: 'a quick failure that was caught', run: log().sql(bad(300, cast)).sql(good), expect: { says: /went on and ended well/ } },
    {
      name: 'cancelled by somebody',
      run: log()
        .sql(good)
        .job({ error: 'Job 1 cancelled as part of cancellation of all jobs', stages: [{ tasks: [{ ms: 10 }] }] }),
    },
    {
      name: 'a log without an end',
      run: log({ cutMs: 1500, end: false }).sql(good).sql(good),
      expect: { says: /not by itself a failure/ },
    },
    { name: 'a stream that was stopped', run: log().stream({ name: 's', batches: [{ inputRows: 10, sql: good }], terminated: null }) },
  ],
  noData: [{ name: 'no jobs', run: log().gap(10) }],
});
