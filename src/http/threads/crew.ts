// The threads of the server in lanes: `quick` answers people, `ingest` reads new logs, `spend` runs jobs one after the other.
// Laws: a lane has a bound, and so has its queue; a thread that dies costs its own work only; two measured runs never happen at once.

import { Worker } from 'node:worker_threads';
import { FiresteelError } from '../../base/index.ts';
import type { Progress } from '../../operations/index.ts';
import type { Failure, Finished, FromWorker, Work } from './protocol.ts';

export type Lane = 'quick' | 'ingest' | 'spend';

export interface Watching {
  readonly signal: AbortSignal;
  readonly progress?: (progress: Progress) => void;
  readonly note?: (text: string) => void;
  /** Called when a thread takes it. */
  readonly begun?: () => void;
}

/** Work that only reads and does not look at its signal is ended with its thread after so long, ms. */
const PATIENCE_MS = 3_000;
/** Old generation of a thread, MB: a log that needs more fails alone, not with the server. */
const HEAP_MB = 3_072;

interface Task {
  readonly id: number;
  readonly work: Work;
  readonly lane: Lane;
  readonly watching: Watching;
  readonly resolve: (done: Finished) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  task: Task | undefined;
}

/** What was ended because somebody asked for it. */
export class Stopped extends Error {
  constructor() {
    super('The work was stopped.');
    this.name = 'AbortError';
  }
}

export class Crew {
  private readonly sizes: Readonly<Record<Lane, number>>;
  private readonly threads: Record<Lane, Thread[]> = { quick: [], ingest: [], spend: [] };
  private readonly waiting: Record<Lane, Task[]> = { quick: [], ingest: [], spend: [] };
  private readonly maxWaiting: number;
  private nextId = 1;
  private closed = false;

  constructor(sizes: Readonly<Record<Lane, number>>, maxWaiting: number) {
    this.sizes = sizes;
    this.maxWaiting = maxWaiting;
  }

  /** Work that waits for a thread. */
  queued(lane: Lane): number {
    return this.waiting[lane].length;
  }

  /** Does the work in a thread. Throws what the work throws, `Stopped` when its signal ended it. */
  run(work: Work, lane: Lane, watching: Watching): Promise<Finished> {
    return new Promise((resolve, reject) => {
      if (this.closed || watching.signal.aborted) {
        reject(new Stopped());
        return;
      }
      if (this.waiting[lane].length >= this.maxWaiting) {
        reject(new FiresteelError('environment', 'The server has too much work waiting.', 'Try again in a minute.'));
        return;
      }
      const task: Task = { id: this.nextId++, work, lane, watching, resolve, reject };
      watching.signal.addEventListener('abort', () => this.stop(task), { once: true });
      this.waiting[lane].push(task);
      this.assign(lane);
    });
  }

  /** Ends all threads; work that is under way is rejected as stopped. */
  async close(): Promise<void> {
    this.closed = true;
    for (const lane of ['quick', 'ingest', 'spend'] as const) for (const task of this.waiting[lane].splice(0)) task.reject(new Stopped());
    const all = Object.values(this.threads).flat();
    await Promise.all(all.map(({ worker }) => worker.terminate()));
  }

  private assign(lane: Lane): void {
    while (!this.closed && this.waiting[lane].length > 0) {
      const free = this.threads[lane].find((thread) => thread.task === undefined) ?? this.hire(lane);
      if (free === undefined) return;
      const task = this.waiting[lane].shift() as Task;
      free.task = task;
      task.watching.begun?.();
      free.worker.postMessage({ id: task.id, work: task.work });
    }
  }

  private hire(lane: Lane): Thread | undefined {
    if (this.threads[lane].length >= this.sizes[lane]) return undefined;
    // In development the source runs as it is; in the package it was compiled.
    const url = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
    const worker = new Worker(url, { workerData: { gentle: lane === 'ingest' }, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    // A thread without work does not keep the process alive.
    worker.unref();
    const thread: Thread = { worker, task: undefined };
    this.threads[lane].push(thread);
    worker.on('message', (message: FromWorker) => this.heard(lane, thread, message));
    let why = 'a thread of the server ended';
    worker.on('error', (error) => {
      why = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      this.threads[lane] = this.threads[lane].filter((other) => other !== thread);
      const { task } = thread;
      thread.task = undefined;
      if (task !== undefined)
        task.reject(
          task.watching.signal.aborted || this.closed
            ? new Stopped()
            : new FiresteelError(
                'environment',
                `This work ended its thread: ${why}.`,
                'A log that is too large for the server can be audited with `firesteel audit`.',
              ),
        );
      this.assign(lane);
    });
    return thread;
  }

  private heard(lane: Lane, thread: Thread, message: FromWorker): void {
    const { task } = thread;
    if (task === undefined || task.id !== message.id) return;
    if ('progress' in message) {
      task.watching.progress?.(message.progress);
      return;
    }
    if ('note' in message) {
      task.watching.note?.(message.note);
      return;
    }
    thread.task = undefined;
    if ('done' in message) task.resolve(message.done);
    else task.reject(thrown(message.failed));
    this.assign(lane);
  }

  private stop(task: Task): void {
    const at = this.waiting[task.lane].indexOf(task);
    if (at >= 0) {
      this.waiting[task.lane].splice(at, 1);
      task.reject(new Stopped());
      return;
    }
    const thread = this.threads[task.lane].find((one) => one.task === task);
    if (thread === undefined) return;
    thread.worker.postMessage({ id: task.id, cancel: true });
    // A job on a cluster is ended in its own time: its guard leaves nothing behind.
    if (task.lane !== 'spend')
      setTimeout(() => {
        if (thread.task === task) void thread.worker.terminate();
      }, PATIENCE_MS).unref();
  }
}

function thrown(failure: Failure): Error {
  switch (failure.kind) {
    case 'expected':
      return new FiresteelError(failure.code, failure.message, failure.nextStep);
    case 'aborted':
      return new Stopped();
    case 'defect':
      return new Error(failure.message);
  }
}
