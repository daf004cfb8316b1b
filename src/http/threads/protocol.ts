// What goes between the server's thread and the threads that work for it.
// Law: plain data only; an expected error keeps its code, its message and its next step.

import type { ErrorCode } from '../../base/index.ts';
import type { Format, Outcome, Progress } from '../../operations/index.ts';
import type { RunSummary } from '../store/summary.ts';

export interface OperationWork {
  readonly kind: 'operation';
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly format: Format;
  readonly cwd: string;
}

/** Audits what lies at a path and gives every report there, ready to be kept. */
export interface AuditWork {
  readonly kind: 'audit';
  readonly path: string;
  readonly cwd: string;
  /** Also the HTML page: for a log that will not be there later. */
  readonly page: boolean;
}

export type Work = OperationWork | AuditWork;

export interface OperationDone {
  readonly kind: 'operation';
  readonly outcome: Outcome;
  readonly text: Uint8Array;
}

/** One report in the forms in which it is served. */
export interface AuditedReport {
  /** Which of several logs at the path: empty when there is one. */
  readonly label: string;
  readonly summary: RunSummary;
  /** `firesteel/report@1`. */
  readonly json: string;
  readonly markdown: string;
  /** For the plain page. */
  readonly terminal: string;
}

export interface AuditDone {
  readonly kind: 'audit';
  readonly reports: readonly AuditedReport[];
  readonly failed: readonly { readonly path: string; readonly error: string; readonly nextStep: string | undefined }[];
  readonly page: string | undefined;
}

export type Finished = OperationDone | AuditDone;

export type Failure =
  | { readonly kind: 'expected'; readonly code: ErrorCode; readonly message: string; readonly nextStep: string }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'defect'; readonly message: string };

export type ToWorker = { readonly id: number; readonly work: Work } | { readonly id: number; readonly cancel: true };

export type FromWorker =
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly note: string }
  | { readonly id: number; readonly done: Finished }
  | { readonly id: number; readonly failed: Failure };
