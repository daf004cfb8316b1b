// What the plan tells of one operator: who wrote an exchange, which side of a join may be sent whole, what Python took, how large the heaps are.
// Law: pure functions of nodes and settings; what cannot be told is undefined.

import { parseBytes, unique } from '../base/index.ts';
import type { ExecutorFact } from './executors.ts';
import { below, type PlanNode, parentOperator } from './plans.ts';
import type { Settings } from './settings.ts';
import type { StageFact } from './stages.ts';

const isCut = (node: PlanNode) =>
  node.kind === 'exchange' || node.kind === 'broadcast-exchange' || node.kind === 'reused-exchange' || node.kind === 'memory-scan';

/** Stages that filled an exchange: those of the operators directly below it. */
export function writersOf(exchange: PlanNode): StageFact[] {
  const inside: StageFact[] = [];
  for (const node of below(exchange, isCut)) if (!isCut(node)) inside.push(...node.stages);
  const both = unique(exchange.stages.filter((stage) => inside.includes(stage)));
  return both.length > 0 ? both : unique(inside);
}

/** The first exchange on the way down from a node, not through another join; `undefined` when the branch has none of its own. */
export function exchangeBelow(node: PlanNode): PlanNode | undefined {
  for (let at: PlanNode | undefined = node; at !== undefined; at = at.children.length === 1 ? at.children[0] : undefined) {
    if (at.kind === 'exchange' || at.kind === 'broadcast-exchange') return at;
  }
  return undefined;
}

/** The smaller heap of driver and executors, bytes; Spark's default is 1 GiB each. In local mode the driver is both. */
export function smallestHeap(settings: Settings, executors: readonly ExecutorFact[]): number {
  const driver = parseBytes(settings.get('spark.driver.memory'), 1024 ** 2) ?? 1024 ** 3;
  if (settings.local || executors.every(({ executor }) => executor.id === 'driver')) return driver;
  return Math.min(driver, parseBytes(settings.get('spark.executor.memory'), 1024 ** 2) ?? 1024 ** 3);
}

/** Type of a join from its simpleString: the first join type behind the key lists; undefined when unknown. */
export function joinType(node: PlanNode): string | undefined {
  return /(?:^|[\s,\]])(Inner|Cross|LeftOuter|RightOuter|FullOuter|LeftSemi|LeftAnti|LeftSingle|ExistenceJoin)\b/.exec(
    node.detail.slice(node.detail.indexOf(' ') + 1).replace(/\[[^\]]*\]/g, '[]'),
  )?.[1];
}

/** Run time outside the JVM's own work, ms over all tasks: CPU, collection, waiting for shuffle data and writing it are taken off. */
export const outsideJvmMs = (stage: StageFact): number =>
  Math.max(
    0,
    stage.total('runMs') -
      stage.total('cpuNs') / 1e6 -
      stage.total('gcMs') -
      stage.total('fetchWaitMs') -
      stage.total('shuffleWriteNs') / 1e6,
  );

/** Time in Python of an evaluation node, ms over all tasks: as measured (4.3+), as the workers ran (4.0+), else what its stages ran outside the JVM. */
export function pythonMs(node: PlanNode): number {
  const idle = unique(node.stages).reduce((sum, stage) => sum + outsideJvmMs(stage), 0);
  return node.metric('time to execute Python code') ?? Math.min(node.metric('time to run Python workers') ?? idle, idle);
}

/** Sides that may be built for a join type (Spark: JoinSelection.canBuildBroadcastLeft/Right). */
const BUILDABLE: Readonly<Record<string, readonly ('left' | 'right')[]>> = {
  Inner: ['left', 'right'],
  Cross: ['left', 'right'],
  LeftOuter: ['right'],
  RightOuter: ['left'],
  LeftSemi: ['right'],
  LeftAnti: ['right'],
  LeftSingle: ['right'],
  ExistenceJoin: ['right'],
};

/** Sides of a join of this type that Spark may broadcast; none for a full outer join and for types that are not known. */
export const buildSides = (type: string | undefined): readonly ('left' | 'right')[] =>
  type !== undefined && Object.hasOwn(BUILDABLE, type) ? (BUILDABLE[type] ?? []) : [];

/** True when an operator above, before the next exchange, relies on the join's distribution. */
export function needsDistribution(join: PlanNode): boolean {
  for (
    let at = parentOperator(join);
    at !== undefined && at.kind !== 'exchange' && at.kind !== 'broadcast-exchange';
    at = parentOperator(at)
  ) {
    if (at.kind === 'sort-merge-join' || at.kind === 'shuffled-hash-join' || at.kind === 'window') return true;
    if (at.kind === 'aggregate' && /functions=\[[^\]]/.test(at.detail) && !/functions=\[(partial_|merge_)/.test(at.detail)) return true;
  }
  return false;
}

/** A store behind a network protocol, where opening or renaming a file is a request: s3a://, gs://, abfss://, … */
export const isObjectStore = (location: string): boolean => /\b(s3[an]?|gs|abfss?|wasbs?|adls?|oss|cosn?|obs):\/\//i.test(location);

/** Metrics of time, the most telling first; of bytes; of rows. */
const TIMES = [
  'duration',
  'time',
  'scan time',
  'sort time',
  'time in aggregation build',
  'time to build',
  'time to broadcast',
  'fetch wait time',
  'shuffle write time',
];
const BYTES = ['size of files read', 'shuffle bytes written', 'data size', 'written output', 'data sent to Python workers'];
const ROWS = ['number of output rows', 'rows output', 'records read', 'shuffle records written'];

/** What an operator's own metrics measured, over all tasks; undefined where none did. */
export function measuresOf(node: PlanNode) {
  const time = TIMES.map((name) => ({ name, ms: node.metric(name) ?? 0 })).find((one) => one.ms > 0);
  const sizes = BYTES.flatMap((name) => node.metric(name) ?? []);
  return {
    rows: node.metric(...ROWS),
    bytes: sizes.find((size) => size > 0) ?? sizes[0],
    spillBytes: node.metric('spill size'),
    timeMs: time?.ms,
    timeName: time?.name,
  };
}
