// Small helpers that several rules share: evidence references, who wrote and who read an exchange, time on the path, fixed cost per task.
// Law: pure functions of facts; no thresholds of a single rule live here. Append; do not change what others use.

import { formatBytes, formatCount, formatMillis, parseBytes, quantile, sorted, sum } from '../base/index.ts';
import {
  below,
  type CriticalPath,
  type ExecutorFact,
  type PlanNode,
  type PlanTree,
  type Settings,
  type Skews,
  type StageFact,
  type StageSkew,
} from '../facts/index.ts';
import type { EvidenceRef, Place, Threshold } from './define.ts';

export const stageRef = (stage: StageFact): EvidenceRef => ({ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt });

export const nodeRef = (tree: PlanTree, node: PlanNode): EvidenceRef => ({
  kind: 'sql',
  executionId: tree.execution.id,
  nodeId: node.id,
  node: node.name,
});

/** Each thing once, in order. */
export const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** Σ time on the critical path of these stages, each counted once, ms. */
export const heldBy = (path: CriticalPath, stages: readonly StageFact[]): number =>
  unique(stages).reduce((sum, stage) => sum + path.held(stage), 0);

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
  return sum(stage.schedulerDelay()) + sum(stage.values('deserializeMs'));
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

/** Key columns of a join, as written in its first key list, without expression ids. */
export function joinKeys(node: PlanNode): string {
  return (/\[([^\]]*)\]/.exec(node.detail)?.[1] ?? '').replace(/#\d+L?/g, '').replace(/^(.{80}).+$/, '$1…');
}

/** Columns of a hash or range shuffle, without expression ids; empty for round robin and single partitions. */
export function shuffleKeys(exchange: PlanNode | undefined): string {
  const inside = /(?:hash|range)partitioning\((.*), \d+\)/.exec(exchange?.detail ?? '')?.[1] ?? '';
  return inside
    .replace(/#\d+L?/g, '')
    .replace(/ (?:ASC|DESC)(?: NULLS (?:FIRST|LAST))?/g, '')
    .replace(/^(.{80}).+$/, '$1…');
}

/** What a rule on tasks cannot do without: `undefined` when it is there. */
export function missingTasks(stages: readonly StageFact[]): readonly string[] | undefined {
  if (stages.length === 0) return ['task ends (no stage of this log has any)'];
  return stages.some((stage) => stage.total('runMs') > 0 || stage.stage.runningTasks.length > 0)
    ? undefined
    : ['task metrics (run time, bytes and records)'];
}

/** Thresholds that the three skew rules share. */
export const SKEW_THRESHOLDS = {
  minRatio: {
    value: 2.5,
    unit: 'ratio',
    origin:
      'measured: hot keys that cost time gave 3.1–38 ×, a range of four groups gave 2.0 ×; NVIDIA uses 3 × the mean, Spark’s own splitting 5 × the median',
    description: 'the heaviest task must have this many times the data of a typical one',
  },
  minShare: {
    value: 0.15,
    unit: 'share',
    origin: 'Dr. Elephant asks for 75 % of the stage and misses most; less than a seventh is the spread of equal tasks',
    description: 'the unevenness must account for this share of the stage’s time on the critical path',
  },
  extremeRatio: {
    value: 10,
    unit: 'ratio',
    origin: 'twice the factor from which Spark itself splits a partition (spark.sql.adaptive.skewJoin.skewedPartitionFactor)',
    description: 'from this ratio on unevenness is named whatever it cost: with more cores it will cost more',
  },
} as const satisfies Readonly<Record<string, Threshold>>;

/** The uneven stages of one kind that are worth a place, under the thresholds above. */
export function skewsOf(
  skews: Skews,
  path: CriticalPath,
  kind: StageSkew['origin']['kind'],
  t: Readonly<Record<keyof typeof SKEW_THRESHOLDS, number>>,
): StageSkew[] {
  return skews.all.filter(
    (skew) =>
      skew.origin.kind === kind &&
      skew.dataRatio >= t.minRatio &&
      (skew.heldMs >= t.minShare * path.held(skew.stage) || skew.dataRatio >= t.extremeRatio),
  );
}

const amount = (skew: StageSkew, value: number) =>
  skew.data.startsWith('bytes') ? formatBytes(value) : `${formatCount(value)} ${skew.data.startsWith('rows') ? 'joined rows' : 'records'}`;

/** The place of an uneven stage: `where` names the operator and its keys ("the SortMergeJoin on customer_id"). */
export function skewPlace(skew: StageSkew, where: string, remedies: readonly string[]): Place {
  const { stage, origin } = skew;
  const verb = skew.data.endsWith('written') ? 'wrote' : skew.data.startsWith('rows') ? 'made' : 'read';
  const compared =
    skew.typicalData > 0
      ? ` where a typical task ${verb} ${amount(skew, skew.typicalData)} (${skew.dataRatio.toFixed(1)}×)`
      : ' and the others none';
  const first = skew.hot[0] ?? 0;
  const many = skew.hot.length > 1 ? ` (${skew.hot.length} tasks are heavy)` : '';
  const cause = skew.unfinished
    ? `${where} is skewed: task ${first} of stage ${stage.stage.id} has about ${amount(skew, skew.maxData)} to read where a typical task read ${amount(skew, skew.typicalData)} (${skew.dataRatio.toFixed(1)}×); it had run ${formatMillis(skew.maxMs)} when the log ended, the others took ${formatMillis(skew.typicalMs)}.`
    : `${where} is skewed: task ${first} of stage ${stage.stage.id} ${verb} ${amount(skew, skew.maxData)}${compared} and took ${formatMillis(skew.maxMs)} instead of ${formatMillis(skew.typicalMs)}${many}; the unevenness held the end for up to ${formatMillis(skew.heldMs)}.`;
  const unit = skew.data.startsWith('bytes') ? 'bytes' : 'count';
  return {
    cause,
    evidence: [
      { kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt, tasks: skew.hot.slice(0, 10) },
      ...(origin.tree !== undefined && origin.node !== undefined ? [nodeRef(origin.tree, origin.node)] : []),
      ...(origin.tree !== undefined && origin.exchange !== undefined && origin.exchange !== origin.node
        ? [nodeRef(origin.tree, origin.exchange)]
        : []),
    ],
    numbers: [
      { name: `most ${skew.data}`, value: Math.round(skew.maxData), unit },
      { name: `typical ${skew.data}`, value: Math.round(skew.typicalData), unit },
      { name: 'longest task', value: Math.round(skew.maxMs), unit: 'ms' },
      { name: 'typical task', value: Math.round(skew.typicalMs), unit: 'ms' },
      { name: 'tasks', value: stage.width, unit: 'count' },
    ],
    heldMs: skew.heldMs,
    remedies,
  };
}

/** Pieces to cut a hot key into: as heavy as a typical task each, and enough for every slot. */
export const saltsFor = (skew: StageSkew): number =>
  Math.min(64, Math.max(4, Math.round(skew.stage.slots), Number.isFinite(skew.dataRatio) ? Math.ceil(skew.dataRatio) : 0));

/** Time in Python of an evaluation node, ms over all tasks: as measured (4.3+), as the workers ran (4.0+), else the stage's run time without CPU, collection and waiting. */
export function pythonMs(node: PlanNode): number {
  const idle = unique(node.stages).reduce(
    (sum, stage) =>
      sum +
      Math.max(
        0,
        stage.total('runMs') -
          stage.total('cpuNs') / 1e6 -
          stage.total('gcMs') -
          stage.total('fetchWaitMs') -
          stage.total('shuffleWriteNs') / 1e6,
      ),
    0,
  );
  return node.metric('time to execute Python code') ?? Math.min(node.metric('time to run Python workers') ?? idle, idle);
}

/** Names of the Python functions that a node evaluates, in order. */
export function pythonFunctions(node: PlanNode): string[] {
  const list = /\[(.*?)\](?:,|$)/.exec(node.detail)?.[1] ?? node.detail;
  return unique([...list.matchAll(/([\w.<>]+)\([^()]*(?:\([^()]*\)[^()]*)*\)#\d+/g)].map((match) => match[1] as string));
}

/** A store behind a network protocol, where opening or renaming a file is a request: s3a://, gs://, abfss://, … */
export const isObjectStore = (location: string): boolean => /\b(s3[an]?|gs|abfss?|wasbs?|adls?|oss|cosn?|obs):\/\//i.test(location);

/** A time as Spark's settings write it (`3s`, `500ms`, `2min`; a plain number is ms), ms; undefined when it is none. */
export function parseDurationMs(text: string | undefined): number | undefined {
  const match = /^\s*(\d+)\s*(us|ms|s|m|min|h|d)?\s*$/.exec(text ?? '');
  if (match === null) return undefined;
  const unit = { us: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] ?? 'ms'] as number;
  return Number(match[1]) * unit;
}
