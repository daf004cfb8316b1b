// Small files from a stream: files a batch, their size, and what a day of them comes to.
import { log, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const stream = (n: number, tasks: number, bytes: number, triggerMs?: number) =>
  log().stream({
    name: 'clean',
    sink: 'FileSink[/out]',
    triggerMs,
    terminated: null,
    batches: Array.from({ length: n }, () => ({
      inputRows: 800,
      sql: {
        plan: scan({ path: '/in', rows: 800 }),
        stages: [{ tasks: times(tasks, { ms: 200, inputRecords: 10, outputBytes: bytes, outputRecords: 10 }) }],
      },
    })),
  });

ruleTester(rule, {
  found: [
    {
      name: '64 files of 4 KB a batch',
      run: stream(6, 64, 4000),
      expect: {
        places: 1,
        heldMs: [1000, 20_000],
        evidence: [
          { kind: 'sql', executionId: 0 },
          { kind: 'stage', stageId: 0 },
        ],
        cause: /64 files of 3\.9 KiB a batch/,
        remedies: /coalesce/,
      },
    },
  ],
  clear: [
    { name: 'one file a slot', run: stream(6, 4, 4000) },
    { name: 'large files', run: stream(6, 64, 8e6) },
    { name: 'once an hour', run: stream(6, 64, 4000, 3_600_000) },
    { name: 'few batches', run: stream(2, 64, 4000) },
  ],
  notApplicable: [{ name: 'no stream', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
});
