// Task retries: a table of cases. Only failures of the task's own making in a stage that came through.
import { log, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const plan = scan({ path: '/customers', rows: 100, files: 4 });
const message =
  '[PYTHON_EXCEPTION] An exception was thrown from the Python worker: Traceback (most recent call last):\n  File "/opt/pyspark.zip/pyspark/worker.py", line 4327, in invoke_udf\n    run()\n  File "/app/job.py", line 26, in check\n    raise ConnectionResetError("closed")\nConnectionResetError: closed\n SQLSTATE: 38000';
const failures = [{ reason: 'ExceptionFailure', ms: 4500, className: 'org.apache.spark.api.python.PythonException', message }] as const;

ruleTester(rule, {
  found: [
    {
      name: 'every third task drops its connection once',
      run: log({ master: 'local[8]' }).sql({
        plan,
        stages: [{ tasks: times(24, (i) => (i % 3 === 1 ? { ms: 5000, failures } : { ms: 3000 })) }],
      }),
      expect: {
        places: 1,
        heldMs: [4000, 8000],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'sql', executionId: 0 },
          { kind: 'source', file: '/app/job.py', line: 26 },
        ],
        cause: /8 of 32 attempts.*ConnectionResetError: closed/,
        remedies: /retry inside the task/,
      },
    },
    {
      name: 'one task alone, while the other slots are idle',
      run: log().sql({ plan, stages: [{ tasks: [{ ms: 11_000, failures }] }] }),
      expect: { heldMs: [4400, 4700] },
    },
  ],
  clear: [
    { name: 'no failure', run: log().sql({ plan, stages: [{ tasks: times(8, { ms: 3000 }) }] }) },
    {
      name: 'lost executors and killed copies are told elsewhere',
      run: log({ executors: 2, master: 'yarn', cores: 2 }).sql({
        plan,
        stages: [
          {
            tasks: [
              { ms: 3000, failures: [{ reason: 'ExecutorLostFailure', ms: 2000 }] },
              { ms: 9000, copy: { afterMs: 1000, ms: 9000 } },
            ],
          },
        ],
      }),
    },
    {
      name: 'a stage that failed in the end is a failed run',
      run: log().sql({
        plan,
        error: 'Job aborted',
        stages: [{ failure: 'Job aborted', tasks: [{ ms: 100, fails: { reason: 'ExceptionFailure', message } }] }],
      }),
    },
  ],
  noData: [{ name: 'no task ends', run: log().gap(10) }],
});
