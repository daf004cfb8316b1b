// The OpenAPI 3.1 document, made from the same routes that the server answers with.
// Law: nothing is written down twice: a route, its query and its body are described where they are made.

import { z } from 'zod';
import type { Answer, Route } from './route.ts';

const PROBLEM = {
  description: 'an error: what happened, and the next step (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const nullable = (type: string) => ({ type: [type, 'null'] });

const SCHEMAS = {
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string' },
      detail: { type: 'string' },
      nextStep: { type: 'string' },
    },
  },
  Page: {
    type: 'object',
    required: ['items', 'total', 'next'],
    properties: { items: { type: 'array', items: { type: 'object' } }, total: { type: 'integer' }, next: nullable('string') },
  },
  Job: {
    type: 'object',
    required: ['id', 'operation', 'state'],
    properties: {
      id: { type: 'string' },
      operation: { type: 'string' },
      effect: { enum: ['read', 'write', 'spends'] },
      by: { type: 'string' },
      state: { enum: ['queued', 'running', 'done', 'failed', 'cancelled'] },
      format: { type: 'string' },
      createdMs: { type: 'integer' },
      startedMs: nullable('integer'),
      endedMs: nullable('integer'),
      progress: nullable('object'),
      notes: { type: 'array', items: { type: 'string' } },
      outcome: nullable('object'),
      problem: { anyOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'null' }] },
      resultBytes: nullable('integer'),
    },
  },
};

/** As JSON Schema, without what only the command line needs. */
export function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      delete (jsonSchema as { cli?: unknown }).cli;
    },
  }) as Record<string, unknown>;
  delete made.$schema;
  return made;
}

function parametersOf({ path, query }: Route): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  const { properties = {}, required = [] } = schemaOf(query) as {
    properties?: Record<string, Record<string, unknown>>;
    required?: string[];
  };
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
    ...(schema.type === 'array' ? { style: 'form', explode: true } : {}),
  }));
  return [...inPath, ...inQuery];
}

function answersOf({ answers }: Route): Record<string, object> {
  const byStatus = new Map<number, Answer[]>();
  for (const answer of answers) byStatus.set(answer.status, [...(byStatus.get(answer.status) ?? []), answer]);
  const made = [...byStatus].map(([status, some]): [string, object] => {
    const content = Object.fromEntries(some.flatMap(({ type, schema }) => (type === undefined ? [] : [[type, { schema: schema ?? {} }]])));
    return [String(status), { description: some[0]?.description ?? '', ...(Object.keys(content).length === 0 ? {} : { content }) }];
  });
  return { ...Object.fromEntries(made), default: { $ref: '#/components/responses/Problem' } };
}

/** The document of all routes. */
export function openApiOf(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = `/api/v1${route.path}`;
    paths[path] ??= {};
    const parameters = parametersOf(route);
    paths[path][route.method] = {
      operationId: route.id,
      tags: [route.tag],
      summary: route.summary,
      description: `Needs the role ${route.role}.`,
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(route.body === undefined
        ? {}
        : { requestBody: { required: true, content: { [route.body.type]: { schema: route.body.schema } } } }),
      responses: answersOf(route),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Firesteel',
      version,
      description:
        'What Firesteel can do, over HTTP. Logs and code are named as run:ID, upload:ID, or by a path below a watched folder. Errors are problem+json with the next step.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: SCHEMAS,
      responses: { Problem: PROBLEM },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'not needed on loopback without a token file' } },
    },
  };
}
