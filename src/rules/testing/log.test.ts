// The built logs are what the reader takes for real ones: byte scan, times, metrics by node, failures, streams.
import { expect, test } from 'vitest';
import { FLAG } from '../../eventlog/index.ts';
import { FACTS, FactStore } from '../../facts/index.ts';
import { broadcast, exchange, log, type NodeSpec, node, START, scan, times } from './log.ts';

const sales = () => scan({ path: '/sales', rows: 4000, files: 2, bytes: 20e6 });
const join = (left: NodeSpec, right: NodeSpec) =>
  node('SortMergeJoin', 'SortMergeJoin [k#1], [k#2], Inner', { 'number of output rows': 4001 }, [
    node('Sort', 'Sort [k#1 ASC NULLS FIRST], false, 0', { 'sort time': 1000, 'peak memory': 8000 }, [
      exchange('hashpartitioning(k#1, 4)', { 'data size': 40e6, 'records read': 4000 }, left),
    ]),
    exchange('hashpartitioning(k#2, 4)', { 'data size': 10e6 }, right),
  ]);
const joined = log({ master: 'local[4]', conf: { 'spark.sql.shuffle.partitions': '4' } })
  .gap(1000)
  .sql({
    plan: node('Execute InsertIntoHadoopFsRelationCommand', '', { 'number of written files': 4 }, [
      join(sales(), scan({ path: '/customers', rows: 100, files: 1 })),
    ]),
    stages: [
      { tasks: times(2, { ms: 500, inputRecords: 2000, shuffleWriteBytes: 20e6, shuffleWriteRecords: 2000 }) },
      { parents: [], tasks: [{ ms: 200 }] },
      {
        parents: [0, 1],
        tasks: [...times(3, { ms: 300, shuffleReadBytes: 1e6 }), { ms: 20_000, shuffleReadBytes: 47e6, cpuMs: 15_000, gcMs: 100 }],
      },
    ],
  });

test('a query of three stages: scanned, laid out, and its metrics where they belong', () => {
  const run = joined.run();
  expect(run.quality).toMatchObject({ taskEnds: 7, fullParses: 0, skippedLines: 0, stagesWithMissingTasks: 0, notes: [] });
  expect(run.quality.unknownEvents.size).toBe(0);
  const store = new FactStore(run);
  const stages = store.get(FACTS.stages);
  expect(stages.all.map((stage) => [stage.startMs - START, stage.endMs - START, stage.width])).toEqual([
    [1020, 1520, 2],
    [1020, 1220, 1],
    [1520, 21_520, 4],
  ]);
  expect(run.stages[2]).toMatchObject({ parentIds: [0, 1], status: 'complete' });
  expect(stages.get(2)?.distribution('shuffleReadBytes')?.max).toBe(47e6);
  expect(stages.get(2)?.total('cpuNs')).toBe(15_900e6);
  const tree = store.get(FACTS.plans).get(0);
  expect(tree?.final).toBe(true);
  const at = (name: string, i = 0) => tree?.nodes.filter((plan) => plan.name.startsWith(name))[i];
  expect(at('AdaptiveSparkPlan')?.id).toBe(0);
  expect(at('SortMergeJoin')?.metric('number of output rows')).toBe(4001);
  expect(at('SortMergeJoin')?.stages.map((stage) => stage.key)).toEqual(['2.0']);
  expect(at('Sort ')?.id).toBeUndefined();
  expect(at('Sort', 1)?.metric('sort time')).toBe(1000);
  expect(at('Exchange')?.metric('shuffle bytes written')).toBe(40e6);
  expect(at('Exchange')?.stages.map((stage) => stage.key)).toEqual(['0.0', '2.0']);
  expect(at('Execute')?.metric('number of written files')).toBe(4);
  expect(store.get(FACTS.scans).map((one) => [one.source, one.rows, one.files, one.bytes, one.format])).toEqual([
    ['InMemoryFileIndex(1 paths)[file:/sales]', 4000, 2, 20e6, 'Parquet'],
    ['InMemoryFileIndex(1 paths)[file:/customers]', 100, 1, undefined, 'Parquet'],
  ]);
  expect(store.get(FACTS.clock).wallMs).toBe(21_540);
  expect(run.stages[0]?.rdds.map((rdd) => rdd.scope)).toEqual(['Exchange', 'Scan parquet ']);
});

test('a log does not change when more is put behind it', () => {
  const before = joined.text();
  const longer = joined.gap(500);
  expect(joined.text()).toBe(before);
  expect(longer.text()).not.toBe(before);
  expect(log().run().application.completed).toBe(true);
});

test('a broadcast join has one stage less at the end; a metric without a stage is an error', () => {
  const plan = (more: object = {}) =>
    node('BroadcastHashJoin', 'BroadcastHashJoin [k#1], [k#2], Inner, BuildRight, false', { 'number of output rows': 10, ...more }, [
      sales(),
      broadcast({ 'data size': 5e6, 'time to collect': 40 }, scan({ path: '/customers', rows: 100 })),
    ]);
  const run = log()
    .sql({ plan: plan(), jobs: [{ stages: [{ tasks: [{ ms: 10 }] }] }, { stages: [{ tasks: times(8, { ms: 100 }) }] }] })
    .run();
  const tree = new FactStore(run).get(FACTS.plans).get(0);
  expect(tree?.nodes.find((at) => at.kind === 'broadcast-exchange')?.metric('data size')).toBe(5e6);
  expect(tree?.nodes.find((at) => at.kind === 'broadcast-hash-join')?.stages.map((stage) => stage.key)).toEqual(['1.0']);
  expect(run.jobs.map((job) => job.stageIds)).toEqual([[0], [1]]);
  expect(() =>
    log()
      .sql({ plan: plan(), stages: [{ tasks: [{ ms: 10 }] }] })
      .text(),
  ).toThrow('the plan has 2 stages and the list 1');
  expect(() =>
    log()
      .sql({ plan: plan({ 'sort time': [1, 2] }), jobs: [{ stages: [{ tasks: [{ ms: 1 }] }, { tasks: [{ ms: 1 }] }] }] })
      .text(),
  ).toThrow("'sort time' has 2 values");
});

test('named stages, reused exchanges, plans that AQE changed', () => {
  const shuffled = exchange('hashpartitioning(k#1, 4)', { 'data size': 40e6 }, sales());
  const plan = node('Union', '', {}, [shuffled, node('ReusedExchange', '', {}, [shuffled])], { stage: 'end' });
  const named = { ...shuffled, options: { stage: 'map' } };
  const reused = node('Union', '', { 'number of output rows': 3 }, [named, node('ReusedExchange', '', {}, [named])], { stage: 'end' });
  const auto = log().sql({ plan, initial: join(sales(), sales()), stages: [{ tasks: [{ ms: 1 }], stage: 'end' }] });
  expect(() => auto.text()).toThrow('no stage reports');
  const run = log()
    .sql({
      plan: reused,
      initial: join(sales(), sales()),
      stages: [
        { tasks: [{ ms: 1 }], stage: 'other' },
        { tasks: [{ ms: 1 }], stage: 'map' },
        { tasks: [{ ms: 1 }], stage: 'end' },
      ],
    })
    .run();
  const tree = new FactStore(run).get(FACTS.plans).get(0);
  expect(tree?.nodes.map((at) => [at.kind, at.reused, at.metric('data size', 'number of output rows')])).toEqual([
    ['wrapper', false, undefined],
    ['union', false, 3],
    ['exchange', false, 40e6],
    ['scan', false, 4000],
    ['reused-exchange', false, undefined],
    ['exchange', true, 40e6],
    ['scan', true, 4000],
  ]);
  expect(run.sql[0]?.initialPlan?.names).toContain('SortMergeJoin');
});

test('executors come and go; tasks spread over them; failures and retries of all kinds', () => {
  const run = log({
    master: 'yarn',
    cores: 2,
    executors: [{ peaks: { JVMHeapMemory: 1e9 } }, {}, { addedMs: 1000, removedMs: 9000, reason: 'Command exited with code 137' }],
    end: false,
  })
    .job({
      stages: [
        {
          tasks: [
            ...times(4, { ms: 1000 }),
            { ms: 500, failures: [{ reason: 'ExceptionFailure', ms: 100, className: 'java.io.IOException', message: 'broken pipe' }] },
            { ms: 500, failures: [{ reason: 'Resubmitted' }] },
            { ms: 5000, copy: { afterMs: 1000, ms: 500 } },
            { ms: 700, startMs: 2000, executor: '3' },
          ],
        },
        { tasks: [{ ms: 200, fails: { reason: 'FetchFailed', from: '3' } }], failure: 'FetchFailed' },
        { retry: true, tasks: [{ ms: 200, executor: '1' }] },
      ],
      error: undefined,
    })
    .job({
      stages: [
        {
          tasks: [
            { ms: 50, fails: { reason: 'ExecutorLostFailure', message: 'gone', byApp: false } },
            { ms: 900, running: true },
          ],
        },
      ],
      error: 'Job aborted',
    })
    .run();
  expect(run.application.completed).toBe(false);
  expect(
    run.stages.map((stage) => [
      stage.id,
      stage.attempt,
      stage.status,
      stage.succeededTasks,
      stage.failedTasks,
      stage.killedTasks,
      stage.runningTasks.length,
    ]),
  ).toEqual([
    [0, 0, 'complete', 9, 2, 1, 0],
    [1, 0, 'failed', 0, 1, 0, 0],
    [1, 1, 'complete', 1, 0, 0, 0],
    [2, 0, 'complete', 0, 1, 0, 0],
  ]);
  expect(run.stages[0]?.failures.map((failure) => failure.reason).sort()).toEqual(['ExceptionFailure', 'Resubmitted', 'TaskKilled']);
  expect(run.stages[0]?.failures.find((failure) => failure.reason === 'ExceptionFailure')).toMatchObject({
    className: 'java.io.IOException',
    message: expect.stringContaining('broken pipe'),
  });
  expect(Array.from(run.stages[0]?.tasks.int('flags') ?? []).filter((flag) => (flag & FLAG.speculative) !== 0)).toHaveLength(1);
  expect(run.jobs.map((job) => job.status)).toEqual(['succeeded', 'failed']);
  expect(run.jobs[0]?.stageIds).toEqual([0, 1]);
  expect(run.executors.map((executor) => [executor.id, executor.host, executor.cores, executor.removedReason])).toEqual([
    ['1', 'host-1', 2, undefined],
    ['2', 'host-2', 2, undefined],
    ['3', 'host-3', 2, 'Command exited with code 137'],
  ]);
  expect(run.executors[0]?.peaks.get('JVMHeapMemory')).toBe(1e9);
  const store = new FactStore(run);
  expect(store.get(FACTS.executors).map((executor) => executor.lost)).toEqual([false, false, true]);
  expect(store.get(FACTS.failures).retries).toHaveLength(1);
});

test('streams: progress, rates, offsets behind, state', () => {
  const run = log()
    .stream({
      name: 'clicks',
      triggerMs: 1000,
      batches: [
        { ms: 400, inputRows: 100, behind: 50, inputRate: 100 },
        {
          inputRows: 200,
          behind: 900,
          stateRows: 5,
          stateBytes: 70,
          sql: { plan: scan({ path: '/in', rows: 200 }), stages: [{ tasks: times(4, { ms: 1500 }) }] },
        },
      ],
      terminated: null,
    })
    .run();
  const [query] = run.streams;
  expect(query).toMatchObject({ name: 'clicks', progressCount: 2, exception: undefined });
  expect(query?.progress[0]?.timestampMs).toBe(START);
  expect(query?.progress[1]).toMatchObject({ batchMs: 1530, stateRows: 5, stateBytes: 70, timestampMs: START + 1000 });
  expect(query?.progress[1]?.sources[0]).toMatchObject({ inputRows: 200, rowsBehind: 900, inputRate: 200_000 / 1530 });
  expect(run.jobs[0]?.streamingBatchId).toBe('1');
});

test('cut logs: running tasks, no end; a wall time', () => {
  const cut = log({ cutMs: 1500 })
    .job({ stages: [{ tasks: times(6, { ms: 1000 }) }] })
    .run();
  expect(cut.stages[0]?.runningTasks).toHaveLength(2);
  expect(cut.quality.missingApplicationEnd).toBe(true);
  expect(new FactStore(log({ wallMs: 60_000 }).gap(5).run()).get(FACTS.clock).wallMs).toBe(60_000);
});
