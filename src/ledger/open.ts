// openLedger: a path or a postgres:// URL → the ledger. Every fault of a database leaves here in words.

import { resolve } from 'node:path';
import { FiresteelError } from '../base/index.ts';
import { faultOf } from './faults.ts';
import { isPostgres, openPostgres, publicUrl } from './postgres.ts';
import { readModels } from './read-models.ts';
import { readPredictions } from './read-predictions.ts';
import { readProof, readProofs } from './read-proofs.ts';
import { readRun, readRuns } from './read-runs.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';
import type { IsAlive, Ledger, LedgerOptions } from './types.ts';
import { putAudit, putDefinition, putEnd, putProof, putStart } from './write.ts';

const PATIENCE_MS = 30_000;

/** Opens a ledger, makes it in mode `write` when it is not there, and brings its schema up to date. Throws a FiresteelError. */
export async function openLedger(
  place: string,
  { mode = 'write', isAlive, patienceMs = PATIENCE_MS }: LedgerOptions = {},
): Promise<Ledger> {
  if (!isPostgres(place) && /^[a-z][a-z0-9+.-]+:\/\//i.test(place))
    throw new FiresteelError(
      'wrong-usage',
      `${publicUrl(place)} is no place for a ledger.`,
      'Give the path of a file, or postgres://user@host/database.',
    );
  const shown = isPostgres(place) ? publicUrl(place) : resolve(place);
  const inWords = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw faultOf(error, shown);
    }
  };
  const store: Store = await inWords(() =>
    isPostgres(place) ? openPostgres(place, mode, patienceMs) : openSqlite(resolve(place), mode, patienceMs),
  );
  // Which processes live is asked of the room spark, and only when a run has no end.
  const alive = async (): Promise<IsAlive> => isAlive ?? (await import('../spark/index.ts')).isAlive;
  return {
    place: store.place,
    defineModel: (model) => inWords(() => putDefinition(store, model)),
    startRun: (start, model) => inWords(() => putStart(store, start, model)),
    endRun: (end) => inWords(() => putEnd(store, end)),
    recordAudit: (runId, report) => inWords(() => putAudit(store, runId, report)),
    recordProof: (proof) => inWords(() => putProof(store, proof)),
    runs: (filter = {}) => inWords(async () => readRuns(store, filter, await alive())),
    run: (runId) => inWords(async () => readRun(store, runId, await alive())),
    models: () => inWords(() => readModels(store)),
    proofs: (filter = {}) => inWords(() => readProofs(store, filter)),
    proof: (proofId) => inWords(() => readProof(store, proofId)),
    predictions: () => inWords(() => readPredictions(store)),
    close: () => inWords(() => store.close()),
  };
}
