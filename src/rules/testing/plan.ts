// For tests: plans as nested nodes, and which stage's tasks report which metric.
// Law: exchanges cut a plan into stages as Spark does; a metric without a place to report it is an error of the test.

import type { Json, Tuple } from './events.ts';
import type { StageSpec, Task } from './log.ts';

/** A total in the unit of `PlanNode.metric()`, or one value per task of the stage. */
export type MetricValue = number | readonly number[];

export interface NodeSpec {
  readonly name: string;
  /** simpleString; the name when empty. */
  readonly detail: string;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly children: readonly NodeSpec[];
  readonly options: { readonly stage?: string; readonly metadata?: Readonly<Record<string, string>> };
}

export const node = (
  name: string,
  detail = '',
  metrics: NodeSpec['metrics'] = {},
  children: readonly NodeSpec[] = [],
  options: NodeSpec['options'] = {},
): NodeSpec => ({
  name,
  detail: detail || name,
  metrics,
  children,
  options,
});

/** A shuffle; `partitioning` as in plans: `hashpartitioning(k#1, 200)`, `SinglePartition`, `rangepartitioning(k#1 ASC NULLS FIRST, 200)`. */
export const exchange = (partitioning: string, metrics: NodeSpec['metrics'], child: NodeSpec, origin = 'ENSURE_REQUIREMENTS'): NodeSpec =>
  node('Exchange', `Exchange ${partitioning}, ${origin}, [plan_id=1]`, metrics, [child]);

export const broadcast = (metrics: NodeSpec['metrics'], child: NodeSpec): NodeSpec =>
  node(
    'BroadcastExchange',
    'BroadcastExchange HashedRelationBroadcastMode(List(cast(input[0, bigint, false] as bigint)),false), [plan_id=1]',
    metrics,
    [child],
  );

export interface ScanSpec {
  readonly path: string;
  readonly format?: string;
  readonly columns?: string;
  readonly pushedFilters?: string;
  readonly partitionFilters?: string;
  readonly rows?: MetricValue;
  readonly files?: number;
  readonly bytes?: number;
  readonly partitions?: number;
  readonly metrics?: NodeSpec['metrics'];
  readonly stage?: string;
}

/** A file scan, as Spark describes it. */
export function scan(spec: ScanSpec): NodeSpec {
  const { path, format = 'parquet', columns = 'k:bigint,v:string' } = spec;
  const names = columns.split(',').map((column, i) => `${column.split(':')[0]}#${i + 1}`);
  const Format = { parquet: 'Parquet', csv: 'CSV', json: 'JSON', orc: 'ORC', text: 'Text' }[format] ?? format;
  const metadata = {
    Batched: String(format === 'parquet'),
    DataFilters: '[]',
    Format,
    Location: `InMemoryFileIndex(1 paths)[file:${path}]`,
    PartitionFilters: `[${spec.partitionFilters ?? ''}]`,
    PushedFilters: `[${spec.pushedFilters ?? ''}]`,
    ReadSchema: `struct<${columns}>`,
  };
  const given = {
    'number of output rows': spec.rows,
    'number of files read': spec.files,
    'size of files read': spec.bytes,
    'number of partitions read': spec.partitions,
    ...spec.metrics,
  };
  const metrics = Object.fromEntries(Object.entries(given).filter((entry): entry is [string, MetricValue] => entry[1] !== undefined));
  const text = Object.entries(metadata).map(([key, value]) => `${key}: ${value}`);
  return node(`Scan ${format} `, `FileScan ${format} [${names}] ${text.join(', ')}`, metrics, [], { stage: spec.stage, metadata });
}

/** Metric types of SQLMetrics by the metric's name, as logs of 3.5–4.3 have them. */
function typeOf(name: string): 'sum' | 'size' | 'timing' | 'nsTiming' | 'average' {
  if (/^shuffle write time$|^(Remote )?JDBC /.test(name)) return 'nsTiming';
  if (/^avg /.test(name)) return 'average';
  if (/^number /.test(name)) return 'sum';
  if (/\btime\b|duration/.test(name)) return 'timing';
  return /size|bytes|memory|written output|Python workers/.test(name) ? 'size' : 'sum';
}

const isExchange = (name: string) => /Exchange$/.test(name) && !/^Reused/.test(name);
const isCut = (name: string) => isExchange(name) || /^Subquery/.test(name);
/** Shuffle metrics that the reading side updates. */
const READ_SIDE =
  /^(records|local bytes|remote bytes|local blocks|remote blocks|local merged|remote merged|merged|corrupt|fetch wait|remote reqs)/;
const DRIVER = /^(number of files read|size of files read|number of partitions read|metadata time|dynamic partition pruning time|static )/;
const fromDriver = (name: string, metric: string) =>
  DRIVER.test(metric) ||
  /^Execute /.test(name) ||
  /^(BroadcastExchange|AQEShuffleRead)$/.test(name) ||
  (name === 'Exchange' && metric === 'number of partitions');

type IdOf = (node: NodeSpec, metric: string) => number;

/** sparkPlanInfo of a plan. */
export function planInfo(plan: NodeSpec, idOf: IdOf): Json {
  return {
    nodeName: plan.name,
    simpleString: plan.detail,
    children: plan.children.map((child) => planInfo(child, idOf)),
    metadata: plan.options.metadata ?? {},
    metrics: Object.keys(withImplied(plan)).map((name) => ({ name, accumulatorId: idOf(plan, name), metricType: typeOf(name) })),
  };
}

/** Every shuffle has these two; they are filled from the tasks that write it when the test does not say. */
const withImplied = (plan: NodeSpec): NodeSpec['metrics'] =>
  isShuffle(plan) ? { 'shuffle bytes written': 0, 'shuffle records written': 0, ...plan.metrics } : plan.metrics;
const isShuffle = (plan: NodeSpec) => isExchange(plan.name) && !/Broadcast/.test(plan.name);

export interface Placed {
  /** Per stage, per task: what it reports. */
  readonly updates: ReadonlyMap<StageSpec, readonly (readonly Tuple[])[]>;
  readonly driver: readonly { readonly id: number; readonly value: number; readonly early: boolean }[];
  /** Names of a stage's plan nodes, top first: the scopes of its RDDs. */
  readonly scopes: ReadonlyMap<StageSpec, readonly string[]>;
}

interface Group {
  readonly nodes: NodeSpec[];
  readonly parent: Group | undefined;
}

export function placeMetrics(plan: NodeSpec, stages: readonly StageSpec[], idOf: IdOf): Placed {
  const groups: Group[] = [];
  const seen = new Set<NodeSpec>();
  const visit = (at: NodeSpec, outer: Group | undefined, parent?: NodeSpec): void => {
    // A reused exchange shows its plan again; it ran once.
    if (seen.has(at)) return;
    seen.add(at);
    // A cache that names its stage was filled in a stage of its own (TableCacheQueryStage).
    const filled = parent !== undefined && /^InMemoryTableScan/.test(parent.name) && at.options.stage !== undefined;
    const own = outer === undefined || isCut(at.name) || filled ? { nodes: [], parent: outer } : outer;
    own.nodes.push(at);
    for (const child of at.children) visit(child, own, at);
    if (own !== outer) groups.push(own);
  };
  visit(plan, undefined);

  const first = stages.filter((stage) => stage.retry !== true);
  const named = groups.some((group) => group.nodes.some((at) => at.options.stage !== undefined));
  if (!named && stages.length > 0 && first.length !== groups.length) {
    throw new Error(`the plan has ${groups.length} stages and the list ${first.length}: name them with { stage: '…' } on nodes and stages`);
  }
  const attempts = new Map<Group, StageSpec[]>();
  groups.forEach((group, i) => {
    const name = group.nodes.find((at) => at.options.stage !== undefined)?.options.stage;
    const at = named
      ? stages.findIndex((stage) => stage.stage !== undefined && stage.stage === name)
      : stages.indexOf(first[i] as StageSpec);
    if (name !== undefined && at < 0) throw new Error(`no stage is named '${name}'`);
    if (at < 0) return;
    let end = at + 1;
    while (stages[end]?.retry === true) end++;
    attempts.set(group, stages.slice(at, end));
  });

  const updates = new Map<StageSpec, Tuple[][]>(stages.map((stage) => [stage, stage.tasks.map(() => [])]));
  const driver: { id: number; value: number; early: boolean }[] = [];
  const scopes = new Map<StageSpec, string[]>();
  for (const group of groups) {
    for (const stage of attempts.get(group) ?? [])
      scopes.set(
        stage,
        group.nodes.map((at) => at.name),
      );
    for (const at of group.nodes) {
      for (const [metric, value] of Object.entries(withImplied(at))) {
        const implied = !(metric in at.metrics);
        if (fromDriver(at.name, metric)) {
          driver.push({ id: idOf(at, metric), value: total(value), early: DRIVER.test(metric) });
          continue;
        }
        const reporter = isShuffle(at) && READ_SIDE.test(metric) ? group.parent : group;
        const reporting = (reporter && attempts.get(reporter)) ?? [];
        if (reporting.length === 0 && !implied && stages.length > 0) throw new Error(`no stage reports '${metric}' of ${at.name}`);
        for (const stage of reporting) {
          const values = implied
            ? stage.tasks.map((task) => (metric.includes('bytes') ? task.shuffleWriteBytes : task.shuffleWriteRecords) ?? 0)
            : spread(value, stage.tasks, metric);
          const scale = { nsTiming: 1e6, average: 10 }[typeOf(metric) as string] ?? 1;
          values.forEach((part, i) => {
            if (part !== 0) updates.get(stage)?.[i]?.push([idOf(at, metric), metric, Math.round(part * scale)]);
          });
        }
      }
    }
  }
  return { updates, driver, scopes };
}

const total = (value: MetricValue): number => (typeof value === 'number' ? value : value.reduce((a, b) => a + b, 0));

/** A total as whole numbers that add up to it: times by task time, the rest by rows read, evenly where there are none. */
function spread(value: MetricValue, tasks: readonly Task[], metric: string): readonly number[] {
  if (typeof value !== 'number') {
    if (value.length !== tasks.length) throw new Error(`'${metric}' has ${value.length} values for ${tasks.length} tasks`);
    return value;
  }
  const type = typeOf(metric);
  if (type === 'average') return tasks.map(() => value);
  const rows = tasks.map((task) => (task.inputRecords ?? 0) + (task.shuffleReadRecords ?? 0));
  const weights =
    type === 'timing' || type === 'nsTiming' ? tasks.map((task) => task.ms) : rows.some((count) => count > 0) ? rows : tasks.map(() => 1);
  const sum = weights.reduce((a, b) => a + b, 0) || 1;
  let done = 0;
  let given = 0;
  return weights.map((weight) => {
    done += weight;
    const part = Math.round((value * done) / sum) - given;
    given += part;
    return part;
  });
}
