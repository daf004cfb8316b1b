// Numbers of a history in words: the one place that decides how a change, a quantile, a price or a share is said, whatever the face.
// Laws: pure; no p95 is named where the low-n rule forbids it, and an unreliable one always says so.

import { formatCount, formatMillis, plural, type RunSummary } from '../base/index.ts';
import type { Change, MeanCost, ModelHistory } from './history-types.ts';
import { formatTime } from './words.ts';

/** Under a unit of money two significant digits more: runs cost cents. */
export function formatMoney(amount: number, currency: string): string {
  const size = Math.abs(amount);
  const text =
    size === 0
      ? '0'
      : size >= 100
        ? amount.toFixed(0)
        : size >= 1
          ? amount.toFixed(2)
          : size < 0.0001
            ? amount.toExponential(1)
            : trimmed(amount.toPrecision(2));
  return /^[A-Za-z]/.test(currency) ? `${text} ${currency}` : `${currency}${text}`;
}

const trimmed = (text: string): string => (text.includes('e') ? String(Number(text)) : text);

/** An age in its largest unit, `12 m`, `23 h`, `4 d`: where minutes of days say nothing. */
export function ageText(ms: number): string {
  if (ms < 59_500) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < 59.5 * 60_000) return `${Math.round(ms / 60_000)} m`;
  if (ms < 47.5 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${formatCount(ms / 86_400_000)} d`;
}

export const costText = (cost: MeanCost | undefined): string => (cost === undefined ? '' : formatMoney(cost.mean, cost.currency));

/** A share of runs: 99.5 % and 100 % are not the same. */
export function rateText(rate: number | undefined): string {
  if (rate === undefined) return '';
  if (rate === 1) return '100 %';
  const percent = rate * 100;
  return `${percent >= 99.95 ? '> 99.9' : percent >= 10 ? percent.toFixed(percent > 99 ? 1 : 0) : percent.toFixed(1)} %`;
}

/** `−75 %`, `+12 %`, `3.4 times`; a decimal more where a whole number would hide the size. */
export function changeText(ratio: number): string {
  if (!Number.isFinite(ratio)) return 'unbounded';
  if (ratio >= 2) return `${timesOf(ratio)} times`;
  const percent = Math.abs((ratio - 1) * 100);
  // Close to nothing left, −99 % and −99.9 % differ tenfold; a run that takes no time at all there is not.
  const text =
    percent > 99.895
      ? (Math.floor(percent * 100) / 100).toFixed(2)
      : percent > 98.95 || percent < 9.95
        ? percent.toFixed(1)
        : percent.toFixed(0);
  if (Number(text) === 0) return '±0 %';
  return `${ratio < 1 ? '−' : '+'}${text} %`;
}

const timesOf = (ratio: number): string => (ratio >= 99.5 ? formatCount(ratio) : String(Number(ratio.toPrecision(2))));

/** `−77 to −72 %`, `24 to 37 times`; `no bounds` when it has none, as after one pair. */
export function intervalText({ low, high }: { readonly low: number; readonly high: number }): string {
  if (!(low > 0) && !Number.isFinite(high)) return 'no bounds';
  const [from, to] = [changeText(low), changeText(high)];
  if (from === to) return from;
  const unit = / (%|times)$/;
  return from.match(unit)?.[0] === to.match(unit)?.[0] ? `${from.replace(unit, '')} to ${to}` : `${from} to ${to}`;
}

/** What the runs say about slow days: `p95`, `p95 estimate, unreliable`, or undefined. */
export function p95Text({ p95 }: RunSummary): string | undefined {
  switch (p95.kind) {
    case 'tooFew':
      return undefined;
    case 'unreliable':
      return `~${formatMillis(p95.value)}`;
    case 'interval':
      return formatMillis(p95.value);
  }
}

/** One side of a comparison: `p50 41.2 s, p95 53.0 s`, or what few runs allow. */
export function sideText(summary: RunSummary | undefined): string {
  if (summary === undefined) return 'no success';
  const { p95, median, min, max } = summary;
  if (p95.kind === 'tooFew')
    return summary.n === 1 ? formatMillis(median) : `median ${formatMillis(median)} (${formatMillis(min)} to ${formatMillis(max)})`;
  return `p50 ${formatMillis(median)}, p95 ${p95.kind === 'unreliable' ? 'est. ' : ''}${formatMillis(p95.value)}`;
}

const VERDICTS: Readonly<Record<string, string>> = {
  win: 'win',
  loss: 'loss',
  equivalent: 'equivalent',
  notProven: 'not proven',
  unsafe: 'unsafe: outputs differ',
  invalid: 'invalid',
};

/** What stands behind a change: the verdict of its proof, or that there is none. */
export const basisText = ({ proof }: Change): string => (proof === undefined ? 'not a proof' : (VERDICTS[proof.verdict] ?? proof.verdict));

const METRICS = { wall: 'wall time', core: 'core time', cost: 'cost' } as const;

/** The change with its interval, `−75 % (−77 to −72 %)`, and of what, unless it is wall time. */
export function verdictText(change: Change): string {
  if (change.ratio === undefined) return '';
  const of = change.metric === 'wall' ? '' : ` ${METRICS[change.metric]}`;
  return `${changeText(change.ratio)}${of}${change.interval === undefined ? '' : ` (${intervalText(change.interval)})`}`;
}

/** Trend, incidents, runs that do not count: what a table has no room for. */
export function remarksOf(model: ModelHistory): string[] {
  const { trend, repair, undecided, proofRuns, cost, duration } = model;
  const remarks: string[] = [];
  if (duration?.p95.kind === 'interval')
    remarks.push(
      `p95 between ${formatMillis(duration.p95.low)} and ${formatMillis(duration.p95.high)} (95 % interval, ${duration.n} runs)`,
    );
  if (repair.openSinceMs !== undefined) remarks.push(`failing since ${formatTime(repair.openSinceMs) ?? 'a time unknown'}`);
  if (trend !== undefined && trend.kind !== 'flat')
    remarks.push(
      `${trend.kind} over its last ${trend.n} successful runs of this code: ${changeText(trend.ratio)} along the trend (p ${trend.p < 0.001 ? '< 0.001' : `= ${trend.p.toFixed(3)}`})`,
    );
  if (undecided > 0) remarks.push(`${plural(undecided, 'run')} cancelled, running or unknown: not counted`);
  if (proofRuns > 0) remarks.push(`${plural(proofRuns, 'run')} of proofs: not counted`);
  if (cost !== undefined && cost.versions.length > 1)
    remarks.push(`costs by ${cost.versions.length} price sheets (${cost.versions.slice(0, 4).join(', ')})`);
  return remarks;
}
