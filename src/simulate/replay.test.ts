// Replay against answers worked out by hand, and its laws over random graphs.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExecGraph } from './graph.ts';
import { replay } from './replay.ts';
import { graphOf, type JobSketch } from './testing.ts';

const wall = (graph: ExecGraph) => replay(graph)?.wallMs;
const fill = (n: number, ms: number) => new Array<number>(n).fill(ms);

describe('known answers', () => {
  const cases: readonly (readonly [string, ExecGraph, number])[] = [
    ['one task', graphOf([{ stages: [{ ms: [700] }] }], 4), 700],
    ['7 equal tasks on 3 slots take 3 waves', graphOf([{ stages: [{ ms: fill(7, 100) }] }], 3), 300],
    [
      'driver gaps add',
      graphOf(
        [
          { gapMs: 50, stages: [{ ms: [100] }] },
          { gapMs: 30, stages: [{ ms: [100] }] },
        ],
        1,
      ),
      280,
    ],
    ['two branches run at the same time', graphOf([{ stages: [{ ms: [100] }, { ms: [300] }, { ms: [50], parents: [0, 1] }] }], 2), 350],
    ['a skipped stage (no tasks) costs nothing', graphOf([{ stages: [{ ms: [] }, { ms: [80], parents: [0] }] }], 2), 80],
    [
      'a retry waits for the attempt before it',
      graphOf([{ stages: [{ ms: [100, 40, 60], after: [-1, -1, 0], lost: [1, 0, 0] }] }], 4),
      160,
    ],
    ['the longest last: 4 + 1 tasks', graphOf([{ stages: [{ ms: [10, 10, 10, 10, 100] }] }], 2), 120],
    [
      'a job without tasks ends at once',
      graphOf(
        [
          { gapMs: 5, stages: [] },
          { gapMs: 5, stages: [{ ms: [10] }] },
        ],
        1,
      ),
      20,
    ],
    ['the end of the application', graphOf([{ stages: [{ ms: [10] }] }], 1, { endGapMs: 7 }), 17],
    [
      'slots that come later: 2 at once, 2 more after 100 ms',
      graphOf([{ stages: [{ ms: fill(6, 100) }] }], 2, { slots: { times: Float64Array.of(0, 100), slots: Float64Array.of(2, 4) } }),
      200,
    ],
    [
      'no slot before 40 ms',
      graphOf([{ stages: [{ ms: [10] }] }], 1, { slots: { times: Float64Array.of(40), slots: Float64Array.of(1) } }),
      50,
    ],
  ];
  test.each(cases)('%s', (_, graph, ms) => expect(wall(graph)).toBe(ms));

  test('FIFO serves the earlier job first, FAIR both pools', () => {
    const jobs: readonly JobSketch[] = [
      { pool: 'a', after: [], stages: [{ ms: fill(4, 100) }] },
      { pool: 'b', after: [], stages: [{ ms: [100] }] },
    ];
    const fifo = replay(graphOf(jobs, 2, { endAfter: [0, 1] }));
    const fair = replay(graphOf(jobs, 2, { endAfter: [0, 1], mode: 'FAIR' }));
    expect(fifo?.jobEnd[1]).toBe(300);
    expect(fair?.jobEnd[1]).toBe(100);
    expect(fair?.wallMs).toBe(300);
  });

  test('no slots, or jobs that wait for each other: no answer', () => {
    expect(wall(graphOf([{ stages: [{ ms: [1] }] }], 0))).toBeUndefined();
    expect(wall(graphOf([{ after: [0], stages: [{ ms: [1] }] }], 1))).toBeUndefined();
  });
});

const sketches = fc.array(
  fc.record({
    gapMs: fc.integer({ min: 0, max: 50 }),
    stages: fc.array(fc.record({ ms: fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 12 }) }), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 5 },
);

describe('laws', () => {
  test('never under the area nor the longest task, never over one slot, and the same twice', () => {
    fc.assert(
      fc.property(sketches, fc.integer({ min: 1, max: 9 }), (jobs, slots) => {
        const graph = graphOf(jobs, slots);
        const before = graph.stages.map((stage) => [...stage.tasks.duration]);
        const ms = wall(graph) as number;
        const gaps = jobs.reduce((sum, job) => sum + job.gapMs, 0);
        const all = jobs.flatMap((job) => job.stages.flatMap((stage) => stage.ms)).reduce((a, b) => a + b, 0);
        expect(ms).toBeGreaterThanOrEqual(gaps + all / slots - 1e-6);
        expect(ms).toBeLessThanOrEqual(gaps + all + 1e-6);
        expect(wall(graph)).toBe(ms);
        expect(replay(graph)?.busyMs).toBeCloseTo(all, 6);
        expect(graph.stages.map((stage) => [...stage.tasks.duration])).toEqual(before);
      }),
    );
  });

  test('one stage after the other: more slots are never slower', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        (ms, slots) => {
          const jobs = [{ stages: [{ ms }] }];
          expect(wall(graphOf(jobs, slots + 1))).toBeLessThanOrEqual(wall(graphOf(jobs, slots)) as number);
        },
      ),
    );
  });
});
