// A history in words, cell by cell: what its faces put into their tables.
// Laws: pure; every text of the outside is clean here; a cell that has nothing to say is empty.

import { formatMillis } from '../base/index.ts';
import type { Change, History, ModelHistory } from './history-types.ts';
import {
  ageText,
  basisText,
  changeText,
  costText,
  intervalText,
  p95Text,
  rateText,
  remarksOf,
  sideText,
  verdictText,
} from './history-words.ts';
import { clean } from './text.ts';
import { formatTime } from './words.ts';

export interface ModelLine {
  readonly name: string;
  /** Owner, tier and schedule, as far as known. */
  readonly about: string;
  readonly runs: string;
  readonly p50: string;
  /** Empty under 20 runs; with `~` where it is unreliable. */
  readonly p95: string;
  readonly p95Interval: string;
  readonly cost: string;
  readonly success: string;
  readonly mttr: string;
  readonly fresh: string;
  readonly failing: boolean;
  readonly remarks: readonly string[];
  /** Set under 20 runs: all of them, ascending, ms. */
  readonly few: readonly number[] | undefined;
}

export interface ChangeSide {
  readonly role: 'before' | 'after';
  readonly label: string;
  readonly n: number;
  /** p50 and p95, or what few runs allow. */
  readonly time: string;
  readonly median: string;
  readonly cost: string;
  readonly values: readonly number[];
}

export interface ChangeLine {
  readonly name: string;
  readonly verdict: string;
  readonly basis: string;
  /** True when it is a win, false when it is bad news, undefined when nothing is claimed. */
  readonly good: boolean | undefined;
  readonly sides: readonly [ChangeSide, ChangeSide];
  /** Forecast beside measured, and what the proof is called. */
  readonly remarks: readonly string[];
}

export interface HistoryView {
  readonly when: string;
  readonly place: string;
  readonly models: readonly ModelLine[];
  /** Models that ran only in proofs: named, without a line. */
  readonly onlyProofs: readonly string[];
  readonly proofs: readonly ChangeLine[];
  readonly versions: readonly ChangeLine[];
  readonly hasCost: boolean;
  /** Set when all costs are in one currency: the heads say it then, and the cells only the amount. */
  readonly currency: string | undefined;
  readonly hasUnreliable: boolean;
}

export function historyView(history: History): HistoryView {
  const shown = history.models.filter((model) => model.runs > 0 || model.proofRuns === 0);
  const models = shown.map(modelLine);
  const currencies = [...new Set(shown.flatMap((model) => model.cost?.currency ?? []))];
  return {
    when: formatTime(history.nowMs) ?? '',
    place: clean(history.place, 300),
    models,
    onlyProofs: history.models.filter((model) => !shown.includes(model)).map((model) => clean(model.model, 120)),
    proofs: history.changes.filter((change) => change.basis === 'proof').map(changeLine),
    versions: history.changes.filter((change) => change.basis === 'versions').map(changeLine),
    hasCost: models.some((model) => model.cost !== ''),
    currency: currencies.length === 1 ? clean(currencies[0], 12) : undefined,
    hasUnreliable: shown.some((model) => model.duration?.p95.kind === 'unreliable'),
  };
}

function modelLine(model: ModelHistory): ModelLine {
  const { duration, repair, freshnessMs } = model;
  const open = repair.openSinceMs !== undefined;
  return {
    name: clean(model.model, 120),
    about: [model.tier, model.owner, model.schedule]
      .filter((text) => text !== undefined)
      .map((text) => clean(text, 60))
      .join(' · '),
    runs: String(model.runs),
    p50: duration === undefined ? '' : formatMillis(duration.median),
    p95: duration === undefined ? '' : (p95Text(duration) ?? ''),
    p95Interval: duration?.p95.kind === 'interval' ? `${formatMillis(duration.p95.low)} to ${formatMillis(duration.p95.high)}` : '',
    cost: costText(model.cost),
    success: rateText(model.successRate),
    mttr: repair.meanMs === undefined ? '' : ageText(repair.meanMs),
    fresh: freshnessMs === undefined ? '' : ageText(freshnessMs),
    failing: open,
    remarks: remarksOf(model),
    few: duration?.p95.kind === 'tooFew' ? duration.values : undefined,
  };
}

function changeLine(change: Change): ChangeLine {
  const side = (role: 'before' | 'after'): ChangeSide => {
    const { label, duration, cost } = change[role];
    return {
      role,
      label: clean(label, 120),
      n: duration?.n ?? 0,
      time: sideText(duration),
      median: duration === undefined ? '' : formatMillis(duration.median),
      cost: costText(cost),
      values: duration?.values ?? [],
    };
  };
  const { proof } = change;
  const predicted = proof?.predicted;
  const excluded = proof?.pairs.filter((pair) => pair.excluded !== undefined).length ?? 0;
  return {
    name: clean(change.model, 120),
    verdict: verdictText(change),
    basis: basisText(change),
    good: proof?.verdict === 'win' ? true : proof?.verdict === 'loss' || proof?.verdict === 'unsafe' ? false : undefined,
    sides: [side('before'), side('after')],
    remarks: [
      ...(predicted === undefined ? [] : [`forecast ${changeText(predicted.likely)} (${intervalText(predicted)})`]),
      ...(excluded === 0 ? [] : [`${excluded} of ${proof?.pairs.length} pairs excluded for trouble of the infrastructure`]),
      ...(proof === undefined ? [] : [`proof ${clean(proof.proofId, 60)}, ${formatTime(proof.startedMs) ?? ''}`]),
    ],
  };
}

/** How to read the numbers; the same in every face. */
export function legendOf(view: HistoryView): string[] {
  return [
    'p50 and p95 are wall time of successful runs, linear-interpolated. Under 20 runs no p95 is named.',
    ...(view.hasUnreliable ? ['~: a p95 estimate, unreliable under 59 runs.'] : []),
    'Success leaves out cancelled and running runs. MTTR: mean time from the first failure to the next success. Fresh: time since the last success.',
    ...(view.versions.length > 0
      ? ['Two versions of the code that ran on different days are compared, not proven: firesteel prove A B does that.']
      : []),
  ];
}
