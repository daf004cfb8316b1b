// The ledger in one file: Kysely's SQLite dialect over node:sqlite.
// Laws: every transaction takes the writer's place at once (`begin immediate`), so that none fails half-way for lack of it; a file that is
// no ledger is never touched; the application id is set in the same transaction that sees the file empty.

import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type DialectAdapter, Kysely, SqliteAdapter, SqliteDialect } from 'kysely';
import { FiresteelError, makeFolder } from '../base/index.ts';
import { allMigrated, migrate } from './migrate.ts';
import { SQLITE } from './migrations/home.ts';
import { patiently } from './patience.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';

/** "FSL1": what `file` and SQLite itself show of a ledger. */
const APPLICATION_ID = 0x46534c31;

/** SQLite waits so long by itself, blocking this process; beyond that we wait without blocking. */
const BUSY_MS = 100;

class Adapter extends SqliteAdapter {
  /** It can, and a schema made by halves is worse than none. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class Dialect extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new Adapter();
  }
}

/** What Kysely's driver wants of a database. */
const driverOf = (db: DatabaseSync) => ({
  close: () => db.close(),
  prepare(sql: string) {
    const statement = db.prepare(sql === 'begin' ? 'begin immediate' : sql);
    const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
    return {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
      // A full disk and the like have rolled back already: to say so again would hide what happened.
      run: (parameters: readonly unknown[]) =>
        sql === 'rollback' && !db.isTransaction ? { changes: 0, lastInsertRowid: 0 } : statement.run(...values(parameters)),
      iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
    };
  },
});

export async function openSqlite(file: string, mode: 'read' | 'write', patienceMs: number): Promise<Store> {
  const there = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (there?.isDirectory())
    throw new FiresteelError('wrong-usage', `${file} is a folder, not a ledger.`, `Give a file, for example ${join(file, 'ledger.db')}.`);
  if (there === undefined && mode === 'read')
    throw new FiresteelError(
      'not-found',
      `There is no ledger at ${file} yet.`,
      'firesteel run JOB makes one; another place is given with --ledger.',
    );
  if (there === undefined) await makeFolder(dirname(file));
  const { db, writable } = connect(file, mode);
  try {
    await patiently(patienceMs, () => claim(db, file, writable));
    // Several readers beside one writer. Where the file system cannot (a network one), SQLite stays with its journal: slower, as safe.
    // The switch needs the file for itself: whoever finds it in use leaves it to the next.
    if (writable) quietly(() => db.exec('pragma journal_mode = wal'));
    const kysely = new Kysely<Tables>({ dialect: new Dialect({ database: driverOf(db) }) });
    const store: Store = { kind: 'sqlite', place: file, home: SQLITE, db: kysely, patienceMs, close: () => kysely.destroy() };
    if (!(await allMigrated(store))) {
      if (!writable)
        throw new FiresteelError(
          'no-permission',
          `${file} was written by an older Firesteel, and you may not write to it.`,
          `Run a command as a user who may write to ${dirname(file)} once.`,
        );
      await patiently(patienceMs, () => migrate(store));
    }
    return store;
  } catch (error) {
    if (db.isOpen) db.close();
    throw error;
  }
}

/** Opens for writing; for reading only where writing is not allowed. */
function connect(file: string, mode: 'read' | 'write'): { db: DatabaseSync; writable: boolean } {
  const settings = { timeout: BUSY_MS, enableForeignKeyConstraints: true };
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, settings);
    db.exec('pragma schema_version');
    if (isWritable(db)) return { db, writable: true };
    db.close();
  } catch (error) {
    if (db?.isOpen) db.close();
    if (mode === 'write' || !isDenied(error)) throw error;
  }
  if (mode === 'write')
    throw new FiresteelError(
      'unwritable',
      `${file} may not be written to.`,
      `Make it and its folder writable for you, or give another ledger.`,
    );
  // A reader of a WAL file must be able to make its index beside it. Where not even that is allowed, nobody writes: take the file as it is.
  for (const location of [file, new URL(`${pathToFileURL(file).href}?immutable=1`)]) {
    const read = new DatabaseSync(location, { ...settings, readOnly: true });
    try {
      read.exec('select count(*) from sqlite_master');
      return { db: read, writable: false };
    } catch (error) {
      read.close();
      if (location !== file || !isDenied(error)) throw error;
    }
  }
  throw new FiresteelError('no-permission', `${file} may not be read.`, 'Make it readable for you.');
}

/** SQLite's results READONLY, CANTOPEN and PERM, with what extends them. */
const isDenied = (error: unknown): boolean => [3, 8, 14].includes(((error as { errcode?: number })?.errcode ?? 0) & 0xff);

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // What it asked for is a wish.
  }
}

/** A lock is taken and given back; a file of another user, or on a read-only disk, refuses it. */
function isWritable(db: DatabaseSync): boolean {
  try {
    db.exec('begin immediate');
    db.exec('rollback');
    return true;
  } catch (error) {
    // Busy: another process writes, so it can be written.
    if (isDenied(error)) return false;
    if ((((error as { errcode?: number }).errcode ?? 0) & 0xff) === 5) return true;
    throw error;
  }
}

/** Makes an empty file ours; refuses one that is not. */
async function claim(db: DatabaseSync, file: string, writable: boolean): Promise<void> {
  const number = (sql: string) => Object.values(db.prepare(sql).get() ?? {})[0];
  const check = () => {
    if (number('pragma application_id') === APPLICATION_ID) return true;
    if (number('select count(*) from sqlite_master') !== 0)
      throw new FiresteelError(
        'wrong-usage',
        `${file} is a SQLite database, but not a ledger of Firesteel.`,
        `It was left as it is. Give another file with --ledger, for example ${join(dirname(file), `firesteel-${basename(file)}`)}.`,
      );
    return false;
  };
  if (check() || !writable) return;
  db.exec('begin immediate');
  try {
    if (!check()) db.exec(`pragma application_id = ${APPLICATION_ID}`);
    db.exec('commit');
  } catch (error) {
    db.exec('rollback');
    throw error;
  }
}
