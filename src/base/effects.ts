// How a change from A to B is said: one wording of ratios for verdicts, reports and every face.
// Law: rounding never turns a bound into "no difference", and never makes a reduction a whole 100 %.

/** What a run is measured by, and its name. */
export const METRIC_NAMES = { wall: 'wall time', core: 'core time', cost: 'cost' } as const;

/** A share as per cent: whole numbers from 10 %, else one decimal, under 0.1 % two; 99 % and more with one decimal. No sign. */
export function percentText(share: number): string {
  const percent = Math.abs(share) * 100;
  const digits = percent >= 98.5 && percent < 100 ? 1 : percent >= 9.95 ? 0 : percent >= 0.095 ? 1 : 2;
  const value = Number(percent.toFixed(digits));
  if (value === 0 && percent > 0) return 'under 0.01 %';
  return value >= 100 && percent < 100 ? 'over 99.9 %' : `${value} %`;
}

/** From here on "3.2 times" is easier to grasp than "220 % more". */
const TIMES = 2;
const timesText = (ratio: number): string => (ratio >= 9.95 ? String(Math.round(ratio)) : ratio.toFixed(1));

/** B ÷ A in words: `71 % less`, `12 % more`, `3.2 times`, `the same`. */
export function ratioText(ratio: number): string {
  if (ratio === 1) return 'the same';
  if (ratio > TIMES) return `${timesText(ratio)} times`;
  return `${percentText(ratio - 1)} ${ratio < 1 ? 'less' : 'more'}`;
}

/** An interval of B ÷ A: `68 to 74 % less`, `6 % less to 2 % more`, `2.9 to 3.4 times`; `no bounds` when it has none. */
export function rangeText(low: number, high: number): string {
  if (!(low > 0) || !Number.isFinite(high)) return 'no bounds';
  if (low === high) return ratioText(low);
  if (high > TIMES && low >= 1) return `${timesText(low)} to ${timesText(high)} times`;
  const [first, last] = (high <= 1 ? [high, low] : [low, high]).map(ratioText) as [string, string];
  if (first === last) return first;
  const unit = / % (less|more)$/;
  return unit.exec(first)?.[0] === unit.exec(last)?.[0] ? `${first.replace(unit, '')} to ${last}` : `${first} to ${last}`;
}
