// Audited runs: lists, reports, pages; logs that are sent to be audited.
// Law: what was made from the store is kept until the store changes; a page is sandboxed.

import { z } from 'zod';
import type { OperationEntry } from '../../operations/index.ts';
import { plainReport } from '../pages/run.ts';
import { sandboxOf } from '../pages/sandbox.ts';
import { HttpError } from '../problem.ts';
import { bytes, JSON_TYPE, json, paged } from '../respond.ts';
import { type Answer, type Ctx, type Deps, listQuery, type Route, route } from '../route.ts';
import { pageOf, runOf } from '../store/page.ts';
import type { StoredRun } from '../store/types.ts';
import type { Watching } from '../threads/crew.ts';
import type { OperationDone } from '../threads/protocol.ts';
import type { Upload } from '../uploads.ts';

const PAGE: Answer = { status: 200, description: 'a page', type: 'application/json', schema: { $ref: '#/components/schemas/Page' } };

/** A run as lists show it. */
export const runView = ({ summary, ...run }: StoredRun) => ({
  ...run,
  ...summary,
  findings: summary.findings.length,
  rules: [...new Set(summary.findings.map((finding) => finding.rule))],
  top: summary.findings[0] ?? null,
});

/** An answer made from the store: made once for each address and state of the store. */
export function cached(c: Ctx, deps: Deps, make: () => unknown): Response {
  const key = `${c.req.url.replace(/^[a-z]+:\/\/[^/]+/, '')} ${deps.store.version} ${deps.store.count('failed')}`;
  const known = deps.views.get(key);
  if (known !== undefined) return bytes(c, known, JSON_TYPE);
  const value = make();
  return bytes(
    c,
    deps.views.put(key, Buffer.from(JSON.stringify(deps.redactor === undefined ? value : deps.redactor.value(value)))),
    JSON_TYPE,
  );
}

const SORTS = {
  started: (run: StoredRun) => run.summary.startMs ?? 0,
  saved: (run: StoredRun) => run.summary.joint?.likelyMs ?? 0,
  took: (run: StoredRun) => run.summary.wallMs ?? 0,
  audited: (run: StoredRun) => run.auditedMs,
} as const;

/** The model that a caller means by the name it was shown, among those of the audited runs and `others`. */
export function modelMeant(deps: Deps, shown: string | undefined, others: Iterable<string>): string | undefined {
  if (shown === undefined || deps.redactor === undefined) return shown;
  return deps.redactor.original(shown, new Set([...deps.store.runs().map((run) => run.summary.model), ...others]));
}

/** The text of a run's report; the identities in it are known before any of it is replaced. */
async function formOf(deps: Deps, id: string, form: 'json' | 'md' | 'txt'): Promise<Buffer | string> {
  runOf(deps.store, id);
  const text = await deps.store.form(id, form);
  if (text === undefined) throw new HttpError(410, 'gone', 'This report is not kept any more.', 'Audit the log again.');
  if (deps.redactor === undefined) return text;
  const report: unknown = JSON.parse(String(form === 'json' ? text : ((await deps.store.form(id, 'json')) ?? '{}')));
  const shown = deps.redactor.value(report);
  return form === 'json' ? JSON.stringify(shown) : deps.redactor.text(text.toString('utf8'));
}

export const runRoutes: readonly Route[] = [
  route({
    path: '/runs',
    id: 'listRuns',
    tag: 'runs',
    summary: 'audited runs',
    query: z.strictObject({
      ...listQuery,
      model: z.string().max(400).optional().meta({ description: 'only runs of this model' }),
      rule: z.string().max(100).optional().meta({ description: 'only runs with a finding of this rule' }),
      origin: z.enum(['watched', 'uploaded']).optional().meta({ description: 'where they came from' }),
      sort: z
        .enum(Object.keys(SORTS) as [keyof typeof SORTS, ...(keyof typeof SORTS)[]])
        .default('started')
        .meta({ description: 'the highest first' }),
    }),
    answers: [PAGE],
    handle: ({ c, deps, query }) =>
      cached(c, deps, () => {
        const { rule, origin, sort, cursor, limit } = query;
        const runs = deps.store.runs();
        const model = modelMeant(deps, query.model, []);
        const fitting = runs.filter(
          (run) =>
            (model === undefined || run.summary.model === model) &&
            (origin === undefined || run.origin === origin) &&
            (rule === undefined || run.summary.findings.some((finding) => finding.rule === rule)),
        );
        const page = paged(fitting, (run) => [SORTS[sort](run), run.id], cursor, limit);
        return { ...page, items: page.items.map(runView) };
      }),
  }),
  route({
    method: 'post',
    path: '/runs',
    id: 'addRun',
    tag: 'runs',
    summary: 'send a log (a file, or a zip of a rolling folder) and have it audited; the log itself is deleted after',
    cost: 20,
    query: z.strictObject({
      name: z.string().min(1).max(255).default('upload').meta({ description: "the file's name" }),
      async: z.boolean().default(false).meta({ description: 'answer when the log is here, with the job that audits it' }),
    }),
    body: { type: 'application/octet-stream', schema: { type: 'string', format: 'binary' } },
    answers: [
      { status: 201, description: 'the runs in it', type: 'application/json', schema: { type: 'object' } },
      { status: 202, description: 'the job that audits it', type: 'application/json', schema: { $ref: '#/components/schemas/Job' } },
    ],
    handle: async ({ c, deps, query }) => {
      const upload = await takeUpload(c, deps, query.name);
      const free = deps.uploads.hold(upload.id);
      if (query.async) return auditLater(c, deps, upload, free);
      try {
        const runs = await deps.store.add(upload, { signal: c.req.raw.signal });
        const [first] = runs;
        const value = { items: runs.map(runView) };
        return json(c, deps.redactor?.value(value) ?? value, {
          status: 201,
          headers: first === undefined ? {} : { location: `/api/v1/runs/${first.id}` },
        });
      } finally {
        free();
        await deps.uploads.remove(upload.id);
      }
    },
  }),
  route({
    path: '/runs/{id}',
    id: 'getRun',
    tag: 'runs',
    summary: 'one run: its summary and findings',
    answers: [{ status: 200, description: 'the run', type: 'application/json', schema: { type: 'object' } }],
    handle: ({ c, deps, param }) =>
      cached(c, deps, () => {
        const { summary, ...run } = runOf(deps.store, param('id'));
        return { ...run, ...summary };
      }),
  }),
  route({
    path: '/runs/{id}/report',
    id: 'getReport',
    tag: 'runs',
    summary: 'the whole report: firesteel/report@1',
    answers: [{ status: 200, description: 'the report', type: 'application/json', schema: { type: 'object' } }],
    handle: async ({ c, deps, param }) => bytes(c, await formOf(deps, param('id'), 'json'), JSON_TYPE),
  }),
  route({
    path: '/runs/{id}/markdown',
    id: 'getMarkdown',
    tag: 'runs',
    summary: 'the report to share',
    answers: [{ status: 200, description: 'the report', type: 'text/markdown', schema: { type: 'string' } }],
    handle: async ({ c, deps, param }) => bytes(c, await formOf(deps, param('id'), 'md'), 'text/markdown; charset=utf-8'),
  }),
  route({
    path: '/runs/{id}/html',
    id: 'getPage',
    tag: 'runs',
    summary: 'the report as a page',
    cost: 5,
    answers: [{ status: 200, description: 'the page', type: 'text/html', schema: { type: 'string' } }],
    handle: async ({ c, deps, param }) => {
      const run = runOf(deps.store, param('id'));
      // The page holds the whole run; what may not be shared cannot be taken out of it.
      const page = deps.redactor === undefined ? await pageOf(deps, run) : undefined;
      if (page !== undefined)
        return bytes(c, page, 'text/html; charset=utf-8', {
          headers: { 'content-security-policy': sandboxOf(page), 'x-frame-options': 'SAMEORIGIN' },
        });
      const text = await formOf(deps, run.id, 'txt');
      return bytes(
        c,
        plainReport(deps.redactor?.text(run.summary.model) ?? run.summary.model, text.toString()),
        'text/html; charset=utf-8',
        {
          headers: { 'content-security-policy': sandboxOf('') },
        },
      );
    },
  }),
  route({
    path: '/logs',
    id: 'listLogs',
    tag: 'runs',
    summary: 'logs that were found, with what could not be read and why',
    query: z.strictObject({
      ...listQuery,
      state: z.enum(['waiting', 'auditing', 'ready', 'failed']).optional().meta({ description: 'only logs in this state' }),
    }),
    answers: [PAGE],
    handle: ({ c, deps, query }) => {
      const fitting = deps.store.units().filter((unit) => query.state === undefined || unit.state === query.state);
      const page = paged(fitting, (unit) => [unit.modifiedMs, unit.id], query.cursor, query.limit);
      const items = page.items.map(({ id, name, state, bytes: size, modifiedMs, failed }) => ({
        id,
        source: name,
        state,
        bytes: size,
        modifiedMs,
        failed,
      }));
      const value = { ...page, items };
      return json(c, deps.redactor?.value(value) ?? value);
    },
  }),
  route({
    method: 'post',
    path: '/uploads',
    id: 'addUpload',
    tag: 'uploads',
    summary: 'send a file for an operation, which names it as upload:ID; deleted after 15 minutes',
    cost: 20,
    query: z.strictObject({ name: z.string().min(1).max(255).default('upload').meta({ description: "the file's name" }) }),
    body: { type: 'application/octet-stream', schema: { type: 'string', format: 'binary' } },
    answers: [{ status: 201, description: 'the upload', type: 'application/json', schema: { type: 'object' } }],
    handle: async ({ c, deps, query }) => {
      const { id, name, bytes: size, untilMs } = await takeUpload(c, deps, query.name);
      return json(
        c,
        { id, reference: `upload:${id}`, name, bytes: size, untilMs },
        { status: 201, headers: { location: `/api/v1/uploads/${id}` } },
      );
    },
  }),
  route({
    method: 'delete',
    path: '/uploads/{id}',
    id: 'removeUpload',
    tag: 'uploads',
    summary: 'delete an upload now',
    answers: [{ status: 204, description: 'deleted' }],
    handle: async ({ c, deps, param }) => {
      if (!(await deps.uploads.remove(param('id'))))
        throw new HttpError(404, 'not-found', 'There is no such upload.', 'It may be deleted already.');
      return c.newResponse(null, 204);
    },
  }),
];

/** Starts the job that audits an upload; its result is what the answer would have been. */
async function auditLater(c: Ctx, deps: Deps, upload: Upload, free: () => void): Promise<Response> {
  const after = () => {
    free();
    void deps.uploads.remove(upload.id);
  };
  try {
    const entry = deps.operations.find(({ name }) => name === 'audit') as OperationEntry;
    const work = async (watching: Watching): Promise<OperationDone> => {
      try {
        const runs = await deps.store.add(upload, watching);
        return { kind: 'operation', outcome: { kind: 'done' }, text: Buffer.from(JSON.stringify({ items: runs.map(runView) })) };
      } finally {
        // Before the job is told to have ended.
        await deps.uploads.remove(upload.id);
      }
    };
    const by = c.get('principal').name;
    const job = deps.jobs.start({ entry, input: {}, format: 'json', cwd: deps.settings.cwd, by, work, after }, Date.now());
    return json(c, deps.redactor?.value(job) ?? job, { status: 202, headers: { location: `/api/v1/jobs/${job.id}` } });
  } catch (error) {
    after();
    throw error;
  }
}

function takeUpload(c: Ctx, deps: Deps, name: string) {
  const type = c.req.header('content-type') ?? '';
  // A form of another site cannot send this type without asking first.
  if (!/^application\/(octet-stream|zip|zstd|gzip|x-gzip|x-ndjson|json)\s*(;|$)/i.test(type))
    throw new HttpError(
      415,
      'wrong-type',
      'The body is not declared as a file.',
      'Send the file itself with content-type: application/octet-stream.',
    );
  const length = c.req.header('content-length');
  return deps.uploads.take(c.req.raw.body as never, length === undefined ? undefined : Number(length), name, Date.now());
}
