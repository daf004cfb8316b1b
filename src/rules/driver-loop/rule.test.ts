// Driver loop: a table of cases. Many similar queries in sequence; streams, threads and pauses are none.
import { exchange, type Log, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const write = (path: string, bytes: number) =>
  node('Execute InsertIntoHadoopFsRelationCommand', '', {}, [
    node('HashAggregate', 'HashAggregate(keys=[k#1])', {}, [
      exchange('hashpartitioning(k#1, 4)', {}, scan({ path, rows: 1000, files: 3, bytes })),
    ]),
  ]);
const turn = (run: Log, path = '/tx') =>
  run
    .sql({
      plan: write(path, 5e6),
      description: 'parquet at /app/job.py:24',
      stages: [{ tasks: times(3, { ms: 400, shuffleWriteBytes: 10 }) }, { tasks: [{ ms: 100 }] }],
    })
    .gap(200);
const loop = (n: number, path = (_: number) => '/tx', pause = 0) => {
  let run = log().gap(300);
  for (let i = 0; i < n; i++) run = turn(run, path(i)).gap(pause);
  return run;
};

ruleTester(rule, {
  found: [
    {
      name: 'forty turns that read the same table',
      run: loop(40),
      expect: {
        places: 1,
        // 40 turns of 0.75 s; one turn and the others' writes stay.
        heldMs: [26_000, 31_000],
        evidence: [
          { kind: 'sql', executionId: 20 },
          { kind: 'stage', stageId: 21 },
          { kind: 'source', file: '/app/job.py', line: 24 },
        ],
        cause: /40 turns.*read tx again/,
        remedies: /partitionBy/,
      },
    },
    {
      name: "the program's own pauses are not the loop's, and its queries are left to driver-gap",
      run: loop(20, () => '/tx', 3000),
      expect: {
        // 20 turns of 0.55 s, not of 3.75 s.
        heldMs: [9000, 11_500],
        evidence: [
          { kind: 'job', jobId: 3 },
          { kind: 'stage', stageId: 21 },
        ],
        cause: /are pauses of the program, not counted/,
      },
    },
    { name: 'different inputs, idle slots', run: loop(20, (i) => `/tx/day=${i}`), expect: { heldMs: [4000, 13_000], cause: /20 turns/ } },
  ],
  clear: [
    { name: 'four similar queries are a list of outputs', run: loop(4) },
    { name: 'a person asks now and then', run: loop(8, () => '/tx', 20_000) },
    {
      name: 'turns that fill the slots and read different data',
      run: Array.from({ length: 10 }).reduce<Log>(
        (run, _, i) =>
          run.sql({ plan: scan({ path: `/tx/m=${i}`, rows: 10, files: 1, bytes: i }), stages: [{ tasks: times(40, { ms: 1000 }) }] }),
        log(),
      ),
    },
    {
      name: 'micro-batches',
      run: log().stream({
        name: 's',
        batches: times(8, { ms: 0 }).map(() => ({
          inputRows: 10,
          sql: { plan: scan({ path: '/in', rows: 10 }), stages: [{ tasks: [{ ms: 300 }] }] },
        })),
      }),
    },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 10 }] }] }) }],
});
