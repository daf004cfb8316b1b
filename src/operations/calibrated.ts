// The ledger's record of forecasts, as data for whoever forecasts: what was predicted, what a proof measured.
// Laws: a ledger that is not there is no record; a database elsewhere is asked only by name, for an audit must not wait for a network.

import { existsSync } from 'node:fs';
import type { PredictionRow } from '../ledger/index.ts';
import type { Basis, Calibration, Claim, Family } from '../simulate/index.ts';
import type { Context } from './define.ts';

/** The families and bases of the product's own forecasts; others come from another version, or from a person. */
const FAMILIES: ReadonlySet<string> = new Set<Family>([
  'same',
  'cores',
  'partitions',
  'input',
  'skew',
  'width',
  'work',
  'driver',
  'repeat',
  'retries',
  'memory',
  'joint',
]);
const BASES: ReadonlySet<string> = new Set<Basis>(['replay', 'fit', 'prior']);

export const claimOf = ({ kind, family, basis, predicted, measured, verdict }: PredictionRow): Claim => ({
  kind: kind ?? 'unknown',
  family: family !== undefined && FAMILIES.has(family) ? (family as Family) : undefined,
  basis: basis !== undefined && BASES.has(basis) ? (basis as Basis) : undefined,
  predicted,
  measured,
  proven: verdict === 'win',
});

/** The record of this project's ledger; undefined without one. `ledger`: a place that the user named. */
export async function calibrationFor(context: Context, ledger?: string | undefined): Promise<Calibration | undefined> {
  const place = ledger ?? (await localLedger(context.cwd));
  if (place === undefined) return undefined;
  const { openLedger } = await import('../ledger/index.ts');
  const opened = await openLedger(place, { mode: 'read' });
  try {
    // What people predicted says nothing of Firesteel.
    const claims = (await opened.predictions()).filter((row) => row.kind !== 'given').map(claimOf);
    if (claims.length === 0) return undefined;
    const { calibrationOf } = await import('../simulate/index.ts');
    return calibrationOf(claims);
  } finally {
    await opened.close();
  }
}

/** The project's ledger when it is a file that is there. */
async function localLedger(cwd: string): Promise<string | undefined> {
  const { findProject } = await import('../project/index.ts');
  const { ledger } = await findProject(cwd);
  return /^[a-z]+:\/\//i.test(ledger) || !existsSync(ledger) ? undefined : ledger;
}
