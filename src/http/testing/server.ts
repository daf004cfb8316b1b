// For tests: a real server on a free loopback port over a folder of its own, with the example's logs.

import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServeOptions, type Serving, serve } from '../index.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples/daily_sales');

/** Copies the example's log (slow or fast) to a folder. */
export const putLog = (which: 'slow' | 'fast', to: string): void =>
  cpSync(join(EXAMPLES, which), to, { recursive: true, filter: (path) => !path.endsWith('.py') });

export interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Place {
  readonly folder: string;
  readonly events: string;
  readonly notes: string[];
  readonly serving: Serving;
  /** A path as fetch takes it. */
  readonly url: (path: string) => string;
  /** A GET, its JSON. */
  readonly get: <T = Record<string, unknown>>(path: string) => Promise<T>;
  /** A request exactly as given: nothing of its path or headers is changed. */
  readonly raw: (method: string, path: string, headers?: Readonly<Record<string, string>>, body?: string | Buffer) => Promise<Raw>;
  readonly close: () => Promise<void>;
}

/** Starts a server; `logs` are put into its watched folder before. */
export async function start(
  options: Partial<ServeOptions> = {},
  logs: readonly ('slow' | 'fast')[] = ['slow', 'fast'],
  at?: string,
): Promise<Place> {
  const folder = at ?? realpathSync(mkdtempSync(join(tmpdir(), 'firesteel-serve-')));
  const events = join(folder, 'events');
  mkdirSync(events, { recursive: true });
  for (const log of logs) putLog(log, events);
  const notes: string[] = [];
  const serving = await serve({ cwd: folder, port: 0, watch: ['events'], pollMs: 200, note: (text) => notes.push(text), ...options });
  const url = (path: string) => `${serving.url.slice(0, -1)}${path}`;
  return {
    folder,
    events,
    notes,
    serving,
    url,
    get: async <T>(path: string) => (await (await fetch(url(path))).json()) as T,
    raw: (method, path, headers = {}, body = '') =>
      new Promise((resolve, reject) => {
        const call = request(
          { host: '127.0.0.1', port: serving.port, method, path, headers: { connection: 'close', ...headers } },
          (answer) => {
            const chunks: Buffer[] = [];
            answer.on('data', (chunk: Buffer) => chunks.push(chunk));
            answer.on('end', () =>
              resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() }),
            );
            answer.on('error', reject);
          },
        );
        call.on('error', reject);
        call.end(body);
      }),
    close: async () => {
      await serving.stop();
      if (at === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks again and again until it is so. */
export async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  for (let turn = 0; turn < 300; turn++) {
    const answer = await ask();
    if (fits(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to that');
}

export interface RunPage {
  readonly items: readonly {
    readonly id: string;
    readonly model: string;
    readonly source: string;
    readonly gone: boolean;
    readonly findings: number;
    readonly origin: string;
    readonly auditedMs: number;
  }[];
  readonly total: number;
  readonly next: string | null;
}

/** The list of runs once so many are audited. */
export const runsOf = (place: Place, count: number, query = ''): Promise<RunPage> =>
  until(
    () => place.get<RunPage>(`/api/v1/runs${query}`),
    (page) => page.items !== undefined && page.total >= count,
  );
