// Laws of changes as data and of packed graphs: what is switched on in a page replays as the what-if itself did.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Column, packColumns, unpackColumns } from '../base/index.ts';
import { changeOf, withChanges } from './change.ts';
import { keep, lessDriver, relief, unskew, withoutRetries, withoutStages } from './cures.ts';
import type { ExecGraph, WhatIf } from './graph.ts';
import { packChange, packGraph, unpackChange, unpackGraph } from './pack.ts';
import { replay } from './replay.ts';
import { graphOf } from './testing.ts';

const wall = (graph: ExecGraph): number => replay(graph)?.wallMs ?? Number.NaN;

const graphs = fc
  .array(
    fc.record({
      ms: fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 }),
      gapMs: fc.integer({ min: 0, max: 900 }),
    }),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .chain((jobs) =>
    fc.record({
      graph: fc.constant(
        graphOf(
          jobs.map(({ ms, gapMs }, i) => ({ stages: [{ ms, lost: ms.length > 3 ? [0] : [] }], gapMs, after: i === 0 ? [] : [i - 1] })),
          4,
        ),
      ),
      stage: fc.integer({ min: 0, max: jobs.length - 1 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  );

const cures = (stage: number, share: number): readonly WhatIf[] => [
  keep([{ stageId: stage }], share),
  unskew([{ stageId: stage }]),
  withoutRetries(),
  withoutStages([{ stageId: stage }]),
  lessDriver({ executions: [], jobs: [stage] }, 300 * share),
  relief([{ stages: [{ stageId: stage, attempt: 0, heldMs: 1000 }], executions: [], jobs: [stage], ms: 800 * share, driverFirst: false }]),
];

describe('changes as data', () => {
  test('one change replays as its what-if does', () => {
    fc.assert(
      fc.property(graphs, ({ graph, stage, share }) => {
        for (const cure of cures(stage, share)) {
          const after = cure.apply(graph);
          expect(wall(withChanges(graph, [changeOf(graph, after)]))).toBeCloseTo(wall(after), 3);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('no change is the graph itself; a what-if that changes nothing has an empty change', () => {
    const graph = graphOf([{ stages: [{ ms: [100, 200, 300] }] }], 2);
    expect(withChanges(graph, [])).toBe(graph);
    const none = changeOf(graph, keep([{ stageId: 99 }], 0.5).apply(graph));
    expect(none).toMatchObject({ stages: [], jobs: [] });
  });

  test('changes of work in different stages meet as they do one after the other', () => {
    const graph = graphOf([{ stages: [{ ms: [900, 100, 100] }] }, { stages: [{ ms: [500, 500] }], after: [0], gapMs: 200 }], 2);
    const [a, b] = [keep([{ stageId: 0 }], 0.5), keep([{ stageId: 1 }], 0.25)];
    const both = withChanges(graph, [changeOf(graph, a.apply(graph)), changeOf(graph, b.apply(graph))]);
    expect(wall(both)).toBeCloseTo(wall(b.apply(a.apply(graph))), 6);
  });

  test('adding a cure of work never makes the run longer', () => {
    fc.assert(
      fc.property(graphs, ({ graph, stage, share }) => {
        const one = changeOf(graph, keep([{ stageId: stage }], share).apply(graph));
        expect(wall(withChanges(graph, [one]))).toBeLessThanOrEqual(wall(graph) + 1e-6);
      }),
      { numRuns: 60 },
    );
  });
});

describe('packed graphs', () => {
  test('a graph and its changes come out as they went in, to a tenth of a millisecond a task', () => {
    fc.assert(
      fc.property(graphs, ({ graph, stage, share }) => {
        const columns: Column[] = [];
        const packed = JSON.parse(JSON.stringify(packGraph(graph, columns)));
        const after = unskew([{ stageId: stage }]).apply(keep([{ stageId: stage }], share).apply(graph));
        const change = JSON.parse(JSON.stringify(packChange(changeOf(graph, after), columns)));
        const numbers = unpackColumns(packColumns(columns));
        const again = unpackGraph(packed, numbers);
        const tasks = graph.stages.reduce((all, one) => all + one.tasks.duration.length, 0);
        expect(Math.abs(wall(again) - wall(graph))).toBeLessThanOrEqual(0.06 * tasks + 0.01);
        expect(Math.abs(wall(withChanges(again, [unpackChange(change, numbers)])) - wall(after))).toBeLessThanOrEqual(
          0.06 * 70 * tasks + 0.01,
        );
      }),
      { numRuns: 40 },
    );
  });
});
