// The history of the schema: a static list, oldest first.
// Laws: a migration that was released is never changed; a new one gets the next number, so that the order of names is the order of time.

import type { Migration } from 'kysely/migration';
import { facts } from './0001-facts.ts';
import { predictions } from './0002-predictions.ts';
import type { Home } from './home.ts';

/** Migrations by name, for one kind of database. */
export const migrationsFor = (home: Home): Record<string, Migration> => ({
  '0001-facts': facts(home),
  '0002-predictions': predictions(home),
});

export type { Home } from './home.ts';
