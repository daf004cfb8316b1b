// Trigger overrun: the interval shows in the starts of batches that waited for it.
import { log, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const batch = (ms: number) => ({ inputRows: 100, sql: { plan: scan({ path: '/in', rows: 10 }), stages: [{ tasks: times(4, { ms }) }] } });
/** Progress alone, at exact times: [start, length]. */
const progress = (batches: readonly (readonly [number, number])[]) =>
  batches.reduce(
    (run, [at, ms], i) =>
      run.event({
        Event: 'org.apache.spark.sql.streaming.StreamingQueryListener$QueryProgressEvent',
        progress: {
          id: 'q',
          runId: 'r',
          name: 'payments',
          timestamp: new Date(1_700_000_000_000 + at).toISOString(),
          batchId: i,
          batchDuration: ms,
          durationMs: { triggerExecution: ms },
          stateOperators: [],
          sources: [{ description: 'FileSource[/in]', numInputRows: 10 }],
          sink: { description: 'FileSink[/out]' },
        },
      }),
    log(),
  );

ruleTester(rule, {
  found: [
    {
      name: 'most batches take longer than 5 s',
      run: progress([
        [123, 6000],
        [6123, 3000],
        [10_000, 7000],
        [17_000, 8000],
        [25_003, 4000],
        [30_000, 9000],
        [39_000, 6000],
      ]),
      expect: { places: 1, cause: /every 5\.0 s, and 4 of 6/, remedies: /trigger/ },
    },
  ],
  clear: [
    {
      name: 'batches within the interval',
      run: progress([
        [123, 600],
        [5000, 700],
        [10_000, 700],
        [15_003, 800],
        [20_000, 600],
        [25_000, 600],
      ]),
      expect: { says: /within their interval/ },
    },
    {
      name: 'always busy: no interval shows',
      run: progress([
        [123, 3000],
        [3123, 3000],
        [6123, 3000],
        [9123, 3000],
        [12_123, 3000],
      ]),
      expect: { says: /does not hold it/ },
    },
  ],
  notApplicable: [{ name: 'no stream', run: log().sql(batch(100).sql) }],
});
