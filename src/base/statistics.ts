// Statistics of columns of numbers. Law: inputs are never changed; an empty input gives `undefined`, not 0.

/** Values in ascending order, as a new array (32- and 64-bit columns sort numerically). */
export function sorted(values: ArrayLike<number>): Float64Array {
  // Not Float64Array.from: it goes through the iterator, value by value.
  return new Float64Array(values).sort();
}

/** Spark's quantile of sorted values: the value at index min(⌊q·n⌋, n−1) (AppStatusStore.taskSummary). */
export function quantile(ascending: ArrayLike<number>, q: number): number | undefined {
  return ascending.length === 0 ? undefined : ascending[Math.min(Math.floor(q * ascending.length), ascending.length - 1)];
}

/** Working memory of this file, so that a look at a column leaves no copy of it behind; nothing outside ever sees it. */
let scratch = new Float64Array(1024);

function room(n: number): Float64Array {
  if (scratch.length < n) scratch = new Float64Array(Math.max(n, scratch.length * 2));
  return scratch.subarray(0, n);
}

/** Several quantiles (as `quantile`) of values in any order. */
export function quantiles(values: ArrayLike<number>, qs: readonly number[]): number[] | undefined {
  if (values.length === 0) return undefined;
  const ascending = room(values.length);
  ascending.set(values);
  ascending.sort();
  return qs.map((q) => quantile(ascending, q) as number);
}

export function median(values: ArrayLike<number>): number | undefined {
  return quantiles(values, [0.5])?.[0];
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

export function max(values: ArrayLike<number>): number | undefined {
  if (values.length === 0) return undefined;
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > top) top = values[i] as number;
  return top;
}

/** The largest of some values, and the median of the others (0 when there are none). Undefined without values. */
export function mostAndOthers(values: ArrayLike<number>): { readonly most: number; readonly others: number } | undefined {
  if (values.length === 0) return undefined;
  const ascending = sorted(values);
  return { most: ascending.at(-1) as number, others: quantile(ascending.subarray(0, -1), 0.5) ?? 0 };
}

/** Element by element sum of two columns of the same length. */
export function plus(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = (a[i] as number) + (b[i] as number);
  return out;
}

/** Indexes in the ascending order of their keys; equal keys keep their order. Keys are whole numbers. */
export function orderOf(keys: ArrayLike<number>): Uint32Array {
  const n = keys.length;
  const out = new Uint32Array(n);
  if (n === 0) return out;
  let low = keys[0] as number;
  let high = low;
  for (let i = 1; i < n; i++) {
    const key = keys[i] as number;
    if (key < low) low = key;
    else if (key > high) high = key;
  }
  if ((high - low + 1) * n <= Number.MAX_SAFE_INTEGER) {
    // Key and index in one number sort natively: several times faster than an order by comparison.
    const packed = room(n);
    for (let i = 0; i < n; i++) packed[i] = ((keys[i] as number) - low) * n + i;
    packed.sort();
    for (let i = 0; i < n; i++) out[i] = (packed[i] as number) % n;
    return out;
  }
  for (let i = 0; i < n; i++) out[i] = i;
  return out.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
}

/** Number of values in `ascending` that are below `value`, or with `included` not above it. */
function countBelow(ascending: Float64Array, value: number, included: boolean): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const at = ascending[middle] as number;
    if (at < value || (included && at === value)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Ranks from 1; ties share the mean of their ranks. */
function ranks(values: ArrayLike<number>): Float64Array {
  const ascending = sorted(values);
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const value = values[i] as number;
    out[i] = (countBelow(ascending, value, false) + countBelow(ascending, value, true) + 1) / 2;
  }
  return out;
}

/**
 * Spearman's rank correlation, −1 to 1, ties by mean rank.
 * `undefined` under 3 pairs or when one side is constant: no order to compare.
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  const n = Math.min(a.length, b.length);
  if (n < 3) return undefined;
  const ra = ranks(a);
  const rb = ranks(b);
  const mean = (n + 1) / 2;
  let cov = 0;
  let va = 0;
  let vb = 0;
  for (let i = 0; i < n; i++) {
    const da = (ra[i] as number) - mean;
    const db = (rb[i] as number) - mean;
    cov += da * db;
    va += da * da;
    vb += db * db;
  }
  return va === 0 || vb === 0 ? undefined : cov / Math.sqrt(va * vb);
}
