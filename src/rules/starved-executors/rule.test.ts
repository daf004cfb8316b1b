// Starved executors: long, busy, and queues many deep.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (n: number, ms: number, executors = 2) =>
  log({ master: 'yarn', executors, cores: 4 }).job({ stages: [{ tasks: times(n, { ms }) }] });

ruleTester(rule, {
  found: [
    {
      name: 'a hundred waves',
      run: run(800, 10_000),
      expect: {
        places: 1,
        heldMs: [490_000, 510_000],
        evidence: [{ kind: 'stage', stageId: 0 }],
        cause: /800 tasks for 8 slots/,
        remedies: /spark\.executor\.instances/,
      },
    },
  ],
  clear: [
    { name: 'a short run', run: run(80, 1000), expect: { says: /short/ } },
    { name: 'few long tasks', run: run(16, 400_000), expect: { says: /no stage/ } },
  ],
  notApplicable: [{ name: 'local mode', run: log().job({ stages: [{ tasks: times(800, { ms: 10_000 }) }] }) }],
});
