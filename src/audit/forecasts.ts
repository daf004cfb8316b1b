// Forecasts of findings: each cause's what-if replayed alone, all of them replayed together, and the order in which they save most.
// Laws: totals come from the joint replay only; a rule is known by its meta and its forecast, never by its id; no replay, no forecast.

import { FACTS, type FactMap, type FactStore } from '../facts/index.ts';
import { forecasts, type Place, type Rule, type RuleForecast, usualForecast } from '../rules/index.ts';
import { type Baseline, baselineOf, type Calibration, compose, execGraph, type Saving, savingOf, type WhatIf } from '../simulate/index.ts';
import type { FindingForecast, JointForecast } from './report.ts';

export interface Candidate {
  readonly rule: Rule;
  readonly places: readonly Place[];
}

interface Change {
  readonly rule: Rule;
  readonly forecast: RuleForecast;
  readonly whatIf: WhatIf;
  readonly saving: Saving;
}

export interface Forecasts {
  readonly of: ReadonlyMap<Rule, FindingForecast>;
  /** What each of them is made of: a replay that is known is not made again. */
  readonly changes?: readonly Change[];
  readonly joint: JointForecast | undefined;
  /** Why there is none. */
  readonly cannotPredict: string | undefined;
}

/** Tasks replayed for the order of findings: beyond it they stand in the order of their own savings. */
const MAX_REPLAYED = 3_000_000;
/** Findings put in order one by one. */
const MAX_ORDERED = 12;

export interface ForecastOptions {
  /** What the order of cures goes by. */
  readonly goal?: 'time' | 'cost' | undefined;
  /** How forecasts held so far: bands widen by it. */
  readonly calibration?: Calibration | undefined;
  /** Forecasts of more of the same candidates. */
  readonly earlier?: Forecasts | undefined;
}

/** Forecasts of these findings; a rule may say itself what its cure does (`forecast.ts`), the others take away what was held. */
export function forecastsOf(store: FactStore, candidates: readonly Candidate[], options: ForecastOptions = {}): Forecasts {
  if (candidates.length === 0) return { of: new Map(), joint: undefined, cannotPredict: undefined };
  const base = baselineOf(store.get(execGraph));
  if ('cannotPredict' in base) return { of: new Map(), joint: undefined, cannotPredict: base.cannotPredict };
  if (base.graph.paced)
    return {
      of: new Map(),
      joint: undefined,
      cannotPredict:
        'a streaming query ran to the end: what a cure saves goes into its backlog and its batches, not into the length of the run',
    };
  const facts = lazyFacts(store);
  const { taskCpus } = store.get(FACTS.settings);
  const { goal = 'time', calibration, earlier } = options;
  const changes: Change[] = [];
  for (const { rule, places } of candidates) {
    const known = earlier?.changes?.find((one) => one.rule === rule);
    if (known !== undefined) {
      changes.push(known);
      continue;
    }
    const forecast = forecasts[rule.meta.id] ?? usualForecast(rule.meta);
    const whatIf = forecast?.whatIf(places, facts);
    if (forecast === undefined || whatIf === undefined) continue;
    changes.push({ rule, forecast, whatIf, saving: savingOf(base, whatIf, forecast.family, forecast.basis, calibration) });
  }
  const of = new Map(changes.map(({ rule, saving }) => [rule, findingOf(saving, taskCpus)]));
  if (changes.length === 0) return { of, changes, joint: undefined, cannotPredict: undefined };
  const all = savingOf(
    base,
    compose(
      'all',
      changes.map((change) => change.whatIf),
    ),
    changes.length === 1 ? (changes[0] as (typeof changes)[number]).forecast.family : 'joint',
    'prior',
    calibration,
  );
  const now = base.graph.measuredMs;
  // However wide the band, no cure of a query shortens the time before the first one.
  const startUp = store.get(FACTS.timeline).byLabel.get('start-up') ?? 0;
  const highMs = Math.max(all.likelyMs, Math.min(all.highMs, now - startUp));
  return {
    of,
    changes,
    joint: {
      ...findingOf(all, taskCpus),
      highMs: Math.round(highMs),
      nowMs: Math.round(now),
      thenMs: {
        lowMs: Math.round(Math.max(0, now - highMs)),
        likelyMs: Math.round(now - all.likelyMs),
        highMs: Math.round(now - all.lowMs),
      },
      order: orderOf(base, changes, all, goal),
    },
    cannotPredict: undefined,
  };
}

const findingOf = ({ savedSlotMs, ...saving }: Saving, taskCpus: number): FindingForecast => ({
  ...saving,
  savedCoreMs: Math.round(savedSlotMs * taskCpus),
});

/** Greedy: what saves most beside what is done already, then the next. */
function orderOf(base: Baseline, changes: readonly Change[], all: Saving, goal: 'time' | 'cost'): JointForecast['order'] {
  const worth = (saving: Saving) => (goal === 'cost' ? saving.savedSlotMs : saving.likelyMs);
  const left = [...changes].sort((a, b) => worth(b.saving) - worth(a.saving) || a.rule.meta.id.localeCompare(b.rule.meta.id));
  const tasks = base.graph.stages.reduce((all, stage) => all + stage.tasks.duration.length, 0);
  const greedy = left.length <= MAX_ORDERED && tasks * left.length * left.length <= MAX_REPLAYED;
  const done: WhatIf[] = [];
  const out: { rule: string; savedMs: number }[] = [];
  let saved = 0;
  while (left.length > 0) {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    let likely = 0;
    for (let i = 0; i < (greedy ? left.length : 1); i++) {
      const change = left[i] as Change;
      // The first alone and the last with all others are replayed already.
      const one =
        done.length === 0
          ? change.saving
          : left.length === 1
            ? all
            : savingOf(base, compose('some', [...done, change.whatIf]), 'joint', 'prior');
      if (worth(one) > most) [best, most, likely] = [i, worth(one), one.likelyMs];
    }
    const [next] = left.splice(best, 1) as [Change];
    done.push(next.whatIf);
    out.push({ rule: next.rule.meta.id, savedMs: Math.round(likely - saved) });
    saved = likely;
  }
  return out;
}

/** Facts by name, computed when a forecast asks. */
export const lazyFacts = (store: FactStore): FactMap =>
  new Proxy({} as FactMap, {
    get: (_, name) => (Object.hasOwn(FACTS, name) ? store.get(FACTS[name as keyof typeof FACTS] as never) : undefined),
  });
