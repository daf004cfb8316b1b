// Row format: only what is parsed again counts.
import { log, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const read = (ms: number, path = '/lines', format = 'csv') => ({
  plan: scan({ path, format, rows: 400_000, files: 4, bytes: 40e6 }),
  stages: [{ tasks: times(4, { ms, inputBytes: 10e6, inputRecords: 100_000 }) }],
});

ruleTester(rule, {
  found: [
    {
      name: 'three reads: the dearest is needed',
      run: log().sql(read(6000)).sql(read(4000)).sql(read(4000)),
      expect: {
        places: 1,
        heldMs: [5900, 6100],
        evidence: [
          { kind: 'sql', executionId: 2 },
          { kind: 'table', path: 'file:/lines' },
        ],
        cause: /CSV and is parsed 3 times/,
        remedies: /Parquet/,
      },
    },
  ],
  clear: [
    { name: 'read once', run: log().sql(read(6000)), expect: { says: /once/ } },
    { name: 'two files', run: log().sql(read(6000)).sql(read(6000, '/other')) },
  ],
  notApplicable: [
    {
      name: 'columnar',
      run: log()
        .sql(read(6000, '/lines', 'parquet'))
        .sql(read(6000, '/lines', 'parquet')),
    },
  ],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
