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
    name: 'forecast',
    summary: 'say how long a run would take with other cores, partitions, input or tasks',
    effect: 'read',
    load: async () => (await import('./forecast.ts')).operation,
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
  {
    name: 'run',
    summary: 'run a job on real Spark, keep its record, audit its log',
    effect: 'spends',
    load: async () => (await import('./run.ts')).operation,
  },
  {
    name: 'runs',
    summary: 'list what ran, or show everything on record about one run',
    effect: 'read',
    load: async () => (await import('./runs.ts')).operation,
  },
  {
    name: 'models',
    summary: 'list the models, who owns them and how they last ran',
    effect: 'read',
    load: async () => (await import('./models.ts')).operation,
  },
  {
    name: 'report',
    summary: 'say what the runs of each model show: p50, p95, cost, reliability, before and after',
    effect: 'write',
    load: async () => (await import('./report.ts')).operation,
  },
  {
    name: 'prove',
    summary: 'say whether B beats A: paired runs, equal outputs, a verdict',
    effect: 'spends',
    load: async () => (await import('./prove.ts')).operation,
  },
  {
    name: 'conf lint',
    summary: 'say what is wrong with Spark settings: in files, submit commands, code and logs',
    effect: 'read',
    load: async () => (await import('./conf-lint.ts')).operation,
  },
  {
    name: 'spark install',
    summary: 'install the embedded Spark, once for all projects',
    effect: 'write',
    load: async () => (await import('./spark-install.ts')).operation,
  },
  {
    name: 'spark doctor',
    summary: 'show which Spark, Java and Python runs use, and what is wrong with them',
    effect: 'read',
    load: async () => (await import('./spark-doctor.ts')).operation,
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
