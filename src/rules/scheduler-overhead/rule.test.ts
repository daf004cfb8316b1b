// Scheduler overhead: share of scheduling and unpacking in tasks that are not tiny.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (n: number, work: { delayMs?: number; deserializeMs?: number }) =>
  log().job({ stages: [{ tasks: times(n, { ms: 1000, ...work }) }] });

ruleTester(rule, {
  found: [
    {
      name: 'large closures',
      run: run(80, { deserializeMs: 600 }),
      expect: {
        places: 1,
        heldMs: [10_500, 11_500],
        evidence: [{ kind: 'stage', stageId: 0 }],
        cause: /600 ms unpacking/,
        remedies: /broadcast/,
      },
    },
    { name: 'a driver that does not keep up', run: run(80, { delayMs: 600 }), expect: { remedies: /spark\.driver\.cores/ } },
  ],
  clear: [{ name: 'a normal delay', run: run(80, { delayMs: 30, deserializeMs: 10 }) }],
  notApplicable: [{ name: 'few tasks', run: run(8, { deserializeMs: 600 }) }],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
