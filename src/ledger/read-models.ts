// Models of the ledger: the newest version of each. Law: queries only.

import { z } from 'zod';
import type { Store } from './store.ts';
import type { ModelRow } from './types.ts';
import { json, some } from './values.ts';

const listShape = z.array(z.string());

export async function readModels({ db, place }: Store): Promise<ModelRow[]> {
  const rows = await db
    .selectFrom('models as m')
    .selectAll('m')
    .where('m.version', '=', (inner) =>
      inner
        .selectFrom('models as newer')
        .select(({ fn }) => fn.max('newer.version').as('version'))
        .whereRef('newer.name', '=', 'm.name'),
    )
    .execute();
  const counts = await db
    .selectFrom('runs')
    .select(['model', ({ fn }) => fn.countAll<number>().as('runs')])
    .groupBy('model')
    .execute();
  const runsOf = new Map(counts.map(({ model, runs }) => [model, Number(runs)]));
  return (
    rows
      .map((row) => ({
        name: row.name,
        version: row.version,
        recordedMs: row.recorded_ms,
        script: row.script,
        owner: some(row.owner),
        tier: some(row.tier),
        schedule: some(row.schedule),
        description: some(row.description),
        inputs: json(row.inputs, listShape, `model ${row.name}`, place),
        outputs: json(row.outputs, listShape, `model ${row.name}`, place),
        runs: runsOf.get(row.name) ?? 0,
      }))
      // Databases sort texts by their locale; we do it the same everywhere.
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  );
}
