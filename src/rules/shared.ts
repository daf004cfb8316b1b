// Small helpers that several rules share: evidence references, who wrote and who read an exchange, time on the path, fixed cost per task.
// Law: pure functions of facts; no thresholds of a single rule live here. Append; do not change what others use.

import { parseBytes, quantile, sorted } from '../base/index.ts';
import { below, type CriticalPath, type ExecutorFact, type PlanNode, type PlanTree, type Settings, type StageFact } from '../facts/index.ts';
import type { EvidenceRef } from './define.ts';

export const stageRef = (stage: StageFact): EvidenceRef => ({ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt });

export const nodeRef = (tree: PlanTree, node: PlanNode): EvidenceRef => ({ kind: 'sql', executionId: tree.execution.id, nodeId: node.id, node: node.name });

/** Each thing once, in order. */
export const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** Σ time on the critical path of these stages, each counted once, ms. */
export const heldBy = (path: CriticalPath, stages: readonly StageFact[]): number => unique(stages).reduce((sum, stage) => sum + path.held(stage), 0);

const isCut = (node: PlanNode) => node.kind === 'exchange' || node.kind === 'broadcast-exchange' || node.kind === 'reused-exchange' || node.kind === 'memory-scan';

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

/** Per-task cost that does not depend on its rows, ms: the intercept of time over records, at most `capMs`; undefined when the tasks are too few to tell. */
export function fixedTaskMs(stage: StageFact, capMs: number): number | undefined {
  const time = stage.values('duration');
  const records = stage.readRecords();
  const n = time.length;
  if (n < 16) return undefined;
  let [sx, sy, sxx, sxy] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const x = records[i] as number;
    const y = time[i] as number;
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  const spread = n * sxx - sx * sx;
  const slope = spread > 0 ? Math.max(0, (n * sxy - sx * sy) / spread) : 0;
  const low = quantile(sorted(time), 0.25) as number;
  return Math.max(0, Math.min((sy - slope * sx) / n, low, capMs));
}

/** Part of a stage's task time that went into starting and ending tasks (scheduling, deserialising), ms over all tasks. */
export function launchMs(stage: StageFact): number {
  let sum = 0;
  for (const delay of stage.schedulerDelay()) sum += delay;
  for (const ms of stage.values('deserializeMs')) sum += ms;
  return sum;
}

/** The smaller heap of driver and executors, bytes; Spark's default is 1 GiB each. In local mode the driver is both. */
export function smallestHeap(settings: Settings, executors: readonly ExecutorFact[]): number {
  const driver = parseBytes(settings.get('spark.driver.memory'), 1024 ** 2) ?? 1024 ** 3;
  if (settings.local || executors.every(({ executor }) => executor.id === 'driver')) return driver;
  return Math.min(driver, parseBytes(settings.get('spark.executor.memory'), 1024 ** 2) ?? 1024 ** 3);
}

/** Type of a join from its simpleString: the first join type behind the key lists; undefined when unknown. */
export function joinType(node: PlanNode): string | undefined {
  return /(?:^|[\s,\]])(Inner|Cross|LeftOuter|RightOuter|FullOuter|LeftSemi|LeftAnti|LeftSingle|ExistenceJoin)\b/.exec(node.detail.slice(node.detail.indexOf(' ') + 1).replace(/\[[^\]]*\]/g, '[]'))?.[1];
}

/** Key columns of a join, as written in its first key list, without expression ids. */
export function joinKeys(node: PlanNode): string {
  return (/\[([^\]]*)\]/.exec(node.detail)?.[1] ?? '').replace(/#\d+L?/g, '').replace(/^(.{80}).+$/, '$1…');
}
