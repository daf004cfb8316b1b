// Repeated scan: only the reading counts, and only large files.
import { log, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const read = (bytes: number, scanMs: number, path = '/tx') => ({
  plan: scan({ path, rows: 400_000, files: 4, bytes, metrics: { 'scan time': scanMs } }),
  stages: [{ tasks: times(4, { ms: 6000, inputRecords: 100_000 }) }],
});

ruleTester(rule, {
  found: [
    {
      name: 'three queries read the same 200 MB',
      run: log().sql(read(200e6, 12_000)).sql(read(200e6, 12_000)).sql(read(200e6, 12_000)),
      expect: {
        places: 1,
        heldMs: [5900, 6100],
        evidence: [{ kind: 'stage', stageId: 2 }],
        cause: /read 3 times by 3 queries/,
        remedies: /one `agg`/,
      },
    },
  ],
  clear: [
    { name: 'small files', run: log().sql(read(2e6, 12_000)).sql(read(2e6, 12_000)) },
    {
      name: 'other files',
      run: log()
        .sql(read(200e6, 12_000))
        .sql(read(200e6, 12_000, '/other')),
    },
  ],
  notApplicable: [{ name: 'no files', run: log().sql({ plan: scan({ path: '/a', rows: 9 }), stages: [{ tasks: [{ ms: 10 }] }] }) }],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
