// What a run's core time went into, and what a cure saves of it, in words: core time, and money when a price sheet was given.
// Law: shares of what was allocated, never of what was busy; an amount names its price sheet.

import type { Finding, Report } from '../audit/index.ts';
import { formatShare } from '../base/index.ts';
import { formatMoney } from './history-words.ts';
import { clean } from './text.ts';
import { formatCoreMillis } from './words.ts';

const NAMES: Readonly<Record<NonNullable<Report['cost']>['parts'][number]['cause'], string>> = {
  work: 'useful work',
  spill: 'spilling',
  retries: 'attempts that did not count',
  'start-up': 'start-up',
  'driver wait': 'waiting for the driver',
  'skew tail': 'waiting for heavy tasks',
  idle: 'idle beside other tasks',
};

/** What a cause of cost is called. */
export const costName = (cause: keyof typeof NAMES): string => NAMES[cause] ?? clean(cause, 40);

/** A part under this share is left out of the sentence. */
const SMALL = 0.005;

/** One sentence: what the run held, and what for. Undefined when cores are not known. */
export function costText({ cost }: Report): string | undefined {
  if (cost === undefined || cost === null || cost.allocatedCoreMs <= 0) return undefined;
  const { amount, currency } = cost;
  const parts = cost.parts
    .filter((part) => part.coreMs >= SMALL * cost.allocatedCoreMs)
    .map((part) => {
      const money = part.amount === undefined || currency === undefined ? '' : `, ${formatMoney(part.amount, clean(currency, 12))}`;
      return `${costName(part.cause)} ${formatShare(part.coreMs / cost.allocatedCoreMs)}${money}`;
    });
  const held =
    amount === undefined || currency === undefined
      ? formatCoreMillis(cost.allocatedCoreMs)
      : `${formatCoreMillis(cost.allocatedCoreMs)}, ${formatMoney(amount, clean(currency, 12))} by the prices of ${clean(cost.version, 40)}`;
  return `What was held, ${held}, went into: ${parts.join(' · ')}.`;
}

/** `0.4 core-h a run`, or money; '' when the time saved says it all. */
export function savesCostText({ savesCost, saves }: Finding, goal: Report['goal']): string {
  if (savesCost === undefined || savesCost === null) return '';
  const { amount, currency, coreMs } = savesCost;
  if (amount !== undefined && currency !== undefined) return `${formatMoney(amount, clean(currency, 12))} a run`;
  return goal === 'cost' && saves === 'time' ? formatCoreMillis(coreMs) : '';
}
