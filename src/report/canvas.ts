// Building blocks of the terminal face: colours, marks, bars, hanging paragraphs and columns.
// Law: a line never is wider than the look's width; colour is laid on after measuring, so it changes no layout and carries no meaning of its own.

import picocolors from 'picocolors';
import { cutEnd, padEnd, toAscii, widthOf, wrap } from './text.ts';

/** How a terminal wants it. */
export interface Look {
  /** Cells in a line; under 40 is taken as 40. */
  readonly width: number;
  readonly color: boolean;
  /** False: ASCII only. */
  readonly unicode: boolean;
}

export const MIN_WIDTH = 40;

export type Style = (text: string) => string;

export interface Cell {
  readonly text: string;
  /** Cells; the one column without a width takes what is left. */
  readonly width?: number;
  readonly align?: 'left' | 'right';
  readonly style?: Style;
}

interface LabelOptions {
  readonly indent?: number;
  readonly labelWidth: number;
  readonly arrow?: boolean;
  readonly style?: Style;
  readonly labelStyle?: Style;
}

/** Marks that fill a bar, told apart without colour; by the label of the report. */
const FILLS: Readonly<Record<string, readonly [unicode: string, ascii: string]>> = {
  stage: ['█', '#'],
  stages: ['█', '#'],
  planning: ['▓', 'p'],
  'driver code': ['▒', 'd'],
  'start-up': ['░', 's'],
  'between jobs': ['╱', '/'],
  'commit tail': ['▚', 'c'],
  scheduling: ['═', '='],
  end: ['┄', 'e'],
  other: ['·', '.'],
};

/** Lines of a terminal page, and the means to add to them. */
export class Canvas {
  readonly lines: string[] = [];
  readonly width: number;
  readonly unicode: boolean;
  readonly c: ReturnType<typeof picocolors.createColors>;

  constructor(look: Look) {
    this.width = Math.max(MIN_WIDTH, Math.floor(look.width) || MIN_WIDTH);
    this.unicode = look.unicode;
    this.c = picocolors.createColors(look.color);
  }

  /** Content in the letters that the terminal has. */
  say(text: string): string {
    return this.unicode ? text : toAscii(text);
  }

  get ellipsis(): string {
    return this.unicode ? '…' : '...';
  }

  get dot(): string {
    return this.unicode ? '·' : '-';
  }

  blank(): void {
    if (this.lines.length > 0 && this.lines.at(-1) !== '') this.lines.push('');
  }

  /** A paragraph; `hang` is the indent of its second and later lines. */
  para(
    text: string,
    { indent = 0, hang = indent, style = (s: string) => s }: { indent?: number; hang?: number; style?: Style } = {},
  ): void {
    for (const [i, line] of wrap(this.say(text), this.width - hang, this.width - indent).entries()) {
      this.lines.push(' '.repeat(i === 0 ? indent : hang) + style(line));
    }
  }

  /** A paragraph behind a label that stands alone on the left; with `arrow` as a step to take. */
  labelled(
    label: string,
    text: string,
    { indent = 0, labelWidth, arrow = false, style = (s: string) => s, labelStyle = this.c.dim }: LabelOptions,
  ): void {
    const mark = !arrow ? '' : this.unicode ? '→ ' : '-> ';
    const from = indent + labelWidth + mark.length;
    for (const [i, line] of wrap(this.say(text), this.width - from).entries()) {
      const head = label === '' ? ' '.repeat(labelWidth) : labelStyle(padEnd(this.say(label), labelWidth));
      this.lines.push((i === 0 ? ' '.repeat(indent) + head + mark : ' '.repeat(from)) + style(line));
    }
  }

  /** Left text and right text on one line; the left one gives way. */
  ends(
    left: string,
    right: string,
    {
      indent = 0,
      leftStyle = (s: string) => s,
      rightStyle = (s: string) => s,
    }: { indent?: number; leftStyle?: Style; rightStyle?: Style } = {},
  ): void {
    const room = this.width - indent;
    const end = cutEnd(this.say(right), Math.max(8, Math.floor(room * 0.6)), this.ellipsis);
    const start = cutEnd(this.say(left), room - (end === '' ? 0 : widthOf(end) + 2), this.ellipsis);
    this.lines.push(
      (
        ' '.repeat(indent) +
        leftStyle(start) +
        (end === '' ? '' : ' '.repeat(room - widthOf(start) - widthOf(end)) + rightStyle(end))
      ).trimEnd(),
    );
  }

  /**
   * Cells with two spaces between them; all but one have a width. On a line that is too narrow
   * the widest left-aligned column gives way first, then the last columns are left out.
   */
  row(cells: readonly Cell[], indent: number = 0): void {
    const room = this.width - indent;
    const widths = cells.map((cell) => cell.width ?? 1);
    const needed = () => widths.reduce((sum, width) => sum + width, 0) + 2 * (widths.length - 1);
    while (needed() > room) {
      let widest = -1;
      for (const [i, cell] of cells.slice(0, widths.length).entries()) {
        if (cell.align !== 'right' && (widths[i] as number) > 8 && (widest < 0 || (widths[i] as number) > (widths[widest] as number)))
          widest = i;
      }
      if (widest >= 0) widths[widest] = Math.max(8, (widths[widest] as number) - (needed() - room));
      else if (widths.length > 1) widths.pop();
      else break;
    }
    const flexible = cells.findIndex((cell) => cell.width === undefined);
    if (flexible >= 0 && flexible < widths.length) widths[flexible] = (widths[flexible] as number) + Math.max(0, room - needed());
    const texts = widths.map((width, i) => {
      const cell = cells[i] as Cell;
      const text = cutEnd(this.say(cell.text), width, this.ellipsis);
      const styled = text === '' || cell.style === undefined ? text : cell.style(text);
      const pad = ' '.repeat(Math.max(0, width - widthOf(text)));
      return cell.align === 'right' ? pad + styled : styled + pad;
    });
    this.lines.push((' '.repeat(indent) + texts.join('  ')).trimEnd());
  }

  /** A line of code: never wrapped, its spaces kept. */
  code(text: string, style: Style = (s) => s): void {
    this.lines.push(style(this.say(text)));
  }

  heading(text: string): void {
    this.blank();
    this.lines.push(this.c.bold(cutEnd(this.say(text), this.width, this.ellipsis)));
  }

  fill(label: string): string {
    const [unicode, ascii] = FILLS[label] ?? ['▞', '?'];
    return this.unicode ? unicode : ascii;
  }

  tint(label: string): Style {
    const { c } = this;
    const tints: Readonly<Record<string, Style>> = {
      stage: c.cyan,
      stages: c.cyan,
      planning: c.yellow,
      'driver code': c.magenta,
      'start-up': c.blue,
      'between jobs': c.red,
      'commit tail': c.green,
      scheduling: c.yellow,
      end: c.gray,
      other: c.gray,
    };
    return tints[label] ?? c.white;
  }

  /** One bar of exactly `width` cells, divided by share (largest remainders; what has a share of a cell or more is seen). */
  bar(parts: readonly { readonly label: string; readonly share: number }[], width: number): string {
    const exact = parts.map((part) => part.share * width);
    const cells = exact.map(Math.floor);
    const byRemainder = exact.map((value, i) => ({ i, rest: value - Math.floor(value) })).sort((a, b) => b.rest - a.rest || a.i - b.i);
    let left = width - cells.reduce((sum, n) => sum + n, 0);
    for (const { i } of byRemainder) {
      if (left <= 0) break;
      cells[i] = (cells[i] as number) + 1;
      left--;
    }
    return parts.map((part, i) => this.tint(part.label)(this.fill(part.label).repeat(cells[i] as number))).join('');
  }

  /** A horizontal bar for a share, in eighths of a cell. */
  meter(share: number, width: number): string {
    const exact = Math.max(0, Math.min(1, share)) * width;
    if (!this.unicode) return '#'.repeat(Math.max(share > 0 ? 1 : 0, Math.round(exact)));
    const full = Math.floor(exact);
    const eighth = Math.round((exact - full) * 8);
    return '█'.repeat(full) + (eighth === 8 ? '█' : (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighth] ?? ''));
  }

  toString(): string {
    return `${this.lines.join('\n')}\n`;
  }
}
