// One door to all decoders: bytes of a codec in, text out, under the limits, with every fault noted instead of thrown.
// Laws: chunks of output are at most 4 MiB and valid until the next pull; the source is closed however the reading ends.
import { assertUnreachable } from '../../base/index.ts';
import { ByteReader } from './byte-reader.ts';
import { type Codec, DEFAULT_LIMITS, type DecodeLimits, type DecodeNotes, emptyNotes, FREE_OUTPUT_BYTES, noteCorrupt } from './codec.ts';
import { decodeGzip } from './gzip.ts';
import { decodeLz4Frame, decodeLz4Java } from './lz4.ts';
import { decodeLzf } from './lzf.ts';
import { decodeSnappyFramed, decodeSnappyJava } from './snappy.ts';
import { decodeZstd } from './zstd.ts';

/** No chunk of output is larger. */
export const MAX_OUTPUT_CHUNK = 4 * 1024 * 1024;

/**
 * Decodes `chunks`, whole or a range of planSplits. Never throws on content: faults go to `notes`, and what came before them is given.
 * Throws what the source throws, except `corrupt-input` (a damaged zip entry), which is noted too.
 */
export async function* decode(
  codec: Codec,
  chunks: AsyncIterable<Uint8Array>,
  limits: DecodeLimits = DEFAULT_LIMITS,
  notes: DecodeNotes = emptyNotes(),
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(chunks);
  let given = 0;
  try {
    for await (const chunk of decoderOf(codec, reader, notes)) {
      const allowed = Math.min(limits.maxOutputBytes, FREE_OUTPUT_BYTES + limits.maxRatio * reader.offset) - given;
      const end = Math.min(chunk.length, allowed);
      for (let at = 0; at < end; at += MAX_OUTPUT_CHUNK) yield chunk.subarray(at, Math.min(end, at + MAX_OUTPUT_CHUNK));
      given += end;
      if (chunk.length <= allowed) continue;
      notes.outputCapped = true;
      notes.message ??= `decoding stopped after ${given} bytes: more than a log can hold, as in a compression bomb`;
      return;
    }
    if (reader.damage) noteCorrupt(notes, reader.offset, reader.damage.message);
  } finally {
    await reader.close();
  }
}

function decoderOf(codec: Codec, reader: ByteReader, notes: DecodeNotes): AsyncGenerator<Uint8Array> {
  switch (codec) {
    case 'plain':
      return decodePlain(reader);
    case 'zstd':
      return decodeZstd(reader, notes);
    case 'gzip':
      return decodeGzip(reader, notes);
    case 'lz4':
      return decodeLz4Java(reader, notes);
    case 'lz4-frame':
      return decodeLz4Frame(reader, notes);
    case 'snappy':
      return decodeSnappyJava(reader, notes);
    case 'snappy-framed':
      return decodeSnappyFramed(reader, notes);
    case 'lzf':
      return decodeLzf(reader, notes);
    case 'zip':
    case 'unknown':
      return decodeNothing(reader, notes, codec);
    case 'empty':
      return decodePlain(reader);
    default:
      return assertUnreachable(codec);
  }
}

async function* decodePlain(reader: ByteReader): AsyncGenerator<Uint8Array> {
  while (await reader.fill(1)) {
    const chunk = reader.view(reader.available);
    reader.consume(chunk.length);
    yield chunk;
  }
}

async function* decodeNothing(reader: ByteReader, notes: DecodeNotes, codec: Codec): AsyncGenerator<Uint8Array> {
  noteCorrupt(notes, reader.offset, codec === 'zip' ? 'a zip inside a log is not opened' : 'the compression is not known');
  yield* [];
}
