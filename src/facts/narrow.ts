// Stages with fewer tasks than slots, or with a last wave that fills few of them: what made them narrow, and how wide they could be.
// Law: only work that can be split counts: a stage held by one heavy task is skew, one partition asked for by the plan is another rule's, a
// group is never cut. Time is counted only while slots really stood free, whoever else was running; starting Python workers is not shortened.

import { sum } from '../base/index.ts';
import { activity } from './activity.ts';
import { criticalPath } from './critical-path.ts';
import { defineFact } from './define.ts';
import { childOperators, type PlanNode, type Plans, type PlanTree, plans } from './plans.ts';
import { isExplicit, makespan, shufflesRead, skew } from './skew.ts';
import { type StageFact, stages } from './stages.ts';
import { integral } from './steps.ts';

/**
 * `coalesce`: the program merged partitions without a shuffle. `aqe`: adaptive execution merged them by bytes. `shuffle`: a shuffle has that many.
 * `repartition`: the program asked for that many. `splits`: files could be read in more pieces. `files`: too few files, work behind the scan.
 * `cached`: a cached frame has that many. `parallelism`: an RDD has that many. `wave`: more tasks than slots, and the last wave is nearly empty.
 */
export type NarrowCause = 'coalesce' | 'aqe' | 'shuffle' | 'repartition' | 'splits' | 'files' | 'cached' | 'parallelism' | 'wave';

export interface NarrowStage {
  readonly stage: StageFact;
  readonly cause: NarrowCause;
  readonly tree: PlanTree | undefined;
  /** Coalesce, Exchange or Scan. */
  readonly node: PlanNode | undefined;
  /** Partitions before they were merged, or that the shuffle has; undefined when unknown. */
  readonly partitions: number | undefined;
  /** Tasks that could have run at once. */
  readonly usable: number;
  /** Time on the critical path that being so wide would save at most, ms. */
  readonly heldMs: number;
}

/** Stages that held the end for less are not looked at. */
const MIN_HELD_MS = 250;
/** A fractional last wave costs at most 1 ÷ waves of the stage: with more waves it is not looked at. */
const MAX_WAVES = 4;
/** A file of this size can be cut: Spark's smallest split (spark.sql.files.openCostInBytes, 4 MiB). */
const SPLIT_BYTES = 4 * 1024 * 1024;
/** From this share of a stage's run time on, reading files is the work itself: a shuffle behind the scan would not spread it. */
const SCANNING = 0.7;

export const isSinglePartition = (exchange: PlanNode): boolean =>
  /SinglePartition|(hash|range|RoundRobin)[Pp]artitioning\((?:.*, )?1\)/.test(exchange.detail);

/**
 * Share of a stage's task time in which Python workers were started and initialised (logged from Spark 4.0 on): each task needs its worker,
 * so that more tasks do not shorten it.
 */
export function workerStartShare(stage: StageFact, planFacts: Plans): number {
  let ms = 0;
  for (const { node } of planFacts.ofStage(stage)) {
    if (!node.kind.startsWith('python-')) continue;
    const time = (node.metric('time to start Python workers') ?? 0) + (node.metric('time to initialize Python workers') ?? 0);
    const all = sum(node.stages.map((one) => one.taskTimeMs));
    if (all > 0) ms += time * (stage.taskTimeMs / all);
  }
  return stage.taskTimeMs > 0 ? Math.min(1, ms / stage.taskTimeMs) : 0;
}

/** Number of partitions in an exchange's text. */
export function exchangePartitions(exchange: PlanNode): number | undefined {
  if (/SinglePartition/.test(exchange.detail)) return 1;
  const count = /[Pp]artitioning\((?:.*, )?(\d+)\)/.exec(exchange.detail)?.[1];
  return count === undefined ? exchange.metric('number of partitions') : Number(count);
}

export const narrow = defineFact('narrow', (_run, get): readonly NarrowStage[] => {
  const path = get(criticalPath);
  const planFacts = get(plans);
  const skews = get(skew);
  const { running } = get(activity);
  get(stages);
  const out: NarrowStage[] = [];
  for (const { stage, heldMs } of path.stages) {
    if (heldMs < MIN_HELD_MS) continue;
    const slots = Math.round(stage.slots);
    const found = slots < 2 ? undefined : judge(stage, heldMs, slots);
    if (found === undefined) continue;
    // Half of what could be saved by width is skew already: then the heavy task is the cause.
    if ((skews.of(stage)?.heldMs ?? 0) >= found.heldMs / 2) continue;
    if (found.heldMs > 0) out.push(found);
  }
  return out.sort((a, b) => b.heldMs - a.heldMs);

  function judge(stage: StageFact, heldMs: number, slots: number): NarrowStage | undefined {
    const { width } = stage;
    if (width < 1 || stage.stage.status === 'failed') return undefined;
    const nodes = planFacts.ofStage(stage);
    if (nodes.some(({ node }) => node.kind === 'jdbc-scan')) return undefined;
    const records = sum(stage.readRecords());
    if (records > 0 && records < 2 * slots && nodes.every(({ node }) => node.kind !== 'memory-scan')) return undefined;
    const splittable = 1 - workerStartShare(stage, planFacts);
    const free = stage.wallMs > 0 ? Math.max(0, 1 - integral(running, stage.startMs, stage.endMs) / (stage.slots * stage.wallMs)) : 0;
    if (width > slots) {
      if (width % slots === 0 || width > MAX_WAVES * slots) return undefined;
      const duration = stage.values('duration');
      const asRun = makespan(duration, slots, stage.launchOrder());
      const even = sum(duration) / slots;
      const source = sourceOf(stage, slots);
      return asRun <= 0
        ? undefined
        : {
            stage,
            cause: 'wave',
            tree: source?.tree,
            node: source?.node,
            partitions: width,
            usable: slots,
            heldMs: Math.min(heldMs * (1 - even / asRun), heldMs * free) * splittable,
          };
    }
    const source = width === slots ? undefined : sourceOf(stage, slots);
    return source === undefined || source.usable <= width
      ? undefined
      : { stage, ...source, heldMs: Math.min(heldMs * (1 - width / source.usable), heldMs * free) * splittable };
  }

  function sourceOf(stage: StageFact, slots: number): Omit<NarrowStage, 'stage' | 'heldMs'> | undefined {
    const { width } = stage;
    const nodes = planFacts.ofStage(stage);
    const widest = stage.stage.rdds.reduce((top, rdd) => Math.max(top, rdd.partitions), 0);
    const coalesce = nodes.find(({ node }) => node.kind === 'coalesce');
    if ((coalesce !== undefined || stage.stage.rdds.some((rdd) => rdd.name === 'CoalescedRDD')) && widest > width) {
      return width === 1
        ? undefined
        : { cause: 'coalesce', tree: coalesce?.tree, node: coalesce?.node, partitions: widest, usable: Math.min(slots, widest) };
    }
    const shuffles = shufflesRead(stage, planFacts);
    if (shuffles.length > 0) {
      if (shuffles.some(({ exchange }) => isSinglePartition(exchange))) return undefined;
      const { tree, exchange, reader } =
        shuffles.find((shuffle) => isExplicit(shuffle.exchange)) ?? (shuffles[0] as (typeof shuffles)[number]);
      const partitions = exchangePartitions(exchange);
      const merged = partitions !== undefined && partitions > width && hasMergedRead(reader);
      return {
        cause: merged ? 'aqe' : isExplicit(exchange) ? 'repartition' : 'shuffle',
        tree,
        node: exchange,
        partitions,
        usable: Math.min(slots, groupsOf(reader, stage)),
      };
    }
    const cached = nodes.find(({ node }) => node.kind === 'memory-scan');
    if (cached !== undefined) return { cause: 'cached', tree: cached.tree, node: cached.node, partitions: width, usable: slots };
    const scan = nodes.find(({ node }) => node.kind === 'scan' && /Scan/.test(node.name));
    if (scan !== undefined) {
      const files = scan.node.metric('number of files read', 'number of files') ?? 0;
      const bytes = scan.node.metric('size of files read', 'num bytes read') ?? sum(stage.readBytes());
      const pieces = Math.max(files, Math.floor(bytes / SPLIT_BYTES));
      if (files > 0 && pieces > width && bytes / width > SPLIT_BYTES)
        return { cause: 'splits', tree: scan.tree, node: scan.node, partitions: pieces, usable: Math.min(slots, pieces) };
      const scanMs = scan.node.stages.length === 1 ? (scan.node.metric('scan time') ?? 0) : 0;
      const works = nodes.some(({ node }) => WORK.has(node.kind) || (node.kind === 'project' && /\(/.test(node.detail)));
      return works && scanMs < SCANNING * stage.total('runMs')
        ? { cause: 'files', tree: scan.tree, node: scan.node, partitions: files || undefined, usable: slots }
        : undefined;
    }
    // Without a row read it is a range, a local table, or Spark reading schemas and listing files: nothing says that it can be split.
    const rows = stage.total('inputRecords') + stage.total('shuffleReadRecords');
    return rows === 0 && (nodes.length > 0 || width === 1)
      ? undefined
      : { cause: 'parallelism', tree: undefined, node: undefined, partitions: width, usable: slots };
  }
});

const WORK: ReadonlySet<string> = new Set([
  'python-row',
  'python-arrow',
  'broadcast-hash-join',
  'nested-loop-join',
  'cartesian-join',
  'aggregate',
  'generate',
  'window',
  'sort',
  'expand',
]);

/** AQE merged the partitions between the exchange and its reader. */
function hasMergedRead(reader: PlanNode): boolean {
  const queue = [...reader.children];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    if (node.kind === 'aqe-read') return /coalesced/i.test(node.detail) || node.metric('number of coalesced partitions') !== undefined;
    if (node.kind === 'wrapper') queue.push(...node.children);
  }
  return false;
}

/** A final grouping by key runs in at most as many tasks as it has groups. */
function groupsOf(reader: PlanNode, stage: StageFact): number {
  for (let node: PlanNode | undefined = reader; node?.stages.includes(stage) && node.kind !== 'exchange'; node = node.parent) {
    if (node.kind !== 'aggregate' || /functions=\[partial_/.test(node.detail) || childOperators(node).length !== 1) continue;
    return node.metric('number of output rows') ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}
