// Small output files: files per task count, one file per task does not, and the commit of many files does.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const write = (files: number | undefined, bytes: number, parts: number, tasks: number, ms: number, commitMs = 10) =>
  log().sql({
    plan: node(
      'Execute InsertIntoHadoopFsRelationCommand',
      'Execute InsertIntoHadoopFsRelationCommand file:/out/sales, false, [day#5], Parquet, [path=/out/sales], Overwrite, [k, day]',
      files === undefined ? {} : { 'number of written files': files, 'written output': bytes, 'number of dynamic part': parts },
      [node('WriteFiles', 'WriteFiles', {}, [scan({ path: '/in', rows: 200_000, files: 4, bytes: 1e7 })])],
    ),
    stages: [{ tasks: times(tasks, { ms, outputBytes: bytes / tasks, outputRecords: 200_000 / tasks }) }],
    commitMs,
  });

ruleTester(rule, {
  found: [
    {
      name: 'every task writes every partition',
      run: write(2520, 19e6, 45, 56, 1800),
      expect: {
        places: 1,
        heldMs: [20_000, 25_300],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'table', path: 'file:/out/sales' },
        ],
        cause: /2,520 files of 7\.\d KiB in 45 partitions: 56 tasks write 45 files each/,
        remedies: /repartition\("day"\)\.write\.partitionBy\("day"\)/,
      },
    },
    { name: 'the commit of many files', run: write(5000, 5e6, 0, 5000, 10, 9000), expect: { heldMs: [8900, 9100] } },
  ],
  clear: [
    { name: 'one file per task, cheap to commit', run: write(40, 3e5, 0, 40, 1800) },
    { name: 'one file per partition from one task', run: write(60, 3e5, 60, 1, 2800) },
    { name: 'large files', run: write(2520, 2520 * 100e6, 45, 56, 1800), expect: { says: /few, large, or one per task or partition/ } },
    {
      name: 'nothing written',
      run: log().sql({ plan: scan({ path: '/a' }), stages: [{ tasks: [{ ms: 10 }] }] }),
      expect: { says: /nothing/ },
    },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
  noData: [{ name: 'a plan without file metrics', run: write(undefined, 1e6, 0, 4, 3000), expect: { says: /written files/ } }],
});
