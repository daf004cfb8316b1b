// Oversized memory: peaks of every executor against the heap that was asked for.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const GIB = 1024 ** 3;
const run = (peak: number | undefined, ms = 60_000, heap = '48g') =>
  log({
    master: 'yarn',
    cores: 2,
    conf: { 'spark.executor.memory': heap },
    executors: [1, 2].map((n) => ({ id: `${n}`, ...(peak === undefined ? {} : { peaks: { JVMHeapMemory: peak } }) })),
  }).job({ stages: [{ tasks: times(16, { ms }) }] });

ruleTester(rule, {
  found: [
    {
      name: 'a sixth of the heap is used',
      run: run(8 * GIB),
      expect: {
        places: 1,
        heldMs: [0, 0],
        evidence: [{ kind: 'executor', id: '1' }],
        cause: /48\.0 GiB.*8\.0 GiB.*12\.0 GiB would do/,
        remedies: /12g/,
      },
    },
  ],
  clear: [
    { name: 'most of it is used', run: run(36 * GIB) },
    { name: 'a short run', run: run(8 * GIB, 1000), expect: { says: /too short/ } },
  ],
  notApplicable: [{ name: 'local mode', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
  noData: [{ name: 'no peaks', run: run(undefined), expect: { says: /peaks/ } }],
});
