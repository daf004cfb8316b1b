// The marks of one model in the chart: name and outcome above, then a lane of bars or dots for each side, with its numbers at the right.
// Laws: pure; every number stands as text in a column of its own, so that nothing overlaps and colour carries nothing alone.

import { formatMillis, plural } from '../base/index.ts';
import type { ChartLane, ChartRow } from './chart-data.ts';
import { FONT_FAMILY, fitted, textWidth } from './chart-font.ts';
import { swarm, type Ticks } from './chart-scale.ts';

/** Okabe–Ito vermilion and blue: told apart with every kind of colour blindness; lighter on dark. */
export const COLOURS = {
  light: {
    before: '#d55e00',
    after: '#0072b2',
    runs: '#0072b2',
    text: '#1f2328',
    dim: '#59636e',
    line: '#d9dee3',
    back: '#ffffff',
  },
  dark: {
    before: '#f5915c',
    after: '#64b5f0',
    runs: '#64b5f0',
    text: '#e6edf3',
    dim: '#9aa4ae',
    line: '#343b43',
    back: '#161b22',
  },
} as const;

export type Theme = keyof typeof COLOURS;
export type Colours = (typeof COLOURS)[Theme];

/** Pixels. */
export const WIDTH = 960;
export const PAD = 24;
export const LEFT = 132;
export const SIZE = 12;
export const HEAD = 30;
const LANE = 26;
const GAP = 14;
const BAR = 14;
const DOT = 4;
const ROW_TITLE = 13;
const TICK = 16;
const TICK_SIZE = 10;
/** Between the plot and the column of numbers. */
export const GUTTER = 16;

/** Height of a row; with labels of a scale of its own below it. */
export const heightOf = (row: ChartRow, own: boolean): number => HEAD + row.lanes.length * LANE + GAP + (own ? TICK : 0);

/** Where a row is drawn. */
export interface Frame {
  /** Its top; x of 0, x of the right end of the plot, x of the column of numbers. */
  readonly y: number;
  readonly zero: number;
  readonly end: number;
  readonly numbers: number;
  readonly ticks: Ticks;
  /** True when the ticks are of this row alone, and so are labelled below it. */
  readonly own: boolean;
}

export const font = (size: number, bold: boolean = false) => ({
  fontSize: size,
  fontWeight: bold ? ('bold' as const) : ('normal' as const),
  fontFamily: FONT_FAMILY,
});

const word = (text: string, x: number, y: number, style: object) => ({
  type: 'text',
  silent: true,
  style: { text, x, y, verticalAlign: 'middle', ...font(SIZE), ...style },
});

const line = (x1: number, y1: number, x2: number, y2: number, stroke: string, lineWidth: number = 1, dash: object = {}) => ({
  type: 'line',
  silent: true,
  shape: { x1, y1, x2, y2 },
  style: { stroke, lineWidth, ...dash },
});

/** The shapes of a row, in the words of ECharts' custom series. */
export function rowShapes(row: ChartRow, frame: Frame, colours: Colours): object[] {
  const { y, zero, end, ticks, own } = frame;
  const at = (ms: number) => zero + (ms / ticks.max) * (end - zero);
  const right = WIDTH - PAD;
  const title = fitted(row.title, (right - PAD) * 0.5, ROW_TITLE, true);
  const note = fitted(row.note, (right - PAD) * 0.46, SIZE, true);
  const from = PAD + textWidth(title, ROW_TITLE, true) + 14;
  const room = right - textWidth(note, SIZE, true) - 24 - from;
  const base = y + HEAD;
  const foot = base + row.lanes.length * LANE;
  const lines = Array.from({ length: Math.round(ticks.max / ticks.step) + 1 }, (_, i) => i * ticks.step);
  return [
    line(PAD, y + 1, right, y + 1, colours.line),
    word(title, PAD, y + 18, { fill: colours.text, ...font(ROW_TITLE, true) }),
    // A few letters of two names say nothing.
    ...(room < 60 ? [] : [word(fitted(row.detail, room, SIZE), from, y + 18, { fill: colours.dim })]),
    word(note, right, y + 18, { fill: colours.text, ...font(SIZE, true), align: 'right' }),
    ...lines.map((ms) => line(at(ms), base, at(ms), foot, colours.line)),
    ...(own ? lines.map((ms) => word(ticks.label(ms), at(ms), foot + 9, { fill: colours.dim, ...font(TICK_SIZE), align: 'center' })) : []),
    line(zero, base, zero, foot, colours.dim),
    ...row.lanes.flatMap((lane, i) => laneShapes(lane, frame, base + i * LANE + LANE / 2, at, colours)),
  ];
}

function laneShapes(lane: ChartLane, { zero, numbers }: Frame, y: number, at: (ms: number) => number, colours: Colours): object[] {
  const colour = colours[lane.role];
  return [
    word(lane.role === 'runs' ? '' : lane.role, PAD, y, { fill: colour, ...font(SIZE, true) }),
    word(plural(lane.summary.n, 'run'), zero - 10, y, { fill: colours.dim, align: 'right' }),
    ...(lane.summary.p95.kind === 'tooFew' ? dots(lane, y, at, colour, colours) : bars(lane, y, at, colour, colours)),
    word(numbersOf(lane), numbers, y, { fill: colours.text }),
  ];
}

function dots(
  { summary: { values, median } }: ChartLane,
  y: number,
  at: (ms: number) => number,
  colour: string,
  colours: Colours,
): object[] {
  const half = LANE / 2 - 3;
  return [
    ...swarm(values.map(at), DOT * 2, LANE / 2 - DOT - 1).map(({ x, dy }) => ({
      type: 'circle',
      silent: true,
      shape: { cx: x, cy: y + dy, r: DOT },
      style: { fill: colour, opacity: 0.8, stroke: colours.back, lineWidth: 1 },
    })),
    ...(values.length === 1 ? [] : [line(at(median), y - half, at(median), y + half, colours.text, 2)]),
  ];
}

function bars({ summary: { p95, median } }: ChartLane, y: number, at: (ms: number) => number, colour: string, colours: Colours): object[] {
  if (p95.kind === 'tooFew') return [];
  const zero = at(0);
  const bar = (to: number, opacity: number) => ({
    type: 'rect',
    silent: true,
    shape: { x: zero, y: y - BAR / 2, width: Math.max(1, to - zero), height: BAR },
    style: { fill: colour, opacity },
  });
  const edge = at(p95.value);
  const marks = [bar(edge, 0.32), bar(at(median), 1)];
  if (p95.kind === 'unreliable') return [...marks, line(edge, y - BAR / 2, edge, y + BAR / 2, colour, 1.5, { lineDash: [3, 3] })];
  const [low, high] = [at(p95.low), at(p95.high)];
  return [...marks, line(low, y, high, y, colours.text), ...[low, high].map((x) => line(x, y - 4, x, y + 4, colours.text))];
}

/** The right end of a lane's marks, ms. */
export function laneMax({ summary: { p95, median, max } }: ChartLane): number {
  return p95.kind === 'tooFew' ? max : Math.max(median, p95.kind === 'interval' ? p95.high : p95.value);
}

/** What the lane shows, in numbers. */
export function numbersOf({ summary: { n, median, min, max, p95 } }: ChartLane): string {
  const time = formatMillis;
  if (p95.kind === 'tooFew') return n === 1 ? time(median) : `median ${time(median)}  (${time(min)} to ${time(max)})`;
  return `p50 ${time(median)}  p95 ${p95.kind === 'unreliable' ? '~ ' : ''}${time(p95.value)}`;
}
