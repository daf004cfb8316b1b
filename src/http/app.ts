// The application: guard, routes of the API from one list, the document of them, pages, errors.
// Law: what the document says and what is answered come from the same list.

import { Hono } from 'hono';
import { guardOf } from './guard.ts';
import { openApiOf } from './openapi.ts';
import { addPages } from './pages/index.ts';
import { HttpError } from './problem.ts';
import { json, problem } from './respond.ts';
import { type Deps, type Env, type Route, route } from './route.ts';
import { fleetRoutes } from './routes/fleet.ts';
import { jobRoutes } from './routes/jobs.ts';
import { type Loaded, listOperations, operationRoutes } from './routes/operations.ts';
import { runRoutes } from './routes/runs.ts';
import { sessionRoutes } from './routes/session.ts';

/** All routes of the API, in the order of the document. */
export function routesOf(all: readonly Loaded[], version: string): readonly Route[] {
  const routes: Route[] = [
    ...runRoutes,
    ...fleetRoutes,
    listOperations(all),
    ...all.flatMap(operationRoutes),
    ...jobRoutes,
    ...sessionRoutes,
  ];
  const document: Route = route({
    path: '/openapi.json',
    id: 'getDocument',
    tag: 'document',
    summary: 'this document',
    answers: [{ status: 200, description: 'OpenAPI 3.1', type: 'application/json', schema: { type: 'object' } }],
    handle: ({ c }) => json(c, made),
  });
  routes.push(document);
  const made = openApiOf(routes, version);
  return routes;
}

export async function appOf(deps: Deps): Promise<Hono<Env>> {
  const all: Loaded[] = [];
  for (const entry of deps.operations) all.push({ entry, operation: await entry.load() });
  const routes = routesOf(all, deps.version);
  const guard = guardOf(deps);
  const app = new Hono<Env>();
  app.use('*', guard.middleware);
  const methods = new Map<string, string[]>();
  for (const one of routes) {
    const path = `/api/v1${one.path.replace(/\{(\w+)\}/g, ':$1')}`;
    methods.set(path, [...(methods.get(path) ?? []), one.method.toUpperCase()]);
    app.on(one.method.toUpperCase(), path, (c) => {
      c.set('route', `/api/v1${one.path}`);
      guard.admit(c, one);
      return one.run(c, deps);
    });
  }
  // Behind the routes: the path is known, its method was not.
  for (const [path, allowed] of methods)
    app.all(path, () => {
      throw new HttpError(405, 'wrong-method', 'This address does not take that method.', `It takes ${allowed.join(', ')}.`, {
        allow: [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', '),
      });
    });
  await addPages(app, deps, guard, routes);
  app.notFound((c) => problem(c, new HttpError(404, 'not-found', 'There is nothing here.', 'GET /api lists what there is.'), deps));
  app.onError((error, c) => problem(c, error, deps));
  return app;
}
