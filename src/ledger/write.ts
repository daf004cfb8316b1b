// What is added to the tables. Laws: inserts only; a fact of several rows is one transaction; a second telling of the same fact is refused.

import { createHash, randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { Report } from '../audit/index.ts';
import { FiresteelError } from '../base/index.ts';
import type { Proof } from '../prove/index.ts';
import type { RunStart } from '../spark/index.ts';
import { isDuplicate, isOrphan } from './faults.ts';
import { patiently } from './patience.ts';
import { auditRow, definitionOf, endRow, findingRows, modelRow, pairRows, proofRow, startRow } from './rows.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';
import type { ModelDefinition, RunEnd } from './types.ts';

type Writing = Transaction<Tables>;

/** One transaction, done again while others are in the way. */
const transact = <T>({ db, patienceMs }: Store, work: (writing: Writing) => Promise<T>): Promise<T> =>
  patiently(patienceMs, () => db.transaction().execute(work));

/** Rows of one insert: PostgreSQL takes 65,535 values in a query, SQLite 32,766. */
const CHUNK = 500;

/** The version of a model, a new one when its definition is not the newest on record. */
async function putModel(store: Store, writing: Writing, model: ModelDefinition, onlyFirst: boolean): Promise<number> {
  const row = modelRow(model);
  // Two writers must not both take the next number. SQLite has one writer at a time anyway.
  if (store.kind === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(lockOf(row.name))})`.execute(writing);
  const newest = await writing
    .selectFrom('models')
    .select(['version', 'fingerprint'])
    .where('name', '=', row.name)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest !== undefined && (onlyFirst || newest.fingerprint === row.fingerprint)) return newest.version;
  const version = (newest?.version ?? 0) + 1;
  await writing
    .insertInto('models')
    .values({ ...row, version, recorded_ms: Date.now() })
    .execute();
  return version;
}

/** 48 bits of the name's hash: advisory locks have numbers. */
const lockOf = (name: string): number => createHash('sha256').update(`model ${name}`).digest().readUIntBE(0, 6);

export const putDefinition = (store: Store, model: ModelDefinition): Promise<number> =>
  transact(store, (writing) => putModel(store, writing, model, false));

export async function putStart(store: Store, start: RunStart, model: ModelDefinition | undefined): Promise<void> {
  await told(`Run ${start.runId}`, store, () =>
    transact(store, async (writing) => {
      await putModel(store, writing, model ?? definitionOf(start), model === undefined);
      await writing.insertInto('runs').values(startRow(start, Date.now())).execute();
    }),
  );
}

export async function putEnd(store: Store, end: RunEnd): Promise<void> {
  await told(`The end of run ${end.outcome.runId}`, store, () =>
    patiently(store.patienceMs, () => store.db.insertInto('run_ends').values(endRow(end, Date.now())).execute()),
  );
}

export async function putAudit(store: Store, runId: string, report: Report): Promise<string> {
  const auditId = `a-${randomUUID()}`;
  const findings = findingRows(auditId, report);
  await told(`The audit of run ${runId}`, store, () =>
    transact(store, async (writing) => {
      await writing
        .insertInto('audits')
        .values(auditRow(auditId, runId, report, Date.now()))
        .execute();
      for (let i = 0; i < findings.length; i += CHUNK)
        await writing
          .insertInto('findings')
          .values(findings.slice(i, i + CHUNK))
          .execute();
    }),
  );
  return auditId;
}

export async function putProof(store: Store, proof: Proof): Promise<void> {
  await told(`Proof ${proof.proofId}`, store, () =>
    transact(store, async (writing) => {
      const models = { a: await modelOf(writing, proof, 'a'), b: await modelOf(writing, proof, 'b') };
      await writing
        .insertInto('proofs')
        .values(proofRow(proof, models, Date.now()))
        .execute();
      const pairs = pairRows(proof);
      for (let i = 0; i < pairs.length; i += CHUNK)
        await writing
          .insertInto('proof_pairs')
          .values(pairs.slice(i, i + CHUNK))
          .execute();
    }),
  );
}

/** The model of a side: that of its runs here, else the name of its script. */
async function modelOf(writing: Writing, proof: Proof, side: 'a' | 'b'): Promise<string> {
  const ids = [
    ...proof.pairs.map((pair) => pair[side].runId),
    ...proof.warmups.filter((run) => run.arm.toLowerCase() === side).map((run) => run.runId),
  ].slice(0, CHUNK);
  const found =
    ids.length === 0 ? undefined : await writing.selectFrom('runs').select('model').where('run_id', 'in', ids).limit(1).executeTakeFirst();
  const script = proof[side].script.split(/[/\\]/).at(-1) ?? '';
  return found?.model ?? (script.replace(/\.\w+$/, '') || proof[side].name);
}

/** What is on record already, or belongs to nothing, in words. */
async function told(what: string, { place }: Store, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isDuplicate(error))
      throw new FiresteelError(
        'wrong-usage',
        `${what} is on record already in ${place}.`,
        'Facts are told once: use a new id for a new one.',
        { cause: error },
      );
    if (isOrphan(error))
      throw new FiresteelError(
        'not-found',
        `${what} has nothing to belong to: the ledger ${place} does not know the run.`,
        'Record its start first, or give the ledger that has it.',
        {
          cause: error,
        },
      );
    throw error;
  }
}
