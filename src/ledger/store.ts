// An open database, whatever its kind.

import type { Home } from './migrations/index.ts';
import type { Database } from './schema.ts';

export interface Store {
  readonly kind: 'sqlite' | 'postgres';
  /** For people: no password in it. */
  readonly place: string;
  readonly home: Home;
  readonly db: Database;
  /** How long to wait for other writers, ms. */
  readonly patienceMs: number;
  close(): Promise<void>;
}
