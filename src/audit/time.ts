// The time section of the report: where the wall time went, in parts that add up.

import { formatMillis, formatShare } from '../base/index.ts';
import { FACTS, type FactStore, type StageFact } from '../facts/index.ts';
import type { ReportTime, TimePart } from './report.ts';

/** Stages named in the head; the rest is in the parts. */
const TOP_STAGES = 6;

export function timeOf(store: FactStore): ReportTime {
  const { startMs, endMs, wallMs } = store.get(FACTS.clock);
  const activity = store.get(FACTS.activity);
  const path = store.get(FACTS.criticalPath);
  const timeline = store.get(FACTS.timeline);
  const parts: TimePart[] = [];
  if (wallMs !== undefined && wallMs > 0) {
    parts.push({ label: 'stages', ms: Math.max(0, wallMs - timeline.driverOnlyMs) });
    for (const [label, ms] of [...timeline.byLabel].sort((a, b) => b[1] - a[1])) parts.push({ label, ms });
  }
  return {
    wallMs,
    startMs,
    endMs,
    driverOnlyMs: wallMs === undefined ? undefined : timeline.driverOnlyMs,
    criticalPathMs: wallMs === undefined ? undefined : path.floorMs,
    busyCoreMs: activity.busyCoreMs,
    allocatedCoreMs: activity.allocatedCoreMs,
    utilisation:
      activity.allocatedCoreMs === undefined || activity.allocatedCoreMs <= 0 ? undefined : activity.busyCoreMs / activity.allocatedCoreMs,
    peakSlots: activity.slotsKnown ? activity.peakSlots : undefined,
    parts,
    stages: path.stages.slice(0, TOP_STAGES).map(({ stage, heldMs }) => ({
      stageId: stage.stage.id,
      attempt: stage.stage.attempt,
      name: stage.stage.name,
      heldMs: Math.round(heldMs),
      tasks: stage.stage.taskCount,
      what: whatOf(stage, store),
    })),
    notes: notesOf(store),
  };
}

/** The operators that a stage ran, heaviest words first; its call site for RDD jobs. */
function whatOf(stage: StageFact, store: FactStore): string {
  const names = store
    .get(FACTS.plans)
    .ofStage(stage)
    .filter(({ node }) => node.kind !== 'wrapper' && node.kind !== 'project' && node.kind !== 'aqe-read' && !node.cached)
    .map(({ node }) => node.name.trim().replace(/^Execute /, ''));
  const unique = [...new Set(names)].slice(0, 4);
  return unique.length > 0 ? unique.join(' ← ') : stage.stage.name;
}

/** A stage is worth a remark when it held the end for this share of the run. */
const HEAVY_STAGE = 0.15;
/** Under this ratio of longest to median task a stage is even (rule catalogue: skew starts well above). */
const EVEN = 1.5;

/** What a reader would otherwise have to work out from the numbers: is the heavy stage even, how wide are the stages, who waited for whom. */
function notesOf(store: FactStore): string[] {
  const { wallMs } = store.get(FACTS.clock);
  const path = store.get(FACTS.criticalPath);
  const timeline = store.get(FACTS.timeline);
  const all = store.get(FACTS.stages).all;
  const notes: string[] = [];
  if (wallMs === undefined || wallMs <= 0) return notes;
  for (const { stage, heldMs } of path.stages.slice(0, 2)) {
    const durations = stage.distribution('duration');
    if (heldMs < HEAVY_STAGE * wallMs || durations === undefined || durations.count < 4 || durations.median <= 0) continue;
    const ratio = durations.max / durations.median;
    if (ratio >= EVEN || stage.stage.runningTasks.length > 0) continue;
    notes.push(
      `Stage ${stage.stage.id} is even, not skewed: the longest of its ${durations.count} tasks took ${formatMillis(durations.max)}, ${ratio.toFixed(1)} × the median.`,
    );
  }
  const single = all.filter((stage) => stage.width === 1).length;
  if (all.length >= 10 && single >= all.length / 2) {
    const held = path.stages.reduce((sum, { stage, heldMs }) => sum + (stage.width === 1 ? heldMs : 0), 0);
    notes.push(`${single} of the ${all.length} stages that ran have one task; together they held the end for ${formatMillis(held)}.`);
  }
  if (timeline.driverOnlyMs >= 0.2 * wallMs) {
    const labels = [...timeline.byLabel].sort((a, b) => b[1] - a[1]).filter(([, ms]) => ms >= 0.05 * wallMs);
    const parts = labels.map(([label, ms]) => `${label} ${formatMillis(ms)}`).join(', ');
    const bound = timeline.driverOnlyMs >= 0.5 * wallMs ? 'The run is bound by its driver: no' : 'No';
    notes.push(
      `${bound} task ran for ${formatMillis(timeline.driverOnlyMs)} (${formatShare(timeline.driverOnlyMs / wallMs)} of the run)${parts === '' ? '' : `: ${parts}`}.`,
    );
  }
  return notes;
}
