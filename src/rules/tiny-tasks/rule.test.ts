// Tiny tasks: 400 shuffle partitions for a few MiB; and short tasks of real work, splits, few partitions.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const aggregated = (
  n: number,
  task: (i: number) => { ms: number; shuffleReadRecords: number; shuffleReadBytes: number },
  conf: Record<string, string> = {},
  origin?: string,
) =>
  log({ master: 'local[4]', conf }).sql({
    plan: node('HashAggregate', 'HashAggregate(keys=[k#1], functions=[sum(v#2)])', {}, [
      exchange(
        `hashpartitioning(k#1, ${n})`,
        { 'data size': 8e6, 'records read': 100_000 },
        scan({ path: '/tx', rows: 100_000, files: 4 }),
        origin,
      ),
    ]),
    stages: [{ tasks: times(4, { ms: 500, inputRecords: 25_000, shuffleWriteRecords: 25_000 }) }, { tasks: times(n, task) }],
  });
/** Rows vary; the time does not care. */
const tiny = (i: number) => ({ ms: 70 + ((i * 7) % 13), shuffleReadRecords: 200 + ((i * 37) % 101), shuffleReadBytes: 6000 });
/** 0.3 ms a row. */
const honest = (i: number) => ({
  ms: 5 + Math.round(0.3 * (200 + ((i * 37) % 301))),
  shuffleReadRecords: 200 + ((i * 37) % 301),
  shuffleReadBytes: 6000,
});

/** Partitions of equal size with real work: times vary by themselves, even against the rows. */
const even = (i: number) => ({
  ms: 57 + ((i * 53) % 90),
  delayMs: 8,
  deserializeMs: 9,
  shuffleReadRecords: 190 - Math.floor(((i * 53) % 90) / 18),
  shuffleReadBytes: 3500,
});

ruleTester(rule, {
  found: [
    {
      name: 'a number of partitions far too high, adaptive execution off',
      run: aggregated(400, tiny, { 'spark.sql.adaptive.enabled': 'false', 'spark.sql.shuffle.partitions': '400' }),
      expect: {
        heldMs: [4500, 8000],
        evidence: [
          { kind: 'stage', stageId: 1 },
          { kind: 'sql', node: 'Exchange' },
          { kind: 'conf', key: 'spark.sql.shuffle.partitions' },
        ],
        cause: /400 tasks of/,
        remedies: /spark\.sql\.adaptive\.enabled=true/,
      },
    },
    {
      name: 'merging was switched off',
      run: aggregated(400, tiny, { 'spark.sql.adaptive.coalescePartitions.enabled': 'false' }),
      expect: { remedies: /coalescePartitions\.enabled=true/ },
    },
    { name: 'adaptive execution kept them for parallelism', run: aggregated(401, tiny), expect: { remedies: /parallelismFirst=false/ } },
    {
      name: 'the program repartitions into 400',
      run: aggregated(400, tiny, {}, 'REPARTITION_BY_NUM'),
      expect: { remedies: /repartition\(4\)/ },
    },
    {
      name: 'equal partitions, most of the time outside the run',
      run: aggregated(400, (i) => ({ ms: 40 + (i % 9), delayMs: 20, deserializeMs: 6, shuffleReadRecords: 65, shuffleReadBytes: 900 })),
      expect: { heldMs: [2500, 4500] },
    },
    {
      name: 'an RDD',
      run: log({ master: 'local[4]' }).job({
        stages: [{ tasks: times(4, { ms: 100, shuffleWriteRecords: 1000 }) }, { tasks: times(300, tiny) }],
      }),
      expect: { remedies: /numPartitions=4/ },
    },
  ],
  clear: [
    { name: 'many short tasks of real work', run: aggregated(400, honest) },
    { name: 'equal partitions of real work: rows hardly vary', run: aggregated(320, even) },
    {
      name: 'a Python RDD: the log does not tell',
      run: log({ master: 'local[4]' }).job({
        stages: [
          { tasks: times(4, { ms: 100, shuffleWriteRecords: 1000 }) },
          {
            tasks: times(500, (i) => ({ ms: 650 + ((i * 7) % 90), shuffleReadRecords: 400, shuffleReadBytes: 29_000 })),
            rdds: [{ name: 'PythonRDD' }, { name: 'ShuffledRDD', scope: 'partitionBy' }],
          },
        ],
      }),
      expect: { says: /not told for the Python RDD stages 1 \(500 tasks\)/ },
    },
    { name: 'partitions of a size', run: aggregated(400, (i) => ({ ...tiny(i), shuffleReadBytes: 30e6 })) },
    { name: 'few partitions', run: aggregated(12, tiny) },
    { name: 'long tasks', run: aggregated(400, (i) => ({ ...tiny(i), ms: 900 + (i % 7) })) },
    {
      name: 'tasks of a scan: small-input-files',
      run: log({ master: 'local[4]' }).sql({
        plan: scan({ path: '/in', rows: 90_000, files: 300 }),
        stages: [{ tasks: times(300, { ms: 60, inputRecords: 300, inputBytes: 3000 }) }],
      }),
    },
  ],
  noData: [{ name: 'no task has ended', run: log() }],
});
