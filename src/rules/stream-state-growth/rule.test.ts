// State growth: rows that only come, many batches long.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const stream = (n: number, rows: (i: number) => number, bytes = 1e9, watermark = false) =>
  log().stream({
    name: 'dedup',
    terminated: null,
    batches: Array.from({ length: n }, (_, i) => ({
      inputRows: 100,
      stateRows: rows(i),
      stateBytes: bytes,
      sql: {
        plan: watermark
          ? node('EventTimeWatermark', 'EventTimeWatermark ts#1: timestamp, 1 hours', {}, [scan({ path: '/in', rows: 10 })])
          : scan({ path: '/in', rows: 10 }),
        stages: [{ tasks: times(4, { ms: 1000 + 100 * i }) }],
      },
    })),
  });

ruleTester(rule, {
  found: [
    {
      name: 'grows in every batch',
      run: stream(24, (i) => 1e6 * (i + 1)),
      expect: {
        places: 1,
        evidence: [{ kind: 'sql', executionId: 23 }],
        cause: /24,000,000 rows.*no watermark/,
        remedies: /withWatermark/,
      },
    },
  ],
  clear: [
    { name: 'goes up and down', run: stream(24, (i) => 1e6 * (1 + (i % 3))) },
    { name: 'few batches', run: stream(8, (i) => 1e6 * (i + 1)) },
    { name: 'a small state', run: stream(24, (i) => 10 * (i + 1), 1e5) },
    { name: 'a watermark that is still filling', run: stream(24, (i) => 1e6 * (i + 1), 1e9, true) },
  ],
  notApplicable: [{ name: 'no stream', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
});
