// Stream backlog: a table of cases. Busy is not behind.
import { log, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const sql = (ms: number) => ({ plan: scan({ path: '/in', rows: 10 }), stages: [{ tasks: times(4, { ms }) }] });
const stream = (batches: readonly { inputRows: number; ms?: number; behind?: number }[], triggerMs?: number) =>
  log({ conf: { 'spark.sql.shuffle.partitions': '64' } }).stream({
    name: 'payments',
    triggerMs,
    terminated: null,
    batches: batches.map(({ ms = 3000, ...batch }) => ({ ...batch, sql: sql(ms) })),
  });

/** Three batches of 2, 4 and 8 s; the fourth has tasks of this length in two waves, and the log ends before it does. */
const doubling = (ms: number, cutMs: number) =>
  log({ cutMs, end: false }).stream({
    name: 'payments',
    batches: [
      ...[60, 120, 240].map((inputRows, i) => ({ inputRows, behind: 0, sql: sql(2 ** i * 2000) })),
      { inputRows: 480, sql: { ...sql(0), stages: [{ tasks: times(80, { ms }) }] } },
    ],
  });

ruleTester(rule, {
  found: [
    {
      name: 'every batch full, no pause',
      run: stream(times(8, { ms: 0 }).map(() => ({ inputRows: 800 }))),
      expect: {
        places: 1,
        heldMs: [15_000, 24_000],
        evidence: [
          { kind: 'sql', executionId: 3 },
          { kind: 'stage', stageId: 3 },
        ],
        cause: /payments falls behind.*800 rows/,
        remedies: /maxFilesPerTrigger/,
      },
    },
    {
      name: 'offsets fall behind',
      run: stream(times(9, { ms: 0 }).map((_, i) => ({ inputRows: 100 + i, behind: 200 * i }))),
      expect: { cause: /1,600 records or files wait/ },
    },
    {
      name: 'batches grow',
      run: stream(times(9, { ms: 0 }).map((_, i) => ({ inputRows: 100 * 1.3 ** i, ms: Math.round(1000 * 1.3 ** i) }))),
      expect: { cause: /more rows than the one before/ },
    },
    {
      name: 'three batches that double, and a fourth without an end',
      run: doubling(12_000, 27_000),
      expect: {
        heldMs: [24_000, 27_000],
        evidence: [{ kind: 'sql', executionId: 2 }],
        cause: /takes longer \(2\.\d s to 8\.\d s\), and the next had run 1\d\.\d s without an end/,
      },
    },
  ],
  clear: [
    {
      name: 'three growing batches, and the next has only begun',
      run: doubling(1000, 17_500),
      expect: { says: /too few/ },
    },
    {
      name: 'full batches with pauses',
      run: stream(
        times(8, { ms: 0 }).map(() => ({ inputRows: 800 })),
        5000,
      ),
    },
    {
      name: 'always busy, and the source says that nothing waits',
      run: stream(times(8, { ms: 0 }).map(() => ({ inputRows: 800, behind: 0 }))),
    },
    { name: 'a backfill that caught up', run: stream([...times(8, { ms: 0 }).map(() => ({ inputRows: 800 })), { inputRows: 300 }]) },
    { name: 'too few batches', run: stream([{ inputRows: 800 }, { inputRows: 800 }]), expect: { says: /too few/ } },
  ],
  notApplicable: [{ name: 'no stream', run: log().job({ stages: [{ tasks: [{ ms: 10 }] }] }) }],
});
