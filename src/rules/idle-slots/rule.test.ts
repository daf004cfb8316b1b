// Idle slots: a table of cases; at least one found, one clear and one without data.
import { expect, test } from 'vitest';
import { rule } from './rule.ts';

test('its id is its folder', () => {
  expect(rule.meta.id).toBe('idle-slots');
});

test.todo('found, clear and noData');
