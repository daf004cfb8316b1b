// Every operation of the table: GET for what only reads, POST for all; long work as a job.
// Law: nothing here knows an operation by its name.

import { z } from 'zod';
import type { AnyOperation, Format, OperationEntry } from '../../operations/index.ts';
import { jsonBody } from '../body.ts';
import { schemaOf } from '../openapi.ts';
import { checkedInput, formatOf, outcomeHeader, ROLE_OF, shared, slugOf, typeOf } from '../operate.ts';
import { sandboxOf } from '../pages/sandbox.ts';
import { inputSchema } from '../reach.ts';
import { bytes, json } from '../respond.ts';
import { type Answer, type Ctx, type Deps, type Route, route } from '../route.ts';
import type { OperationDone } from '../threads/protocol.ts';

/** An operation takes a thread for a while. */
const COST = 10;

export interface Loaded {
  readonly entry: OperationEntry;
  readonly operation: AnyOperation;
}

export const listOperations = (all: readonly Loaded[]): Route =>
  route({
    path: '/operations',
    id: 'listOperations',
    tag: 'operations',
    summary: 'what Firesteel can do',
    answers: [{ status: 200, description: 'all operations', type: 'application/json', schema: { type: 'object' } }],
    handle: ({ c }) =>
      json(c, {
        items: all.map(({ entry, operation }) => ({
          name: entry.name,
          path: `/api/v1/operations/${slugOf(entry)}`,
          summary: entry.summary,
          effect: entry.effect,
          role: ROLE_OF[entry.effect],
          description: operation.description,
          formats: operation.formats,
        })),
      }),
  });

/** Both routes of an operation. */
export function operationRoutes({ entry, operation }: Loaded): readonly Route[] {
  const path = `/operations/${slugOf(entry)}`;
  const id = slugOf(entry).replace(/-(\w)/g, (_whole, letter: string) => letter.toUpperCase());
  const schema = inputSchema(entry, operation);
  const role = ROLE_OF[entry.effect];
  const formatQuery = z
    .enum(operation.formats as readonly [Format, ...Format[]])
    .optional()
    .meta({ description: 'form of the result; JSON where there is one' });
  const answers: Answer[] = [
    ...operation.formats.map((format) => ({
      status: 200,
      description: 'the result',
      type: typeOf(format).split(';')[0] ?? '',
      schema: format === 'json' ? { type: 'object' } : { type: 'string' },
    })),
  ];
  const job: Answer = {
    status: 202,
    description: 'the job that was started',
    type: 'application/json',
    schema: { $ref: '#/components/schemas/Job' },
  };
  const post: Route = route({
    method: 'post',
    path,
    id,
    tag: 'operations',
    summary: entry.summary,
    role,
    cost: COST,
    query: z.strictObject({
      format: formatQuery,
      async: z.boolean().default(false).meta({ description: 'start a job and answer at once; work on a cluster is always a job' }),
    }),
    body: { type: 'application/json', schema: schemaOf(schema) },
    answers: [...(entry.effect === 'spends' ? [] : answers), job],
    handle: async ({ c, deps, query }) => {
      const format = formatOf(operation, query.format);
      const given = await jsonBody(c);
      return query.async || entry.effect === 'spends'
        ? startJob(c, deps, { entry, operation }, given, format)
        : operate(c, deps, { entry, operation }, given, format);
    },
  });
  if (entry.effect !== 'read') return [post];
  const get: Route = route({
    path,
    id: `${id}Get`,
    tag: 'operations',
    summary: entry.summary,
    role,
    cost: COST,
    query: schema.extend({ format: formatQuery }),
    answers,
    handle: ({ c, deps, query }) => {
      const { format, ...given } = query as Record<string, unknown>;
      // Only what was given: the operation makes its own defaults.
      const named = new Set(Object.keys(c.req.queries()));
      const input = Object.fromEntries(Object.entries(given).filter(([key]) => named.has(key)));
      return operate(c, deps, { entry, operation }, input, formatOf(operation, format as string | undefined));
    },
  });
  return [get, post];
}

async function operate(c: Ctx, deps: Deps, { entry, operation }: Loaded, given: unknown, format: Format): Promise<Response> {
  const { input, free } = await checkedInput(deps, entry, operation, given);
  try {
    const signal = AbortSignal.any([c.req.raw.signal, deps.stopping]);
    const done = (await deps.crew.run({ kind: 'operation', name: entry.name, input, format, cwd: deps.settings.cwd }, 'quick', {
      signal,
    })) as OperationDone;
    const headers = { ...outcomeHeader(done.outcome), ...(format === 'html' ? { 'content-security-policy': sandboxOf(done.text) } : {}) };
    return bytes(c, shared(deps, done.text, format), typeOf(format), { headers });
  } finally {
    free();
  }
}

async function startJob(c: Ctx, deps: Deps, { entry, operation }: Loaded, given: unknown, format: Format): Promise<Response> {
  const { input, free } = await checkedInput(deps, entry, operation, given);
  const by = c.get('principal').name;
  try {
    const job = deps.jobs.start({ entry, input, format, cwd: deps.settings.cwd, by, after: free }, Date.now());
    return json(c, job, { status: 202, headers: { location: `/api/v1/jobs/${job.id}` } });
  } catch (error) {
    free();
    throw error;
  }
}
