// Starts the server and ends it: loopback sockets, threads, watched folders, and what is left of uploads.
// Laws: nothing listens before everything is checked; stopping takes no new request, ends jobs and streams, and leaves no thread, file or timer.

import { existsSync, readFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { FiresteelError, messageOf } from '../base/index.ts';
import { operations } from '../operations/index.ts';
import { appOf } from './app.ts';
import { Jobs } from './jobs.ts';
import { Metrics } from './metrics.ts';
import { readyWeb } from './pages/web.ts';
import { openRedactor } from './redact.ts';
import type { Deps } from './route.ts';
import { type ServeOptions, settingsOf, urlHost } from './settings.ts';
import { Shelf } from './store/shelf.ts';
import { Store } from './store/store.ts';
import { Watcher } from './store/watcher.ts';
import { Crew } from './threads/crew.ts';
import { readTokens } from './tokens.ts';
import { Uploads } from './uploads.ts';

export interface Serving {
  readonly port: number;
  /** Where it is reached. */
  readonly url: string;
  /** Takes no new request, brings what runs to its end, and frees everything. */
  stop(): Promise<void>;
}

/** Work that may wait for a thread of a lane. */
const MAX_WAITING = 200;
const VIEW_BYTES = 32 * 1024 * 1024;
/** How long jobs may take to end when the server stops, ms: a job on a cluster is ended with it. */
const STOP_MS = 30_000;
const MAX_CONNECTIONS = 1_024;
const HEADERS_MS = 15_000;
const REQUEST_MS = 30 * 60_000;

/** Starts a server. Throws `wrong-usage` for options that do not go together, `environment` when the port is taken. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const note = options.note ?? (() => undefined);
  const tokens = await readTokens(options.tokenFile === undefined ? undefined : resolve(options.cwd, options.tokenFile));
  const settings = settingsOf(options, tokens.any);
  const state = resolve(settings.cwd, options.state ?? '.firesteel/serve');
  const roots = await realRoots(settings.cwd, settings.watch);
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  const redactor = settings.redact ? await openRedactor(state) : undefined;

  const cores = availableParallelism();
  const crew = new Crew({ quick: Math.max(1, Math.min(4, cores - 1)), ingest: cores >= 8 ? 2 : 1, spend: 1 }, MAX_WAITING);
  const stopping = new AbortController();
  const store = new Store({ folder: join(state, 'logs'), cwd: settings.cwd, producer: version, crew, note });
  const jobs = new Jobs(crew, (error) => note(`a defect of Firesteel: ${messageOf(error)}`));
  const uploads = new Uploads(settings.maxUploadBytes);
  const metrics = new Metrics();
  const watcher = new Watcher({ roots, pollMs: settings.pollMs, note, found: (root, units) => store.found(root, units) });
  let ready = false;
  const deps: Deps = {
    settings,
    version,
    operations,
    crew,
    jobs,
    store,
    uploads,
    tokens,
    metrics,
    redactor,
    views: new Shelf(VIEW_BYTES),
    roots,
    stopping: stopping.signal,
    streams: { open: 0 },
    answers: new Map(),
    note,
    ready: () => ready,
  };
  addGauges(deps);

  if (settings.web) await readyWeb(note);
  const app = await appOf(deps);
  await store.open();
  const server = createAdaptorServer({ fetch: app.fetch, autoCleanupIncoming: true });
  if ('headersTimeout' in server) {
    server.headersTimeout = HEADERS_MS;
    server.requestTimeout = REQUEST_MS;
  }
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await new Promise<void>((done, failed) => {
      server.once('error', failed);
      server.listen(settings.port, settings.host, () => {
        server.off('error', failed);
        done();
      });
    });
  } catch (error) {
    metrics.close();
    await crew.close();
    const { code } = error as NodeJS.ErrnoException;
    throw new FiresteelError(
      'environment',
      code === 'EADDRINUSE'
        ? `Port ${settings.port} of ${settings.host} is taken.`
        : `${settings.host} cannot be listened on: ${messageOf(error)}.`,
      'Give another one with --port, or 0 for any that is free.',
      { cause: error },
    );
  }
  const { port } = server.address() as AddressInfo;
  const sweeping = setInterval(() => void uploads.sweep(Date.now()), 60_000);
  sweeping.unref();
  const first = watcher.start().then(() => {
    ready = true;
  });
  let ended: Promise<void> | undefined;

  async function end(): Promise<void> {
    stopping.abort();
    watcher.close();
    clearInterval(sweeping);
    const closed = new Promise<void>((done) => server.close(() => done()));
    if ('closeIdleConnections' in server) server.closeIdleConnections();
    await jobs.close(STOP_MS);
    await first;
    await store.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
    await crew.close();
    await uploads.close();
    metrics.close();
  }
  return {
    port,
    url: `http://${urlHost(settings.host)}:${port}/`,
    stop: () => {
      ended ??= end();
      return ended;
    },
  };
}

/** The watched folders as they really lie; each must be there. */
async function realRoots(cwd: string, watch: readonly string[]): Promise<readonly string[]> {
  const roots: string[] = [];
  for (const given of watch) {
    const path = resolve(cwd, given);
    if (!existsSync(path))
      throw new FiresteelError('not-found', `${given} does not exist.`, 'Give a folder of event logs: what spark.eventLog.dir names.');
    roots.push(await realpath(path));
  }
  // A folder in another one is seen with it.
  return roots.filter((root, i) => roots.indexOf(root) === i && !roots.some((other) => other !== root && root.startsWith(`${other}/`)));
}

function addGauges({ store, jobs, crew, uploads, metrics, streams }: Deps): void {
  metrics.add({ name: 'firesteel_runs', help: 'Audited runs.', values: () => [{ value: store.runs().length }] });
  metrics.add({
    name: 'firesteel_logs',
    help: 'Logs in the watched folders by state.',
    values: () =>
      (['waiting', 'auditing', 'ready', 'failed'] as const).map((state) => ({ labels: `state="${state}"`, value: store.count(state) })),
  });
  metrics.add({ name: 'firesteel_jobs_running', help: 'Jobs that are queued or run.', values: () => [{ value: jobs.running }] });
  metrics.add({
    name: 'firesteel_work_waiting',
    help: 'Work that waits for a thread.',
    values: () => (['quick', 'ingest', 'spend'] as const).map((lane) => ({ labels: `lane="${lane}"`, value: crew.queued(lane) })),
  });
  metrics.add({ name: 'firesteel_upload_bytes', help: 'Bytes of uploads on disk.', values: () => [{ value: uploads.bytes }] });
  metrics.add({ name: 'firesteel_streams', help: 'Open event streams.', values: () => [{ value: streams.open }] });
}
