// What a micro-batch costs without its rows, and for each of them, as far as one run of the stream shows it.
// Laws: pure; rows are blamed for what cannot be told: a stage whose tasks are too few or too alike counts as work for rows; without any
// evidence there is no answer.

import { median, sum } from '../../base/index.ts';
import type { StreamingQuery, StreamProgress } from '../../eventlog/index.ts';
import { FACTS, type FactStore, type StageFact } from '../../facts/index.ts';

export interface BatchCost {
  /** Batches that were looked at: those with rows, without the first, which warms up. */
  readonly batches: readonly StreamProgress[];
  /** Median rows and time of a batch; ms. */
  readonly rows: number;
  readonly batchMs: number;
  /** Every batch takes as many rows as the largest one. */
  readonly full: boolean;
  /** Time of a batch that does not hang on its rows, ms; undefined when the run does not show it. */
  readonly fixedMs: number | undefined;
  /** How it is known. */
  readonly basis: string;
}

/** Batches, or tasks of one stage, that a line can be laid through. */
const MIN_POINTS = 8;
/** Rows must differ this much (standard deviation ÷ mean) to tell their share. */
const MIN_SPREAD = 0.05;
/** Batches take all they may when this many are as large as the largest. */
const FULL = 0.8;

export const rowsOf = (batch: StreamProgress): number => sum(batch.sources.map((one) => one.inputRows));

export function batchCost(store: FactStore, stream: StreamingQuery): BatchCost | undefined {
  const all = stream.progress.filter((one) => one.batchMs !== undefined && one.timestampMs !== undefined && rowsOf(one) > 0);
  const batches = all.slice(1);
  if (batches.length < 3) return undefined;
  const counts = batches.map(rowsOf);
  const times = batches.map((one) => one.batchMs as number);
  const rows = median(counts) as number;
  const batchMs = median(times) as number;
  const most = Math.max(...counts);
  const full = counts.filter((one) => one >= 0.99 * most).length >= FULL * counts.length;
  const given = { batches, rows, batchMs, full };
  const line = lineThrough([{ x: counts, y: times }]);
  if (line !== undefined && batches.length >= MIN_POINTS) {
    const fixedMs = batchMs - Math.min(batchMs, Math.max(0, line.slope) * rows);
    return { ...given, fixedMs, basis: `batches with more rows took ${fixedMs > 0.9 * batchMs ? 'no' : 'little'} longer` };
  }
  const own = new Set(batches.map((one) => one.batchId));
  const stages = store
    .get(FACTS.stages)
    .all.filter(({ job }) => job?.streamingQueryId === stream.id && own.has(Number(job?.streamingBatchId)));
  return { ...given, ...fromTasks(stages, batches.length, batchMs) };
}

/** Stages of one width are one step of the batch: within each, tasks with more rows are held against those with fewer. */
function fromTasks(stages: readonly StageFact[], batches: number, batchMs: number): Pick<BatchCost, 'fixedMs' | 'basis'> {
  const byWidth = new Map<number, StageFact[]>();
  for (const stage of stages) byWidth.set(stage.width, [...(byWidth.get(stage.width) ?? []), stage]);
  let forRows = 0;
  let told: { width: number; wallMs: number } | undefined;
  for (const [width, group] of byWidth) {
    const wallMs = sum(group.map((one) => one.wallMs)) / batches;
    const points = group.map((one) => ({ x: one.readRecords(), y: one.values('duration') }));
    const line = lineThrough(points);
    const [rows, ms] = [meanOf(points.map((one) => one.x)), meanOf(points.map((one) => one.y))];
    const share = line === undefined || ms <= 0 ? 1 : Math.min(1, Math.max(0, (line.slope * rows) / ms));
    forRows += wallMs * share;
    if (line !== undefined && wallMs > (told?.wallMs ?? 0)) told = { width, wallMs };
  }
  if (told === undefined) return { fixedMs: undefined, basis: 'all batches, and all tasks of a stage, have as many rows' };
  return {
    fixedMs: Math.max(0, batchMs - forRows),
    basis: `in its stages of ${told.width} tasks those with more rows took hardly longer than those with fewer`,
  };
}

const meanOf = (lists: readonly ArrayLike<number>[]): number => {
  const n = sum(lists.map((one) => one.length));
  return n === 0 ? 0 : sum(lists.map((one) => sum(one))) / n;
};

interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/**
 * The most that y may grow with x, over groups with a level of their own: the slope of least squares plus two of its standard errors. Undefined
 * when x is too even, or the points are too few.
 */
function lineThrough(groups: readonly Points[]): { readonly slope: number } | undefined {
  let [n, sxx, sxy, syy, mean] = [0, 0, 0, 0, 0];
  for (const { x, y } of groups) {
    if (x.length < 2) continue;
    const [mx, my] = [sum(x) / x.length, sum(y) / y.length];
    for (let i = 0; i < x.length; i++) {
      const [dx, dy] = [(x[i] as number) - mx, (y[i] as number) - my];
      sxx += dx * dx;
      sxy += dx * dy;
      syy += dy * dy;
    }
    n += x.length;
    mean += sum(x);
  }
  const freedom = n - groups.length - 1;
  if (n < MIN_POINTS || freedom < 3 || mean <= 0 || Math.sqrt(sxx / n) < MIN_SPREAD * (mean / n)) return undefined;
  const slope = sxy / sxx;
  const error = Math.sqrt(Math.max(0, syy - slope * sxy) / freedom / sxx);
  return { slope: slope + 2 * error };
}
