// When one task stands out from the others of its stage.
import { expect, test } from 'vitest';
import { uneven } from './src/uneven.ts';

test.each([
  ['nine tenths by one of ten', [90, 1, 1, 1, 1, 1, 1, 2, 1, 1], true],
  ['all by one of many', [0, 0, 0, 8, 0, 0], true],
  ['nine tenths by one of two', [10, 90], true],
  ['half by each of two', [50, 50], false],
  ['a few that share it, the others empty', [5, 5, 5, 0, 0, 0, 0, 0, 0], false],
  ['twice the others', [2, 1, 1, 1], false],
  ['nothing', [0, 0, 0], false],
  ['one task alone', [90], false],
  ['no task', [], false],
])('%s', (_, values, answer) => expect(uneven(Float64Array.from(values))).toBe(answer));
