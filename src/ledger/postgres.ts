// The ledger of a team: a PostgreSQL database, our tables in a schema of their own (`firesteel`).
// Laws: the password is in no text that leaves this file; whole numbers of 64 bits come back as numbers, for none here is larger than 2^53.

import { Kysely, PostgresDialect } from 'kysely';
import { FiresteelError } from '../base/index.ts';
import { allMigrated, hasTables, migrate } from './migrate.ts';
import { POSTGRES } from './migrations/home.ts';
import { patiently } from './patience.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/** OID of int8. */
const INT8 = 20;
const CONNECT_MS = 10_000;

export const isPostgres = (place: string): boolean => /^postgres(ql)?:\/\//i.test(place);

/** The URL as people may see it. */
export function publicUrl(url: string): string {
  try {
    const parsed = new URL(url);
    parsed.password = '';
    for (const key of [...parsed.searchParams.keys()]) if (/pass|key|secret/i.test(key)) parsed.searchParams.delete(key);
    return parsed.href;
  } catch {
    return 'postgres://…';
  }
}

export async function openPostgres(url: string, mode: 'read' | 'write', patienceMs: number): Promise<Store> {
  if (!URL.canParse(url))
    throw new FiresteelError(
      'wrong-usage',
      'The URL of the ledger does not parse.',
      'Write postgres://user@host:5432/database; special characters in it are percent-encoded.',
    );
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'firesteel',
    max: 3,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    types: {
      getTypeParser: ((oid: number, format: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that dies while idle is replaced at its next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }).withSchema(POSTGRES.schema as string);
  const store: Store = { kind: 'postgres', place: publicUrl(url), home: POSTGRES, db, patienceMs, close: () => db.destroy() };
  try {
    if (!(await allMigrated(store))) {
      if (mode === 'read' && !(await hasTables(store)))
        throw new FiresteelError(
          'not-found',
          `There is no ledger in ${store.place} yet.`,
          'firesteel run JOB makes it, as a user who may write there.',
        );
      await patiently(patienceMs, () => migrate(store));
    }
    return store;
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}
