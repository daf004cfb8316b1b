// Measures the server: 50 clients browse what is audited while 20 more logs come into the watched folder. `node scripts/bench/serve.ts [LOG]`.
// Laws: bounded in time and in requests; the clients are another process than the server; the numbers are told, and a miss of the goal is exit 1.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/daily_sales/slow/eventlog_v2_local-1795260567455');
const CLIENTS = 50;
const LOGS = 20;
const MAX_REQUESTS = 30_000;
const MAX_MS = 60_000;
/** Between two clicks of a person who is in a hurry, ms. */
const PAUSE = { least: 50, most: 250 } as const;
/** 99 of 100 cached reads, ms. */
const GOAL_MS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const given = process.argv[2] ?? EXAMPLE;
if (!existsSync(given)) throw new Error(`${given} does not exist`);
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'firesteel-bench-')));
const events = join(folder, 'events');
mkdirSync(events);
const put = (i: number) => cpSync(given, join(events, `run-${i}-${given.split('/').filter(Boolean).at(-1)}`), { recursive: true });
for (let i = 0; i < 4; i++) put(i);

const node = join(ROOT, 'node_modules/.bin/node');
const server = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/cli/main.ts'), 'serve', '--port', '0', '--watch', 'events'],
  {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
try {
  const base = await new Promise<URL>((resolve, reject) => {
    server.stdout.once('data', (data: Buffer) => resolve(new URL(data.toString().trim())));
    server.once('exit', () => reject(new Error('the server ended')));
  });
  process.exitCode = (await measure(base)) ? 0 : 1;
} finally {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly etag: string | undefined;
  readonly ms: number;
}

function ask(base: URL, agent: Agent, path: string, etag?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const headers = etag === undefined ? {} : { 'if-none-match': etag };
    const call = request({ host: base.hostname, port: base.port, path, agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          text: Buffer.concat(chunks).toString(),
          etag: answer.headers.etag,
          ms: performance.now() - begun,
        }),
      );
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
}

async function measure(base: URL): Promise<boolean> {
  const own = new Agent({ keepAlive: true });
  const ids = async () =>
    (JSON.parse((await ask(base, own, '/api/v1/runs?limit=500')).text) as { items: { id: string }[] }).items.map((run) => run.id);
  const audited = async (count: number, until: number) => {
    for (;;) {
      const known = await ids();
      if (known.length >= count || performance.now() > until) return known;
      await pause(100);
    }
  };
  const first = await audited(4, performance.now() + MAX_MS);
  const times: number[] = [];
  let errors = 0;
  let over = false;
  const end = performance.now() + MAX_MS;
  const paths = [
    '/',
    '/api/v1/runs',
    '/api/v1/fleet',
    '/api/v1/fleet?by=cost',
    ...first.flatMap((id) => [`/api/v1/runs/${id}`, `/api/v1/runs/${id}/report`, `/runs/${id}`]),
  ];
  const browse = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const seen = new Map<string, string>();
    // People do not begin in the same millisecond.
    await pause(Math.random() * 1_000);
    while (!over && times.length < MAX_REQUESTS && performance.now() < end) {
      const path = paths[Math.floor(Math.random() * paths.length)] ?? '/';
      try {
        const answer = await ask(base, agent, path, seen.get(path));
        times.push(answer.ms);
        if (answer.status !== 200 && answer.status !== 304) errors++;
        if (answer.etag !== undefined) seen.set(path, answer.etag);
      } catch {
        errors++;
      }
      await pause(PAUSE.least + Math.random() * (PAUSE.most - PAUSE.least));
    }
    agent.destroy();
  };
  const begun = performance.now();
  const clients = Array.from({ length: CLIENTS }, browse);
  await pause(2_000);
  for (let i = 4; i < 4 + LOGS; i++) put(i);
  const all = await audited(4 + LOGS, end);
  const ingestedMs = performance.now() - begun - 2_000;
  await pause(500);
  over = true;
  await Promise.all(clients);
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  const metrics = (await ask(base, own, '/metrics')).text;
  const gauge = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(metrics)?.[1]);
  own.destroy();
  console.log(
    `${CLIENTS} clients, ${all.length - 4} of ${LOGS} logs ingested in ${(ingestedMs / 1000).toFixed(1)} s on ${availableParallelism()} cores`,
  );
  console.log(
    `${times.length} reads, ${errors} errors; p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, most ${at(1).toFixed(1)} ms`,
  );
  console.log(
    `event loop of the server: p99 ${(gauge('firesteel_event_loop_delay_p99_seconds') * 1000).toFixed(1)} ms; memory ${Math.round(gauge('process_resident_memory_bytes') / 1024 / 1024)} MiB`,
  );
  const good = errors === 0 && all.length === 4 + LOGS && at(0.99) <= GOAL_MS;
  console.log(good ? `goal held: no error, p99 at most ${GOAL_MS} ms` : `goal missed: no error, all logs, p99 at most ${GOAL_MS} ms`);
  return good;
}
