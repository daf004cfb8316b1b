// Schema inference: a job of no query over all lines, before the read.
import { log, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const pass = (bytes: number, name = 'csv at NativeMethodAccessorImpl.java:0', scope = 'Scan text ') => ({
  callSite: name,
  stages: [
    {
      name,
      tasks: times(4, { ms: 5000, inputBytes: bytes / 4, inputRecords: 100_000 }),
      rdds: [
        { name: 'FileScanRDD', scope },
        { name: 'MapPartitionsRDD', scope: 'mapPartitions' },
      ],
    },
  ],
});
const read = (format = 'csv') => ({
  plan: scan({ path: '/landing', format, columns: 'id:bigint,amount:double', rows: 400_000, files: 4, bytes: 40e6 }),
  stages: [{ tasks: times(4, { ms: 6000, inputBytes: 10e6, inputRecords: 100_000 }) }],
});

ruleTester(rule, {
  found: [
    {
      name: 'a pass over all lines, then the read',
      run: log().job(pass(40e6)).sql(read()),
      expect: {
        places: 1,
        heldMs: [5000, 5100],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'job', jobId: 0 },
          { kind: 'table', path: 'file:/landing' },
        ],
        cause: /400,000 lines.*only to guess their types/,
        remedies: /id bigint, amount double/,
      },
    },
  ],
  clear: [
    { name: 'only the header', run: log().job(pass(4000)).sql(read()) },
    { name: 'an RDD program over text files', run: log().job(pass(40e6, 'count at job.py:5')).sql(read()) },
  ],
  notApplicable: [{ name: 'no text format', run: log().job(pass(40e6)).sql(read('parquet')) }],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
