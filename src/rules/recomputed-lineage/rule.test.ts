// Recomputed lineage: equal work of several actions counts once too often; loops, caches, streams and bare scans do not.
import { broadcast, exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const MIB = 1024 ** 2;
/** An action on a repartitioned and joined frame: its own ids, its own columns. */
const action = (id: number, columns: string, filter = '') => ({
  plan: node('HashAggregate', `HashAggregate(keys=[c${id}#${id}], functions=[sum(x${id}#${id})])`, {}, [
    node('Project', `Project [k#${id}, c${id}#${id}]`, {}, [
      node('BroadcastHashJoin', `BroadcastHashJoin [k#${id}], [k#${id + 1}], Inner, BuildRight, false`, { 'number of output rows': 1e6 }, [
        exchange(
          `hashpartitioning(k#${id}, 8)`,
          { 'data size': 1e8 },
          scan({ path: '/payments', columns, pushedFilters: `IsNotNull(k)${filter}`, rows: 1e6, files: 8, bytes: 16 * MIB }),
          'REPARTITION_BY_NUM',
        ),
        broadcast({ 'data size': 1e5 }, scan({ path: '/stores', columns: 'k:int', rows: 200, files: 1, bytes: 4000 })),
      ]),
    ]),
  ]),
  stages: [
    { tasks: times(8, { ms: 1000, inputRecords: 125_000, shuffleWriteRecords: 125_000 }) },
    { parents: [], tasks: [{ ms: 50, inputRecords: 200 }] },
    { parents: [0, 1], tasks: times(8, { ms: 8000, shuffleReadRecords: 125_000 }) },
  ],
});
const scoring = (bytes: number) => ({
  callSite: 'treeAggregate at IDF.scala:55',
  stages: [
    {
      name: 'treeAggregate at IDF.scala:55',
      tasks: times(4, { ms: 20_000, inputBytes: bytes, inputRecords: bytes / 100 }),
      rdds: ['FileScanRDD', 'MapPartitionsRDD', 'SQLExecutionRDD', 'MapPartitionsRDD'].map((name) => ({ name, partitions: 4 })),
    },
  ],
});
const cachedScoring = {
  stages: scoring(1e9).stages.map((stage) => ({
    ...stage,
    rdds: [...stage.rdds, { name: 'MapPartitionsRDD', partitions: 4, cached: true }],
  })),
};

/** A query on rows that a costly function let through, and perhaps a further condition behind it. */
const scored = (id: number, ms: number, condition: string, top = 'HashAggregate(keys=[], functions=[count(1)])') => ({
  plan: node(top.replace(/\W.*/, ''), top.replace(/@/g, `#${id}`), {}, [
    node('Filter', `Filter ${condition.replace(/@/g, `#${id}`)}`, { 'number of output rows': 900 }, [
      scan({ path: '/pings', columns: `p:bigint,c${id}:int`, rows: 60_000, files: 8, bytes: MIB }),
    ]),
  ]),
  stages: [{ tasks: times(4, { ms, inputRecords: 15_000 }) }],
});
const RISKY = '(risk_of(p@) > 0.1)';
const pythonJob = (callSite: string) => ({
  callSite,
  stages: [
    {
      name: callSite,
      tasks: times(4, { ms: 8000 }),
      rdds: [
        { name: 'PythonRDD', callSite, partitions: 4 },
        { name: 'ParallelCollectionRDD', id: 700, callSite: 'readRDDFromFile at PythonRDD.scala:299', partitions: 4 },
      ],
    },
  ],
});

/** One step of a program as Catalyst writes it for two actions: a column of its own, and a part of another column. */
const digest = (id: number, ms: number, projections: readonly string[], day = '1') => ({
  plan: node('HashAggregate', `HashAggregate(keys=[k${id}#${id}], functions=[max(f#${id + 9})])`, {}, [
    projections.reduceRight(
      (below, columns) => node('Project', `Project [${columns.replace(/@(\d)/g, (_, n) => `#${id + Number(n)}`)}]`, {}, [below]),
      scan({ path: '/visits', columns: `url:string,u${id}:int`, pushedFilters: `EqualTo(day,${day})`, rows: 60_000, files: 8, bytes: MIB }),
    ),
  ]),
  stages: [{ tasks: times(4, { ms, inputRecords: 15_000 }) }],
});
const AS_COLUMN = ['u@0, sha2(cast(p@5 as binary), 512) AS f@9', 'u@0, regexp_extract(url@1, /p/(\\d+), 1) AS p@5'];
const AS_PART = [
  'u@0, (cast(conv(substring(sha2(cast(regexp_extract(url@1, /p/(\\d+), 1) as binary), 512), 1, 3), 16, 10, true) as int) % 64) AS f@9',
];

/** A query of `foreachBatch` on the batch's rows: attributes keep their ids within the stream. */
const onBatch = (ms: number, detail: string) => ({
  plan: node('HashAggregate', detail, {}, [
    node('HashAggregate', 'HashAggregate(keys=[id#1], functions=[])', {}, [
      node('Scan ExistingRDD', 'Scan ExistingRDD[id#1,v#2]', { 'number of output rows': 60_000 }),
    ]),
  ]),
  stages: [{ tasks: times(4, { ms, inputRecords: 15_000 }) }],
});
const COUNT = 'HashAggregate(keys=[], functions=[count(1)])';
const SUM = 'HashAggregate(keys=[day#2], functions=[sum(v#2)])';

ruleTester(rule, {
  found: [
    {
      name: 'two actions on one frame, each with its own columns',
      run: log({ master: 'local[8]' }).sql(action(10, 'k:int,a:int')).sql(action(20, 'k:int,b:int')),
      expect: {
        places: 1,
        heldMs: [8500, 9500],
        evidence: [
          { kind: 'sql', executionId: 0 },
          { kind: 'sql', executionId: 1 },
          { kind: 'stage', stageId: 2 },
        ],
        cause: /The join on k is computed by 2 queries \(0, 1\)/,
        remedies: /cache\(\)/,
      },
    },
    {
      name: 'three actions: all but one',
      run: log({ master: 'local[8]' }).sql(action(10, 'k:int,a:int')).sql(action(20, 'k:int,b:int')).sql(action(30, 'k:int,c:int')),
      expect: { places: 1, heldMs: [17_000, 19_000] },
    },
    {
      name: 'a costly filter, once with a further condition behind it; two of the queries share more',
      run: log()
        .sql(scored(1, 2000, RISKY))
        .sql(scored(2, 4500, RISKY, 'Project [risk_of(p@) AS risk@]'))
        .sql(scored(3, 4000, `(${RISKY} AND (risk_of(p@) > 0.9))`))
        .sql(scored(4, 3500, RISKY, 'Project [risk_of(p@) AS risk@]')),
      expect: {
        places: 1,
        // 3.5 s of the larger part, and for each of the other two what the cheapest run of the filter takes.
        heldMs: [7400, 7700],
        evidence: [{ kind: 'sql', executionId: 2, node: 'Filter' }],
        cause: /The filter with risk_of is computed by 4 queries \(0, 1, 2, 3\)/,
      },
    },
    {
      name: 'a dear expression: a column of its own in one query, a part of another column in the other',
      run: log()
        .sql(digest(10, 8000, AS_COLUMN))
        .sql(digest(30, 7000, AS_PART)),
      expect: {
        places: 1,
        heldMs: [6900, 7100],
        evidence: [
          { kind: 'sql', executionId: 0, node: 'Project' },
          { kind: 'sql', executionId: 1, node: 'Project' },
        ],
        cause: /The projection with sha2.* is computed by 2 queries \(0, 1\)/,
      },
    },
    {
      name: 'queries of one micro-batch on the same rows, batch after batch',
      run: log().stream({
        name: 's',
        batches: times(3, { ms: 0 }).map(() => ({ inputRows: 10, sql: [onBatch(2000, COUNT), onBatch(3000, SUM)] })),
      }),
      expect: {
        places: 1,
        heldMs: [5900, 6200],
        cause: /The grouping by id is computed by 2 queries of each of 3 micro-batches/,
        remedies: /foreachBatch.*persist\(\)/,
      },
    },
    {
      name: 'two RDD jobs over the same input',
      run: log()
        .job(scoring(1e9))
        .job(scoring(1e9 + 1000)),
      expect: {
        places: 1,
        heldMs: [19_000, 20_000],
        evidence: [{ kind: 'job', jobId: 1 }],
        cause: /2 jobs \(treeAggregate at IDF\.scala:55\)/,
        remedies: /Persist/,
      },
    },
  ],
  clear: [
    { name: 'one action', run: log({ master: 'local[8]' }).sql(action(10, 'k:int,a:int')), expect: { says: /twice/ } },
    {
      name: 'another filter each time',
      run: log({ master: 'local[8]' })
        .sql(action(10, 'k:int', ',EqualTo(d,1)'))
        .sql(action(20, 'k:int', ',EqualTo(d,2)')),
    },
    {
      name: 'a bare scan, again',
      run: log()
        .sql({ plan: scan({ path: '/a', rows: 10, files: 1, bytes: 10 }), stages: [{ tasks: [{ ms: 9000 }] }] })
        .sql({ plan: scan({ path: '/a', rows: 10, files: 1, bytes: 10 }), stages: [{ tasks: [{ ms: 9000 }] }] }),
    },
    {
      name: 'the same dear expression over other rows',
      run: log()
        .sql(digest(10, 8000, AS_COLUMN))
        .sql(digest(30, 7000, AS_PART, '2')),
    },
    {
      name: 'only cheap expressions in common',
      run: log()
        .sql(digest(10, 8000, ['u@0, upper(url@1) AS f@9']))
        .sql(digest(30, 7000, ['u@0, length(upper(url@1)) AS f@9'])),
    },
    { name: 'RDD jobs over other data', run: log().job(scoring(1e9)).job(scoring(2e9)) },
    {
      name: 'the costly condition comes behind others',
      run: log()
        .sql(scored(1, 4000, `((a@ = 1) AND ${RISKY})`))
        .sql(scored(2, 4000, `((a@ = 2) AND ${RISKY})`)),
    },
    {
      name: 'Python steps on one parallelized list: nobody can tell',
      run: log().job(pythonJob('count at /app/job.py:15')).job(pythonJob('max at /app/job.py:16')),
      expect: { says: /does not say whether the functions are the same/ },
    },
    { name: 'RDD jobs above a cached RDD', run: log().job(cachedScoring).job(cachedScoring) },
    {
      name: 'batches of a stream',
      run: log({ master: 'local[8]' }).stream({
        name: 's',
        batches: [10, 20].map((id) => ({ inputRows: 10, sql: action(id, 'k:int,a:int') })),
      }),
    },
  ],
  noData: [{ name: 'no stages', run: log().gap(1000), expect: { says: /stages/ } }],
});
