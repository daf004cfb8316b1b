// Rows of the ledger → what they say per model: typical and slow days, cost, reliability, freshness, before → after.
// Laws: pure; the time is given; p50 and p95 follow the low-n rule of base/quantiles.ts; only runs of purpose `run` count for a model,
// because half the runs of a proof are of a version that nobody uses yet.

import { type RunSummary, summarizeRuns } from '../base/index.ts';
import type { ModelRow, ProofRow, RunRow, RunState } from '../ledger/index.ts';
import { trendOf } from './history-trend.ts';
import type { Change, History, MeanCost, ModelHistory, Repair, Side, VersionHistory } from './history-types.ts';

export interface HistoryInput {
  readonly runs: readonly RunRow[];
  readonly proofs: readonly ProofRow[];
  readonly models: readonly ModelRow[];
  readonly nowMs: number;
  readonly place: string;
}

/** Proofs that a history lists: who needs more asks for one model. */
const MAX_PROOFS = 200;

/** What the rows say, per model. */
export function historyOf({ runs, proofs, models, nowMs, place }: HistoryInput): History {
  const inOrder = [...runs].sort((a, b) => a.startedMs - b.startedMs || (a.runId < b.runId ? -1 : 1));
  const runsOf = Map.groupBy(inOrder, (run) => run.model);
  const definitions = new Map(models.map((model) => [model.name, model]));
  const names = [...new Set([...definitions.keys(), ...runsOf.keys()])].sort((a, b) => (a < b ? -1 : 1));
  const histories = names.map((name) => modelHistory(name, runsOf.get(name) ?? [], definitions.get(name), nowMs));
  return { nowMs, place, models: histories, changes: changesOf(histories, proofs), proofs: proofs.toReversed().slice(0, MAX_PROOFS) };
}

/** A run that a user stopped, or that still runs, says nothing about the model. */
const FAILED: readonly RunState[] = ['failed', 'timedOut', 'killed', 'lost'];
const failed = (run: RunRow): boolean => FAILED.includes(run.state);
const succeeded = (run: RunRow): boolean => run.state === 'succeeded' && run.durationMs !== undefined;

/** When a run's fate was known; of a lost one only the start is. */
const decidedMs = (run: RunRow): number => run.endedMs ?? run.startedMs;

function modelHistory(model: string, all: readonly RunRow[], definition: ModelRow | undefined, nowMs: number): ModelHistory {
  const runs = all.filter((run) => run.purpose === 'run');
  const good = runs.filter(succeeded);
  const bad = runs.filter(failed);
  const series = durationsOf(good);
  const lastSuccessMs = good.length === 0 ? undefined : Math.max(...good.map(decidedMs));
  return {
    model,
    owner: definition?.owner,
    tier: definition?.tier,
    schedule: definition?.schedule,
    runs: runs.length,
    proofRuns: all.length - runs.length,
    succeeded: good.length,
    failed: bad.length,
    undecided: runs.length - good.length - bad.length,
    successRate: good.length + bad.length === 0 ? undefined : good.length / (good.length + bad.length),
    duration: summarizeRuns(series),
    series,
    trend: trendOf(durationsOf(good.filter((run) => run.codeFingerprint === runs.at(-1)?.codeFingerprint))),
    cost: meanCost(runs),
    repair: repairOf([...good, ...bad]),
    freshnessMs: lastSuccessMs === undefined ? undefined : Math.max(0, nowMs - lastSuccessMs),
    lastSuccessMs,
    lastRun: runs.at(-1),
    versions: versionsOf(runs),
  };
}

const durationsOf = (runs: readonly RunRow[]): number[] => runs.flatMap((run) => run.durationMs ?? []);

/** Mean per run that has a cost; of several currencies the one with the most runs, for they do not add up. */
function meanCost(runs: readonly RunRow[]): MeanCost | undefined {
  const costs = runs.flatMap((run) => run.cost ?? []);
  const [most] = [...Map.groupBy(costs, (cost) => cost.currency)].sort(([, a], [, b]) => b.length - a.length);
  if (most === undefined) return undefined;
  const [currency, own] = most;
  const mean = own.reduce((sum, cost) => sum + cost.amount, 0) / own.length;
  return { currency, mean, n: own.length, versions: [...new Set(own.map((cost) => cost.version))] };
}

/** An incident begins with a failure while all is well and ends with the next success (seed-000: from a failed run to the next success). */
function repairOf(decided: readonly RunRow[]): Repair {
  const times: number[] = [];
  let since: number | undefined;
  for (const run of [...decided].sort((a, b) => decidedMs(a) - decidedMs(b))) {
    if (failed(run)) since ??= decidedMs(run);
    else if (since !== undefined) {
      times.push(decidedMs(run) - since);
      since = undefined;
    }
  }
  const meanMs = times.length === 0 ? undefined : times.reduce((sum, time) => sum + time, 0) / times.length;
  return { meanMs, incidents: times.length, openSinceMs: since };
}

/** By the time of their last run, so that a version that was taken back to is the newest again. */
function versionsOf(runs: readonly RunRow[]): VersionHistory[] {
  return [...Map.groupBy(runs, (run) => run.codeFingerprint)]
    .map(([codeFingerprint, own]) => ({
      codeFingerprint,
      gitCommit: own.findLast((run) => run.gitDirty === false)?.gitCommit,
      firstMs: own[0]?.startedMs ?? 0,
      lastMs: own.at(-1)?.startedMs ?? 0,
      runs: own.length,
      duration: summarizeRuns(durationsOf(own.filter(succeeded))),
      cost: meanCost(own),
    }))
    .sort((a, b) => a.lastMs - b.lastMs || a.firstMs - b.firstMs);
}

/** The newest proof of each model (an A/A proof changes nothing), and its two newest versions that succeeded. */
function changesOf(models: readonly ModelHistory[], proofs: readonly ProofRow[]): Change[] {
  const newest = new Map<string, ProofRow>();
  for (const proof of [...proofs].sort((a, b) => a.startedMs - b.startedMs)) if (!proof.aa) newest.set(proof.a.model, proof);
  const proven = [...newest.values()].map(fromProof);
  const lived = models.flatMap(fromVersions);
  return [...proven, ...lived].sort((a, b) => (a.model < b.model ? -1 : a.model > b.model ? 1 : a.basis < b.basis ? -1 : 1));
}

function fromProof(proof: ProofRow): Change {
  const counted = proof.pairs.filter((pair) => pair.excluded === undefined);
  const side = (arm: 'a' | 'b'): Side => {
    const runs = counted.map((pair) => pair[arm]).filter((run) => run.succeeded);
    const costs = runs.flatMap((run) => run.cost ?? []);
    return {
      label: proof[arm].name,
      duration: summarizeRuns(runs.flatMap((run) => run.wallMs ?? [])),
      cost:
        proof.currency === undefined || costs.length === 0
          ? undefined
          : { currency: proof.currency, mean: costs.reduce((sum, cost) => sum + cost, 0) / costs.length, n: costs.length, versions: [] },
    };
  };
  const [before, after] = [side('a'), side('b')];
  const { estimate } = proof;
  return {
    model: proof.a.model,
    basis: 'proof',
    before,
    after,
    ratio: estimate?.ratio ?? ratioOf(before.duration, after.duration),
    interval: estimate === undefined ? undefined : { low: estimate.low, high: estimate.high, confidence: estimate.confidence },
    metric: estimate === undefined ? 'wall' : proof.metric,
    proof,
  };
}

const SHORT_FINGERPRINT = 8;

function fromVersions({ model, versions }: ModelHistory): Change[] {
  const lived = versions.filter((version) => version.duration !== undefined);
  const [before, after] = [lived.at(-2), lived.at(-1)];
  if (before === undefined || after === undefined) return [];
  const side = ({ gitCommit, codeFingerprint, duration, cost }: VersionHistory): Side => ({
    label:
      gitCommit === undefined ? `code ${codeFingerprint.slice(0, SHORT_FINGERPRINT)}` : `commit ${gitCommit.slice(0, SHORT_FINGERPRINT)}`,
    duration,
    cost,
  });
  return [
    {
      model,
      basis: 'versions',
      before: side(before),
      after: side(after),
      ratio: ratioOf(before.duration, after.duration),
      interval: undefined,
      metric: 'wall',
      proof: undefined,
    },
  ];
}

const ratioOf = (before: RunSummary | undefined, after: RunSummary | undefined): number | undefined =>
  before === undefined || after === undefined || !(before.median > 0) ? undefined : after.median / before.median;
