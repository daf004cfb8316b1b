// A unit as the store holds it: what was found of it, what its last audit left, what is to be done with it.
// Law: nothing here reads or writes.

import { type KeptUnit, unitId } from './disk.ts';
import type { StoredRun, StoredUnit, UnitState } from './types.ts';
import type { Unit } from './units.ts';

const MAX_UPLOADED = 200;
const MAX_GONE = 5_000;

export interface Held {
  readonly path: string;
  readonly root: string | undefined;
  unit: Unit;
  kept: KeptUnit | undefined;
  state: UnitState | 'no log';
  /** Fingerprint of the last audit, also of one that failed. */
  audited: string | undefined;
  notBeforeMs: number;
  gone: boolean;
  /** Its runs in the index. */
  ids: readonly string[];
}

export const heldOf = (unit: Unit, root: string | undefined, rest: Pick<Held, 'kept' | 'state' | 'audited' | 'gone'>): Held => ({
  path: unit.path,
  root,
  unit,
  notBeforeMs: 0,
  ids: [],
  ...rest,
});

const unitAgain = ({ path, name, fingerprint, bytes, modifiedMs }: KeptUnit): Unit => ({ path, name, fingerprint, bytes, modifiedMs });

/** A unit of before whose log is not there. */
export const heldAgain = (kept: KeptUnit, root: string | undefined): Held =>
  heldOf(unitAgain(kept), root, { kept, state: kept.runs.length > 0 ? 'ready' : 'failed', audited: kept.fingerprint, gone: true });

/** What is kept of a unit on disk. */
export const keptOf = (
  { path, name, fingerprint, bytes, modifiedMs }: Unit,
  audit: Pick<KeptUnit, 'producer' | 'origin' | 'auditedMs' | 'runs' | 'failed'>,
): KeptUnit => ({ schema: 'firesteel/serve-unit@1', id: unitId(path), path, name, fingerprint, bytes, modifiedMs, ...audit });

export function runsOf({ kept, gone, unit }: Held): readonly StoredRun[] {
  return (kept?.runs ?? []).map(({ id, label, summary }) => ({
    id,
    unit: kept?.id ?? '',
    source: `${unit.name}${label}`,
    origin: kept?.origin ?? 'watched',
    bytes: unit.bytes,
    modifiedMs: unit.modifiedMs,
    auditedMs: kept?.auditedMs ?? 0,
    gone,
    summary,
  }));
}

/** As lists show it; undefined for what is no log. */
export const unitOf = ({ path, root, unit, state, kept }: Held): StoredUnit | undefined =>
  state === 'no log'
    ? undefined
    : {
        id: unitId(path),
        path,
        root,
        name: unit.name,
        state,
        bytes: unit.bytes,
        modifiedMs: unit.modifiedMs,
        failed: kept?.failed ?? [],
      };

/** The oldest uploads, and units whose logs are long gone, where there are too many. */
export function tooMany(all: readonly Held[]): readonly Held[] {
  const oldest = (some: readonly Held[], most: number) =>
    some.length <= most ? [] : [...some].sort((a, b) => a.unit.modifiedMs - b.unit.modifiedMs).slice(0, some.length - most);
  return [
    ...oldest(
      all.filter((held) => held.root === undefined),
      MAX_UPLOADED,
    ),
    ...oldest(
      all.filter((held) => held.root !== undefined && held.gone),
      MAX_GONE,
    ),
  ];
}
