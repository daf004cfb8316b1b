// rules: one folder per diagnosis; this door gives the shapes and the generated list.
// Law: a rule is a pure function of facts; it imports no other rule; thresholds carry their origin.
export * from './define.ts';
export {
  defineForecast,
  type ForecastFacts,
  heldForecast,
  type RuleForecast,
  reliefOf,
  stagesOfPlace,
  stagesOfPlaces,
  usualForecast,
} from './forecast.ts';
export { inCode } from './in-code.ts';
export { forecasts, type RuleId, rules } from './index.generated.ts';
export {
  exchangeBelow,
  isObjectStore,
  joinKeys,
  joinType,
  parseDurationMs,
  saltsFor,
  shuffleKeys,
  smallestHeap,
  writersOf,
} from './shared.ts';
