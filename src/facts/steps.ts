// Step functions of time: how many tasks run, how many slots exist. Law: sorted, immutable, value before the first step is 0.

/** `values[i]` holds from `times[i]` (inclusive) to `times[i + 1]`; epoch ms. */
export interface Steps {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Builds the running sum of weighted starts and ends. Pairs with end ≤ start are left out. */
export function stepsOf(starts: ArrayLike<number>, ends: ArrayLike<number>, weight: (index: number) => number = () => 1): Steps {
  const n = starts.length;
  const times = new Float64Array(n * 2);
  const deltas = new Float64Array(n * 2);
  const order = new Uint32Array(n * 2);
  let m = 0;
  for (let i = 0; i < n; i++) {
    if (!((ends[i] as number) > (starts[i] as number))) continue;
    const w = weight(i);
    times[m] = starts[i] as number;
    deltas[m++] = w;
    times[m] = ends[i] as number;
    deltas[m++] = -w;
  }
  for (let i = 0; i < m; i++) order[i] = i;
  const sortedOrder = order.subarray(0, m).sort((a, b) => (times[a] as number) - (times[b] as number));
  const outTimes: number[] = [];
  const outValues: number[] = [];
  let level = 0;
  for (let i = 0; i < m; ) {
    const at = times[sortedOrder[i] as number] as number;
    while (i < m && times[sortedOrder[i] as number] === at) level += deltas[sortedOrder[i++] as number] as number;
    // Cancelling weights such as thirds leave dust.
    if (Math.abs(level) < 1e-9) level = 0;
    if (outValues.length > 0 && outValues[outValues.length - 1] === level) continue;
    outTimes.push(at);
    outValues.push(level);
  }
  return { times: Float64Array.from(outTimes), values: Float64Array.from(outValues) };
}

/** Index of the step that holds at `at`; −1 before the first. */
function indexAt(steps: Steps, at: number): number {
  let low = 0;
  let high = steps.times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps.times[middle] as number) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function valueAt(steps: Steps, at: number): number {
  const i = indexAt(steps, at);
  return i < 0 ? 0 : (steps.values[i] as number);
}

/** Visits the constant pieces of `[from, to)`, with the 0 before the first step. */
export function eachPiece(steps: Steps, from: number, to: number, visit: (value: number, from: number, to: number) => void): void {
  if (!(to > from)) return;
  let i = indexAt(steps, from);
  let at = from;
  while (at < to) {
    const next = Math.min(to, i + 1 < steps.times.length ? (steps.times[i + 1] as number) : to);
    if (next > at) visit(i < 0 ? 0 : (steps.values[i] as number), at, next);
    at = next;
    i++;
    if (i + 1 >= steps.times.length && at < to) {
      visit(i < 0 ? 0 : (steps.values[Math.min(i, steps.values.length - 1)] as number) || 0, at, to);
      return;
    }
  }
}

/** ∫ value dt over `[from, to)`. */
export function integral(steps: Steps, from: number, to: number): number {
  let total = 0;
  eachPiece(steps, from, to, (value, a, b) => {
    total += value * (b - a);
  });
  return total;
}

export function maxOf(steps: Steps): number {
  let top = 0;
  for (const value of steps.values) if (value > top) top = value;
  return top;
}
