// Operation `runs`: what ran, from the ledger; with a run's id, everything on record about it.

import { z } from 'zod';
import { FiresteelError, nearest } from '../base/index.ts';
import type { RunRecord, RunState } from '../ledger/index.ts';
import type { RunList } from '../report/index.ts';
import { defineOperation } from './operation.ts';

/** Runs listed without --last. */
const LAST = 20;

const STATES = [
  'succeeded',
  'failed',
  'timedOut',
  'cancelled',
  'killed',
  'running',
  'lost',
  'unknown',
] as const satisfies readonly RunState[];

export type RunsResult =
  | { readonly kind: 'list'; readonly list: RunList }
  | { readonly kind: 'one'; readonly record: RunRecord; readonly place: string };

export const operation = defineOperation({
  description:
    'Lists the runs on record, the newest first: state, time, cost, model. With the id of a run (its end is enough) it shows everything about it: ' +
    'why it failed, what it used, which code and settings ran, where its logs lie and how to audit it.',
  formats: ['terminal', 'json', 'markdown'],
  examples: [
    { command: 'runs', about: `the newest ${LAST}` },
    { command: 'runs --model daily_sales --status failed', about: 'failures of one model' },
    { command: 'runs r-20261121-153000-ab12cd', about: 'one run' },
    { command: 'runs --last 1000 --format json', about: 'for programs' },
  ],
  input: z.object({
    id: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'a run, or the end of its id', cli: { positional: 'RUN' } }),
    model: z
      .string()
      .optional()
      .meta({ description: 'only runs of this model', cli: { value: 'NAME' } }),
    status: z
      .enum(STATES)
      .optional()
      .meta({ description: `only runs in this state: ${STATES.join(', ')}`, cli: { value: 'STATE' } }),
    last: z.coerce
      .number<string | number>()
      .int()
      .positive()
      .optional()
      .meta({ description: `so many, the newest (default: ${LAST})`, cli: { value: 'N' } }),
    ledger: z
      .string()
      .optional()
      .meta({ description: 'another ledger than that of the project: a file, or postgres://…', cli: { value: 'PLACE' } }),
  }),
  async handler({ id, model, status, last = LAST, ledger: given }, context): Promise<RunsResult> {
    const { findProject } = await import('../project/index.ts');
    const { openLedger } = await import('../ledger/index.ts');
    const ledger = await openLedger(given ?? (await findProject(context.cwd)).ledger, { mode: 'read' });
    try {
      const { place } = ledger;
      if (id !== undefined) {
        const record =
          (await ledger.run(id)) ?? (await ledger.run(await wholeId(id, async () => (await ledger.runs()).map((run) => run.runId), place)));
        if (record !== undefined) return { kind: 'one', record, place };
        throw new FiresteelError('not-found', `There is no run "${id}" in ${place}.`, 'firesteel runs lists the newest.');
      }
      // One more than asked for tells whether there are more.
      const runs = (await ledger.runs({ model, state: status, last: last + 1 })).toReversed();
      if (runs.length === 0 && model !== undefined) {
        const names = (await ledger.models()).map((known) => known.name);
        const near = nearest(model, names);
        if (!names.includes(model))
          throw new FiresteelError(
            'not-found',
            `No run of a model "${model}" is on record in ${place}.`,
            near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'firesteel models lists all of them.',
          );
      }
      return { kind: 'list', list: { runs: runs.slice(0, last), place, more: runs.length > last } };
    } finally {
      await ledger.close();
    }
  },
  async render(result, format, _input, options) {
    const faces = await import('../report/index.ts');
    const look = { ...options, all: true };
    if (result.kind === 'one') {
      if (format === 'json') return faces.jsonChunks(faces.recordJson(result.record, result.place));
      return format === 'markdown' ? faces.renderRecordMarkdown(result.record) : faces.renderRecordTerminal(result.record, look);
    }
    if (format === 'json') return faces.jsonChunks(faces.runsJson(result.list));
    return format === 'markdown' ? faces.renderRunsMarkdown(result.list) : faces.renderRunsTerminal(result.list, look);
  },
});

/** Ids end in six random digits: those are what people copy. Throws when none or several fit. */
async function wholeId(end: string, all: () => Promise<readonly string[]>, place: string): Promise<string> {
  const ids = await all();
  const fitting = ids.filter((id) => id.endsWith(end));
  const [only, second] = fitting;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined)
    throw new FiresteelError(
      'wrong-usage',
      `${fitting.length} runs end in "${end}".`,
      `Give more of the id: ${fitting.slice(-3).join(', ')}.`,
    );
  const near = nearest(end, ids.slice(-200));
  throw new FiresteelError(
    'not-found',
    `There is no run "${end}" in ${place}.`,
    near[0] === undefined ? 'firesteel runs lists the newest.' : `Did you mean ${near[0]}? firesteel runs lists the newest.`,
  );
}
