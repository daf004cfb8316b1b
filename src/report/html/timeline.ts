// The run over time for the page: jobs, executors, driver segments, critical path, slots in bins.
// Law: times are ms from the run's start; bins hold means, so their area is the measured one.

import { FACTS, type FactStore, integral } from '../../facts/index.ts';
import { clean } from '../text.ts';
import type { PageExecutor, PageTimeline } from './types.ts';

/** Bins of the slots: about one a pixel on a wide screen, and four when zoomed in. */
const BINS = 1200;
const MAX_JOBS = 4000;
const MAX_EXECUTORS = 500;
const MAX_SEGMENTS = 6000;

export function timelineOf(
  store: FactStore,
  startMs: number,
  endMs: number,
  stageIndex: ReadonlyMap<string, number>,
): { readonly timeline: PageTimeline; readonly limits: readonly string[] } {
  const { run } = store;
  const wall = endMs - startMs;
  const limits: string[] = [];
  const shown = <T extends { from: number; to: number }>(items: readonly T[], most: number, name: string): readonly T[] => {
    if (items.length <= most) return items;
    limits.push(`The timeline shows the ${most} longest of ${items.length} ${name}.`);
    return [...items]
      .sort((a, b) => b.to - b.from - (a.to - a.from))
      .slice(0, most)
      .sort((a, b) => a.from - b.from);
  };
  const sources = store.get(FACTS.sources);
  const jobs = run.jobs.flatMap((job) => {
    if (job.submittedMs === undefined) return [];
    const at = sources.ofJob(job.id);
    const query = job.sqlExecutionId;
    return [
      {
        id: job.id,
        status: job.status,
        from: job.submittedMs - startMs,
        to: (job.completedMs ?? endMs) - startMs,
        ...(query === undefined ? {} : { query }),
        about: clean(at === undefined ? (job.description ?? job.callSite ?? '') : `${at.file}:${at.line}`, 120),
      },
    ];
  });
  const executors = store.get(FACTS.executors).map(
    ({ executor, ...fact }): PageExecutor => ({
      id: clean(executor.id, 40),
      host: clean(executor.host, 80),
      from: Math.max(0, (fact.startMs ?? startMs) - startMs),
      to: Math.min(wall, (fact.endMs ?? endMs) - startMs),
      ...(executor.cores === undefined ? {} : { cores: executor.cores }),
      taskTimeMs: fact.taskTimeMs,
      tasks: fact.succeededTasks,
      failed: fact.failedTasks,
      ...(fact.lost ? { lost: clean(executor.removedReason, 200) || 'lost' } : {}),
    }),
  );
  const driver = store.get(FACTS.timeline).segments.map((segment) => ({
    from: segment.startMs - startMs,
    to: segment.endMs - startMs,
    label: segment.label,
    ...(segment.executionId === undefined ? {} : { query: segment.executionId }),
  }));
  const path = store.get(FACTS.criticalPath).pieces.map((piece) => ({
    from: piece.startMs - startMs,
    to: piece.endMs - startMs,
    stage: piece.kind === 'stage' ? (stageIndex.get(piece.stage.key) ?? -1) : -1,
  }));
  const activity = store.get(FACTS.activity);
  const bins = Math.max(1, Math.min(BINS, Math.ceil(wall / 10)));
  const width = Math.max(1, wall) / bins;
  const means = (steps: typeof activity.running) =>
    Array.from({ length: bins }, (_, i) => {
      const value = integral(steps, startMs + i * width, startMs + (i + 1) * width) / width;
      return Math.round(value * 100) / 100;
    });
  return {
    timeline: {
      jobs: shown(jobs, MAX_JOBS, 'jobs'),
      executors: shown(executors, MAX_EXECUTORS, 'executors'),
      driver: shown(driver, MAX_SEGMENTS, 'driver segments'),
      path: shown(path, MAX_SEGMENTS, 'pieces of the critical path'),
      bins: { width, running: means(activity.running), slots: means(activity.slots) },
    },
    limits,
  };
}
