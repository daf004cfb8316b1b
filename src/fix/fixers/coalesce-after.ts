// Work squeezed into one task: `coalesce(1)` → `repartition(1)`, and a `repartition(1)` before work moved behind it.
// Laws: a sort that one file is to keep is not touched; rows and their number stay the same.

import { type Action, type Frame, type Program, partitionsOf, stringOf } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { addLink, dropLink, replace } from '../edits.ts';
import { firstOf, framesMeant, lineOf, linkOf, nameOfCall, receiverOf } from '../places.ts';
import { leave, rewrite, ruleOf } from '../propose.ts';
import { asksForOrder, byOrder } from './by-order.ts';

const FIXER = 'coalesce-after';
const SORT = /^(orderBy|sort|sortWithinPartitions)$/;
const SHUFFLE = /^(join|crossJoin|distinct|dropDuplicates|drop_duplicates|repartition|repartitionByRange|intersect|exceptAll|subtract)$/;
/** Their values hang on where a row stands or in which partition it is. */
const BY_PLACE = /^(monotonically_increasing_id|spark_partition_id|input_file_name|rand|randn|uuid|row_number|first|last|collect_list)$/;

export const coalesceAfter = defineFixer({
  id: FIXER,
  title: 'Gather after the work, not before it',
  rules: ['single-partition', 'idle-slots'],
  codeRules: ['coalesce-one'],
  safety: 'safe',
  order: 8,
  propose: (context) =>
    firstOf(
      framesMeant(context, 'coalesce-one', /^(coalesce|repartition)$/).filter(
        (one) => one.call !== undefined && partitionsOf(one.call) === 1,
      ),
      (one) => one.call?.node,
    ).map((one) => proposalFor(context, one)),
});

type Given = Pick<Parameters<typeof leave>[0], 'fixer' | 'rule' | 'at'>;

function proposalFor(context: FixContext, frame: Frame): Proposal {
  const call = frame.call as NonNullable<Frame['call']>;
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(call) };
  const refuse = (why: string) => leave({ ...given, title: `${frame.method}(1) stays`, reason: `Left as it is: ${why}.` });
  const before = backToShuffle(frame);
  if (frame.method === 'coalesce') {
    const after = workBehind(context.program, frame);
    const sort = before.find((one) => SORT.test(one.method));
    if (sort !== undefined)
      return refuse(`the rows are in the order of line ${lineOf(linkOf(sort.call ?? call))}, which the one file keeps`);
    const kept = orderKept(context.program, frame, before);
    if (kept !== undefined) return refuse(kept);
    if (after !== undefined) return moved(frame, after, given, refuse);
    if (context.finding === undefined && context.lint.every((one) => one.certainty === 'possible'))
      return refuse('what it gathers is small, as far as the code shows');
    return rewrite({
      ...given,
      title: 'Gather with repartition(1) instead of coalesce(1)',
      reason:
        'coalesce(1) has one task do all the work back to the last shuffle; repartition(1) computes in parallel and brings only the result together.',
      edits: [replace(nameOfCall(call), 'repartition')],
      preconditions: [{ text: 'No order of the rows is asked for that the one file would keep.', holds: true }],
    });
  }
  const behind = workBehind(context.program, frame);
  if (behind === undefined) return refuse('what stands behind it is not followed to one write');
  return moved(frame, behind, given, refuse);
}

/** Frames above, up to a shuffle: what one task computes. */
function backToShuffle(frame: Frame): Frame[] {
  const found: Frame[] = [];
  const seen = new Set<Frame>([frame]);
  for (let at = frame.parents[0]; at !== undefined && !seen.has(at); at = at.parents[0]) {
    seen.add(at);
    found.push(at);
    if (at.grouping !== undefined || SHUFFLE.test(at.method) || (SORT.test(at.method) && at.method !== 'sortWithinPartitions')) break;
    if (at.parents.length !== 1) break;
  }
  return found;
}

const isWork = (frame: Frame): boolean =>
  frame.read === undefined && !/^(alias|limit|loop|either|range|createDataFrame|table|parameter)$/.test(frame.method);

interface Behind {
  readonly steps: readonly Frame[];
  readonly last: Frame;
  readonly write: Action;
}

/** The straight way from a frame to one write; undefined when it forks, shuffles or holds no work. */
function workBehind(program: Program, frame: Frame): Behind | undefined {
  const steps: Frame[] = [];
  let at = frame;
  for (;;) {
    const next = program.childrenOf(at);
    const here = at;
    const actions = program.actions.filter((one) => one.frames.includes(here));
    if (next.length === 0) {
      const [write] = actions;
      return actions.length === 1 && write?.write !== undefined && steps.some(isWork) ? { steps, last: at, write } : undefined;
    }
    if (next.length !== 1 || actions.length > 0 || steps.length > 100) return undefined;
    at = next[0] as Frame;
    if (at.parents.length !== 1 || at.grouping !== undefined || SHUFFLE.test(at.method)) return undefined;
    steps.push(at);
  }
}

/** Adds a column whose name a text does not hold. */
function makesAnother(frame: Frame, text: string): boolean {
  const name = frame.method === 'withColumn' ? stringOf(frame.call?.arguments[0]?.value) : undefined;
  return name !== undefined && !text.toLowerCase().includes(name.toLowerCase());
}

/** Sources and steps whose rows come in an order of their own, which coalesce(1) keeps and a shuffle does not. */
const IN_ORDER = /^(union|unionAll|unionByName|createDataFrame|range|toDF|limit|sql|parameter)$/;

/** What the order or the partition of rows is wanted for, around a coalesce(1); undefined when for nothing. */
function orderKept(program: Program, frame: Frame, before: readonly Frame[]): string | undefined {
  const ordered = before.find((one) => IN_ORDER.test(one.method));
  if (ordered !== undefined) return `${ordered.method} gives its rows in an order, which the one file keeps`;
  const above = before.find((one) => asksForOrder(one));
  if (above !== undefined)
    return `a value in line ${lineOf(linkOf(above.call ?? (frame.call as NonNullable<Frame['call']>)))} hangs on the partition of a row`;
  if (byOrder(program, frame)) return 'a step behind it takes rows in their order';
  if (program.downstream(frame).some((one) => one.method === 'limit')) return 'a limit takes the first rows';
  const shown = program.actionsOn(frame).find((one) => one.write === undefined && !/^(count|isEmpty)$/.test(one.method));
  return shown === undefined ? undefined : `line ${lineOf(linkOf(shown.call))} takes the rows in their order`;
}

function moved(frame: Frame, { steps, last, write }: Behind, given: Given, refuse: (why: string) => Proposal): Proposal {
  const call = frame.call as NonNullable<Frame['call']>;
  const byPlace = steps.some((one) =>
    (one.call?.arguments ?? []).some(({ value }) => value.kind === 'column' && value.functions.some((name) => BY_PLACE.test(name))),
  );
  if (byPlace) return refuse('values behind it hang on the order of the rows');
  const asking = steps.find((one) => asksForOrder(one) || one.method === 'limit');
  if (asking !== undefined)
    return refuse(`${asking.method} in line ${lineOf(linkOf(asking.call ?? call))} sees all rows in the one partition`);
  const gone = dropLink(call);
  const target = last.call?.node;
  if (gone === undefined || target === undefined || receiverOf(write.call) === undefined)
    return refuse('how it is written is not followed');
  const sort = steps.findIndex((one) => SORT.test(one.method));
  if (sort >= 0 && steps[sort]?.method !== 'sortWithinPartitions') return refuse('the rows are sorted behind it');
  const edits = [gone];
  if (sort >= 0) {
    // A sort inside the one partition goes behind the gathering, so that the file keeps it.
    const link = steps[sort]?.call;
    const drop = link === undefined ? undefined : dropLink(link);
    if (link === undefined || drop === undefined) return refuse('how it is written is not followed');
    const receiver = receiverOf(link) as NonNullable<ReturnType<typeof receiverOf>>;
    const text = link.node.source.text.slice(receiver.end, link.node.end).trim();
    const isKept = steps.slice(sort + 1).every((one) => /^(filter|where|alias)$/.test(one.method) || makesAnother(one, text));
    if (!isKept) return refuse('the columns of a sort may be gone at the write');
    const isTouching = gone.end === drop.start;
    if (isTouching) edits.splice(0, 1, { ...gone, end: drop.end });
    else edits.push(drop);
    edits.push(addLink(target, `.repartition(1)${text}`));
  } else edits.push(addLink(target, '.repartition(1)'));
  return rewrite({
    ...given,
    title: `Gather behind the work, before the write`,
    reason: `Everything behind ${frame.method}(1) ran in one task; moved before the write in line ${lineOf(linkOf(write.call))}, only the result is gathered.`,
    edits,
    preconditions: [{ text: 'No value behind it hangs on the order of the rows.', holds: true }],
  });
}
