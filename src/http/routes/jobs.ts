// Jobs: what runs and ran, progress as server-sent events, results, and the way to stop one.
// Law: a stream ends with its job, with its listener and with the server.

import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import type { JobView } from '../jobs.ts';
import { ROLE_OF, shared, typeOf } from '../operate.ts';
import { sandboxOf } from '../pages/sandbox.ts';
import { HttpError } from '../problem.ts';
import { bytes, json, paged } from '../respond.ts';
import { type Answer, type Ctx, type Deps, listQuery, type Route, route } from '../route.ts';
import { may } from '../settings.ts';

const ONE: Answer = { status: 200, description: 'the job', type: 'application/json', schema: { $ref: '#/components/schemas/Job' } };
const STREAM: Answer = { status: 200, description: 'server-sent events', type: 'text/event-stream', schema: { type: 'string' } };

/** Streams at a time: each keeps a connection. */
const MAX_STREAMS = 128;
/** Something is sent at least so often, ms: what is between would close a silent connection. */
const BEAT_MS = 15_000;
/** What a slow listener may have waiting. */
const MAX_BACKLOG = 200;

export interface Source {
  /** What is told at once. */
  readonly first: readonly { readonly event: string; readonly data: unknown }[];
  /** Calls back for each event; `last` ends the stream. Gives the way to stop listening. */
  readonly listen: (tell: (event: { readonly event: string; readonly data: unknown }, last: boolean) => void) => () => void;
  /** Nothing follows what is first. */
  readonly over: boolean;
}

/** A stream of events. */
export function events(c: Ctx, deps: Deps, source: Source): Response {
  if (deps.streams.open >= MAX_STREAMS)
    throw new HttpError(503, 'environment', 'Too many streams are open.', 'Ask for the job now and then instead.');
  deps.streams.open++;
  let counted = true;
  const leave = () => {
    if (counted) deps.streams.open--;
    counted = false;
  };
  c.header('x-accel-buffering', 'no');
  const told = (data: unknown) => JSON.stringify(deps.redactor === undefined ? data : deps.redactor.value(data));
  return streamSSE(c, async (stream) => {
    const waiting = source.first.map(({ event, data }) => ({ event, data: told(data) }));
    let over = source.over;
    let wake: (() => void) | undefined;
    const stop = source.listen(({ event, data }, last) => {
      if (waiting.length < MAX_BACKLOG || last) waiting.push({ event, data: told(data) });
      over ||= last;
      wake?.();
    });
    const end = () => {
      over = true;
      wake?.();
    };
    stream.onAbort(end);
    deps.stopping.addEventListener('abort', end, { once: true });
    try {
      for (;;) {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await stream.writeSSE(next);
        if (over || stream.aborted) break;
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, BEAT_MS);
        });
        clearTimeout(timer);
        wake = undefined;
        if (waiting.length === 0 && !over && !stream.aborted) await stream.write(': still here\n\n');
      }
    } finally {
      stop();
      deps.stopping.removeEventListener('abort', end);
      leave();
    }
  });
}

const isOver = ({ state }: JobView): boolean => state !== 'queued' && state !== 'running';
const view = (deps: Deps, job: JobView): unknown => deps.redactor?.value(job) ?? job;

export const jobRoutes: readonly Route[] = [
  route({
    path: '/jobs',
    id: 'listJobs',
    tag: 'jobs',
    summary: 'jobs of this server, the newest first',
    query: z.strictObject(listQuery),
    answers: [{ status: 200, description: 'a page of jobs', type: 'application/json', schema: { $ref: '#/components/schemas/Page' } }],
    handle: ({ c, deps, query }) => {
      const page = paged(deps.jobs.list(), (job) => [job.createdMs, job.id], query.cursor, query.limit);
      return json(c, { ...page, items: page.items.map((job) => view(deps, job)) });
    },
  }),
  route({
    path: '/jobs/{id}',
    id: 'getJob',
    tag: 'jobs',
    summary: 'one job',
    answers: [ONE],
    handle: ({ c, deps, param }) => json(c, view(deps, deps.jobs.get(param('id')))),
  }),
  route({
    method: 'delete',
    path: '/jobs/{id}',
    id: 'cancelJob',
    tag: 'jobs',
    summary: 'stop a job',
    answers: [{ ...ONE, status: 202, description: 'the job, which comes to its end' }],
    handle: ({ c, deps, param }) => {
      const job = deps.jobs.get(param('id'));
      const needs = ROLE_OF[job.effect];
      if (!may(c.get('principal').role, needs))
        throw new HttpError(403, 'not-allowed', `To stop this job needs the role ${needs}.`, 'Use a token with that role.');
      return json(c, view(deps, deps.jobs.cancel(job.id)), { status: 202 });
    },
  }),
  route({
    path: '/jobs/{id}/result',
    id: 'getJobResult',
    tag: 'jobs',
    summary: 'what a finished job gave, in the format that was asked for',
    answers: [{ status: 200, description: 'the result', type: 'application/json', schema: {} }],
    handle: ({ c, deps, param }) => {
      const { view: job, bytes: text } = deps.jobs.result(param('id'));
      const headers: Record<string, string> = job.format === 'html' ? { 'content-security-policy': sandboxOf(text) } : {};
      return bytes(c, shared(deps, text, job.format), typeOf(job.format), { headers });
    },
  }),
  route({
    path: '/jobs/{id}/events',
    id: 'watchJob',
    tag: 'jobs',
    summary: 'progress of a job as server-sent events: state, progress, note; ends with the job',
    answers: [STREAM],
    handle: ({ c, deps, param }) => {
      const job = deps.jobs.get(param('id'));
      return events(c, deps, {
        first: [{ event: 'state', data: job }],
        over: isOver(job),
        listen: (tell) => deps.jobs.listen(job.id, (event) => tell(event, event.event === 'state' && isOver(event.data as JobView))),
      });
    },
  }),
  route({
    path: '/events',
    id: 'watchRuns',
    tag: 'runs',
    summary: 'new and grown runs as server-sent events: run, failed, gone',
    answers: [STREAM],
    handle: ({ c, deps }) =>
      events(c, deps, {
        first: [{ event: 'hello', data: { version: deps.version, runs: deps.store.runs().length } }],
        over: false,
        listen: (tell) => deps.store.listen((event) => tell(event, false)),
      }),
  }),
];
