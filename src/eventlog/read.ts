// A log of any layout and codec → SparkRun: plan the ranges, read them on one or more threads, put them together in file order.
// Law: the result does not depend on the number of threads, on chunk sizes or on the order in which a folder lists its parts.

import { availableParallelism } from 'node:os';
import { FiresteelError } from '../base/index.ts';
import { RunBuilder } from './build.ts';
import { type DecodeNotes, emptyNotes } from './codecs/index.ts';
import { type OpenedLog, openLog } from './layouts/index.ts';
import type { SparkRun } from './model.ts';
import { type RangeTask, readInWorker } from './parallel.ts';
import { LogPartial } from './partial.ts';
import { cutRange, joinLine, type RangeResult, readRange } from './range.ts';

export interface ReadOptions {
  /** Threads to read with; default: by size, at most the processors of this machine and 4. */
  readonly threads?: number;
  /** Which log, when a zip or folder holds several: `inner` of a LogLocation. */
  readonly inner?: string;
  /** Read task events with the full parser only (the reference of the byte scan). */
  readonly fullParse?: boolean;
  /** Called now and then with the share done (0–1) when it is known, and the decoded bytes so far. */
  readonly onProgress?: (progress: { share: number | undefined; bytes: number }) => void;
}

/** Stored bytes from which a second thread pays for its start (~40 ms): plain text, and compressed text at the ~10× of real logs. */
const PARALLEL_PLAIN = 24 * 1024 * 1024;
const PARALLEL_COMPRESSED = 2 * 1024 * 1024;
const MAX_THREADS = 4;

/** Reads the log at `path` (file, rolling directory, Databricks folder, zip; `-` reads stdin). Throws a FiresteelError when there is no log to read. */
export async function readRun(path: string, options: ReadOptions = {}): Promise<SparkRun> {
  const log = await openLog(path, { inner: options.inner });
  // Only plain text tells how much there is to come.
  const plainBytes = log.parts.every((part) => part.codec === 'plain') && log.bytes > 0 ? log.bytes : undefined;
  let bytes = 0;
  const onBytes = (count: number) => {
    bytes += count;
    options.onProgress?.({ share: plainBytes === undefined ? undefined : Math.min(1, bytes / plainBytes), bytes });
  };
  const apart = await readApart(log, options, onBytes);
  // Rare (a speculative copy that won behind a cut): read again in one piece, so that the cuts do not show in the sums.
  const assembler = apart.builder.repeatedAcross > 0 && path !== '-' ? await readInOnePiece(log, options, onBytes) : apart;
  const { builder, truncated, notes } = assembler;
  if (builder.eventCount === 0) throw noEvents(log, assembler);
  return builder.finish({
    name: log.name,
    layout: log.layout,
    codec: log.codec,
    storedBytes: log.bytes,
    parts: log.parts.length,
    compacted: log.compacted,
    gaps: log.gaps,
    inProgress: log.inProgress,
    truncated,
    notes: [...notes, ...ignoredNotes(log)],
  });
}

/** Reads the ranges of a log, on several threads when that pays, and joins them in file order. */
async function readApart(log: OpenedLog, options: ReadOptions, onBytes: (count: number) => void): Promise<Assembler> {
  const assembler = new Assembler();
  const ranges = await planRanges(log, options);
  const results: (RangeResult | undefined)[] = new Array(ranges.length).fill(undefined);
  let next = 0;
  const take = (index: number, result: RangeResult) => {
    results[index] = result;
    while (results[next] !== undefined) {
      assembler.add(results[next] as RangeResult, ranges[next] as Range);
      // A taken result is let go at once: the run holds what is needed of it.
      results[next++] = undefined;
    }
  };
  const fullParse = options.fullParse ?? false;
  const groups = groupRanges(ranges);
  const workers = groups.slice(1).map((group) =>
    readInWorker(
      group.map((range) => range.task as RangeTask),
      fullParse,
      (i, result) => take((group[i] as Range).index, result),
      onBytes,
    ),
  );
  // A failing worker must not be an unhandled rejection while this thread still reads.
  const others = Promise.all(workers);
  others.catch(() => undefined);
  for (const range of groups[0] ?? []) {
    const notes = emptyNotes();
    const chunks = range.part.decode(range.task === undefined ? undefined : { start: range.task.start, end: range.task.end }, notes);
    take(range.index, await readRange(chunks, notes, { midText: range.midText, fullParse, onBytes }));
  }
  await others;
  assembler.end();
  return assembler;
}

/** Reads all parts into one partial on this thread: what the number of ranges must not change. */
async function readInOnePiece(log: OpenedLog, options: ReadOptions, onBytes: (count: number) => void): Promise<Assembler> {
  const assembler = new Assembler();
  const partial = new LogPartial({ fullParse: options.fullParse ?? false });
  let carry = Buffer.alloc(0);
  for (const part of log.parts) {
    const notes = emptyNotes();
    const { head, tail, bare } = await cutRange(part.decode(undefined, notes), partial, { midText: false, onBytes });
    assembler.note(notes, part.file.name);
    if (head !== undefined) carry = Buffer.concat([carry, head]);
    if (bare) continue;
    joinLine(carry, false, partial);
    carry = Buffer.from(tail);
  }
  if (joinLine(carry, true, partial)) assembler.truncated = true;
  assembler.builder.add(partial.pack());
  return assembler;
}

function noEvents(log: OpenedLog, { builder, notes, truncated }: Assembler): FiresteelError {
  const what =
    builder.lineCount > 0
      ? `is not a Spark event log: none of its ${builder.lineCount} lines is a Spark event.`
      : notes.length > 0 || truncated
        ? `is damaged: nothing in it can be decoded (${notes[0] ?? 'it ends before its first block does'}).`
        : 'holds no text.';
  return new FiresteelError(
    'not-an-event-log',
    `${log.name} ${what}`,
    /\.(py|ipynb)$/i.test(log.name)
      ? `It looks like code: firesteel audit --code ${log.name} reads it without a run, firesteel audit LOG --code ${log.name} with one.`
      : 'Give the path of an event log: the file or the eventlog_v2_… directory below spark.eventLog.dir.',
  );
}

/** Files beside the log that were not read, except the side files that every log folder has. */
function ignoredNotes(log: OpenedLog): string[] {
  const told = log.ignored.filter(({ name }) => !/(^|\/)[._]|\.crc$|(^|\/)appstatus_/.test(name));
  return told.slice(0, 5).map(({ name, reason }) => `${name} was left out: ${reason}.`);
}

interface Range {
  readonly index: number;
  readonly part: OpenedLog['parts'][number];
  /** Undefined: the whole part, in this thread. */
  readonly task: RangeTask | undefined;
  readonly midText: boolean;
  readonly lastOfPart: boolean;
  readonly size: number;
}

async function planRanges(log: OpenedLog, options: ReadOptions): Promise<Range[]> {
  const enough = log.parts.reduce(
    (sum, part) => sum + (part.file.size ?? 0) / (part.codec === 'plain' ? PARALLEL_PLAIN : PARALLEL_COMPRESSED),
    0,
  );
  const threads = Math.max(1, options.threads ?? Math.min(MAX_THREADS, availableParallelism(), 1 + Math.floor(enough)));
  const reopenable = log.parts.every((part) => part.file.path !== '');
  const ranges: Omit<Range, 'index'>[] = [];
  for (const part of log.parts) {
    const splits = threads > 1 && reopenable ? await part.splits(threads) : undefined;
    if (splits === undefined || part.file.path === '') {
      ranges.push({ part, task: undefined, midText: false, lastOfPart: true, size: part.file.size ?? 1 });
      continue;
    }
    for (const [i, { start, end }] of splits.entries()) {
      const midText = i > 0;
      ranges.push({
        part,
        task: { path: part.file.path, codec: part.codec, start, end, midText },
        midText,
        lastOfPart: i === splits.length - 1,
        size: (end - start) * (part.codec === 'plain' ? 1 : 10),
      });
    }
  }
  return ranges.map((range, index) => ({ ...range, index, thread: threads }));
}

/** Contiguous groups of about the same size, one a thread; this thread takes the first, which is the one whose results are needed first. */
function groupRanges(ranges: readonly (Range & { thread?: number })[]): Range[][] {
  const threads = ranges[0]?.thread ?? 1;
  if (threads === 1 || ranges.some((range) => range.task === undefined)) return [[...ranges]];
  const total = ranges.reduce((sum, range) => sum + range.size, 0);
  const groups: Range[][] = [];
  let filled = 0;
  for (const range of ranges) {
    const group = Math.min(threads - 1, Math.floor(((filled + range.size / 2) / total) * threads));
    filled += range.size;
    const members = groups[group] ?? [];
    members.push(range);
    groups[group] = members;
  }
  return groups.filter((group) => group !== undefined);
}

/** Joins the loose ends of neighbouring ranges and hands everything to the builder in order. */
class Assembler {
  readonly builder = new RunBuilder();
  private carry: Buffer = Buffer.alloc(0);
  truncated = false;
  readonly notes: string[] = [];

  add(result: RangeResult, range: Range): void {
    this.note(result.notes, range.part.file.name);
    if (result.head !== undefined) {
      this.carry = Buffer.concat([this.carry, result.head]);
      if (result.bare) return;
    }
    // The range starts with a line of its own: what is left of the one before ends here.
    this.join(false);
    this.builder.add(result.partial);
    this.carry = Buffer.from(result.tail);
  }

  note(notes: DecodeNotes, name: string): void {
    if (notes.truncated) this.truncated = true;
    if (notes.message !== undefined) this.notes.push(`${name}: ${notes.message}`);
    else if (notes.outputCapped === true)
      this.notes.push(`${name}: decoding stopped at the limit against compression bombs; what follows is not known.`);
  }

  end(): void {
    if (this.join(true)) this.truncated = true;
  }

  private join(last: boolean): boolean {
    if (this.carry.length === 0) return false;
    const partial = new LogPartial();
    const cut = joinLine(this.carry, last, partial);
    this.builder.add(partial.pack());
    return cut;
  }
}
