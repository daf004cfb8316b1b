// Broadcast hint: the small side of a shuffled join is sent whole to every executor, so that the large one is not shuffled at all.
// Laws: only a side that the join type lets go (never the one whose rows must be kept), only under its size limit; of a skewed join never the
// side whose rows crowd, for then one task meets all matches of a hot row. Hints that say otherwise go.

import { formatBytes } from '../../base/index.ts';
import { buildSides, FACTS, type FactStore } from '../../facts/index.ts';
import { type Edit, type Join, type Program, textOf } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { addLink, dropLink, wrap } from '../edits.ts';
import { functionsImport, functionsName } from '../imports.ts';
import {
  broadcastLimit,
  type CodeJoin,
  codeJoin,
  crowdedSide,
  joinsAbove,
  type MeasuredJoin,
  measuredJoin,
  nameOf,
  otherSide,
  type SideName,
  sidesMatch,
  sizeFromFiles,
} from '../joins.ts';
import { lineKnown, type Spot, slotsOf, spotsOf } from '../measured.ts';
import { argumentOf } from '../places.ts';
import { proposer } from '../propose.ts';

/** The threshold of the rule oversized-broadcast: it lies between 2 % of the heap, where a broadcast was the faster join, and 7 %, where it was not. */
const HEAP_SHARE = 0.05;
/** Task time per row of the join's stage from which its work is worth spreading, ms: ten times what shuffling a row takes (rule missed-broadcast). */
const HEAVY_ROW_MS = 0.02;
/** Spark's own threshold (spark.sql.autoBroadcastJoinThreshold): under it a broadcast is no question of size. */
const SURELY_SMALL = 10 * 1024 ** 2;
/** Partitions per slot when rows are spread again: enough to even out the last wave. */
const WAVES = 4;

export const broadcastHint = defineFixer({
  id: 'broadcast-hint',
  title: 'Broadcast the small side of a join',
  rules: ['missed-broadcast', 'skewed-join'],
  codeRules: [],
  safety: 'review',
  order: 5,
  propose(context) {
    const { store } = context;
    if (store === undefined || context.finding === undefined) return [];
    return spotsOf(context, ['join']).flatMap((spot) => {
      const measured = measuredJoin(spot.nodes);
      return measured === undefined ? [] : together(proposalFor(context, store, spot, measured), context, store, spot, measured);
    });
  },
});

/** Joins that share the shuffle of one stage are cured together, or not at all. */
function together(first: Proposal[], context: FixContext, store: FactStore, spot: Spot, measured: MeasuredJoin): Proposal[] {
  const [proposal] = first;
  if (proposal?.verdict !== 'rewrite') return first;
  const edits: Edit[] = [...proposal.edits];
  const preconditions: Precondition[] = [...proposal.preconditions];
  for (const node of joinsAbove(measured)) {
    const tree = spot.nodes.find((one) => one.node === measured.node)?.tree;
    const located = context.code
      ?.locate(['join'], { nodes: tree === undefined ? [] : [{ executionId: tree.execution.id, nodeId: node.id }] })
      .find((one) => one.node !== spot.located.node);
    const above = tree === undefined ? undefined : measuredJoin([{ tree, node }]);
    const next =
      located === undefined || above === undefined
        ? undefined
        : proposalFor(context, store, { place: undefined, located, nodes: [], stages: [] }, above)[0];
    const { leave } = proposer('broadcast-hint', context, spot.located.node, spot.located.call);
    if (next?.verdict !== 'rewrite')
      return leave(
        `Another join in the same stage uses the same shuffle, and it cannot be made a broadcast too: ${next?.reason ?? 'its line is not known.'}`,
        preconditions,
      );
    edits.push(...next.edits);
    preconditions.push(...next.preconditions);
  }
  return [{ ...proposal, edits, preconditions }];
}

function proposalFor(context: FixContext, store: FactStore, spot: Spot, measured: MeasuredJoin): Proposal[] {
  const code = codeJoin(spot.located.join);
  const { leave, rewrite } = proposer('broadcast-hint', context, spot.located.node, spot.located.call);
  if (typeof code === 'string') return leave(code);
  if (/salt/.test(textOf(code.call.node))) return leave('The join is salted already.');
  const side = sideToBroadcast(store, code, measured);
  if (typeof side === 'string') return leave(side);
  const { build, bytes, limit, heap, basis } = side;
  const target = build === 'left' ? code.left : code.right;
  const hints = contraryHints(context.program, code.join, build);
  const spread = spreadStreamed(store, spot, measured, build);
  const preconditions: Precondition[] = [
    lineKnown(spot),
    sidesMatch(context, code, measured),
    {
      text: `The ${build} side has ${basis === 'files' ? 'at most about ' : ''}${formatBytes(bytes)}, under the limit of ${formatBytes(limit)} (5 % of a heap of ${formatBytes(heap)}, at most 1 GiB).`,
      holds: bytes <= limit,
    },
    {
      text: `A ${measured.type ?? code.type} join gives the same rows when its ${build} side is broadcast.`,
      holds: buildSides(code.type).includes(build) && (measured.type === undefined || buildSides(measured.type).includes(build)),
    },
    ...hints.preconditions,
  ];
  const file = target.source.path;
  const f = functionsName(context.program, file);
  const streamed = build === 'left' ? code.right : code.left;
  const edits: Edit[] = [
    ...wrap(target, `${f}.broadcast(`, ')'),
    ...hints.edits,
    ...(spread === undefined ? [] : [addLink(streamed, `.repartition(${spread})`)]),
  ];
  const what = `Broadcast ${nameOf(target)} (${basis === 'files' ? 'about ' : ''}${formatBytes(bytes)})`;
  return rewrite({
    title: `${what} instead of ${measured.built === undefined ? 'shuffling' : 'broadcasting'} ${nameOf(streamed)}${spread === undefined ? '' : `, spread over ${spread} partitions`}`,
    reason: `${spot.place?.cause ?? ''} With ${nameOf(target)} in every executor the rows of ${nameOf(streamed)} stay where they are, whatever their keys${spread === undefined ? '' : '; they are dealt out first, for the work behind the join would otherwise run in the few tasks that read them'}.`,
    preconditions,
    edits,
    imports: [functionsImport(context.program, file)],
  });
}

interface Choice {
  readonly build: SideName;
  readonly bytes: number;
  readonly limit: number;
  readonly heap: number;
  readonly basis: 'exchange' | 'files';
}

/** The side to send: the smaller one that the type lets go; never the side whose rows crowd, nor one that is sent already. */
function sideToBroadcast(store: FactStore, code: CodeJoin, measured: MeasuredJoin): Choice | string {
  const { bytes: limit, heap } = broadcastLimit(store, HEAP_SHARE);
  const type = measured.type ?? code.type;
  const skewed = measured.node.stages.some((stage) => store.get(FACTS.skew).of(stage)?.origin.kind === 'join');
  const crowded = measured.built ?? (skewed ? crowdedSide(measured) : undefined);
  const choices = buildSides(type)
    .filter((side) => side !== crowded)
    .flatMap((build): Choice[] => {
      const exchanged = measured[build].exchange?.kind === 'exchange' ? measured[build].bytes : undefined;
      const bytes = exchanged ?? sizeFromFiles(measured[build]);
      return bytes === undefined || bytes <= 0
        ? []
        : [{ build, bytes, limit, heap, basis: exchanged === undefined ? 'files' : 'exchange' }];
    })
    .sort((a, b) => a.bytes - b.bytes);
  const best = choices[0];
  if (best === undefined)
    return buildSides(type).length === 0
      ? `A ${type} join keeps the rows of both sides: neither may be broadcast.`
      : crowded !== undefined && buildSides(type).every((side) => side === crowded)
        ? `A ${type} join lets only its ${crowded} side be broadcast, and that is the side whose rows crowd.`
        : 'The size of the side that could be broadcast is not in the log.';
  const large = measured[otherSide(best.build)].bytes;
  // Where rows crowd, a larger side may still be the one to send: when it is small, when nothing else is left (broadcast already, or several joins).
  const other = measured.built === undefined && joinsAbove(measured).length === 0 && best.bytes > SURELY_SMALL;
  if (large !== undefined && large < best.bytes && (crowded === undefined || other))
    return `The side that could be broadcast is the larger one (${formatBytes(best.bytes)} to ${formatBytes(large)}).`;
  return best;
}

/** Partitions for the streamed side, when the work of the join would otherwise go into fewer tasks than there are slots, or uneven ones. */
function spreadStreamed(store: FactStore, spot: Spot, measured: MeasuredJoin, build: SideName): number | undefined {
  const slots = slotsOf(store);
  if (slots === undefined || slots < 2) return undefined;
  const streamed = measured[otherSide(build)];
  const joining = measured.node.stages.filter((stage) => !streamed.writers.includes(stage));
  const work = joining.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
  const rows = Math.max(streamed.rows ?? 0, measured.node.metric('number of output rows') ?? 0);
  if (work < 1000 * slots || work < HEAVY_ROW_MS * rows) return undefined;
  const makers = streamed.writers.length > 0 ? streamed.writers : spot.stages;
  const narrow = makers.every((stage) => stage.width < slots);
  const uneven = makers.some((stage) => {
    const records = stage.distribution('inputRecords');
    return records !== undefined && records.max > 2 * Math.max(1, records.median);
  });
  // What was broadcast so far is read in few tasks as a rule: its stage only packed it for the driver.
  return narrow || uneven || measured.built !== undefined ? slots * WAVES : undefined;
}

/** Hints of the join that would keep Spark from broadcasting this side. */
function contraryHints(program: Program, join: Join, build: SideName): { edits: Edit[]; preconditions: Precondition[] } {
  const edits: Edit[] = [];
  const preconditions: Precondition[] = [];
  for (const hint of join.hints) {
    const isBroadcast = /^(broadcast|broadcastjoin|mapjoin)$/.test(hint.name);
    if (isBroadcast && hint.side === build) {
      preconditions.push({ text: `The ${build} side is not hinted as broadcast yet.`, holds: false });
      continue;
    }
    if (!isBroadcast && !/^(merge|shuffle_hash|shuffle_merge|mergejoin|shuffle_replicate_nl)$/.test(hint.name)) continue;
    const frame = program.frames.find((one) => one.node === hint.node && one.call !== undefined);
    const call = frame?.call;
    const inside = call !== undefined && call.node.start >= join.call.node.start && call.node.end <= join.call.node.end;
    const edit = inside ? (call.name === 'broadcast' ? unwrapCall(call) : [dropLink(call)]) : undefined;
    if (edit?.every((one) => one !== undefined)) edits.push(...(edit as Edit[]));
    else preconditions.push({ text: `The hint ${hint.name} on the ${hint.side} side can be taken off at this join alone.`, holds: false });
  }
  return { edits, preconditions };
}

/** `broadcast(x)` → `x`. */
export function unwrapCall(call: NonNullable<Join['call']>): (Edit | undefined)[] {
  const inner = argumentOf(call, 0);
  if (inner === undefined || inner.name !== undefined || inner.splat || call.arguments.length !== 1) return [undefined];
  const file = call.node.source.path;
  return [
    { file, start: call.node.start, end: inner.node.start, text: '' },
    { file, start: inner.node.end, end: call.node.end, text: '' },
  ];
}
