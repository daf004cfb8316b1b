// A proof as people see it in a terminal: verdict first, then effect, every run as a dot, outputs, pairs, what stands beside.
// Law: layout only; what is said comes from proof-view.ts. No line is wider than the terminal; without colour nothing is lost.

import type { Proof, VerdictKind } from '../prove/index.ts';
import { Canvas, type Style } from './canvas.ts';
import { type Dot, type ProofView, proofView } from './proof-view.ts';
import type { TerminalOptions } from './terminal.ts';
import { padEnd, widthOf } from './text.ts';

/** Pairs listed one by one; the dots show them all. */
const MAX_PAIRS = 20;
/** Dots stacked on one place; the last of them is the number of those that have no room. */
const MAX_STACK = 8;

export function renderProofTerminal(proof: Proof, options: TerminalOptions): string {
  const page = new Canvas(options);
  const view = proofView(proof);
  verdict(page, view);
  sides(page, view, proof.aa);
  if (view.noise !== undefined) noise(page, view.noise);
  // What decides comes first: outputs that differ outweigh every number.
  const different = view.outputs.status === 'DIFFERENT';
  if (different) outputs(page, view);
  effect(page, view);
  dots(page, view);
  if (!different) outputs(page, view);
  pairs(page, view, options.all);
  beside(page, view);
  how(page, view);
  return page.toString();
}

const tintOf = ({ c }: Canvas, kind: VerdictKind): Style =>
  ({ win: c.green, loss: c.yellow, equivalent: c.cyan, notProven: c.yellow, unsafe: c.red, invalid: c.red })[kind];

function verdict(page: Canvas, view: ProofView): void {
  const { c } = page;
  const tint = tintOf(page, view.kind);
  page.ends(view.label, view.id, { leftStyle: (text) => c.bold(tint(text)), rightStyle: c.dim });
  page.para(view.sentence, { style: c.bold });
  if (view.notes.length > 0 || view.forecast !== undefined) page.blank();
  for (const note of [...view.notes, ...(view.forecast === undefined ? [] : [view.forecast])])
    page.labelled(page.dot, note, { labelWidth: 2 });
  if (view.next.length > 0) page.blank();
  for (const step of view.next) page.labelled('', step, { labelWidth: 0, arrow: true });
}

function sides(page: Canvas, view: ProofView, aa: boolean): void {
  page.blank();
  for (const arm of aa ? view.arms.slice(0, 1) : view.arms) {
    page.labelled(aa ? 'A, B' : arm.arm, arm.name, { labelWidth: aa ? 6 : 3, labelStyle: page.c.bold });
    for (const text of [arm.details, ...arm.conf])
      if (text !== '') page.para(text, { indent: aa ? 6 : 3, hang: aa ? 6 : 3, style: page.c.dim });
  }
}

/** The interval on a line, with "as much as A" and its margin: what excludes it is seen at once. */
function effect(page: Canvas, view: ProofView): void {
  if (view.numbers.length === 0) return;
  page.heading(`Effect on ${view.metric}`);
  if (view.effect !== undefined) ruler(page, view.effect, view.kind);
  page.para(view.numbers.join(' · '), { style: page.c.dim });
}

function ruler(page: Canvas, { ratio, low, high, margin }: NonNullable<ProofView['effect']>, kind: VerdictKind): void {
  const { c, unicode } = page;
  // In logs, as the statistics are: half and double are equally far from 1.
  const [from, to] = [Math.min(Math.log(low), Math.log1p(-margin)), Math.max(Math.log(high), Math.log1p(margin))];
  const pad = (to - from) * 0.06;
  const width = page.width - 2;
  const at = (x: number) => Math.round(((Math.log(x) - from + pad) / (to - from + 2 * pad)) * (width - 1));
  const cells = new Array<string>(width).fill(' ');
  const put = (i: number, mark: string) => {
    cells[Math.max(0, Math.min(width - 1, i))] = mark;
  };
  const [band, none, bar, cross, left, right, dot] = unicode ? ['░', '│', '─', '┼', '├', '┤', '●'] : ['.', '|', '-', '+', '[', ']', 'o'];
  for (let i = at(1 - margin); i <= at(1 + margin); i++) put(i, band as string);
  put(at(1), none as string);
  for (let i = at(low); i <= at(high); i++) put(i, bar as string);
  if (low < 1 && high > 1) put(at(1), cross as string);
  put(at(low), left as string);
  put(at(high), right as string);
  put(at(ratio), dot as string);
  const tint = tintOf(page, kind);
  const [start, end] = [at(low), at(high)];
  const line = cells.map((mark, i) => (mark === ' ' ? ' ' : i >= start && i <= end ? tint(mark) : c.dim(mark))).join('');
  page.lines.push(`  ${line}`.trimEnd());
  // Below the line: where A is, and which way is which.
  const middle = at(1);
  const label = 'as A';
  const begin = Math.max(0, Math.min(width - label.length, middle - 1));
  const arrowLess = unicode ? '← B less' : '<- B less';
  const arrowMore = unicode ? 'B more →' : 'B more ->';
  let text = ' '.repeat(begin) + label;
  if (begin > widthOf(arrowLess) + 2) text = padEnd(arrowLess, begin) + label;
  if (width - widthOf(text) > widthOf(arrowMore) + 2) text += ' '.repeat(width - widthOf(text) - widthOf(arrowMore)) + arrowMore;
  page.lines.push(`  ${c.dim(text)}`);
}

/** Every run as a dot, both sides on one scale; dots of one place are stacked. */
function dots(page: Canvas, view: ProofView): void {
  const all = view.arms.flatMap((arm) => arm.dots.map((dot) => dot.value));
  if (all.length === 0) return;
  const { c } = page;
  const top = Math.max(...all);
  const least = Math.min(...all);
  // From 0 where that shows the runs apart, so that lengths can be compared; else only the part where they lie.
  const zoomed = top > least && least > top * 0.6;
  const from = zoomed ? least - (top - least) * 0.05 : 0;
  const to = top === from ? from + 1 : top;
  page.blank();
  page.ends(`Every run: ${view.metric}`, zoomed ? 'the scale does not start at 0' : '', { leftStyle: c.bold, rightStyle: c.dim });
  const width = page.width - 4;
  for (const { arm, dots: list, summaryText } of view.arms) {
    page.ends(`${arm}   ${summaryText}`, '', { leftStyle: (text) => c.bold(text.slice(0, 1)) + text.slice(1) });
    const place = (value: number) => Math.round(((value - from) / (to - from)) * (width - 1));
    const style = arm === 'B' ? tintOf(page, view.kind) : (text: string) => text;
    for (const line of stacked(list, place, width, page)) page.lines.push(`    ${style(line)}`);
  }
  const [corner, bar, tick] = page.unicode ? ['└', '─', '┘'] : ['+', '-', '+'];
  page.lines.push(c.dim(`    ${corner}${(bar as string).repeat(width - 2)}${tick}`));
  page.ends(`    ${zoomed ? view.value(Math.max(0, from)) : '0'}`, view.value(top), { leftStyle: c.dim, rightStyle: c.dim });
  if (view.arms.some((arm) => arm.dots.some((dot) => !dot.counts)))
    page.para(`${page.unicode ? '○' : 'x'} left out`, { indent: 4, style: c.dim });
  for (const text of view.p95) page.para(text, { indent: 4, hang: 4, style: c.dim });
}

function stacked(list: readonly Dot[], place: (value: number) => number, width: number, page: Canvas): string[] {
  const [full, hollow] = page.unicode ? ['●', '○'] : ['o', 'x'];
  const columns = new Map<number, string[]>();
  for (const dot of [...list].sort((x, y) => Number(y.counts) - Number(x.counts))) {
    const at = Math.max(0, Math.min(width - 1, place(dot.value)));
    const stack = columns.get(at) ?? [];
    stack.push((dot.counts ? full : hollow) as string);
    columns.set(at, stack);
  }
  const height = Math.min(MAX_STACK, Math.max(0, ...[...columns.values()].map((stack) => stack.length)));
  const lines: string[] = [];
  for (let level = height; level >= 1; level--) {
    let line = '';
    for (let at = 0; at < width; at++) {
      const stack = columns.get(at) ?? [];
      const hidden = stack.length - MAX_STACK + 1;
      line += level === MAX_STACK && hidden > 1 ? (hidden > 9 ? '+' : String(hidden)) : (stack[level - 1] ?? ' ');
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

function outputs(page: Canvas, view: ProofView): void {
  const { c } = page;
  page.heading('Outputs');
  const { status, sentence, list } = view.outputs;
  const style = status === 'equal' ? c.green : status === 'not compared' ? c.yellow : c.red;
  page.labelled(status, sentence, { labelWidth: widthOf(status) + 2, labelStyle: style });
  for (const output of list) {
    page.ends(`  ${output.equal ? '' : page.unicode ? '✗ ' : '! '}${output.name}`, output.size, {
      leftStyle: output.equal ? (text) => text : c.red,
      rightStyle: c.dim,
    });
    for (const text of output.differences) page.para(text, { indent: 4, hang: 6 });
    for (const text of output.tolerated) page.para(`within tolerance: ${text}`, { indent: 4, hang: 6, style: c.dim });
    for (const { arm, row } of output.examples) page.labelled(arm, row, { indent: 4, labelWidth: 3, style: c.dim });
  }
}

function pairs(page: Canvas, view: ProofView, all: boolean): void {
  if (view.pairs.length === 0) return;
  const { c } = page;
  page.heading('Pairs');
  const shown = all ? view.pairs : view.pairs.slice(0, MAX_PAIRS);
  const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => widthOf(page.say(text))));
  const widths = {
    pair: Math.max(4, widest(shown.map(({ pair }) => pair))),
    value: Math.max(6, widest(shown.flatMap(({ a, b }) => [a, b]))),
  };
  const line = (pair: string, order: string, a: string, b: string, ratio: string, note: string, style?: Style) =>
    page.row([
      { text: pair, width: widths.pair, align: 'right', style },
      { text: order, width: 5, style },
      { text: a, width: widths.value, align: 'right', style: style ?? (a === 'failed' ? c.red : undefined) },
      { text: b, width: widths.value, align: 'right', style: style ?? (b === 'failed' ? c.red : undefined) },
      { text: ratio, width: 6, align: 'right', style },
      { text: note, style: c.dim },
    ]);
  line('pair', 'order', 'A', 'B', page.unicode ? 'B ÷ A' : 'B/A', '', c.dim);
  for (const row of shown) line(row.pair, row.order, row.a, row.b, row.ratio, row.excluded, row.excluded === '' ? undefined : c.dim);
  if (view.pairs.length > shown.length) page.para(`${view.pairs.length - shown.length} more pairs: --all shows them`, { style: c.dim });
}

function beside(page: Canvas, view: ProofView): void {
  if (view.beside.length === 0) return;
  const { c } = page;
  page.heading('Beside the verdict (medians, no claim)');
  const widest = (texts: readonly string[]) => Math.max(1, ...texts.map((text) => widthOf(page.say(text))));
  const widths = [
    widest(view.beside.map(({ name }) => name)),
    widest(view.beside.map(({ a }) => a)),
    widest(view.beside.map(({ b }) => b)),
  ] as const;
  const line = (name: string, a: string, b: string, change: string, style?: Style) =>
    page.row([
      { text: name, width: widths[0], style },
      { text: a, width: widths[1], align: 'right', style },
      { text: b, width: widths[2], align: 'right', style },
      { text: change, style: c.dim },
    ]);
  line('', 'A', 'B', '', c.dim);
  for (const row of view.beside) line(row.name, row.a, row.b, row.change);
}

function noise(page: Canvas, { sentence, sees }: NonNullable<ProofView['noise']>): void {
  page.heading('What this machine can see');
  page.para(sentence);
  const width = Math.max(1, ...sees.map(({ pairs: text }) => text.length));
  for (const { pairs: text, reduction } of sees) page.labelled(text.padStart(width), reduction, { indent: 2, labelWidth: width + 2 });
}

function how(page: Canvas, view: ProofView): void {
  page.heading('How it was measured');
  for (const text of view.how) page.para(text, { style: page.c.dim });
}
