// The run's time without a running task, cut into segments by what the driver was about, and labelled.
// Law: segments are disjoint and add up to the time in which no task ran; a label says what is known, not what is guessed.

import { activity } from './activity.ts';
import { clock } from './clock.ts';
import { defineFact } from './define.ts';

/**
 * `start-up`: before the first query or job. `planning`: a query has begun, none of its jobs yet. `between jobs`: a query has had jobs and will have more.
 * `commit tail`: after the last job of a query, before its end (commit, rename, statistics). `scheduling`: a job is active and no task runs.
 * `driver code`: between queries or jobs, nothing of Spark is active. `end`: after the last query or job.
 */
export type DriverLabel = 'start-up' | 'planning' | 'between jobs' | 'commit tail' | 'scheduling' | 'driver code' | 'end';

export interface DriverSegment {
  readonly label: DriverLabel;
  readonly startMs: number;
  readonly endMs: number;
  /** The query that was active, for planning, between jobs, commit tail and scheduling. */
  readonly executionId: number | undefined;
  /** The job that was active, for scheduling. */
  readonly jobId: number | undefined;
  /** What ended last before and begins next after the segment. */
  readonly previousExecutionId: number | undefined;
  readonly nextExecutionId: number | undefined;
  readonly previousJobId: number | undefined;
  readonly nextJobId: number | undefined;
}

export interface Timeline {
  readonly segments: readonly DriverSegment[];
  readonly driverOnlyMs: number;
  /** Σ ms by label. */
  readonly byLabel: ReadonlyMap<DriverLabel, number>;
  /** Segments that overlap an interval, cut to it. */
  within(startMs: number, endMs: number): DriverSegment[];
}

interface Span {
  readonly id: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Spans sorted by start, with lookups of what is active, what ended before and what starts after. */
class Spans {
  private readonly byStart: Span[];
  private readonly byEnd: Span[];
  private readonly longest: number;

  constructor(spans: Span[]) {
    this.byStart = [...spans].sort((a, b) => a.startMs - b.startMs || a.id - b.id);
    this.byEnd = [...spans].sort((a, b) => a.endMs - b.endMs || a.id - b.id);
    this.longest = spans.reduce((top, span) => Math.max(top, span.endMs - span.startMs), 0);
  }

  /** The span that holds at a time; of several, the one that began last. */
  active(at: number): Span | undefined {
    for (let i = lastBefore(this.byStart, at, (s) => s.startMs); i >= 0; i--) {
      const span = this.byStart[i] as Span;
      if (span.endMs > at) return span;
      if (span.startMs < at - this.longest) return undefined;
    }
    return undefined;
  }

  previous(at: number): Span | undefined {
    return this.byEnd[lastBefore(this.byEnd, at, (s) => s.endMs)];
  }

  next(at: number): Span | undefined {
    return this.byStart[lastBefore(this.byStart, at, (s) => s.startMs) + 1];
  }

  boundaries(from: number, to: number): number[] {
    const out: number[] = [];
    for (const [spans, key] of [
      [this.byStart, (s: Span) => s.startMs],
      [this.byEnd, (s: Span) => s.endMs],
    ] as const) {
      for (let i = lastBefore(spans, from, key) + 1; i < spans.length && key(spans[i] as Span) < to; i++) out.push(key(spans[i] as Span));
    }
    return out;
  }
}

function lastBefore<T>(items: readonly T[], at: number, key: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(items[middle] as T) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export const timeline = defineFact('timeline', (run, get): Timeline => {
  const { endMs } = get(clock);
  const { gaps } = get(activity);
  const runEnd = endMs ?? Number.MAX_SAFE_INTEGER;
  const jobs = new Spans(
    run.jobs.flatMap((job) =>
      job.submittedMs === undefined ? [] : [{ id: job.id, startMs: job.submittedMs, endMs: job.completedMs ?? runEnd }],
    ),
  );
  const sql = new Spans(
    run.sql.flatMap((execution) =>
      execution.startMs === undefined ? [] : [{ id: execution.id, startMs: execution.startMs, endMs: execution.endMs ?? runEnd }],
    ),
  );
  // Jobs by the query that caused them; nested commands count for their root too.
  const jobsOf = new Map<number, Span[]>();
  const rootOf = new Map(run.sql.map((execution) => [execution.id, execution.rootId]));
  for (const job of run.jobs) {
    if (job.sqlExecutionId === undefined || job.submittedMs === undefined) continue;
    const span = { id: job.id, startMs: job.submittedMs, endMs: job.completedMs ?? runEnd };
    for (const id of new Set([job.sqlExecutionId, rootOf.get(job.sqlExecutionId) ?? job.sqlExecutionId])) {
      const known = jobsOf.get(id);
      if (known === undefined) jobsOf.set(id, [span]);
      else known.push(span);
    }
  }
  const segments: DriverSegment[] = [];
  for (const gap of gaps) {
    const cuts = [...new Set([gap.startMs, ...jobs.boundaries(gap.startMs, gap.endMs), ...sql.boundaries(gap.startMs, gap.endMs)])].sort(
      (a, b) => a - b,
    );
    cuts.push(gap.endMs);
    for (let i = 0; i + 1 < cuts.length; i++) {
      const from = cuts[i] as number;
      const to = cuts[i + 1] as number;
      if (to <= from) continue;
      const at = (from + to) / 2;
      const job = jobs.active(at);
      const execution = sql.active(at);
      const segment: DriverSegment = {
        label: label(at, job, execution),
        startMs: from,
        endMs: to,
        executionId: execution?.id,
        jobId: job?.id,
        previousExecutionId: sql.previous(at)?.id,
        nextExecutionId: sql.next(at)?.id,
        previousJobId: jobs.previous(at)?.id,
        nextJobId: jobs.next(at)?.id,
      };
      const last = segments.at(-1);
      if (last !== undefined && last.endMs === from && last.label === segment.label && last.executionId === segment.executionId) {
        segments[segments.length - 1] = {
          ...segment,
          startMs: last.startMs,
          previousExecutionId: last.previousExecutionId,
          previousJobId: last.previousJobId,
        };
      } else segments.push(segment);
    }
  }

  function label(at: number, job: Span | undefined, execution: Span | undefined): DriverLabel {
    if (job !== undefined) return 'scheduling';
    if (execution !== undefined) {
      const own = jobsOf.get(execution.id) ?? [];
      const before = own.some((j) => j.endMs <= at);
      const after = own.some((j) => j.startMs >= at);
      return !before ? 'planning' : after ? 'between jobs' : 'commit tail';
    }
    if (jobs.previous(at) === undefined && sql.previous(at) === undefined) return 'start-up';
    if (jobs.next(at) === undefined && sql.next(at) === undefined) return 'end';
    return 'driver code';
  }

  const byLabel = new Map<DriverLabel, number>();
  for (const segment of segments) byLabel.set(segment.label, (byLabel.get(segment.label) ?? 0) + segment.endMs - segment.startMs);
  return {
    segments,
    driverOnlyMs: segments.reduce((sum, segment) => sum + segment.endMs - segment.startMs, 0),
    byLabel,
    within: (from, to) => {
      const out: DriverSegment[] = [];
      for (
        let i = Math.max(
          0,
          lastBefore(segments, from, (s) => s.startMs),
        );
        i < segments.length;
        i++
      ) {
        const segment = segments[i] as DriverSegment;
        if (segment.startMs >= to) break;
        if (segment.endMs > from) out.push({ ...segment, startMs: Math.max(from, segment.startMs), endMs: Math.min(to, segment.endMs) });
      }
      return out;
    },
  };
});
