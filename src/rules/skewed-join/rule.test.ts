// Skewed join: a table of cases; at least one found, one clear and one without data.
import { expect, test } from 'vitest';
import { rule } from './rule.ts';

test('its id is its folder', () => {
  expect(rule.meta.id).toBe('skewed-join');
});

test.todo('found, clear and noData');
