// Small helpers that several rules share: evidence references, who wrote and who read an exchange, time on the path, fixed cost per task.
// Law: pure functions of facts; no thresholds of a single rule live here. Append; do not change what others use.

import { formatBytes, formatCount, formatMillis, quantile, sorted, sum, unique } from '../base/index.ts';
import type { CriticalPath, PlanNode, PlanTree, Skews, StageFact, StageSkew } from '../facts/index.ts';
import type { EvidenceRef, Place, Threshold } from './define.ts';

export {
  buildSides,
  exchangeBelow,
  isObjectStore,
  joinType,
  needsDistribution,
  pythonMs,
  smallestHeap,
  writersOf,
} from '../facts/index.ts';
export { unique };

export const stageRef = (stage: StageFact): EvidenceRef => ({ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt });

export const nodeRef = (tree: PlanTree, node: PlanNode): EvidenceRef => ({
  kind: 'sql',
  executionId: tree.execution.id,
  nodeId: node.id,
  node: node.name,
});

/** Σ time on the critical path of these stages, each counted once, ms. */
export const heldBy = (path: CriticalPath, stages: readonly StageFact[]): number =>
  unique(stages).reduce((sum, stage) => sum + path.held(stage), 0);

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
    : `${where} is skewed: task ${first} of stage ${stage.stage.id} ${verb} ${amount(skew, skew.maxData)}${compared} and took ${formatMillis(skew.maxMs)}, the median of the others ${formatMillis(skew.typicalMs)}${many}; the unevenness held the end for up to ${formatMillis(skew.heldMs)}.`;
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

/** Names of the Python functions that a node evaluates, in order. */
export function pythonFunctions(node: PlanNode): string[] {
  const list = /\[(.*?)\](?:,|$)/.exec(node.detail)?.[1] ?? node.detail;
  return unique([...list.matchAll(/([\w.<>]+)\([^()]*(?:\([^()]*\)[^()]*)*\)#\d+/g)].map((match) => match[1] as string));
}

/** A time as Spark's settings write it (`3s`, `500ms`, `2min`; a plain number is ms), ms; undefined when it is none. */
export function parseDurationMs(text: string | undefined): number | undefined {
  const match = /^\s*(\d+)\s*(us|ms|s|m|min|h|d)?\s*$/.exec(text ?? '');
  if (match === null) return undefined;
  const unit = { us: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] ?? 'ms'] as number;
  return Number(match[1]) * unit;
}

/**
 * What each of these operators held on the critical path, ms: the part of its stages' task time that it took (`msOf`, ms). Operators of one
 * stage wait for each other, and each counts the waiting: where together they claim more than the stage, each has its part of it.
 */
export function heldByOperators(
  criticalPath: CriticalPath,
  nodes: Iterable<PlanNode>,
  msOf: (node: PlanNode) => number,
): (node: PlanNode) => number {
  const shareOf = (node: PlanNode) => {
    const total = taskTimeOf(node);
    return total <= 0 ? 0 : Math.min(1, msOf(node) / total);
  };
  const claims = new Map<StageFact, number>();
  for (const node of nodes) for (const stage of unique(node.stages)) claims.set(stage, (claims.get(stage) ?? 0) + shareOf(node));
  return (node) =>
    unique(node.stages).reduce((sum, stage) => sum + (criticalPath.held(stage) * shareOf(node)) / Math.max(1, claims.get(stage) ?? 1), 0);
}

/** Task time of the stages that an operator ran in, ms. */
export const taskTimeOf = (node: PlanNode): number => unique(node.stages).reduce((sum, stage) => sum + stage.taskTimeMs, 0);
