// How effects are worded.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { percentText, rangeText, ratioText } from './index.ts';

test.each([
  [0.29, '71 % less'],
  [0.94, '6 % less'],
  [0.9996, '0.04 % less'],
  [0.99999, 'under 0.01 % less'],
  [1, 'the same'],
  [1.124, '12 % more'],
  [2, '100 % more'],
  [3.24, '3.2 times'],
  [42.4, '42 times'],
  [0.004, '99.6 % less'],
  [0.0002, 'over 99.9 % less'],
])('B ÷ A of %d is %s', (ratio, text) => {
  expect(ratioText(ratio)).toBe(text);
});

test.each([
  [0.26, 0.32, '68 to 74 % less'],
  [0.94, 1.02, '6 % less to 2 % more'],
  [0.9696, 0.9996, '0.04 to 3 % less'],
  [1.12, 1.18, '12 to 18 % more'],
  [2.9, 3.4, '2.9 to 3.4 times'],
  [1.5, 2.6, '1.5 to 2.6 times'],
  [0.8, 2.6, '20 % less to 2.6 times'],
  [0, Number.POSITIVE_INFINITY, 'no bounds'],
])('from %d to %d is %s', (low, high, text) => {
  expect(rangeText(low, high)).toBe(text);
});

describe('law', () => {
  test('a difference is never said to be none, and no reduction to be all', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 3, noNaN: true }), (ratio) => {
        if (ratio === 1) return;
        expect(ratioText(ratio)).not.toMatch(/the same|^0 %|^100 % less/);
        expect(percentText(ratio)).not.toMatch(/^-/);
      }),
    );
  });
});
