// Reading parsed JSON without trusting it. Law: a wrong type is an absent value.

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
export const str = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
/** A finite number, also when it is written as a quoted decimal (Jackson quotes NaN and Infinity: those are absent). */
export const num = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string' && value !== '' && Number.isFinite(Number(value))) return Number(value);
  return undefined;
};
/** An epoch time in ms: 0 and −1 mean unset. */
export const time = (value: unknown): number | undefined => {
  const ms = num(value);
  return ms !== undefined && ms > 0 ? ms : undefined;
};
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const numbers = (value: unknown): number[] => list(value).filter((v): v is number => typeof v === 'number');
export const stringEntries = (value: unknown): [string, string][] =>
  isObject(value) ? Object.entries(value).filter((e): e is [string, string] => typeof e[1] === 'string') : [];
/** ISO timestamp of streaming events as epoch ms. */
export const isoTime = (value: unknown): number | undefined => {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(ms) ? ms : undefined;
};
