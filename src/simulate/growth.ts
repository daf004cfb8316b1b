// What-if: the input grows. Rows of the input × k; what reads files in splits gets more of them, what reads a shuffle keeps its partitions.
// Law: driver time and fixed costs stay; a join's or a group's output is assumed to grow as its input does, and that is said.

import { assuming, type WhatIf, withStages } from './graph.ts';
import { counted, fitTasks, reshaped } from './resize.ts';

export const inputGrowth = (factor: number): WhatIf => ({
  name: `inputGrowth=${factor}`,
  apply: (graph) => {
    if (factor === 1) return graph;
    return assuming(
      withStages(graph, (stage) => {
        const { tasks, width } = stage;
        const rows = counted(tasks);
        if (rows.length === 0) return stage;
        const { fixedMs } = fitTasks(tasks);
        const work = (ms: number) => Math.max(0, ms - fixedMs);
        if (width.kind === 'files') {
          // Splits are full when they come near the most that one may hold: then there are more of them, else they are larger.
          const full = width.bytes / Math.max(1, rows.length) >= 0.5 * width.maxBytes;
          const n = full ? Math.max(1, Math.round(rows.length * factor)) : rows.length;
          const each = full ? 1 : factor;
          const duration = new Float64Array(n);
          for (let i = 0; i < n; i++) {
            const ms = tasks.duration[rows[i % rows.length] as number] as number;
            duration[i] = ms + (each - 1) * work(ms);
          }
          return { ...stage, width: { ...width, bytes: width.bytes * factor }, tasks: reshaped(tasks, duration) };
        }
        const duration = tasks.duration.map((ms) => ms + (factor - 1) * work(ms));
        return { ...stage, tasks: { ...tasks, duration } };
      }),
      `rows of every stage grow ${factor} times; fixed costs, driver time and spilling stay as they were`,
      'every input grows alike; keys keep their shares',
    );
  },
});
