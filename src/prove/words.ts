// The effect of B in a sentence. Law: numbers are worded by base/effects.ts alone.

import { METRIC_NAMES, ratioText } from '../base/index.ts';
import type { Metric } from './types.ts';

/** `5.9 % less wall time`, `3.2 times the wall time`, `the same cost`. */
export function amountText(metric: Metric, ratio: number): string {
  const text = ratioText(ratio);
  return `${text}${text.endsWith('times') ? ' the' : ''} ${METRIC_NAMES[metric]}`;
}

/** `B takes 71 % less wall time than A`, `B takes 3.2 times the wall time of A`, `B costs 12 % more than A`. */
export function effectText(metric: Metric, ratio: number): string {
  const text = ratioText(ratio);
  const times = text.endsWith('times');
  if (metric === 'cost') return ratio === 1 ? 'B costs as much as A' : times ? `B costs ${text} as much as A` : `B costs ${text} than A`;
  const verb = metric === 'wall' ? 'takes' : 'uses';
  const name = METRIC_NAMES[metric];
  if (ratio === 1) return `B ${verb} as much ${name} as A`;
  return times ? `B ${verb} ${text} the ${name} of A` : `B ${verb} ${text} ${name} than A`;
}
