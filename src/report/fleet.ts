// Several runs as one table: which run first, which cause most often, which logs could not be read.
// Law: within a run nothing is summed over findings; over runs of their own the held times of one cause may be.

import { type Finding, type Report, redacted } from '../audit/index.ts';
import { plain, reportJson } from './json.ts';

export interface FleetFailure {
  readonly path: string;
  /** What is wrong, one sentence. */
  readonly error: string;
  readonly nextStep: string | undefined;
}

export interface FleetRun {
  readonly path: string;
  /** Number of findings. */
  readonly found: number;
  /** The heaviest finding. */
  readonly top: Finding | undefined;
  readonly report: Report;
}

export interface FleetCause {
  readonly rule: string;
  readonly title: string;
  readonly saves: Finding['saves'];
  /** Number of runs with this finding. */
  readonly runs: number;
  /** Σ over those runs, ms. */
  readonly heldMs: number;
  /** Σ over those runs; undefined when none says. */
  readonly wastedCoreMs: number | undefined;
  /** Where it weighs most. */
  readonly worst: { readonly path: string; readonly name: string | undefined; readonly heldMs: number };
  readonly paths: readonly string[];
}

export interface Fleet {
  readonly schema: 'firesteel/fleet@1';
  /** The one with the most to gain first; runs without their outcome before all. */
  readonly runs: readonly FleetRun[];
  readonly causes: readonly FleetCause[];
  readonly failed: readonly FleetFailure[];
  /** Number of files beside the logs that are none. */
  readonly others: number;
}

/** Outcome before time before money. */
const rank = (saves: Finding['saves'], heldMs: number, wastedCoreMs: number | undefined): readonly number[] =>
  saves === 'outcome' ? [3, heldMs, 0] : heldMs > 0 ? [2, heldMs, 0] : [1, 0, wastedCoreMs ?? 0];

function byRank(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (b[i] as number) - (a[i] as number);
  return 0;
}

/** Ranks audited runs; the order of `entries` decides between equals, so that the same input gives the same table. */
export function fleetOf(
  entries: readonly { readonly path: string; readonly report: Report }[],
  failed: readonly FleetFailure[],
  others: number = 0,
): Fleet {
  const runs = entries.map(({ path, report }): FleetRun => {
    const found = report.findings.filter((finding) => finding.status === 'found');
    return { path, found: found.length, top: found[0], report };
  });
  const weight = ({ top }: FleetRun) => (top === undefined ? [0, 0, 0] : rank(top.saves, top.heldMs, top.wastedCoreMs));
  const causes = new Map<string, { -readonly [K in keyof FleetCause]: FleetCause[K] } & { readonly paths: string[] }>();
  for (const { path, report } of runs) {
    for (const finding of report.findings) {
      if (finding.status !== 'found') continue;
      const { rule, title, saves, heldMs, wastedCoreMs } = finding;
      const worst = { path, name: report.application.name, heldMs };
      const cause = causes.get(rule);
      if (cause === undefined) {
        causes.set(rule, { rule, title, saves, runs: 1, heldMs, wastedCoreMs, worst, paths: [path] });
        continue;
      }
      cause.runs++;
      cause.heldMs += heldMs;
      if (wastedCoreMs !== undefined) cause.wastedCoreMs = (cause.wastedCoreMs ?? 0) + wastedCoreMs;
      if (heldMs > cause.worst.heldMs) cause.worst = worst;
      cause.paths.push(path);
    }
  }
  return {
    schema: 'firesteel/fleet@1',
    runs: [...runs].sort((a, b) => byRank(weight(a), weight(b))),
    causes: [...causes.values()].sort(
      (a, b) => byRank(rank(a.saves, a.heldMs, a.wastedCoreMs), rank(b.saves, b.heldMs, b.wastedCoreMs)) || b.runs - a.runs,
    ),
    failed: failed.map(({ path, error, nextStep }) => ({
      path,
      error: redacted(error),
      nextStep: nextStep === undefined ? undefined : redacted(nextStep),
    })),
    others,
  };
}

/** A fleet as `firesteel/fleet@1`; every run carries its whole report. */
export function fleetJson(fleet: Fleet): object {
  return {
    schema: fleet.schema,
    runs: fleet.runs.map(({ path, found, top, report }) => ({
      path,
      application: plain(report.application),
      wallMs: plain(report.time.wallMs),
      headline: report.headline,
      found,
      top:
        top === undefined
          ? null
          : { rule: top.rule, title: top.title, saves: top.saves, heldMs: plain(top.heldMs), wastedCoreMs: plain(top.wastedCoreMs) },
      report: reportJson(report),
    })),
    causes: plain(fleet.causes),
    failed: plain(fleet.failed),
    others: fleet.others,
  };
}
