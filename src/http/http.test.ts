// The API as a client meets it: routes of the document, reports, operations, ETags, pages of lists, uploads.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../operations/index.ts';
import { slugOf } from './operate.ts';
import { type Place, type RunPage, runsOf, start } from './testing/server.ts';

let place: Place;
let runs: RunPage;
beforeAll(async () => {
  place = await start({ maxUploadBytes: 1_000_000 });
  runs = await runsOf(place, 2);
});
afterAll(() => place.close());

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { readonly operationId: string; readonly responses: Record<string, unknown> }>>;
}
const slow = () => runs.items.find((run) => run.findings > 0)?.id ?? '';
const post = (path: string, body: unknown) =>
  fetch(place.url(path), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const upload = (path: string, body: Buffer | string) =>
  fetch(place.url(path), { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body });
const partOf = (folder: string): Buffer => {
  const name = readdirSync(folder).find((one) => one.startsWith('events_')) ?? '';
  return readFileSync(join(folder, name));
};

describe('the document', () => {
  test('has every operation of the table, and ids that are unique', async () => {
    const document = await place.get<Document>('/api/v1/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    for (const entry of operations) {
      const path = document.paths[`/api/v1/operations/${slugOf(entry)}`];
      expect(path?.post, entry.name).toBeDefined();
      expect(path?.get !== undefined, entry.name).toBe(entry.effect === 'read');
    }
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => one.operationId));
    expect(new Set(ids).size).toBe(ids.length);
    expect(JSON.stringify(document)).not.toContain('"cli"');
  });

  test('every GET without parameters answers as it says', async () => {
    const document = await place.get<Document>('/api/v1/openapi.json');
    for (const [path, methods] of Object.entries(document.paths)) {
      if (methods.get === undefined || path.includes('{') || path.includes('/operations/') || path.endsWith('/events')) continue;
      const answer = await fetch(place.url(path));
      // A record of forecasts may not be there yet.
      expect(path.endsWith('/calibration') ? [200, 404] : [200], path).toContain(answer.status);
      expect(answer.headers.get('content-type'), path).toMatch(/json/);
      expect(await answer.json(), path).toBeTypeOf('object');
    }
  });

  test('the page of the API names every path', async () => {
    const page = await (await fetch(place.url('/api'))).text();
    for (const path of Object.keys((await place.get<Document>('/api/v1/openapi.json')).paths))
      expect(page).toContain(`<code>${path}</code>`);
  });
});

describe('runs', () => {
  test('reports are those of an audit', async () => {
    const report = await place.get<{ schema: string; application: { name: string }; findings: unknown[] }>(`/api/v1/runs/${slow()}/report`);
    expect(report.schema).toBe('firesteel/report@1');
    const direct = (await (await post('/api/v1/operations/audit', { logs: [`run:${slow()}`] })).json()) as unknown;
    expect(direct).toEqual(report);
    expect(await (await fetch(place.url(`/api/v1/runs/${slow()}/markdown`))).text()).toContain('daily_sales');
  });

  test('pages of a list give every run once', async () => {
    const seen: string[] = [];
    let cursor = '';
    for (let turn = 0; turn < 5; turn++) {
      const page = await place.get<RunPage>(`/api/v1/runs?limit=1${cursor}`);
      seen.push(...page.items.map((run) => run.id));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(seen.sort()).toEqual(runs.items.map((run) => run.id).sort());
    expect((await place.get<RunPage>('/api/v1/runs?model=nobody')).total).toBe(0);
    expect((await place.get<RunPage>('/api/v1/runs?rule=missed-broadcast')).items.map((run) => run.id)).toEqual([slow()]);
  });

  test('an ETag saves the body', async () => {
    for (const path of ['/api/v1/runs', '/api/v1/fleet', `/api/v1/runs/${slow()}/report`, '/api/v1/operations/rules']) {
      const first = await fetch(place.url(path));
      const etag = first.headers.get('etag') ?? '';
      expect(etag, path).toMatch(/^"[\w-]+"$/);
      const again = await fetch(place.url(path), { headers: { 'if-none-match': `"other", W/${etag}` } });
      expect(again.status, path).toBe(304);
      expect(await again.text()).toBe('');
      expect((await fetch(place.url(path), { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    }
  });

  test('the fleet ranks models, and its total is that of the runs', async () => {
    const fleet = await place.get<{
      models: { model: string; runs: number; savedMs: number }[];
      totals: { savedMs: number };
      fixes: { rule: string }[];
    }>('/api/v1/fleet');
    expect(fleet.models).toHaveLength(1);
    expect(fleet.models[0]?.runs).toBe(2);
    expect(fleet.totals.savedMs).toBe(fleet.models[0]?.savedMs);
    expect(fleet.fixes.length).toBeGreaterThan(0);
  });

  test('plain pages have no script, and what is in them is escaped', async () => {
    for (const path of ['/', `/runs/${slow()}`, '/api']) {
      const answer = await fetch(place.url(path));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
      const text = await answer.text();
      expect(text).not.toMatch(/<script|\son\w+=|style=/);
    }
  });
});

describe('operations', () => {
  test('by GET and by POST give the same, in each format', async () => {
    const byGet = await (await fetch(place.url('/api/v1/operations/rules?id=skewed-join&format=markdown'))).text();
    const byPost = await (await post('/api/v1/operations/rules?format=markdown', { id: 'skewed-join' })).text();
    expect(byGet).toBe(byPost);
    expect(byGet).toContain('# ');
  });

  test('tell what does not fit', async () => {
    for (const [body, code] of [
      [{ nothing: 1 }, 'wrong-usage'],
      [{ id: 7 }, 'wrong-usage'],
      [{ id: 'no-such-rule' }, 'wrong-usage'],
    ] as const) {
      const answer = await post('/api/v1/operations/rules', body);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toMatchObject({ code, status: 400, detail: expect.any(String), nextStep: expect.any(String) });
    }
    expect((await post('/api/v1/operations/rules?format=html', {})).status).toBe(400);
    expect((await fetch(place.url('/api/v1/operations/nothing'))).status).toBe(404);
    expect((await fetch(place.url('/api/v1/runs'), { method: 'DELETE' })).status).toBe(405);
    expect(
      (await fetch(place.url('/api/v1/operations/rules'), { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }))
        .status,
    ).toBe(415);
  });

  test('say what a gate says', async () => {
    const answer = await post('/api/v1/operations/audit', { logs: [`run:${slow()}`], failOn: 'found' });
    expect(answer.headers.get('firesteel-outcome')).toBe('gate-failed');
  });
});

describe('uploads', () => {
  const log = () => partOf(join(place.events, readdirSync(place.events)[0] ?? ''));
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('firesteel-uploads-'));

  test('a log that is sent is audited, kept as a run with its page, and deleted', async () => {
    const answer = await upload('/api/v1/runs?name=../../etc/my%20log.zstd', log());
    expect(answer.status).toBe(201);
    const { items } = (await answer.json()) as RunPage;
    expect(items[0]).toMatchObject({ origin: 'uploaded', source: 'my_log.zstd' });
    const page = await fetch(place.url(`/api/v1/runs/${items[0]?.id}/html`));
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/^sandbox /);
    expect(page.headers.get('content-security-policy')).not.toContain("script-src 'unsafe-inline'");
    for (const name of left())
      expect(readdirSync(join(tmpdir(), name)).flatMap((id) => readdirSync(join(tmpdir(), name, id)))).not.toContain('my_log.zstd');
    // The same again is the same run, and one run of the fleet.
    const again = (await (await upload('/api/v1/runs?name=other.zstd', log())).json()) as RunPage;
    expect(again.items.map((run) => run.id)).toEqual(items.map((run) => run.id));
    expect((await place.get<{ runs: number }>('/api/v1/fleet')).runs).toBe(2);
  });

  test('sent with async, the answer is the job that audits it; its result is the runs, and the log is deleted then', async () => {
    const answer = await upload('/api/v1/runs?name=later.zstd&async=true', log());
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as { id: string };
    expect(answer.headers.get('location')).toBe(`/api/v1/jobs/${id}`);
    const events = await (await fetch(place.url(`/api/v1/jobs/${id}/events`))).text();
    expect(events).toContain('"state":"done"');
    const { items } = await place.get<RunPage>(`/api/v1/jobs/${id}/result`);
    expect(items).toHaveLength(1);
    expect(items[0]?.origin).toBe('uploaded');
    for (const name of left())
      expect(readdirSync(join(tmpdir(), name)).flatMap((one) => readdirSync(join(tmpdir(), name, one)))).not.toContain('later.zstd');
    const none = await upload('/api/v1/runs?name=x.txt&async=true', 'no log\n');
    const told = await (await fetch(place.url(`/api/v1/jobs/${((await none.json()) as { id: string }).id}/events`))).text();
    expect(told).toContain('"state":"failed"');
    expect(told).toContain('"nextStep"');
  });

  test('a file for an operation is named by reference', async () => {
    const sent = (await (await upload('/api/v1/uploads?name=conf.properties', 'spark.sql.shufle.partitions 10\n')).json()) as {
      id: string;
      reference: string;
    };
    const answer = await post('/api/v1/operations/conf-lint', { files: [sent.reference] });
    expect(await answer.text()).toContain('spark.sql.shuffle.partitions');
    expect((await fetch(place.url(`/api/v1/uploads/${sent.id}`), { method: 'DELETE' })).status).toBe(204);
    expect((await post('/api/v1/operations/conf-lint', { files: [sent.reference] })).status).toBe(404);
  });

  test('too large, of the wrong type, or no log: told, and nothing left', async () => {
    expect((await upload('/api/v1/runs', Buffer.alloc(1_000_001))).status).toBe(413);
    // Without a length it is counted as it comes.
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(100_000));
        controller.close();
      },
    });
    const streamed = await fetch(place.url('/api/v1/uploads'), {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: stream,
      duplex: 'half',
    } as RequestInit).then(
      (answer) => answer.status,
      // The server may close before everything is sent.
      () => 413,
    );
    expect(streamed).toBe(413);
    expect((await fetch(place.url('/api/v1/runs'), { method: 'POST', body: new URLSearchParams('a=1') })).status).toBe(415);
    const none = await upload('/api/v1/runs?name=x.txt', 'no log\n');
    expect(none.status).toBe(422);
    expect(await none.json()).toMatchObject({ code: 'not-an-event-log' });
    expect((await place.get<RunPage>('/api/v1/runs?origin=uploaded')).total).toBe(1);
  });
});

test('health says that it is ready, metrics have no label from outside', async () => {
  expect(await place.get('/healthz')).toMatchObject({ status: 'ok' });
  expect(await place.get('/readyz')).toEqual({ status: 'ready' });
  await fetch(place.url('/never"heard{of'));
  const text = await (await fetch(place.url('/metrics'))).text();
  expect(text).toMatch(/^firesteel_runs \d+$/m);
  expect(text).toContain('route="/api/v1/runs/{id}/report"');
  expect(text).not.toContain('never');
  for (const line of text.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{[^{}]*(\{id\}[^{}]*)?\})? [\d.e+-]+)$/);
  expect(existsSync(join(place.folder, '.firesteel/serve/logs'))).toBe(true);
});
