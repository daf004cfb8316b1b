// A history in a terminal: one line per model, every run where there are few, then before → after.
// Law: what the numbers mean stands below them; nothing is shown by colour alone.

import { formatMillis, plural } from '../base/index.ts';
import { Canvas, type Cell } from './canvas.ts';
import type { History } from './history-types.ts';
import { type ChangeLine, type HistoryView, historyView, legendOf, type ModelLine } from './history-view.ts';
import { strip } from './strip.ts';
import type { TerminalOptions } from './terminal.ts';
import { cutMiddle, widthOf } from './text.ts';

/** A row narrower than this shows no marks. */
const MIN_STRIP = 12;
const MAX_STRIP = 40;

export function renderHistoryTerminal(history: History, options: TerminalOptions): string {
  const page = new Canvas(options);
  const view = historyView(history);
  const { c } = page;
  page.ends(headOf(view), view.when, { leftStyle: c.bold, rightStyle: c.dim });
  page.para(view.place, { style: c.dim });
  if (view.models.length > 0) models(page, view);
  few(page, view);
  proofs(page, view.proofs);
  versions(page, view.versions);
  const remarked = view.models.filter((model) => model.remarks.length > 0);
  if (remarked.length > 0) page.heading('Remarks');
  for (const { name, remarks } of remarked) page.para(`${name}: ${remarks.join('; ')}`, { hang: 2 });
  page.blank();
  for (const sentence of legendOf(view)) page.para(sentence, { style: c.dim });
  if (view.onlyProofs.length > 0) page.para(`Only in proofs: ${view.onlyProofs.join(', ')}.`, { style: c.dim });
  return page.toString();
}

const headOf = (view: HistoryView): string =>
  `${plural(view.models.length, 'model')}${view.proofs.length === 0 ? '' : `, ${plural(view.proofs.length, 'proof')}`}`;

interface Row {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/** A line for each model, its numbers to the right; `last` fills what room is left, when that is enough, and names then get half of it. */
function table(
  page: Canvas,
  heads: readonly string[],
  rows: readonly Row[],
  last?: { readonly head: string; readonly cell: (row: number, room: number) => string },
): void {
  const { c } = page;
  const widthFor = (texts: readonly string[]) => Math.max(...texts.map((text) => widthOf(page.say(text))));
  const widths = heads.map((head, k) => widthFor([head, ...rows.map(({ cells }) => cells[k]?.text ?? '')]));
  const room = page.width - widths.reduce((sum, width) => sum + width + 2, 0);
  const longest = widthFor(['model', ...rows.map(({ name }) => name)]);
  const nameWidth = Math.max(8, Math.min(longest, last === undefined ? room : Math.floor(room / 2)));
  const left = Math.min(MAX_STRIP, room - nameWidth - 2);
  const line = (name: string, cells: readonly Cell[], end: string | undefined, style?: Cell['style']) =>
    page.row([
      { text: cutMiddle(page.say(name), nameWidth, page.ellipsis), width: nameWidth, style },
      ...cells.map((cell, k): Cell => ({ ...cell, width: widths[k] ?? 8, align: 'right', style: cell.style ?? style })),
      ...(end === undefined ? [] : [{ text: end, width: left, style: style ?? c.cyan }]),
    ]);
  const ends = last === undefined || left < MIN_STRIP ? undefined : last;
  line(
    'model',
    heads.map((text) => ({ text })),
    ends?.head,
    c.dim,
  );
  for (const [i, { name, cells }] of rows.entries()) line(name, cells, ends?.cell(i, left));
}

type Column = readonly [head: string, cell: (model: ModelLine) => string];

/** One currency stands in the head, so that the cells are short. */
function costColumn({ currency }: HistoryView): Column {
  if (currency === undefined) return ['cost/run', (model) => model.cost];
  return [`${currency}/run`, (model) => model.cost.replace(` ${currency}`, '').replace(currency, '')];
}

function models(page: Canvas, view: HistoryView): void {
  const { c } = page;
  page.heading('Models');
  const columns: readonly Column[] = [
    ['runs', (model) => model.runs],
    ['p50', (model) => model.p50],
    ['p95', (model) => (model.few === undefined ? model.p95 : 'n < 20')],
    ...(view.hasCost ? [costColumn(view)] : []),
    ['success', (model) => model.success],
    ['MTTR', (model) => (model.failing ? 'failing' : model.mttr)],
    ['fresh', (model) => model.fresh],
  ];
  table(
    page,
    columns.map(([head]) => head),
    view.models.map((model) => ({
      name: model.name,
      cells: columns.map(([head, cell]) => ({
        text: cell(model),
        style: head === 'MTTR' && model.failing ? c.red : head === 'p95' && model.few !== undefined ? c.dim : undefined,
      })),
    })),
  );
}

function few(page: Canvas, view: HistoryView): void {
  const shown = view.models.flatMap(({ name, p50, few: values }) => (values === undefined ? [] : [{ name, p50, values }]));
  if (shown.length === 0) return;
  page.heading('Under 20 runs: every run');
  const end = (ms: number | undefined) => formatMillis(ms ?? 0);
  table(
    page,
    ['runs', 'min', 'median', 'max'],
    shown.map(({ name, p50, values }) => ({
      name,
      cells: [String(values.length), end(values[0]), p50, end(values.at(-1))].map((text) => ({ text })),
    })),
    {
      head: 'from min to max',
      cell(row, room) {
        const values = shown[row]?.values ?? [];
        return strip(values, room, values[0] ?? 0, values.at(-1) ?? 0, page.unicode);
      },
    },
  );
}

/** Medians of the two newest versions of each model, one line each: they prove nothing. */
function versions(page: Canvas, lines: readonly ChangeLine[]): void {
  if (lines.length === 0) return;
  page.heading('Before → after by version of the code (no proof)');
  table(
    page,
    ['median (runs)', 'after', 'change'],
    lines.map(({ name, sides, verdict }) => ({
      name,
      cells: [...sides.map((side) => `${side.median} (${side.n})`), verdict].map((text) => ({ text })),
    })),
  );
}

function proofs(page: Canvas, lines: readonly ChangeLine[]): void {
  const { c } = page;
  if (lines.length === 0) return;
  page.heading('Before → after, proven by paired runs');
  for (const { name, verdict, basis, good, sides, remarks } of lines) {
    page.blank();
    const tint = good === true ? c.green : good === false ? c.red : (text: string) => text;
    const outcome = [verdict, basis].filter((text) => text !== '').join(' · ');
    if (widthOf(name) + widthOf(page.say(outcome)) + 2 <= page.width) page.ends(name, outcome, { leftStyle: c.bold, rightStyle: tint });
    else {
      page.para(name, { style: c.bold, hang: 2 });
      page.para(outcome, { indent: 2, hang: 2, style: tint });
    }
    // Both sides on one scale from 0, so that lengths compare.
    const to = Math.max(...sides.flatMap((side) => side.values));
    const texts = sides.map((side) => `${plural(side.n, 'run')}, ${side.time}${side.cost === '' ? '' : `, ${side.cost}`}`);
    for (const [i, side] of sides.entries()) page.labelled(side.role, `${side.label}: ${texts[i]}`, { indent: 2, labelWidth: 8 });
    const room = Math.min(MAX_STRIP + 20, page.width - 10);
    if (sides.every((side) => side.n > 0 && side.n < 20) && room >= MIN_STRIP) {
      for (const side of sides)
        page.row(
          [
            { text: side.role, width: 6, style: c.dim },
            { text: strip(side.values, room, 0, to, page.unicode), width: room, style: side.role === 'before' ? c.yellow : c.cyan },
          ],
          2,
        );
      page.row(
        [
          { text: '', width: 6 },
          { text: `0${formatMillis(to).padStart(room - 1)}`, width: room, style: c.dim },
        ],
        2,
      );
    }
    if (remarks.length > 0) page.para(remarks.join('; '), { indent: 2, hang: 2, style: c.dim });
  }
}
