// Who asks: what the caller may do, and whether a browser signed in with a token.
// Law: nothing of a token is told, only its role.

import { getCookie } from 'hono/cookie';
import { COOKIE } from '../guard.ts';
import { json } from '../respond.ts';
import { type Route, route } from '../route.ts';

export const sessionRoutes: readonly Route[] = [
  route({
    path: '/session',
    id: 'getSession',
    tag: 'session',
    summary: 'what the caller may do, and whether a browser signed in (POST /logout leaves)',
    answers: [{ status: 200, description: 'role, signedIn', type: 'application/json', schema: { type: 'object' } }],
    handle: ({ c, deps }) => json(c, { role: c.get('principal').role, signedIn: deps.tokens.any && getCookie(c, COOKIE) !== undefined }),
  }),
];
