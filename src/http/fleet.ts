// The fleet: models ranked by what could be saved × how often they run, and the fixes, one that several models share counted once.
// Laws: pure; a total over runs is a sum of joint forecasts, one for each run, never of findings; what is not known is null.

import type { FindingSummary, Saving } from './store/summary.ts';
import type { StoredRun } from './store/types.ts';

export type Goal = 'time' | 'cost';

export interface FleetModel {
  readonly model: string;
  readonly runs: number;
  /** From the starts of its runs; null under two runs, or when they lie within an hour. */
  readonly runsPerDay: number | null;
  readonly lastMs: number | null;
  readonly lastRun: string;
  readonly medianWallMs: number | null;
  /** Over its runs on record: what all cures together would save. Null when no run can be forecast. */
  readonly savedMs: number | null;
  readonly savedLowMs: number | null;
  readonly savedHighMs: number | null;
  readonly savedCoreMs: number | null;
  readonly savedMsPerDay: number | null;
  /** Runs without a forecast: they are not in the sums. */
  readonly withoutForecast: number;
  /** The heaviest finding of the newest run. */
  readonly top: { readonly rule: string; readonly title: string } | null;
  readonly rules: readonly string[];
}

export interface FleetFix {
  readonly rule: string;
  readonly title: string;
  /** What several models have in common; null for a fix of one model. */
  readonly target: FindingSummary['target'];
  readonly models: readonly string[];
  readonly runs: number;
  /** Over those runs: what this cure alone would save. Savings of several fixes overlap and do not add up. */
  readonly savedMs: number | null;
  readonly savedCoreMs: number | null;
  readonly heldMs: number;
}

export interface FleetView {
  readonly schema: 'firesteel/serve-fleet@1';
  readonly goal: Goal;
  readonly days: number | null;
  readonly runs: number;
  readonly failedLogs: number;
  readonly models: readonly FleetModel[];
  readonly fixes: readonly FleetFix[];
  readonly totals: {
    readonly wallMs: number;
    readonly savedMs: number | null;
    readonly savedCoreMs: number | null;
    readonly withoutForecast: number;
  };
}

const DAY_MS = 86_400_000;
/** Runs nearer to each other than this say nothing of a day. */
const LEAST_SPAN_MS = 3_600_000;

const sum = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
};

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** A cure that makes a run longer is not taken. */
const gain = (ms: number | null | undefined): number | null => (ms === null || ms === undefined ? null : Math.max(0, ms));
const joint = ({ summary }: StoredRun): Saving | null =>
  // A healthy run has nothing to save, and no forecast of it.
  summary.joint ?? (summary.findings.length === 0 ? { lowMs: 0, likelyMs: 0, highMs: 0, savedCoreMs: 0 } : null);

const newestFirst = (a: StoredRun, b: StoredRun) => (b.summary.startMs ?? 0) - (a.summary.startMs ?? 0) || (a.id < b.id ? -1 : 1);

function modelOf(model: string, all: readonly StoredRun[]): FleetModel {
  const runs = [...all].sort(newestFirst);
  const newest = runs[0] as StoredRun;
  const starts = runs.flatMap(({ summary }) => summary.startMs ?? []);
  const span = starts.length < 2 ? 0 : (starts[0] as number) - (starts.at(-1) as number);
  const runsPerDay = span < LEAST_SPAN_MS ? null : ((starts.length - 1) / span) * DAY_MS;
  const savings = runs.map(joint);
  const savedMs = sum(savings.map((saving) => gain(saving?.likelyMs)));
  const counted = savings.filter((saving) => saving !== null).length;
  const [top] = newest.summary.findings;
  return {
    model,
    runs: runs.length,
    runsPerDay,
    lastMs: newest.summary.startMs,
    lastRun: newest.id,
    medianWallMs: median(runs.flatMap(({ summary }) => summary.wallMs ?? [])),
    savedMs,
    savedLowMs: sum(savings.map((saving) => gain(saving?.lowMs))),
    savedHighMs: sum(savings.map((saving) => gain(saving?.highMs))),
    savedCoreMs: sum(savings.map((saving) => gain(saving?.savedCoreMs))),
    savedMsPerDay: runsPerDay === null || savedMs === null ? null : (savedMs / counted) * runsPerDay,
    withoutForecast: runs.length - counted,
    top: top === undefined ? null : { rule: top.rule, title: top.title },
    rules: [...new Set(runs.flatMap(({ summary }) => summary.findings.map(({ rule }) => rule)))].sort(),
  };
}

interface Occurrence {
  readonly run: StoredRun;
  readonly finding: FindingSummary;
}

function fixOf(occurrences: readonly Occurrence[]): FleetFix {
  const { finding } = occurrences[0] as Occurrence;
  const models = [...new Set(occurrences.map(({ run }) => run.summary.model))].sort();
  return {
    rule: finding.rule,
    title: finding.title,
    target: finding.target,
    models,
    runs: new Set(occurrences.map(({ run }) => run.id)).size,
    savedMs: sum(occurrences.map(({ finding: one }) => gain(one.saving?.likelyMs))),
    savedCoreMs: sum(occurrences.map(({ finding: one }) => gain(one.saving?.savedCoreMs))),
    heldMs: occurrences.reduce((total, { finding: one }) => total + one.heldMs, 0),
  };
}

/** One cure for all runs with the same cause at the same table or setting; else one for each model. */
const keyOf = ({ run, finding: { rule, target } }: Occurrence): string =>
  JSON.stringify(target === null ? [rule, run.summary.model] : [rule, target.kind, target.name]);

const placeOf = ({ rule, target, models }: FleetFix): string => JSON.stringify([rule, target?.kind, target?.name, models]);

/** One application is one run, however often its log is there: copied, or sent as well. The newest audit stands for it. */
function distinct(all: readonly StoredRun[]): readonly StoredRun[] {
  const kept = new Map<string, StoredRun>();
  for (const run of all) {
    const { applicationId, attempt, startMs } = run.summary;
    const key = applicationId === null ? run.id : JSON.stringify([applicationId, attempt, startMs]);
    const known = kept.get(key);
    if (known === undefined || known.auditedMs < run.auditedMs || (known.auditedMs === run.auditedMs && known.id > run.id))
      kept.set(key, run);
  }
  return [...kept.values()];
}

/** `days`: only runs that began at most so long before the newest. */
export function fleetOf(given: readonly StoredRun[], goal: Goal, days: number | null, failedLogs: number): FleetView {
  const all = distinct(given);
  const newestMs = all.reduce((most, { summary }) => Math.max(most, summary.startMs ?? 0), 0);
  const runs = days === null ? all : all.filter(({ summary }) => (summary.startMs ?? 0) >= newestMs - days * DAY_MS);
  const weight = (item: { readonly savedMs: number | null; readonly savedCoreMs: number | null }) =>
    (goal === 'time' ? item.savedMs : item.savedCoreMs) ?? -1;
  const models = [...grouped(runs, ({ summary }) => summary.model)].map(([model, some]) => modelOf(model, some));
  const occurrences = runs.flatMap((run) => run.summary.findings.map((finding): Occurrence => ({ run, finding })));
  const fixes = [...grouped(occurrences, keyOf).values()].map(fixOf);
  const savings = runs.map(joint);
  return {
    schema: 'firesteel/serve-fleet@1',
    goal,
    days,
    runs: runs.length,
    failedLogs,
    models: models.sort((a, b) => weight(b) - weight(a) || b.runs - a.runs || (a.model < b.model ? -1 : 1)),
    fixes: fixes.sort(
      (a, b) => weight(b) - weight(a) || b.heldMs - a.heldMs || (placeOf(a) < placeOf(b) ? -1 : placeOf(a) > placeOf(b) ? 1 : 0),
    ),
    totals: {
      wallMs: sum(runs.map(({ summary }) => summary.wallMs)) ?? 0,
      savedMs: sum(savings.map((saving) => gain(saving?.likelyMs))),
      savedCoreMs: sum(savings.map((saving) => gain(saving?.savedCoreMs))),
      withoutForecast: savings.filter((saving) => saving === null).length,
    },
  };
}
