// When one task stands out from the others of its stage. One measure for what is marked and for what the scatter opens on.

import { mostAndOthers, sum } from '../../src/base/index.ts';

/** As for the longest task: three times what the others have in the median. */
const TIMES = 3;
/** Where most others have nothing, half of all. */
const SHARE = 0.5;

/** Whether the one with the most stands out: `others` is the median of the others, `all` the sum. */
export const standsOut = (most: number, others: number, all: number): boolean =>
  most > 0 && most >= TIMES * others && (others > 0 || most >= SHARE * all);

/** The same of a column; never for a single task. */
export function uneven(values: Float64Array): boolean {
  const of = mostAndOthers(values);
  return of !== undefined && values.length > 1 && standsOut(of.most, of.others, sum(values));
}
