// Needless cache: readings, counts that only fill it, RDD jobs beside the plans.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const columns = 'k:bigint,a:double,b:string,c:string';
const block = { name: 'FileScan parquet [k#1,a#2,b#3,c#4] Batched: true', id: 900, cached: true, partitions: 4 };
const cached = (fills: boolean) =>
  scan({
    path: '/lines',
    columns,
    rows: fills ? 400_000 : undefined,
    files: fills ? 4 : undefined,
    bytes: fills ? 8e6 : undefined,
    metrics: fills ? { 'scan time': 4000 } : {},
    stage: fills ? 'fill' : undefined,
  });
const read = (list: string, child = cached(false)) =>
  node('InMemoryTableScan', `InMemoryTableScan${list === '' ? '' : ` [${list}]`}`, { 'number of output rows': 400_000 }, [child]);
/** Fills the cache in a stage of its own, then reads these columns. */
const first = (list: string) => ({
  plan: node('Project', 'Project [k#1]', {}, [read(list, cached(true))], { stage: 'read' }),
  stages: [
    { stage: 'fill', tasks: times(4, { ms: 10_000, inputRecords: 100_000 }), rdds: [block] },
    {
      stage: 'read',
      parents: [0],
      tasks: times(4, { ms: 500, inputBytes: 10e6, inputRecords: 10 }),
      rdds: [{ name: 'MapPartitionsRDD' }, block],
    },
  ],
});
const again = (list: string) => ({
  plan: node('Project', 'Project [k#1]', {}, [read(list)]),
  stages: [{ tasks: times(4, { ms: 500, inputBytes: 10e6, inputRecords: 10 }), rdds: [{ name: 'MapPartitionsRDD' }, block] }],
});

ruleTester(rule, {
  found: [
    {
      name: 'read once',
      run: log().sql(first('k#1,a#2')),
      expect: {
        places: 1,
        heldMs: [8800, 9100],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'sql', node: 'InMemoryTableScan' },
        ],
        cause: /read once/,
        remedies: /Remove/,
      },
    },
    {
      name: 'counted, then read once',
      run: log().sql(first('')).sql(again('k#1,b#3')),
      expect: { cause: /beside a count that only fills it/, remedies: /count/ },
    },
  ],
  clear: [
    { name: 'read twice', run: log().sql(first('k#1,a#2')).sql(again('k#1')), expect: { says: /more than once/ } },
    {
      name: 'an RDD job reads it too',
      run: log()
        .sql(first('k#1'))
        .job({ stages: [{ tasks: times(4, { ms: 500 }), rdds: [{ name: 'MapPartitionsRDD' }, block] }] }),
    },
  ],
  notApplicable: [{ name: 'no cache', run: log().sql({ plan: scan({ path: '/a', rows: 9 }), stages: [{ tasks: [{ ms: 10 }] }] }) }],
});
