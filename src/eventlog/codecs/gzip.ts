// gzip (RFC 1952): Databricks parts and hand-packed logs; several members, a cut end and junk behind the last member are all usual.
// Laws: members are walked here, because Node's gunzip throws away what a member gave when junk follows it in the same read;
// deflate is fed in steps of fixed size counted from the member's start, so the result does not depend on how the bytes arrive.
import { crc32, createInflateRaw } from 'node:zlib';
import type { ByteReader } from './byte-reader.ts';
import { type DecodeNotes, noteCorrupt, noteTruncated } from './codec.ts';
import { NativePump } from './native-pump.ts';

/** Input per native call: the output of one step stays below 33 MiB even at deflate's best (1,032×), and of a log around 0.5 MiB. */
const STEP_BYTES = 32 * 1024;

/** Output buffer of the decoder; also the most that damage can take with it. */
const STREAM_CHUNK = 1024 * 1024;

/** The longest optional field (name, comment) that is believed. */
const MAX_FIELD = 64 * 1024;

/** Everything that can be had from gzip members. */
export async function* decodeGzip(reader: ByteReader, notes: DecodeNotes): AsyncGenerator<Uint8Array> {
  for (let member = 0; ; member++) {
    await reader.fill(10);
    if (member > 0 && !startsMember(reader)) {
      const rest = await reader.drain();
      if (rest > 0) notes.trailingBytes = rest;
      return;
    }
    const start = reader.offset;
    const header = await skipHeader(reader);
    if (header !== 'ok') {
      if (header === 'cut') noteTruncated(notes, 'the log ends inside a gzip header');
      else noteCorrupt(notes, start, 'a gzip header is damaged');
      return;
    }
    const sum = { crc: 0, bytes: 0 };
    const before = { corruptAt: notes.corruptAt, truncated: notes.truncated };
    for await (const chunk of decodeDeflate(reader, notes)) {
      sum.crc = crc32(chunk, sum.crc);
      sum.bytes += chunk.length;
      yield chunk;
    }
    if (notes.corruptAt !== before.corruptAt || notes.truncated !== before.truncated) return;
    if (!(await reader.fill(8))) {
      noteTruncated(notes, 'the log ends inside the trailer of a gzip member');
      return;
    }
    if (reader.u32le(0) !== sum.crc || reader.u32le(4) !== sum.bytes % 2 ** 32) {
      noteCorrupt(notes, reader.offset, 'the checksum of a gzip member does not fit its content');
    }
    reader.consume(8);
  }
}

/** Raw deflate up to its end mark, as in gzip members and zip entries; the reader then stands behind it. */
export async function* decodeDeflate(reader: ByteReader, notes: DecodeNotes): AsyncGenerator<Uint8Array> {
  const pump = new NativePump(createInflateRaw({ chunkSize: STREAM_CHUNK }));
  let ready: Uint8Array[] = [];
  try {
    for (;;) {
      await reader.fill(STEP_BYTES);
      const step = reader.view(Math.min(STEP_BYTES, reader.available));
      if (step.length === 0) {
        yield* ready;
        if (!(await hasEnded(pump))) noteTruncated(notes, 'the compressed data ends too early: the upload or download was cut');
        return;
      }
      const before = pump.used;
      // The pool decodes this step while the caller works on the output of the one before.
      const decoding = pump.step(step);
      yield* ready;
      ready = await decoding;
      const used = pump.used - before;
      if (pump.failure !== undefined) noteCorrupt(notes, reader.offset, `deflate data cannot be decoded: ${pump.failure}`);
      else reader.consume(used);
      if (pump.failure === undefined && used === step.length) continue;
      yield* ready;
      return;
    }
  } finally {
    pump.destroy();
  }
}

/** Deflate says that it ended only when it is offered more: it leaves a byte that is not its own. What the byte decodes to is nobody's. */
async function hasEnded(pump: NativePump): Promise<boolean> {
  const before = pump.used;
  await pump.step(Buffer.alloc(1));
  return pump.used === before && pump.failure === undefined;
}

const startsMember = (reader: ByteReader): boolean =>
  reader.has(3) && reader.buf[reader.pos] === 0x1f && reader.buf[reader.pos + 1] === 0x8b && reader.buf[reader.pos + 2] === 8;

async function skipHeader(reader: ByteReader): Promise<'ok' | 'cut' | 'bad'> {
  if (!(await reader.fill(10))) return 'cut';
  const flags = reader.buf[reader.pos + 3]!;
  if (!startsMember(reader) || (flags & 0xe0) !== 0) return 'bad';
  reader.consume(10);
  if (flags & 4) {
    if (!(await reader.fill(2))) return 'cut';
    if (!(await reader.skip(2 + reader.u16le(0)))) return 'cut';
  }
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    let length = 0;
    do {
      if (!(await reader.fill(1))) return 'cut';
      if (++length > MAX_FIELD) return 'bad';
      reader.consume(1);
    } while (reader.buf[reader.pos - 1] !== 0);
  }
  if (flags & 2 && !(await reader.skip(2))) return 'cut';
  return 'ok';
}
