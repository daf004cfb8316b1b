// What the parts of the optimisation report share: its input, the recommendations in their order, money at the rate of the run.
// Law: nothing is added up; money is a rate times a forecast of the audit, or it is not there.

import type { Finding, Report } from '../audit/index.ts';
import { formatMillis } from '../base/index.ts';
import type { Planned } from '../fix/index.ts';
import { formatMoney } from './history-words.ts';
import { clean, cleanCode } from './text.ts';
import type { FindingView, ReportView } from './view.ts';

/** The patch for the findings, when code was given. */
export interface ReportedFix {
  readonly planned: readonly Planned[];
  /** Unified diff; '' when nothing can be written. */
  readonly patch: string;
  /** Whole files as they are with the patch. */
  readonly files: readonly { readonly path: string; readonly after: string }[];
}

export interface OptimisationOptions {
  readonly fix?: ReportedFix | undefined;
  /** Of the rules found, by id: a part of their page, Markdown written by us. */
  readonly whenNotTo?: ReadonlyMap<string, string>;
  /** Paths as the caller gave them, for the commands; words stand in where they are not known. */
  readonly logPath?: string | undefined;
  readonly codePath?: string | undefined;
}

export interface Advice {
  /** As in `firesteel audit`. */
  readonly number: number;
  readonly finding: Finding;
  readonly view: FindingView;
  /** What it saves beside those before it; undefined outside of the joint forecast. */
  readonly besideMs: number | undefined;
  readonly changes: readonly Planned[];
}

/** First what the joint forecast does first, then the others as the audit ranks them. */
export function advicesOf(report: Report, view: ReportView, fix: ReportedFix | undefined): Advice[] {
  const found = report.findings.filter(({ status }) => status === 'found');
  const order = report.joint?.order ?? [];
  const taken = fix?.planned.filter(({ state }) => state === 'taken') ?? [];
  const place = (rule: string) => {
    const at = order.findIndex((step) => step.rule === rule);
    return at < 0 ? order.length : at;
  };
  return found
    .map((finding, i): Advice => {
      const step = order.find(({ rule }) => rule === finding.rule);
      return {
        number: i + 1,
        finding,
        view: view.found[i] as FindingView,
        besideMs: step === undefined ? undefined : Math.max(0, step.savedMs),
        changes: taken.filter(({ proposal }) => proposal.rule === finding.rule),
      };
    })
    .sort((a, b) => place(a.finding.rule) - place(b.finding.rule) || a.number - b.number);
}

export const range = (lowMs: number, highMs: number) => `${formatMillis(Math.max(0, lowMs))} – ${formatMillis(Math.max(0, highMs))}`;

/** What the run cost, and what it would with all cures at its own rate; undefined without prices or a forecast of core time. */
export function jointMoney({ joint, cost }: Report): { readonly now: string; readonly after: string; readonly saved: string } | undefined {
  if (cost === undefined || cost === null || cost.amount === undefined || cost.currency === undefined || cost.allocatedCoreMs <= 0)
    return undefined;
  if (joint?.savedCoreMs === undefined) return undefined;
  const currency = clean(cost.currency, 12);
  const saved = (cost.amount * joint.savedCoreMs) / cost.allocatedCoreMs;
  return {
    now: formatMoney(cost.amount, currency),
    after: formatMoney(cost.amount - saved, currency),
    saved: formatMoney(saved, currency),
  };
}

/** Code in a fence that nothing in it can close. */
export function fenced(language: string, text: string): string[] {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => cleanCode(line));
  const longest = Math.max(0, ...lines.map((line) => /^\s*(`{3,})/.exec(line)?.[1]?.length ?? 0));
  const fence = '`'.repeat(Math.max(4, longest + 1));
  return [`${fence}${language}`, ...lines, fence];
}
