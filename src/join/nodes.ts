// Operators of the run's plans ↔ things of the program: the Join of `df.join`, the Aggregate of `groupBy`, the Exchange of `repartition(8)`.
// Laws: only things behind the query's action are looked at when that is known; keys decide, then kind and the reads beneath; how many
// others fit alike is said; a thing that fits by its kind alone counts only when nothing fits better.

import { below, type PlanNode, parentOperator } from '../facts/index.ts';
import type { Frame, Program } from '../pyspark/index.ts';
import type { Item } from './items.ts';
import { keysOf, ownScore } from './node-score.ts';
import type { ScanMap } from './scans.ts';
import type { CodeThing } from './types.ts';

export interface Match {
  readonly item: Item;
  /** From 0; 2 and more: names agree. */
  readonly score: number;
  readonly rivals: number;
  readonly basis: string;
}

/** Kinds of operator that a thing shows as; an operator of several kinds of things is given to each. */
function thingsOf(node: PlanNode): readonly CodeThing[] {
  switch (node.kind) {
    case 'sort-merge-join':
    case 'shuffled-hash-join':
    case 'broadcast-hash-join':
    case 'nested-loop-join':
    case 'cartesian-join':
      return ['join'];
    case 'aggregate':
      return ['aggregate', 'distinct'];
    case 'expand':
      return ['distinct', 'aggregate'];
    case 'window':
      return ['window'];
    case 'sort':
      return ['sort'];
    case 'limit':
      return /TakeOrdered/.test(node.name) ? ['sort'] : [];
    case 'coalesce':
      return ['repartition'];
    case 'exchange':
      return exchangeThings(node);
    case 'scan':
    case 'jdbc-scan':
      return ['read'];
    case 'memory-scan':
      return ['cache'];
    case 'python-row':
      return ['udf'];
    case 'python-arrow':
      return /(FlatMapGroups|FlatMapCoGroups|Aggregate|Window).*(InPandas|InArrow|Python)/.test(node.name)
        ? ['udf', 'aggregate', 'window']
        : ['udf'];
    case 'filter':
      return ['filter'];
    case 'write':
      return ['write'];
    case 'project':
    case 'generate':
    case 'union':
      return ['frame'];
    default:
      return [];
  }
}

function exchangeThings(node: PlanNode): readonly CodeThing[] {
  if (/REPARTITION_BY|REBALANCE/.test(node.detail) || /RoundRobinPartitioning/.test(node.detail)) return ['repartition'];
  if (/rangepartitioning/.test(node.detail)) return ['sort', 'repartition'];
  return [];
}

/** The operator for which an exchange (or a sort below a join, or a broadcast) was made. */
export function consumerOf(node: PlanNode): PlanNode | undefined {
  let at = parentOperator(node);
  while (
    at !== undefined &&
    (at.kind === 'sort' || at.kind === 'project' || at.kind === 'reused-exchange' || at.kind === 'other' || at.kind === 'filter') &&
    at.parent !== undefined
  )
    at = parentOperator(at);
  return at;
}

export interface NodeMap {
  /** Things of the given kinds that made an operator, the best first. */
  match(node: PlanNode, things: readonly CodeThing[], scope: ReadonlySet<Frame> | undefined): readonly Match[];
}

export function nodeMapOf(program: Program, items: readonly Item[], scanMap: ScanMap): NodeMap {
  const byThing = new Map<CodeThing, Item[]>();
  for (const item of items) byThing.set(item.thing, [...(byThing.get(item.thing) ?? []), item]);
  const upstream = new Map<Frame, ReadonlySet<Frame>>();
  const above = (frame: Frame): ReadonlySet<Frame> => {
    let known = upstream.get(frame);
    if (known === undefined) {
      known = new Set(program.upstream(frame));
      upstream.set(frame, known);
    }
    return known;
  };

  /** Share of the reads beneath an operator that belong to what a thing is done on; undefined when nothing is known of them. */
  const readsFit = (node: PlanNode, frames: readonly Frame[]): number | undefined => {
    const scans = below(node).filter((one) => scanMap.isNamed(one));
    if (scans.length === 0 || frames.length === 0) return undefined;
    const all = new Set(frames.flatMap((frame) => [...above(frame)]));
    return scans.filter((scan) => scanMap.readsOf(scan).some((read) => all.has(read.frame))).length / scans.length;
  };

  const score = (node: PlanNode, item: Item): number | undefined => {
    const own = ownScore(node, item, scanMap);
    if (own === undefined || item.thing === 'read') return own;
    const reads = readsFit(node, item.frames);
    return reads === undefined ? own : reads === 0 ? undefined : own + reads;
  };

  return {
    match(node, things, scope) {
      const found: Match[] = [];
      const possible = thingsOf(node);
      for (const thing of things) {
        if (!possible.includes(thing)) continue;
        const all = byThing.get(thing) ?? [];
        const inScope = scope === undefined ? all : all.filter((item) => item.frames.some((frame) => scope.has(frame)));
        const scored = inScope
          .map((item) => ({ item, score: score(node, item) }))
          .filter((one): one is { item: Item; score: number } => one.score !== undefined)
          .sort((a, b) => b.score - a.score);
        const best = scored[0]?.score ?? 0;
        const equals = scored.filter((one) => one.score >= best - 0.25);
        // Functions with names of their own that one operator calls are no rivals; one function has several places.
        const others =
          thing === 'udf'
            ? Math.max(
                0,
                ...equals.map(
                  ({ item }) =>
                    new Set(equals.filter((one) => one.item.refs.udf?.name === item.refs.udf?.name).map((one) => one.item.refs.udf)).size -
                    1,
                ),
              )
            : equals.length - 1;
        for (const one of scored)
          if (one.score >= best - 0.75 || thing === 'udf')
            found.push({
              item: one.item,
              score: one.score,
              rivals: Math.max(0, others),
              basis: basisOf(node, one.item, one.score, scored.length),
            });
      }
      return found;
    },
  };
}

const NAMES: Partial<Record<CodeThing, string>> = {
  udf: 'UDF',
  frame: 'step',
  aggregate: 'aggregation',
};

function basisOf(node: PlanNode, item: Item, score: number, count: number): string {
  const what = NAMES[item.thing] ?? item.thing;
  const agree = item.columns.filter((name) => keysOf(node).has(name)).slice(0, 3);
  if (item.thing === 'read' && score >= 2) return `reads what ${node.name.trim()} scans`;
  if (item.thing === 'udf' && score >= 2) return `called in ${node.name}`;
  if (agree.length > 0) return `the ${what} on ${agree.join(', ')}`;
  return count === 1 ? `the only ${what} behind this query` : `a ${what} behind this query`;
}
