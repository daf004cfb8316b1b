// Opens what a user names - file, folder, zip, pipe - as one log with its parts in reading order.
// Laws: codecs are found by content; anything left out is named with a reason; nothing is decoded here beyond the first 64 KiB of a file;
// throws FiresteelError only, each with what to do next.
import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { FiresteelError, formatBytes } from '../../base/index.ts';
import {
  type ByteRange,
  type Codec,
  DEFAULT_LIMITS,
  type DecodeLimits,
  type DecodeNotes,
  decode,
  detectCodec,
  emptyNotes,
  HEAD_BYTES,
  planSplits,
} from '../codecs/index.ts';
import { memorySource, openFile, readHead, type SourceFile, type StreamSource, streamSource } from '../sources/index.ts';
import { type Ignored, type PlannedLog, planLogs, single } from './plan.ts';
import { folderShelf, kindOf, type Shelf, type StoredFile, zipShelf } from './shelf.ts';
import { SNIFF_BYTES, type Sniffed, sniff } from './sniff.ts';

export type Layout = 'single' | 'rolling' | 'databricks' | 'stream';

/** One stored piece of a log. */
export interface LogPart {
  /** `file.path` is where another thread can open the same bytes; `''` when it cannot (zip entry, stream) and this object must be used. */
  readonly file: SourceFile;
  readonly codec: Codec;
  /** The index in the name of a rolling part. */
  readonly index?: number;
  /** The text of the part, or of a range that `splits` gave. Never throws on content; see `decode` of codecs. Offsets in `notes` count from the start of the part. */
  decode(range?: ByteRange, notes?: DecodeNotes): AsyncIterable<Uint8Array>;
  /** At most `n` ranges that can be decoded on their own; a single one when the file cannot be opened twice. */
  splits(n: number): Promise<ByteRange[]>;
}

/** One log, ready to be read. */
export interface OpenedLog {
  /** Short label: file or folder name, or the name inside a zip. */
  readonly name: string;
  /** Absolute path of what was opened; `''` for a stream. */
  readonly path: string;
  readonly layout: Layout;
  readonly container?: 'zip';
  /** The codec of the parts, or 'mixed'. */
  readonly codec: Codec | 'mixed';
  /** In reading order; never empty. */
  readonly parts: readonly LogPart[];
  /** True when Spark dropped finished work from the log: totals are lower bounds. */
  readonly compacted: boolean;
  /** Indices of missing parts (at most 100 are listed). */
  readonly gaps: readonly number[];
  /** By the names only: undefined when they do not tell. */
  readonly inProgress: boolean | undefined;
  /** State file of a rolling log; undefined for other layouts. */
  readonly appStatus: 'complete' | 'inprogress' | 'missing' | undefined;
  /** Files beside the log that were left out, and why. */
  readonly ignored: readonly Ignored[];
  /** Stored bytes of all parts (zip entries: unpacked from the zip); 0 for a stream. */
  readonly bytes: number;
}

export interface OpenOptions {
  /** `inner` of a LogLocation. */
  readonly inner?: string;
  /** Guards against compression bombs, per part. */
  readonly limits?: DecodeLimits;
  /** What `-` reads; standard input by default. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/** A zip from a pipe has its list at the end, so all of it must be held: 256 MiB is some GB of log. */
export const MAX_PIPED_ZIP = 256 * 1024 * 1024;

/**
 * Opens the one log at `path`: a file, a rolling or Databricks folder, a zip or a folder with one log in it, or `-` for standard input.
 * Throws `not-found`, `no-permission`, `not-an-event-log` (also: empty, nothing written yet), `unknown-codec`, `corrupt-input` (zip),
 * `too-large`, `wrong-usage` (several logs: name one, or use discoverLogs).
 */
export async function openLog(path: string | '-', options: OpenOptions = {}): Promise<OpenedLog> {
  if (path === '-') return openStream(streamSource(options.stdin ?? process.stdin, 'stdin'), '', options);
  const absolute = resolve(path);
  const kind = await kindOf(path);
  if (kind === 'folder') return openShelf(await folderShelf(absolute), options);
  if (kind === 'stream') return openStream(streamSource(createReadStream(absolute), basename(absolute)), absolute, options);
  const file = openFile(absolute);
  const seen = await sniff(await readHead(file, SNIFF_BYTES));
  if (seen.codec === 'zip') return openShelf(await zipShelf(file), options);
  refuse(file.name, seen);
  return logOf(
    { label: file.name, path: absolute, files: [], ignored: [] },
    single({ path: file.name, size: file.size ?? 0, source: file }, ''),
    options,
  );
}

async function openStream(stream: StreamSource, path: string, options: OpenOptions): Promise<OpenedLog> {
  const seen = await sniff((await stream.peek(SNIFF_BYTES)).subarray(0, SNIFF_BYTES));
  if (seen.codec === 'zip') {
    const bytes = await bufferAll(stream);
    return openShelf(await zipShelf(memorySource(stream.name, bytes), bytes), options);
  }
  refuse(stream.name, seen);
  return {
    name: stream.name,
    path,
    layout: 'stream',
    codec: seen.codec,
    parts: [partOf(stream, seen.codec, undefined, options)],
    compacted: false,
    gaps: [],
    inProgress: undefined,
    appStatus: undefined,
    ignored: [],
    bytes: 0,
  };
}

async function bufferAll(stream: SourceFile): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.read()) {
    pieces.push(Buffer.from(chunk));
    size += chunk.length;
    if (size <= MAX_PIPED_ZIP) continue;
    throw new FiresteelError(
      'too-large',
      `The piped zip is larger than ${formatBytes(MAX_PIPED_ZIP)}.`,
      'Write it to a file and give its path.',
    );
  }
  return Buffer.concat(pieces);
}

/** The one log of a folder or zip, or the one that was asked for. */
async function openShelf(shelf: Shelf, options: OpenOptions): Promise<OpenedLog> {
  const plan = planLogs(shelf.files);
  const ignored = [...shelf.ignored, ...plan.ignored];
  const open = (log: PlannedLog<StoredFile>, others: readonly Ignored[] = []) =>
    logOf({ ...shelf, ignored: [...ignored, ...others] }, log, options);
  if (options.inner !== undefined) {
    const wanted = [...plan.logs, ...plan.candidates].find((log) => log.key === options.inner);
    if (wanted) return open(wanted);
    throw new FiresteelError(
      'not-found',
      `${shelf.label} holds no log named ${options.inner}.`,
      'List its logs and take a name from there.',
    );
  }
  // A log folder named directly is that log, whatever else lies in it.
  const own = plan.logs.filter((log) => log.folder === '');
  if (own.length === 1) {
    const others = [...plan.logs.filter((log) => log !== own[0]), ...plan.candidates];
    return open(
      own[0]!,
      others.map((log) => ({ name: log.key, reason: 'not part of this log' })),
    );
  }
  const found = [...plan.logs];
  const others: Ignored[] = [];
  for (const candidate of plan.candidates) {
    const reason = await noLogReason(candidate.parts[0]!.file);
    if (reason === undefined) found.push(candidate);
    else others.push({ name: candidate.key, reason });
  }
  if (found.length === 1) return open(found[0]!, others);
  if (found.length > 1) {
    throw new FiresteelError(
      'wrong-usage',
      `${shelf.label} holds ${found.length} logs, for example ${found[0]!.key} and ${found[1]!.key}.`,
      'Name one of them.',
    );
  }
  if (plan.notYet.length > 0) throw noDataYet(shelf.label);
  const why = others[0] ? ` (${others[0].name}: ${others[0].reason})` : '';
  throw new FiresteelError(
    'not-an-event-log',
    shelf.files.length === 0 ? `${shelf.label} is empty.` : `No event log was found in ${shelf.label}${why}.`,
    'Give a log file, an eventlog_v2_… folder, a Databricks eventlog folder, or a zip of one.',
  );
}

const noDataYet = (label: string): FiresteelError =>
  new FiresteelError(
    'not-an-event-log',
    `${label} has a state file but no data yet: the application has not written events, or was stopped before it did.`,
    'Try again once the application has run for a while, or check that all events_… files were copied.',
  );

/** Why a file is no log by its content; undefined when it is one. A zip says so, for the caller to look inside. */
export async function noLogReason(file: StoredFile): Promise<string | undefined> {
  try {
    const seen = await sniff(await readHead(file.source, SNIFF_BYTES));
    if (seen.codec === 'zip') return 'a zip: name it to look inside';
    if (seen.refusal) return seen.refusal.what;
    return seen.events ? undefined : 'holds no Spark events';
  } catch (error) {
    if (error instanceof FiresteelError) return error.message;
    throw error;
  }
}

function refuse(name: string, seen: Sniffed): void {
  if (seen.refusal) throw new FiresteelError(seen.refusal.code, `${name} ${seen.refusal.what}.`, seen.refusal.nextStep);
}

/** Finds the codec of every part; what cannot be read is left out and, in a rolling log, counts as a gap. */
async function logOf(shelf: Shelf, plan: PlannedLog<StoredFile>, options: OpenOptions): Promise<OpenedLog> {
  const ignored = [...plan.ignored, ...shelf.ignored];
  const gaps = [...plan.gaps];
  const parts: LogPart[] = [];
  let refusal: FiresteelError | undefined;
  for (const { file, index } of plan.parts) {
    const codec = detectCodec(await readHead(file.source, HEAD_BYTES));
    if (codec !== 'unknown' && codec !== 'zip') {
      parts.push(partOf(file.source, codec, index, options));
      continue;
    }
    const reason = codec === 'zip' ? 'a zip inside a log is not opened' : 'neither text nor packed in a known way';
    ignored.push({ name: file.path, reason });
    if (plan.layout === 'rolling' && index !== undefined) gaps.push(index);
    refusal ??= new FiresteelError(
      'unknown-codec',
      `${file.path}: ${reason}.`,
      'Check how the file was copied; Spark writes text, zstd, lz4, snappy or lzf.',
    );
  }
  if (parts.every((part) => part.codec === 'empty')) {
    if (refusal) throw refusal;
    if (plan.layout === 'rolling') throw noDataYet(shelf.label);
    refuse(plan.key, await sniff(Buffer.alloc(0)));
  }
  const codecs = new Set(parts.map((part) => part.codec).filter((codec) => codec !== 'empty'));
  const folderName = plan.folder === '' ? shelf.label : basename(plan.folder);
  return {
    name: plan.layout === 'single' ? basename(plan.key) : folderName,
    path: shelf.path,
    layout: plan.layout,
    container: shelf.container,
    codec: codecs.size === 1 ? [...codecs][0]! : 'mixed',
    parts,
    compacted: plan.compacted,
    gaps: gaps.sort((a, b) => a - b),
    inProgress: inProgressOf(plan),
    appStatus: plan.appStatus,
    ignored,
    bytes: parts.reduce((sum, part) => sum + (part.file.size ?? 0), 0),
  };
}

/** What the names tell: Spark takes `.inprogress` off when the application ends, but a copy of a file may carry any name. */
function inProgressOf(plan: PlannedLog<StoredFile>): boolean | undefined {
  if (plan.layout === 'rolling') return plan.appStatus === 'missing' ? undefined : plan.appStatus === 'inprogress';
  return plan.layout === 'single' && plan.key.toLowerCase().endsWith('.inprogress') ? true : undefined;
}

function partOf(file: SourceFile, codec: Codec, index: number | undefined, options: OpenOptions): LogPart {
  const limits = options.limits ?? DEFAULT_LIMITS;
  return {
    file,
    codec,
    index,
    decode: (range, notes = emptyNotes()) => decodePart(file, codec, range, limits, notes),
    splits: (n) => planSplits(file, codec, n),
  };
}

async function* decodePart(
  file: SourceFile,
  codec: Codec,
  range: ByteRange | undefined,
  limits: DecodeLimits,
  notes: DecodeNotes,
): AsyncGenerator<Uint8Array> {
  const earlier = notes.corruptAt;
  try {
    yield* decode(codec, range ? file.read(range.start, range.end) : file.read(), limits, notes);
  } finally {
    if (range && earlier === undefined && notes.corruptAt !== undefined) notes.corruptAt += range.start;
  }
}
