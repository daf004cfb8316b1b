// The two sides of a join, in the plan as measured and in the code as written: what broadcast and salting decide by.
// Laws: left is left (Spark keeps the order of `a.join(b)`); a side that was not measured has no size; a side is buildable, or may be
// copied, only where the join type keeps its result (Spark: JoinSelection.canBuildBroadcastLeft/Right).

import {
  below,
  childOperators,
  exchangeBelow,
  FACTS,
  type FactStore,
  joinType,
  outputRows,
  type PlanNode,
  parentOperator,
  type StageFact,
  smallestHeap,
  writersOf,
} from '../facts/index.ts';
import { type Call, type Join, joinTypeOf, type Node, textOf } from '../pyspark/index.ts';
import type { FixContext, Precondition } from './define.ts';
import type { Spot } from './measured.ts';
import { argumentOf, receiverOf } from './places.ts';

export type SideName = 'left' | 'right';
export const otherSide = (side: SideName): SideName => (side === 'left' ? 'right' : 'left');

/** A join written as `left.join(right, …)`. */
export interface CodeJoin {
  readonly join: Join;
  readonly call: Call;
  readonly left: Node;
  readonly right: Node;
  readonly type: string;
}

/** The join as code that can be edited, or why it cannot. */
export function codeJoin(join: Join | undefined): CodeJoin | string {
  if (join === undefined) return 'The join is not written as df.join(…); it may be in SQL.';
  const { call } = join;
  const left = receiverOf(call);
  const other = argumentOf(call, 0, 'other');
  const type = joinTypeOf(join.how);
  if (left === undefined || other === undefined || other.splat) return 'The two sides of the join cannot be read from the code.';
  if (type === undefined) return 'The join type is computed, so that it is not known which side must be kept whole.';
  return { join, call, left, right: other.node, type };
}

export interface MeasuredSide {
  readonly child: PlanNode;
  /** Shuffle or broadcast of this side alone. */
  readonly exchange: PlanNode | undefined;
  /** In memory, as Spark exchanged it; undefined when it was not exchanged. */
  readonly bytes: number | undefined;
  readonly rows: number | undefined;
  /** Most rows of this side that one task read from its shuffle ÷ mean over the tasks. */
  readonly hottest: number | undefined;
  /** Stages that made it. */
  readonly writers: readonly StageFact[];
}

export interface MeasuredJoin {
  readonly node: PlanNode;
  readonly type: string | undefined;
  readonly left: MeasuredSide;
  readonly right: MeasuredSide;
  /** The side that was broadcast. */
  readonly built: SideName | undefined;
}

const JOIN = /^(sort-merge|shuffled-hash|broadcast-hash|nested-loop|cartesian)(-join)$/;

/** The join that evidence of a place names: the node itself, or the one that reads the exchange it names. */
export function measuredJoin(nodes: Spot['nodes']): MeasuredJoin | undefined {
  for (const { node } of nodes) {
    if (!JOIN.test(node.kind)) continue;
    const [left, right] = childOperators(node);
    if (left === undefined || right === undefined) continue;
    const built = /Build(Left|Right)/.exec(node.detail)?.[1]?.toLowerCase() as SideName | undefined;
    return {
      node,
      type: joinType(node),
      left: sideOf(left),
      right: sideOf(right),
      built: /broadcast|nested/.test(node.kind) ? built : undefined,
    };
  }
  return undefined;
}

function sideOf(child: PlanNode): MeasuredSide {
  const exchange = exchangeBelow(child);
  const read = exchange?.metrics.find((one) => one.name === 'records read' && one.count > 0);
  return {
    child,
    exchange,
    bytes: exchange?.metric('data size'),
    rows:
      exchange === undefined
        ? outputRows(child)
        : (exchange.metric('shuffle records written', 'number of output rows', 'records read') ?? outputRows(child)),
    hottest: read?.value === undefined || read.max === undefined || read.value <= 0 ? undefined : (read.max * read.count) / read.value,
    writers: exchange === undefined ? [] : writersOf(exchange),
  };
}

/** Joins above one in the same stage, by the same shuffle: what makes its rows crowd makes theirs. */
export function joinsAbove({ node }: MeasuredJoin): PlanNode[] {
  const out: PlanNode[] = [];
  for (let at = parentOperator(node); at !== undefined && !/exchange/.test(at.kind); at = parentOperator(at))
    if (/^(sort-merge|shuffled-hash)-join$/.test(at.kind)) out.push(at);
  return out;
}

/** The side whose rows crowd in few tasks; undefined when the plan does not tell. */
export function crowdedSide({ left, right }: MeasuredJoin): SideName | undefined {
  const most = (side: MeasuredSide) => (side.hottest === undefined || side.rows === undefined ? undefined : side.hottest * side.rows);
  const [l, r] = [most(left), most(right)];
  if (l !== undefined && r !== undefined) return l >= r ? 'left' : 'right';
  if (left.rows === undefined || right.rows === undefined) return undefined;
  return left.rows >= right.rows ? 'left' : 'right';
}

/** Files hold rows packed. How much more they take unpacked is an estimate, on the safe side; a size that was measured goes before it. */
const UNPACKED = 5;

/** Bytes of a side that was never exchanged, from above: the files it was read from, unpacked. Undefined when a source has no known size. */
export function sizeFromFiles(side: MeasuredSide): number | undefined {
  const sources = [side.child, ...below(side.child)].filter((node) => /^(scan|jdbc-scan|memory-scan)$/.test(node.kind));
  let bytes = 0;
  for (const node of sources) {
    const read = node.metric('size of files read');
    if (read === undefined) return undefined;
    bytes += read;
  }
  const grows = below(side.child).some((node) => /join|expand|generate/.test(node.kind));
  return sources.length === 0 || grows ? undefined : bytes * UNPACKED;
}

/** What a broadcast may have, bytes: a share of the smallest heap, and never more than 1 GiB (DataFlint warns above). */
export function broadcastLimit(store: FactStore, heapShare: number): { readonly bytes: number; readonly heap: number } {
  const heap = smallestHeap(store.get(FACTS.settings), store.get(FACTS.executors));
  return { bytes: Math.min(1024 ** 3, heapShare * heap), heap };
}

/** That left and right of the code are left and right of the plan: by the tables that each reads. */
export function sidesMatch(context: FixContext, { join }: CodeJoin, measured: MeasuredJoin): Precondition {
  const text = 'Left and right of the code are left and right of the plan.';
  if (context.code === undefined) return { text, holds: undefined };
  const scansBelow = (side: MeasuredSide) => new Set([side.child, ...below(side.child)]);
  const inPlan = { left: scansBelow(measured.left), right: scansBelow(measured.right) };
  let known = false;
  for (const side of ['left', 'right'] as const) {
    const frame = side === 'left' ? join.left : join.right;
    if (frame === undefined) continue;
    const reads = context.program.upstream(frame).flatMap((one) => (one.read === undefined ? [] : [one.read]));
    const scans = reads.flatMap((read) => context.code?.scansOf(read) ?? []);
    const here = scans.some((node) => inPlan[side].has(node));
    const there = scans.some((node) => inPlan[otherSide(side)].has(node));
    if (there && !here) return { text, holds: false };
    if (here && !there) known = true;
  }
  return { text, holds: known || undefined };
}

/** What to call a side to a reader: its expression, without hints. */
export const nameOf = (node: Node): string => {
  const text = (textOf(node).split('\n')[0]?.trim() ?? '').replace(/^(?:\w+\.)?broadcast\((.*)\)$/, '$1').replace(/\.hint\([^()]*\)/g, '');
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
};
