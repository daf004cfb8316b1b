// Rows of a ledger made from a seed, for the tests and the looks of history and chart.

import type { ModelRow, ProofRow, RunRow, RunState } from '../../ledger/index.ts';
import type { HistoryInput } from '../history.ts';

export const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 10, 21, 15, 4);

/** Uniform numbers in [0, 1) that a seed decides (mulberry32). */
export function dice(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Durations around `typical` ms with noise and now and then a slow day. */
export function durations(n: number, typical: number, seed: number, noise = 0.08): number[] {
  const roll = dice(seed);
  return Array.from({ length: n }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - roll())) * Math.cos(2 * Math.PI * roll());
    return Math.round(typical * Math.exp(noise * normal) * (roll() < 0.06 ? 1.6 : 1));
  });
}

export const run = (model: string, i: number, over: Partial<RunRow> = {}): RunRow => {
  const startedMs = over.startedMs ?? NOW - (200 - i) * DAY;
  const durationMs = over.durationMs ?? 60_000;
  const state: RunState = over.state ?? 'succeeded';
  const open = state === 'running' || state === 'lost' || state === 'unknown';
  return {
    runId: `r-${model}-${String(i).padStart(4, '0')}`,
    model,
    purpose: 'run',
    proofId: undefined,
    arm: undefined,
    host: 'here',
    pid: 1,
    folder: `/project/.firesteel/runs/r-${model}-${i}`,
    script: `/project/jobs/${model}.py`,
    master: 'local[2]',
    sparkVersion: '4.1.1',
    applicationName: model,
    codeFingerprint: 'c0de0001aa',
    confFingerprint: 'conf',
    gitCommit: undefined,
    gitBranch: undefined,
    gitDirty: undefined,
    reason: undefined,
    nextStep: undefined,
    exitCode: open ? undefined : 0,
    applicationId: `local-${i}`,
    logPath: `/project/.firesteel/runs/r-${model}-${i}/eventlog/local-${i}`,
    driverLog: `/project/.firesteel/runs/r-${model}-${i}/driver.log`,
    usage: {},
    cost: undefined,
    ...over,
    startedMs,
    state,
    durationMs: open ? undefined : durationMs,
    endedMs: open ? undefined : (over.endedMs ?? startedMs + durationMs),
  };
};

export const runsOf = (model: string, times: readonly number[], over: Partial<RunRow> = {}): RunRow[] =>
  times.map((durationMs, i) => run(model, i, { durationMs, ...over, startedMs: NOW - (times.length - i) * DAY }));

export function proofOf(a: string, b: string, before: readonly number[], after: readonly number[], over: Partial<ProofRow> = {}): ProofRow {
  const side = (name: string) => ({
    model: name,
    name,
    script: `/project/jobs/${name}.py`,
    revision: undefined,
    codeFingerprint: name,
    confFingerprint: 'conf',
  });
  const ratios = before.map((wall, i) => (after[i] ?? wall) / wall).sort((x, y) => x - y);
  const ratio = ratios[Math.floor(ratios.length / 2)] ?? 1;
  return {
    proofId: `p-${a}`,
    a: side(a),
    b: side(b),
    aa: false,
    startedMs: NOW - DAY,
    endedMs: NOW - DAY / 2,
    metric: 'wall',
    verdict: ratio < 0.98 ? 'win' : ratio > 1.02 ? 'loss' : 'equivalent',
    sentence: 'B against A.',
    outputs: 'equal',
    estimate: { n: before.length, ratio, low: ratios[0] ?? 0, high: ratios.at(-1) ?? Number.POSITIVE_INFINITY, confidence: 0.97, p: 0.01 },
    predicted: undefined,
    currency: undefined,
    pairs: before.map((wall, i) => ({
      pair: i + 1,
      order: i % 2 === 0 ? 'AB' : 'BA',
      excluded: undefined,
      a: { runId: `${a}-a${i}`, succeeded: true, wallMs: wall, coreMs: wall * 2, cost: undefined },
      b: { runId: `${b}-b${i}`, succeeded: true, wallMs: after[i], coreMs: undefined, cost: undefined },
    })),
    ...over,
  };
}

export const model = (name: string, over: Partial<ModelRow> = {}): ModelRow => ({
  name,
  version: 1,
  recordedMs: NOW - 100 * DAY,
  script: `${name}.py`,
  owner: undefined,
  tier: undefined,
  schedule: undefined,
  description: undefined,
  inputs: [],
  outputs: [],
  runs: 0,
  ...over,
});

const input = (runs: readonly RunRow[], proofs: readonly ProofRow[] = [], models: readonly ModelRow[] = []): HistoryInput => ({
  runs,
  proofs,
  models,
  nowMs: NOW,
  place: '/project/.firesteel/ledger.db',
});

const NAMES = [
  'daily_sales',
  'customers',
  'returns',
  'inventory',
  'clickstream_sessions',
  'ml_features_weekly',
  'ledger_close',
  'fx_rates',
  'orders_enriched',
  'shipments',
  'stock_snapshot',
  'web_orders',
];

/** A dozen models, old code and new, of very different length. */
function twelve(): HistoryInput {
  const counts = [80, 40, 10, 80, 25, 60, 7, 100, 80, 30, 64, 12];
  const seconds = [240, 180, 200, 90, 300, 280, 60, 35, 150, 210, 95, 120];
  const runs = NAMES.flatMap((name, i) => {
    const [n = 0, typical = 0] = [counts[i], (seconds[i] ?? 0) * 1000];
    const older = runsOf(name, durations(n, typical, i * 7 + 1), { codeFingerprint: `old${i}` }).map((row) => ({
      ...row,
      runId: `${row.runId}-old`,
      startedMs: row.startedMs - 200 * DAY,
      endedMs: (row.endedMs ?? 0) - 200 * DAY,
    }));
    const newer = runsOf(name, durations(Math.max(5, n - 15), typical * (0.4 + 0.06 * i), i * 7 + 2), { codeFingerprint: `new${i}` });
    return [...(i % 4 === 3 ? [] : older), ...newer];
  });
  return input(runs, [proofOf('returns', 'returns@main', durations(9, 200_000, 5, 0.05), durations(9, 260_000, 6, 0.05))]);
}

/** Failures, costs, proofs of every verdict, a model that only ran in a proof, one that never ran. */
function rich(): HistoryInput {
  const eur = (amount: number, version: string) => ({ amount, currency: 'EUR', version });
  const sales = durations(80, 240_000, 1).map((durationMs, i) =>
    run('daily_sales', i, {
      durationMs: i < 40 ? durationMs : Math.round(durationMs * 0.7),
      startedMs: NOW - (80 - i) * DAY,
      codeFingerprint: i < 40 ? 'aaaaaaaa0001' : 'bbbbbbbb0002',
      gitCommit: i < 40 ? '11111111aaaa' : '22222222bbbb',
      gitDirty: false,
      state: i === 20 || i === 21 ? 'failed' : i === 50 ? 'cancelled' : 'succeeded',
      cost: eur(durationMs / 4e6, i < 60 ? '2026-01' : '2026-07'),
    }),
  );
  const returns = durations(9, 20_000, 3).map((durationMs, i) =>
    run('returns', i, { durationMs, startedMs: NOW - (9 - i) * DAY, state: i === 8 ? 'lost' : 'succeeded' }),
  );
  const ofProof = ['daily_sales', 'daily_sales_fast'].map((name, i) =>
    run(name, 900 + i, { purpose: 'proof', proofId: 'p-1', arm: i === 0 ? 'A' : 'B' }),
  );
  const before = durations(8, 31_000, 1, 0.04);
  const win = proofOf('daily_sales', 'daily_sales_fast', before, durations(8, 6_400, 2, 0.05), {
    predicted: { low: 0.18, likely: 0.25, high: 0.4 },
    currency: 'EUR',
  });
  return input(
    [...sales, ...returns, ...runsOf('customers', durations(30, 180_000, 4)), ...ofProof],
    [
      {
        ...win,
        pairs: win.pairs.map((pair) => ({
          ...pair,
          a: { ...pair.a, cost: 0.031 },
          b: { ...pair.b, cost: 0.0064 },
          excluded: pair.pair === 8 ? 'executor lost' : undefined,
        })),
      },
      proofOf('returns', 'returns@rewrite', before, durations(8, 6_400, 2, 0.05), { verdict: 'unsafe', outputs: 'different' }),
      proofOf('daily_sales', 'daily_sales', before, before, { aa: true, startedMs: NOW }),
      proofOf('broken', 'broken2', [], [], { verdict: 'invalid', estimate: undefined }),
    ],
    [
      ...['daily_sales', 'customers', 'returns'].map((name) => model(name, { owner: 'Gabi', tier: 'T1', schedule: 'hourly' })),
      model('never_ran'),
    ],
  );
}

const HOSTILE = '\u001b[31m<script>alert(1)</script> |`*_[x](http://e.x) \u202e\u0000@you';

/** What each face and the chart must stand. */
export const histories: Readonly<Record<string, HistoryInput>> = {
  one: input([], [proofOf('daily_sales', 'daily_sales_fast', durations(8, 31_000, 1, 0.04), durations(8, 6_400, 2, 0.05))]),
  single: input(runsOf('daily_sales', [31_000])),
  twelve: twelve(),
  rich: rich(),
  long: input(
    runsOf(
      'a_very_long_model_name_that_somebody_gave_to_a_job_because_names_are_free_and_it_says_everything_about_it_v2',
      durations(70, 4_000_000, 3),
    ),
    [
      proofOf(
        'the/other/one/with/a/path/that/is/long/and/longer/daily_sales_rollup_by_region.py',
        'experiments/branch-with-a-long-name/daily_sales_rollup_by_region_rewritten.py',
        durations(6, 3_900_000, 1),
        durations(6, 3_850_000, 8),
        { verdict: 'notProven' },
      ),
    ],
  ),
  huge: input(runsOf('tiny', durations(30, 2_100, 9)), [
    proofOf('backfill', 'backfill_fast', durations(8, 6 * 3_600_000, 1), durations(8, 4_000, 2)),
    proofOf('blowup', 'blowup2', durations(6, 9_000, 1), durations(6, 260_000, 2), { verdict: 'unsafe' }),
    proofOf('open', 'end', [1000], [900], {
      verdict: 'notProven',
      estimate: { n: 1, ratio: 0.9, low: 0, high: Number.POSITIVE_INFINITY, confidence: 1, p: 1 },
    }),
  ]),
  same: input([], [proofOf('same', 'same again', Array(19).fill(1500), Array(19).fill(1500))]),
  empty: input([]),
  failing: input(runsOf('m', [1, 2, 3], { state: 'failed' })),
  hostile: {
    ...input(
      runsOf(HOSTILE, [0, 1, 7_000_000_000], { reason: HOSTILE }),
      [proofOf(HOSTILE, HOSTILE, [3, 3], [1, 9])],
      [model(HOSTILE, { owner: HOSTILE })],
    ),
    place: HOSTILE,
  },
};

export const HOSTILE_TEXT = HOSTILE;
