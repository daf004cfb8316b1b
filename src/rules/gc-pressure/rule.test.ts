// GC pressure: a table of cases. The collector's share and short memory together make it one.
import { log, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const MIB = 1024 * 1024;
/** `pool`: what the block manager says; `used`: peak of storage and execution memory. */
const run = (gcMs: number, pool: number, used: number, conf: Record<string, string> = {}) =>
  log({
    master: 'yarn',
    cores: 4,
    executors: [{ memory: pool, peaks: used === 0 ? {} : { JVMHeapMemory: pool, OnHeapStorageMemory: used } }],
    conf,
  }).sql({
    plan: scan({ path: '/sales', rows: 100, files: 4 }),
    stages: [{ tasks: times(4, { ms: 12_000, gcMs }) }],
  });

ruleTester(rule, {
  found: [
    {
      name: 'a small heap, full of cache',
      run: run(4000, 180 * MIB, 100 * MIB, { 'spark.memory.fraction': '0.85' }),
      expect: {
        places: 1,
        heldMs: [3000, 4000],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'sql', executionId: 0 },
          { kind: 'executor', id: '1' },
          { kind: 'conf', key: 'spark.memory.fraction' },
        ],
        cause: /33 %.*512 MiB/,
        remedies: /spark.executor.memory 512 MiB → 2g/,
      },
    },
    { name: 'no peaks in the log, a tiny heap', run: run(4000, 150 * MIB, 0), expect: { heldMs: [3000, 4000] } },
  ],
  clear: [
    { name: 'as much collecting, a large heap nearly empty', run: run(4000, 2400 * MIB, 300 * MIB), expect: { says: /not short/ } },
    { name: 'a full heap that is not collected much', run: run(400, 180 * MIB, 170 * MIB) },
    { name: 'no collecting', run: run(0, 180 * MIB, 170 * MIB) },
  ],
  noData: [{ name: 'no tasks', run: log().gap(100) }],
});
