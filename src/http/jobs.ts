// Long work with a name: queued, running, ended; who listens hears its progress; results are kept for a while.
// Laws: every job comes to an end that is told; memory for results and the number of jobs are bounded.

import { randomBytes } from 'node:crypto';
import type { Format, OperationEntry, Outcome, Progress } from '../operations/index.ts';
import { HttpError, type Problem, problemOf } from './problem.ts';
import { type Crew, type Lane, Stopped, type Watching } from './threads/crew.ts';
import type { OperationDone } from './threads/protocol.ts';

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** A job as it is served. */
export interface JobView {
  readonly id: string;
  readonly operation: string;
  readonly effect: OperationEntry['effect'];
  readonly by: string;
  readonly state: JobState;
  readonly format: Format;
  readonly createdMs: number;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  readonly progress: Progress | null;
  readonly notes: readonly string[];
  readonly outcome: Outcome | null;
  readonly problem: Problem | null;
  /** Bytes of the result while it is kept. */
  readonly resultBytes: number | null;
}

export type JobEvent = { readonly event: 'progress' | 'note' | 'state'; readonly data: unknown };

interface Job {
  view: JobView;
  readonly stop: AbortController;
  readonly listeners: Set<(event: JobEvent) => void>;
  result: Uint8Array | undefined;
  ended: Promise<void>;
}

export interface JobRequest {
  readonly entry: OperationEntry;
  readonly input: Readonly<Record<string, unknown>>;
  readonly format: Format;
  readonly cwd: string;
  readonly by: string;
  /** What is done instead of the operation alone; gives the bytes of the result. */
  readonly work?: (watching: Watching) => Promise<OperationDone>;
  /** Called once, whatever the end. */
  readonly after?: () => void;
}

const MAX_JOBS = 500;
const MAX_NOTES = 200;
const MAX_RESULT_BYTES = 128 * 1024 * 1024;
/** Progress is told no more often, ms. */
const EVERY_MS = 200;

const isOver = (state: JobState): boolean => state === 'done' || state === 'failed' || state === 'cancelled';

export class Jobs {
  private readonly crew: Crew;
  private readonly all = new Map<string, Job>();
  private readonly onDefect: (error: unknown) => void;

  constructor(crew: Crew, onDefect: (error: unknown) => void) {
    this.crew = crew;
    this.onDefect = onDefect;
  }

  list(): readonly JobView[] {
    return [...this.all.values()].map(({ view }) => view).toReversed();
  }

  get(id: string): JobView {
    return this.find(id).view;
  }

  /** The bytes of a finished job. Throws 409 before its end, 410 when they are not kept any more. */
  result(id: string): { readonly view: JobView; readonly bytes: Uint8Array } {
    const { view, result } = this.find(id);
    if (result !== undefined) return { view, bytes: result };
    if (view.state === 'done') throw new HttpError(410, 'gone', 'This result is not kept any more.', 'Start the operation again.');
    throw new HttpError(409, 'not-done', `Job ${id} is ${view.state}.`, `Listen to /api/v1/jobs/${id}/events, or ask again later.`);
  }

  start(request: JobRequest, nowMs: number): JobView {
    this.forget();
    const { entry, format, by } = request;
    const id = `j-${randomBytes(9).toString('base64url')}`;
    const job: Job = {
      view: {
        id,
        operation: entry.name,
        effect: entry.effect,
        by,
        state: 'queued',
        format,
        createdMs: nowMs,
        startedMs: null,
        endedMs: null,
        progress: null,
        notes: [],
        outcome: null,
        problem: null,
        resultBytes: null,
      },
      stop: new AbortController(),
      listeners: new Set(),
      result: undefined,
      ended: Promise.resolve(),
    };
    this.all.set(id, job);
    job.ended = this.carryOut(job, request).finally(() => request.after?.());
    return job.view;
  }

  /** Waits for the end and gives it. */
  async finished(id: string): Promise<JobView> {
    await this.find(id).ended;
    return this.get(id);
  }

  cancel(id: string): JobView {
    const job = this.find(id);
    if (!isOver(job.view.state)) job.stop.abort();
    return job.view;
  }

  /** Hears what happens from now on; the returned function ends that. */
  listen(id: string, listener: (event: JobEvent) => void): () => void {
    const { listeners } = this.find(id);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  get running(): number {
    return [...this.all.values()].filter(({ view }) => !isOver(view.state)).length;
  }

  /** Asks all to stop, and waits for their ends. */
  async close(patienceMs: number): Promise<void> {
    const open = [...this.all.values()].filter(({ view }) => !isOver(view.state));
    for (const job of open) job.stop.abort();
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([Promise.all(open.map((job) => job.ended)), enough]);
    clearTimeout(timer);
  }

  private find(id: string): Job {
    const job = this.all.get(id);
    if (job === undefined) throw new HttpError(404, 'not-found', `There is no job "${id.slice(0, 80)}".`, 'GET /api/v1/jobs lists all.');
    return job;
  }

  private async carryOut(job: Job, { entry, input, format, cwd, work }: JobRequest): Promise<void> {
    let toldMs = 0;
    const change = (part: Partial<JobView>) => {
      job.view = { ...job.view, ...part };
    };
    const tell = (event: JobEvent) => {
      for (const listener of job.listeners) listener(event);
    };
    const lane: Lane = entry.effect === 'spends' ? 'spend' : 'quick';
    try {
      const watching: Watching = {
        signal: job.stop.signal,
        begun: () => {
          change({ state: 'running', startedMs: Date.now() });
          tell({ event: 'state', data: job.view });
        },
        progress: (progress) => {
          change({ progress });
          const now = performance.now();
          if (now - toldMs < EVERY_MS) return;
          toldMs = now;
          tell({ event: 'progress', data: progress });
        },
        note: (text) => {
          if (job.view.notes.length >= MAX_NOTES) return;
          change({ notes: [...job.view.notes, text] });
          tell({ event: 'note', data: text });
        },
      };
      const done =
        work === undefined
          ? ((await this.crew.run({ kind: 'operation', name: entry.name, input, format, cwd }, lane, watching)) as OperationDone)
          : await work(watching);
      job.result = done.text;
      change({ state: 'done', outcome: done.outcome, resultBytes: done.text.byteLength });
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status === 500) this.onDefect(error);
      change({ state: error instanceof Stopped ? 'cancelled' : 'failed', problem });
    }
    change({ endedMs: Date.now(), progress: null });
    tell({ event: 'state', data: job.view });
    job.listeners.clear();
  }

  /** Lets go of the oldest results and jobs above the bounds. */
  private forget(): void {
    let bytes = 0;
    for (const job of [...this.all.values()].toReversed()) {
      bytes += job.result?.byteLength ?? 0;
      if (bytes <= MAX_RESULT_BYTES || job.result === undefined) continue;
      bytes -= job.result.byteLength;
      job.result = undefined;
      job.view = { ...job.view, resultBytes: null };
    }
    for (const [id, job] of this.all) {
      if (this.all.size < MAX_JOBS) break;
      if (isOver(job.view.state)) this.all.delete(id);
    }
    if (this.all.size >= MAX_JOBS)
      throw new HttpError(503, 'environment', 'The server has too many jobs.', 'Try again when some have ended.');
  }
}
