// Every run as a mark on one line of text, for terminals: where they lie between two ends.
// Law: no run is left out: what falls on one cell is counted there (a digit, `+` from ten on).

/** Marks at `width` cells (none: no text) from `from` to `to`; equal ends put all on the first cell. */
export function strip(values: readonly number[], width: number, from: number, to: number, unicode: boolean): string {
  const counts = new Array<number>(Math.max(0, width)).fill(0);
  if (counts.length === 0) return '';
  for (const value of values) {
    const share = to > from ? (value - from) / (to - from) : 0;
    const cell = Math.min(width - 1, Math.max(0, Math.round(share * (width - 1))));
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts.map((n) => (n === 0 ? (unicode ? '·' : '.') : n === 1 ? (unicode ? '●' : 'o') : n < 10 ? String(n) : '+')).join('');
}
