// Locality wait: tasks that ran far away after a whole wait, while slots were free.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (startMs: number, locality = 'ANY', conf: Record<string, string> = {}) =>
  log({ master: 'spark://m:7077', executors: 2, cores: 4, conf }).job({
    stages: [
      {
        tasks: [
          ...times(4, { ms: 4000, executor: '1', locality: 'NODE_LOCAL', startMs: 0 }),
          ...times(4, { ms: 4000, executor: '2', locality, startMs }),
        ],
      },
    ],
  });

ruleTester(rule, {
  found: [
    {
      name: 'four tasks waited 3 s for the other node',
      run: run(3100),
      expect: {
        places: 1,
        heldMs: [1300, 1700],
        evidence: [{ kind: 'stage', stageId: 0 }],
        cause: /4 of 8 tasks.*waited 3\.0 s/,
        remedies: /spark\.locality\.wait=0s/,
      },
    },
  ],
  clear: [
    { name: 'launched at once', run: run(10) },
    { name: 'near their data', run: run(3100, 'PROCESS_LOCAL') },
  ],
  notApplicable: [
    { name: 'switched off', run: run(3100, 'ANY', { 'spark.locality.wait': '0s' }) },
    { name: 'local mode', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) },
  ],
});
