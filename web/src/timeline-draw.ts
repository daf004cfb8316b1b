// The timeline as rows of bars, and its drawing on a canvas. Rows are packed once; drawing walks only what is in sight.
// Laws: no more than one bar is drawn per pixel and row, so that a run of any size draws in a frame; what is hit is what is drawn.

import { type Look, tickTime, timeTicks } from './look.ts';

export interface Bar {
  readonly from: number;
  readonly to: number;
  /** Where a click leads. */
  readonly href?: string | undefined;
  readonly title: string;
  readonly about: string;
  readonly tone: keyof Look;
  /** On the critical path. */
  readonly critical?: boolean;
  readonly label?: string;
  readonly key: string;
}

export interface Row {
  readonly group: string;
  readonly first: boolean;
  readonly height: number;
  /** Space below; GAP when it is not said. */
  readonly gap?: number;
  readonly bars: readonly Bar[];
  /** Steps instead of bars: running tasks below slots. */
  readonly area?: { readonly width: number; readonly running: readonly number[]; readonly slots: readonly number[]; readonly top: number };
}

/** Packs bars into as few rows as do not overlap; beyond `most` rows they share the last. */
export function packed(group: string, bars: readonly Bar[], height: number, most: number): Row[] {
  const rows: Bar[][] = [];
  const ends: number[] = [];
  for (const bar of [...bars].sort((a, b) => a.from - b.from || b.to - a.to)) {
    let row = ends.findIndex((end) => end <= bar.from + 0.5);
    if (row < 0) row = ends.length < most ? ends.length : most - 1;
    rows[row] = [...(rows[row] ?? [])];
    (rows[row] as Bar[]).push(bar);
    ends[row] = Math.max(ends[row] ?? 0, bar.to);
  }
  return rows.map((own, i) => ({ group, first: i === 0, height, bars: own }));
}

export const GAP = 3;
const GROUP_GAP = 12;
export const AXIS = 24;

export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Placed {
  readonly row: Row;
  readonly y: number;
}

export function placed(rows: readonly Row[]): { readonly rows: readonly Placed[]; readonly height: number } {
  let y = AXIS;
  const out: Placed[] = [];
  for (const row of rows) {
    if (row.first) y += GROUP_GAP;
    out.push({ row, y });
    y += row.height + (row.gap ?? GAP);
  }
  return { rows: out, height: y + 6 };
}

export interface Frame {
  readonly width: number;
  readonly gutter: number;
  readonly view: Window;
  readonly look: Look;
  readonly selected?: string | undefined;
}

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export function draw(context: CanvasRenderingContext2D, rows: readonly Placed[], height: number, frame: Frame): void {
  const { width, gutter, view, look } = frame;
  const plot = width - gutter;
  const x = (ms: number) => gutter + ((ms - view.from) / (view.to - view.from)) * plot;
  context.clearRect(0, 0, width, height);
  context.font = FONT;
  context.textBaseline = 'middle';
  const every = timeTicks(view.from, view.to, Math.max(2, Math.floor(plot / 74)));
  const step = every.length > 1 ? (every[1] as number) - (every[0] as number) : view.to - view.from;
  context.lineWidth = 1;
  for (const at of every) {
    const px = Math.round(x(at)) + 0.5;
    context.strokeStyle = look.line;
    context.beginPath();
    context.moveTo(px, AXIS);
    context.lineTo(px, height);
    context.stroke();
    context.fillStyle = look.dim;
    context.textAlign = px > width - 30 ? 'right' : px < gutter + 20 ? 'left' : 'center';
    context.fillText(tickTime(at, step), px, AXIS / 2);
  }
  for (const { row, y } of rows) {
    context.save();
    context.beginPath();
    context.rect(gutter, y - 1, plot, row.height + 2);
    context.clip();
    if (row.area !== undefined) drawArea(context, row, y, x, frame);
    drawBars(context, row, y, x, frame);
    context.restore();
    if (row.first) {
      context.fillStyle = look.dim;
      context.textAlign = 'left';
      context.fillText(row.group, 0, y + Math.min(row.height, 20) / 2, gutter - 8);
      if (row.area !== undefined) context.fillText(`of ${row.area.top}`, 0, y + 24, gutter - 8);
    }
  }
}

function drawBars(
  context: CanvasRenderingContext2D,
  row: Row,
  y: number,
  x: (ms: number) => number,
  { view, look, width, selected }: Frame,
): void {
  let last = -1;
  for (const bar of row.bars) {
    if (bar.to < view.from || bar.from > view.to) continue;
    const left = x(bar.from);
    const right = Math.max(left + 1, x(bar.to));
    const here = selected !== undefined && bar.key === selected;
    // Under one pixel behind the last bar: nothing new would be seen.
    if (right <= last + 0.5 && !here) continue;
    last = right;
    const w = right - left;
    const inset = w > 3 ? 0.5 : 0;
    context.globalAlpha = selected === undefined || here ? 1 : 0.45;
    context.fillStyle = look[bar.tone];
    context.fillRect(left + inset, y, Math.max(0.8, w - 2 * inset), row.height);
    if (bar.critical === true) {
      context.fillStyle = look.ember;
      context.fillRect(left + inset, y + row.height - 3, Math.max(0.8, w - 2 * inset), 3);
    }
    if (here) {
      context.strokeStyle = look.text;
      context.lineWidth = 1.5;
      context.strokeRect(left + 0.5, y + 0.5, Math.max(1, w - 1), row.height - 1);
    }
    if (bar.label !== undefined && w > 14 && row.height >= 12) {
      const start = Math.max(left, 0) + 5;
      const room = Math.min(right, width) - start - 4;
      if (room > 6) {
        context.fillStyle = look.text;
        context.textAlign = 'left';
        const text = fitted(context, bar.label, room) || fitted(context, bar.label.split(' · ')[0] ?? '', room);
        if (text !== '') context.fillText(text, Math.max(start, x(view.from) + 4), y + row.height / 2 - (bar.critical === true ? 1 : 0));
      }
    }
    context.globalAlpha = 1;
  }
}

function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  const share = room / context.measureText(text).width;
  const cut = Math.floor(text.length * share) - 1;
  return cut < 8 ? '' : `${text.slice(0, cut)}…`;
}

function drawArea(context: CanvasRenderingContext2D, row: Row, y: number, x: (ms: number) => number, { view, look }: Frame): void {
  const { width, running, slots, top } = row.area as NonNullable<Row['area']>;
  const from = Math.max(0, Math.floor(view.from / width) - 1);
  const to = Math.min(running.length, Math.ceil(view.to / width) + 1);
  const h = (value: number) => y + row.height - (Math.min(top, value) / Math.max(1, top)) * row.height;
  const steps = (values: readonly number[]) => {
    context.beginPath();
    context.moveTo(x(from * width), y + row.height);
    for (let i = from; i < to; i++) {
      context.lineTo(x(i * width), h(values[i] as number));
      context.lineTo(x((i + 1) * width), h(values[i] as number));
    }
    context.lineTo(x(to * width), y + row.height);
    context.closePath();
  };
  context.fillStyle = look.idle;
  steps(slots);
  context.fill();
  context.fillStyle = look.work;
  steps(running);
  context.fill();
}

/** The bar at a point; in dense rows the nearest within a few pixels. */
export function hit(
  rows: readonly Placed[],
  px: number,
  py: number,
  frame: Frame,
): { readonly row: Row; readonly bar?: Bar; readonly ms: number } | undefined {
  const { width, gutter, view } = frame;
  if (px < gutter) return undefined;
  const perPixel = (view.to - view.from) / (width - gutter);
  const ms = view.from + (px - gutter) * perPixel;
  const at = rows.find(({ row, y }) => py >= y - 1 && py <= y + row.height + 1);
  if (at === undefined) return undefined;
  let best: Bar | undefined;
  let nearest = 4 * perPixel;
  for (const bar of at.row.bars) {
    const away = ms < bar.from ? bar.from - ms : ms > bar.to ? ms - bar.to : 0;
    if (away < nearest || (away === 0 && best !== undefined && bar.to - bar.from < best.to - best.from)) {
      best = bar;
      nearest = Math.max(away, 1e-9);
    }
  }
  return { row: at.row, ms, ...(best === undefined ? {} : { bar: best }) };
}
