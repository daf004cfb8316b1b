// Forecasts that a proof was held against. Law: queries only; proofs without a forecast or without a measured ratio are not among them.

import type { VerdictKind } from '../prove/index.ts';
import type { Store } from './store.ts';
import type { PredictionRow } from './types.ts';
import { some } from './values.ts';

export async function readPredictions({ db }: Store): Promise<PredictionRow[]> {
  const rows = await db
    .selectFrom('proofs')
    .select([
      'proof_id',
      'started_ms',
      'model_a',
      'verdict',
      'ratio',
      'predicted_low',
      'predicted_likely',
      'predicted_high',
      'predicted_kind',
      'predicted_family',
      'predicted_basis',
    ])
    .where('metric', '=', 'wall')
    .where('aa', '=', 0)
    .where('ratio', 'is not', null)
    .where('predicted_likely', 'is not', null)
    .orderBy('started_ms')
    .orderBy('proof_id')
    .execute();
  return rows.flatMap((row) =>
    row.ratio === null || row.predicted_low === null || row.predicted_likely === null || row.predicted_high === null
      ? []
      : {
          proofId: row.proof_id,
          model: row.model_a,
          startedMs: row.started_ms,
          verdict: row.verdict as VerdictKind,
          measured: row.ratio,
          predicted: { low: row.predicted_low, likely: row.predicted_likely, high: row.predicted_high },
          kind: some(row.predicted_kind),
          family: some(row.predicted_family),
          basis: some(row.predicted_basis),
        },
  );
}
