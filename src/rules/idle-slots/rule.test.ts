// Idle slots: coalesce(3), partitions merged by AQE, few files, a cached frame of one partition, a last wave; and narrow stages that must be so.
import { exchange, log, type NodeSpec, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const write = (child: NodeSpec) => node('Execute InsertIntoHadoopFsRelationCommand', '', {}, [child]);
const score = (child: NodeSpec) => node('Project', 'Project [score(k#1) AS s#2]', {}, [child]);
const coalesced = (n: number) =>
  log({ master: 'local[8]' }).sql({
    plan: write(score(node('Coalesce', `Coalesce ${n}`, {}, [scan({ path: '/in', rows: 60_000, files: 24 })]))),
    stages: [
      {
        tasks: times(n, { ms: 16_000, inputRecords: 60_000 / n }),
        rdds: [
          { name: 'CoalescedRDD', scope: 'Coalesce', partitions: n },
          { name: 'FileScanRDD', scope: 'Scan parquet ', partitions: 8 },
        ],
      },
    ],
  });
const shuffled = (n: number, top: (child: NodeSpec) => NodeSpec, partitions = 200, origin?: string, ms = 9000) =>
  log({ master: 'local[8]' }).sql({
    plan: write(
      top(
        node('AQEShuffleRead', 'AQEShuffleRead coalesced', {}, [
          exchange(
            `hashpartitioning(k#1, ${partitions})`,
            { 'data size': 3e6, 'records read': 80_000 },
            scan({ path: '/in', rows: 80_000, files: 8 }),
            origin,
          ),
        ]),
      ),
    ),
    stages: [
      { tasks: times(8, { ms: 300, inputRecords: 10_000, shuffleWriteRecords: 10_000 }) },
      { tasks: times(n, { ms, shuffleReadRecords: 80_000 / n, shuffleReadBytes: 3e6 / n }) },
    ],
  });
const total = (groups: number) => (child: NodeSpec) =>
  node('HashAggregate', 'HashAggregate(keys=[k#1], functions=[sum(v#2)])', { 'number of output rows': groups }, [child]);
const scanned = (top: (child: NodeSpec) => NodeSpec, files: number, bytes: number) =>
  log({ master: 'local[8]' }).sql({
    plan: write(top(scan({ path: '/in', rows: 10_000, files, bytes }))),
    stages: [{ tasks: times(2, { ms: 8000, inputRecords: 5000, inputBytes: bytes / 2 }) }],
  });

ruleTester(rule, {
  found: [
    {
      name: 'coalesce(3) in front of the work',
      run: coalesced(3),
      expect: {
        heldMs: [9500, 10_500],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'sql', node: 'Coalesce' },
        ],
        cause: /3 tasks on 8 slots: coalesce\(3\) merged 8 partitions/,
        remedies: /Remove coalesce\(3\)/,
      },
    },
    {
      name: 'adaptive execution merged cheap bytes of costly rows',
      run: shuffled(3, score),
      expect: {
        heldMs: [5000, 6000],
        cause: /adaptive execution merged 200.*unless one key holds most of the rows/,
        remedies: /repartition\(16, key\)/,
      },
    },
    { name: 'the program repartitions into three', run: shuffled(3, score, 3, 'REPARTITION_BY_COL'), expect: { remedies: /instead of 3/ } },
    {
      name: 'few files, work behind the scan',
      run: scanned(score, 2, 2e6),
      expect: { heldMs: [5500, 6500], remedies: /right after the read/ },
    },
    { name: 'large files, few splits', run: scanned(score, 4, 900e6), expect: { remedies: /maxPartitionBytes=/ } },
    {
      name: 'a cached frame of one partition',
      run: log({ master: 'local[8]' }).job({
        stages: [
          {
            tasks: [{ ms: 9000, inputRecords: 900, inputBytes: 1e6 }],
            rdds: [
              { name: 'MapPartitionsRDD', partitions: 1 },
              { name: 'points', partitions: 1, cached: true, cachedPartitions: 1 },
            ],
          },
        ],
      }),
      expect: { places: 1, heldMs: [7500, 8000], cause: /with 1 task on 8 slots/ },
    },
    {
      name: 'nine tasks on eight slots',
      run: log({ master: 'local[8]' }).job({ stages: [{ tasks: times(9, { ms: 6000, inputRecords: 1000 }) }] }),
      expect: { cause: /last wave/, remedies: /multiple of the 8 slots/ },
    },
  ],
  clear: [
    { name: 'all slots busy', run: coalesced(8) },
    { name: 'three groups cannot use four tasks', run: shuffled(3, total(3)) },
    { name: 'a short stage', run: shuffled(3, score, 200, undefined, 500) },
    { name: 'reading is the work', run: scanned((child) => child, 2, 2e6) },
    { name: 'a handful of rows', run: log({ master: 'local[8]' }).job({ stages: [{ tasks: times(2, { ms: 6000, inputRecords: 4 }) }] }) },
  ],
  notApplicable: [
    { name: 'one slot', run: log({ master: 'local[1]' }).job({ stages: [{ tasks: times(2, { ms: 4000, inputRecords: 1000 }) }] }) },
  ],
  noData: [{ name: 'no task has ended', run: log() }],
});
