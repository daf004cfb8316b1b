// What one client of the server has: its reports, its long answers, what it may do.
// Law: sessions share nothing but the two lanes of the process.

import type { Context } from '../operations/index.ts';
import { Rests } from './budget.ts';
import type { Fence } from './fence.ts';
import { Lane } from './lane.ts';
import { Reports } from './reports.ts';

export interface SessionOptions {
  /** Absolute: where relative paths and the project are looked for. */
  readonly cwd: string;
  readonly fence: Fence;
  /** Characters of one answer. */
  readonly budget: number;
  /** Only tools that change nothing. */
  readonly readOnly: boolean;
  readonly version: string;
}

export interface Session extends SessionOptions {
  readonly reports: Reports;
  readonly rests: Rests;
}

export const newSession = (options: SessionOptions): Session => ({ ...options, reports: new Reports(), rests: new Rests() });

/** Of the whole process. */
export const lanes = { read: new Lane(), change: new Lane() } as const;

/** What a call hears from outside. */
export interface Caller {
  readonly signal: AbortSignal;
  /** Tells how far it is; at most a few times a second. */
  progress(what: string, share: number | undefined): void;
}

const PROGRESS_MS = 400;

/** The context of an operation; notes are gathered. */
export function contextOf({ cwd }: Session, { signal, progress }: Caller, notes: string[]): Context {
  let last = 0;
  return {
    cwd,
    signal,
    progress: ({ what, share }) => {
      const now = performance.now();
      if (now - last < PROGRESS_MS) return;
      last = now;
      progress(what, share);
    },
    note: (text) => void notes.push(text),
  };
}
