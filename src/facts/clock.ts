// When the run began and ended, and the floor under which nothing is worth doing.
// Law: a run without an end is judged up to its last event; nothing here reads a clock.

import { defineFact } from './define.ts';

export interface Clock {
  /** Epoch ms of the application's start; the first thing known when the start is missing. */
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly wallMs: number | undefined;
  /** What holds the end for less is not worth doing. Milliseconds. */
  readonly noiseFloorMs: number;
}

export const clock = defineFact('clock', (run): Clock => {
  const starts = [
    run.application.startMs,
    ...(run.application.startMs === undefined
      ? [...run.jobs.map((job) => job.submittedMs), ...run.stages.map((stage) => stage.firstLaunchMs), ...run.sql.map((sql) => sql.startMs)]
      : []),
  ].filter((ms) => ms !== undefined);
  const startMs = starts.length === 0 ? undefined : starts.reduce((a, b) => Math.min(a, b));
  const endMs = run.application.endMs ?? run.application.lastEventMs;
  const wallMs = startMs === undefined || endMs === undefined ? undefined : Math.max(0, endMs - startMs);
  return { startMs, endMs, wallMs, noiseFloorMs: noiseFloor(wallMs ?? 0) };
});

/**
 * The larger of 2 s and 2 % of the run (rule catalogue, rule 2). In a run of a few seconds 2 s would be most of it: there a quarter of the run counts,
 * down to 1 s, which is what the same job varies by from run to run on a quiet machine (spread of the labelled scenarios' repeated runs).
 */
function noiseFloor(wallMs: number): number {
  return Math.max(Math.min(2000, Math.max(1000, 0.25 * wallMs)), 0.02 * wallMs);
}
