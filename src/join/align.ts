// One way through the program that fits all queries of a run together best: each query its action, in the program's order.
// Law: dynamic programming over (query, last action): no other assignment has a higher sum of scores and steps.

import type { Action } from '../pyspark/index.ts';
import { NEVER } from './action-score.ts';

/** Going back to an earlier action, outside of a loop or of a function that is called again. */
const BACK = -3;
/** The same action again, likewise. */
const AGAIN = -1.5;
/** An action that is left out: it may stand in a branch. */
const SKIPPED = -0.05;
/** What a query scores that belongs to no action of the program. */
const NONE = -0.5;

/** For each query the action that fits best, so that all together follow the program's order. */
export function align(actions: readonly Action[], scored: readonly (readonly number[])[]): (number | undefined)[] {
  const n = actions.length;
  if (n === 0) return scored.map(() => undefined);
  const isRepeated = actions.map((action) => action.loops.length > 0 || action.frames.length > 1);
  const inOneLoop = (a: number, b: number) =>
    (actions[a] as Action).loops.some((loop) => (actions[b] as Action).loops.includes(loop)) ||
    ((actions[a] as Action).frames.length > 1 && (actions[b] as Action).frames.length > 1);
  const step = (from: number, to: number): number => {
    if (from < 0) return SKIPPED * Math.min(to, 10);
    if (to > from) return SKIPPED * Math.min(to - from - 1, 10);
    if (to === from) return isRepeated[to] ? 0 : AGAIN;
    return inOneLoop(from, to) ? 0 : BACK;
  };
  // States: the last action seen; n stands for none yet.
  let best = new Float64Array(n + 1).fill(NEVER);
  best[n] = 0;
  const back: Int32Array[] = [];
  const taken: Uint8Array[] = [];
  for (const row of scored) {
    const next = new Float64Array(n + 1).fill(NEVER);
    const from = new Int32Array(n + 1).fill(-1);
    const took = new Uint8Array(n + 1);
    for (let s = 0; s <= n; s++) {
      // A query of no action leaves the place in the program as it is.
      const stay = (best[s] as number) + NONE;
      if (stay > (next[s] as number)) [next[s], from[s], took[s]] = [stay, s, 0];
    }
    for (let a = 0; a < n; a++) {
      const own = row[a] as number;
      if (own === NEVER) continue;
      for (let s = 0; s <= n; s++) {
        if (best[s] === NEVER) continue;
        const total = (best[s] as number) + own + step(s === n ? -1 : s, a);
        if (total > (next[a] as number)) [next[a], from[a], took[a]] = [total, s, 1];
      }
    }
    back.push(from);
    taken.push(took);
    best = next;
  }
  let at = 0;
  for (let s = 1; s <= n; s++) if ((best[s] as number) > (best[at] as number)) at = s;
  const out: (number | undefined)[] = [];
  for (let i = scored.length - 1; i >= 0; i--) {
    out[i] = taken[i]?.[at] === 1 ? at : undefined;
    at = back[i]?.[at] ?? n;
  }
  return out;
}
