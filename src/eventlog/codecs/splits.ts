// Cuts a file into byte ranges that worker threads can decode on their own.
// Law: the decoded ranges, in order, are the decoded whole, damage included; a range need not start or end with a line.
import type { SourceFile } from '../sources/index.ts';
import { ByteReader } from './byte-reader.ts';
import type { Codec } from './codec.ts';
import { skipFrame } from './zstd-frames.ts';

/** A range `[start, end)` of the raw bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Below this a range is not worth a thread: decoding it takes some milliseconds. */
const MIN_RANGE = 256 * 1024;

/**
 * At most `n` ranges of about equal size; one when the codec has no independent pieces or the file cannot be opened twice.
 * zstd is cut at frame starts, which costs one pass over the compressed bytes without decoding. Throws what the source throws.
 */
export async function planSplits(file: SourceFile, codec: Codec, n: number): Promise<ByteRange[]> {
  const size = file.size;
  if (size === undefined) return [{ start: 0, end: Number.POSITIVE_INFINITY }];
  if (size === 0) return [];
  const count = file.path === '' ? 1 : Math.max(1, Math.min(n, Math.floor(size / MIN_RANGE)));
  if (count === 1) return [{ start: 0, end: size }];
  if (codec === 'plain')
    return rangesAt(
      Array.from({ length: count - 1 }, (_, i) => Math.floor((size * (i + 1)) / count)),
      size,
    );
  if (codec === 'zstd') return rangesAt(await frameStarts(file, size, count), size);
  return [{ start: 0, end: size }];
}

/** The first frame start at or behind each of the `count - 1` equal cuts; fewer when frames are large or damage ends the walk. */
async function frameStarts(file: SourceFile, size: number, count: number): Promise<number[]> {
  const reader = new ByteReader(file.read());
  const starts: number[] = [];
  try {
    for (let cut = 1; cut < count && (await skipFrame(reader)); ) {
      if (reader.offset < (size * cut) / count || reader.offset >= size) continue;
      starts.push(reader.offset);
      cut = Math.floor((reader.offset * count) / size) + 1;
    }
  } finally {
    await reader.close();
  }
  return starts;
}

const rangesAt = (cuts: readonly number[], size: number): ByteRange[] => [0, ...cuts].map((start, i) => ({ start, end: cuts[i] ?? size }));
