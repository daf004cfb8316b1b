// Repartition before write: rows of one output partition are brought together, so that each is written as one file instead of one per task.
// Laws: the files' rows stay the same, only their number and order change; a write whose order is meant is left; no partition may become one huge file.

import { formatBytes, formatCount } from '../../base/index.ts';
import { FACTS } from '../../facts/index.ts';
import type { Call, Edit, Frame, Node, Program, Write } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { addLink, replace } from '../edits.ts';
import { lineKnown, type Spot, spotsOf } from '../measured.ts';
import { receiverOf } from '../places.ts';
import { proposer } from '../propose.ts';

/** spark.sql.files.maxPartitionBytes: one file, one later task. */
const TARGET = 128 * 1024 ** 2;
/** A partition written by one task takes so long at 30 MiB/s that half a minute is the most to ask. */
const MOST = 1024 ** 3;
/** Task time of the writing stage from which its work must stay as wide as it is, ms. */
const HEAVY_MS = 10_000;

export const repartitionBeforeWrite = defineFixer({
  id: 'repartition-before-write',
  title: 'Bring the rows of a file together before the write',
  rules: ['small-output-files'],
  codeRules: ['write-unclustered'],
  safety: 'review',
  propose(context) {
    const { program } = context;
    if (context.finding !== undefined) return spotsOf(context, ['write']).flatMap((spot) => proposalFor(context, spot.located.write, spot));
    return context.lint.flatMap((one) => {
      const action = program.actions.find(
        ({ write, call }) =>
          write !== undefined &&
          call.node.source.path === one.file &&
          call.node.start <= one.range.end.offset &&
          call.node.end >= one.range.start.offset,
      );
      return proposalFor(context, action?.write, undefined);
    });
  },
});

function proposalFor(context: FixContext, write: Write | undefined, spot: Spot | undefined): Proposal[] {
  const { program, store } = context;
  const action = program.actions.find((one) => one.write === write);
  const { leave, rewrite } = proposer('repartition-before-write', context, spot?.located.node ?? write?.call.node, write?.call);
  if (write === undefined || action === undefined) return spot === undefined ? [] : leave('The write is not known in the code.');
  if (write.streaming) return leave('The write is of a stream: each trigger writes its own files.');
  if (write.bucketBy.length > 0) return leave('The write is bucketed: its files are counted by buckets.');
  const frames = action.frames;
  const node = frameNode(program, write);
  if (node === undefined) return leave('What is written is not known in the code.');
  if (frames.some((frame) => isSorted(frame)))
    return leave('The rows are sorted before the write: a repartition would undo their order in the files.');
  const measured = spot?.nodes.map(({ node: one }) => one).find((one) => one.kind === 'write');
  const bytes = measured?.metric('written output', 'number of written bytes', 'numOutputBytes', 'number of added bytes');
  const parts = measured?.metric('number of dynamic part', 'number of dynamic partitions');
  const files = measured?.metric('number of written files', 'numFiles', 'number of added files');
  const preconditions: Precondition[] = spot === undefined ? [] : [lineKnown(spot)];
  const before = lastRepartition(program, frames, node);
  if (write.partitionBy.length > 0) {
    const keys = write.partitionBy.map((one) => JSON.stringify(one)).join(', ');
    if (before !== undefined && sameArguments(before, keys)) return leave('Its rows are brought together by these columns already.');
    const each = bytes === undefined || parts === undefined || parts === 0 ? undefined : bytes / parts;
    preconditions.push({
      text: `A partition of the output is small enough for one file${each === undefined ? '' : `: ${formatBytes(each)} on average`}, at most ${formatBytes(MOST)}.`,
      holds: each === undefined ? undefined : each <= MOST,
    });
    const edits: Edit[] = before === undefined ? [addLink(node, `.repartition(${keys})`)] : [replace(argumentsOf(before), `(${keys})`)];
    return rewrite({
      title: `Repartition by ${write.partitionBy.join(', ')} before the write`,
      reason: `${spot?.place?.cause ?? context.lint[0]?.message ?? ''} With the rows of a partition in one task each is one file${parts === undefined ? '' : `: about ${formatCount(parts)} instead of ${formatCount(files ?? 0)}`}.`,
      preconditions,
      edits,
    });
  }
  if (bytes === undefined || files === undefined || store === undefined) return leave('How much is written is not known without a run.');
  const n = Math.max(1, Math.ceil(bytes / TARGET));
  const stages = spot?.stages ?? [];
  const work = stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
  const slots = Math.max(1, Math.round(store.get(FACTS.activity).peakSlots));
  // coalesce moves nothing, but pulls the work before it into as few tasks.
  const link = n >= slots || work < HEAVY_MS ? `.coalesce(${n})` : `.repartition(${n})`;
  if (before !== undefined) return leave('The program sets the number of partitions before the write itself.');
  return rewrite({
    title: `Write ${formatCount(n)} ${n === 1 ? 'file' : 'files'} instead of ${formatCount(files)}`,
    reason: `${spot?.place?.cause ?? ''} ${formatBytes(bytes)} make ${formatCount(n)} good ${n === 1 ? 'file' : 'files'} of up to ${formatBytes(TARGET)}.`,
    preconditions,
    edits: [addLink(node, link)],
  });
}

/** The expression before `.write`. */
function frameNode(program: Program, write: Write): Node | undefined {
  for (let at: Node | undefined = write.call.node; at !== undefined; ) {
    const callee: Node | undefined = at.type === 'call' ? at.children.find((one) => one.field === 'function') : at;
    if (callee?.type !== 'attribute') return undefined;
    const object: Node | undefined = callee.children.find((one) => one.field === 'object');
    if (object === undefined) return undefined;
    if (program.values.get(object)?.kind === 'frame') return object;
    at = object;
  }
  return undefined;
}

/** A repartition or coalesce that is the last step of the written expression itself. */
function lastRepartition(program: Program, frames: readonly Frame[], node: Node): Call | undefined {
  const frame = frames.find((one) => /^(repartition|coalesce|repartitionByRange)$/.test(one.method));
  const call = frame?.call;
  if (call === undefined || receiverOf(call) === undefined) return undefined;
  return call.node === node || program.childrenOf(frame as Frame).length === 0 ? call : undefined;
}

const sameArguments = (call: Call, keys: string): boolean => {
  const text = argumentsOf(call);
  return (
    text.source.text
      .slice(text.start + 1, text.end - 1)
      .replaceAll("'", '"')
      .replace(/\s+/g, ' ')
      .trim() === keys
  );
};

const argumentsOf = (call: Call): Node => call.node.children.find((one) => one.field === 'arguments') as Node;

/** True when the order of the written rows was made on purpose, straight before the write. */
function isSorted(frame: Frame): boolean {
  for (let at: Frame | undefined = frame, steps = 0; at !== undefined && steps < 20; at = at.parents[0], steps++) {
    if (/^(sortWithinPartitions|orderBy|sort)$/.test(at.method)) return true;
    if (!/^(select|selectExpr|withColumn|withColumns|withColumnRenamed|drop|alias|cache|persist|coalesce)$/.test(at.method)) return false;
  }
  return false;
}
