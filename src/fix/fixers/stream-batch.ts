// A stream that a limit of its source keeps at small batches, while most of a batch is cost that does not hang on its rows: a higher limit.
// Laws: only a limit that the code writes down and that every batch reaches; how far it is raised comes from what the run shows of fixed time
// and time for rows, never more than tenfold, for nobody has seen larger batches; a stream is proven by rows, not by time, and that is said.

import { formatCount, formatMillis, formatShare, max, plural, sum } from '../../base/index.ts';
import type { StreamingQuery } from '../../eventlog/index.ts';
import { FACTS, type FactStore } from '../../facts/index.ts';
import { constantOf, type Option, type Read, stringOf, textOf } from '../../pyspark/index.ts';
import type { Place } from '../../rules/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { replace } from '../edits.ts';
import { lineKnown, spotsOf, stagesIn } from '../measured.ts';
import { proposer } from '../propose.ts';
import { type BatchCost, batchCost, rowsOf } from './batch-cost.ts';

const FIXER = 'stream-batch';
/** Options of sources that bound what a trigger takes; `rowsPerSecond` and `rowsPerBatch` are what a test source makes, not what a batch takes. */
const LIMIT = /^max(Files|Bytes|Offsets|Records|Rows|Events)PerTrigger$/i;
/** Larger steps than this no run supports. */
const MOST = 10;
/** A batch that is mostly cost of its own is worth filling. */
const MOSTLY = 0.5;
/** What arrives must be taken away with room to catch up. */
const ROOM = 1.5;

export const streamBatch = defineFixer({
  id: FIXER,
  title: 'A higher limit for batches that are mostly overhead',
  rules: ['stream-backlog', 'stream-trigger-overrun'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, finding } = context;
    if (store === undefined || finding === undefined) return [];
    const all = context.program.reads.filter((one) => one.streaming);
    const [only] = all;
    const sources: Source[] =
      only !== undefined && all.length === 1
        ? [{ read: only, place: finding.places[0], known: { text: 'It is the only stream that the code reads.', holds: true } }]
        : spotsOf(context, ['read']).flatMap((spot) => {
            const { read } = spot.located;
            return read?.streaming === true ? [{ read, place: spot.place, known: lineKnown(spot) }] : [];
          });
    return sources.flatMap((one) => proposalFor(context, store, one));
  },
});

/** A source of the code behind a place of the finding. */
interface Source {
  readonly read: Read;
  readonly place: Place | undefined;
  readonly known: Precondition;
}

/** The stream that a place is about. */
function streamOf(store: FactStore, place: Place | undefined): StreamingQuery | undefined {
  const { streams } = store.run;
  const ids = new Set(stagesIn(store, place?.evidence ?? []).flatMap(({ job }) => job?.streamingQueryId ?? []));
  const own = streams.filter((one) => ids.has(one.id));
  return own.length === 1 ? own[0] : streams.length === 1 ? streams[0] : undefined;
}

function proposalFor(context: FixContext, store: FactStore, { read, place, known }: Source): Proposal[] {
  const option = read.options.findLast((one) => LIMIT.test(one.name));
  const { leave, rewrite } = proposer(FIXER, context, option?.node ?? read.call.node, option === undefined ? read.call : undefined);
  if (option === undefined)
    return leave(
      'No limit of the source that the code shows keeps its batches small: a batch takes all that has arrived. Make the batch itself cheaper, or give the stream more cores.',
    );
  const limit = numberIn(option);
  if (limit === undefined) return leave(`How ${option.name} is set is computed: its value does not stand at this line.`);
  const stream = streamOf(store, place);
  const cost = stream === undefined ? undefined : batchCost(store, stream);
  if (stream === undefined || cost === undefined) return leave('The run has too few batches with rows to tell what one costs.');
  const { rows, batchMs, fixedMs, basis } = cost;
  const batch = `a batch of ${formatCount(rows)} rows takes ${formatMillis(batchMs)}`;
  if (!cost.full) return leave(`Batches have fewer rows than ${option.name} allows: it is not what keeps them small; ${batch}.`);
  const taken = takenOf(store, stream, option.name, rows);
  if (taken !== undefined && taken < limit.value)
    return leave(
      `The batches of this run took ${formatCount(taken)}, fewer than ${option.name} allows (${textOf(option.node)}): it is not what kept them small; ${batch}.`,
    );
  if (fixedMs === undefined) return leave(`Whether a larger batch takes longer this run does not show (${basis}); ${batch}.`);
  const share = fixedMs / Math.max(1, batchMs);
  if (share < MOSTLY)
    return leave(
      `Only ${formatShare(share)} of a batch does not hang on its rows: twice the rows would take nearly twice as long; ${batch}.`,
    );
  const perRow = (batchMs - fixedMs) / Math.max(1, rows);
  const arriving = arrivalOf(cost);
  const to = raised(limit.value, { rows, fixedMs, perRow, arriving });
  if (to < 2 * limit.value) return leave(`What the run shows does not support a limit of twice ${textOf(option.node)}; ${batch}.`);
  const times = to / limit.value;
  const newRows = rows * times;
  const newMs = fixedMs + perRow * newRows;
  const rate = (count: number, ms: number) => `${formatCount(Math.round((count / Math.max(1, ms)) * 1000))} rows/s`;
  const text = limit.write(to);
  const interval = place?.numbers.find((one) => one.name === 'interval')?.value;
  return rewrite({
    title: `${option.name} ${text} instead of ${textOf(option.node)}`,
    reason:
      `Every batch takes all that ${option.name} lets it (${formatCount(rows)} rows) in ${formatMillis(batchMs)}, and about ${formatMillis(fixedMs)} of that do not hang on its rows: ${basis}. ` +
      `With ${formatCount(newRows)} rows a batch is reckoned at up to ${formatMillis(newMs)}: ${rate(newRows, newMs)} instead of ${rate(rows, batchMs)}.` +
      `${arriving === undefined ? ' How much arrives the log does not tell.' : ` About ${formatCount(Math.round(arriving * 1000))} rows/s arrive.`}` +
      `${typeof interval === 'number' && newMs > interval ? ` A batch will still take longer than the interval of ${formatMillis(interval)}, and take more away with it.` : ''}` +
      ' Prove it by rows, not by time: run both for the same time on the same input, from a checkpoint of their own, and compare the rows processed.',
    preconditions: [
      known,
      {
        text: `Most of a batch does not hang on its rows: ${formatMillis(fixedMs)} of ${formatMillis(batchMs)} (${formatShare(share)}), over ${plural(cost.batches.length, 'batch', 'batches')}.`,
        holds: true,
      },
      { text: `A batch of ${Math.round(times * 10) / 10} times the rows fits into memory; the run had none.`, holds: undefined },
      ...(hangsOnBatches(context, stream)
        ? [
            {
              text: 'Nothing hangs on how rows fall into batches: a function of foreachBatch, rows that come after the watermark, what changed in a batch, its time.',
              holds: undefined,
            },
          ]
        : []),
    ],
    edits: [replace(option.node, text)],
  });
}

/** What a batch of the run took, in the unit of the limit; undefined for bytes, and where the plan does not say. */
function takenOf(store: FactStore, { id }: StreamingQuery, option: string, rows: number): number | undefined {
  if (/bytes/i.test(option)) return undefined;
  if (!/files/i.test(option)) return rows;
  const plans = store.get(FACTS.plans);
  const executions = new Set(store.run.jobs.flatMap((job) => (job.streamingQueryId === id ? (job.sqlExecutionId ?? []) : [])));
  // Tables that each batch reads beside the stream count too: more than the limit is no contradiction.
  const files = [...executions].flatMap((one) => {
    const found = plans.get(one)?.nodes.flatMap((node) => node.metric('number of files read') ?? []) ?? [];
    return found.length === 0 ? [] : [sum(found)];
  });
  return files.length === 0 ? undefined : max(files);
}

/** Code that sees a batch as such, or a watermark, which moves from batch to batch. */
const hangsOnBatches = ({ program }: FixContext, { sink }: StreamingQuery): boolean =>
  /foreach/i.test(sink ?? '') ||
  program.calls.some(
    (one) =>
      /^(withWatermark|foreachBatch|applyInPandasWithState|transformWithState\w*|current_timestamp|now)$/.test(one.name) ||
      // What changed in a batch is what it gives.
      (one.name === 'outputMode' && stringOf(one.arguments[0]?.value) !== 'append'),
  );

/** The number of a limit, and how another one is written in its place. */
interface Limit {
  readonly value: number;
  write(to: number): string;
}

/** The number of a limit that stands there as a literal: `2`, `"2"`, `"10m"`. */
function numberIn({ node }: Option): Limit | undefined {
  const value = constantOf(node);
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return { value, write: (to) => String(to) };
  const [, digits, unit] = typeof value === 'string' ? (/^(\d+)\s*([kmgt]?b?)$/i.exec(value.trim()) ?? []) : [];
  if (digits === undefined || Number(digits) === 0) return undefined;
  const quote = textOf(node)[0] === "'" ? "'" : '"';
  return { value: Number(digits), write: (to) => `${quote}${to}${unit ?? ''}${quote}` };
}

/** Rows that arrive in a millisecond, where the source says how many records wait; undefined for files, which it counts as such. */
function arrivalOf({ batches }: BatchCost): number | undefined {
  const [first, last] = [batches[0], batches.at(-1)];
  const behind = batches.map((batch) =>
    batch.sources.length === 1 && !/^File/.test(batch.sources[0]?.description ?? '') ? batch.sources[0]?.rowsBehind : undefined,
  );
  const ms = (last?.timestampMs ?? 0) - (first?.timestampMs ?? 0);
  if (ms <= 0 || behind.some((one) => one === undefined)) return undefined;
  const taken = batches.slice(1).reduce((total, batch) => total + rowsOf(batch), 0);
  return Math.max(0, (behind.at(-1) as number) - (behind[0] as number) + taken) / ms;
}

interface Load {
  readonly rows: number;
  readonly fixedMs: number;
  readonly perRow: number;
  readonly arriving: number | undefined;
}

/** The limit raised: until rows cost as much as the batch itself, or what arrives is taken away with room; at most tenfold. */
function raised(limit: number, { rows, fixedMs, perRow, arriving }: Load): number {
  const most = Math.min(MOST, perRow > 0 ? fixedMs / (perRow * rows) : MOST);
  // k rows ÷ (fixed + k rows per row) = room × arriving
  const spare = arriving === undefined ? 0 : 1 - ROOM * arriving * perRow;
  const needed = arriving === undefined || spare <= 0 ? most : Math.max(2, (ROOM * arriving * fixedMs) / (rows * spare));
  return needed < most ? above(limit * needed) : below(limit * most);
}

/** Numbers that a person would write, times a power of ten. */
const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

const nearby = (value: number): number[] => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return STEPS.map((one) => one * power).filter(Number.isInteger);
};

const below = (value: number): number => nearby(value).findLast((one) => one <= value * 1.0001) ?? 1;
const above = (value: number): number => nearby(value).find((one) => one >= value * 0.9999) ?? value;
