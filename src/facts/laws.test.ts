// The laws of the facts over real logs: what must add up adds up, whatever the log.

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRun } from '../eventlog/index.ts';
import { hasShared, ROOT, sharedLogs } from '../eventlog/testing/samples.ts';
import { FACTS, FactStore } from './index.ts';
import { eachPiece, integral, maxOf, stepsOf, valueAt, weightedSteps } from './steps.ts';

const logs = () => [
  { name: 'daily_sales slow', path: join(ROOT, 'examples/daily_sales/slow/eventlog_v2_local-1795260567455') },
  { name: 'daily_sales fast', path: join(ROOT, 'examples/daily_sales/fast/eventlog_v2_local-1795260640188') },
  ...sharedLogs(),
];

describe(`facts of every log${hasShared ? '' : ' (the shared logs are not here: the examples only)'}`, () => {
  it('add up', async () => {
    for (const { name, path } of logs()) {
      const store = new FactStore(await readRun(path));
      const clock = store.get(FACTS.clock);
      const activity = store.get(FACTS.activity);
      const timeline = store.get(FACTS.timeline);
      const criticalPath = store.get(FACTS.criticalPath);
      const stages = store.get(FACTS.stages);
      if (clock.startMs === undefined || clock.endMs === undefined || clock.wallMs === undefined) continue;

      // The critical path covers the run exactly, in order.
      let at = clock.startMs;
      for (const piece of criticalPath.pieces) {
        expect(piece.startMs, `${name}: pieces are contiguous`).toBeCloseTo(at, 3);
        expect(piece.endMs, name).toBeGreaterThanOrEqual(piece.startMs);
        at = piece.endMs;
      }
      if (criticalPath.pieces.length > 0) expect(at, `${name}: the path ends with the run`).toBeCloseTo(clock.endMs, 3);
      const heldByStages = criticalPath.stages.reduce((sum, { heldMs }) => sum + heldMs, 0);
      const stagePieces = criticalPath.pieces.reduce((sum, piece) => sum + (piece.kind === 'stage' ? piece.endMs - piece.startMs : 0), 0);
      expect(heldByStages, `${name}: shares of stage pieces add up`).toBeCloseTo(stagePieces, 0);
      expect(criticalPath.floorMs, name).toBeLessThanOrEqual(clock.wallMs + 1);

      // Driver segments are disjoint and add up to the time without a task.
      let end = Number.NEGATIVE_INFINITY;
      for (const segment of timeline.segments) {
        expect(segment.startMs, name).toBeGreaterThanOrEqual(end);
        expect(segment.endMs, name).toBeGreaterThan(segment.startMs);
        end = segment.endMs;
      }
      expect(timeline.driverOnlyMs, name).toBeCloseTo(activity.idleMs, 3);
      expect(
        [...timeline.byLabel.values()].reduce((a, b) => a + b, 0),
        name,
      ).toBeCloseTo(timeline.driverOnlyMs, 3);

      for (const stage of stages.all) {
        expect(stage.endMs, name).toBeGreaterThanOrEqual(stage.startMs);
        expect(stage.slots, name).toBeGreaterThanOrEqual(1);
        expect(criticalPath.held(stage), `${name} stage ${stage.key}`).toBeLessThanOrEqual(stage.wallMs + 60);
        expect(Number.isFinite(stage.evenMs), name).toBe(true);
        const follows = stage.timeFollows('bytes');
        if (follows !== undefined) expect(Math.abs(follows), name).toBeLessThanOrEqual(1.000001);
      }
      for (const tree of store.get(FACTS.plans).all) {
        for (const node of tree.nodes) {
          if (node.parent !== undefined) expect(node.parent.children).toContain(node);
          for (const metric of node.metrics)
            if (metric.value !== undefined) expect(metric.value, `${name} ${node.name} ${metric.name}`).toBeGreaterThanOrEqual(0);
        }
      }
      // What was allocated went somewhere, once.
      const costs = store.get(FACTS.costs);
      if (costs !== undefined) {
        expect(
          costs.parts.reduce((sum, part) => sum + part.coreMs, 0) / costs.allocatedCoreMs,
          `${name}: the parts of the cost add up`,
        ).toBeCloseTo(1, 6);
        expect(costs.parts.every((part) => part.coreMs > 0)).toBe(true);
      }
      expect(store.get(FACTS.failures).taxMs, name).toBeLessThanOrEqual(stages.all.reduce((sum, stage) => sum + stage.taskTimeMs, 0) + 1);
    }
  }, 120_000);

  it('are the same the second time and do not change the run', async () => {
    const run = await readRun(logs()[0]?.path as string);
    const digest = () => JSON.stringify(new FactStore(run).get(FACTS.criticalPath).stages.map(({ stage, heldMs }) => [stage.key, heldMs]));
    expect(digest()).toBe(digest());
  });
});

describe('step functions', () => {
  const span = fc.record({ start: fc.integer({ min: 0, max: 200 }), length: fc.integer({ min: 0, max: 50 }) });

  it('count what is open, at every moment', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 40 }), fc.integer({ min: -5, max: 260 }), (spans, at) => {
        const steps = stepsOf(
          Float64Array.from(spans, (s) => s.start),
          Float64Array.from(spans, (s) => s.start + s.length),
        );
        expect(valueAt(steps, at)).toBe(spans.filter((s) => s.start <= at && at < s.start + s.length).length);
        const weighted = weightedSteps(spans.map((s) => ({ startMs: s.start, endMs: s.start + s.length, weight: 1 })));
        expect(valueAt(weighted, at)).toBe(valueAt(steps, at));
      }),
      { seed: 7 },
    );
  });

  it('have an integral that is the sum of the lengths, and pieces that cover the interval', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 40 }), (spans) => {
        const steps = stepsOf(
          Float64Array.from(spans, (s) => s.start),
          Float64Array.from(spans, (s) => s.start + s.length),
        );
        expect(integral(steps, -10, 300)).toBe(spans.reduce((sum, s) => sum + s.length, 0));
        let covered = 0;
        let top = 0;
        eachPiece(steps, -10, 300, (value, from, to) => {
          covered += to - from;
          top = Math.max(top, value);
        });
        expect(covered).toBe(310);
        expect(top).toBe(maxOf(steps));
      }),
      { seed: 7 },
    );
  });
});
