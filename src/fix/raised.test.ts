// Spark's words for a failed query, as versions and interfaces write them.
import { describe, expect, test } from 'vitest';
import { raisedIn, typeName } from './raised.ts';

describe('raisedIn', () => {
  test.each<[string, string | undefined, ReturnType<typeof raisedIn>]>([
    [
      'a cast of the DataFrame API in Spark 4',
      `[CAST_INVALID_INPUT] The value 'n/a' of the type "STRING" cannot be cast to "DECIMAL(12,2)" because it is malformed. SQLSTATE: 22018\n== DataFrame ==\n"cast" was called from\n/app/job.py:21\n`,
      {
        condition: 'CAST_INVALID_INPUT',
        value: "'n/a'",
        target: 'decimal(12,2)',
        by: { kind: 'call', name: 'cast', file: '/app/job.py', line: 21 },
      },
    ],
    [
      'a piece of a longer text of SQL',
      `[CAST_INVALID_INPUT] The value 'x' of the type "STRING" cannot be cast to "INT" because it is malformed.\n== SQL (line 2, position 12) ==\nselect a,\n       sum(cast(b as int)) as n from t\n           ^^^^^^^^^^^^^^\n`,
      { condition: 'CAST_INVALID_INPUT', value: "'x'", target: 'int', by: { kind: 'sql', text: 'cast(b as int)' } },
    ],
    [
      'Spark 3.5 without a context, wrapped by the scheduler',
      `Job aborted due to stage failure: Task 1 in stage 0.0 failed 4 times, most recent failure: Lost task 1.3 in stage 0.0 (TID 7) (host executor 1): org.apache.spark.SparkNumberFormatException: [CAST_INVALID_INPUT] The value 'x' of the type "STRING" cannot be cast to "BIGINT" because it is malformed.\n\tat org.apache.spark.X.y(X.scala:1)\n`,
      { condition: 'CAST_INVALID_INPUT', value: "'x'", target: 'bigint', by: undefined },
    ],
    [
      'a write that failed of it',
      'org.apache.spark.SparkException: [TASK_WRITE_FAILED] Task failed while writing rows to file:/out.\n\tat x.Y.z(Y.scala:1)\nCaused by: org.apache.spark.SparkNumberFormatException: [CAST_INVALID_INPUT] The value \'x\' of the type "STRING" cannot be cast to "INT" because it is malformed.',
      { condition: 'CAST_INVALID_INPUT', value: "'x'", target: 'int', by: undefined },
    ],
    [
      'a decimal that is too large',
      '[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION] 12345.67 cannot be represented as Decimal(6, 2). If necessary set "spark.sql.ansi.enabled" to "false". SQLSTATE: 22003',
      { condition: 'NUMERIC_VALUE_OUT_OF_RANGE', value: '12345.67', target: 'decimal(6,2)', by: undefined },
    ],
    [
      'a call that came from no line of Python',
      '[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n== DataFrame ==\n"divide" was called from\njava.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)\n',
      {
        condition: 'DIVIDE_BY_ZERO',
        value: undefined,
        target: undefined,
        by: { kind: 'call', name: 'divide', file: undefined, line: undefined },
      },
    ],
    [
      'an error of Python code, whatever it quotes',
      'PythonException: Traceback (most recent call last):\n  File "/app/job.py", line 3, in f\nValueError: [CAST_INVALID_INPUT] no',
      undefined,
    ],
    ['no condition', 'java.lang.OutOfMemoryError: Java heap space', undefined],
    ['nothing', undefined, undefined],
  ])('%s', (_, text, expected) => expect(raisedIn(text)).toEqual(expected));
});

test.each([
  ['DECIMAL(12, 2)', 'decimal(12,2)'],
  ['integer', 'int'],
  ['long', 'bigint'],
  ['array<int>', 'array<int>'],
])('%s is %s', (text, name) => expect(typeName(text)).toBe(name));
