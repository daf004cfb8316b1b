// Queries of the run ↔ actions of the program: which call ran which queries.
// Laws: a call site in the log decides; else output path, kind of call, tables and operators score, and the program's order decides among
// equals (one path through the program that fits best, found by dynamic programming); how many others fit is said.

import { FACTS, type FactStore, type Scan } from '../facts/index.ts';
import type { Action, Frame, Program } from '../pyspark/index.ts';
import { callOf, callScore, NEVER, operatorScore, type Query, scanScore, showsInPlan } from './action-score.ts';
import { align } from './align.ts';
import { type Item, writeNode } from './items.ts';
import { locatedOf } from './located.ts';
import { attributesIn } from './names.ts';
import { bestFit, pathsIn } from './paths.ts';
import type { ScanMap } from './scans.ts';
import { tracedIn } from './traced.ts';
import type { Confidence, Located } from './types.ts';

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

/** More than this many pairs are scored by call and path only. */
const MAX_SCORED = 400_000;

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
      return [action, items.filter((item) => showsInPlan(item) && item.frames.some((frame) => scope.has(frame)))] as const;
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
