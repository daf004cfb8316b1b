// Where marks of the chart lie: ticks that people read as times, and dots that do not hide each other.
// Law: pure.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances between ticks, ms. */
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100].map((n) => n * DAY),
];
const MAX_TICKS = 6;

export interface Ticks {
  /** The right end: a whole number of steps. */
  readonly max: number;
  readonly step: number;
  label(ms: number): string;
}

/** Ticks from 0 to at least `largest` milliseconds. */
export function ticksFor(largest: number): Ticks {
  const step = STEPS.find((candidate) => largest / candidate <= MAX_TICKS) ?? Math.ceil(largest / MAX_TICKS / DAY) * DAY;
  const [unit, name] = (
    [
      [DAY, 'd'],
      [HOUR, 'h'],
      [MINUTE, 'min'],
      [SECOND, 's'],
    ] as const
  ).find(([size]) => step >= size) ?? [1, 'ms'];
  return {
    max: Math.max(1, Math.ceil(largest / step - 1e-9)) * step,
    step,
    label: (ms) => (ms < step / 2 ? '0' : `${Math.round(ms / unit)} ${name}`),
  };
}

/**
 * Dots at `xs` moved up and down until none hides another, at most `room` pixels; in a crowd the farthest apart there is.
 * `apart`: diameter of a dot.
 */
export function swarm(xs: readonly number[], apart: number, room: number): { x: number; dy: number }[] {
  const offsets = [0, ...Array.from({ length: Math.floor(room / 2) }, (_, i) => (i + 1) * 2).flatMap((dy) => [dy, -dy])];
  const placed: { x: number; dy: number }[] = [];
  for (const x of xs) {
    const gap = (dy: number) => Math.min(Number.POSITIVE_INFINITY, ...placed.map((other) => Math.hypot(other.x - x, other.dy - dy)));
    const free = offsets.find((dy) => gap(dy) >= apart);
    const dy = free ?? offsets.reduce((best, candidate) => (gap(candidate) > gap(best) ? candidate : best), 0);
    placed.push({ x, dy });
  }
  return placed;
}
