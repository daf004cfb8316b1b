// Rows of a ledger made from a seed, for the tests and the looks of history and chart.

import type { ModelRow, ProofRow, RunRow, RunState } from '../../ledger/index.ts';

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
