// Facts made by hand: starts, outcomes and proofs of runs, for the tests of ledger, history and reports.

import type { MeasuredRun, PairedRun, Proof, Subject } from '../../prove/index.ts';
import type { JobSpec, RunOutcome, RunStart, RunStatus } from '../../spark/index.ts';

export const DAY = 86_400_000;
export const T0 = Date.UTC(2026, 10, 1, 6);

export const job = (over: Partial<JobSpec> = {}): JobSpec => ({
  model: 'daily_sales',
  script: '/project/jobs/daily_sales.py',
  args: ['--out', '/tmp/out'],
  cwd: '/project',
  master: 'local[2]',
  deployMode: 'client',
  conf: { 'spark.sql.shuffle.partitions': '8' },
  propertiesFile: undefined,
  packages: [],
  jars: [],
  pyFiles: [],
  env: {},
  timeoutMs: undefined,
  inputs: ['raw.transactions'],
  outputs: ['silver.daily_sales'],
  ...over,
});

export const start = (runId: string, over: Partial<RunStart> = {}): RunStart => ({
  runId,
  job: job(),
  purpose: { kind: 'run' },
  startedMs: T0,
  host: 'here',
  pid: 4242,
  pidStart: '100',
  folder: `/project/.firesteel/runs/${runId}`,
  install: {
    home: '/opt/spark',
    version: '4.1.1',
    python: '/usr/bin/python3',
    pythonVersion: '3.11.2',
    javaHome: '/usr/lib/jvm/17',
    javaVersion: '17.0.15',
    source: 'embedded',
  },
  applicationName: `daily_sales ${runId}`,
  codeFingerprint: 'c0de',
  confFingerprint: 'c04f',
  git: { commit: '1234567890abcdef', branch: 'main', dirty: false },
  ...over,
});

export const outcome = (runId: string, over: Partial<RunOutcome> = {}): RunOutcome => ({
  runId,
  status: 'succeeded',
  reason: undefined,
  nextStep: undefined,
  exitCode: 0,
  signal: undefined,
  endedMs: T0 + 60_000,
  durationMs: 60_000,
  exception: undefined,
  applicationId: `local-${runId}`,
  logPath: `/project/.firesteel/runs/${runId}/eventlog/local-${runId}`,
  driverLog: `/project/.firesteel/runs/${runId}/driver.log`,
  sparkVersion: '4.1.1',
  pythonVersion: '3.11.2',
  effectiveConf: undefined,
  traced: true,
  warnings: [],
  ...over,
});

export const failure = (runId: string, status: RunStatus = 'failed', over: Partial<RunOutcome> = {}): RunOutcome =>
  outcome(runId, {
    status,
    reason: 'ZeroDivisionError: division by zero at daily_sales.py:12.',
    nextStep: 'Look at daily_sales.py:12.',
    exitCode: 1,
    exception: {
      type: 'ZeroDivisionError',
      message: 'division by zero',
      file: '/project/jobs/daily_sales.py',
      line: 12,
      traceback: 'Traceback …',
    },
    ...over,
  });

export const subject = (name: string, over: Partial<Subject> = {}): Subject => ({
  name,
  script: `/project/jobs/${name}.py`,
  args: [],
  conf: {},
  revision: undefined,
  codeFingerprint: `code of ${name}`,
  confFingerprint: 'conf',
  ...over,
});

export const measured = (runId: string, arm: 'A' | 'B', wall: number | undefined, over: Partial<MeasuredRun> = {}): MeasuredRun => ({
  runId,
  arm,
  startedMs: T0,
  values: wall === undefined ? {} : { wall, core: wall * 2 },
  counters: undefined,
  succeeded: wall !== undefined,
  reason: undefined,
  infrastructure: [],
  ...over,
});

/** A proof from the wall times of its pairs, ms. */
export function proof(proofId: string, walls: readonly (readonly [a: number, b: number])[], over: Partial<Proof> = {}): Proof {
  const pairs: PairedRun[] = walls.map(([a, b], i) => ({
    pair: i + 1,
    order: i % 2 === 0 ? 'AB' : 'BA',
    a: measured(`${proofId}-a${i}`, 'A', a),
    b: measured(`${proofId}-b${i}`, 'B', b),
    excluded: undefined,
  }));
  const ratios = walls.map(([a, b]) => b / a).sort((x, y) => x - y);
  return {
    proofId,
    a: subject('slow'),
    b: subject('fast'),
    aa: false,
    startedMs: T0,
    endedMs: T0 + 3_600_000,
    plan: {
      metric: 'wall',
      orders: pairs.map((pair) => pair.order),
      seed: 7,
      warmup: 1,
      looks: [{ pairs: walls.length, alpha: 0.05 }],
      minimumEffect: 0.02,
      equivalence: 0.03,
    },
    outputs: {
      status: 'equal',
      sentence: 'Both gave the same rows.',
      tolerance: 1e-9,
      outputs: [
        {
          name: 'daily',
          a: { location: '/out/a', rows: 10, columns: 3 },
          b: { location: '/out/b', rows: 10, columns: 3 },
          equal: true,
          withinTolerance: [],
          schema: [],
          columns: [],
          onlyInA: 0,
          onlyInB: 0,
          examplesA: [{ customer: 'Ada Lovelace' }],
          examplesB: [{ customer: 'Ada Lovelace' }],
        },
      ],
    },
    pairs,
    warmups: [],
    verdict: {
      kind: 'win',
      sentence: 'B takes less wall time than A.',
      notes: [],
      next: [],
      estimate: {
        metric: 'wall',
        n: walls.length,
        ratio: ratios[Math.floor(ratios.length / 2)] ?? 1,
        low: ratios[0] ?? 0,
        high: ratios.at(-1) ?? Number.POSITIVE_INFINITY,
        confidence: 0.97,
        p: 0.03,
        runCv: 0.05,
      },
      alpha: 0.05,
    },
    beside: [],
    noise: undefined,
    predicted: undefined,
    environment: { spark: '4.1.1', java: '17', python: '3.11', host: 'here', cores: 2, master: 'local[2]' },
    currency: undefined,
    ...over,
  };
}
