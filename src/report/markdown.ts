// The report as a document to share: GitHub-flavoured Markdown with tables.
// Law: text of a log is shown and never interpreted: no markup, link, image, mention or HTML of it comes alive.

import type { Report } from '../audit/index.ts';
import { formatMillis, formatShare } from '../base/index.ts';
import { entryLines } from './code-face.ts';
import { clean } from './text.ts';
import { type FindingView, HELD, MAX_MINOR, type ReportView, viewOf } from './view.ts';

/** Text in which rules set code in backticks: pairs of them become code spans, everything else is literal. */
export function rich(text: string): string {
  return clean(text)
    .split(/`([^`]+)`/)
    .map((part, i) =>
      i % 2 === 1 ? code(part) : part.trim() === '' ? part : `${/^ /.exec(part) ?? ''}${md(part)}${/ $/.exec(part) ?? ''}`,
    )
    .join('');
}

/** Log content as literal Markdown text: safe in paragraphs, list items, headings and table cells. */
export function md(text: string): string {
  return (
    clean(text)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*{}[\]|~!]/g, '\\$&')
      // Inside a word an underscore is a letter.
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
      // A bare address would become a link, @name a mention, #12 an issue: a word joiner changes neither look nor search.
      .replace(/\b(https?|ftp)(?=:\/\/)|\b(www)(?=\.)|[@#]/gi, '$&&#8288;')
      // At the start of a line: lists, setext headings, rules.
      .replace(/^[-+=]/, '\\$&')
      .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
  );
}

/** Log content in a code span; a backtick inside becomes an apostrophe, a pipe its escape for tables. */
export function code(text: string): string {
  const safe = clean(text).replaceAll('`', "'").replaceAll('|', '\\|');
  return safe === '' ? '' : `\`${safe}\``;
}

export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

/** A table of cells that are Markdown already. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  return [
    `| ${columns.map(({ head }) => head).join(' | ')} |`,
    `|${columns.map(({ right }) => (right ? ' ---: ' : ' --- ')).join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ];
}

export interface MarkdownOptions {
  /** Also what is present and not worth doing, what is clear and what does not apply. */
  readonly all: boolean;
}

export function renderMarkdown(report: Report, { all }: MarkdownOptions): string {
  const view = viewOf(report);
  const lines = [`# ${md(view.name)}`, '', ...reportBody(view, all, '##')];
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

/** Everything below the title; `level` is the heading of its sections. */
export function reportBody(view: ReportView, all: boolean, level: string): string[] {
  const lines: string[] = [];
  const section = (title: string, ...content: string[]) => lines.push('', `${level} ${title}`, '', ...content);
  if (view.headline !== '') lines.push(`**${md(view.headline)}**`, '');
  if (view.joint !== undefined) lines.push(md(view.joint), '');
  lines.push([...(view.id === '' ? [] : [code(view.id)]), ...[...view.facts, ...view.counts].map(md)].join(' · '));
  if (view.open !== undefined) lines.push('', `> ${md(view.open)}`);
  if (view.parts.length > 0) {
    section(
      'Where the time went',
      ...table(
        [{ head: 'Part of the run' }, { head: 'Time', right: true }, { head: 'Share', right: true }],
        view.parts.map((part) => [md(part.name), formatMillis(part.ms), formatShare(part.share)]),
      ),
    );
    if (view.use !== undefined) lines.push('', md(view.use));
    if (view.cost !== undefined) lines.push('', md(view.cost));
  }
  if (view.stages.length > 0) {
    section(
      'What held the end',
      ...table(
        [
          { head: 'Stage' },
          { head: 'Held', right: true },
          { head: 'Share', right: true },
          { head: 'Tasks', right: true },
          { head: 'What it did' },
          { head: 'Name' },
        ],
        view.stages.map((stage) => [
          stage.ref.replace('stage ', ''),
          formatMillis(stage.heldMs),
          stage.share === undefined ? '' : formatShare(stage.share),
          String(stage.tasks),
          md(stage.what),
          code(stage.name),
        ]),
      ),
    );
  }
  if (view.remarks.length > 0) lines.push('', ...view.remarks.map((remark) => `- ${rich(remark)}`));
  section('Findings');
  if (view.found.length === 0) lines.push(md(view.nothing));
  else {
    if (view.found.length > 1) {
      lines.push(
        ...table(
          [
            { head: '#', right: true },
            { head: 'Finding' },
            { head: 'Weight', right: true },
            { head: 'Share of the run', right: true },
            { head: 'Where' },
          ],
          view.found.map((finding, i) => [
            String(i + 1),
            md(finding.title),
            md(finding.weight),
            finding.share,
            md(finding.evidence[0] ?? ''),
          ]),
        ),
        '',
      );
    }
    for (const [i, finding] of view.found.entries()) lines.push(...findingLines(finding, i + 1, `${level}#`));
    if (view.found.some((finding) => finding.share !== '')) lines.push('', `*${HELD}*`);
  }
  if (view.code.length > 0) section('In the code, and not costing time in this run', ...entryLines(view.code, all, true));
  if (!all && view.found.length === 0 && view.minor.length > 0)
    section(
      'Present, not worth doing',
      ...view.minor.slice(0, MAX_MINOR).map(({ title, cause, note }) => `- **${md(title)}:** ${md(cause || note)}`),
    );
  if (all) {
    if (view.minor.length > 0) section('Present, not worth doing', ...view.minor.map(({ title, note }) => `- ${md(title)}: ${md(note)}`));
    if (view.clear.length > 0) section('Clear', view.clear.map(md).join(' · '));
    if (view.notApplicable.length > 0) section('Does not apply to this run', view.notApplicable.map(md).join(' · '));
  }
  if (view.unjudged.length > 0)
    section('Could not be judged', ...view.unjudged.map(({ missing, titles }) => `- ${titles.map(md).join(', ')}: ${md(missing)}`));
  if (view.crashed.length > 0) section('Rules that failed', ...view.crashed.map((text) => `- ${md(text)}`));
  if (view.codeNotes.length > 0) section('About this code', ...view.codeNotes.map((note) => `- ${md(note)}`));
  if (view.notes.length > 0) section('About this log', ...view.notes.map((note) => `- ${md(note)}`));
  return lines;
}

function findingLines(finding: FindingView, number: number, level: string): string[] {
  const weight = [finding.weight, finding.share].filter((text) => text !== '').join(', ');
  const item = (label: string, texts: readonly string[]) => (texts.length === 0 ? [] : [`- **${label}:** ${texts.map(md).join(' · ')}`]);
  return [
    '',
    `${level} ${number}. ${md(finding.title)}${weight === '' ? '' : ` (${md(weight)})`}`,
    '',
    rich(finding.cause),
    '',
    ...item('Saves (forecast)', finding.saves === '' ? [] : [finding.saves]),
    ...item('Seen', finding.numbers),
    ...item('At', finding.evidence),
    ...finding.code.map((at) => `- **Code:** ${code(at.place)} ${code(at.text)}${at.doubt === '' ? '' : ` (${md(at.doubt)})`}`),
    ...item('In the code', finding.lint),
    ...item('Also at', finding.also),
    ...item('Explains', finding.explains),
    ...(finding.remedies.length === 0 ? [] : ['', 'What to do:', '', ...finding.remedies.map((remedy, i) => `${i + 1}. ${rich(remedy)}`)]),
  ];
}
