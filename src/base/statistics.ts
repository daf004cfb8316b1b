// Statistics of columns of numbers. Law: inputs are never changed; an empty input gives `undefined`, not 0.

/** Values in ascending order, as a new array (32- and 64-bit columns sort numerically). */
export function sorted(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** Spark's quantile of sorted values: the value at index min(⌊q·n⌋, n−1) (AppStatusStore.taskSummary). */
export function quantile(ascending: ArrayLike<number>, q: number): number | undefined {
  return ascending.length === 0 ? undefined : ascending[Math.min(Math.floor(q * ascending.length), ascending.length - 1)];
}

export function median(values: ArrayLike<number>): number | undefined {
  return quantile(sorted(values), 0.5);
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

/** Ranks from 1; ties share the mean of their ranks. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const out = new Float64Array(values.length);
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j + 1 < order.length && values[order[j + 1] as number] === values[order[i] as number]) j++;
    for (let k = i; k <= j; k++) out[order[k] as number] = (i + j) / 2 + 1;
    i = j + 1;
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
