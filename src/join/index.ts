// join: the run and its code, joined: which line is behind a stage, a query, a plan node, and which of them a line caused.
// Laws: pure; a place that is guessed says so and how many others fit; knows no rule.
export type * from './types.ts';
