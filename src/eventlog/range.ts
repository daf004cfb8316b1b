// Reads one range of one part: decoded chunks → lines → partial. The same code on the main thread and in a worker.
// Law: a range knows nothing of its neighbours; what it could not finish (head, tail) is handed back.

import type { DecodeNotes } from './codecs/index.ts';
import { LineCutter } from './lines.ts';
import { LogPartial, type PackedPartial } from './partial.ts';

export interface RangeResult {
  readonly partial: PackedPartial;
  /** Bytes before the first newline when the range starts inside a text; they end a line of the range before. */
  readonly head: Uint8Array | undefined;
  /** Bytes behind the last newline. */
  readonly tail: Uint8Array;
  /** The range held no newline at all: `head` is all of it. */
  readonly bare: boolean;
  readonly notes: DecodeNotes;
}

export interface RangeOptions {
  readonly midText: boolean;
  readonly fullParse?: boolean;
  readonly maxLine?: number;
  readonly onBytes?: (decoded: number) => void;
}

/** Reads decoded chunks to the end, into a partial of its own. */
export async function readRange(chunks: AsyncIterable<Uint8Array>, notes: DecodeNotes, options: RangeOptions): Promise<RangeResult> {
  const partial = new LogPartial({ fullParse: options.fullParse ?? false });
  const ends = await cutRange(chunks, partial, options);
  return { partial: partial.pack(), ...ends, notes };
}

/** Feeds the whole lines of decoded chunks to a partial and gives back the loose ends. */
export async function cutRange(
  chunks: AsyncIterable<Uint8Array>,
  partial: LogPartial,
  options: RangeOptions,
): Promise<Pick<RangeResult, 'head' | 'tail' | 'bare'>> {
  const cutter = new LineCutter(partial, {
    midText: options.midText,
    ...(options.maxLine === undefined ? {} : { maxLine: options.maxLine }),
  });
  for await (const chunk of chunks) {
    cutter.push(chunk);
    options.onBytes?.(chunk.length);
  }
  const tail = cutter.takeTail();
  return { head: cutter.head, tail, bare: cutter.sawNoNewline };
}

/** Hands a line that lay between two ranges, or the last one of the log, to a partial. True when it is the last and was cut in its middle. */
export function joinLine(line: Buffer, last: boolean, partial: LogPartial): boolean {
  const end = line.length > 0 && line[line.length - 1] === 13 ? line.length - 1 : line.length;
  if (end === 0) return false;
  // The writer was cut off in the middle of the last line: not a bad line, a truncated log.
  if (last && !isWhole(line, end)) return true;
  partial.line(line, 0, end);
  return false;
}

function isWhole(line: Buffer, end: number): boolean {
  try {
    JSON.parse(line.toString('utf8', 0, end));
    return true;
  } catch {
    return false;
  }
}
