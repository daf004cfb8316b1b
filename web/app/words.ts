// Times and numbers as the app says them: the words of the reports, for values that may be null.

import { formatMillis, formatShare } from '../../src/base/index.ts';
import { formatMoney } from '../../src/report/history-words.ts';
import { formatCoreMillis, formatTime } from '../../src/report/words.ts';

export { formatBytes, formatCount, formatShare, plural } from '../../src/base/index.ts';
export { ageText, changeText, intervalText } from '../../src/report/history-words.ts';

export const time = (ms: number | null | undefined): string => (ms === null || ms === undefined ? '' : formatMillis(ms));
/** Without the word that the label beside it says. */
export const coreTime = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? '' : formatCoreMillis(ms).replace(' core time', '');
export const share = (part: number | null | undefined): string => (part === null || part === undefined ? '' : formatShare(part));
/** UTC, as in the reports: the same for everybody who looks. */
export const when = (ms: number | null | undefined): string => formatTime(ms ?? undefined)?.replace(' UTC', '') ?? '';
export const money = (cost: { readonly amount: number; readonly currency: string } | null | undefined): string =>
  cost === null || cost === undefined ? '' : formatMoney(cost.amount, cost.currency);

/** `3.4` a day, `0.5` a day. */
export const perDay = (value: number | null): string =>
  value === null ? '' : value >= 99.5 ? value.toFixed(0) : String(Number(value.toPrecision(2)));

export const VERDICTS: Readonly<Record<string, string>> = {
  win: 'win',
  loss: 'loss',
  equivalent: 'equivalent',
  notProven: 'not proven',
  unsafe: 'outputs differ',
  invalid: 'invalid',
};

export const STATES: Readonly<Record<string, string>> = { timedOut: 'timed out' };
