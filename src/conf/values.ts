// Values as Spark reads them: whether a text fits a key, and whether two texts mean the same.
// Source: Spark's ConfigBuilder and JavaUtils (byteStringAs, timeStringAs): whole numbers with a suffix, units by key.

import type { ConfKey } from './types.ts';

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
  t: 2 ** 40,
  tb: 2 ** 40,
  p: 2 ** 50,
  pb: 2 ** 50,
};
const MILLIS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

const measured = (text: string, units: Readonly<Record<string, number>>, plain: string | undefined): number | undefined => {
  const match = /^(-?\d+)([a-z]*)$/i.exec(text.trim());
  const scale = match === null ? undefined : units[(match[2] || plain || Object.keys(units)[0] || '').toLowerCase()];
  return match === null || scale === undefined ? undefined : Number(match[1]) * scale;
};

/** Size of a value in bytes; a number without unit is in the key's own. Undefined: it is no size. */
export const bytesOf = (text: string, unit?: string): number | undefined => measured(text, BYTES, unit ?? 'b');
/** Duration of a value in milliseconds. */
export const millisOf = (text: string, unit?: string): number | undefined => measured(text, MILLIS, unit ?? 'ms');

/** True when a value is filled in later: `{output}`, `$VAR`, `${VAR}`, `{{ … }}`. */
export const isTemplate = (value: string): boolean => /\$\{?\w|\{\w*\}|\{\{/.test(value);

type Shape = Pick<ConfKey, 'type' | 'unit' | 'values'> & { readonly cased?: boolean };

/** What a value means, as a text that is equal for equal meanings. Undefined: Spark refuses it. */
export function meaningOf(key: Shape, value: string): string | undefined {
  const text = value.trim();
  switch (key.type) {
    case 'boolean': {
      const flag = text.toLowerCase();
      return flag === 'true' || flag === 'false' ? flag : undefined;
    }
    case 'int':
    case 'long':
      return /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')).toString() : undefined;
    case 'double':
      return text !== '' && Number.isFinite(Number(text.replace(/[df]$/i, ''))) ? String(Number(text.replace(/[df]$/i, ''))) : undefined;
    case 'bytes':
      return bytesOf(text, key.unit)?.toString();
    case 'time':
      return millisOf(text, key.unit)?.toString();
    case 'list':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .join(',');
    case 'string': {
      if (key.values === undefined) return text;
      return key.values.find((one) => (key.cased === true ? one === text : one.toLowerCase() === text.toLowerCase()))?.toLowerCase();
    }
  }
}

/** Bounds of fractions were tried a millionth beside whole numbers: `0.000001` is everything above 0. */
const bound = (value: number, closed: string, open: string): string =>
  Math.abs(value - Math.round(value)) < 1e-5 && !Number.isInteger(value) ? `${open} ${Math.round(value)}` : `${value} ${closed}`;

/** Why Spark refuses a value; undefined: it takes it. */
export function refusal(key: ConfKey, value: string): string | undefined {
  const meaning = meaningOf(key, value);
  if (meaning === undefined) {
    if (key.values !== undefined) return `it can be ${key.values.join(', ')}`;
    const kinds = {
      boolean: 'true or false',
      int: 'a whole number',
      long: 'a whole number',
      double: 'a number',
      bytes: 'a size such as 512m: a whole number and b, k, m, g, t or p',
      time: 'a duration such as 30s: a whole number and us, ms, s, m, min, h or d',
      list: 'a list',
      string: 'a text',
    } as const;
    return `it must be ${kinds[key.type]}`;
  }
  if (key.type === 'int' && BigInt(meaning) > 2_147_483_647n) return 'it must be at most 2147483647';
  // Bounds are those of numbers in the key's own unit.
  const scale = key.type === 'bytes' ? (BYTES[key.unit ?? 'b'] ?? 1) : key.type === 'time' ? (MILLIS[key.unit ?? 'ms'] ?? 1) : 1;
  const amount = Number(meaning) / scale;
  if (key.min !== undefined && amount < key.min) return `it must be ${bound(key.min, 'or more', 'more than')}`;
  if (key.max !== undefined && amount > key.max) return `it must be ${bound(key.max, 'or less', 'less than')}`;
  return undefined;
}

/** Whether two values of a key mean the same. */
export function sameValue(key: Shape, a: string, b: string): boolean {
  const meaning = meaningOf(key, a);
  return meaning !== undefined && meaning === meaningOf(key, b);
}
