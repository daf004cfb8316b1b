// Idle executors: four groups on eight cores, executors kept through a long quiet phase; and runs that use what they hold.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const cluster = (executors: number, options: object = {}) => log({ master: 'yarn', cores: 2, executors, ...options });
const four = (run: ReturnType<typeof log>) =>
  run.sql({
    plan: node('HashAggregate', 'HashAggregate(keys=[store_id#3], functions=[avg(risk#4)])', { 'number of output rows': 4 }, [
      exchange(
        'rangepartitioning(store_id#3 ASC NULLS FIRST, 4)',
        { 'data size': 1e6, 'records read': 40_000 },
        scan({ path: '/in', rows: 40_000, files: 4 }),
        'REPARTITION_BY_NUM',
      ),
    ]),
    stages: [
      { tasks: times(4, { ms: 2000, inputRecords: 10_000, shuffleWriteRecords: 10_000 }) },
      { tasks: times(4, { ms: 30_000, shuffleReadRecords: 10_000 }) },
    ],
  });

ruleTester(rule, {
  found: [
    {
      name: 'four groups never use eight cores',
      run: four(cluster(4)),
      expect: {
        places: 1,
        heldMs: [0, 0],
        evidence: [{ kind: 'stage', stageId: 1 }],
        cause: /4 executors of 2 slots.*on 2:/,
        remedies: /2 executors instead of 4/,
      },
    },
    {
      name: 'all executors held through ten quiet minutes',
      run: cluster(8, { conf: { 'spark.executor.instances': '8' } })
        .job({ stages: [{ tasks: times(64, { ms: 60_000, inputRecords: 1000 }) }] })
        .job({ stages: [{ tasks: [{ ms: 600_000, inputRecords: 5 }] }] })
        .job({ stages: [{ tasks: times(64, { ms: 60_000, inputRecords: 1000 }) }] }),
      expect: {
        heldMs: [0, 0],
        evidence: [{ kind: 'conf', key: 'spark.executor.instances' }],
        remedies: /dynamicAllocation\.enabled=true/,
      },
    },
  ],
  clear: [
    {
      name: 'all cores busy',
      run: cluster(4).job({ stages: [{ tasks: times(32, { ms: 10_000, inputRecords: 1000 }) }] }),
      expect: { says: /busy/ },
    },
    {
      name: 'more tasks could use them: idle-slots',
      run: cluster(4).job({ stages: [{ tasks: times(4, { ms: 40_000, inputRecords: 50_000 }) }] }),
      expect: { says: /more tasks/ },
    },
    { name: 'too short to matter', run: cluster(4).job({ stages: [{ tasks: times(4, { ms: 3000, inputRecords: 4 }) }] }) },
  ],
  notApplicable: [{ name: 'local mode', run: four(log({ master: 'local[8]' })), expect: { says: /local/ } }],
  noData: [{ name: 'no task has ended', run: log() }],
});
