// Wide read: columns of a cached read against those that the queries take out.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const wide = ['k:bigint', ...Array.from({ length: 20 }, (_, i) => `c${i}:string`)].join(',');
const block = { name: 'FileScan parquet [k#1] Batched: true', id: 900, cached: true, partitions: 4 };
const cached = (columns: string, fills: boolean) =>
  scan({
    path: '/mart',
    columns,
    rows: fills ? 400_000 : undefined,
    stage: fills ? 'fill' : undefined,
    metrics: fills ? { 'scan time': 4000 } : {},
  });
const read = (list: string, child: ReturnType<typeof cached>) =>
  node('InMemoryTableScan', `InMemoryTableScan [${list}]`, { 'number of output rows': 400_000 }, [child]);
const first = (list: string, columns = wide) => ({
  plan: node('Project', 'Project [k#1]', {}, [read(list, cached(columns, true))], { stage: 'read' }),
  stages: [
    { stage: 'fill', tasks: times(4, { ms: 10_000, inputRecords: 100_000 }), rdds: [block] },
    { stage: 'read', parents: [0], tasks: times(4, { ms: 500, inputBytes: 10e6, inputRecords: 10 }), rdds: [block] },
  ],
});
const again = (list: string, columns = wide) => ({
  plan: node('Project', 'Project [k#1]', {}, [read(list, cached(columns, false))]),
  stages: [{ tasks: times(4, { ms: 500, inputBytes: 10e6, inputRecords: 10 }), rdds: [block] }],
});

ruleTester(rule, {
  found: [
    {
      name: 'two of 21 columns are used',
      run: log().sql(first('k#1')).sql(again('k#1, c3#5')),
      expect: {
        places: 1,
        heldMs: [9000, 9500],
        evidence: [{ kind: 'stage', stageId: 0 }],
        cause: /21 columns is cached.*use 2 of them \(k, c3\)/,
        remedies: /select\("k", "c3"\)/,
      },
    },
  ],
  clear: [
    {
      name: 'most columns are used',
      run: log().sql(first('k#1, c0#2', 'k:bigint,c0:string,c1:string')).sql(again('k#1', 'k:bigint,c0:string,c1:string')),
    },
    { name: 'read once: another cause', run: log().sql(first('k#1')) },
    { name: 'a list that was cut does not say', run: log().sql(first('k#1')).sql(again('k#1, ... 9 more fields')) },
  ],
  notApplicable: [
    {
      name: 'no cache',
      run: log().sql({ plan: scan({ path: '/a', rows: 9 }), stages: [{ tasks: [{ ms: 10 }] }] }),
      expect: { says: /nothing is cached/ },
    },
  ],
});
