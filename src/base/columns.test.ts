// Laws of packed columns: what is unpacked is what was packed, to half a step; damaged bytes give numbers and no error.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packColumns, unpackColumns } from './index.ts';

const column = fc.record({
  values: fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { maxLength: 50 }),
  step: fc.constantFrom(1, 0.1),
});

test('unpacked is what was packed, to half a step', () => {
  fc.assert(
    fc.property(fc.array(column, { maxLength: 6 }), (columns) => {
      const again = unpackColumns(packColumns(columns));
      expect(again.length).toBe(columns.length);
      for (const [i, { values, step }] of columns.entries()) {
        expect(again[i]?.length).toBe(values.length);
        for (const [k, value] of values.entries())
          expect(Math.abs((again[i]?.[k] as number) - value)).toBeLessThanOrEqual(step / 2 + value * 1e-12);
      }
    }),
  );
});

test('what is no number, or below 0, travels as 0', () => {
  expect([...(unpackColumns(packColumns([{ values: [Number.NaN, -3, Number.POSITIVE_INFINITY, 7], step: 1 }]))[0] ?? [])]).toEqual([
    0, 0, 0, 7,
  ]);
});

test('damaged bytes end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      unpackColumns(bytes);
    }),
  );
});
