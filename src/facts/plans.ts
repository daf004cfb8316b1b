// Plan trees with measured metrics: what each operator of the last plan did, and in which stages.
// Law: values come from task and driver updates by accumulator id; a reused exchange or a cached plan is marked and never counted twice.
// Sources: metric types of SQLMetrics, node names of Spark 2.x–4.x, Photon and RAPIDS (see docs/architecture.md).

import type { Plan, SqlExecution } from '../eventlog/index.ts';
import { defineFact } from './define.ts';
import { type StageFact, stages } from './stages.ts';

/** What an operator is, independent of version and engine. */
export type NodeKind =
  | 'scan'
  | 'jdbc-scan'
  | 'memory-scan'
  | 'exchange'
  | 'broadcast-exchange'
  | 'aqe-read'
  | 'sort-merge-join'
  | 'shuffled-hash-join'
  | 'broadcast-hash-join'
  | 'nested-loop-join'
  | 'cartesian-join'
  | 'aggregate'
  | 'window'
  | 'sort'
  | 'filter'
  | 'project'
  | 'expand'
  | 'generate'
  | 'coalesce'
  | 'union'
  | 'limit'
  | 'python-row'
  | 'python-arrow'
  | 'write'
  | 'reused-exchange'
  | 'wrapper'
  | 'other';

export interface NodeMetric {
  readonly name: string;
  readonly type: string;
  /** Σ over tasks and driver updates in the metric's unit (ns metrics stay ns); for `average` the mean. Undefined when nothing updated it. */
  readonly value: number | undefined;
  /** Largest single task update. */
  readonly max: number | undefined;
  /** Number of task updates. */
  readonly count: number;
}

export interface PlanNode {
  readonly id: number;
  readonly name: string;
  /** simpleString. */
  readonly detail: string;
  readonly kind: NodeKind;
  readonly parent: PlanNode | undefined;
  readonly children: readonly PlanNode[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly metrics: readonly NodeMetric[];
  /** Stage attempts whose tasks updated this node's metrics; filled from its neighbours inside the same stage when it has none. */
  readonly stages: readonly StageFact[];
  /** Below a ReusedExchange or ReusedSubquery: the work is shown elsewhere too. */
  readonly reused: boolean;
  /** Below an in-memory scan: ran when the cache was filled, perhaps in another query. */
  readonly cached: boolean;
  /** Value of a metric by its name (several names: the first that has one), undefined when never updated. Time metrics in ms. */
  metric(...names: string[]): number | undefined;
}

export interface PlanTree {
  readonly execution: SqlExecution;
  readonly nodes: readonly PlanNode[];
  readonly root: PlanNode;
  /** Metrics of sub-plans that AQE reports without a place in the tree. */
  readonly loose: readonly NodeMetric[];
  /** False when AQE was still re-planning at the end of the log. */
  readonly final: boolean;
}

export interface Plans {
  readonly all: readonly PlanTree[];
  get(executionId: number): PlanTree | undefined;
  /** Nodes whose tasks ran in a stage attempt. */
  ofStage(stage: StageFact): readonly { readonly tree: PlanTree; readonly node: PlanNode }[];
}

const KINDS: readonly (readonly [RegExp, NodeKind])[] = [
  [
    /^(WholeStageCodegen|InputAdapter|AdaptiveSparkPlan|ShuffleQueryStage|BroadcastQueryStage|TableCacheQueryStage|ResultQueryStage|ColumnarToRow|RowToColumnar|Subquery|SubqueryBroadcast|GpuColumnarToRow|GpuRowToColumnar|GpuCoalesceBatches|VeloxColumnarToRow|PhotonResultStage|PhotonShuffleMapStage|CollectLimitWrapper)/,
    'wrapper',
  ],
  [/^Reused(Exchange|Subquery)/, 'reused-exchange'],
  [/^(AQEShuffleRead|CustomShuffleReader|GpuCustomShuffleReader|GpuAQEShuffleRead)/, 'aqe-read'],
  [/BroadcastExchange/, 'broadcast-exchange'],
  [/(Exchange|PhotonShuffleExchangeSink)/, 'exchange'],
  [/SortMergeJoin/, 'sort-merge-join'],
  [/(ShuffledHashJoin|ShuffledSymmetricHashJoin)/, 'shuffled-hash-join'],
  [/BroadcastHashJoin/, 'broadcast-hash-join'],
  [/(NestedLoopJoin)/, 'nested-loop-join'],
  [/CartesianProduct/, 'cartesian-join'],
  [/^(BatchEvalPython|BatchEvalPythonUDTF)/, 'python-row'],
  [
    /(ArrowEvalPython|InPandas|InArrow|ArrowAggregatePython|ArrowWindowPython|AggregateInPandas|WindowInPandas|ArrowEvalPythonUDTF)/,
    'python-arrow',
  ],
  [/(HashAggregate|SortAggregate|ObjectHashAggregate|PhotonAgg|PhotonGroupingAgg|PhotonShuffledAgg|Transformer.*Aggregate)/, 'aggregate'],
  [/(Window|PhotonWindow)/, 'window'],
  [/(^|Gpu|Photon)Sort( |$)/, 'sort'],
  [/^(Scan JDBCRelation|BatchScan.*jdbc)/i, 'jdbc-scan'],
  [/(InMemoryTableScan|Scan In-memory table)/, 'memory-scan'],
  [/(^|Gpu|Photon|Batch|File)Scan/, 'scan'],
  [/^(LocalTableScan|Range)/, 'scan'],
  [/(Filter)/, 'filter'],
  [/(Project)/, 'project'],
  [/(Expand)/, 'expand'],
  [/(Generate)/, 'generate'],
  [/^Coalesce/, 'coalesce'],
  [/^(Gpu)?Union/, 'union'],
  [/(TakeOrderedAndProject|GlobalLimit|LocalLimit|CollectLimit)/, 'limit'],
  [
    /^(Execute |WriteFiles|AppendData|OverwriteBy|OverwritePartitions|ReplaceData|WriteDelta|WriteToDataSource|GpuDataWritingCommand|InsertInto|SaveIntoDataSource)/,
    'write',
  ],
];

export function kindOf(name: string): NodeKind {
  for (const [pattern, kind] of KINDS) if (pattern.test(name)) return kind;
  return 'other';
}

/** What the accumulators of one query came to. `stages` are shared arrays: most accumulators belong to one stage. */
interface Totals {
  sum: number;
  max: number;
  count: number;
  stages: readonly StageFact[];
}

const NO_STAGES: readonly StageFact[] = [];

const metricOf = (name: string, type: string, total: Totals | undefined): NodeMetric => ({
  name,
  type,
  value: aggregate(total, type),
  max: total?.max,
  count: total?.count ?? 0,
});

/** A node reads its metrics from the plan's columns when asked: a fleet of plans has a million metrics, a rule looks at a few. */
class Node implements PlanNode {
  readonly id: number;
  readonly kind: NodeKind;
  readonly parent: Node | undefined;
  readonly children: Node[] = [];
  stages: readonly StageFact[] = NO_STAGES;
  readonly reused: boolean;
  readonly cached: boolean;
  private readonly plan: Plan;
  private readonly totals: ReadonlyMap<number, Totals>;
  /** Range of the node's metrics in the plan's columns. */
  private readonly from: number;
  private readonly to: number;

  constructor(id: number, parent: Node | undefined, plan: Plan, totals: ReadonlyMap<number, Totals>, from: number, to: number) {
    this.id = id;
    this.parent = parent;
    this.plan = plan;
    this.totals = totals;
    this.from = from;
    this.to = to;
    this.kind = kindOf(this.name);
    this.reused = parent !== undefined && (parent.reused || parent.kind === 'reused-exchange');
    this.cached = parent !== undefined && (parent.cached || parent.kind === 'memory-scan');
    parent?.children.push(this);
    for (let m = from; m < to; m++) {
      for (const stage of totals.get(plan.metricIds[m] as number)?.stages ?? NO_STAGES) {
        if (this.stages.includes(stage)) continue;
        this.stages =
          this.stages.length === 0 && totals.get(plan.metricIds[m] as number)?.stages.length === 1
            ? (totals.get(plan.metricIds[m] as number)?.stages ?? NO_STAGES)
            : [...this.stages, stage];
      }
    }
  }

  get name(): string {
    return this.plan.names[this.id] as string;
  }

  get detail(): string {
    return this.plan.details[this.id] as string;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.plan.metadata.get(this.id) ?? {};
  }

  get metrics(): readonly NodeMetric[] {
    const out: NodeMetric[] = [];
    for (let m = this.from; m < this.to; m++) {
      out.push(
        metricOf(this.plan.metricNames[m] as string, this.plan.metricTypes[m] as string, this.totals.get(this.plan.metricIds[m] as number)),
      );
    }
    return out;
  }

  metric(...names: string[]): number | undefined {
    for (const name of names) {
      for (let m = this.from; m < this.to; m++) {
        if (this.plan.metricNames[m] !== name) continue;
        const type = this.plan.metricTypes[m] as string;
        const value = aggregate(this.totals.get(this.plan.metricIds[m] as number), type);
        if (value !== undefined) return type === 'nsTiming' ? value / 1e6 : value;
      }
    }
    return undefined;
  }
}

export const plans = defineFact('plans', (run, get): Plans => {
  const stageFacts = get(stages);
  const trees: PlanTree[] = [];
  const byStage = new Map<StageFact, { tree: PlanTree; node: PlanNode }[]>();
  for (const execution of run.sql) {
    const { plan } = execution;
    if (plan === undefined || plan.names.length === 0) continue;
    const totals = totalsOf(execution, stageFacts.ofExecution(execution.id));
    const nodes: Node[] = [];
    let metric = 0;
    for (let i = 0; i < plan.names.length; i++) {
      const from = metric;
      while (metric < plan.metricIds.length && plan.metricNodes[metric] === i) metric++;
      nodes.push(new Node(i, nodes[plan.parents[i] as number], plan, totals, from, metric));
    }
    fillStages(nodes);
    const tree: PlanTree = {
      execution,
      nodes,
      root: nodes[0] as Node,
      loose: execution.looseMetrics.map(({ id, name, type }) => metricOf(name, type, totals.get(id))),
      final: !nodes.some((node) => /isFinalPlan=false/.test(node.detail)),
    };
    trees.push(tree);
    for (const node of nodes) {
      if (node.reused) continue;
      for (const stage of node.stages) {
        const list = byStage.get(stage) ?? [];
        list.push({ tree, node });
        byStage.set(stage, list);
      }
    }
  }
  const byId = new Map(trees.map((tree) => [tree.execution.id, tree]));
  return { all: trees, get: (id) => byId.get(id), ofStage: (stage) => byStage.get(stage) ?? [] };
});

/** Spark's UI shows the last attempt of a stage: so do we; a partial earlier attempt would be counted twice otherwise. */
function totalsOf(execution: SqlExecution, attempts: readonly StageFact[]): Map<number, Totals> {
  const latest = new Map<number, StageFact>();
  for (const attempt of attempts) latest.set(attempt.stage.id, attempt);
  const totals = new Map<number, Totals>();
  for (const stage of latest.values()) {
    const alone = [stage];
    for (const [id, update] of stage.stage.accumulators) {
      const total = totals.get(id);
      if (total === undefined) totals.set(id, { sum: update.sum, max: update.max, count: update.count, stages: alone });
      else {
        total.sum += update.sum;
        total.count += update.count;
        total.max = Math.max(total.max, update.max);
        total.stages = [...total.stages, stage];
      }
    }
  }
  for (const [id, value] of execution.driverUpdates) {
    if (value < 0) continue;
    const total = totals.get(id);
    if (total === undefined) totals.set(id, { sum: value, max: value, count: 0, stages: NO_STAGES });
    else total.sum += value;
  }
  return totals;
}

function aggregate(total: Totals | undefined, type: string): number | undefined {
  if (total === undefined) return undefined;
  switch (type) {
    // Stored as value × 10 (SQLMetrics.createAverageMetric): the mean over tasks, turned back.
    case 'average':
      return total.sum / Math.max(1, total.count) / 10;
    case 'maximum':
    case 'minimum':
      return total.max;
    default:
      return total.sum;
  }
}

/** Exchanges cut a plan into stages: nodes between two cuts ran in the same stages. */
function fillStages(nodes: Node[]): void {
  const cut = (node: Node) =>
    node.kind === 'exchange' || node.kind === 'broadcast-exchange' || node.kind === 'reused-exchange' || node.kind === 'memory-scan';
  const group: number[] = [];
  const members = new Map<number, Set<StageFact>>();
  for (const node of nodes) {
    // A cut node writes in the stage below it; what it is read by lies above.
    const parent = node.parent;
    group[node.id] = parent === undefined || cut(node) ? node.id : (group[parent.id] as number);
    if (cut(node)) continue;
    const set = members.get(group[node.id] as number) ?? new Set();
    for (const stage of node.stages) set.add(stage);
    members.set(group[node.id] as number, set);
  }
  // An exchange is read by the stages above it: operators there without metrics of their own belong to them.
  for (const node of nodes) {
    const written = members.get(node.id);
    if (node.kind !== 'exchange' || node.parent === undefined || written === undefined || written.size === 0) continue;
    const above = group[node.parent.id] as number;
    const set = members.get(above) ?? new Set();
    for (const stage of node.stages) if (!written.has(stage)) set.add(stage);
    members.set(above, set);
  }
  for (const node of nodes) {
    if (node.stages.length > 0 || cut(node)) continue;
    node.stages = [...(members.get(group[node.id] as number) ?? [])];
  }
}

/** The nearest ancestor that does work: wrappers and shuffle reads are skipped. */
export function parentOperator(node: PlanNode): PlanNode | undefined {
  let parent = node.parent;
  while (parent !== undefined && (parent.kind === 'wrapper' || parent.kind === 'aqe-read')) parent = parent.parent;
  return parent;
}

/** Children with wrappers and shuffle reads unwrapped. */
export function childOperators(node: PlanNode): PlanNode[] {
  const out: PlanNode[] = [];
  const queue = [...node.children];
  for (let child = queue.shift(); child !== undefined; child = queue.shift()) {
    if (child.kind === 'wrapper' || child.kind === 'aqe-read') queue.unshift(...child.children);
    else out.push(child);
  }
  return out;
}

/** All nodes below, in pre-order; `stop` ends a branch behind the node for which it holds. */
export function below(node: PlanNode, stop?: (node: PlanNode) => boolean): PlanNode[] {
  const out: PlanNode[] = [];
  const stack: PlanNode[] = [];
  const descend = ({ children }: PlanNode) => {
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i] as PlanNode);
  };
  descend(node);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    out.push(next);
    if (stop?.(next) !== true) descend(next);
  }
  return out;
}

/** Rows that came out of a node: its own metric, or that of the nearest single descendant which keeps the number of rows. */
export function outputRows(node: PlanNode): number | undefined {
  let at: PlanNode | undefined = node;
  while (at !== undefined) {
    const own = at.metric('number of output rows', 'rows output', 'records read', 'shuffle records written');
    if (own !== undefined) return own;
    const keeps: boolean =
      at.kind === 'wrapper' ||
      at.kind === 'project' ||
      at.kind === 'sort' ||
      at.kind === 'exchange' ||
      at.kind === 'broadcast-exchange' ||
      at.kind === 'aqe-read' ||
      at.kind === 'coalesce' ||
      at.kind === 'python-row';
    at = keeps && at.children.length === 1 ? at.children[0] : undefined;
  }
  return undefined;
}
