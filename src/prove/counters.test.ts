// Counters and infrastructure trouble, from built logs and from the real ones of the example.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRun } from '../eventlog/index.ts';
import { ROOT } from '../eventlog/testing/samples.ts';
import { type Failure, log, times } from '../rules/testing/index.ts';
import { countersOf, infrastructureOf } from './index.ts';

test('counters are the sums over every attempt', () => {
  const run = log({ master: 'local[2]' })
    .job({
      stages: [
        { tasks: times(3, { ms: 1000, inputBytes: 50, inputRecords: 5, shuffleWriteBytes: 20 }) },
        {
          tasks: [{ ms: 500, shuffleReadBytes: 60, outputBytes: 7, outputRecords: 2, failures: [{ reason: 'ExceptionFailure', ms: 100 }] }],
        },
      ],
    })
    .run();
  expect(countersOf(run)).toMatchObject({
    tasks: 5,
    stages: 2,
    inputBytes: 150,
    inputRecords: 15,
    shuffleWriteBytes: 60,
    // The attempt that failed had read and written too.
    shuffleReadBytes: 120,
    outputBytes: 14,
    outputRecords: 4,
    spilledBytes: 0,
    failedTasks: 1,
  });
});

test('the example: the fast model does less of everything', async () => {
  const [slow, fast] = await Promise.all(
    ['slow/eventlog_v2_local-1795260567455', 'fast/eventlog_v2_local-1795260640188'].map((path) =>
      readRun(join(ROOT, 'examples/daily_sales', path)),
    ),
  );
  const [a, b] = [countersOf(slow as never), countersOf(fast as never)];
  expect(b.coreMs).toBeLessThan(a.coreMs);
  expect(b.tasks).toBeLessThan(a.tasks);
  expect(a.cpuMs).toBeGreaterThan(0);
  // CPU time is counted in ns, run time in ms: the same scale here.
  expect(a.cpuMs).toBeLessThan(a.coreMs * 1.2);
  expect(infrastructureOf(slow as never)).toEqual([]);
});

describe('infrastructure trouble', () => {
  const cluster = (removed: { removedMs: number; reason: string } | undefined, failure?: Failure) =>
    log({ master: 'spark://m:7077', cores: 2, executors: [{}, removed === undefined ? {} : { addedMs: 0, ...removed }] })
      .job({
        stages: [
          { tasks: times(4, { ms: 500 }) },
          {
            tasks: [{ ms: 300, ...(failure === undefined ? {} : { failures: [{ ms: 100, executor: '2', ...failure }] }) }, { ms: 300 }],
          },
        ],
      })
      .run();

  test.each([
    ['worker lost: 10.0.0.7:7078 got disassociated', ['executor lost']],
    ['Executor heartbeat timed out after 150000 ms', ['executor lost']],
    ['Container from a spot instance was preempted', ['executor reclaimed']],
    ['Executor decommission: Instance is being reclaimed.', ['executor reclaimed']],
    ['Remote RPC client disassociated. Likely due to containers exceeding thresholds, or network issues.', ['executor lost']],
    ['Executor Process Lost', ['executor lost']],
    // What the job did to itself stays in.
    ['Command exited with code 137', []],
    ['Command exited with code 52', []],
    ['Command exited with code 134', []],
    ['Container killed by YARN for exceeding memory limits. 5.5 GB of 5 GB physical memory used.', []],
    ['The executor with id 2 exited with exit code 137(SIGKILL, possible container OOM).', []],
    // What the settings asked for is none.
    ['Executor killed by driver.', []],
    ['Executor decommission: spark scale down', []],
    ['Command exited with code 0', []],
  ])('%s', (reason, expected) => {
    expect(infrastructureOf(cluster({ removedMs: 600, reason }))).toEqual(expected);
  });

  test('a fetch that fails from an executor that lives is the network', () => {
    expect(infrastructureOf(cluster(undefined, { reason: 'FetchFailed', from: '1' }))).toEqual(['fetch failure']);
  });
  test('a fetch from an executor that ran out of memory is not', () => {
    expect(
      infrastructureOf(cluster({ removedMs: 600, reason: 'Command exited with code 52' }, { reason: 'FetchFailed', from: '2' })),
    ).toEqual([]);
  });
  test('a fetch from an executor that its node took along is, with the loss', () => {
    expect(infrastructureOf(cluster({ removedMs: 600, reason: 'worker lost' }, { reason: 'FetchFailed', from: '2' }))).toEqual([
      'executor lost',
      'fetch failure',
    ]);
  });
  test('a task that throws is none', () => {
    expect(infrastructureOf(cluster(undefined, { reason: 'ExceptionFailure', message: 'connection refused' }))).toEqual([]);
  });
});
