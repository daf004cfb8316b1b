// What the code alone shows: the list of its findings, beside a run or without one: terminal, Markdown, JSON, terse.
// Law: text of the outside is clean before it is shown; what is only possible is counted and named with --all.

import type { CodeEntry } from '../audit/index.ts';
import { plural } from '../base/index.ts';
import { Canvas, type Look } from './canvas.ts';
import { plain } from './json.ts';
import { code, md, rich } from './markdown.ts';
import { Brief, cap } from './terse.ts';
import { clean } from './text.ts';

/** Findings of code without a run. */
export interface CodeLint {
  /** Files that were analysed. */
  readonly files: readonly string[];
  readonly findings: readonly CodeEntry[];
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
  /** Limits of the analysis, whole sentences. */
  readonly notes: readonly string[];
}

interface CodeOptions {
  /** Also what is only possible. */
  readonly all: boolean;
}

const ORDER: readonly CodeEntry['certainty'][] = ['certain', 'likely', 'possible'];
/** Files named that were not read; the others are counted. */
const MAX_SKIPPED = 5;

const placeOf = ({ file, line }: CodeEntry): string => `${clean(file, 300)}:${line}`;

/** Those that are told, and how many are left for --all. */
export function shownEntries(entries: readonly CodeEntry[], all: boolean): { readonly shown: readonly CodeEntry[]; readonly left: number } {
  const shown = all ? entries : entries.filter((entry) => entry.certainty !== 'possible');
  return { shown, left: entries.length - shown.length };
}

function summary({ files, findings }: CodeLint): string {
  const counts = ORDER.flatMap((certainty) => {
    const n = findings.filter((finding) => finding.certainty === certainty).length;
    return n === 0 ? [] : [`${n} ${certainty}`];
  });
  return `${plural(files.length, 'file')}: ${counts.length === 0 ? 'nothing that the code alone shows' : `${plural(findings.length, 'finding')} (${counts.join(', ')})`}`;
}

function notesOf({ skipped, notes }: CodeLint): string[] {
  const more = skipped.length - MAX_SKIPPED;
  return [
    ...skipped.slice(0, MAX_SKIPPED).map(({ path, why }) => `${clean(path, 300)}: ${clean(why, 300)}`),
    ...(more > 0 ? [`${plural(more, 'more file')} not analysed`] : []),
    ...notes.map((note) => clean(note, 300)),
  ];
}

/** Entries on a page that is open already: `report` behind a run's findings. */
export function drawEntries(page: Canvas, entries: readonly CodeEntry[], all: boolean, withWorth: boolean): void {
  const { c } = page;
  const { shown, left } = shownEntries(entries, all);
  const styles = { certain: c.red, likely: c.yellow, possible: c.dim } as const;
  for (const entry of shown) {
    page.blank();
    page.para(`${placeOf(entry)}  ${clean(entry.title, 120)} (${entry.certainty})`, { indent: 2, hang: 6, style: styles[entry.certainty] });
    if (entry.text !== '') page.para(clean(entry.text, 160), { indent: 6, hang: 8, style: c.cyan });
    page.para(clean(entry.message, 500), { indent: 6, hang: 6 });
    if (withWorth) page.para(clean(entry.worth, 120), { indent: 6, hang: 6, style: c.dim });
  }
  if (left > 0) {
    page.blank();
    page.para(`${plural(left, 'possible finding')} more: --all ${left === 1 ? 'shows it' : 'shows them'}`, { indent: 2, style: c.dim });
  }
}

export function renderCodeTerminal(lint: CodeLint, options: Look & CodeOptions): string {
  const page = new Canvas(options);
  page.para(summary(lint), { style: page.c.bold });
  drawEntries(page, lint.findings, options.all, false);
  const notes = notesOf(lint);
  if (notes.length > 0) page.heading('Notes');
  for (const note of notes) page.para(note, { hang: 2, style: page.c.yellow });
  page.blank();
  page.para('What each of them costs only a run can say: give its event log too.', { style: page.c.dim });
  return page.toString();
}

/** Entries as Markdown list items. */
export function entryLines(entries: readonly CodeEntry[], all: boolean, withWorth: boolean): string[] {
  const { shown, left } = shownEntries(entries, all);
  return [
    ...shown.map(
      (entry) =>
        `- ${code(placeOf(entry))} **${md(entry.title)}** (${entry.certainty}${withWorth ? `; ${md(entry.worth)}` : ''}): ${rich(entry.message)}${entry.text === '' ? '' : ` ${code(entry.text)}`}`,
    ),
    ...(left > 0 ? [`- ${plural(left, 'possible finding')} more`] : []),
  ];
}

export function renderCodeMarkdown(lint: CodeLint, { all }: CodeOptions): string {
  const notes = notesOf(lint);
  return `${['# Code', '', `**${md(summary(lint))}**`, '', ...entryLines(lint.findings, all, false), ...(notes.length === 0 ? [] : ['', '## Notes', '', ...notes.map((note) => `- ${md(note)}`)])].join('\n').trimEnd()}\n`;
}

/** Lines of one entry in terse form. */
export const terseEntry = (entry: CodeEntry): string[] => [
  `${entry.certainty}: ${cap(placeOf(entry), 160)} ${entry.id}${entry.runtimeRule === undefined ? '' : ` (${entry.runtimeRule})`}: ${cap(clean(entry.message), 260)}`,
];

export function renderCodeTerse(lint: CodeLint): string {
  const brief = new Brief();
  brief.add([`firesteel audit of code: ${cap(summary(lint), 200)}`]);
  const sorted = [...lint.findings].sort((a, b) => ORDER.indexOf(a.certainty) - ORDER.indexOf(b.certainty));
  brief.addAll(sorted.map(terseEntry), 'findings', 600);
  brief.addAll(
    notesOf(lint).map((note) => [`note: ${cap(note, 200)}`]),
    'notes',
  );
  return brief.toString();
}

/** `firesteel/code@1`. */
export function codeJson(lint: CodeLint): object {
  return plain({
    schema: 'firesteel/code@1',
    files: lint.files,
    code: lint.findings,
    skipped: lint.skipped,
    notes: lint.notes,
  }) as object;
}
