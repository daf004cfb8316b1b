// Unsplittable input: one gzip file, large compressed files, one row group, a name that says so; and reads that were split or packed.
import { log, type NodeSpec, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const MIB = 1024 ** 2;
const score = (child: NodeSpec) => node('Project', 'Project [score(k#1) AS s#2]', {}, [child]);
const read = (format: string, files: number, bytes: number, tasks: readonly number[], path = '/feed', ms = 20_000) =>
  log({ master: 'local[8]' }).sql({
    plan: score(scan({ path, format, rows: tasks, files, bytes })),
    stages: [{ tasks: tasks.map((records) => ({ ms: records > 0 ? ms : 50, inputRecords: records, inputBytes: bytes / tasks.length })) }],
  });

ruleTester(rule, {
  found: [
    {
      name: 'one small gzip file of text',
      run: read('csv', 1, 2.4 * MIB, [90_000]),
      expect: {
        heldMs: [17_000, 18_000],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'sql', node: 'Scan csv ' },
        ],
        cause: /One task read all 2\.4 MiB \(90,000 rows\).*compressed/,
        remedies: /repartition\(16\)/,
      },
    },
    {
      name: 'three files beyond a split',
      run: read('json', 3, 1500 * MIB, [40_000, 40_000, 40_000]),
      expect: { cause: /3 tasks.*would have cut plain text at/ },
    },
    {
      name: 'a parquet file of one row group',
      run: read('parquet', 1, 900 * MIB, [90_000]),
      expect: { cause: /one row group/, remedies: /row groups/ },
    },
    {
      name: 'sc.textFile of a .gz',
      run: log({ master: 'local[4]' }).job({
        stages: [{ tasks: [{ ms: 9000, inputRecords: 50_000, inputBytes: 5e6 }], rdds: [{ name: 'file:/in/day.json.gz', partitions: 1 }] }],
      }),
      expect: { heldMs: [6500, 7000], cause: /compressed text cannot be split/ },
    },
    {
      name: 'only the attempt that succeeded counts',
      run: log({ master: 'local[8]' }).sql({
        plan: score(scan({ path: '/feed', format: 'csv', rows: 90_000, files: 1, bytes: 2e6 })),
        stages: [{ tasks: [{ ms: 10_000, inputRecords: 90_000, failures: [{ reason: 'ExceptionFailure', ms: 5000 }] }] }],
      }),
      expect: { heldMs: [8000, 9500] },
    },
  ],
  clear: [
    {
      name: 'eight files, eight tasks',
      run: read(
        'csv',
        8,
        20 * MIB,
        times(8, { ms: 1 }).map(() => 10_000),
      ),
    },
    { name: 'small files packed into two tasks', run: read('csv', 40, 8 * MIB, [45_000, 45_000]) },
    { name: 'a small parquet file says nothing about row groups', run: read('parquet', 1, 2 * MIB, [90_000]) },
    { name: 'a dozen rows', run: read('csv', 1, 900, [12]) },
  ],
  notApplicable: [{ name: 'no files', run: log({ master: 'local[4]' }).job({ stages: [{ tasks: times(2, { ms: 5000 }) }] }) }],
  noData: [{ name: 'no task has ended', run: log() }],
});
