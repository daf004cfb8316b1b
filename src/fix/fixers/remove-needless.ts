// Steps that cost and give nothing: a total order that no reader sees, a shuffle before a shuffle, a cache that is read once, or one that
// fills a heap that is too small with what is soon read again.
// Laws: the rows stay the same; where their order may be wanted, a person or a proof must look; what goes with a step (unpersist) goes too.

import { type Cache, child, type Edit, type Frame, type Node, type Program, textOf } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { addLink, dropLink, dropStatement, replace } from '../edits.ts';
import {
  assignmentOf,
  firstOf,
  frameName,
  framesAt,
  lineOf,
  linkOf,
  nameOfCall,
  receiverOf,
  stepOf,
  wholeStatement,
  within,
} from '../places.ts';
import { leave, rewrite, ruleOf } from '../propose.ts';
import { byOrder } from './by-order.ts';
import { isDrawn, unchanged } from './steady.ts';

const FIXER = 'remove-needless';
export const removeNeedless = defineFixer({
  id: FIXER,
  title: 'Take away a step that gives nothing',
  rules: ['global-sort', 'repeated-shuffle', 'needless-cache', 'cache-eviction', 'gc-pressure'],
  codeRules: ['order-before-write', 'repartition-redundant', 'cache-once'],
  safety: 'safe',
  order: 6,
  propose: (context) => [
    ...firstOf(framesOf(context, 'order-before-write', /^(orderBy|sort)$/), (one) => one.call?.node).map((one) => sort(context, one)),
    ...firstOf(framesOf(context, 'repartition-redundant', /^repartition(ByRange)?$/), (one) => one.call?.node).map((one) =>
      shuffle(context, one),
    ),
    ...firstOf(cachesOf(context), (one) => one.call.node).map((one) => cache(context, one, readOnce(context, one))),
    ...firstOf(pressingCaches(context), (one) => one.call.node).map((one) => cache(context, one, pressing(context, one))),
  ],
});

/** Frames of the code's findings: a place in the run alone does not show that a step gives nothing. */
const framesOf = ({ program, lint }: FixContext, id: string, method: RegExp): Frame[] =>
  lint
    .filter((one) => one.id === id)
    .flatMap((one) => framesAt(program, one.file, one.range))
    .filter((one) => one.call !== undefined && method.test(one.method));

const cachesOf = ({ program, lint }: FixContext): Cache[] =>
  lint
    .filter((one) => one.id === 'cache-once')
    .flatMap((one) => framesAt(program, one.file, one.range))
    .flatMap((frame) => program.caches.filter((one) => one.frame === frame));

/** Formats of which Spark reads only the columns that a query needs. */
const BY_COLUMN = /^(parquet|orc|delta|iceberg|table)$/;
/** Steps that cost next to nothing when they are made again. */
const CHEAP = /^(select|where|filter|drop|alias|withColumnRenamed|withColumnsRenamed)$/;

/** Where the heap is too small: caches of what can be read again by column, without work between. */
const pressingCaches = ({ program, finding }: FixContext): Cache[] =>
  finding?.rule === 'gc-pressure' ? program.caches.filter((one) => isPlainRead(program, one.source)) : [];

function isPlainRead(program: Program, frame: Frame): boolean {
  const runsPython = ({ call }: Frame) =>
    program.udfs.some((udf) => udf.uses.some((use) => call !== undefined && within(use.node, call.node)));
  let at: Frame | undefined = frame;
  while (at !== undefined && at.read === undefined && CHEAP.test(at.method) && at.parents.length === 1 && !runsPython(at))
    at = at.parents[0];
  const { read } = at ?? {};
  return read !== undefined && !read.streaming && BY_COLUMN.test(read.table === undefined ? (read.format ?? '') : 'table');
}

const isUnsure = (context: FixContext): boolean =>
  context.finding === undefined && context.lint.every((one) => one.certainty === 'possible');

function sort(context: FixContext, frame: Frame): Proposal {
  const { program } = context;
  const call = frame.call as NonNullable<Frame['call']>;
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(call) };
  const refuse = (why: string) => leave({ ...given, title: 'The order stays', reason: `Left as it is: ${why}.` });
  const below = program.downstream(frame);
  const toOneFile = below.find(
    (one) => /^(coalesce|repartition)$/.test(one.method) && /^\(\s*1\s*\)$/.test(textOf(argumentsOf(one) ?? one.node)),
  );
  if (toOneFile !== undefined) {
    const edits = sortedInOneTask(frame, toOneFile);
    if (edits === undefined) return refuse(`line ${lineOf(linkOf(toOneFile.call ?? call))} writes one file, which keeps the order`);
    return rewrite({
      ...given,
      title: 'Sort in the one task that writes',
      reason:
        'One task reads all sorted partitions to write one file: sampled keys and a shuffle by range give it nothing. Gathered first and sorted there, the file holds the same rows in the same order.',
      edits,
      preconditions: [
        {
          text: 'The sort stands directly before coalesce(1): rows that are equal in its columns have no fixed order before either.',
          holds: true,
        },
      ],
    });
  }
  if (below.some((one) => one.method === 'limit')) return refuse('a limit takes the first rows');
  if (byOrder(program, frame)) return refuse('a function below takes rows in their order');
  if (below.some((one) => /^(dropDuplicates|drop_duplicates)$/.test(one.method)))
    return refuse('which row of several dropDuplicates keeps may hang on their order');
  if (isUnsure(context)) return refuse('it orders few rows, as far as the code shows');
  const writes = program.actionsOn(frame).filter((one) => one.write !== undefined);
  const isText = writes.some((one) => /^(csv|json|text|xml)$/.test(one.write?.format ?? ''));
  const edits = without(call.node, dropLink(call));
  if (edits === undefined) return refuse('a comment stands in it');
  return rewrite({
    ...given,
    title: `Drop the total order before the write`,
    reason: `All rows were sampled, shuffled by range and sorted; ${isText ? 'files are' : 'a table of several files is'} read back in any order. Where readers filter by these columns, \`sortWithinPartitions\` keeps the files' statistics narrow without the shuffle.`,
    safety: 'review',
    edits,
    preconditions: [{ text: 'No step below keeps the order: no limit, no single file, no function of row order.', holds: true }],
  });
}

/** `x.orderBy(…).coalesce(1)` → `x.repartition(1).sortWithinPartitions(…)`. */
function sortedInOneTask(sort: Frame, gather: Frame): Edit[] | undefined {
  const [first, second] = [sort.call, gather.call];
  if (first === undefined || second === undefined || gather.method !== 'coalesce' || receiverOf(second) !== first.node) return undefined;
  const [gone, from] = [dropLink(second), receiverOf(first)];
  if (gone === undefined || from === undefined) return undefined;
  return [addLink(from, '.repartition(1)'), replace(nameOfCall(first), 'sortWithinPartitions'), gone];
}

const argumentsOf = (frame: Frame): Node | undefined => frame.call?.node.children.find((one) => one.field === 'arguments');

function shuffle(context: FixContext, frame: Frame): Proposal {
  const call = frame.call as NonNullable<Frame['call']>;
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(call) };
  const refuse = (why: string) => leave({ ...given, title: `${frame.method} stays`, reason: `Left as it is: ${why}.` });
  if (byOrder(context.program, frame)) return refuse('a function below takes rows in their order');
  const merged = coalescedNext(context.program, frame);
  if (merged !== undefined)
    return refuse(
      `coalesce in line ${lineOf(stepOf(merged))} shuffles nothing: without this step it would merge the partitions of what is before`,
    );
  const asked = attributeOn(context.program, frame, /^rdd$/);
  if (asked !== undefined) return refuse(`line ${asked} looks at its partitions`);
  const edits = without(call.node, dropLink(call));
  if (edits === undefined) return refuse('a comment stands in it');
  return rewrite({
    ...given,
    title: `Drop ${frame.method} before another shuffle`,
    reason: 'The rows are shuffled here and at once again by other keys; what this shuffle arranges is lost there.',
    edits,
    preconditions: [{ text: 'No work stands between the two shuffles, and no function below takes rows in their order.', holds: true }],
  });
}

/** Why a cache is to go. */
interface Needless {
  readonly reason: string;
  readonly safety: 'safe' | 'review';
  readonly preconditions: readonly Precondition[];
  /** Statements that only fill it. */
  readonly fills: readonly Node[];
}

function readOnce({ program }: FixContext, one: Cache): Needless {
  const readers = program.actionsOn(one.source);
  return {
    reason: `One action reads it: filling the cache costs${readers[0] === undefined ? '' : `, and line ${lineOf(linkOf(readers[0].call))} would compute it once without it as well`}; Spark then also reads only the columns and rows that are used.`,
    safety: 'safe',
    preconditions: [{ text: 'Not more than one action reads it, once.', holds: readers.length <= 1 }],
    fills: [],
  };
}

/** A cache that fills the heap: its readers read the source, and a count that was there to fill it goes. */
function pressing({ program, finding }: FixContext, one: Cache): Needless {
  const readers = program.actionsOn(one.source);
  const fills = readers.flatMap((action) => {
    const statement = wholeStatement(action.call.node);
    const isUnused = statement?.type === 'expression_statement' && statement.children[0] === action.call.node;
    return isUnused && action.method === 'count' && action.frames.some((frame) => frame === one.frame || frame === one.source)
      ? [statement]
      : [];
  });
  return {
    reason: `${finding?.cause ?? ''} The cache holds whole rows of a columnar source in that heap; without it each of the ${readers.length - fills.length} actions reads only the columns it needs${fills.length > 0 ? ', and the count that only fills it goes too' : ''}.`,
    safety: 'review',
    preconditions: [
      { text: 'Between the source and the cache stands no join, no aggregation, no function.', holds: true },
      { text: 'It has the same rows each time it is read: no value in it is drawn.', holds: !isDrawn(program, one.source) },
      { text: 'No loop reads it in each turn.', holds: readers.every((action) => action.loops.length === 0) },
      { text: 'Reading the source again takes less time than the collector does: the proof tells.', holds: undefined },
    ],
    fills,
  };
}

function cache(context: FixContext, one: Cache, { reason, safety, preconditions, fills }: Needless): Proposal {
  const { program } = context;
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(one.call) };
  const refuse = (why: string) => leave({ ...given, title: 'The cache stays', reason: `Left as it is: ${why}.` });
  const receiver = receiverOf(one.call);
  if (receiver === undefined) return refuse('it is cached by name, in the catalogue');
  const readers = program.actionsOn(one.source);
  if (readers.length === 0 && context.finding === undefined) return refuse('who reads it is not known');
  const asked =
    attributeOn(program, one.frame, /^(is_cached|storageLevel)$/) ?? attributeOn(program, one.source, /^(is_cached|storageLevel)$/);
  if (asked !== undefined) return refuse(`line ${asked} asks whether it is cached`);
  if (unchanged(program, one.source).holds === false) return refuse('the program writes over what it holds');
  // A statement that only fills it goes as a whole.
  const edits = fills.some((statement) => within(one.call.node, statement)) ? [] : without(one.call.node, dropLink(one.call));
  if (edits === undefined) return refuse('a comment stands in it');
  const releases = program.calls.filter((call) => call.name === 'unpersist' && releasesIt(program, one, call.node));
  for (const release of releases) {
    const statement = wholeStatement(release.node);
    if (statement === undefined || statement.children[0] !== release.node) return refuse('its release is part of another statement');
    edits.push(dropStatement(statement));
  }
  edits.push(...fills.map((statement) => dropStatement(statement)));
  return rewrite({
    ...given,
    title: `Drop the cache of ${frameName(one.frame.names.length > 0 ? one.frame : one.source)}`,
    reason,
    safety,
    edits,
    preconditions,
  });
}

/** A coalesce behind a step with no shuffle between. */
function coalescedNext(program: Program, frame: Frame): Frame | undefined {
  const seen = new Set<Frame>([frame]);
  for (const at of seen)
    for (const next of program.childrenOf(at)) {
      if (next.method === 'coalesce') return next;
      if (/^(select|filter|where|drop|alias|withColumnRenamed|either|loop)$/.test(next.method)) seen.add(next);
    }
  return undefined;
}

/** The line where an attribute of a frame is asked for. */
function attributeOn(program: Program, frame: Frame, name: RegExp): number | undefined {
  for (const node of program.usesOf(frame)) {
    const { parent } = node;
    if (parent?.type !== 'attribute' || node.field !== 'object') continue;
    const attribute = child(parent, 'attribute');
    if (attribute !== undefined && name.test(textOf(attribute))) return lineOf(attribute);
  }
  return undefined;
}

function releasesIt(program: Program, one: Cache, node: Node): boolean {
  const receiver = receiverOf({ node, name: 'unpersist', arguments: [] });
  const value = receiver === undefined ? undefined : program.values.get(receiver);
  if (value?.kind !== 'frame') return one.released?.node === node;
  const ways = value.frame.method === 'either' || value.frame.method === 'loop' ? value.frame.parents : [value.frame];
  return ways.some((frame) => frame === one.frame || frame === one.source);
}

/** The link taken out; `df = df.cache()` and a bare `df.cache()` go as whole statements. */
function without(node: Node, gone: ReturnType<typeof dropLink>) {
  if (gone === undefined) return undefined;
  const receiver = receiverOf({ node, name: '', arguments: [] }) as Node;
  const assigned = assignmentOf(node);
  const isItself = assigned !== undefined && receiver.type === 'identifier' && textOf(receiver) === assigned.name;
  const statement = wholeStatement(node);
  if (
    statement !== undefined &&
    ((isItself && assigned?.statement === statement) || (statement.children[0] === node && receiver.type === 'identifier'))
  )
    return [dropStatement(statement)];
  return [gone];
}
