// operations: the one table of everything Firesteel can do. CLI verbs, REST routes, MCP tools and docs pages come from it.
// Law: the table itself loads nothing; an operation's code is loaded when it is asked for.

import type { OperationEntry } from './define.ts';

export const operations: readonly OperationEntry[] = [
  {
    name: 'audit',
    summary: 'say what held the end of a run, and what to do about it',
    effect: 'read',
    load: async () => (await import('./audit.ts')).operation,
  },
  {
    name: 'compare',
    summary: 'show what changed between two runs of a job',
    effect: 'read',
    load: async () => (await import('./compare.ts')).operation,
  },
  {
    name: 'facts',
    summary: 'give the numbers of a run without judging them',
    effect: 'read',
    load: async () => (await import('./facts.ts')).operation,
  },
  {
    name: 'rules',
    summary: 'list what can be found, or explain one rule',
    effect: 'read',
    load: async () => (await import('./rules.ts')).operation,
  },
];

export type { AuditResult } from './audit.ts';
export type {
  AnyOperation,
  CliField,
  Context,
  Done,
  Effect,
  Example,
  Format,
  OperationEntry,
  Outcome,
  Progress,
  RenderOptions,
} from './define.ts';
