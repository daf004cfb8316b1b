// Proofs of the ledger and their pairs. Law: queries only.

import { z } from 'zod';
import type { Proof, VerdictKind } from '../prove/index.ts';
import type { Store } from './store.ts';
import type { PairSide, ProofFilter, ProofRow, ProofSide } from './types.ts';
import { json, some } from './values.ts';

const proofShape = z.looseObject({ proofId: z.string(), pairs: z.array(z.looseObject({})), verdict: z.looseObject({ kind: z.string() }) });
const subjectShape = z.looseObject({
  name: z.string(),
  script: z.string(),
  codeFingerprint: z.string(),
  confFingerprint: z.string(),
  revision: z.string().optional(),
});

/** Rows of pairs read at once: SQLite takes 32,766 values in a query. */
const CHUNK = 500;

export async function readProofs(store: Store, { model, last }: ProofFilter): Promise<ProofRow[]> {
  const { db, place } = store;
  let query = db
    .selectFrom('proofs')
    .select([
      'proof_id',
      'started_ms',
      'ended_ms',
      'model_a',
      'model_b',
      'aa',
      'metric',
      'verdict',
      'sentence',
      'outputs',
      'n',
      'ratio',
      'ratio_low',
      'ratio_high',
      'confidence',
      'p',
      'predicted_low',
      'predicted_likely',
      'predicted_high',
      'currency',
      'subject_a',
      'subject_b',
    ]);
  if (model !== undefined) query = query.where((e) => e.or([e('model_a', '=', model), e('model_b', '=', model)]));
  query = query.orderBy('started_ms', 'desc').orderBy('proof_id', 'desc');
  if (last !== undefined) query = query.limit(last);
  const rows = (await query.execute()).reverse();
  const pairs = new Map<string, ProofRow['pairs'][number][]>(rows.map((row) => [row.proof_id, []]));
  for (let i = 0; i < rows.length; i += CHUNK) {
    const ids = rows.slice(i, i + CHUNK).map((row) => row.proof_id);
    for (const pair of await db
      .selectFrom('proof_pairs')
      .selectAll()
      .where('proof_id', 'in', ids)
      .orderBy('proof_id')
      .orderBy('pair')
      .execute())
      pairs.get(pair.proof_id)?.push({
        pair: pair.pair,
        order: pair.run_order as 'AB' | 'BA',
        excluded: some(pair.excluded),
        a: side(pair.run_a, pair.succeeded_a, pair.wall_ms_a, pair.core_ms_a, pair.cost_a),
        b: side(pair.run_b, pair.succeeded_b, pair.wall_ms_b, pair.core_ms_b, pair.cost_b),
      });
  }
  const subject = (text: string, name: string, proofId: string): ProofSide => {
    const given = json(text, subjectShape, `proof ${proofId}`, place);
    return {
      model: name,
      name: given.name,
      script: given.script,
      revision: given.revision,
      codeFingerprint: given.codeFingerprint,
      confFingerprint: given.confFingerprint,
    };
  };
  return rows.map((row) => ({
    proofId: row.proof_id,
    a: subject(row.subject_a, row.model_a, row.proof_id),
    b: subject(row.subject_b, row.model_b, row.proof_id),
    aa: row.aa !== 0,
    startedMs: row.started_ms,
    endedMs: row.ended_ms,
    metric: row.metric as ProofRow['metric'],
    verdict: row.verdict as VerdictKind,
    sentence: row.sentence,
    outputs: row.outputs as ProofRow['outputs'],
    estimate:
      row.ratio === null || row.n === null || row.ratio_low === null || row.confidence === null || row.p === null
        ? undefined
        : {
            n: row.n,
            ratio: row.ratio,
            low: row.ratio_low,
            high: row.ratio_high ?? Number.POSITIVE_INFINITY,
            confidence: row.confidence,
            p: row.p,
          },
    predicted:
      row.predicted_likely === null || row.predicted_low === null || row.predicted_high === null
        ? undefined
        : { low: row.predicted_low, likely: row.predicted_likely, high: row.predicted_high },
    currency: some(row.currency),
    pairs: pairs.get(row.proof_id) ?? [],
  }));
}

const side = (runId: string, succeeded: number, wallMs: number | null, coreMs: number | null, cost: number | null): PairSide => ({
  runId,
  succeeded: succeeded !== 0,
  wallMs: some(wallMs),
  coreMs: some(coreMs),
  cost: some(cost),
});

export async function readProof({ db, place }: Store, proofId: string): Promise<Proof | undefined> {
  const row = await db.selectFrom('proofs').select('proof').where('proof_id', '=', proofId).executeTakeFirst();
  if (row === undefined) return undefined;
  const proof = json(row.proof, proofShape, `proof ${proofId}`, place) as unknown as Proof;
  const { estimate } = proof.verdict;
  // JSON has no infinity: a bound that is null is none.
  if (estimate === undefined || (estimate.high as number | null) !== null) return proof;
  return { ...proof, verdict: { ...proof.verdict, estimate: { ...estimate, high: Number.POSITIVE_INFINITY } } };
}
