// Slow commit: time behind the last task of a write.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const write = (commitMs: number, target = 's3a://bucket/out') => ({
  plan: node(
    'Execute InsertIntoHadoopFsRelationCommand',
    `Execute InsertIntoHadoopFsRelationCommand ${target}, false, Parquet`,
    { 'number of written files': 3000, 'job commit time': commitMs },
    [scan({ path: '/a', rows: 1000 })],
  ),
  stages: [{ tasks: times(4, { ms: 2000, inputRecords: 250 }) }],
  commitMs,
});

ruleTester(rule, {
  found: [
    {
      name: 'renames on an object store',
      run: log().sql(write(20_000)),
      expect: {
        places: 1,
        heldMs: [19_000, 20_000],
        evidence: [
          { kind: 'sql', executionId: 0 },
          { kind: 'table', path: 's3a://bucket/out' },
        ],
        cause: /went on for 20\.\d s, with 3,000 files/,
        remedies: /magic committer/,
      },
    },
    {
      name: 'a file system',
      run: log().sql(write(9000, 'hdfs://nn/out')),
      expect: { heldMs: [8000, 9000], remedies: /algorithm\.version=2/ },
    },
  ],
  clear: [{ name: 'a quick commit', run: log().sql(write(200)), expect: { says: /soon after/ } }],
  notApplicable: [
    {
      name: 'nothing is written',
      run: log().sql({ plan: scan({ path: '/a', rows: 9 }), stages: [{ tasks: [{ ms: 10 }] }], commitMs: 9000 }),
    },
  ],
});
