// Who may do what, and what cannot be reached: hosts, sites, tokens, roles, paths.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../operations/index.ts';
import { newToken, serve } from './index.ts';
import { fieldsOf, isKnownKind } from './reach.ts';
import { type Place, type RunPage, runsOf, start, until } from './testing/server.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('on loopback without tokens', () => {
  let place: Place;
  beforeAll(async () => {
    place = await start();
    writeFileSync(join(place.folder, 'secret.txt'), 'spark.secret 1\n');
    mkdirSync(join(place.folder, 'events-too'));
    writeFileSync(join(place.folder, 'events-too/secret.txt'), 'x');
    symlinkSync(join(place.folder, 'secret.txt'), join(place.events, 'link.txt'));
    symlinkSync(place.folder, join(place.events, 'up'));
  });
  afterAll(() => place.close());

  test.each([
    '/etc/passwd',
    '../secret.txt',
    'secret.txt',
    'events/../secret.txt',
    'events/./../events/../secret.txt',
    'events-too/secret.txt',
    'events/link.txt',
    'events/up/secret.txt',
    'events\0/../secret.txt',
    'file:///etc/passwd',
    '-',
    '.',
    '/proc/self/environ',
    '~/.ssh/id_rsa',
  ])('%j is outside', async (path) => {
    for (const [operation, input] of [
      ['facts', { log: path }],
      ['audit', { logs: [path] }],
      ['audit', { code: [path] }],
      ['conf-lint', { files: ['events', path] }],
      ['compare', { a: path, b: path }],
    ] as const) {
      const { status, text } = await place.raw('POST', `/api/v1/operations/${operation}`, JSON_TYPE, JSON.stringify(input));
      // A plain word may also be the name of a model: then it is not there.
      expect([403, 404], `${operation} ${path}: ${text}`).toContain(status);
      expect(text).not.toContain('spark.secret');
    }
  });

  test.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/api/v1/runs/..%2f..%2fsecret.txt/report',
    '/api/v1/uploads/..%2f..',
    '/%00',
    '//etc/passwd',
  ])('%s leads nowhere', async (path) => {
    const { status, text } = await place.raw('GET', path);
    expect([400, 403, 404, 405]).toContain(status);
    expect(text).not.toContain('spark.secret');
  });

  test('what names a place of the machine is no input here', async () => {
    for (const [operation, input] of [
      ['runs', { ledger: 'postgres://elsewhere/x' }],
      ['spark-doctor', { python: '/bin/sh' }],
      ['forecast', { log: 'events', ledger: '/etc' }],
    ] as const)
      expect((await place.raw('POST', `/api/v1/operations/${operation}`, JSON_TYPE, JSON.stringify(input))).status).toBe(400);
  });

  test('other names of the host, and other sites, are refused', async () => {
    const own = `127.0.0.1:${place.serving.port}`;
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:80', 'a b', '10.0.0.1'])
      expect((await place.raw('GET', '/api/v1/runs', { host })).status, host).toBeGreaterThanOrEqual(400);
    for (const host of [own, 'localhost', '[::1]:80']) expect((await place.raw('GET', '/api/v1/runs', { host })).status, host).toBe(200);
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${place.serving.port + 1}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    ] as Record<string, string>[]) {
      const body = await place.raw('POST', '/api/v1/operations/rules', { ...JSON_TYPE, ...headers }, '{}');
      expect(body.status, JSON.stringify(headers)).toBe(403);
    }
    expect((await place.raw('POST', '/api/v1/operations/rules', { ...JSON_TYPE, origin: `http://${own}`, host: own }, '{}')).status).toBe(
      200,
    );
    expect((await place.raw('GET', '/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).toBe(200);
  });

  test('who has no token may only read', async () => {
    for (const entry of operations.filter((one) => one.effect !== 'read')) {
      const path = `/api/v1/operations/${entry.name.replaceAll(' ', '-')}`;
      const { status, text } = await place.raw('POST', path, JSON_TYPE, '{}');
      expect(status, entry.name).toBe(403);
      expect(JSON.parse(text)).toMatchObject({ code: 'not-allowed' });
    }
  });

  test('headers of every answer', async () => {
    for (const path of ['/', '/api/v1/runs', '/nowhere', '/healthz']) {
      const { headers } = await place.raw('GET', path);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

test('no string field of an operation is of a kind that the reach does not know', async () => {
  for (const entry of operations) {
    const operation = await entry.load();
    for (const field of fieldsOf(entry, operation)) expect(isKnownKind(entry, field), `${entry.name}.${field.key}`).toBe(true);
  }
});

describe('with tokens', () => {
  let folder: string;
  let place: Place;
  const tokens: Record<string, string> = {};
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-tokens-'));
    const file = join(folder, 'tokens');
    for (const role of ['read', 'write', 'spend']) tokens[role] = await newToken(file, role, `for ${role}`);
    place = await start({ tokenFile: file });
  });
  afterAll(async () => {
    await place.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` });

  test('the file has no token, and is for its owner only', () => {
    const text = readFileSync(join(folder, 'tokens'), 'utf8');
    for (const token of Object.values(tokens)) expect(text).not.toContain(token);
    expect(statSync(join(folder, 'tokens')).mode & 0o077).toBe(0);
  });

  test('nothing without one, but for health', async () => {
    for (const path of ['/', '/api', '/api/v1/runs', '/api/v1/openapi.json', '/metrics', '/api/v1/events'])
      expect((await place.raw('GET', path)).status, path).toBe(401);
    // Ready means that the watched folders were read once: open to all, and not at once.
    await until(
      async () => (await place.raw('GET', '/readyz')).status,
      (status) => status === 200,
    );
    for (const path of ['/healthz', '/login']) expect((await place.raw('GET', path)).status, path).toBe(200);
    expect((await place.raw('GET', '/', { accept: 'text/html' })).headers.location).toBe('/login');
    const { status, headers } = await place.raw('GET', '/api/v1/runs', bearer('fst_wrong'));
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('Bearer');
  });

  test('each role may what it may', async () => {
    const call = async (role: string, operation: string) =>
      (await place.raw('POST', `/api/v1/operations/${operation}`, { ...JSON_TYPE, ...bearer(tokens[role]) }, '{}')).status;
    expect(await call('read', 'rules')).toBe(200);
    expect(await call('read', 'revert')).toBe(403);
    // Allowed, and then the input does not fit.
    expect(await call('write', 'fix')).toBe(400);
    expect(await call('write', 'run')).toBe(403);
    expect(await call('spend', 'run')).toBe(400);
    expect(await call('spend', 'rules')).toBe(200);
  });

  test('a browser signs in with a form and gets a session, not the token', async () => {
    const own = `127.0.0.1:${place.serving.port}`;
    const form = { 'content-type': 'application/x-www-form-urlencoded', host: own, origin: `http://${own}` };
    expect((await place.raw('POST', '/login', form, 'token=wrong')).status).toBe(401);
    expect((await place.raw('POST', '/login', { ...form, origin: 'http://evil.example' }, `token=${tokens.read}`)).status).toBe(403);
    const { status, headers } = await place.raw('POST', '/login', form, `token=${tokens.read}`);
    expect(status).toBe(303);
    const cookie = String(headers['set-cookie']);
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    expect(cookie).not.toContain(tokens.read);
    const session = { cookie: cookie.split(';')[0] ?? '' };
    expect((await place.raw('GET', '/', { ...session, accept: 'text/html' })).status).toBe(200);
    await place.raw('POST', '/logout', { ...session, origin: `http://${own}`, host: own });
    expect((await place.raw('GET', '/api/v1/runs', session)).status).toBe(401);
  });

  test('signing in leads back to the page that was asked for, and to no other host', async () => {
    const own = `127.0.0.1:${place.serving.port}`;
    const form = { 'content-type': 'application/x-www-form-urlencoded', host: own, origin: `http://${own}` };
    const asked = async (path: string) => (await place.raw('GET', path, { accept: 'text/html' })).headers.location;
    expect(await asked('/model?name=a%26b')).toBe('/login?next=%2Fmodel%3Fname%3Da%2526b');
    expect(await asked('/.//evil.example')).toBe('/login');
    const ledTo = async (next: string) => {
      const { status, headers } = await place.raw('POST', `/login?next=${encodeURIComponent(next)}`, form, `token=${tokens.read}`);
      expect(status).toBe(303);
      return headers.location;
    };
    expect(await ledTo('/model?name=a%26b')).toBe('/model?name=a%26b');
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https:evil.example',
      '/\t/evil.example',
      '/\r\nx: y',
      '/api/v1/operations/run',
    ])
      expect(await ledTo(next), next).toBe('/');
    // The page says nothing of it.
    expect((await place.raw('GET', '/login?next=%22%3E%3Cscript%3E')).text).not.toContain('script');
  });

  test('guessing is slowed down, for the one who guesses only', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) statuses.push((await place.raw('GET', '/api/v1/runs', bearer(`fst_${i}`))).status);
    expect(statuses).toContain(429);
    expect((await place.raw('GET', '/api/v1/runs', bearer(tokens.read))).status).toBe(200);
  });
});

describe('what is refused before anything listens', () => {
  const cwd = tmpdir();
  test.each([
    [{ host: '0.0.0.0' }, /token file/],
    [{ host: '::' }, /token file/],
    [{ host: 'bad host' }, /not a host/],
    [{ port: 70_000 }, /not a port/],
    [{ watch: ['no/such/folder'] }, /does not exist/],
    [{ tokenFile: 'no/such/file' }, /cannot be read/],
  ])('%j', async (options, message) => {
    await expect(serve({ cwd, port: 0, ...options })).rejects.toThrow(message);
  });

  test('another host needs a token, and answers to its addresses', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'firesteel-tokens-'));
    const token = await newToken(join(folder, 'tokens'), 'read', 'reader');
    await expect(serve({ cwd, port: 0, host: '0.0.0.0', tokenFile: join(folder, 'tokens'), allow: 'write' })).rejects.toThrow(/--allow/);
    const place = await start({ host: '0.0.0.0', tokenFile: join(folder, 'tokens'), allowHosts: ['spark.example.org'] }, []);
    try {
      const auth = { authorization: `Bearer ${token}` };
      for (const [host, status] of [
        ['10.1.2.3:80', 200],
        ['spark.example.org', 200],
        ['evil.example', 403],
      ] as const)
        expect((await place.raw('GET', '/api/v1/runs', { ...auth, host })).status, host).toBe(status);
      expect((await place.raw('GET', '/api/v1/runs')).status).toBe(401);
    } finally {
      await place.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('a client that asks too often waits', async () => {
  const place = await start({ rate: 1 }, []);
  try {
    const statuses: number[] = [];
    for (let i = 0; i < 30; i++) statuses.push((await place.raw('GET', '/api/v1/runs')).status);
    expect(statuses.slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(statuses.at(-1)).toBe(429);
    expect((await place.raw('GET', '/api/v1/runs')).headers['retry-after']).toMatch(/^\d+$/);
    expect((await place.raw('GET', '/healthz')).status).toBe(200);
  } finally {
    await place.close();
  }
});

test('--redact: no path, user, host or secret leaves, and pseudonyms are stable', async () => {
  const place = await start({ redact: true }, ['slow']);
  try {
    const { items } = await runsOf(place, 1);
    const id = items[0]?.id;
    const texts: string[] = [];
    for (const path of [
      '/api/v1/runs',
      `/api/v1/runs/${id}`,
      `/api/v1/runs/${id}/report`,
      `/api/v1/runs/${id}/markdown`,
      `/api/v1/runs/${id}/html`,
      `/api/v1/operations/audit?logs=run:${id}`,
      '/api/v1/fleet',
      '/api/v1/logs',
      '/',
      `/runs/${id}`,
    ]) {
      const answer = await fetch(place.url(path));
      expect(answer.status, path).toBe(200);
      const text = await answer.text();
      expect(text, path).not.toMatch(/\/tmp\/|file:\/[^/]|eventlog_v2_local/);
      texts.push(text);
    }
    const named = texts.map((text) => new Set(text.match(/path-[0-9a-f]{8}/g)));
    expect([...(named[2] ?? [])].some((name) => named[3]?.has(name))).toBe(true);
    // A model by the name that was shown, whatever it is.
    const shown = encodeURIComponent(items[0]?.model ?? '');
    expect((await place.get<RunPage>(`/api/v1/runs?model=${shown}`)).total).toBe(1);
  } finally {
    await place.close();
  }
});
