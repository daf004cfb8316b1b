// The time section of the report: where the wall time went, in parts that add up.

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
    utilisation: activity.allocatedCoreMs === undefined || activity.allocatedCoreMs <= 0 ? undefined : activity.busyCoreMs / activity.allocatedCoreMs,
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
