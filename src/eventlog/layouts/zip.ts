// Zips, as the History Server and people make them: entries by name, each a source of its own.
// Laws: names are labels, never paths; an entry is inflated by our own decoder, so damage is salvaged and limits hold;
// the zip is opened per reading and closed behind it.
import { crc32 } from 'node:zlib';
import { fromBufferPromise, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { FiresteelError, messageOf } from '../../base/index.ts';
import { ByteReader, decodeDeflate, emptyNotes } from '../codecs/index.ts';
import type { SourceFile } from '../sources/index.ts';
import type { Ignored, ListedFile } from './plan.ts';

/** A zip with more entries is no download of logs. */
const MAX_ENTRIES = 100_000;

const LOCAL_HEADER = 30;
const LOCAL_MAGIC = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/** An entry of a zip; `source` reads its content, unpacked. */
export interface ZipEntry extends ListedFile {
  readonly source: SourceFile;
}

/**
 * The file entries of a zip. `raw` is the zip itself; `buffer` its bytes when it is only in memory.
 * Entries that cannot be read (encrypted, other methods) are put to `ignored`. Throws `corrupt-input`, `too-large`.
 */
export async function listZip(raw: SourceFile, buffer: Buffer | undefined, ignored: Ignored[]): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  const seen = new Set<string>();
  let zip: ZipFile | undefined;
  try {
    // Not decoding names keeps a hostile one from failing the whole zip; sizes are checked by our own limits.
    const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: false };
    zip = buffer ? await fromBufferPromise(buffer, options) : await openPromise(raw.path, options);
    if (zip.entryCount > MAX_ENTRIES) {
      throw new FiresteelError('too-large', `${raw.name} has ${zip.entryCount} entries.`, 'Pack one application or cluster per zip.');
    }
    for await (const entry of zip.eachEntry()) {
      const path = labelOf(getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false));
      if (path.endsWith('/') || path === '') continue;
      const method = entry.compressionMethod;
      if (seen.has(path)) ignored.push({ name: path, reason: 'a second entry of the same name' });
      else if (entry.isEncrypted()) ignored.push({ name: path, reason: 'encrypted' });
      else if (method !== STORED && method !== DEFLATED)
        ignored.push({ name: path, reason: `zip compression method ${method} is not supported` });
      else {
        const place = {
          offset: entry.relativeOffsetOfLocalHeader,
          packed: entry.compressedSize,
          size: entry.uncompressedSize,
          crc: entry.crc32,
          method,
        };
        entries.push({ path, size: place.size, source: entrySource(raw, path, place) });
      }
      seen.add(path);
    }
  } catch (error) {
    if (error instanceof FiresteelError) throw error;
    throw new FiresteelError(
      'corrupt-input',
      `${raw.name} is a zip that cannot be opened: ${messageOf(error)}.`,
      'Download it again, or unpack it with another tool and give the folder.',
      { cause: error },
    );
  } finally {
    zip?.close();
  }
  return entries;
}

/** A name fit to be shown and grouped: `/` separated, no drive, no climbing, no control characters. */
const labelOf = (name: string): string =>
  name
    .replaceAll('\\', '/')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '_')
    .split('/')
    .filter((segment, i, all) => segment !== '.' && segment !== '..' && (segment !== '' || i === all.length - 1))
    .join('/');

interface Place {
  readonly offset: number;
  readonly packed: number;
  readonly size: number;
  /** CRC-32 of the content: raw deflate has no check of its own, and damage may decode to nonsense. */
  readonly crc: number;
  readonly method: number;
}

function entrySource(raw: SourceFile, name: string, place: Place): SourceFile {
  return {
    name,
    path: '',
    size: place.size,
    read: (start = 0, end = Number.POSITIVE_INFINITY) => cut(readEntry(raw, name, place), start, end),
  };
}

const damaged = (name: string, what: string): FiresteelError =>
  new FiresteelError('corrupt-input', `the zip entry ${name} is damaged: ${what}`, 'Download the zip again.');

async function* readEntry(raw: SourceFile, name: string, place: Place): AsyncGenerator<Uint8Array> {
  const header = new ByteReader(raw.read(place.offset, place.offset + LOCAL_HEADER));
  let start = place.offset + LOCAL_HEADER;
  try {
    if (!(await header.fill(LOCAL_HEADER)) || header.u32le(0) !== LOCAL_MAGIC) throw damaged(name, 'its header is not where the list says');
    start += header.u16le(26) + header.u16le(28);
  } finally {
    await header.close();
  }
  const reader = new ByteReader(raw.read(start, start + place.packed));
  const notes = emptyNotes();
  let crc = 0;
  let size = 0;
  try {
    for await (const chunk of place.method === DEFLATED ? decodeDeflate(reader, notes) : stored(reader)) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      yield chunk;
    }
  } finally {
    await reader.close();
  }
  if (notes.message !== undefined) throw damaged(name, notes.message);
  if (crc !== place.crc || size !== place.size) throw damaged(name, 'its content does not fit its checksum');
}

async function* stored(reader: ByteReader): AsyncGenerator<Uint8Array> {
  while (await reader.fill(1)) {
    const chunk = reader.view(reader.available);
    reader.consume(chunk.length);
    yield chunk;
  }
}

/** Bytes `[start, end)` of chunks. */
async function* cut(chunks: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  if (start >= end) return;
  for await (const chunk of chunks) {
    const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += chunk.length;
    if (piece.length > 0) yield piece;
    if (at >= end) return;
  }
}
