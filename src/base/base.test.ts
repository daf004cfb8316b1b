// Tables and laws of the smallest things: what a number looks like, what a quantile is.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatMillis,
  formatShare,
  median,
  mostAndOthers,
  parseBytes,
  plural,
  quantile,
  rankCorrelation,
  sorted,
} from './index.ts';

describe('units', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [999.6, '1.0 s'],
    [59_949, '59.9 s'],
    [59_960, '1 m 00 s'],
    [3_599_400, '59 m 59 s'],
    [3_599_600, '1 h 00 m'],
    [86_400_000, '1 d 00 h'],
    [-1500, '-1.5 s'],
    [Number.NaN, 'unknown'],
  ])('%d ms is %s', (ms, text) => expect(formatMillis(ms)).toBe(text));

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1024 * 1023.96, '1.0 MiB'],
    [160.37e9, '149 GiB'],
    [-2048, '-2.0 KiB'],
  ])('%d bytes is %s', (size, text) => expect(formatBytes(size)).toBe(text));

  it.each([
    ['512m', 1, 512 * 1024 ** 2],
    ['4g', 1, 4 * 1024 ** 3],
    ['64KB', 1, 65_536],
    ['10485760', 1, 10_485_760],
    ['1024', 1024 ** 2, 1024 ** 3],
    ['*********(redacted)', 1, undefined],
    ['', 1, undefined],
    [undefined, 1, undefined],
  ])('%s as bytes', (text, unit, size) => expect(parseBytes(text, unit)).toBe(size));

  it('counts and shares', () => {
    expect(formatCount(1_388_560_253)).toBe('1,388,560,253');
    expect(formatShare(0.123)).toBe('12 %');
    expect(formatShare(0.0123)).toBe('1.2 %');
    expect(formatShare(0)).toBe('0 %');
    expect(plural(1, 'query', 'queries')).toBe('1 query');
    expect(plural(1200, 'query', 'queries')).toBe('1,200 queries');
  });
});

describe('statistics', () => {
  it('the quantile is the value at index min(⌊q·n⌋, n−1), as in Spark', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 50 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const ascending = [...values].sort((a, b) => a - b);
        expect(quantile(sorted(values), q)).toBe(ascending[Math.min(Math.floor(q * values.length), values.length - 1)]);
      }),
      { seed: 7 },
    );
    expect(median([])).toBeUndefined();
  });

  it('the most, and the median of the others', () => {
    expect(mostAndOthers([])).toBeUndefined();
    expect(mostAndOthers([7])).toEqual({ most: 7, others: 0 });
    expect(mostAndOthers([1, 9])).toEqual({ most: 9, others: 1 });
    expect(mostAndOthers([5, 1, 9, 1])).toEqual({ most: 9, others: 1 });
    expect(mostAndOthers([4, 4, 4])).toEqual({ most: 4, others: 4 });
  });

  it('rank correlation is 1 for any rising function, −1 for any falling one, and does not know units', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 40 }), (values) => {
        expect(
          rankCorrelation(
            values,
            values.map((v) => v ** 3 + 7),
          ),
        ).toBeCloseTo(1, 9);
        expect(
          rankCorrelation(
            values,
            values.map((v) => -5 * v),
          ),
        ).toBeCloseTo(-1, 9);
      }),
      { seed: 7 },
    );
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBeUndefined();
    expect(rankCorrelation([1, 2], [1, 2])).toBeUndefined();
  });
});
