// Cartesian product: the number of pairs decides, and what the condition looks like.
import { broadcast, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const loop = (left: number | undefined, right: number | undefined, condition: string, name = 'BroadcastNestedLoopJoin') =>
  node(
    name,
    name === 'CartesianProduct' ? `CartesianProduct ${condition}` : `${name} BuildRight, Inner${condition === '' ? '' : `, ${condition}`}`,
    { 'number of output rows': 5000 },
    [
      scan({ path: '/sales', rows: left, files: 4, bytes: 1e7 }),
      broadcast({ 'data size': 1e5 }, scan({ path: '/rules', rows: right, files: 1, bytes: 1e5 })),
    ],
  );
const run = (plan: ReturnType<typeof node>) =>
  log().sql({ plan, jobs: [{ stages: [{ tasks: [{ ms: 100 }] }] }, { stages: [{ tasks: times(4, { ms: 20_000 }) }] }] });

ruleTester(rule, {
  found: [
    {
      name: 'an OR in the condition',
      run: run(loop(500_000, 5000, '((p#1 = q#2) OR isnull(q#2))')),
      expect: {
        places: 1,
        heldMs: [15_000, 20_000],
        evidence: [{ kind: 'stage', stageId: 1 }],
        cause: /500,000 × 5,000 = 2,500,000,000 pairs/,
        remedies: /Split the OR/,
      },
    },
    { name: 'a range', run: run(loop(400_000, 4000, '(abs((p#1 - q#2)) <= 1)')), expect: { cause: /1,600,000,000/, remedies: /bucket/ } },
    {
      name: 'no condition at all',
      run: run(loop(300_000, 3000, '', 'CartesianProduct')),
      expect: { cause: /without a condition/, remedies: /equality/ },
    },
  ],
  clear: [
    { name: 'a handful of rows on one side', run: run(loop(5_000_000, 10, '')), expect: { says: /handful/ } },
    { name: 'an equi-join', run: run(loop(500_000, 5000, '', 'BroadcastHashJoin')), expect: { says: /no join/ } },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
  noData: [{ name: 'no rows in the plan', run: run(loop(undefined, undefined, '(a#1 < b#2)')), expect: { says: /rows/ } }],
});
