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
    name: 'size',
    summary: 'say which executors, cores, memory and partitions a job needs, and why',
    effect: 'read',
    load: async () => (await import('./size.ts')).operation,
  },
  {
    name: 'calibration',
    summary: 'show how well forecasts held against what proofs measured',
    effect: 'read',
    load: async () => (await import('./calibration.ts')).operation,
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
    writesWith: ['chart'],
    load: async () => (await import('./report.ts')).operation,
  },
  {
    name: 'prove',
    summary: 'say whether B beats A: paired runs, equal outputs, a verdict',
    effect: 'spends',
    load: async () => (await import('./prove.ts')).operation,
  },
  {
    name: 'fix',
    summary: 'write the changes that cure what a run suffered from: a patch with reasons',
    effect: 'write',
    writesWith: ['apply', 'interactive'],
    load: async () => (await import('./fix.ts')).operation,
  },
  {
    name: 'improve',
    summary: 'run a job, patch what it suffered from, prove the patch, keep what wins',
    effect: 'spends',
    load: async () => (await import('./improve.ts')).operation,
  },
  {
    name: 'revert',
    summary: 'take back what fix or improve wrote',
    effect: 'write',
    load: async () => (await import('./revert.ts')).operation,
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
  {
    name: 'agent export',
    summary: 'write the Spark expert agent for coding agents: instructions, tools, rules',
    effect: 'read',
    load: async () => (await import('./agent-export.ts')).operation,
  },
];

/** Questions about one report, and all of this as tools of an agent: loaded when a face needs them. */
export const agentTools = async () => ({ ...(await import('./looks/index.ts')), ...(await import('./tools.ts')) });

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
export type { Look, OpenRun, Origin } from './looks/index.ts';
export type { JsonSchema, Tool } from './tools.ts';
