// Speculation waste: copies that lost, in core time.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (ms: number) =>
  log({ master: 'yarn', executors: 2, cores: 4, conf: { 'spark.speculation': 'true', 'spark.speculation.multiplier': '1.2' } }).job({
    stages: [{ tasks: [...times(4, { ms: 2000 }), ...times(2, { ms: 9000, copy: { afterMs: 3000, ms } })] }],
  });

ruleTester(rule, {
  found: [
    {
      name: 'both copies lost',
      run: run(20_000),
      expect: {
        places: 1,
        heldMs: [0, 0],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'conf', key: 'spark.speculation.multiplier' },
        ],
        cause: /2 speculative copies ran and 2 lost/,
        remedies: /multiplier=3/,
      },
    },
  ],
  clear: [{ name: 'both copies won', run: run(1000), expect: { says: /2 of 2 speculative copies won/ } }],
  notApplicable: [{ name: 'no copies', run: log().job({ stages: [{ tasks: times(4, { ms: 100 }) }] }) }],
});
