// Spread input: rows that few tasks read, or that lie unevenly, are dealt out before the heavy work; steps that squeeze partitions go.
// Laws: the number of partitions comes from the slots that the run had; rows are only moved, never changed; a squeeze before a write keeps its
// number of files by moving behind the work.

import { formatMillis } from '../../base/index.ts';
import { FACTS, type FactStore, type NarrowStage } from '../../facts/index.ts';
import { type Call, type Edit, type Frame, type Node, type Program, partitionsOf } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { addLink, dropLink, replace } from '../edits.ts';
import { nameOf } from '../joins.ts';
import { lineKnown, type Spot, slotsOf, spotsOf } from '../measured.ts';
import { argumentOf, scopeOf } from '../places.ts';
import { proposer } from '../propose.ts';

/** Partitions per slot: two waves even out what tasks differ. */
const WAVES = 2;

export const spreadInput = defineFixer({
  id: 'spread-input',
  title: 'Deal rows out before the heavy work',
  rules: ['unsplittable-input', 'skewed-input', 'idle-slots'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store } = context;
    const slots = slotsOf(store);
    if (store === undefined || slots === undefined || slots < 2) return [];
    return spotsOf(context, ['repartition', 'read', 'cache', 'frame']).flatMap((spot) => proposalFor(context, store, spot, slots));
  },
});

function proposalFor(context: FixContext, store: FactStore, spot: Spot, slots: number): Proposal[] {
  const { leave, rewrite } = proposer('spread-input', context, spot.located.node, spot.located.call);
  const narrow = store.get(FACTS.narrow).find(({ stage }) => spot.stages.includes(stage));
  const skew = spot.stages.map((stage) => store.get(FACTS.skew).of(stage)).find((one) => one !== undefined && one.origin.kind === 'input');
  const n = slots * WAVES;
  const cause = spot.place?.cause ?? '';
  const { call, thing } = spot.located;
  if (thing === 'repartition' && call !== undefined) {
    const edits = squeeze(context.program, call, narrow, n);
    if (typeof edits === 'string') return leave(edits);
    return rewrite({ title: edits.title, reason: `${cause} ${edits.why}`, preconditions: [lineKnown(spot)], edits: edits.edits });
  }
  if (skew?.origin.via === 'shuffle') return leave('The uneven partitions come from a shuffle whose line is not known.');
  if (narrow !== undefined && /^(aqe|shuffle|wave)$/.test(narrow.cause) && thing !== 'read')
    return leave('The partitions come from a shuffle: its number is a matter of configuration.');
  const read = spot.located.read;
  if (read === undefined) return leave('The read behind the finding is not known in the code.');
  if (read.streaming) return leave('The source is a stream.');
  if (narrow !== undefined && /^(aqe|shuffle|repartition|coalesce)$/.test(narrow.cause))
    return leave('The read is not what made the stage narrow.');
  const node = expressionOf(context.program, read.frame);
  if (node === undefined)
    return leave('The read is in a function that several frames come from: a repartition there would shuffle all of them.');
  const next = context.program.childrenOf(read.frame);
  if (next.length > 0 && next.every((one) => /^(repartition|repartitionByRange)$/.test(one.method)))
    return leave('Its rows are repartitioned right after the read already.');
  const work = spot.stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
  return rewrite({
    title: `Deal the rows of ${nameOf(node)} out over ${n} tasks right after the read`,
    reason: `${cause} Reading stays as it is; what follows runs in ${n} tasks on ${slots} slots.`,
    preconditions: [
      lineKnown(spot),
      {
        text: `The work behind the read is worth a shuffle: ${formatMillis(work)} of task time in ${spot.stages.reduce((sum, stage) => sum + stage.width, 0)} tasks.`,
        holds: work === 0 ? undefined : work > 2000,
      },
      {
        text: 'No step behind it relies on the order of the rows in their files.',
        holds: !ordered(context.program, read.frame) && undefined,
      },
    ],
    edits: [addLink(node, `.repartition(${n})`)],
  });
}

/** The expression of the program that stands for a frame and for no other: the read, or the call of the function that reads. */
function expressionOf(program: Program, frame: Frame): Node | undefined {
  const inner = frame.call?.node ?? frame.node;
  const others = program.frames.filter((one) => one !== frame && (one.call?.node ?? one.node) === inner);
  const home = scopeOf(inner);
  const calls = program.usesOf(frame).filter((node) => node.type === 'call');
  if (others.length === 0 && (home.type === 'module' || calls.every((node) => scopeOf(node) === home))) return inner;
  const outside = calls.filter((node) => scopeOf(node) !== home);
  if (outside.length === 1) return outside[0];
  return others.length === 0 ? inner : undefined;
}

const ordered = (program: Program, frame: Frame): boolean =>
  program
    .downstream(frame)
    .some(
      (one) =>
        one.call?.arguments.some(
          ({ value }) =>
            value.kind === 'column' &&
            value.functions.some((name) => /^(monotonically_increasing_id|input_file_name|first|last)$/.test(name)),
        ) ?? false,
    );

interface Squeeze {
  readonly title: string;
  readonly why: string;
  readonly edits: readonly Edit[];
}

/** `coalesce(n)` goes, or moves behind the work as a repartition before the write; a repartition gets more partitions, or no key. */
function squeeze(program: Program, call: Call, narrow: NarrowStage | undefined, n: number): Squeeze | string {
  if (call.name === 'coalesce') {
    const k = partitionsOf(call);
    const edit = dropLink(call);
    if (k === undefined) return 'The number of partitions is computed.';
    if (k === 1) return 'One partition was asked for: see single-partition.';
    if (edit === undefined) return 'A comment stands in the chain at the coalesce.';
    const frame = program.frames.find((one) => one.call === call);
    const direct = frame !== undefined && program.actions.some((one) => one.write !== undefined && one.frames.includes(frame));
    if (direct) {
      // The last step before a write: its number of files is meant.
      return {
        title: `repartition(${k}) instead of coalesce(${k}) before the write`,
        why: `The work runs in all partitions, and only the finished rows are brought into ${k} files.`,
        edits: [{ ...edit, text: call.node.source.text.slice(edit.start, edit.end).replace(/coalesce/, 'repartition') }],
      };
    }
    return { title: `No coalesce(${k}) before the work`, why: `Without it all partitions run in parallel.`, edits: [edit] };
  }
  if (call.name !== 'repartition') return `${call.name} decides where rows go: a person must say whether that may change.`;
  const first = argumentOf(call, 0, 'numPartitions');
  const k = partitionsOf(call);
  const keys = call.arguments.filter((one) => one !== first || k === undefined);
  const frame = program.frames.find((one) => one.call === call);
  const needed = frame !== undefined && keys.length > 0 && usesPlacement(program, frame);
  if (first === undefined || k === undefined) {
    return needed || keys.length === 0
      ? 'Its rows must meet by these keys.'
      : {
          title: `Deal rows out evenly instead of by key`,
          why: `Round robin is even whatever the values are, and nothing behind it needs rows of one key together.`,
          edits: [replace(argumentsOf(call), `(${n})`)],
        };
  }
  const target = narrow?.cause === 'wave' ? Math.max(n, Math.ceil(k / n) * n) : Math.max(n, k);
  if (narrow === undefined && keys.length > 0)
    return needed
      ? 'Its rows must meet by these keys.'
      : {
          title: `repartition(${target}) without keys`,
          why: 'Round robin is even whatever the values are, and nothing behind it needs rows of one key together.',
          edits: [replace(argumentsOf(call), `(${target})`)],
        };
  if (target === k) return 'It has as many partitions as the slots ask for.';
  return {
    title: `repartition(${target}) instead of ${k}`,
    why: 'All slots then have work to the end.',
    edits: [replace(first.node, String(target))],
  };
}

const argumentsOf = (call: Call): Node => call.node.children.find((one) => one.field === 'arguments') as Node;

/** Something behind a keyed repartition may count on rows of one key being together: a write by partitions, a sort or a function within partitions. */
const usesPlacement = (program: Program, frame: Frame): boolean =>
  program.downstream(frame).some((one) => /^(sortWithinPartitions|mapInPandas|mapInArrow|rdd\.mapPartitions\w*)$/.test(one.method)) ||
  program.actionsOn(frame).some((one) => one.method === 'foreachPartition' || (one.write?.partitionBy.length ?? 0) > 0);
