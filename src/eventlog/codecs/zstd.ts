// zstd as Spark writes it: many concatenated frames, perhaps an open last one, perhaps one frame of the whole log.
// Laws: Node 24 decodes one frame and silently drops the rest, so frames are walked here and decoded one by one; a small frame is one
// native call, a large one goes block by block with flat memory; a damaged frame costs itself only.
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import type { ByteReader } from './byte-reader.ts';
import { type DecodeNotes, noteCorrupt, noteTruncated } from './codec.ts';
import { FrameDecoder, type Pump } from './frame-decoder.ts';
import { NativePump } from './native-pump.ts';
import { blockLength, type FrameHeader, frameHeader, frameKind, isLastBlock, MAX_BLOCK, ZSTD_MAGIC } from './zstd-frames.ts';

/** A frame up to so many bytes, packed, is held whole and decoded in one call; Spark's own have 1.7 KiB on average (146 frames, 246,084 bytes). */
const SMALL_FRAME = 1024 * 1024;

/** And up to so many bytes unpacked, by the count of its blocks; beyond, the output would not be flat any more. */
const SMALL_OUTPUT = 4 * 1024 * 1024;

/** Blocks per step of a large frame, 1 MiB of output: measured on 1 GB, 8 a step take 0.6 s and one a step 1.0 s, for the way to the pool. */
const STEP_BLOCKS = 8;

/** Output buffer of the streaming decoder: some steps, for a full buffer costs an empty step. */
const STREAM_CHUNK = 2 * STEP_BLOCKS * MAX_BLOCK;

/** Everything that can be had from concatenated zstd frames. Without a decoder Node's public calls do it. */
export async function* decodeZstd(
  reader: ByteReader,
  notes: DecodeNotes,
  openDecoder: () => FrameDecoder | undefined = FrameDecoder.open,
): AsyncGenerator<Uint8Array> {
  const decoder = openDecoder();
  try {
    yield* decodeFrames(reader, notes, decoder);
  } finally {
    decoder?.close();
  }
}

async function* decodeFrames(reader: ByteReader, notes: DecodeNotes, decoder: FrameDecoder | undefined): AsyncGenerator<Uint8Array> {
  for (;;) {
    if (!reader.has(4) && !(await reader.fill(4))) {
      endOfFrames(reader, notes);
      return;
    }
    const kind = frameKind(reader);
    if (kind === 'frame') {
      const small = await smallFrame(reader);
      // A damaged one is decoded block by block: that gives what comes before the damage, and names it.
      const whole = small && (decoder ? decoder.decode(reader.view(small.length), small.bound) : decodeWhole(reader, small));
      if (whole) {
        reader.consume(small.length);
        if (whole.length > 0) yield whole;
        if (!decoder) release(whole);
      } else yield* decodeByBlocks(reader, notes, small ? 1 : STEP_BLOCKS, decoder);
    } else if (kind === 'skippable') {
      if (!(await reader.fill(8)) || !(await reader.skip(8 + reader.u32le(4)))) {
        noteTruncated(notes, 'the log ends inside a skippable zstd frame');
        return;
      }
    } else {
      const from = reader.offset;
      if (!(await reader.seek(ZSTD_MAGIC))) {
        // No frame follows: after a damage this is the rest of it, otherwise something was appended to the log.
        if (notes.corruptAt === undefined) notes.trailingBytes = reader.offset - from;
        return;
      }
      noteCorrupt(notes, from, 'bytes between zstd frames belong to no frame; went on at the next one');
    }
  }
}

interface SmallFrame {
  /** Bytes, packed; the reader's window holds them. */
  readonly length: number;
  /** Bytes it can have unpacked at most, by the count of its blocks. */
  readonly bound: number;
}

/** The frame at the reader when it is small in every way and whole; undefined otherwise. */
async function smallFrame(reader: ByteReader): Promise<SmallFrame | undefined> {
  const header = await frameHeader(reader);
  if (!header) return undefined;
  let at = header.length;
  for (let bound = MAX_BLOCK; bound <= SMALL_OUTPUT; bound += MAX_BLOCK) {
    if (!reader.has(at + 3) && !(await reader.fill(at + 3))) return undefined;
    const length = blockLength(reader, at);
    const last = isLastBlock(reader, at);
    at += length + (last ? header.checksum : 0);
    if (length === 0 || at > SMALL_FRAME) return undefined;
    if (last) return reader.has(at) || (await reader.fill(at)) ? { length: at, bound } : undefined;
  }
  return undefined;
}

/**
 * Frees the memory of a chunk that was used: a gigabyte of dead buffers would otherwise make the collector walk the whole heap again and again
 * (a third of the time of a large log). Small buffers share Node's pool and are left alone.
 */
function release(chunk: Buffer): void {
  if (chunk.buffer instanceof ArrayBuffer && chunk.buffer.byteLength > 2 * Buffer.poolSize) chunk.buffer.transfer(0);
}

function decodeWhole(reader: ByteReader, frame: SmallFrame): Buffer | undefined {
  try {
    // One buffer is enough when the frame packs less than 32x; a better packed one gets more buffers, joined by a copy.
    const chunkSize = Math.min(frame.bound, Math.max(4096, frame.length * 32));
    return zstdDecompressSync(reader.view(frame.length), { chunkSize, maxOutputLength: frame.bound });
  } catch {
    return undefined;
  }
}

/**
 * One frame through the streaming decoder. What precedes the end of a cut file is never lost; what precedes damage is, up to one step:
 * a small frame, known to be damaged, therefore goes block by block.
 */
async function* decodeByBlocks(
  reader: ByteReader,
  notes: DecodeNotes,
  stepBlocks: number,
  decoder: FrameDecoder | undefined,
): AsyncGenerator<Uint8Array> {
  const header = await frameHeader(reader);
  if (!header) {
    noteTruncated(notes, 'the log ends inside the head of a zstd frame');
    await reader.drain();
    return;
  }
  const pump: Pump = decoder?.pump(STREAM_CHUNK) ?? new NativePump(createZstdDecompress({ chunkSize: STREAM_CHUNK }));
  try {
    await pump.step(reader.view(header.length));
    if (pump.failure !== undefined) noteCorrupt(notes, reader.offset, `zstd frame cannot be decoded: ${pump.failure}`);
    reader.consume(header.length);
    let ready: Uint8Array[] = [];
    let ended = false;
    for (;;) {
      const step: Step = ended ? await checksumStep(reader, header) : await nextStep(reader, stepBlocks);
      // The pool decodes this step while the caller works on the output of the one before.
      const decoding = pump.failure === undefined && step.length > 0 ? pump.step(reader.view(step.length)) : undefined;
      yield* ready;
      ready = (await decoding) ?? [];
      // After damage the walk goes on without decoding: the next frame is independent of this one.
      if (pump.failure !== undefined) noteCorrupt(notes, reader.offset, `zstd data cannot be decoded: ${pump.failure}`);
      reader.consume(step.length);
      if (step.end === 'no') continue;
      if (step.end === 'blocks') {
        ended = true;
        continue;
      }
      yield* ready;
      if (step.end === 'cut') {
        noteTruncated(notes, 'the last zstd frame is open: the application was killed or is still running, or the file is cut');
      } else if (step.end === 'bad') {
        noteCorrupt(notes, reader.offset, 'a zstd block has an impossible size; went on at the next frame');
        await reader.seek(ZSTD_MAGIC);
      }
      return;
    }
  } finally {
    pump.destroy();
  }
}

interface Step {
  /** Bytes, all in the window. */
  readonly length: number;
  /** What ends behind them: nothing, the blocks, the frame, the bytes of the file, or all sense, for no block can follow. */
  readonly end: 'no' | 'blocks' | 'frame' | 'cut' | 'bad';
}

/** The next `stepBlocks` blocks, counted from the frame's start, so that steps do not depend on how the bytes arrive. */
async function nextStep(reader: ByteReader, stepBlocks: number): Promise<Step> {
  let at = 0;
  for (let block = 0; block < stepBlocks; block++) {
    if (!reader.has(at + 3) && !(await reader.fill(at + 3))) return { length: reader.available, end: 'cut' };
    const length = blockLength(reader, at);
    const last = isLastBlock(reader, at);
    if (length === 0) return { length: at, end: 'bad' };
    at += length;
    if (!reader.has(at) && !(await reader.fill(at))) return { length: reader.available, end: 'cut' };
    if (last) return { length: at, end: 'blocks' };
  }
  return { length: at, end: 'no' };
}

/** The checksum is a step of its own, so that a wrong one does not take the last blocks with it. */
async function checksumStep(reader: ByteReader, header: FrameHeader): Promise<Step> {
  const whole = await reader.fill(header.checksum);
  return { length: Math.min(header.checksum, reader.available), end: whole ? 'frame' : 'cut' };
}

function endOfFrames(reader: ByteReader, notes: DecodeNotes): void {
  const left = reader.available;
  if (left === 0) return;
  if (ZSTD_MAGIC.subarray(0, left).equals(reader.view(left))) noteTruncated(notes, 'the log ends inside the head of a zstd frame');
  else if (notes.corruptAt === undefined) notes.trailingBytes = left;
  reader.consume(left);
}
