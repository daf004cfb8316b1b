// Python function in a filter: what asking Python for the dropped rows cost.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (kept: number, filter = 'pythonUDF0#12: boolean') =>
  log().sql({
    plan: node('Filter', `Filter ${filter}`, { 'number of output rows': 1e6 * kept }, [
      node(
        'ArrowEvalPython',
        'ArrowEvalPython [is_large(v#2)#11], [pythonUDF0#12], 101',
        { 'number of output rows': 1e6, 'time to run Python workers': 32_000 },
        [scan({ path: '/orders', rows: 1e6, metrics: { 'scan time': 4000 } })],
      ),
    ]),
    stages: [{ tasks: times(8, { ms: 5000, cpuMs: 500, inputRecords: 125_000 }) }],
  });

ruleTester(rule, {
  found: [
    {
      name: 'a tenth is kept',
      run: run(0.1),
      expect: {
        places: 1,
        heldMs: [6900, 7400],
        evidence: [{ kind: 'sql', node: 'ArrowEvalPython' }],
        cause: /is_large\(v\) in Python for each of 1,000,000 rows and keeps 10 %/,
      },
    },
  ],
  clear: [
    { name: 'nearly all are kept', run: run(0.95) },
    { name: 'the filter asks a column', run: run(0.1, '(k#1 > 5)'), expect: { says: /no filter/ } },
  ],
  notApplicable: [{ name: 'no Python', run: log().sql({ plan: scan({ path: '/a', rows: 9 }), stages: [{ tasks: [{ ms: 10 }] }] }) }],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
