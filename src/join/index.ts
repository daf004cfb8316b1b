// join: the run and its code, joined: which line is behind a stage, a query, a plan node, and which of them a line caused.
// Laws: pure; a place that is guessed says so and how many others fit; knows no rule.

import { FACTS, type FactStore, type PlanNode } from '../facts/index.ts';
import { type Call, type Frame, lint, type Program } from '../pyspark/index.ts';
import { actionsOf } from './actions.ts';
import { columnTypes } from './column-types.ts';
import { itemsOf } from './items.ts';
import { locator } from './locate.ts';
import { type Match, nodeMapOf } from './nodes.ts';
import { notesOf } from './notes.ts';
import { scanMapOf } from './scans.ts';
import type { CodeMap, CodeThing } from './types.ts';

export { tracedIn } from './traced.ts';
export type * from './types.ts';

/** Kinds that an operator can be. */
const IN_PLANS: readonly CodeThing[] = [
  'join',
  'aggregate',
  'distinct',
  'window',
  'sort',
  'repartition',
  'read',
  'cache',
  'udf',
  'filter',
  'write',
];

const joined = new WeakMap<FactStore, WeakMap<Program, CodeMap>>();

/** Joins a run with the program that it ran, once. A pure function of both; what could not be joined is in `notes`. */
export function joinCode(store: FactStore, program: Program): CodeMap {
  const known = joined.get(store) ?? new WeakMap<Program, CodeMap>();
  const map = known.get(program) ?? join(store, program);
  joined.set(store, known.set(program, map));
  return map;
}

function join(store: FactStore, program: Program): CodeMap {
  const items = itemsOf(program);
  const scanMap = scanMapOf(store, program);
  const actions = actionsOf(store, program, items, scanMap);
  const nodeMap = nodeMapOf(program, items, scanMap);
  const plans = store.get(FACTS.plans);

  let nodesBy: Map<Call, PlanNode[]> | undefined;
  const nodes = (): Map<Call, PlanNode[]> => {
    if (nodesBy !== undefined) return nodesBy;
    nodesBy = new Map();
    for (const tree of plans.all) {
      const scope = actions.scopeOf(tree.execution.id);
      for (const node of tree.nodes) {
        const best = bestOf(nodeMap.match(node, IN_PLANS, scope));
        const call = best?.item.refs.call;
        if (call !== undefined) nodesBy.set(call, [...(nodesBy.get(call) ?? []), node]);
      }
    }
    return nodesBy;
  };
  const nodesBehind = (frame: Frame): PlanNode[] =>
    program
      .actionsOn(frame)
      .flatMap((action) => actions.executionsOf(action))
      .flatMap((id) => [...(plans.get(id)?.nodes ?? [])]);

  return {
    program,
    lint: lint(program),
    notes: notesOf(store, program, actions, scanMap),
    actionsOf: (id) => actions.of(id),
    locate: locator(store, program, items, actions, nodeMap),
    scansOf: (read) => scanMap.scansOf(read),
    columnTypesOf: (frame) => columnTypes(program, scanMap, frame, nodesBehind(frame)),
    executionsOf: (action) => actions.executionsOf(action),
    nodesOf: (call) => nodes().get(call) ?? [],
  };
}

/** The match whose names agree best; none when only the kind fits and several do. */
function bestOf(matches: readonly Match[]): Match | undefined {
  const best = [...matches].sort((a, b) => b.score - a.score)[0];
  return best === undefined || (best.score < 1 && best.rivals > 0) || best.score < 0.2 ? undefined : best;
}
