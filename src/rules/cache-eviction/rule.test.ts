// Cache eviction: partitions below a cache report once; what is reported beyond that was computed again.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const block = (known = true) => ({ name: 'FileScan parquet [k#1,v#2] Batched', id: 900, cached: known, partitions: 8 });
/** Reads the cache; `computed` tasks found their partition gone. */
const query = (computed: number, ms = 3000, known = true) => ({
  plan: node('HashAggregate', 'HashAggregate(keys=[], functions=[max(v#2)])', {}, [
    node('InMemoryTableScan', 'InMemoryTableScan [v#2]', { 'number of output rows': 8000 }, [
      scan({ path: '/facts', rows: times(8, { ms: 0 }).map((_, i) => (i < computed ? 1000 : 0)) }),
    ]),
  ]),
  stages: [{ tasks: times(8, { ms, inputRecords: 1000 }), rdds: [{ name: 'MapPartitionsRDD' }, block(known)] }],
});

ruleTester(rule, {
  found: [
    {
      name: 'half of it is computed again by the second query',
      run: log().sql(query(8)).sql(query(4)),
      expect: {
        places: 1,
        heldMs: [2900, 3100],
        evidence: [{ kind: 'stage', stageId: 1 }],
        cause: /4 times again \(50 % of it\) for 2 readings/,
        remedies: /MEMORY_AND_DISK/,
      },
    },
  ],
  clear: [
    { name: 'computed once', run: log().sql(query(8)).sql(query(0, 200)), expect: { says: /computed once/ } },
    { name: 'filled in two steps', run: log().sql(query(3)).sql(query(5)) },
  ],
  notApplicable: [{ name: 'no cache', run: log().sql({ plan: scan({ path: '/a', rows: 9 }), stages: [{ tasks: [{ ms: 10 }] }] }) }],
  noData: [{ name: 'no cached RDD is named', run: log().sql(query(8, 3000, false)), expect: { says: /partitions/ } }],
});
