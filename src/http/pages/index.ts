// What is not the API: the web app when it is built, else plain pages; health, metrics, signing in.
// Laws: files come from a list made at the start, never from a path in a request; health tells nothing of anybody's runs.

import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { pageOfThisServer } from '../back.ts';
import { textBody } from '../body.ts';
import { fleetOf } from '../fleet.ts';
import { COOKIE, type Guard } from '../guard.ts';
import { bytes } from '../respond.ts';
import type { Ctx, Deps, Env, Route } from '../route.ts';
import { runOf } from '../store/page.ts';
import { apiPage, loginPage } from './api.ts';
import { fleetPage } from './fleet.ts';
import { STYLE } from './layout.ts';
import { runPage } from './run.ts';
import { webFiles } from './web.ts';

const HTML = 'text/html; charset=utf-8';
const TYPES: Readonly<Record<string, string>> = {
  '.html': HTML,
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/** Adds the pages; `routes` are listed on the page of the API. */
export async function addPages(app: Hono<Env>, deps: Deps, guard: Guard, routes: readonly Route[]): Promise<void> {
  const files = deps.settings.web ? await webFiles(TYPES) : new Map<string, string>();
  const named = (c: Ctx, name: string) => c.set('route', name);
  const text = (value: string) => deps.redactor?.text(value) ?? value;

  app.get('/healthz', (c) => {
    named(c, '/healthz');
    return c.json({ status: 'ok', version: deps.version });
  });
  app.get('/readyz', (c) => {
    named(c, '/readyz');
    const ready = deps.ready() && !deps.stopping.aborted;
    return c.json({ status: ready ? 'ready' : deps.stopping.aborted ? 'stopping' : 'starting' }, ready ? 200 : 503);
  });
  app.get('/metrics', (c) => {
    named(c, '/metrics');
    return c.text(deps.metrics.text(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  });
  app.get('/assets/firesteel.css', (c) => {
    named(c, '/assets');
    return bytes(c, STYLE, 'text/css; charset=utf-8');
  });
  app.get('/favicon.ico', (c) => {
    named(c, '/favicon.ico');
    return c.newResponse(null, 204);
  });
  app.get('/api', (c) => {
    named(c, '/api');
    return bytes(c, apiPage(routes, deps.version), HTML);
  });
  app.get('/login', (c) => {
    named(c, '/login');
    return deps.tokens.any ? bytes(c, loginPage(false), HTML) : c.redirect(pageOfThisServer(c.req.query('next')));
  });
  app.post('/login', async (c) => {
    named(c, '/login');
    const token = new URLSearchParams(await textBody(c, 4_096)).get('token') ?? '';
    const principal = deps.tokens.check(token.trim());
    if (principal === undefined) {
      guard.failed(c);
      return bytes(c, loginPage(true), HTML, { status: 401 });
    }
    const { id, maxAgeS } = deps.tokens.open(principal, Date.now());
    setCookie(c, COOKIE, id, {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      maxAge: maxAgeS,
      secure: c.req.header('x-forwarded-proto') === 'https',
    });
    return c.redirect(pageOfThisServer(c.req.query('next')), 303);
  });
  app.post('/logout', (c) => {
    named(c, '/logout');
    deps.tokens.close(getCookie(c, COOKIE) ?? '');
    deleteCookie(c, COOKIE, { path: '/' });
    return c.redirect('/login', 303);
  });

  const file = async (c: Ctx, path: string): Promise<Response> => {
    named(c, '/web');
    return bytes(c, await readFile(path), TYPES[extname(path)] ?? 'application/octet-stream');
  };
  const index = files.get('/index.html');
  if (index !== undefined) {
    app.get('*', async (c, next) => {
      const known = files.get(c.req.path);
      if (known !== undefined) return file(c, known);
      // Addresses of the app's own pages.
      return c.req.path.startsWith('/api/') || extname(c.req.path) !== '' ? next() : file(c, index);
    });
    return;
  }
  app.get('/', (c) => {
    named(c, '/');
    const { store, roots } = deps;
    const runs = store.runs();
    const newest = [...runs].sort((a, b) => (b.summary.startMs ?? 0) - (a.summary.startMs ?? 0)).slice(0, 50);
    const given = { fleet: fleetOf(runs, 'time', null, store.count('failed')), newest };
    const { fleet, newest: shown } = deps.redactor?.value(given) ?? given;
    return bytes(
      c,
      fleetPage({ fleet, newest: shown, waiting: store.count('waiting') + store.count('auditing'), watching: roots.length }),
      HTML,
    );
  });
  app.get('/runs/:id', async (c) => {
    named(c, '/runs/{id}');
    const run = runOf(deps.store, c.req.param('id'));
    const shown = deps.redactor?.value(run) ?? run;
    const report = (await deps.store.form(run.id, 'txt'))?.toString('utf8') ?? '';
    if (deps.redactor !== undefined) deps.redactor.value(JSON.parse((await deps.store.form(run.id, 'json'))?.toString('utf8') ?? '{}'));
    return bytes(c, runPage(shown, text(report)), HTML);
  });
}
