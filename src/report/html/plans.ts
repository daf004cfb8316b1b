// Plans for the page: the last plan of each query with what its operators did, and what AQE changed of the first.
// Laws: a number stands at a node only when a metric of that node measured it; the queries that held the run longest come first.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import {
  FACTS,
  type FactStore,
  kindOf,
  measuresOf,
  type NodeKind,
  type NodeMetric,
  type PlanNode,
  type PlanTree,
} from '../../facts/index.ts';
import { clean } from '../text.ts';
import type { PageNode, PagePlan } from './types.ts';

const MAX_PLANS = 40;
const MAX_NODES = 2500;
const MAX_PLAN_NODES = 600;
const MAX_DETAIL = 600;
const MAX_METRICS = 14;

/** What AQE may change: the kinds of operators that decide how a plan runs. */
const DECIDING: ReadonlySet<NodeKind> = new Set<NodeKind>([
  'sort-merge-join',
  'shuffled-hash-join',
  'broadcast-hash-join',
  'nested-loop-join',
  'cartesian-join',
  'sort',
  'exchange',
  'broadcast-exchange',
]);

/** The line of code behind a query, or behind one of its operators; undefined when it is not known, or only guessed. */
export type Locate = (executionId: number, nodeId?: number) => { readonly file: string; readonly line: number } | undefined;

export function plansOf(
  store: FactStore,
  startMs: number,
  locate?: Locate,
): { readonly plans: readonly PagePlan[]; readonly limits: readonly string[] } {
  const trees = store.get(FACTS.plans).all;
  const path = store.get(FACTS.criticalPath);
  const ofExecution = (tree: PlanTree) =>
    store
      .get(FACTS.stages)
      .ofExecution(tree.execution.id)
      .reduce((all, stage) => all + path.held(stage), 0);
  const ranked = trees
    .map((tree) => ({ tree, heldMs: ofExecution(tree) }))
    .sort((a, b) => b.heldMs - a.heldMs || lengthOf(b.tree) - lengthOf(a.tree) || a.tree.execution.id - b.tree.execution.id);
  const plans: PagePlan[] = [];
  let nodes = 0;
  for (const { tree, heldMs } of ranked) {
    if (plans.length >= MAX_PLANS || (plans.length > 0 && nodes + Math.min(tree.nodes.length, MAX_PLAN_NODES) > MAX_NODES)) continue;
    plans.push(planOf(store, tree, heldMs, startMs, locate));
    nodes += Math.min(tree.nodes.length, MAX_PLAN_NODES);
  }
  const limits =
    plans.length < trees.length
      ? [`The plans of the ${plans.length} queries that held the run longest are here, of ${trees.length} in all.`]
      : [];
  return { plans, limits };
}

const lengthOf = ({ execution }: PlanTree): number =>
  execution.startMs === undefined || execution.endMs === undefined ? 0 : execution.endMs - execution.startMs;

function planOf(store: FactStore, tree: PlanTree, heldMs: number, startMs: number, locate: Locate | undefined): PagePlan {
  const { execution } = tree;
  const path = store.get(FACTS.criticalPath);
  const source = store.get(FACTS.sources).ofExecution(execution.id) ?? locate?.(execution.id);
  const initial = initialOf(tree);
  return {
    id: execution.id,
    about: aboutOf(execution.description),
    status: execution.status,
    ...(execution.startMs === undefined ? {} : { from: execution.startMs - startMs }),
    ...(execution.endMs === undefined ? {} : { to: execution.endMs - startMs }),
    heldMs: Math.round(heldMs),
    ...(source === undefined ? {} : { source: `${clean(source.file, 300)}:${source.line}` }),
    final: tree.final,
    nodes: tree.nodes.slice(0, MAX_PLAN_NODES).map((node): PageNode => {
      // An exchange is read in the stage above it: what it costs lies where it is written.
      const writers = new Set(node.children.flatMap((child) => child.stages));
      const own = node.kind === 'exchange' && writers.size > 0 ? node.stages.filter((stage) => writers.has(stage)) : node.stages;
      const held = own.reduce((all, stage) => all + path.held(stage), 0);
      const { rows, bytes, spillBytes, timeMs, timeName } = measuresOf(node);
      const at = node.kind === 'wrapper' || node.reused || node.cached ? undefined : locate?.(execution.id, node.id);
      const optional = {
        source: at === undefined ? undefined : `${clean(at.file, 300)}:${at.line}`,
        rows,
        bytes,
        spill: spillBytes,
        timeMs,
        timeName,
        reused: node.reused || undefined,
        cached: node.cached || undefined,
      };
      return {
        id: node.id,
        parent: node.parent?.id ?? -1,
        name: clean(node.name, 80),
        kind: node.kind,
        detail: clean(node.detail, MAX_DETAIL),
        ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
        stages: node.reused ? [] : node.stages.slice(0, 8).map((stage) => stage.key),
        heldMs: node.reused || node.cached ? 0 : Math.round(held),
        metrics: metricsOf(node),
      };
    }),
    ...(initial === undefined ? {} : { initial }),
    changes: initial === undefined ? [] : changesOf(tree, initial),
    cut: tree.nodes.length > MAX_PLAN_NODES,
  };
}

const metricsOf = (node: PlanNode): (readonly [string, string])[] =>
  node.metrics
    .filter((metric) => metric.value !== undefined && metric.value !== 0)
    .slice(0, MAX_METRICS)
    .map((metric) => [clean(metric.name, 60), metricText(metric)] as const);

function metricText({ type, value = 0, max, count }: NodeMetric): string {
  const one = (n: number) =>
    type === 'size' ? formatBytes(n) : type === 'timing' ? formatMillis(n) : type === 'nsTiming' ? formatMillis(n / 1e6) : formatCount(n);
  const most = count > 1 && max !== undefined && max > 0 && type !== 'average' ? ` (largest task ${one(max)})` : '';
  return `${type === 'average' ? value.toFixed(1) : one(value)}${most}`;
}

/** A description without a call site that is the same for every query; a line of the user's is told apart from it. */
const aboutOf = (text: string | undefined): string => clean(text?.replace(/ at \S+:\d+$/, ''), 160);

type Bare = NonNullable<PagePlan['initial']>[number];

/** The plan before AQE, when it is another. */
function initialOf({ execution, nodes }: PlanTree): readonly Bare[] | undefined {
  const plan = execution.initialPlan;
  if (plan === undefined || plan === execution.plan || plan.names.length > MAX_PLAN_NODES) return undefined;
  if (plan.names.length === nodes.length && plan.names.every((name, i) => name === nodes[i]?.name)) return undefined;
  return plan.names.map((name, id) => ({
    id,
    parent: plan.parents[id] as number,
    name: clean(name, 80),
    kind: kindOf(name),
    detail: clean(plan.details[id], 200),
  }));
}

/** What there is more of, and less of, among the operators that decide how the plan runs. */
function changesOf({ nodes }: PlanTree, initial: readonly Bare[]): string[] {
  const counts = new Map<string, number>();
  const bump = (name: string, by: number) => counts.set(name, (counts.get(name) ?? 0) + by);
  for (const node of nodes) if (DECIDING.has(node.kind) && !node.reused) bump(node.name.trim(), 1);
  for (const node of initial) if (DECIDING.has(node.kind as NodeKind)) bump(node.name.trim(), -1);
  const out = [...counts]
    .filter(([, by]) => by !== 0)
    .sort((a, b) => a[1] - b[1] || a[0].localeCompare(b[0]))
    .map(([name, by]) => `${by > 0 ? '+' : '−'}${Math.abs(by)} ${clean(name, 60)}`);
  const reads = nodes.filter((node) => node.kind === 'aqe-read');
  const said = (word: string) => reads.filter((node) => node.detail.includes(word)).length;
  for (const word of ['coalesced', 'skewed', 'local'])
    if (said(word) > 0) out.push(`${said(word)} shuffle ${said(word) === 1 ? 'read' : 'reads'} ${word}`);
  return out;
}
