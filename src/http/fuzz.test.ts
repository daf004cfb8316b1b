// Whatever a client sends to any route of the document: an answer with a status that says whose fault it is, never 5xx of a defect.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Place, runsOf, start } from './testing/server.ts';

let place: Place;
let ids: readonly string[];
beforeAll(async () => {
  place = await start({ rate: 1e6, maxUploadBytes: 10_000 });
  ids = (await runsOf(place, 2)).items.map((run) => run.id);
});
afterAll(() => place.close());

type Schema = Readonly<Record<string, unknown>>;
interface Method {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/** What breaks things: other types, long and strange texts, paths, keys of prototypes. */
const odd = fc.oneof(
  fc.constantFrom(
    '',
    '-',
    '../..',
    '/etc/passwd',
    '\0',
    '__proto__',
    'constructor',
    'true',
    'null',
    '1e999',
    '-1',
    '%',
    '{"a":1}',
    'x'.repeat(3_000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer().map(String),
);

/** Mostly what the schema asks for. */
function fitting(schema: Schema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  if (Array.isArray(schema.anyOf)) return fc.oneof(...(schema.anyOf as Schema[]).map(fitting));
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.oneof(fc.integer({ min: 1, max: 20 }), fc.double());
    case 'array':
      return fc.array(fitting((schema.items as Schema | undefined) ?? {}), { maxLength: 3 });
    case 'object': {
      const properties = Object.entries((schema.properties as Record<string, Schema> | undefined) ?? {});
      return fc.record(Object.fromEntries(properties.map(([key, one]) => [key, fitting(one)])), { requiredKeys: [] });
    }
    default:
      return fc.oneof(
        { weight: 2, arbitrary: odd },
        { weight: 1, arbitrary: fc.constantFrom('events', `run:${ids[0]}`, 'run:none', 'cores=4') },
      );
  }
}
const anything = (schema: Schema): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 3, arbitrary: fitting(schema) }, { weight: 1, arbitrary: fc.oneof(odd, fc.jsonValue()) });

const worded = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value)) ?? '';

test('every route of the document, with inputs that fit, nearly fit and do not fit', async () => {
  const { paths } = await place.get<{ paths: Record<string, Record<string, Method>> }>('/api/v1/openapi.json');
  const seen = new Map<number, number>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
      // It looks for Java and Python: slow, and tried elsewhere.
      if (path.includes('/operations/spark-')) continue;
      const [type = '', content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
      const request = fc.record({
        path: fc.record(
          Object.fromEntries(
            parameters.filter((one) => one.in === 'path').map(({ name }) => [name, fc.oneof(odd, fc.constantFrom(...ids))]),
          ),
        ),
        query: fc.record(
          Object.fromEntries(parameters.filter((one) => one.in === 'query').map(({ name, schema }) => [name, anything(schema)])),
          { requiredKeys: [] },
        ),
        extra: fc.option(fc.tuple(odd, odd), { freq: 4 }),
        body: content === undefined ? fc.constant(undefined) : anything(content.schema),
        broken: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(request, async ({ path: named, query, extra, body, broken }) => {
          const search = new URLSearchParams();
          for (const [key, value] of Object.entries(query))
            for (const item of Array.isArray(value) ? value : [value]) search.append(key, worded(item));
          if (extra !== null) search.append(...extra);
          const address = path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(worded(named[name])));
          const text = body === undefined ? '' : type === 'application/json' ? JSON.stringify(body) : worded(body);
          const stop = new AbortController();
          const answer = await fetch(place.url(`${address}?${search}`), {
            method: method.toUpperCase(),
            signal: stop.signal,
            ...(method === 'post' ? { headers: { 'content-type': type }, body: broken ? text.slice(1) : text } : {}),
          });
          seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
          const stream = (answer.headers.get('content-type') ?? '').startsWith('text/event-stream');
          const said = stream ? '' : await answer.text();
          stop.abort();
          expect(answer.status, `${method} ${address}?${search} ${text}: ${said}`).toBeLessThan(500);
          if (answer.status >= 400)
            expect(JSON.parse(said)).toMatchObject({ status: answer.status, code: expect.any(String), nextStep: expect.any(String) });
        }),
        { numRuns: 12, seed: 20_261_121 },
      );
    }
  }
  // It was no test of one answer only.
  expect(seen.get(200) ?? 0).toBeGreaterThan(20);
  expect(seen.get(400) ?? 0).toBeGreaterThan(20);
  expect(place.notes.filter((note) => note.includes('defect'))).toEqual([]);
}, 120_000);
