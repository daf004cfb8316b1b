// Job barrier: writes that do not depend on each other run one after another, and each leaves most slots free.
// Law: only whole writes that read nothing another of them wrote, with nothing collected between; what is saved is bounded by the work itself
// spread over all slots and by the longest of them.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import { below, type PlanTree } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, stageRef, unique } from '../shared.ts';

interface Write {
  readonly tree: PlanTree;
  readonly startMs: number;
  readonly endMs: number;
  readonly taskMs: number;
  readonly target: string | undefined;
  readonly sources: readonly string[];
}

export const rule = defineRule({
  meta: {
    id: 'job-barrier',
    title: 'Independent writes one after another',
    category: 'driver',
    needs: ['run', 'stages', 'plans', 'activity', 'criticalPath'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['write', 'action'],
    thresholds: {
      maxBusy: {
        value: 0.5,
        unit: 'share',
        origin: 'below half of the slots a second write of the same kind fits beside the first',
        description: 'most busy share of the slots during each write',
      },
      minMs: {
        value: 5000,
        unit: 'ms',
        origin: 'threads and pools in a program are worth it for writes of several seconds',
        description: 'least length of a write',
      },
    },
    explains: [],
  },
  diagnose({ run, stages, plans, activity, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const writes: Write[] = [];
    for (const tree of plans.all) {
      const { startMs, endMs, rootId, id } = tree.execution;
      const write = tree.nodes.find((node) => node.kind === 'write');
      if (write === undefined || rootId !== id || startMs === undefined || endMs === undefined) continue;
      if (/runId = /.test(tree.execution.description ?? '')) continue;
      const own = stages.ofExecution(id);
      writes.push({
        tree,
        startMs,
        endMs,
        taskMs: own.reduce((sum, stage) => sum + stage.taskTimeMs, 0),
        target: /((?:[a-z][a-z0-9+.-]*:)?\/[^\s,\]]+)/i.exec(write.detail.replace(/^Execute \S+ /, ''))?.[1],
        sources: [write, ...below(write)].flatMap((node) => (node.kind === 'scan' ? [node.metadata.Location ?? node.detail] : [])),
      });
    }
    if (writes.length < 2) return { status: 'notApplicable', why: 'fewer than two writes' };
    writes.sort((a, b) => a.startMs - b.startMs);
    const slots = Math.max(1, activity.peakSlots);
    const groups: Write[][] = [];
    let current: Write[] = [];
    for (const write of writes) {
      const last = current.at(-1);
      const fits =
        write.endMs - write.startMs >= t.minMs &&
        write.taskMs < t.maxBusy * slots * (write.endMs - write.startMs) &&
        write.target !== undefined;
      const follows =
        last !== undefined && write.startMs >= last.endMs && !between(last, write) && current.every((one) => independent(one, write));
      if (fits && (last === undefined || follows)) current.push(write);
      else {
        if (current.length > 1) groups.push(current);
        current = fits ? [write] : [];
      }
    }
    if (current.length > 1) groups.push(current);
    return placesOr(
      groups.flatMap((group) => placeOf(group) ?? []),
      'no independent writes in a row that leave most slots free',
    );

    /** Another query or job between two writes may bring the driver what the second one depends on. */
    function between(a: Write, b: Write): boolean {
      return run.jobs.some((job) => (job.submittedMs ?? 0) >= a.endMs && (job.submittedMs ?? 0) < b.startMs);
    }

    function placeOf(group: readonly Write[]): Place | undefined {
      const first = group[0] as Write;
      const last = group.at(-1) as Write;
      const wall = group.reduce((sum, one) => sum + one.endMs - one.startMs, 0);
      const longest = Math.max(...group.map((one) => one.endMs - one.startMs));
      const work = group.reduce((sum, one) => sum + one.taskMs, 0) / slots;
      const onPath = criticalPath.pieces.reduce(
        (sum, piece) => sum + Math.max(0, Math.min(piece.endMs, last.endMs) - Math.max(piece.startMs, first.startMs)),
        0,
      );
      const heldMs = Math.min(onPath, wall - Math.max(longest, work));
      if (heldMs <= 0) return undefined;
      const own = unique(group.flatMap(({ tree }) => stages.ofExecution(tree.execution.id)));
      const busy = group.reduce((sum, one) => sum + one.taskMs, 0) / (slots * wall);
      return {
        cause: `${formatCount(group.length)} writes that do not read each other's output (queries ${group.map(({ tree }) => tree.execution.id).join(', ')}) ran one after another for ${formatMillis(wall)}, with ${formatShare(busy)} of ${formatCount(slots)} slots busy: side by side they would take ${formatMillis(Math.max(longest, work))} at best.`,
        evidence: [...group.map(({ tree }) => ({ kind: 'sql' as const, executionId: tree.execution.id })), ...own.map(stageRef)],
        numbers: [
          { name: 'writes', value: group.length, unit: 'count' },
          { name: 'one after another', value: wall, unit: 'ms' },
          { name: 'the longest', value: longest, unit: 'ms' },
          { name: 'slots busy', value: busy, unit: 'share' },
        ],
        heldMs,
        remedies: [
          'Start the writes from a few threads (`ThreadPoolExecutor`) with spark.scheduler.mode=FAIR, so that one fills the slots that the other leaves.',
          'Give the slots more tasks instead, if the writes can be cut finer.',
        ],
      };
    }
  },
});

function independent(a: Write, b: Write): boolean {
  if (a.target === undefined || b.target === undefined || a.target === b.target) return false;
  const target = a.target.replace(/^[a-z0-9+.-]+:\/*/i, '/');
  return !b.sources.some((source) => source.includes(target));
}
