// Ranges of a log on several threads: who reads what, and the way back.
// Law: results are put together in file order, so that any number of threads gives the same run.

import { Worker } from 'node:worker_threads';
import { type Codec, DEFAULT_LIMITS, type DecodeNotes, decode } from './codecs/index.ts';
import type { RangeResult } from './range.ts';
import { fileOfSize } from './sources/index.ts';

/** A range of a stored file which decodes on its own. */
export interface RangeTask {
  readonly path: string;
  readonly codec: Codec;
  readonly start: number;
  readonly end: number;
  readonly midText: boolean;
}

export function decodeRange(task: RangeTask, notes: DecodeNotes): AsyncIterable<Uint8Array> {
  return decode(task.codec, fileOfSize(task.path, task.end).read(task.start, task.end), DEFAULT_LIMITS, notes);
}

/** The buffers of a result that may change threads without a copy. */
export function transferables(result: RangeResult): ArrayBuffer[] {
  const out = new Set<ArrayBuffer>();
  const take = (array: { buffer: ArrayBufferLike } | undefined) => {
    if (array !== undefined && array.buffer.byteLength > 0) out.add(array.buffer as ArrayBuffer);
  };
  for (const stage of result.partial.stages) {
    for (const column of stage.columns.ints) take(column);
    for (const column of stage.columns.floats) take(column);
    for (const array of [stage.columns.totals, stage.accumulatorIds, stage.sums, stage.maxima, stage.counts]) take(array);
  }
  return [...out];
}

/** Young generation of a reading worker, MB: garbage dies at once, and a large nursery would count as memory of the log. */
const YOUNG_GENERATION_MB = 8;

/** Reads tasks in a worker thread; `take` gets the results in order. */
export function readInWorker(
  tasks: readonly RangeTask[],
  fullParse: boolean,
  take: (index: number, result: RangeResult) => void,
  onBytes: (bytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // In development the source runs as it is; in the package it was compiled.
    const url = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
    const worker = new Worker(url, { workerData: { tasks, fullParse }, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } });
    worker.on('message', (message: { task?: number; result?: RangeResult; bytes?: number }) => {
      if (message.bytes !== undefined) onBytes(message.bytes);
      if (message.task !== undefined && message.result !== undefined) take(message.task, message.result);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a reading thread ended with code ${code}`))));
  });
}
