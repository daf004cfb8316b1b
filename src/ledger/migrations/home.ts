// Where a migration runs: what SQLite and PostgreSQL call things, and where our tables lie.

import type { ColumnDataType } from 'kysely';

export interface Home {
  readonly kind: 'sqlite' | 'postgres';
  /** Schema of our tables; undefined: the file is ours alone. */
  readonly schema: string | undefined;
  /** 64-bit whole number; 64-bit float (PostgreSQL's `real` has 32). */
  readonly whole: ColumnDataType;
  readonly real: ColumnDataType;
}

export const SQLITE: Home = { kind: 'sqlite', schema: undefined, whole: 'integer', real: 'real' };
export const POSTGRES: Home = { kind: 'postgres', schema: 'firesteel', whole: 'bigint', real: 'double precision' };
