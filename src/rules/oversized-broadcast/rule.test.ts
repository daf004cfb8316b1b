// Oversized broadcast: size against the heap, the other side, and the broken query.
import { broadcast, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const MIB = 1024 ** 2;
const plan = (bytes: number | undefined, rows: number, streamed: number) =>
  node('BroadcastHashJoin', 'BroadcastHashJoin [k#1], [k#2], Inner, BuildRight, false', { 'number of output rows': 1000 }, [
    scan({ path: '/sales', rows: streamed, files: 4, bytes: 1e7 }),
    broadcast(
      bytes === undefined
        ? {}
        : { 'data size': bytes, 'number of output rows': rows, 'time to collect': 5000, 'time to build': 2000, 'time to broadcast': 800 },
      scan({ path: '/customers', rows, files: 8, bytes: 8e7 }),
    ),
  ]);
const run = (bytes: number | undefined, rows: number, streamed: number, memory = '4g') =>
  log({ master: 'local[4]', conf: { 'spark.driver.memory': memory } }).sql({
    plan: plan(bytes, rows, streamed),
    jobs: [
      { stages: [{ tasks: times(4, { ms: 4000, cpuMs: 1000, inputRecords: rows / 4 }) }] },
      { stages: [{ tasks: times(4, { ms: 1800, inputRecords: streamed / 4 }) }] },
    ],
    betweenMs: 2800,
  });

ruleTester(rule, {
  found: [
    {
      name: 'wide rows, collected to be joined with fewer',
      run: run(280 * MIB, 1_600_000, 150_000),
      expect: {
        places: 1,
        heldMs: [5000, 8500],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'sql', node: 'BroadcastExchange' },
        ],
        cause: /280 MiB in 1,600,000 rows/,
        remedies: /hint/,
      },
    },
    { name: 'a smaller one on a small heap', run: run(140 * MIB, 450_000, 500_000, '1g'), expect: { places: 1 } },
  ],
  clear: [
    { name: 'small for the heap', run: run(100 * MIB, 400_000, 1_500_000), expect: { says: /small for a heap/ } },
    { name: 'an empty page of 64 MiB', run: run(64 * MIB + 1000, 200, 1_500_000, '512m') },
    { name: 'it spares the shuffle of a far larger side', run: run(280 * MIB, 1_600_000, 200_000_000) },
    {
      name: 'nothing is broadcast',
      run: log().sql({ plan: scan({ path: '/a' }), stages: [{ tasks: [{ ms: 10 }] }] }),
      expect: { says: /nothing/ },
    },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
  noData: [{ name: 'no sizes in the plan', run: run(undefined, 10, 10), expect: { says: /data size/ } }],
});
