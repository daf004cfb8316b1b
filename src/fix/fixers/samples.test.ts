// Every safe fixer on its samples: what comes out, letter by letter, and why nothing does.
import { describe, expect, test } from 'vitest';
import type { Fixer } from '../define.ts';
import { fixers } from './index.ts';
import { asked, fixed, parse, rewrites } from './testing/asked.ts';
import { HEAD, SAMPLES } from './testing/samples.ts';

const fixerOf = (id: string): Fixer => fixers.find((one) => one.id === id) as Fixer;

describe('samples', () => {
  test.each(SAMPLES.map((one) => [`${one.fixer}: ${one.name}`, one] as const))('%s', (_, { fixer, before, after, why }) => {
    const program = parse(HEAD + before);
    const proposals = asked(fixerOf(fixer), program);
    const made = rewrites(proposals);
    if (after !== undefined) expect(fixed(program, made)).toBe(HEAD + after);
    else {
      expect(made).toEqual([]);
      expect(proposals.length).toBeGreaterThan(0);
      if (why !== undefined) expect(proposals.map((one) => one.reason).join('\n')).toContain(why);
    }
  });
});
