// Brings a database to the newest schema, once, whoever comes first.
// Laws: all of it is one transaction under a lock, so a second process waits and then finds it done; a schema that is newer than this
// program is never touched.

import { sql, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { FiresteelError } from '../base/index.ts';
import { migrationsFor } from './migrations/index.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

const TABLE = 'schema_changes';
const LOCK_TABLE = 'schema_lock';

/** Key of PostgreSQL's advisory lock: "FSL1". */
const LOCK_KEY = 0x46534c31;

/** True when some Firesteel has been here. */
export async function hasTables({ db, home }: Pick<Store, 'db' | 'home'>): Promise<boolean> {
  const found =
    home.kind === 'sqlite'
      ? await sql`select 1 from sqlite_master where name = ${TABLE}`.execute(db)
      : await sql`select 1 from pg_catalog.pg_tables where schemaname = ${home.schema} and tablename = ${TABLE}`.execute(db);
  return found.rows.length > 0;
}

/** True when nothing is left to do. Throws for a newer schema. */
export async function allMigrated({ db, home, place }: Pick<Store, 'db' | 'home' | 'place'>): Promise<boolean> {
  const name = home.schema === undefined ? TABLE : `${home.schema}.${TABLE}`;
  if (!(await hasTables({ db, home }))) return false;
  const done = (await sql<{ name: string }>`select name from ${sql.raw(name)}`.execute(db)).rows.map((row) => row.name);
  const known = Object.keys(migrationsFor(home));
  const newer = done.filter((change) => !known.includes(change));
  if (newer.length > 0)
    throw new FiresteelError(
      'wrong-usage',
      `The ledger ${place} was written by a newer Firesteel: this one does not know ${newer.join(', ')}.`,
      'Update Firesteel, or give another ledger.',
    );
  return known.every((change) => done.includes(change));
}

/** One transaction: lock, make what is missing, commit. */
export async function migrate({ db, home, place }: Store): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    // SQLite: the transaction itself is the lock. PostgreSQL: held until commit, so that nobody looks in between.
    if (home.kind === 'postgres') {
      await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_KEY)})`.execute(transaction);
      await makeSchema(transaction, home.schema ?? '', place);
    }
    const migrator = new Migrator({
      db: transaction,
      provider: { getMigrations: async () => migrationsFor(home) },
      migrationTableName: TABLE,
      migrationLockTableName: LOCK_TABLE,
      ...(home.schema === undefined ? {} : { migrationTableSchema: home.schema }),
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  });
}

/** The migrator makes it too, but what it then says of a missing right is not what PostgreSQL said. */
async function makeSchema(db: Transaction<Tables>, schema: string, place: string): Promise<void> {
  const { rows } = await sql<{
    mine: boolean;
  }>`select has_schema_privilege(oid, 'create') as mine from pg_catalog.pg_namespace where nspname = ${schema}`.execute(db);
  const [found] = rows;
  if (found === undefined) await db.schema.createSchema(schema).execute();
  else if (!found.mine)
    throw new FiresteelError(
      'no-permission',
      `The ledger ${place} has a schema "${schema}" in which this user may not make tables.`,
      `Have its owner run a command of this Firesteel once, or grant CREATE on schema "${schema}".`,
    );
}
