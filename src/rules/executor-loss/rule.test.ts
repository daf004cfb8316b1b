// Executor loss: a table of cases. A loss is told by what it did.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const dead = { addedMs: 0, removedMs: 4000, reason: 'Command exited with code 137' };
const yarn = (second: object) => log({ master: 'yarn', cores: 2, executors: [{}, second] });

ruleTester(rule, {
  found: [
    {
      name: 'killed with a task, its shuffle files gone, two stages again',
      run: yarn(dead).job({
        stages: [
          { tasks: times(4, { ms: 1500 }) },
          {
            tasks: [
              { ms: 1000, fails: { reason: 'ExecutorLostFailure', ms: 2500, message: 'Command exited with code 137', executor: '2' } },
              { ms: 400, fails: { reason: 'FetchFailed', from: '2' } },
              { ms: 1200 },
            ],
            failure: 'org.apache.spark.shuffle.FetchFailedException',
          },
          { retry: true, tasks: times(2, { ms: 2000, executor: '1' }) },
        ],
      }),
      expect: {
        places: 1,
        heldMs: [2500, 5000],
        evidence: [
          { kind: 'executor', id: '2' },
          { kind: 'stage', stageId: 1, attempt: 0 },
          { kind: 'stage', stageId: 1, attempt: 1 },
        ],
        cause: /killed \(exit code 137\), most often for memory.*failed on fetching.*ran again/,
        remedies: /memoryOverhead/,
      },
    },
    {
      name: 'a memory limit is proof',
      run: yarn({ ...dead, reason: 'Container killed by YARN for exceeding memory limits. Exit code 137' }).job({
        error: 'Job 0 cancelled because SparkContext was shut down',
        stages: [{ failure: 'FetchFailed', tasks: [{ ms: 100 }, { ms: 100, fails: { reason: 'FetchFailed', from: '2' } }] }],
      }),
      expect: { cause: /\(out of memory: Container killed/ },
    },
    {
      name: 'the job did not end',
      run: yarn({ ...dead, reason: 'Executor Process Lost' }).job({
        error: 'Job 0 cancelled because SparkContext was shut down',
        stages: [{ failure: 'FetchFailed', tasks: [{ ms: 100 }, { ms: 100, fails: { reason: 'FetchFailed', from: '2' } }] }],
      }),
      expect: { evidence: [{ kind: 'job', jobId: 0 }], cause: /job 0 did not end/ },
    },
  ],
  clear: [
    { name: 'nobody left', run: yarn({}).job({ stages: [{ tasks: times(4, { ms: 1000 }) }] }) },
    {
      name: 'released when idle',
      run: yarn({ removedMs: 5000, reason: 'Executor killed by driver: idle' }).job({ stages: [{ tasks: times(4, { ms: 1000 }) }] }),
    },
    {
      name: 'killed when its work was done',
      run: yarn({ removedMs: 9000, reason: 'Command exited with code 137' }).job({ stages: [{ tasks: times(4, { ms: 1000 }) }] }),
    },
    {
      name: 'a loss that cost next to nothing in a long run',
      run: yarn({ removedMs: 90_000, reason: 'Container preempted' }).job({
        stages: [
          {
            tasks: [
              ...times(8, { ms: 30_000 }),
              { ms: 300, failures: [{ reason: 'ExecutorLostFailure', ms: 100, byApp: false, executor: '2' }] },
            ],
          },
        ],
      }),
      expect: { says: /^1 executor went away.*not worth/ },
    },
  ],
  noData: [{ name: 'nothing', run: '' }],
});
