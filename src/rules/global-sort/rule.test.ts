// Global sort: an order in front of a write; not a top-n, not a range repartition, not an order that is shown.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

interface Options {
  readonly origin?: string;
  readonly global?: boolean;
  readonly rows?: number;
}
const sorted = ({ origin = 'ENSURE_REQUIREMENTS', global = true, rows = 1e6 }: Options = {}) =>
  node('Sort', `Sort [k#1 ASC NULLS FIRST], ${global}, 0`, { 'sort time': 8000 }, [
    node(
      'Exchange',
      `Exchange rangepartitioning(k#1 ASC NULLS FIRST, 4), ${origin}, [plan_id=1]`,
      { 'data size': 144e6, 'shuffle records written': rows },
      [scan({ path: '/lines', rows: 1e6 })],
    ),
  ]);
const stages = [
  { tasks: times(4, { ms: 4000, shuffleWriteBytes: 25e6, shuffleWriteRecords: 250_000 }) },
  { tasks: times(4, { ms: 6000, shuffleReadBytes: 25e6, shuffleReadRecords: 250_000 }) },
];
const write = (child: ReturnType<typeof sorted>) =>
  node('Execute InsertIntoHadoopFsRelationCommand', 'Execute InsertIntoHadoopFsRelationCommand file:/out', {}, [child]);

ruleTester(rule, {
  found: [
    {
      name: 'sorted before a write',
      run: log().sql({ plan: write(sorted()), stages }),
      // 4 s of moving 144 MB and 8 s of sorting, of 40 s of task time in 10 s.
      expect: {
        places: 1,
        heldMs: [2700, 3300],
        evidence: [
          { kind: 'sql', node: 'Sort' },
          { kind: 'stage', stageId: 1 },
        ],
        cause: /one order by k before it is written/,
        remedies: /orderBy/,
      },
    },
  ],
  clear: [
    { name: 'a range repartition that was asked for', run: log().sql({ plan: write(sorted({ origin: 'REPARTITION_BY_COL' })), stages }) },
    { name: 'a sort within partitions', run: log().sql({ plan: write(sorted({ global: false })), stages }) },
    { name: 'a short report', run: log().sql({ plan: write(sorted({ rows: 500 })), stages }) },
    {
      name: 'the order is shown',
      run: log().sql({ plan: node('TakeOrderedAndProject', 'TakeOrderedAndProject(limit=10)', {}, [sorted()]), stages }),
    },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
});
