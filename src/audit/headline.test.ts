// The sentence at the head of a report.

import { expect, test } from 'vitest';
import { log, node, times } from '../rules/testing/index.ts';
import { audit } from './index.ts';

const failing = (ms: number) => {
  const error = '[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012';
  return log()
    .sql({ plan: node('Range', 'Range (0, 10)'), stages: [{ tasks: times(4, { ms: 20_000 }) }] })
    .sql({
      plan: node('Range', 'Range (0, 10)'),
      error,
      stages: [{ failure: error, tasks: [{ ms, fails: { reason: 'ExceptionFailure', message: error } }] }],
    });
};

test.each([
  ['a failure is told without the moment that it took', 5, /^Failed query or job\./],
  ['a failure after long work is told with its time', 30_000, /^Failed query or job held the end for 30\.\d s, \d+ % of the run\./],
])('%s', (_, ms, headline) => {
  expect(audit(failing(ms).run()).headline).toMatch(headline);
});
