// From a finding to a what-if: what the run's schedule would be without its cause. A rule with its own way has it in its forecast.ts.
// Laws: pure; only what the evidence names is changed; a cure that the schedule cannot show has no what-if, and says nothing rather than a guess.

import type { FactMap } from '../facts/index.ts';
import { type Basis, type Family, type Relief, relief, type StageRef, unskew, type WhatIf } from '../simulate/index.ts';
import type { Place, RuleMeta } from './define.ts';

/** Facts for forecasts: asked for by name, computed when asked. */
export type ForecastFacts = FactMap;

export interface RuleForecast {
  /** Whose past errors its range comes from. */
  readonly family: Family;
  readonly basis: Basis;
  /** Undefined when these places change no schedule. */
  whatIf(places: readonly Place[], facts: ForecastFacts): WhatIf | undefined;
}

export const defineForecast = (forecast: RuleForecast): RuleForecast => forecast;

/** The stage attempts that a place names. */
export const stagesOfPlace = (place: Place): StageRef[] =>
  place.evidence.flatMap((ref) => (ref.kind === 'stage' ? [{ stageId: ref.stageId, attempt: ref.attempt }] : []));

/** The stage attempts that places name, each once. */
export function stagesOfPlaces(places: readonly Place[]): StageRef[] {
  const seen = new Map<string, StageRef>();
  for (const place of places) for (const ref of stagesOfPlace(place)) seen.set(`${ref.stageId}.${ref.attempt ?? 0}`, ref);
  return [...seen.values()];
}

/** What a place held, taken from where it held it; `share` of it goes away. */
export function reliefOf(place: Place, facts: ForecastFacts, driverFirst: boolean, share = 1): Relief {
  const { stages, criticalPath } = facts;
  return {
    stages: stagesOfPlace(place).map((ref) => {
      const fact = stages.get(ref.stageId, ref.attempt);
      return { ...ref, heldMs: fact === undefined ? 0 : criticalPath.held(fact) };
    }),
    executions: place.evidence.flatMap((ref) => (ref.kind === 'sql' ? [ref.executionId] : [])),
    jobs: place.evidence.flatMap((ref) => (ref.kind === 'job' ? [ref.jobId] : [])),
    ms: place.heldMs * share,
    driverFirst,
  };
}

/** The tasks that a skew place names as heavy, cut into pieces as long as a typical one. */
export const evenForecast: RuleForecast = {
  family: 'skew',
  basis: 'fit',
  whatIf: (places) => {
    const heavy = places.flatMap((place) => {
      const usual = place.numbers.find((one) => one.name === 'typical task')?.value;
      return place.evidence.flatMap((ref) =>
        ref.kind === 'stage'
          ? [
              {
                stageId: ref.stageId,
                attempt: ref.attempt,
                tasks: ref.tasks ?? [],
                ...(typeof usual === 'number' ? { usualMs: usual } : {}),
              },
            ]
          : [],
      );
    });
    return heavy.length === 0 ? undefined : unskew(heavy);
  },
};

/** The usual way: what the cause held goes, for the share that cures of its kind really took away. */
export const heldForecast = (family: Family, share: number, driverFirst = false): RuleForecast => ({
  family,
  basis: 'prior',
  whatIf: (places, facts) =>
    places.some((place) => place.heldMs > 0) ? relief(places.map((place) => reliefOf(place, facts, driverFirst, share))) : undefined,
});

/**
 * Held time that cures of a category took away (median over the labelled pairs, before/after on the same machine): heldMs is what a perfect cure saves,
 * and cures are nearly perfect where the work is simply gone.
 */
const TAKEN: Partial<Record<RuleMeta<never, never>['category'], { readonly family: Family; readonly share: number }>> = {
  driver: { family: 'driver', share: 0.95 },
  reading: { family: 'work', share: 0.95 },
  writing: { family: 'work', share: 1 },
  compute: { family: 'work', share: 0.95 },
  shuffle: { family: 'work', share: 0.85 },
  resources: { family: 'memory', share: 0.8 },
  failure: { family: 'retries', share: 0.8 },
};

/** The forecast of a rule without its own: none where it saves money or the outcome, or where a stream sets the pace. */
export function usualForecast(meta: Pick<RuleMeta<never, never>, 'category' | 'saves'>): RuleForecast | undefined {
  if (meta.saves !== 'time') return undefined;
  const taken = TAKEN[meta.category];
  return taken === undefined ? undefined : heldForecast(taken.family, taken.share, meta.category === 'driver');
}
