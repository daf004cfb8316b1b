// What a route is: its place in the document, who may use it, what it takes and gives, and what it does. The document and the server come from it.
// Law: a query that is not declared is refused; a handler sees parsed values only.

import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { z } from 'zod';
import type { OperationEntry } from '../operations/index.ts';
import type { Jobs } from './jobs.ts';
import type { Metrics } from './metrics.ts';
import { HttpError } from './problem.ts';
import type { Redactor } from './redact.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from './respond.ts';
import type { Role, Settings } from './settings.ts';
import type { Shelf } from './store/shelf.ts';
import type { Store } from './store/store.ts';
import type { Crew } from './threads/crew.ts';
import type { Principal, Tokens } from './tokens.ts';
import type { Uploads } from './uploads.ts';

export interface Env {
  readonly Bindings: HttpBindings;
  readonly Variables: { principal: Principal; route: string };
}
export type Ctx = Context<Env>;

/** What handlers work with. */
export interface Deps {
  readonly settings: Settings;
  readonly version: string;
  readonly operations: readonly OperationEntry[];
  readonly crew: Crew;
  readonly jobs: Jobs;
  readonly store: Store;
  readonly uploads: Uploads;
  readonly tokens: Tokens;
  readonly metrics: Metrics;
  /** Undefined when nothing is to be replaced. */
  readonly redactor: Redactor | undefined;
  /** Answers made from the store, by address and version. */
  readonly views: Shelf;
  /** Real paths of the watched folders. */
  readonly roots: readonly string[];
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** Event streams: each keeps a connection. */
  readonly streams: { open: number };
  /** Answers of operations that are asked often. */
  readonly answers: Map<string, { readonly atMs: number; readonly answer: Promise<unknown> }>;
  readonly note: (text: string) => void;
  ready(): boolean;
}

export interface Answer {
  readonly status: number;
  readonly description: string;
  readonly type?: string;
  /** A JSON Schema. */
  readonly schema?: object;
}

export interface Body {
  readonly type: string;
  /** A JSON Schema. */
  readonly schema: object;
}

export interface Call<Q> {
  readonly c: Ctx;
  readonly deps: Deps;
  readonly query: Q;
  readonly param: (name: string) => string;
}

export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** Below /api/v1, as in OpenAPI: `/runs/{id}`. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly role: Role;
  /** What it takes of a client's rate; a cached read is 1. */
  readonly cost: number;
  readonly query: z.ZodObject;
  readonly body?: Body;
  readonly answers: readonly Answer[];
  readonly run: (c: Ctx, deps: Deps) => Response | Promise<Response>;
}

const NONE = z.strictObject({});

export interface RouteBody<Q extends z.ZodObject> {
  readonly method?: Route['method'];
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly role?: Role;
  readonly cost?: number;
  readonly query?: Q;
  readonly body?: Body;
  readonly answers: readonly Answer[];
  readonly handle: (call: Call<z.output<Q>>) => Response | Promise<Response>;
}

/** Makes a route; its query is parsed before the handler sees it. */
export function route<Q extends z.ZodObject = typeof NONE>(body: RouteBody<Q>): Route {
  const query = (body.query ?? NONE) as Q;
  return {
    method: body.method ?? 'get',
    path: body.path,
    id: body.id,
    tag: body.tag,
    summary: body.summary,
    role: body.role ?? 'read',
    cost: body.cost ?? 1,
    query,
    ...(body.body === undefined ? {} : { body: body.body }),
    answers: body.answers,
    run: (c, deps) => body.handle({ c, deps, query: parsedQuery(c, query), param: (name) => c.req.param(name as never) ?? '' }),
  };
}

/** Lists come as one key given several times; a word that a boolean or number needs is read as one. */
export function parsedQuery<Q extends z.ZodObject>(c: Ctx, schema: Q): z.output<Q> {
  const given = c.req.queries();
  const raw: Record<string, unknown> = Object.create(null);
  for (const [key, values] of Object.entries(given)) {
    const field = Object.hasOwn(schema.shape, key) ? (schema.shape[key] as z.ZodType) : undefined;
    raw[key] = field !== undefined && isList(field) ? values : (words.get(values.at(-1) ?? '') ?? values.at(-1));
  }
  const parsed = schema.safeParse({ ...raw });
  if (parsed.success) return parsed.data as z.output<Q>;
  throw usage(parsed.error);
}

const words = new Map<string, boolean>([
  ['true', true],
  ['false', false],
]);

export function isList(schema: z.ZodType): boolean {
  let inner = schema;
  for (;;) {
    const { type, innerType } = inner.def as unknown as { readonly type: string; readonly innerType?: z.ZodType };
    if (type === 'array') return true;
    if (innerType === undefined) return false;
    inner = innerType;
  }
}

/** The first thing that does not fit, in words. */
export function usage(error: z.ZodError): HttpError {
  const [issue] = error.issues;
  const at = issue?.path.join('.').slice(0, 80) ?? '';
  return new HttpError(
    400,
    'wrong-usage',
    `${at === '' ? 'The request' : at} does not fit: ${issue?.message.slice(0, 200) ?? 'it is not what is declared'}.`,
    'GET /api/v1/openapi.json says what fits.',
  );
}

export const listQuery = {
  limit: z.coerce.number<string | number>().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).meta({ description: 'items of a page' }),
  cursor: z.string().min(1).max(400).optional().meta({ description: '`next` of the page before' }),
};
