// A patch with its reasons: what is changed, what is offered, what is left and why; the diff. Terminal, Markdown, JSON, the bare patch.
// Laws: nothing is left out without a word; text of the user's files is cleaned before it is shown on a terminal.

import { formatMillis, plural } from '../base/index.ts';
import type { ConfChange, FileDiff, Planned } from '../fix/index.ts';
import { Canvas } from './canvas.ts';
import { plain } from './json.ts';
import { code, md } from './markdown.ts';
import { patchMarkdown, putDiffs, settingOption, settingText } from './patch-view.ts';
import type { TerminalOptions } from './terminal.ts';
import { clean } from './text.ts';

/** What `fix` proposes, and what it did. */
export interface FixResult {
  readonly planned: readonly Planned[];
  /** All settings of the patch: those of the changes, and what the team prescribes with every patch. */
  readonly conf: readonly ConfChange[];
  readonly diffs: readonly FileDiff[];
  /** The same as one text that `patch -p1` takes. */
  readonly patch: string;
  /** Files that were written, and the name under which `revert` takes them back; undefined for a dry run. */
  readonly applied: { readonly id: string; readonly files: readonly string[] } | undefined;
  /** Where settings were written to; undefined: they are only named. */
  readonly confFile: string | undefined;
  /** The application of the log; undefined when only the code was read. */
  readonly application: string | undefined;
  readonly files: number;
  /** What `improve` can do with the changes: prove that they save time, or run a job that failed again; undefined: neither (a stream, comments). */
  readonly improve: 'proves' | 'runs' | undefined;
  readonly notes: readonly string[];
}

const of = (result: FixResult, state: Planned['state']) => result.planned.filter((one) => one.state === state);
const saving = ({ forecast }: Planned): string =>
  forecast === null || forecast.likelyMs <= 0
    ? ''
    : `saves about ${formatMillis(forecast.likelyMs)} (${formatMillis(forecast.lowMs)} – ${formatMillis(forecast.highMs)}) with all of its cause cured`;
const where = ({ proposal: { at, conf } }: Planned): string =>
  at === undefined ? conf.map((one) => one.key).join(', ') : `${at.file}:${at.line}`;

/** What `improve` does with changes of each kind. */
const IMPROVE: Readonly<Record<NonNullable<FixResult['improve']>, string>> = {
  proves: '; firesteel improve JOB also proves it',
  runs: '; firesteel improve JOB runs the job with it, and keeps it when that succeeds',
};

const reviewOf = ({ verdict, safety }: Planned['proposal']): string =>
  verdict === 'mark'
    ? 'a comment: nothing is changed'
    : safety === 'safe'
      ? 'same output by construction'
      : 'review: prove it before you keep it';

function headline(result: FixResult): string {
  const taken = of(result, 'taken');
  if (taken.length === 0)
    return result.planned.length === 0
      ? `Nothing to change in ${plural(result.files, 'file')}.`
      : 'Nothing that can be changed without a person: see below.';
  const files = result.diffs.length;
  const keys = result.conf.length;
  const what = [files === 0 ? '' : plural(files, 'file'), keys === 0 ? '' : plural(keys, 'setting')]
    .filter((one) => one !== '')
    .join(' and ');
  return result.applied === undefined
    ? `${plural(taken.length, 'change')} to ${what}; nothing is written yet.`
    : `${plural(taken.length, 'change')} to ${what}.`;
}

const STATES = [
  ['offered', 'Also possible, not in this patch'],
  ['crossed', 'Not together with the above'],
  ['refused', 'Left as it is'],
] as const;

export function renderFixTerminal(result: FixResult, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  page.para(headline(result), { style: c.bold });
  for (const note of result.notes) page.para(clean(note), { style: c.dim });
  const taken = of(result, 'taken');
  for (const [i, one] of taken.entries()) {
    const { proposal } = one;
    page.blank();
    page.para(`${i + 1}  ${clean(proposal.title)}`, { hang: 3, style: c.bold });
    page.para(clean(proposal.reason), { indent: 3 });
    if (saving(one) !== '') page.para(saving(one), { indent: 3, style: c.green });
    page.labelled('for', `${proposal.rule} · ${clean(where(one), 200)} · ${reviewOf(proposal)}`, { indent: 3, labelWidth: 6 });
    for (const { text, holds } of proposal.preconditions)
      page.labelled(holds === true ? 'holds' : holds === false ? 'fails' : 'open', clean(text), { indent: 3, labelWidth: 6 });
    for (const change of proposal.conf)
      page.labelled('set', `${clean(settingText(change), 200)}${change.from === undefined ? '' : `  (now ${clean(change.from, 100)})`}`, {
        indent: 3,
        labelWidth: 6,
      });
  }
  putDiffs(page, result.diffs);
  for (const [state, title] of STATES) {
    const own = of(result, state);
    if (own.length === 0) continue;
    if (state === 'refused' && !options.all) {
      page.blank();
      page.para(`${plural(own.length, 'finding')} left as ${own.length === 1 ? 'it is' : 'they are'}: --all says why.`, { style: c.dim });
      continue;
    }
    page.heading(title);
    for (const one of own) {
      page.para(`${clean(one.proposal.title)} (${[one.proposal.rule, clean(where(one), 200)].filter((text) => text !== '').join(', ')})`, {
        indent: 2,
        hang: 4,
      });
      if (one.why !== undefined) page.para(clean(one.why), { indent: 4, style: c.dim });
    }
  }
  page.blank();
  for (const line of nextSteps(result)) page.para(clean(line));
  return page.toString();
}

function nextSteps(result: FixResult): string[] {
  const taken = of(result, 'taken');
  const lines: string[] = [];
  if (result.conf.length > 0 && result.confFile === undefined)
    lines.push(
      `Settings for the submit command: ${result.conf
        .filter((one) => one.to !== undefined)
        .map(settingOption)
        .join(' ')}`,
    );
  if (result.confFile !== undefined) lines.push(`Settings written to ${result.confFile}.`);
  if (result.applied !== undefined) {
    lines.push(`Written: ${result.applied.files.join(', ')}.`, `firesteel revert ${result.applied.id} takes it back.`);
    if (taken.some(({ proposal }) => proposal.safety === 'review'))
      lines.push(
        'Prove it before you keep it: firesteel prove --job JOB <revision> . where git has the version before; else revert, and firesteel improve JOB proves it.',
      );
  } else if (taken.length > 0) lines.push(`--apply writes it${result.improve === undefined ? '' : IMPROVE[result.improve]}.`);
  if (result.application === undefined && taken.length === 0)
    lines.push('Without a log only what the code alone shows is cured; --log LOG adds what its run suffered from.');
  return lines;
}

export function renderFixMarkdown(result: FixResult): string {
  const lines = ['# Proposed changes', '', md(headline(result)), ...result.notes.flatMap((note) => ['', md(clean(note))])];
  for (const one of of(result, 'taken')) {
    const { proposal } = one;
    lines.push('', `## ${md(clean(proposal.title))}`, '', md(clean(proposal.reason)));
    lines.push('', `- for: \`${proposal.rule}\`, ${code(clean(where(one), 200))}`, `- ${reviewOf(proposal)}`);
    if (saving(one) !== '') lines.push(`- ${saving(one)}`);
    for (const { text, holds } of proposal.preconditions)
      lines.push(`- ${holds === true ? 'holds' : holds === false ? 'fails' : 'open'}: ${md(clean(text))}`);
    for (const change of proposal.conf) lines.push(`- set ${code(clean(settingText(change), 200))}`);
  }
  lines.push(...patchMarkdown(result.patch));
  for (const [state, title] of STATES) {
    const own = of(result, state);
    if (own.length === 0) continue;
    lines.push('', `## ${title}`, '');
    for (const one of own)
      lines.push(
        `- ${md(clean(one.proposal.title))} (\`${one.proposal.rule}\`${where(one) === '' ? '' : `, ${code(clean(where(one), 200))}`})${one.why === undefined ? '' : `: ${md(clean(one.why))}`}`,
      );
  }
  lines.push('', ...nextSteps(result).map((line) => `${md(clean(line))}  `));
  return `${lines.join('\n')}\n`;
}

/** One planned change as data: no syntax nodes. */
export const plannedJson = ({ id, proposal, state, why, forecast }: Planned) =>
  plain({
    id,
    state,
    why,
    fixer: proposal.fixer,
    rule: proposal.rule,
    verdict: proposal.verdict,
    safety: proposal.safety,
    title: proposal.title,
    reason: proposal.reason,
    preconditions: proposal.preconditions.map(({ text, holds }) => ({ text, holds: holds ?? null })),
    at: proposal.at ?? null,
    conf: proposal.conf.map(({ key, from, to, why: because }) => ({ key, from: from ?? null, to: to ?? null, why: because })),
    forecast,
  });

export const fixJson = (result: FixResult): object => ({
  schema: 'firesteel/fix@1',
  application: result.application ?? null,
  planned: result.planned.map(plannedJson),
  conf: plain(result.conf),
  files: result.diffs.map(({ path, hunks }) => ({ path, hunks })),
  patch: result.patch,
  applied: result.applied ?? null,
  notes: result.notes,
});
