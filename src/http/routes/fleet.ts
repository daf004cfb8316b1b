// Views over all runs: the fleet, the models, the record of runs and proofs, how forecasts held, what can be found.
// Law: what operations already say is asked of them, not computed again; their answers are kept for a few seconds.

import { z } from 'zod';
import { fleetOf } from '../fleet.ts';
import { ask } from '../operate.ts';
import { HttpError } from '../problem.ts';
import { json } from '../respond.ts';
import { type Answer, type Deps, type Route, route } from '../route.ts';
import { cached, modelMeant } from './runs.ts';

const OBJECT: Answer = { status: 200, description: 'the answer', type: 'application/json', schema: { type: 'object' } };

/** Answers of operations are asked again after so long, ms. */
const FRESH_MS = 3_000;
const MAX_KEPT = 200;

/** Asks an operation, at most once in a few seconds for the same. */
function asked(deps: Deps, name: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { answers } = deps;
  const key = `${name} ${JSON.stringify(input)}`;
  const now = Date.now();
  const known = answers.get(key);
  if (known !== undefined && now - known.atMs < FRESH_MS) return known.answer;
  const answer = ask(deps, name, input).then((value) => (deps.redactor === undefined ? value : deps.redactor.value(value)));
  answer.catch(() => answers.delete(key));
  answers.delete(key);
  answers.set(key, { atMs: now, answer });
  for (const oldest of answers.keys()) {
    if (answers.size <= MAX_KEPT) break;
    answers.delete(oldest);
  }
  return answer;
}

type Bag = Readonly<Record<string, unknown>>;

export const fleetRoutes: readonly Route[] = [
  route({
    path: '/fleet',
    id: 'getFleet',
    tag: 'fleet',
    summary: 'models ranked by what could be saved times how often they run, and the fixes, one that several share counted once',
    query: z.strictObject({
      by: z.enum(['time', 'cost']).default('time').meta({ description: 'wall time, or the core time that is paid for' }),
      days: z.coerce
        .number<string | number>()
        .int()
        .min(1)
        .max(3650)
        .optional()
        .meta({ description: 'only runs of so many days before the newest' }),
    }),
    answers: [OBJECT],
    handle: ({ c, deps, query }) =>
      cached(c, deps, () => fleetOf(deps.store.runs(), query.by, query.days ?? null, deps.store.count('failed'))),
  }),
  route({
    path: '/models',
    id: 'listModels',
    tag: 'fleet',
    summary: 'models of the project and of the record: owner, schedule, how often each ran, its last run',
    answers: [OBJECT],
    handle: async ({ c, deps }) => json(c, (await asked(deps, 'models', {})) ?? { models: [] }),
  }),
  route({
    path: '/ledger',
    id: 'getLedger',
    tag: 'fleet',
    summary: 'what ran and what was proven: the newest runs, and of each model its history and newest proof',
    query: z.strictObject({
      last: z.coerce.number<string | number>().int().min(1).max(1000).default(100).meta({ description: 'so many runs' }),
      model: z.string().min(1).max(400).optional().meta({ description: 'only this model' }),
    }),
    answers: [OBJECT],
    handle: async ({ c, deps, query }) => {
      const { last } = query;
      const known =
        deps.redactor === undefined ? undefined : ((await ask(deps, 'models', {})) as { models: { name: string }[] } | undefined);
      const model = modelMeant(deps, query.model, known?.models.map((one) => one.name) ?? []);
      const of = model === undefined ? {} : { model };
      const runs = (await asked(deps, 'runs', { ...of, last })) as Bag | undefined;
      const history = (await asked(deps, 'report', of)) as Bag | undefined;
      return json(c, { schema: 'firesteel/serve-ledger@1', runs: runs?.runs ?? [], more: runs?.more ?? false, history: history ?? null });
    },
  }),
  route({
    path: '/ledger/{id}',
    id: 'getLedgerRun',
    tag: 'fleet',
    summary: 'everything on record about one run',
    answers: [OBJECT],
    handle: async ({ c, deps, param }) => {
      const found = await asked(deps, 'runs', { id: param('id') });
      if (found === undefined)
        throw new HttpError(404, 'not-found', 'There is no such run on record.', 'GET /api/v1/ledger lists the newest.');
      return json(c, found);
    },
  }),
  route({
    path: '/calibration',
    id: 'getCalibration',
    tag: 'fleet',
    summary: 'how forecasts held against what was measured',
    answers: [OBJECT],
    handle: async ({ c, deps }) => {
      const found = deps.operations.some((entry) => entry.name === 'calibration') ? await asked(deps, 'calibration', {}) : undefined;
      if (found === undefined)
        throw new HttpError(404, 'not-found', 'There is no record of forecasts yet.', 'Forecasts are held against what proofs measure.');
      return json(c, found);
    },
  }),
  route({
    path: '/rules',
    id: 'listRules',
    tag: 'rules',
    summary: 'what can be found',
    answers: [OBJECT],
    handle: async ({ c, deps }) => json(c, await asked(deps, 'rules', {})),
  }),
  route({
    path: '/rules/{id}',
    id: 'getRule',
    tag: 'rules',
    summary: 'one rule with its page',
    answers: [OBJECT],
    handle: async ({ c, deps, param }) => {
      const id = param('id');
      const all = (await asked(deps, 'rules', {})) as { readonly rules?: readonly { readonly id: string }[] };
      if (!all.rules?.some((rule) => rule.id === id))
        throw new HttpError(404, 'not-found', 'There is no such rule.', 'GET /api/v1/rules lists all.');
      return json(c, await asked(deps, 'rules', { id }));
    },
  }),
];
