// prove: paired runs → a verdict that holds. Plan, order, exact small-sample statistics, equality of outputs, one sentence.
// Laws: the plan is fixed before the first measured run; never two measured runs at once; B wins only with equal outputs and no more failures than A.

export { type Conduct, type Conducted, conduct } from './conduct.ts';
export { countersOf, infrastructureOf } from './counters.ts';
export * from './outputs/index.ts';
export { besideOf, countedPairs, estimateOf, pairOf, selfNoise } from './pairs.ts';
export { claimPossible, DEFAULT_PAIRS, expectedMs, MIN_PAIRS, makePlan, type PlanInput, planSentences } from './plan.ts';
export { detectableReduction, pairsToDecide } from './power.ts';
export type { JudgeOptions } from './refusals.ts';
export { MAX_PAIRS } from './statistics.ts';
export * from './types.ts';
export { type Judgement, judge } from './verdict.ts';
export { effectText } from './words.ts';
