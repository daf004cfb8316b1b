// A change of a plan, for tests of what is done with plans.
import type { Planned, Precondition } from '../index.ts';

/** A change that is taken, known by its key. */
export const plannedChange = (key: string, preconditions: readonly Precondition[] = []): Planned => ({
  id: key,
  key,
  state: 'taken',
  why: undefined,
  forecast: null,
  proposal: {
    fixer: key,
    rule: 'a-rule',
    verdict: 'rewrite',
    title: `change ${key}`,
    reason: `because of ${key}`,
    safety: 'review',
    preconditions,
    edits: [],
    imports: [],
    conf: [],
    at: undefined,
  },
});
