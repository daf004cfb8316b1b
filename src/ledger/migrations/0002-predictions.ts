// Migration 2: whose forecast a proof was held against: its kind (a rule, `joint`, `given`), its family of changes, and what it stood on.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Home } from './home.ts';

export const predictions = (home: Home): Migration => ({
  async up(plain: Kysely<unknown>) {
    const db = home.schema === undefined ? plain : plain.withSchema(home.schema);
    for (const column of ['predicted_kind', 'predicted_family', 'predicted_basis'])
      await db.schema.alterTable('proofs').addColumn(column, 'text').execute();
  },
});
