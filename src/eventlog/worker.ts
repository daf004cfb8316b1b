// A worker thread: reads the ranges it is told, one after another, and sends the partials back. Typed arrays are transferred, not copied.

import { parentPort, workerData } from 'node:worker_threads';
import { emptyNotes } from './codecs/index.ts';
import { decodeRange, type RangeTask, transferables } from './parallel.ts';
import { readRange } from './range.ts';

const { tasks, fullParse } = workerData as { tasks: RangeTask[]; fullParse: boolean };

for (const [i, task] of tasks.entries()) {
  const notes = emptyNotes();
  let pending = 0;
  const result = await readRange(decodeRange(task, notes), notes, {
    midText: task.midText,
    fullParse,
    onBytes: (bytes) => {
      pending += bytes;
      if (pending < 16 * 1024 * 1024) return;
      parentPort?.postMessage({ bytes: pending });
      pending = 0;
    },
  });
  parentPort?.postMessage({ task: i, result, bytes: pending }, transferables(result));
}
