// Reports made by hand, for the tests of every face: healthy, many findings, failed, streaming, empty, hostile, very long.
// Law: no face is tested on fewer than all of these; adding one here tests it everywhere.

import type { Finding, Report } from '../../audit/index.ts';

const START = Date.UTC(2026, 2, 11, 9, 14, 2);

/** A finding with what a rule usually gives; `over` replaces parts of it. */
export function finding(over: Partial<Finding> = {}): Finding {
  const evidence = over.evidence ?? [
    { kind: 'stage', stageId: 13, attempt: 0, tasks: [57] },
    { kind: 'sql', executionId: 2, nodeId: 5, node: 'SortMergeJoin' },
  ];
  const numbers = over.numbers ?? [
    { name: 'longest task', value: 110_400, unit: 'ms' },
    { name: 'median task', value: 1210, unit: 'ms' },
    { name: 'longest ÷ median', value: 91.2, unit: 'ratio' },
    { name: 'bytes in the longest task', value: 3_412_000_000, unit: 'bytes' },
  ];
  const cause =
    over.cause ??
    'Task 57 of 200 read 3.2 GiB while the median task read 35.1 MiB: one key of store_id holds most rows of the join, and the run waited 1 m 42 s for it alone.';
  const remedies = over.remedies ?? [
    'Salt store_id on the large side and replicate the small side 16 times.',
    'Let AQE split it: set spark.sql.adaptive.skewJoin.skewedPartitionFactor to 3.',
  ];
  return {
    rule: 'skewed-join',
    status: 'found',
    title: 'Skewed join',
    category: 'shuffle',
    fixability: 'review',
    saves: 'time',
    heldMs: 102_300,
    wastedCoreMs: undefined,
    explains: [],
    note: undefined,
    forecast: null,
    fix: null,
    code: [],
    lint: [],
    places: [{ cause, evidence, numbers, remedies, heldMs: 102_300 }],
    ...over,
    cause,
    evidence,
    numbers,
    remedies,
  };
}

/** A finding of another status than `found`. */
export function other(
  rule: string,
  title: string,
  status: Finding['status'],
  note: string | undefined,
  over: Partial<Finding> = {},
): Finding {
  return { ...finding({ cause: '', evidence: [], numbers: [], remedies: [] }), rule, title, status, note, heldMs: 0, places: [], ...over };
}

/** A report of a four-minute run; `over` replaces parts of it. */
export function report(over: Partial<Report> = {}): Report {
  return {
    schema: 'firesteel/report@1',
    application: {
      id: 'app-20260311091402-0007',
      attempt: undefined,
      name: 'daily_sales_rollup',
      user: 'etl',
      sparkVersion: '3.5.3',
      startMs: START,
      endMs: START + 252_000,
      lastEventMs: START + 252_000,
      completed: true,
      exitCode: undefined,
    },
    log: {
      name: 'app-20260311091402-0007.zstd',
      layout: 'single',
      codec: 'zstd',
      bytes: 41_000_000,
      storedBytes: 3_900_000,
      parts: 1,
      lines: 5200,
      events: 5200,
      skippedLines: 0,
      skipped: [],
      truncated: false,
      compacted: false,
      gaps: [],
      inProgress: false,
      unknownEvents: new Map(),
      fullParses: 0,
      taskEnds: 2412,
      stagesWithMissingTasks: 0,
      lostTaskEnds: 0,
      implausibleTimes: 0,
      runningTasks: 0,
      missingApplicationEnd: false,
      missingStart: false,
      notes: [],
    },
    time: {
      wallMs: 252_000,
      startMs: START,
      endMs: START + 252_000,
      driverOnlyMs: 60_000,
      criticalPathMs: 171_000,
      busyCoreMs: 1_512_000,
      allocatedCoreMs: 3_900_000,
      utilisation: 0.388,
      peakSlots: 16,
      parts: [
        { label: 'stages', ms: 192_000 },
        { label: 'planning', ms: 21_000 },
        { label: 'driver code', ms: 18_500 },
        { label: 'start-up', ms: 9800 },
        { label: 'commit tail', ms: 9300 },
        { label: 'scheduling', ms: 900 },
        { label: 'end', ms: 500 },
      ],
      stages: [
        {
          stageId: 13,
          attempt: 0,
          name: 'save at NativeMethodAccessorImpl.java:0',
          heldMs: 118_000,
          tasks: 200,
          what: 'SortMergeJoin ← Sort ← HashAggregate',
        },
        {
          stageId: 6,
          attempt: 0,
          name: 'save at NativeMethodAccessorImpl.java:0',
          heldMs: 38_200,
          tasks: 24,
          what: 'Exchange ← Filter ← Scan parquet sales',
        },
        { stageId: 21, attempt: 1, name: 'count at rollup.py:88', heldMs: 12_000, tasks: 200, what: 'HashAggregate ← Exchange' },
        { stageId: 22, attempt: 0, name: 'count at rollup.py:88', heldMs: 300, tasks: 1, what: 'HashAggregate' },
      ],
      notes: ['Stage 6 is even, not skewed: the longest of its 24 tasks took 2.0 s, 1.1 × the median.'],
    },
    noiseFloorMs: 5040,
    counts: { jobs: 12, stages: 31, tasks: 2412, sqlExecutions: 5, executors: 4 },
    joint: null,
    headline: 'Skewed join held the end for 1 m 42 s, 41 % of the run. 2 more causes are worth doing.',
    findings: [
      finding({
        explains: [
          { rule: 'shuffle-spill', title: 'Shuffle spill', heldMs: 20_000, evidence: [{ kind: 'stage', stageId: 13, attempt: 0 }] },
          { rule: 'idle-slots', title: 'Idle slots', heldMs: 90_000, evidence: [{ kind: 'stage', stageId: 13, attempt: 0 }] },
        ],
      }),
      finding({
        rule: 'small-input-files',
        title: 'Many small input files',
        category: 'reading',
        fixability: 'advice',
        heldMs: 31_800,
        cause: 'Scan of warehouse.sales opened 11,940 files of 212 KiB on average; opening them cost more than reading them.',
        evidence: [
          { kind: 'stage', stageId: 6, attempt: 0 },
          { kind: 'sql', executionId: 2, nodeId: 11, node: 'Scan parquet warehouse.sales' },
          { kind: 'table', path: 's3a://warehouse/sales' },
        ],
        numbers: [
          { name: 'files read', value: 11_940, unit: 'count' },
          { name: 'mean file', value: 217_000, unit: 'bytes' },
          { name: 'time spent opening', value: 0.62, unit: 'share' },
        ],
        remedies: ['Compact warehouse.sales to files of 128 MiB.'],
        places: [
          { cause: '', evidence: [{ kind: 'stage', stageId: 6, attempt: 0 }], numbers: [], remedies: [], heldMs: 24_000 },
          {
            cause: '',
            evidence: [
              { kind: 'stage', stageId: 9, attempt: 0 },
              { kind: 'sql', executionId: 3, nodeId: 7, node: 'Scan parquet' },
            ],
            numbers: [],
            remedies: [],
            heldMs: 7800,
          },
        ],
      }),
      finding({
        rule: 'idle-executors',
        title: 'Idle executors',
        category: 'resources',
        saves: 'money',
        heldMs: 0,
        wastedCoreMs: 7_200_000,
        cause: '61 % of the core time that was held did nothing.',
        evidence: [{ kind: 'conf', key: 'spark.dynamicAllocation.enabled', value: 'false' }],
        numbers: [{ name: 'peakSlots', value: 16, unit: 'count' }],
        remedies: ['Turn on dynamic allocation with 2 to 4 executors.'],
        places: [],
      }),
      other('slow-commit', 'Slow commit', 'clear', 'present, not worth doing: held the end for 3.1 s, the floor is 5.0 s', {
        heldMs: 3100,
        places: [{ cause: '', evidence: [], numbers: [], remedies: [], heldMs: 3100 }],
      }),
      other('shuffle-spill', 'Shuffle spill', 'clear', 'a consequence of: Skewed join', {
        heldMs: 20_000,
        places: [{ cause: '', evidence: [], numbers: [], remedies: [], heldMs: 20_000 }],
      }),
      other('gc-pressure', 'Garbage collection pressure', 'clear', undefined),
      other('python-row-udf', 'Row-at-a-time Python UDF', 'notApplicable', 'no Python UDF ran'),
      other('slow-node', 'Slow node', 'noData', 'missing: executor hosts'),
      other('oversized-memory', 'Oversized memory', 'noData', 'missing: executor memory peaks'),
      other('cache-eviction', 'Cache eviction', 'noData', 'missing: executor memory peaks'),
    ],
    ...over,
  };
}

const base = report();
const empty = {
  ...base.time,
  wallMs: undefined,
  startMs: undefined,
  endMs: undefined,
  driverOnlyMs: undefined,
  criticalPathMs: undefined,
  busyCoreMs: undefined,
  allocatedCoreMs: undefined,
  utilisation: undefined,
  peakSlots: undefined,
  parts: [],
  stages: [],
  notes: [],
};
const LONG = 'warehouse_of_every_thing_'.repeat(400);
const HOSTILE =
  '\u001b[31mred\u001b[0m \u001b]0;title\u0007 | `tick` <script>alert(1)</script> \u202egnp.exe\u202c \u009b2J\r\nnew line\u0000 [x](javascript:1) ![i](http://x/y.png) @team #12 **b**';

/** Every sample by name. */
export const samples: Readonly<Record<string, Report>> = {
  many: base,
  healthy: report({
    headline: 'Nothing is worth doing: no cause held the end of the run for more than 5.0 s.',
    findings: [
      other('skewed-join', 'Skewed join', 'clear', undefined),
      other('gc-pressure', 'Garbage collection pressure', 'notApplicable', 'no executor'),
    ],
  }),
  failed: report({
    application: { ...base.application, completed: false, endMs: undefined },
    headline: 'Failed run.',
    log: {
      ...base.log,
      truncated: true,
      missingApplicationEnd: true,
      skippedLines: 2,
      unknownEvents: new Map([['com.acme.Custom', 4]]),
      notes: ['The last line is cut: the log ends in the middle of an event.', '2 of 5,200 lines could not be read.'],
    },
    findings: [
      finding({
        rule: 'failed-run',
        title: 'Failed run',
        category: 'failure',
        saves: 'outcome',
        heldMs: 0,
        cause: 'Job 7 failed: stage 13 lost task 57 four times. java.lang.OutOfMemoryError: Java heap space.',
        evidence: [
          { kind: 'job', jobId: 7 },
          { kind: 'stage', stageId: 13, attempt: 3 },
          { kind: 'executor', id: '4' },
        ],
        remedies: ['Give executors more memory: spark.executor.memory=8g.'],
        places: [],
      }),
      other('skewed-join', 'Skewed join', 'error', 'the rule failed: Cannot read properties of undefined'),
    ],
  }),
  streaming: report({
    application: { ...base.application, name: 'orders → gold (streaming)' },
    headline: 'Stream backlog held the end for 2 d 03 h, 90 % of the run.',
    findings: [
      finding({
        rule: 'stream-backlog',
        title: 'Stream backlog',
        category: 'streaming',
        heldMs: 183_600_000,
        numbers: [
          { name: 'input', value: 12_345.6, unit: 'rows/s' },
          { name: 'bytesPerSecond', value: 3e7, unit: 'bytes/s' },
        ],
      }),
    ],
    time: { ...base.time, wallMs: 204_000_000 },
  }),
  empty: report({
    application: {
      ...base.application,
      id: undefined,
      name: undefined,
      sparkVersion: undefined,
      startMs: undefined,
      endMs: undefined,
      completed: false,
    },
    time: empty,
    counts: { jobs: 0, stages: 0, tasks: 0, sqlExecutions: 0, executors: 0 },
    headline: 'Nothing is worth doing: no cause held the end of the run for more than 2.0 s.',
    findings: [],
    noiseFloorMs: 2000,
  }),
  hostile: report({
    application: { ...base.application, name: HOSTILE, id: HOSTILE, sparkVersion: HOSTILE },
    headline: HOSTILE,
    log: {
      ...base.log,
      name: HOSTILE,
      notes: [HOSTILE],
      unknownEvents: new Map([
        [HOSTILE, 1],
        ['__proto__', 2],
      ]),
    },
    time: {
      ...base.time,
      notes: [HOSTILE],
      startMs: 1e300,
      stages: [{ stageId: 1, attempt: 0, name: HOSTILE, what: HOSTILE, heldMs: 5e9, tasks: -1 }],
      parts: [
        { label: HOSTILE, ms: 10 },
        { label: '__proto__', ms: Number.NaN },
      ],
    },
    findings: [
      finding({
        title: HOSTILE,
        cause: HOSTILE,
        rule: HOSTILE,
        remedies: [HOSTILE],
        numbers: [
          { name: HOSTILE, value: HOSTILE, unit: 'text' },
          { name: 'toString', value: Number.NaN, unit: 'ms' },
        ],
        evidence: [
          { kind: 'source', file: HOSTILE, line: 3 },
          { kind: 'sql', executionId: 1, nodeId: 2, node: HOSTILE },
          { kind: 'executor', id: HOSTILE },
          { kind: 'conf', key: HOSTILE, value: HOSTILE },
        ],
        explains: [{ rule: 'x', title: HOSTILE, heldMs: 1, evidence: [] }],
      }),
      other(HOSTILE, HOSTILE, 'noData', HOSTILE),
      other(HOSTILE, HOSTILE, 'error', HOSTILE),
    ],
  }),
  long: report({
    application: { ...base.application, name: LONG, id: LONG, sparkVersion: LONG },
    headline: LONG,
    log: { ...base.log, notes: [LONG, '日本語の長いメモ'.repeat(60)] },
    time: {
      ...base.time,
      stages: [{ stageId: 123_456_789, attempt: 12, name: '売上テーブル'.repeat(50), what: LONG, heldMs: 118_000, tasks: 9_999_999 }],
    },
    findings: Array.from({ length: 60 }, (_, i) =>
      finding({
        title: `${i} ${LONG}`,
        cause: `${LONG} 全店舗の売上を集計する処理 ${LONG}`,
        remedies: [LONG, LONG, LONG],
        evidence: Array.from({ length: 50 }, (_, j) => ({ kind: 'stage' as const, stageId: j, attempt: j % 3 })),
        places: Array.from({ length: 9 }, (_, j) => ({
          cause: LONG,
          evidence: [{ kind: 'stage' as const, stageId: j, attempt: 0 }],
          numbers: [],
          remedies: [],
          heldMs: 900 - j,
        })),
        explains: Array.from({ length: 9 }, (_, j) => ({ rule: `r${j}`, title: LONG, heldMs: 1, evidence: [] })),
      }),
    ),
  }),
};
