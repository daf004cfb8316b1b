// What stands before every answer: host, origin, who asks, how often; and the headers behind it.
// Laws: a name that is not the server's is refused (DNS rebinding); what changes something is refused from another site (CSRF);
// a wrong token costs time and says nothing; nothing from a request is logged.

import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { signInFor } from './back.ts';
import { HttpError } from './problem.ts';
import { Rate } from './rate.ts';
import { problem } from './respond.ts';
import type { Ctx, Deps, Env, Route } from './route.ts';
import { isLoopback, may, type Settings } from './settings.ts';
import type { Principal } from './tokens.ts';

export const COOKIE = 'firesteel_session';

/** For pages of the server's own: nothing inline, nothing from anywhere else. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'";
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

const HEADERS: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  // Not `no-referrer`: under it browsers send `Origin: null` with forms, and signing in would look like another site.
  ['referrer-policy', 'same-origin'],
  ['x-frame-options', 'DENY'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), microphone=(), geolocation=()'],
];

/** Paths that need no token: they say nothing of anybody's runs. */
const OPEN = new Set(['/healthz', '/readyz', '/login', '/assets/firesteel.css', '/favicon.ico']);
const MAX_URL = 8_192;

/** The host without its port; undefined when it is malformed. */
function hostName(header: string | undefined): string | undefined {
  const [, name] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/.exec(header ?? '') ?? [];
  return name?.replace(/^\[|\]$/g, '').toLowerCase();
}

/** Rebinding needs a name of the attacker's: addresses, and names that the server was told, are none. */
function isOwnHost(name: string, settings: Settings): boolean {
  if (isLoopback(name)) return true;
  if (settings.loopback) return settings.allowHosts.includes(name);
  return isIP(name) !== 0 || name === settings.host.toLowerCase() || settings.allowHosts.includes(name);
}

const forbidden = (code: string, message: string, nextStep: string): HttpError => new HttpError(403, code, message, nextStep);

function checkSite(c: Ctx, settings: Settings): void {
  const host = c.req.header('host');
  const name = hostName(host);
  if (name === undefined || !isOwnHost(name, settings))
    throw forbidden('wrong-host', 'This server does not answer to that name.', 'Use its address, or start it with --allow-host NAME.');
  const safe = c.req.method === 'GET' || c.req.method === 'HEAD';
  const site = c.req.header('sec-fetch-site');
  // Following a link to a page is harmless; everything else of another site is not.
  const follows = safe && c.req.header('sec-fetch-mode') === 'navigate' && !c.req.path.startsWith('/api/v1/operations');
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !follows)
    throw forbidden('cross-site', 'This request comes from another site.', 'Call the API from a page of this server, or from a program.');
  const origin = c.req.header('origin');
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    throw forbidden('cross-site', 'This request comes from another site.', 'Call the API from a page of this server, or from a program.');
}

export const clientOf = (c: Ctx): string => c.env?.incoming?.socket?.remoteAddress ?? 'unknown';

export interface Guard {
  readonly middleware: MiddlewareHandler<Env>;
  /** Refuses a call of a route that the caller may not make, or too often. */
  readonly admit: (c: Ctx, route: Route) => void;
  /** Counts a wrong token; throws when there were too many. */
  readonly failed: (c: Ctx) => void;
}

/** Wrong tokens of one address: so many at once, then one in so many seconds. */
const FAILURES = { atOnce: 10, seconds: 6 } as const;

export function guardOf(deps: Deps): Guard {
  const { settings, tokens } = deps;
  const rate = new Rate(settings.rate, settings.rate * 10);
  const failures = new Rate(1 / FAILURES.seconds, FAILURES.atOnce);

  const slow = (wait: number) =>
    new HttpError(429, 'too-many-requests', 'You ask too often.', `Wait ${wait} s.`, { 'retry-after': String(wait) });
  const failed = (c: Ctx) => {
    const wait = failures.take(clientOf(c), 1, Date.now());
    if (wait > 0) throw slow(wait);
  };

  function principalOf(c: Ctx): Principal | undefined {
    if (!tokens.any) return { name: 'local', role: settings.allow };
    const [, bearer] = /^Bearer (\S{1,512})$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const cookie = getCookie(c, COOKIE);
    const found = bearer !== undefined ? tokens.check(bearer) : cookie !== undefined ? tokens.session(cookie, Date.now()) : undefined;
    if (found === undefined && bearer !== undefined) failed(c);
    return found;
  }

  const take = (c: Ctx, cost: number) => {
    const principal = c.get('principal');
    const wait = rate.take(tokens.any && principal !== undefined ? `token ${principal.name}` : clientOf(c), cost, Date.now());
    if (wait > 0) throw slow(wait);
  };

  return {
    failed,
    admit(c, { role, cost }) {
      const principal = c.get('principal');
      if (!may(principal.role, role))
        throw forbidden(
          'not-allowed',
          `This needs the role ${role}; you have ${principal.role}.`,
          tokens.any ? 'Use a token with that role.' : `Start the server with --allow ${role}, or with a token file.`,
        );
      if (cost > 1) take(c, cost - 1);
    },
    middleware: async (c, next) => {
      const begun = performance.now();
      const page = !c.req.path.startsWith('/api/');
      try {
        if (c.req.url.length > MAX_URL) throw new HttpError(414, 'too-long', 'The address is too long.', 'Send the input as a body.');
        checkSite(c, settings);
        const principal = principalOf(c);
        if (principal !== undefined) c.set('principal', principal);
        else if (!OPEN.has(c.req.path)) {
          if (page && c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html')) {
            const { pathname, search } = new URL(c.req.url);
            c.res = c.redirect(signInFor(pathname + search));
            return;
          }
          throw new HttpError(401, 'no-token', 'This server needs a token.', 'Send it as `Authorization: Bearer TOKEN`.', {
            'www-authenticate': 'Bearer realm="firesteel"',
          });
        }
        if (!OPEN.has(c.req.path)) take(c, 1);
        await next();
      } catch (error) {
        c.res = problem(c, error, deps);
      } finally {
        for (const [name, value] of HEADERS) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
        if (!c.res.headers.has('content-security-policy')) c.res.headers.set('content-security-policy', page ? PAGE_POLICY : API_POLICY);
        if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
        deps.metrics.answered(method(c.req.method), c.get('route') ?? 'other', c.res.status, (performance.now() - begun) / 1000);
      }
    },
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE']);
const method = (given: string): string => (METHODS.has(given) ? given : 'other');
