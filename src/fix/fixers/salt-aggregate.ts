// Aggregation in two steps: the rows of the most frequent keys form several groups, whose results are put together.
// Laws: only folds; what Spark combines before the shuffle by itself is left (salts gain nothing there); what needs all rows of a key at once is marked or left.

import { FACTS } from '../../facts/index.ts';
import { type Call, child, type Edit, type Frame, type Node, named, textOf, type Value } from '../../pyspark/index.ts';
import { saltsFor } from '../../rules/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { addLink, helperEdit } from '../edits.ts';
import { functionsImport, functionsName } from '../imports.ts';
import { lineKnown, type Spot, slotsOf, spotsOf } from '../measured.ts';
import { argumentOf, hasComment, receiverOf } from '../places.ts';
import { proposer } from '../propose.ts';
import { foldOf } from './grouped-fold.ts';

const HELPER = 'with_slices';

export const helperText = (f: string): string => `
def with_slices(frame, keys, slices=32, hot=8):
    """frame with \`_slice\`: 0 to slices - 1 in the rows of its \`hot\` most frequent keys, else 0: one large group becomes several small ones."""
    counted = frame.groupBy(*keys).agg(${f}.count(${f}.lit(1)).alias("_rows")).orderBy(${f}.desc("_rows")).limit(hot).collect()
    is_hot = ${f}.lit(False)
    for row in counted:
        same = ${f}.lit(True)
        for key in keys:
            same = same & ${f}.col(key).eqNullSafe(${f}.lit(row[key]))
        is_hot = is_hot | same
    nested = ("map", "array", "struct", "variant")
    plain = [name for name, kind in frame.dtypes if name not in keys and not kind.startswith(nested) and frame.columns.count(name) == 1]
    if not plain:
        return frame.withColumn("_slice", ${f}.lit(0))
    return frame.withColumn("_slice", ${f}.when(is_hot, ${f}.pmod(${f}.xxhash64(*plain), ${f}.lit(slices))).otherwise(${f}.lit(0)).cast("int"))
`;

const WINDOW = [
  'A window needs all rows of a key in one task. Make the hot partition smaller before it: filter or aggregate its rows, or add a column to partitionBy that the result does not cross (a date).',
  'row_number() = 1 can be groupBy(key).agg(max_by(...)): it combines before the shuffle.',
];

export const saltAggregate = defineFixer({
  id: 'salt-aggregate',
  title: 'Aggregate the hot keys in two steps',
  rules: ['skewed-aggregation'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    return spotsOf(context, ['aggregate', 'window', 'frame', 'udf']).flatMap((spot) => proposalFor(context, spot));
  },
});

function proposalFor(context: FixContext, spot: Spot): Proposal[] {
  const { program } = context;
  const { leave, mark } = proposer('salt-aggregate', context, spot.located.node, spot.located.call);
  const cause = spot.place?.cause ?? '';
  if (spot.located.thing === 'window')
    return mark('Say how the hot window can be made smaller', `${cause} A window cannot be cut.`, WINDOW);
  const frame =
    spot.located.frame ??
    program.frames.find((one) => one.call !== undefined && (one.call === spot.located.call || one.grouping?.call === spot.located.call));
  if (frame === undefined) return leave(`${cause} The aggregation is not known in the code.`);
  if (frame.method === 'applyInPandas' && frame.call !== undefined && frame.grouping !== undefined)
    return applyInPandas(context, spot, frame, frame.call);
  const rdd = groupByKeyOf(program.frames, frame);
  if (rdd !== undefined) return reduceByKey(context, spot, rdd);
  if (/^rdd\./.test(frame.method))
    return leave(
      `${cause} What is done with all values of a key is not a sum, a count, or an extreme: it cannot be combined before the shuffle.`,
    );
  const functions = new Set(frame.call?.arguments.flatMap(({ value }) => (value.kind === 'column' ? value.functions : [])));
  const whole = [...functions].filter((name) =>
    /^(collect_list|collect_set|percentile|median|mode|listagg|string_agg|first|last|array_agg)$/.test(name),
  );
  if (whole.length > 0)
    return leave(
      `${cause} ${whole.join(', ')} ${whole.length === 1 ? 'needs' : 'need'} all rows of a key at once: reduce or deduplicate the rows before it, or use an approximate function.`,
    );
  return leave(
    `${cause} Spark combines these functions before the shuffle: what is left for a hot key is one row for each task, and salts would gain nothing.`,
  );
}

function applyInPandas(context: FixContext, spot: Spot, frame: Frame, call: Call): Proposal[] {
  const { program, store } = context;
  const { leave, rewrite } = proposer('salt-aggregate', context, spot.located.node, spot.located.call);
  const cause = spot.place?.cause ?? '';
  const grouping = frame.grouping as NonNullable<Frame['grouping']>;
  const keys = grouping.keys.map(({ value }) => nameIn(value));
  const source = receiverOf(grouping.call);
  const fn = argumentOf(call, 0, 'func')?.value;
  const schema = argumentOf(call, 1, 'schema')?.value;
  if (source === undefined || grouping.method !== 'groupBy' || !keys.every((key) => key !== undefined))
    return leave(`${cause} The keys of the grouping are not plain names.`);
  if (fn?.kind !== 'function') return leave(`${cause} The function is not known in the code.`);
  if (schema?.kind !== 'constant' || typeof schema.value !== 'string')
    return leave(`${cause} The schema of the result is not given as text.`);
  const fold = foldOf(fn.node, keys as string[], schema.value);
  if (typeof fold === 'string') return leave(`${cause} The results of parts of a group cannot be put together: ${fold}`);
  const args = grouping.call.node.children.find((one) => one.field === 'arguments') as Node;
  if (hasComment(grouping.call.node, source.end, args.end)) return leave(`${cause} A comment stands in the chain.`);
  const file = call.node.source.path;
  const f = functionsName(program, file);
  const helper = helperEdit(call.node, HELPER, helperText(f));
  if (helper === undefined) return leave(`${cause} The file has a ${HELPER} of its own.`);
  const skews = store === undefined ? [] : spot.stages.flatMap((stage) => store.get(FACTS.skew).of(stage) ?? []);
  const slices = Math.min(64, Math.max(8, (slotsOf(store) ?? 4) * 4, ...skews.map(saltsFor)));
  const names = keys.map((key) => JSON.stringify(key)).join(', ');
  const list = grouping.call.arguments[0]?.node;
  const behind = list?.type === 'list' ? list.end - 1 : args.end - 1;
  const parts = fold.columns
    .filter((one) => one.combine !== 'key')
    .map(({ name, type, combine }) => `${f}.${combine}("${name}").cast("${type}").alias("${name}")`);
  const order = fold.columns.map((one) => `"${one.name}"`).join(', ');
  const isFirst = keys.every((key, i) => fold.columns[i]?.name === key);
  const edits: Edit[] = [
    ...helper,
    { file, start: source.start, end: source.start, text: `${HELPER}(` },
    { file, start: source.end, end: source.end, text: `, [${names}], slices=${slices})` },
    { file, start: behind, end: behind, text: ', "_slice"' },
    addLink(call.node, `.groupBy(${names}).agg(${parts.join(', ')})${isFirst ? '' : `.select(${order})`}`),
  ];
  const preconditions: Precondition[] = [
    lineKnown(spot),
    {
      text: `Each column of ${fn.name} is a key, a sum, a count or an extreme of values of single rows: ${fold.columns.map((one) => `${one.name} ${one.combine}`).join(', ')}.`,
      holds: true,
    },
    { text: 'What else the function does (waiting, logging, calls) may happen once for each part of a hot group.', holds: undefined },
    { text: 'The rows give the same keys when they are read twice: the keys are counted once before.', holds: undefined },
  ];
  return rewrite({
    title: `Apply ${fn.name} to parts of the hot groups and put the results together`,
    reason: `${cause} The rows of the most frequent keys form up to ${slices} groups each; their results are combined per key.`,
    preconditions,
    edits,
    imports: [functionsImport(program, file)],
  });
}

const nameIn = (value: Value): string | undefined =>
  value.kind === 'constant' && typeof value.value === 'string'
    ? value.value
    : value.kind === 'column' && value.shape === 'column'
      ? value.columns[0]
      : value.kind === 'list' && value.exact && value.items.length === 1
        ? nameIn(value.items[0] as Value)
        : undefined;

interface GroupByKey {
  readonly group: Call;
  readonly map: Call;
}

/** `….groupByKey(n).mapValues(f)` around a frame. */
function groupByKeyOf(frames: readonly Frame[], frame: Frame): GroupByKey | undefined {
  const group = frame.method === 'rdd.groupByKey' ? frame : frame.parents.find((one) => one.method === 'rdd.groupByKey');
  const map = group === undefined ? undefined : frames.find((one) => one.method === 'rdd.mapValues' && one.parents.includes(group));
  if (group?.call === undefined || map?.call === undefined || receiverOf(map.call) !== group.call.node) return undefined;
  return frames.some((one) => one !== map && one.parents.includes(group)) ? undefined : { group: group.call, map: map.call };
}

/** What a function of all values does, as one step for two values; `one` maps a value before. */
const STEPS: Readonly<Record<string, { readonly step: string; readonly one?: string; readonly needs?: string }>> = {
  sum: { step: 'lambda a, b: a + b' },
  max: { step: 'max' },
  min: { step: 'min' },
  len: { step: 'lambda a, b: a + b', one: 'lambda _: 1' },
};

function reduceByKey(context: FixContext, spot: Spot, { group, map }: GroupByKey): Proposal[] {
  const { leave, rewrite } = proposer('salt-aggregate', context, group.node, group);
  const cause = spot.place?.cause ?? '';
  const fn = argumentOf(map, 0, 'f')?.node;
  const name = fn === undefined ? undefined : foldName(fn);
  const steps = name === undefined ? undefined : STEPS[name];
  const receiver = receiverOf(group);
  if (steps === undefined || receiver === undefined)
    return leave(`${cause} What is done with the values of a key is not a sum, a count, or an extreme.`);
  if (hasComment(map.node, receiver.end, map.node.end)) return leave(`${cause} A comment stands in the chain.`);
  const n = argumentOf(group, 0, 'numPartitions')?.node;
  const link = addLink(receiver, `.reduceByKey(${steps.step}${n === undefined ? '' : `, ${textOf(n)}`})`).text;
  const first = steps.one === undefined ? '' : addLink(receiver, `.mapValues(${steps.one})`).text;
  return rewrite({
    title: `reduceByKey instead of groupByKey and ${name}`,
    reason: `${cause} Values are combined before the shuffle, so that a hot key sends one value for each task.`,
    preconditions: [
      lineKnown(spot),
      { text: 'Values are numbers, or other things for which the order of adding does not matter.', holds: undefined },
    ],
    edits: [{ file: group.node.source.path, start: receiver.end, end: map.node.end, text: first + link }],
  });
}

/** `sum`, or `lambda vs: sum(vs)`. */
function foldName(node: Node): string | undefined {
  if (node.type === 'identifier') return textOf(node);
  if (node.type !== 'lambda') return undefined;
  const parameter = named(child(node, 'parameters') ?? node)[0];
  const body = child(node, 'body');
  const callee = body?.type === 'call' ? child(body, 'function') : undefined;
  const args = body?.type === 'call' ? named(child(body, 'arguments') as Node) : [];
  const inner =
    args[0]?.type === 'call' && textOf(child(args[0], 'function') as Node) === 'list'
      ? named(child(args[0], 'arguments') as Node)[0]
      : args[0];
  return callee?.type === 'identifier' &&
    args.length === 1 &&
    parameter !== undefined &&
    inner !== undefined &&
    textOf(inner) === textOf(parameter)
    ? textOf(callee)
    : undefined;
}
