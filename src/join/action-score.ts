// How well a query of the run fits an action of the program: by the kind of call, the output, what was read, the operators.
// Law: what cannot be is NEVER, and no other evidence outweighs it; what is not known scores nothing.

import type { PlanTree, Scan } from '../facts/index.ts';
import type { Action, Frame } from '../pyspark/index.ts';
import type { Item } from './items.ts';
import { bestFit, tableFits } from './paths.ts';
import type { ScanMap } from './scans.ts';

type Execution = PlanTree['execution'];

/** The score of an action that cannot have run the query. */
export const NEVER = Number.NEGATIVE_INFINITY;

/** A query as it is compared with actions. */
export interface Query {
  readonly execution: Execution;
  readonly call: ReturnType<typeof callOf>;
  readonly streaming: boolean;
  readonly written: readonly string[];
  readonly writeText: string;
  readonly scans: readonly Scan[];
  readonly names: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** What PySpark calls on the JVM for each action: the word before "at" in a query's description. */
const CALLS: Readonly<Record<string, RegExp>> = {
  count: /^count$/,
  collect: /^(collect|collectToPython|toPython)$/,
  toPandas: /^(toPandas|collect|collectToPython|collectAsArrowToPython|toArrow)$/,
  toArrow: /^(toArrow|collectAsArrowToPython|collectToPython)$/,
  show: /^(show|showString)$/,
  display: /^(display|collect\w*|take\w*|head)$/,
  first: /^(first|head|take|collect|collectToPython|tail)$/,
  head: /^(first|head|take|collect|collectToPython)$/,
  take: /^(take|head|collect|collectToPython)$/,
  tail: /^(tail|tailToPython|collectToPython)$/,
  isEmpty: /^(isEmpty|take|head)$/,
  toLocalIterator: /^(toLocalIterator|toPythonIterator)$/,
  foreach: /^foreach/,
  foreachPartition: /^foreach/,
  checkpoint: /^(checkpoint|localCheckpoint)$/,
  localCheckpoint: /^(checkpoint|localCheckpoint)$/,
  start: /^start$/,
  approxQuantile: /^approxQuantile$/,
};
const WRITE_CALLS =
  /^(parquet|csv|json|orc|text|jdbc|save|saveAsTable|insertInto|append|overwrite|overwritePartitions|create|createOrReplace|replace|xml)$/;

/** The call of a query: from `count at …:0`, and the class that has it from the first line of its stack. */
export function callOf(execution: Execution): { readonly method: string; readonly reads: boolean } | undefined {
  const description = /^(\S+) at \S+/.exec(execution.description ?? '')?.[1];
  const [, owner, own] = /^\S*?(\w+)\$?\.(\w+)\([^)]*\)/.exec(execution.details ?? '') ?? [];
  const method = description ?? own;
  return method === undefined || method.startsWith('$') ? undefined : { method, reads: /Reader$/.test(owner ?? '') };
}

/** Kind of call and output: what cannot be is never. */
export function callScore(query: Query, action: Action): number {
  const { call, written, streaming } = query;
  if (call?.reads === true) return NEVER;
  const { write } = action;
  if (streaming || write?.streaming === true) return streaming && write?.streaming === true ? 3 : NEVER;
  const known = write === undefined ? CALLS[action.method] : undefined;
  if (/^(saveAs|count|collect)/.test(action.method) && query.kinds.size === 0 && call === undefined) return NEVER;
  let score = 0;
  if (call !== undefined && !/^(sql|withAction|execute|run)$/.test(call.method)) {
    if (write === undefined) {
      if (known === undefined || !known.test(call.method)) return NEVER;
      score += 2;
    } else {
      if (!WRITE_CALLS.test(call.method)) return NEVER;
      if (action.call.name !== call.method && WRITE_CALLS.test(action.call.name)) return NEVER;
      score += 2;
    }
  } else if (call === undefined) {
    // No call in the log: a plan that writes belongs to a write.
    const writes = query.writeText !== '';
    if (writes !== (write !== undefined)) return NEVER;
  } else return NEVER;
  if (write === undefined) return score;
  if (write.path !== undefined && written.length > 0) {
    const fit = bestFit(write.path, written);
    if (fit === undefined) return NEVER;
    score += fit === 0 ? 0.5 : 4 + Math.min(3, fit / 5);
  }
  if (write.table?.constant !== undefined && query.writeText !== '') score += tableFits(write.table.constant, query.writeText) ? 5 : -2;
  const partitioned = /\[__partition_columns=\[([^\]]*)\]/.exec(query.writeText)?.[1];
  if (write.partitionBy.length > 0 && query.writeText !== '' && partitioned !== undefined)
    score += write.partitionBy.every((name) => partitioned.includes(`"${name}"`)) ? 1 : -1;
  return score;
}

/** Do the sources that were read belong to what the action computes? */
export function scanScore(query: Query, scope: ReadonlySet<Frame>, scanMap: ScanMap): number {
  if (query.scans.length === 0) return 0;
  let inside = 0;
  let outside = 0;
  for (const scan of query.scans) {
    const reads = scanMap.readsOf(scan.node);
    if (reads.length === 0) continue;
    if (reads.some((read) => scope.has(read.frame))) inside++;
    else outside++;
  }
  return (2 * inside) / query.scans.length - (4 * outside) / query.scans.length;
}

/** Operators that show that a thing of the program was done. */
const KINDS_OF: Partial<Record<Item['thing'], readonly string[]>> = {
  join: ['sort-merge-join', 'shuffled-hash-join', 'broadcast-hash-join', 'nested-loop-join', 'cartesian-join'],
  aggregate: ['aggregate', 'python-arrow', 'other'],
  distinct: ['aggregate'],
  window: ['window'],
  filter: ['filter', 'scan'],
  cache: ['memory-scan'],
};

/** Does a thing show as an operator of its own? */
export const showsInPlan = (item: Item): boolean => KINDS_OF[item.thing] !== undefined;

/** Things of the action that the plan shows, less those that it does not. */
export function operatorScore(query: Query, items: readonly Item[]): number {
  if (query.kinds.size === 0 || items.length === 0) return 0;
  let score = 0;
  for (const item of items) {
    const shown = (KINDS_OF[item.thing] ?? []).some((kind) => query.kinds.has(kind));
    const named = item.columns.length === 0 || item.columns.some((name) => query.names.has(name));
    score += shown && named ? 1 : -0.6;
  }
  // What the plan does and the action does not.
  for (const [thing, kinds] of Object.entries(KINDS_OF))
    if (
      (thing === 'join' || thing === 'window') &&
      (kinds ?? []).some((kind) => query.kinds.has(kind)) &&
      !items.some((item) => item.thing === thing)
    )
      score -= 1;
  return score / Math.sqrt(items.length);
}
