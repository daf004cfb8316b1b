// Error texts as Spark writes them: the root's name, its message, the line of the user's own code.
import { expect, test } from 'vitest';
import { exceptionOf } from './exceptions.ts';

const traceback = [
  '[PYTHON_EXCEPTION] An exception was thrown from the Python worker: Traceback (most recent call last):',
  '  File "/opt/spark/python/lib/pyspark.zip/pyspark/worker.py", line 4327, in invoke_udf',
  '    run_process()',
  '  File "/app/job.py", line 26, in check',
  '    raise ConnectionResetError("provider closed the session")',
  'ConnectionResetError: provider closed the session',
  ' SQLSTATE: 38000',
].join('\n');

test.each([
  [traceback, { name: 'ConnectionResetError', message: 'provider closed the session', file: '/app/job.py', line: 26 }],
  [
    'org.apache.spark.api.python.PythonException: Traceback (most recent call last): | File "/app/job.py", line 3, in f | KeyError: \'a\'',
    { name: 'KeyError', message: "'a'", file: '/app/job.py', line: 3 },
  ],
  [
    '[CAST_INVALID_INPUT] The value \'n/a\' cannot be cast. SQLSTATE: 22018\n== DataFrame ==\n"cast" was called from\n/app/job.py:21\n',
    { name: 'CAST_INVALID_INPUT', message: "The value 'n/a' cannot be cast. SQLSTATE: 22018", file: '/app/job.py', line: 21 },
  ],
  [
    'Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: Lost task 0.3 in stage 0.0 (TID 3) (host-1 executor 1): java.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.scala:1)',
    { name: 'OutOfMemoryError', message: 'Java heap space', file: undefined, line: undefined },
  ],
  [
    'org.apache.spark.shuffle.FetchFailedException\n\tat a.B.c(B.scala:1)\nCaused by: java.nio.file.NoSuchFileException: /tmp/shuffle_0_0_0.index\n\t... 9 more',
    { name: 'NoSuchFileException', message: '/tmp/shuffle_0_0_0.index', file: undefined, line: undefined },
  ],
  ['something else', { name: undefined, message: 'something else', file: undefined, line: undefined }],
])('%#', (text, expected) => expect(exceptionOf(text)).toEqual(expected));

test('no text, no exception', () => {
  expect(exceptionOf(undefined)).toBeUndefined();
  expect(exceptionOf(' \n')).toBeUndefined();
});
