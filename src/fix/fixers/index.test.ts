// The table of fixers against the table of rules: what a rule says of its cure is what fixers can do.
import { expect, test } from 'vitest';
import { rules } from '../../rules/index.ts';
import { fixers } from './index.ts';

const ofRule = (id: string) => fixers.filter((one) => one.rules.includes(id));

test.each(rules.map(({ meta }) => meta))('$id: its fixability is what the best of its fixers is', ({ id, fixability }) => {
  const own = ofRule(id);
  expect(fixability).toBe(own.some((one) => one.safety === 'safe') ? 'safe' : own.length > 0 ? 'review' : 'advice');
});

test('each fixer is there once, and names rules that exist', () => {
  const known = new Set<string>(rules.map(({ meta }) => meta.id));
  expect(new Set(fixers.map((one) => one.id)).size).toBe(fixers.length);
  expect(fixers.flatMap((one) => one.rules.filter((id) => !known.has(id)).map((id) => `${one.id}: ${id}`))).toEqual([]);
});
