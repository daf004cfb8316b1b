// The words of the store: runs, units and events as the rest of the server knows them.
// Law: plain data; a run is known by an id made from where its log lies, never by what the log says.

import type { KeptFailure, KeptUnit } from './disk.ts';
import type { RunSummary } from './summary.ts';

/** A run as lists know it. */
export interface StoredRun {
  readonly id: string;
  readonly unit: string;
  /** Where it came from: a path below the watched folder, or the name of the upload. */
  readonly source: string;
  readonly origin: KeptUnit['origin'];
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly auditedMs: number;
  /** Its log is not there any more. */
  readonly gone: boolean;
  readonly summary: RunSummary;
}

export type UnitState = 'waiting' | 'auditing' | 'ready' | 'failed';

export interface StoredUnit {
  readonly id: string;
  readonly path: string;
  readonly root: string | undefined;
  readonly name: string;
  readonly state: UnitState;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly failed: readonly KeptFailure[];
}

export type StoreEvent = { readonly event: 'run' | 'failed' | 'gone'; readonly data: unknown };
