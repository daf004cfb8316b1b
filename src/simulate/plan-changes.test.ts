// What-ifs that change what a stage does: broadcast, memory, files, Python, cache, removal. Exact answers by construction, refusals, and laws.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GIB, MIB } from '../base/index.ts';
import { broadcast } from './broadcast.ts';
import { keep, withoutStages } from './cures.ts';
import { forecastOf } from './forecast.ts';
import { compose, type ExecGraph, type JoinShape, type MemoryShape, type WhatIf } from './graph.ts';
import { heapMemory } from './memory.ts';
import { parseWhatIf } from './parse.ts';
import { replay } from './replay.ts';
import { graphOf } from './testing.ts';
import { cacheStages, nativeUdf, repack } from './work.ts';

const wall = (graph: ExecGraph) => replay(graph)?.wallMs as number;
const measured = (graph: ExecGraph): ExecGraph => ({ ...graph, measuredMs: wall(graph) });
const memory: MemoryShape = { heapBytes: 4 * GIB, driverHeapBytes: 4 * GIB, fraction: 0.6, liveBytes: 100 * MIB };
const side = (writer: number, bytes: number | undefined) => ({ bytes, writers: [writer], packMs: 0, broadcastMs: 7 });

/** Stage 0 writes the small side, stage 1 the large one (40 ms of each task is writing), stage 2 joins: 30 ms waiting, 100 ms of sorting in all. */
const joined = (join: Partial<JoinShape> = {}, more: Partial<ExecGraph> = {}) =>
  measured(
    graphOf(
      [
        {
          stages: [
            { ms: [50], writeMs: 10 },
            { ms: [200, 200, 200, 200], writeMs: 40 },
            {
              ms: [100, 100],
              parents: [0, 1],
              fetchMs: 30,
              shape: { join: { type: 'Inner', small: side(0, MIB), big: side(1, 100 * MIB), sortMs: 100, shared: false, ...join } },
            },
          ],
        },
      ],
      4,
      { memory, ...more },
    ),
  );

describe('known answers', () => {
  test('broadcast: writing, waiting and sorting go, the join’s own work spreads over the tasks of the large side', () => {
    const changed = broadcast({ stageId: 2 }).apply(joined());
    // Small side 40; then 7 for the broadcast; each of 4 tasks 160 + (200 − 100 − 60) / 4 = 170.
    expect(wall(changed)).toBeCloseTo(40 + 7 + 170, 6);
    expect(changed.stages[2]?.tasks.duration.length).toBe(4);
    expect(changed.assumptions.join()).toMatch(/tasks that read the other side/);
  });

  test('broadcast where an operator above needs the rows together: only the small side is no longer shuffled', () => {
    const changed = broadcast({ stageId: 2 }).apply(joined({ shared: true, small: side(0, MIB), big: side(1, 3 * MIB) }));
    // A quarter of sorting and waiting (160) goes: 200 − 40 over two tasks, behind the large side, one of whose tasks waits 40 for a slot, and 7.
    expect(wall(changed)).toBeCloseTo(240 + 7 + 80, 6);
  });

  const python = measured(graphOf([{ stages: [{ ms: [100, 300], shape: { pythonMs: 200 } }] }], 2));
  const files = measured(
    graphOf(
      [
        {
          stages: [
            {
              ms: new Array<number>(8).fill(100),
              width: { kind: 'files', files: 80, bytes: 8 * MIB, maxBytes: 128 * MIB, openBytes: 4 * MIB, fileMs: 5 },
            },
          ],
        },
      ],
      2,
    ),
  );
  const spilled = measured(
    graphOf([{ stages: [{ ms: [1000, 1000], spillBytes: 100 * MIB, needBytes: 3 * GIB }] }], 2, { memory, slotsEach: 2 }),
  );
  const collecting = measured(
    graphOf([{ stages: [{ ms: [1000], gcMs: 400 }] }], 1, { memory: { ...memory, liveBytes: 1.7 * GIB - 300 * MIB + 0.3 * GIB } }),
  );
  const twice = measured(
    graphOf([{ stages: [{ ms: [300] }, { ms: [1000], parents: [0] }] }, { stages: [{ ms: [300] }, { ms: [1000], parents: [2] }] }], 1),
  );
  const cases: readonly (readonly [string, ExecGraph, WhatIf, number])[] = [
    // Half of each task is Python; 20 times as fast.
    ['Python as built-in functions', python, nativeUdf([{ stageId: 0 }]), 300 - 150 * 0.95],
    ['Python at a rate that was measured', python, nativeUdf([{ stageId: 0 }], 4), 300 - 150 * 0.75],
    // 79 files × 5 ms of 800 go; 405 in two splits (6 MiB and 2 MiB, as Spark cuts for two slots).
    ['files packed into one: 2 splits on 2 slots', files, repack(128 * MIB), 405 / 2],
    // 1.11 GiB a task before, 4.6 GiB then: nothing spills; 2 × 100 MiB at 200 MiB/s.
    ['enough memory: no spilling', spilled, heapMemory(16 * GIB), 0],
    // Room of 2 GiB grows to 6: a third of the collection.
    ['three times the room', collecting, heapMemory(8 * GIB), 600 + 400 / 3],
    [
      'kept once: 5 % to keep, 5 % to read, and what fed the second is gone',
      twice,
      cacheStages([{ stageId: 1 }, { stageId: 3 }]),
      300 + 1050 + 50,
    ],
  ];
  test.each(cases)('%s', (_, graph, change, ms) => {
    expect(change.refuse?.(graph)).toBeUndefined();
    expect(wall(change.apply(graph))).toBeCloseTo(ms, 3);
  });
});

describe('refusals', () => {
  const cases: readonly (readonly [string, ExecGraph, string, RegExp])[] = [
    ['no such stage', joined(), 'broadcast=stage:9', /ran no task/],
    ['no join', joined(), 'broadcast=stage:1', /no join of two shuffles/],
    ['no size', joined({ small: side(0, undefined) }), 'broadcast=stage:2', /does not say how large/],
    ['no type', joined({ type: undefined }), 'broadcast=stage:2', /which type/],
    ['a full outer join', joined({ type: 'FullOuter', small: undefined }), 'broadcast=stage:2', /FullOuter join .* no side/],
    ['no heap', joined({}, { memory: undefined }), 'broadcast=stage:2', /how large the heaps are/],
    ['too big for the driver', joined({ small: side(0, 2 * GIB) }), 'broadcast=stage:2', /a driver of 4.0 GiB cannot/],
    ['too big for Spark', joined({ small: side(0, 9 * GIB) }), 'broadcast=stage:2', /broadcasts 8.0 GiB at most/],
    ['no Python', joined(), 'native-udf=stage:1', /no time in Python/],
    ['no files', joined(), 'files=128m', /how many files/],
    ['one stage is no cache', joined(), 'cache=stage:1', /two stages or more/],
    ['other input', joined(), 'cache=stage:0,1', /do not read the same/],
    ['no such job', joined(), 'remove=job:7', /job 7 did not run/],
    ['less memory without peaks', joined({}, { memory: { ...memory, liveBytes: undefined } }), 'memory=2g', /no memory peaks/],
    ['a full heap', joined({}, { memory: { ...memory, liveBytes: GIB } }), 'memory=1500m', /would be full/],
  ];
  test.each(cases)('%s', (_, graph, word, why) => {
    const { whatIf, family } = parseWhatIf(word);
    const forecast = forecastOf({ graph }, [whatIf], family);
    expect(forecast.cannotPredict).toMatch(why);
    expect(forecast.likelyMs).toBeNull();
    // Whoever applies it all the same gets the run as it was, or a graph that replays.
    expect(wall(whatIf.apply(graph))).toBeGreaterThan(0);
  });

  test('a change that another one makes impossible is refused', () => {
    const both = forecastOf({ graph: joined() }, [broadcast({ stageId: 2 }), broadcast({ stageId: 2 })], 'joint');
    expect(both.cannotPredict).toMatch(/no join of two shuffles/);
  });
});

describe('laws', () => {
  const anyMs = fc.array(fc.integer({ min: 20, max: 400 }), { minLength: 1, maxLength: 8 });
  const graphs = fc
    .record({ small: anyMs, big: anyMs, join: anyMs, slots: fc.integer({ min: 1, max: 6 }) })
    .map(({ small, big, join, slots }) =>
      measured(
        graphOf(
          [
            {
              stages: [
                { ms: small, writeMs: 3, shape: { pythonMs: 10 } },
                { ms: big, writeMs: 5, gcMs: 4 },
                {
                  ms: join,
                  parents: [0, 1],
                  fetchMs: 2,
                  shape: { join: { type: 'Inner', small: side(0, MIB), big: side(1, MIB * 9), sortMs: 11, shared: false } },
                },
              ],
            },
            { stages: [{ ms: big, shape: { pythonMs: 25 } }] },
          ],
          slots,
          { memory },
        ),
      ),
    );

  test('nothing in place is changed, the same twice, low ≤ likely ≤ high, and an empty change is the run', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const before = JSON.stringify(graph);
        for (const word of [
          'broadcast=stage:2',
          'memory=8g',
          'native-udf=stage:0,3',
          'cache=stage:1,3',
          'remove=stage:3',
          'remove=job:1',
        ]) {
          const { whatIf, family } = parseWhatIf(word);
          const one = forecastOf({ graph }, [whatIf], family);
          expect(one.cannotPredict).toBeNull();
          expect(one.lowMs).toBeLessThanOrEqual(one.likelyMs as number);
          expect(one.likelyMs).toBeLessThanOrEqual(one.highMs as number);
          expect(forecastOf({ graph }, [whatIf], family)).toEqual(one);
        }
        expect(JSON.stringify(graph)).toBe(before);
        expect(heapMemory(memory.heapBytes).apply(graph)).toBe(graph);
        expect(wall(nativeUdf([{ stageId: 0 }], 1).apply(graph))).toBeCloseTo(wall(graph), 6);
      }),
      { numRuns: 25 },
    );
  });

  test('changes of different stages give the same in either order', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const pairs: readonly (readonly [WhatIf, WhatIf])[] = [
          [broadcast({ stageId: 2 }), nativeUdf([{ stageId: 3 }])],
          [nativeUdf([{ stageId: 0 }]), withoutStages([{ stageId: 3 }])],
          // What fuses stages comes last, in whatever order it is named.
          [broadcast({ stageId: 2 }), keep([{ stageId: 1 }, { stageId: 2 }], 0.5)],
        ];
        for (const [a, b] of pairs)
          expect(wall(compose('ab', [a, b]).apply(graph))).toBeCloseTo(wall(compose('ba', [b, a]).apply(graph)), 6);
      }),
      { numRuns: 25 },
    );
  });

  test('more memory never slows a run that waits for nobody', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 90 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 4, max: 64 }),
        (gcMs, spill, gib) => {
          const graph = graphOf([{ stages: [{ ms: [100, 200], gcMs, spillBytes: spill * MIB, needBytes: 2 * GIB }] }], 2, { memory });
          expect(wall(heapMemory(gib * GIB).apply(graph))).toBeLessThanOrEqual(wall(graph));
        },
      ),
    );
  });
});
