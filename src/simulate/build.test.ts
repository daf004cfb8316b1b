// Graphs of real runs: the replay of the run as it was meets its wall time, and a log without an end is refused with the reason.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRun } from '../eventlog/index.ts';
import { FactStore } from '../facts/index.ts';
import { execGraph } from './build.ts';
import { baselineOf, forecastOf } from './forecast.ts';
import { slots } from './parallelism.ts';
import { replay } from './replay.ts';

const root = join(import.meta.dirname, '../..');
const examples = join(root, 'examples/daily_sales');
const scaling = join(root, '../shared/scenarios/scaling');
const logIn = (folder: string) => join(folder, readdirSync(folder).find((name) => name.startsWith('eventlog')) ?? '');

const graphOfLog = async (path: string) => new FactStore(await readRun(path)).get(execGraph);

describe('real runs', () => {
  test.each(['slow', 'fast'])('%s: the replay as it was is within 2 %% of the measured wall', async (name) => {
    const built = await graphOfLog(logIn(join(examples, name)));
    const graph = built.graph;
    if (graph === undefined) throw new Error(built.cannotPredict);
    expect(Math.abs((replay(graph)?.wallMs ?? 0) / graph.measuredMs - 1)).toBeLessThan(0.02);
    for (const job of graph.jobs) {
      expect(job.gap.reduce((sum, part) => sum + part.ms, 0)).toBeCloseTo(job.gapMs, 3);
      expect(job.gapMs).toBeGreaterThanOrEqual(0);
    }
    const more = forecastOf(built, [slots(64)], 'cores', 2);
    expect(more.cannotPredict).toBeNull();
    expect(more.likelyMs).toBeGreaterThanOrEqual((more.bounds?.infiniteSlotsMs ?? 0) * 0.98);
  });

  test('a log that stops before its end is refused', async () => {
    const run = await readRun(logIn(join(examples, 'fast')));
    const cut = { ...run, application: { ...run.application, completed: false, endMs: undefined } };
    expect(new FactStore(cut).get(execGraph).cannotPredict).toMatch(/no end/);
    expect('cannotPredict' in baselineOf(new FactStore(cut).get(execGraph))).toBe(true);
    expect(new FactStore({ ...run, jobs: [], stages: [] }).get(execGraph).cannotPredict).toMatch(/no job/);
  });

  test.runIf(existsSync(scaling))(
    'another core count: half of the forecasts within 10 % of what was measured, nearly all within 25 %',
    async () => {
      const errors: number[] = [];
      for (const id of readdirSync(scaling)) {
        const truth = JSON.parse(readFileSync(join(scaling, id, 'truth.json'), 'utf8')) as {
          runs: { cores: number; partitions: number; aqe: boolean; median_s: number; log: string }[];
        };
        for (const from of truth.runs) {
          const folder = join(scaling, id, from.log);
          const built = await graphOfLog(join(folder, readdirSync(folder)[0] as string));
          for (const to of truth.runs) {
            if (from.cores === to.cores || from.partitions !== to.partitions || from.aqe !== to.aqe) continue;
            const { likelyMs } = forecastOf(built, [slots(to.cores)], 'cores', Math.log2(to.cores / from.cores));
            errors.push(Math.abs((likelyMs ?? 0) / (to.median_s * 1000) - 1));
          }
        }
      }
      errors.sort((a, b) => a - b);
      expect(errors.length).toBeGreaterThan(0);
      expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.1);
      expect(errors[Math.floor(errors.length * 0.9)]).toBeLessThan(0.25);
    },
  );
});
