// Queries of the run ↔ actions of the program: which call ran which queries.
// Laws: a call site in the log decides; else output path, kind of call, tables and operators score, and the program's order decides among
// equals (one path through the program that fits best, found by dynamic programming); how many others fit is said.

import { FACTS, type FactStore, type PlanTree, type Scan } from '../facts/index.ts';
import type { Action, Frame, Program } from '../pyspark/index.ts';
import { type Item, writeNode } from './items.ts';
import { locatedOf } from './located.ts';
import { attributesIn } from './names.ts';
import { bestFit, pathsIn, tableFits } from './paths.ts';
import type { ScanMap } from './scans.ts';
import { tracedIn } from './traced.ts';
import type { Confidence, Located } from './types.ts';

type Execution = PlanTree['execution'];

export interface Actions {
  /** The action of a query, best first; empty when none is known. */
  of(executionId: number): readonly Located[];
  /** The action itself. */
  actionOf(executionId: number): Action | undefined;
  /** Frames behind a query: all that its action computes. Undefined when the action is not known. */
  scopeOf(executionId: number): ReadonlySet<Frame> | undefined;
  executionsOf(action: Action): readonly number[];
  scopeOfAction(action: Action): ReadonlySet<Frame>;
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
function callOf(execution: Execution): { readonly method: string; readonly reads: boolean } | undefined {
  const description = /^(\S+) at \S+/.exec(execution.description ?? '')?.[1];
  const [, owner, own] = /^\S*?(\w+)\$?\.(\w+)\([^)]*\)/.exec(execution.details ?? '') ?? [];
  const method = description ?? own;
  return method === undefined || method.startsWith('$') ? undefined : { method, reads: /Reader$/.test(owner ?? '') };
}

/** More than this many pairs are scored by call and path only. */
const MAX_SCORED = 400_000;
const NEVER = Number.NEGATIVE_INFINITY;

interface Query {
  readonly execution: Execution;
  readonly call: ReturnType<typeof callOf>;
  readonly streaming: boolean;
  readonly written: readonly string[];
  readonly writeText: string;
  readonly scans: readonly Scan[];
  readonly names: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

export function actionsOf(store: FactStore, program: Program, items: readonly Item[], scanMap: ScanMap): Actions {
  const plans = store.get(FACTS.plans);
  const sites = store.get(FACTS.sources);
  const scansBy = new Map<number, Scan[]>();
  for (const scan of store.get(FACTS.scans)) {
    const list = scansBy.get(scan.tree.execution.id) ?? [];
    list.push(scan);
    scansBy.set(scan.tree.execution.id, list);
  }
  const scopes = new Map<Action, ReadonlySet<Frame>>();
  const scopeOfAction = (action: Action): ReadonlySet<Frame> => {
    let scope = scopes.get(action);
    if (scope === undefined) {
      scope = new Set(action.frames.flatMap((frame) => program.upstream(frame)));
      scopes.set(action, scope);
    }
    return scope;
  };
  const actions = [...program.actions].sort((a, b) => a.order - b.order);
  const itemsOfAction = new Map(
    actions.map((action) => {
      const scope = scopeOfAction(action);
      return [action, items.filter((item) => KINDS_OF[item.thing] !== undefined && item.frames.some((frame) => scope.has(frame)))] as const;
    }),
  );

  const queries = store.run.sql
    .filter((execution) => execution.rootId === undefined || execution.rootId === execution.id)
    .map((execution): Query => {
      const tree = plans.get(execution.id);
      const writes = tree?.nodes.filter((node) => node.kind === 'write' && node.name !== 'WriteFiles') ?? [];
      const shown = tree?.nodes.filter((node) => !node.cached && node.kind !== 'write') ?? [];
      return {
        execution,
        call: callOf(execution),
        streaming: /\bbatch = |runId = /.test(execution.description ?? ''),
        written: writes.flatMap((node) => pathsIn(node.detail)),
        writeText: writes.map((node) => node.detail).join(' '),
        scans: scansBy.get(execution.id) ?? [],
        names: attributesIn(shown.map((node) => node.detail).join(' ')),
        kinds: new Set(shown.map((node) => node.kind)),
      };
    });

  const detailed = queries.length * actions.length <= MAX_SCORED;
  const score = (query: Query, action: Action): number => {
    const base = callScore(query, action);
    if (base === NEVER || !detailed) return base;
    return base + scanScore(query, scopeOfAction(action), scanMap) + operatorScore(query, itemsOfAction.get(action) ?? []);
  };

  const traced = new Map<Query, Action>();
  for (const query of queries) {
    const at = tracedIn(program, sites.ofExecution(query.execution.id));
    const action = at?.calls.flatMap((call) => actions.find((one) => one.call === call) ?? [])[0];
    if (action !== undefined) traced.set(query, action);
  }
  const scored = queries.map((query) => {
    const known = traced.get(query);
    return actions.map((action) => (known === undefined ? score(query, action) : known === action ? 100 : NEVER));
  });
  const chosen = align(actions, scored);

  const of = new Map<number, readonly Located[]>();
  const actionBy = new Map<number, Action>();
  const executionsBy = new Map<Action, number[]>();
  queries.forEach((query, i) => {
    const pick = chosen[i];
    const action = pick === undefined ? undefined : actions[pick];
    if (pick === undefined || action === undefined) return;
    const row = scored[i] as readonly number[];
    const best = row[pick] as number;
    const rivals = row.filter((other, j) => j !== pick && other > NEVER && other >= best - 0.5).length;
    const id = query.execution.id;
    actionBy.set(id, action);
    executionsBy.set(action, [...(executionsBy.get(action) ?? []), id]);
    const isTraced = traced.has(query);
    const byPath = action.write !== undefined && (bestFit(action.write.path, query.written) ?? 0) > 0;
    const confidence: Confidence = isTraced ? 'certain' : rivals === 0 ? 'likely' : 'possible';
    const basis = isTraced
      ? `call site of query ${id}`
      : byPath
        ? `writes to …/${query.written[0]?.split('/').filter(Boolean).at(-1) ?? ''}`
        : rivals === 0
          ? `the only ${action.call.name} that fits query ${id}`
          : `the ${action.call.name} that stands in order for query ${id}`;
    const at = action.write === undefined ? undefined : writeNode(action.call);
    of.set(id, [
      locatedOf(
        {
          thing: 'action',
          at: at ?? action.call.node,
          refs: { action, call: action.call, ...(action.write === undefined ? {} : { write: action.write }) },
        },
        { confidence, basis, rivals },
      ),
    ]);
  });
  const rootOf = new Map(store.run.sql.map((one) => [one.id, one.rootId ?? one.id]));
  const root = (id: number) => rootOf.get(id) ?? id;
  return {
    of: (id) => of.get(root(id)) ?? [],
    actionOf: (id) => actionBy.get(root(id)),
    scopeOf: (id) => {
      const action = actionBy.get(root(id));
      return action === undefined ? undefined : scopeOfAction(action);
    },
    executionsOf: (action) => executionsBy.get(action) ?? [],
    scopeOfAction,
  };
}

/** Kind of call and output: what cannot be is never. */
function callScore(query: Query, action: Action): number {
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
function scanScore(query: Query, scope: ReadonlySet<Frame>, scanMap: ScanMap): number {
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

/** Things of the action that the plan shows, less those that it does not. */
function operatorScore(query: Query, items: readonly Item[]): number {
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

/** Going back to an earlier action, outside of a loop or of a function that is called again. */
const BACK = -3;
/** The same action again, likewise. */
const AGAIN = -1.5;
/** An action that is left out: it may stand in a branch. */
const SKIPPED = -0.05;
/** What a query scores that belongs to no action of the program. */
const NONE = -0.5;

/** For each query the action that fits best, so that all together follow the program's order. */
function align(actions: readonly Action[], scored: readonly (readonly number[])[]): (number | undefined)[] {
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
