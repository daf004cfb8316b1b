// Job barrier: independent writes in a row with free slots.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const write = (from: string, to: string, tasks = 2, ms = 10_000) => ({
  plan: node('Execute InsertIntoHadoopFsRelationCommand', `Execute InsertIntoHadoopFsRelationCommand file:${to}, false, Parquet`, {}, [
    scan({ path: from, rows: 1000 }),
  ]),
  stages: [{ tasks: times(tasks, { ms, inputRecords: 100 }) }],
});
const two = log({ master: 'local[8]' }).sql(write('/a', '/out/a'));

ruleTester(rule, {
  found: [
    {
      name: 'two writes, two tasks each on eight slots',
      run: two.sql(write('/b', '/out/b')),
      expect: {
        places: 1,
        heldMs: [9500, 10_500],
        evidence: [
          { kind: 'sql', executionId: 0 },
          { kind: 'sql', executionId: 1 },
        ],
        cause: /2 writes/,
        remedies: /FAIR/,
      },
    },
  ],
  clear: [
    { name: 'the second reads what the first wrote', run: two.sql(write('/out/a', '/out/b')) },
    {
      name: 'the slots are full',
      run: log()
        .sql(write('/a', '/out/a', 8))
        .sql(write('/b', '/out/b', 8)),
    },
    {
      name: 'short writes',
      run: log({ master: 'local[8]' })
        .sql(write('/a', '/out/a', 2, 1000))
        .sql(write('/b', '/out/b', 2, 1000)),
    },
    {
      name: 'a job between brings something to the driver',
      run: two.job({ stages: [{ tasks: [{ ms: 500 }] }] }).sql(write('/b', '/out/b')),
    },
  ],
  notApplicable: [{ name: 'one write', run: two }],
});
