// Allocation lag: executors that come while a stage waits for them.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (lateMs: number, dynamic = true) =>
  log({
    master: 'yarn',
    cores: 4,
    executors: [{ id: '1', addedMs: 0 }, ...[2, 3, 4].map((n) => ({ id: `${n}`, addedMs: lateMs }))],
    conf: dynamic ? { 'spark.dynamicAllocation.enabled': 'true', 'spark.dynamicAllocation.minExecutors': '1' } : {},
  }).job({ stages: [{ tasks: times(64, { ms: 10_000 }) }] });

ruleTester(rule, {
  found: [
    {
      name: 'three of four executors a minute late',
      run: run(60_000),
      // Three quarters of a minute, less the start of an executor.
      expect: {
        places: 1,
        heldMs: [28_000, 32_000],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'executor', id: '2' },
        ],
        cause: /16 slots.*3 executors came/,
        remedies: /initialExecutors/,
      },
    },
  ],
  clear: [{ name: 'they come soon', run: run(5000), expect: { says: /were there/ } }],
  notApplicable: [{ name: 'a fixed number', run: run(60_000, false) }],
});
