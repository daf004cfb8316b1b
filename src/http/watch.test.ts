// The store of audited runs: new, growing, vanishing and unreadable logs; restarts; jobs, streams and the end.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Place, putLog, runsOf, start, until } from './testing/server.ts';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'firesteel-watch-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Logs {
  readonly items: readonly { readonly source: string; readonly state: string; readonly failed: readonly { readonly error: string }[] }[];
}

/** The bytes of the example's log: frames on their own, so that a part of them is a log that is still written. */
function logBytes(): Buffer {
  const at = join(folder, 'example');
  putLog('fast', at);
  const log = join(at, readdirSync(at).find((name) => name.startsWith('eventlog_v2')) ?? '');
  return readFileSync(join(log, readdirSync(log).find((name) => name.startsWith('events_')) ?? ''));
}

test('new and growing logs are audited; what is no log is left; a restart audits nothing again', async () => {
  const at = join(folder, 'growing');
  mkdirSync(at);
  const whole = logBytes();
  let place = await start({}, [], at);
  const log = join(place.events, 'app.zstd.inprogress');
  try {
    writeFileSync(join(place.events, 'notes.md'), '# no log\n');
    writeFileSync(log, whole.subarray(0, Math.floor(whole.length / 2)));
    const [half] = (await runsOf(place, 1)).items;
    const stream = await fetch(place.url('/api/v1/events'));
    const reader = stream.body?.getReader();
    await reader?.read();
    writeFileSync(log, whole);
    let told = '';
    while (!told.includes('event: run')) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
      expect(done).toBe(false);
      told += new TextDecoder().decode(value);
    }
    await reader?.cancel();
    const ended = await until(
      () => place.get<{ id: string; completed: boolean; auditedMs: number }>(`/api/v1/runs/${half?.id}`),
      (run) => run.completed,
    );
    expect(ended.auditedMs).toBeGreaterThan(half?.auditedMs ?? 0);
    expect((await place.get<Logs>('/api/v1/logs')).items.map((unit) => unit.source)).toEqual(['app.zstd.inprogress']);
    await place.serving.stop();

    place = await start({}, [], at);
    const [again] = (await runsOf(place, 1)).items;
    expect(again?.auditedMs).toBe(ended.auditedMs);
    // It vanishes: what was learned of it stays.
    rmSync(log);
    const { items } = await until(
      () => runsOf(place, 1),
      (page) => page.items[0]?.gone === true,
    );
    expect(items).toHaveLength(1);
    expect((await fetch(place.url(`/api/v1/runs/${items[0]?.id}/report`))).status).toBe(200);
    expect((await fetch(place.url(`/api/v1/operations/facts?log=run:${items[0]?.id}`))).status).toBe(404);
    await place.serving.stop();
    place = await start({}, [], at);
    expect((await runsOf(place, 1)).items[0]?.gone).toBe(true);
  } finally {
    await place.serving.stop();
  }
}, 60_000);

test('a damaged log is told and costs itself only', async () => {
  const place = await start({}, ['fast']);
  try {
    // Begins as a packed log and is none.
    writeFileSync(join(place.events, 'app-1.zstd'), Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.alloc(2_000, 0xff)]));
    mkdirSync(join(place.events, 'eventlog_v2_broken'));
    writeFileSync(join(place.events, 'eventlog_v2_broken/events_1_app'), '');
    await runsOf(place, 1);
    const settled = await until(
      () => place.get<Logs>('/api/v1/logs'),
      (logs) => logs.items.length > 0 && logs.items.every((unit) => unit.state === 'ready' || unit.state === 'failed'),
    );
    expect(settled.items.filter((unit) => unit.state === 'ready')).toHaveLength(1);
    for (const unit of settled.items.filter((one) => one.state === 'failed')) expect(unit.failed[0]?.error).toBeTruthy();
    expect((await place.get<{ models: unknown[] }>('/api/v1/fleet')).models).toHaveLength(1);
  } finally {
    await place.close();
  }
});

describe('jobs', () => {
  let place: Place;
  beforeAll(async () => {
    place = await start();
    await runsOf(place, 2);
  });
  afterAll(() => place.close());

  interface Job {
    readonly id: string;
    readonly state: string;
  }
  const begin = async (body: object): Promise<Job> => {
    const answer = await fetch(place.url('/api/v1/operations/audit?async=true'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(202);
    const job = (await answer.json()) as Job;
    expect(answer.headers.get('location')).toBe(`/api/v1/jobs/${job.id}`);
    return job;
  };

  test('tell their progress until their end, and give their result', async () => {
    const { id } = await begin({ logs: ['events'] });
    const stream = await (await fetch(place.url(`/api/v1/jobs/${id}/events`))).text();
    const states = [...stream.matchAll(/event: state\ndata: (.+)/g)].map(([, data]) => (JSON.parse(data ?? '') as Job).state);
    expect(states.at(-1)).toBe('done');
    const result = await place.get<{ schema: string; runs: unknown[] }>(`/api/v1/jobs/${id}/result`);
    expect(result.schema).toBe('firesteel/fleet@1');
    expect(result.runs).toHaveLength(2);
    // Who comes late hears the end at once.
    expect(await (await fetch(place.url(`/api/v1/jobs/${id}/events`))).text()).toContain('"state":"done"');
  });

  test('can be stopped, also while they wait', async () => {
    const jobs: Job[] = [];
    for (let i = 0; i < 6; i++) jobs.push(await begin({ logs: ['events'] }));
    const last = jobs.at(-1)?.id;
    expect((await fetch(place.url(`/api/v1/jobs/${last}`), { method: 'DELETE' })).status).toBe(202);
    const ended = await until(
      () => place.get<Job>(`/api/v1/jobs/${last}`),
      (job) => job.state !== 'queued' && job.state !== 'running',
    );
    expect(ended.state).toBe('cancelled');
    expect((await fetch(place.url(`/api/v1/jobs/${last}/result`))).status).toBe(409);
    for (const { id } of jobs.slice(0, -1))
      await until(
        () => place.get<Job>(`/api/v1/jobs/${id}`),
        (job) => job.state === 'done',
      );
    expect((await fetch(place.url('/api/v1/jobs/j-none'))).status).toBe(404);
  });

  test('that fail say why', async () => {
    writeFileSync(join(place.folder, 'events/none.txt'), 'nothing\n');
    const { id } = await begin({ logs: ['events/none.txt'] });
    const ended = await until(
      () => place.get<Job & { problem: unknown }>(`/api/v1/jobs/${id}`),
      (job) => job.state === 'failed',
    );
    expect(ended.problem).toMatchObject({ code: 'not-an-event-log', nextStep: expect.any(String) });
  });
});

test('the program ends on SIGTERM: streams are closed, uploads deleted, exit 0', async () => {
  const at = join(folder, 'program');
  mkdirSync(join(at, 'events'), { recursive: true });
  const root = join(import.meta.dirname, '../..');
  const child = spawn(
    join(root, 'node_modules/.bin/node'),
    ['--disable-warning=ExperimentalWarning', join(root, 'src/cli/main.ts'), 'serve', '--port', '0', '--watch', 'events'],
    { cwd: at, env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: at }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
      child.once('exit', () => reject(new Error('it ended')));
    });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    await fetch(`${url}api/v1/uploads`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: 'x' });
    expect(readdirSync(at).some((name) => name.startsWith('firesteel-uploads-'))).toBe(true);
    const stream = await fetch(`${url}api/v1/events`);
    const rest = stream.text();
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(await rest).toContain('event: hello');
    expect(readdirSync(at).some((name) => name.startsWith('firesteel-uploads-'))).toBe(false);
    expect(existsSync(join(at, '.firesteel/serve/logs'))).toBe(false);
  } finally {
    child.kill('SIGKILL');
  }
});
