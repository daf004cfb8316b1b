// The list of rules, and one rule's README, in a terminal.
// Law: a README is shown as it was written; only headings and code are set off.

import { plural } from '../base/index.ts';
import { Canvas } from './canvas.ts';
import type { TerminalOptions } from './terminal.ts';
import { clean, widthOf } from './text.ts';

/** What a rule says about itself; the README only when one rule was asked for. */
export interface RuleInfo {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  readonly fixability: string;
  readonly saves: string;
  readonly explains: readonly string[];
  /** What in a program its findings point at, the best first. */
  readonly inCode?: readonly string[];
  /** What `firesteel fix` can write for it. */
  readonly fixes: readonly { readonly id: string; readonly title: string; readonly safety: 'safe' | 'review' }[];
  readonly thresholds: Readonly<
    Record<string, { readonly value: number; readonly unit: string; readonly origin: string; readonly description: string }>
  >;
}

export function renderRules(rules: readonly RuleInfo[], options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  page.para(plural(rules.length, 'rule'), { style: c.bold });
  const idWidth = Math.max(1, ...rules.map((rule) => widthOf(rule.id)));
  for (const category of [...new Set(rules.map((rule) => rule.category))]) {
    page.heading(category);
    for (const rule of rules.filter((candidate) => candidate.category === category))
      page.row([{ text: rule.id, width: idWidth, style: c.cyan }, { text: rule.title }]);
  }
  page.blank();
  page.para('firesteel rules ID tells how one is detected, what cures it and when not to.', { style: c.dim });
  return page.toString();
}

export function renderRule(rule: RuleInfo, readme: string | undefined, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  if (readme === undefined) {
    page.para(`${rule.title} (${rule.id})`, { style: c.bold });
    return page.toString();
  }
  let inCode = false;
  for (const raw of readme.split('\n')) {
    if (raw.startsWith('```')) {
      inCode = !inCode;
      continue;
    }
    const indent = /^ */.exec(raw)?.[0].length ?? 0;
    const line = clean(raw);
    if (line === '') page.blank();
    else if (inCode) page.para(line, { indent: indent + 2, hang: indent + 6, style: c.cyan });
    else if (/^#+ /.test(line)) page.heading(line.replace(/^#+ /, ''));
    else if (/^([-*]|\d+\.) /.test(line)) page.para(line, { indent, hang: indent + (line.indexOf(' ') + 1) });
    else page.para(line, { indent, hang: indent });
  }
  if (rule.inCode !== undefined && rule.inCode.length > 0) {
    page.heading('In the code');
    page.para(`With --code a finding points at: ${rule.inCode.join(', ')}.`);
  }
  if (rule.fixes.length > 0) {
    page.heading('What firesteel fix can write');
    for (const { title, safety, id } of rule.fixes)
      page.para(
        `- ${title} (${id}${safety === 'safe' ? ', same output by construction where its preconditions hold' : ', to be proven'})`,
        { hang: 2 },
      );
  }
  return page.toString();
}
