// Unpruned partitions: a Python function on a partition column reads all; what Spark prunes by itself, or filters on data columns, do not count.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

interface Options {
  readonly column?: string;
  readonly kept?: number;
  readonly partitions?: number;
  readonly partitionFilters?: string;
}
const run = ({ column = 'day#9', kept = 0.1, partitions = 60, partitionFilters }: Options = {}) => {
  const read = scan({
    path: '/ledger',
    columns: 'k:bigint,v:string',
    rows: 1e6,
    files: 60,
    bytes: 60e6,
    partitions,
    partitionFilters,
    metrics: { 'scan time': 8000 },
  });
  const whole = { ...read, detail: read.detail.replace('[k#1,v#2]', '[k#1,v#2,day#9]') };
  return log().sql({
    plan: node('Filter', 'Filter pythonUDF0#12: boolean', { 'number of output rows': 1e6 * kept }, [
      node(
        'BatchEvalPython',
        `BatchEvalPython [in_period(${column})#11], [pythonUDF0#12]`,
        { 'number of output rows': 1e6, 'time to run Python workers': 32_000 },
        [whole],
      ),
    ]),
    stages: [{ tasks: times(8, { ms: 5000, cpuMs: 500, inputRecords: 125_000 }) }],
  });
};

ruleTester(rule, {
  found: [
    {
      name: 'a Python function on the partition column',
      run: run(),
      expect: {
        places: 1,
        heldMs: [8000, 9100],
        evidence: [
          { kind: 'table', path: 'file:/ledger' },
          { kind: 'stage', stageId: 0 },
        ],
        cause: /all 60 partitions.*day keeps 10 %.*in_period/,
        remedies: /F\.col\("day"\)/,
      },
    },
  ],
  clear: [
    { name: 'a function on a data column', run: run({ column: 'v#2' }) },
    { name: 'Spark pruned by it', run: run({ partitionFilters: 'isnotnull(day#9), (day#9 >= 2026-02-01)' }) },
    { name: 'the filter keeps nearly all', run: run({ kept: 0.97 }) },
    { name: 'one partition', run: run({ partitions: 1 }) },
  ],
  notApplicable: [{ name: 'no partitions', run: log().sql({ plan: scan({ path: '/a', rows: 9 }), stages: [{ tasks: [{ ms: 10 }] }] }) }],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
