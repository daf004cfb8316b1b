// Uneven stages: a few tasks got far more data than the rest, took longer for it, and the stage waited for them.
// Law: time must follow data (read, written or joined rows); a long task with ordinary data is not skew. What a perfect cure leaves is the
// even spread of the same work, but not less than the other tasks take by themselves: fractional waves and slow starts are not counted.

import { max, median, plus, quantile, sorted, sum } from '../base/index.ts';
import { activity } from './activity.ts';
import { clock } from './clock.ts';
import { criticalPath } from './critical-path.ts';
import { defineFact } from './define.ts';
import { childOperators, type NodeKind, type PlanNode, type Plans, type PlanTree, parentOperator, plans } from './plans.ts';
import { type StageFact, type Stages, stages } from './stages.ts';

/** Which of a task's amounts is uneven. */
export type SkewData = 'records read' | 'bytes read' | 'records written' | 'bytes written' | 'rows out of the join';

/** What made the partitions that the stage works on. */
export interface SkewOrigin {
  readonly kind: 'join' | 'aggregation' | 'input';
  /** `shuffle`: partitions of an exchange; `scan`: input splits; `stream`: the streamed side of a join meets a hot row of the other. */
  readonly via: 'shuffle' | 'scan' | 'stream';
  readonly tree: PlanTree | undefined;
  /** Join, aggregate, window, scan, or the operator that reads an explicit repartition. */
  readonly node: PlanNode | undefined;
  readonly exchange: PlanNode | undefined;
}

export interface StageSkew {
  readonly stage: StageFact;
  readonly data: SkewData;
  readonly origin: SkewOrigin;
  /** Task indexes of the heavy tasks, heaviest first. */
  readonly hot: readonly number[];
  readonly maxData: number;
  /** Median over the tasks that had any. */
  readonly typicalData: number;
  /** maxData ÷ typicalData; Infinity when one task had everything. */
  readonly dataRatio: number;
  readonly maxMs: number;
  readonly typicalMs: number;
  /** The heavy task had not ended when the log did. */
  readonly unfinished: boolean;
  /** Time on the critical path that the unevenness accounts for, ms. */
  readonly heldMs: number;
}

export interface Skews {
  readonly all: readonly StageSkew[];
  of(stage: StageFact): StageSkew | undefined;
}

/** Lowest bars of the fact; rules set their own, higher ones. */
const HEAVY = 2;
const LONGER = 1.3;
/** Bytes of a partition vary with how well its keys compress (2.6 × the bytes at 2.0 × the rows was measured): where rows are known, bytes alone must say more. */
const HEAVY_BYTES = 4;
/** A column that explains this much of what the best one explains is taken when it is nearer to the cause (what a task read before what it wrote). */
const NEARLY = 0.8;
/** Under three tasks there is no "rest" to be uneven against. */
const MIN_TASKS = 3;
/** Stages that held the end for less are not looked at: they are many and cannot matter. */
const MIN_HELD_MS = 100;

export const skew = defineFact('skew', (_run, get): Skews => {
  const path = get(criticalPath);
  const planFacts = get(plans);
  const stageFacts = get(stages);
  const { endMs } = get(clock);
  const bySlots = get(activity);
  const known = new Map<StageFact, StageSkew>();
  for (const { stage, heldMs } of path.stages) {
    if (heldMs < MIN_HELD_MS || stage.width < MIN_TASKS || bySlots.peakSlots < 2) continue;
    const found =
      stage.stage.runningTasks.length > 0
        ? unfinishedSkew(stage, heldMs, endMs ?? stage.endMs, stageFacts, planFacts)
        : endedSkew(stage, heldMs, stageFacts, planFacts);
    if (found !== undefined) known.set(stage, found);
  }
  return { all: [...known.values()].sort((a, b) => b.heldMs - a.heldMs), of: (stage) => known.get(stage) };
});

/** Time that tasks take on so many slots, started in the order of `order` (positions in `durations`), or of `durations` itself. */
export function makespan(durations: ArrayLike<number>, slots: number, order?: ArrayLike<number>): number {
  const n = order?.length ?? durations.length;
  const width = Math.max(1, Math.min(Math.round(slots), n));
  // A binary heap of the times at which slots become free.
  const heap = new Float64Array(width);
  let end = 0;
  for (let k = 0; k < n; k++) {
    const finish = (heap[0] as number) + (durations[order === undefined ? k : (order[k] as number)] as number);
    if (finish > end) end = finish;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= width) break;
      if (child + 1 < width && (heap[child + 1] as number) < (heap[child] as number)) child++;
      if ((heap[child] as number) >= finish) break;
      heap[i] = heap[child] as number;
      i = child;
    }
    heap[i] = finish;
  }
  return end;
}

interface Candidate {
  readonly data: SkewData;
  readonly hot: readonly number[];
  readonly max: number;
  readonly typical: number;
  readonly cured: number;
}

const JOINS: ReadonlySet<NodeKind> = new Set<NodeKind>([
  'sort-merge-join',
  'shuffled-hash-join',
  'broadcast-hash-join',
  'nested-loop-join',
  'cartesian-join',
]);

function endedSkew(stage: StageFact, heldMs: number, all: Stages, planFacts: Plans): StageSkew | undefined {
  const n = stage.rows.length;
  if (n < MIN_TASKS) return undefined;
  // Heavy tasks are at most a third: the rest's median is above the first quartile, and nothing is longer than it by enough.
  const times = stage.distribution('duration');
  if (times === undefined || times.max < LONGER * times.p25) return undefined;
  const duration = stage.values('duration');
  const order = stage.launchOrder();
  const asRun = makespan(duration, stage.slots, order);
  if (asRun <= 0) return undefined;
  const columns: readonly (readonly [SkewData, Float64Array])[] = [
    ['records read', stage.readRecords()],
    ['bytes read', stage.readBytes()],
    ['records written', plus(stage.values('outputRecords'), stage.values('shuffleWriteRecords'))],
    ['bytes written', plus(stage.values('outputBytes'), stage.values('shuffleWriteBytes'))],
  ];
  const candidates: Candidate[] = [];
  for (const [data, amounts] of columns) {
    const typical = typicalOf(amounts);
    const most = max(amounts) ?? 0;
    const heavy =
      data.startsWith('bytes') &&
      (data === 'bytes read' ? stage.readRecords() : stage.values('shuffleWriteRecords')).some((value) => value > 0)
        ? HEAVY_BYTES
        : HEAVY;
    if (most < heavy * typical || most === 0) continue;
    const hot = order.filter((i) => (amounts[i] as number) > 0 && (amounts[i] as number) >= heavy * typical);
    consider(data, [...hot], most, typical);
  }
  // A hot row of the streamed side: rows read are even, rows out of the join are not, and no column of a task tells which one it was.
  const joins = planFacts.ofStage(stage).filter(({ node }) => JOINS.has(node.kind));
  for (const { node } of joins) {
    const rows = node.metrics.find((metric) => metric.name === 'number of output rows' && metric.count > 0);
    if (rows?.value === undefined || rows.max === undefined || node.stages.length > 1) continue;
    const typical = (rows.value - rows.max) / (n - 1);
    if (rows.max < HEAVY * typical) continue;
    const hot = order.filter((i) => (duration[i] as number) >= times.max / 2 && (duration[i] as number) >= HEAVY * times.median);
    consider('rows out of the join', [...hot], rows.max, typical);
  }
  const gain = candidates.reduce((top, candidate) => Math.max(top, asRun - candidate.cured), 0);
  const best = candidates.find((candidate) => asRun - candidate.cured >= NEARLY * gain);
  if (best === undefined) return undefined;
  const written = best.data !== 'records read' && best.data !== 'bytes read';
  const index = stage.values('index');
  const hot = [...best.hot].sort((a, b) => (duration[b] as number) - (duration[a] as number));
  return {
    stage,
    data: best.data,
    origin: originOf(stage, all, planFacts, written),
    hot: hot.map((i) => index[i] as number),
    maxData: best.max,
    typicalData: best.typical,
    dataRatio: best.typical > 0 ? best.max / best.typical : Number.POSITIVE_INFINITY,
    maxMs: duration[hot[0] as number] as number,
    typicalMs: restOf(best.hot),
    unfinished: false,
    heldMs: Math.max(0, heldMs * (1 - best.cured / asRun)),
  };

  function restOf(hot: readonly number[]): number {
    const heavy = new Set(hot);
    return median(duration.filter((_, i) => !heavy.has(i))) ?? 0;
  }

  function consider(data: SkewData, hot: readonly number[], most: number, typical: number): void {
    // Many heavy tasks are two populations, not a tail.
    if (hot.length === 0 || hot.length > n / 3) return;
    if ((median(hot.map((i) => duration[i] as number)) as number) < LONGER * restOf(hot)) return;
    const heavy = new Set(hot);
    const others = makespan(
      duration,
      stage.slots,
      order.filter((i) => !heavy.has(i)),
    );
    const cured = Math.max(others, sum(duration) / Math.max(1, Math.round(stage.slots)));
    if (cured < asRun) candidates.push({ data, hot, max: most, typical, cured });
  }
}

/** Median over the tasks that had any, the largest left out: partitions without a key say nothing about the ones that have some. */
function typicalOf(amounts: Float64Array): number {
  const ascending = sorted(amounts);
  const first = ascending.findIndex((value) => value > 0);
  return first < 0 ? 0 : (quantile(ascending.subarray(first, ascending.length - 1), 0.5) ?? 0);
}

/** The log ended while tasks ran: what they read is what the stages before wrote, less what the ended tasks read. */
function unfinishedSkew(stage: StageFact, heldMs: number, endMs: number, all: Stages, planFacts: Plans): StageSkew | undefined {
  const duration = stage.values('duration');
  const typicalMs = median(duration);
  const records = stage.readRecords();
  const typical = median(records) ?? 0;
  if (duration.length < MIN_TASKS || typicalMs === undefined || typical <= 0) return undefined;
  const late = stage.stage.runningTasks.filter((task) => task.launchMs > 0 && endMs - task.launchMs >= HEAVY * typicalMs);
  if (late.length === 0 || late.length > stage.width / 3) return undefined;
  const parents = stage.stage.parentIds.map((id) => all.get(id)?.total('shuffleWriteRecords'));
  // With AQE the stages that wrote have other ids than the parents named here: the exchanges know.
  const exchanges = shufflesRead(stage, planFacts).map(({ exchange }) => exchange.metric('shuffle records written'));
  const whole = [exchanges, parents].find(
    (amounts): amounts is number[] => amounts.length > 0 && amounts.every((value) => value !== undefined),
  );
  if (whole === undefined) return undefined;
  const written = sum(whole);
  const open = Math.max(0, stage.stage.taskCount - duration.length - late.length);
  const each = (written - sum(records) - open * typical) / late.length;
  if (each < HEAVY * typical) return undefined;
  const oldest = late.reduce((age, task) => Math.max(age, endMs - task.launchMs), 0);
  return {
    stage,
    data: 'records read',
    origin: originOf(stage, all, planFacts, false),
    hot: late.sort((a, b) => a.launchMs - b.launchMs).map((task) => task.index),
    maxData: each,
    typicalData: typical,
    dataRatio: each / typical,
    maxMs: oldest,
    typicalMs,
    unfinished: true,
    heldMs: Math.min(heldMs, Math.max(0, oldest - typicalMs)),
  };
}

const GROUPED_PYTHON = /FlatMap(Co)?Groups|AggregateInPandas|AggregatePython|WindowInPandas|WindowPython|TransformWithState/;

/** Exchanges that a stage reads, each with the operator that reads it. */
export function shufflesRead(stage: StageFact, planFacts: Plans): { tree: PlanTree; exchange: PlanNode; reader: PlanNode }[] {
  const out: { tree: PlanTree; exchange: PlanNode; reader: PlanNode }[] = [];
  for (const { tree, node } of planFacts.ofStage(stage)) {
    if (
      node.kind === 'exchange' ||
      node.kind === 'broadcast-exchange' ||
      node.kind === 'reused-exchange' ||
      node.kind === 'wrapper' ||
      node.kind === 'aqe-read'
    )
      continue;
    for (const child of childOperators(node))
      if (child.kind === 'exchange' || child.kind === 'reused-exchange') out.push({ tree, exchange: child, reader: node });
  }
  return out;
}

/** `REPARTITION_BY_COL`, `REPARTITION_BY_NUM` and `REBALANCE_…`: the user asked for this shuffle. */
export const isExplicit = (exchange: PlanNode): boolean => /\b(REPARTITION_BY|REBALANCE)_/.test(exchange.detail);

/** The join, aggregate or window of the stage that a shuffle was made for. */
function consumerOf(reader: PlanNode, stage: StageFact): { node: PlanNode; kind: 'join' | 'aggregation' } | undefined {
  for (let node: PlanNode | undefined = reader; node?.stages.includes(stage) && node.kind !== 'exchange'; node = parentOperator(node)) {
    if (node.kind === 'sort-merge-join' || node.kind === 'shuffled-hash-join') return { node, kind: 'join' };
    if (node.kind === 'aggregate' || node.kind === 'window' || (node.kind === 'python-arrow' && GROUPED_PYTHON.test(node.name)))
      return { node, kind: 'aggregation' };
  }
  return undefined;
}

function originOf(stage: StageFact, all: Stages, planFacts: Plans, written: boolean): SkewOrigin {
  const nodes = planFacts.ofStage(stage);
  const shuffles = shufflesRead(stage, planFacts);
  const consumers = shuffles.map((shuffle) => ({ ...shuffle, consumer: consumerOf(shuffle.reader, stage) }));
  const joined = consumers.find(({ consumer }) => consumer?.kind === 'join');
  if (joined?.consumer !== undefined)
    return {
      kind: 'join',
      via: 'shuffle',
      tree: joined.tree,
      node: joined.consumer.node,
      exchange: heavier(consumers.filter((c) => c.consumer?.node === joined.consumer?.node).map((c) => c.exchange)),
    };
  if (written) {
    // Even input, uneven output: the join multiplied a hot row.
    const join = nodes.filter(({ node }) => JOINS.has(node.kind)).sort((a, b) => unevenness(b.node) - unevenness(a.node))[0];
    if (join !== undefined && unevenness(join.node) >= HEAVY)
      return { kind: 'join', via: 'stream', tree: join.tree, node: join.node, exchange: undefined };
  }
  const grouped = consumers.find(({ consumer, exchange }) => consumer?.kind === 'aggregation' && !isExplicit(exchange));
  if (grouped?.consumer !== undefined)
    return { kind: 'aggregation', via: 'shuffle', tree: grouped.tree, node: grouped.consumer.node, exchange: grouped.exchange };
  const shuffle = shuffles[0];
  if (shuffle !== undefined) return { kind: 'input', via: 'shuffle', tree: shuffle.tree, node: shuffle.reader, exchange: shuffle.exchange };
  const scan = nodes.find(({ node }) => node.kind === 'scan' || node.kind === 'jdbc-scan' || node.kind === 'memory-scan');
  if (scan !== undefined) return { kind: 'input', via: 'scan', tree: scan.tree, node: scan.node, exchange: undefined };
  return {
    kind: rddKind(stage, all),
    via: stage.total('shuffleReadRecords') > 0 ? 'shuffle' : 'scan',
    tree: undefined,
    node: undefined,
    exchange: undefined,
  };
}

/** Largest task's rows ÷ mean of the others. */
function unevenness(node: PlanNode): number {
  const rows = node.metrics.find((metric) => metric.name === 'number of output rows' && metric.count > 0);
  if (rows?.value === undefined || rows.max === undefined) return 0;
  const tasks = node.stages.reduce((top, stage) => Math.max(top, stage.width), rows.count);
  const others = tasks > 1 ? (rows.value - rows.max) / (tasks - 1) : 0;
  return others > 0 ? rows.max / others : rows.max > 0 ? Number.POSITIVE_INFINITY : 0;
}

const heavier = (exchanges: readonly PlanNode[]): PlanNode | undefined =>
  [...exchanges].sort((a, b) => (b.metric('data size') ?? 0) - (a.metric('data size') ?? 0))[0];

/**
 * Programs on RDDs have no plan: the names of RDDs and their call sites tell what the shuffle is for. The stage that reads it tells in Scala
 * and Java; PySpark's reads a bare `partitionBy`, and the `PairwiseRDD` that ends the writing stage has the call (`groupByKey at job.py:16`).
 */
function rddKind(stage: StageFact, all: Stages): SkewOrigin['kind'] {
  if (stage.total('shuffleReadRecords') === 0) return 'input';
  const own = kindOfCalls([stage.stage.name, ...stage.stage.rdds.map((rdd) => `${rdd.name} ${rdd.scope ?? ''} ${rdd.callSite ?? ''}`)]);
  if (own !== undefined) return own;
  const calls = stage.stage.parentIds.flatMap((id) => {
    const parent = all.get(id)?.stage;
    const pairs = parent?.rdds.filter((rdd) => rdd.name === 'PairwiseRDD') ?? [];
    return parent === undefined || pairs.length === 0 ? [] : [parent.name, ...pairs.map((rdd) => rdd.callSite ?? '')];
  });
  return kindOfCalls(calls) ?? 'input';
}

/** `sortByKey` groups nothing: its ranges are a repartition that the program asked for. */
function kindOfCalls(calls: readonly string[]): SkewOrigin['kind'] | undefined {
  const text = calls.join('\n');
  if (/CoGroupedRDD|\b(join|\w+OuterJoin|cogroup|groupWith)\b/.test(text)) return 'join';
  return /\b(?!sortByKey\b)\w+ByKey\b|\bgroupBy\b|\bdistinct\b/.test(text) ? 'aggregation' : undefined;
}
