// What curing each finding would do to the run's schedule, as data: for faces in which a reader switches cures on and off.
// Law: the same what-ifs as the report's own forecasts; a rule is known by its meta and its forecast, never by its id.

import type { FactStore } from '../facts/index.ts';
import { forecasts, type Rule, rules, usualForecast } from '../rules/index.ts';
import { type Basis, baselineOf, changeOf, execGraph, type Family, type GraphChange } from '../simulate/index.ts';
import { lazyFacts } from './forecasts.ts';
import type { Report } from './report.ts';

export interface Cure {
  readonly rule: string;
  readonly family: Family;
  readonly basis: Basis;
  readonly change: GraphChange;
}

/** The cures of the found causes that have a forecast; none where the run cannot be replayed. `store`: the facts of the report's run. */
export function curesOf(store: FactStore, report: Report): readonly Cure[] {
  const base = baselineOf(store.get(execGraph));
  if ('cannotPredict' in base || base.graph.paced) return [];
  const facts = lazyFacts(store);
  const byId = new Map((rules as readonly Rule[]).map((rule) => [rule.meta.id, rule]));
  return report.findings.flatMap((finding): Cure[] => {
    const rule = byId.get(finding.rule);
    if (finding.status !== 'found' || finding.forecast === null || rule === undefined) return [];
    const forecast = forecasts[rule.meta.id] ?? usualForecast(rule.meta);
    const whatIf = forecast?.whatIf(finding.places, facts);
    if (forecast === undefined || whatIf === undefined) return [];
    return [{ rule: finding.rule, family: forecast.family, basis: forecast.basis, change: changeOf(base.graph, whatIf.apply(base.graph)) }];
  });
}
