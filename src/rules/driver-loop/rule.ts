// Driver loop: the driver starts many queries of one shape, one after another; each pays for planning, scheduling and often for the whole input again.
// Law: only whole queries with jobs, in sequence, of the same plan shape; micro-batches of a stream and the iterations of Spark's own libraries are no loop.
// The program's own pauses between the turns (sleeping, calling services) are not the loop's: merging queries does not remove them.
// What a combined query would take: the heaviest turn as it was, and the work of the others that is not the same for all, spread over the slots.

import { formatCount, formatMillis, formatShare, median } from '../../base/index.ts';
import type { Plan, SqlExecution } from '../../eventlog/index.ts';
import { normalPlanMs, type Scan, type StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type FactMap, type Place, placesOr } from '../define.ts';

type Facts = Pick<FactMap, 'run' | 'clock' | 'activity' | 'stages' | 'criticalPath' | 'scans' | 'timeline' | 'plans'>;

/** A pause of this many turns ends a loop. */
const PAUSE_TURNS = 5;
/** Stages and queries named as evidence: enough to fold what lies in the loop, few enough to read. */
const MAX_EVIDENCE = 1000;

interface Turn {
  readonly execution: SqlExecution;
  readonly startMs: number;
  readonly endMs: number;
  readonly shape: string;
}

export const rule = defineRule({
  meta: {
    id: 'driver-loop',
    title: 'Loop of similar queries on the driver',
    category: 'driver',
    needs: ['run', 'clock', 'activity', 'stages', 'criticalPath', 'scans', 'timeline', 'plans'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['loop', 'action'],
    thresholds: {
      minTurns: {
        value: 5,
        unit: 'count',
        origin: 'a handful of similar queries is a list of outputs; from five on a loop wrote them',
        description: 'least number of queries of the same shape',
      },
      pauseMs: {
        value: 5000,
        unit: 'ms',
        origin: 'a program goes on at once; people, schedules and long work on the driver leave longer pauses',
        description: 'longest pause between two turns of a loop (or five turns, if that is longer)',
      },
      maxUtilisation: {
        value: 0.6,
        unit: 'share',
        origin: 'a loop whose turns fill the slots gains nothing from being merged, unless they share their input',
        description: 'most busy share of the slots for a loop whose turns read different data',
      },
      sameInput: {
        value: 0.8,
        unit: 'share',
        origin: 'a first or last turn may read something else',
        description: 'share of the turns that must read the same files for the read to count as shared',
      },
    },
    explains: [
      'driver-gap',
      'tiny-tasks',
      'idle-slots',
      'small-input-files',
      'small-output-files',
      'recomputed-lineage',
      'plan-blowup',
      'repeated-scan',
      'job-barrier',
      'slow-commit',
      'row-format-scan',
    ],
  },
  diagnose(facts, t) {
    if (facts.run.sql.length === 0 && facts.run.jobs.length > 0) return { status: 'notApplicable', why: 'no SQL query' };
    if (facts.stages.all.length === 0) return { status: 'noData', missing: ['tasks of the queries'] };
    const places = loops(facts, t.minTurns, t.pauseMs).flatMap((turns) => placeOf(turns, facts, t) ?? []);
    return placesOr(places, `no run of ${formatCount(t.minTurns)} queries of the same shape one after another`);
  },
});

/** The operators of a plan as it was before AQE, without ids and wrappers. */
function shapeOf(plan: Plan | undefined): string {
  return (plan?.names ?? [])
    .filter((name) => !/^(WholeStageCodegen|InputAdapter|AdaptiveSparkPlan)/.test(name))
    .map((name) => name.replace(/\d+/g, '#').trim())
    .join('|');
}

/** Runs of consecutive queries whose shapes occur often: a turn of a loop may have more than one query. */
function loops({ run }: Facts, minTurns: number, pauseMs: number): Turn[][] {
  const turns: Turn[] = [];
  const jobs = new Map(run.jobs.map((job) => [job.id, job]));
  const children = new Map<number, number[]>();
  for (const execution of run.sql) children.set(execution.rootId, [...(children.get(execution.rootId) ?? []), ...execution.jobIds]);
  for (const execution of run.sql) {
    const own = children.get(execution.id) ?? execution.jobIds;
    if (execution.rootId !== execution.id || own.length === 0 || execution.startMs === undefined || execution.endMs === undefined) continue;
    if (own.some((id) => jobs.get(id)?.streamingQueryId !== undefined) || /runId = /.test(execution.description ?? '')) continue;
    turns.push({ execution, startMs: execution.startMs, endMs: execution.endMs, shape: shapeOf(execution.initialPlan ?? execution.plan) });
  }
  turns.sort((a, b) => a.startMs - b.startMs || a.execution.id - b.execution.id);
  const often = new Map<string, number>();
  for (const turn of turns) if (turn.shape !== '') often.set(turn.shape, (often.get(turn.shape) ?? 0) + 1);
  const out: Turn[][] = [];
  let current: Turn[] = [];
  for (const turn of turns) {
    const last = current.at(-1);
    const belongs = (often.get(turn.shape) ?? 0) >= minTurns;
    if (
      belongs &&
      (last === undefined ||
        turn.startMs - last.endMs <=
          Math.max(pauseMs, PAUSE_TURNS * (median(current.slice(-20).map((one) => one.endMs - one.startMs)) ?? 0)))
    )
      current.push(turn);
    else {
      if (current.length >= minTurns) out.push(current);
      current = belongs ? [turn] : [];
    }
  }
  if (current.length >= minTurns) out.push(current);
  return out;
}

function placeOf(
  turns: readonly Turn[],
  facts: Facts,
  t: { readonly minTurns: number; readonly maxUtilisation: number; readonly sameInput: number },
): Place | undefined {
  const { stages, criticalPath, scans, activity, timeline, plans } = facts;
  const [first, last] = [turns[0] as Turn, turns.at(-1) as Turn];
  const startMs = first.startMs;
  const endMs = Math.max(...turns.map((turn) => turn.endMs));
  const wallMs = endMs - startMs;
  const inTurns = turns.reduce((sum, turn) => sum + turn.endMs - turn.startMs, 0);
  // Queries that overlap come from threads: the program runs them together already.
  if (wallMs <= 0 || inTurns > 1.5 * wallMs) return undefined;
  const groups = new Map<string, Turn[]>();
  for (const turn of turns) groups.set(turn.shape, [...(groups.get(turn.shape) ?? []), turn]);
  const count = Math.max(...[...groups.values()].map((group) => group.length));
  if (count < t.minTurns) return undefined;

  const ids = new Set(turns.map((turn) => turn.execution.id));
  const own = stages.all.filter(
    (stage) => stage.execution !== undefined && (ids.has(stage.execution.id) || ids.has(stage.execution.rootId)),
  );
  const taskMs = own.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
  const slots = Math.max(1, own.reduce((sum, stage) => sum + stage.slots, 0) / Math.max(1, own.length));
  const idle = timeline.within(startMs, endMs);
  // Going from one query to the next takes a while, for a wide plan a longer one; beyond that the program does something else.
  const between = idle.filter((segment) => segment.label === 'driver code');
  const beyondMs = between.reduce((sum, segment) => {
    const next = segment.nextExecutionId === undefined ? undefined : plans.get(segment.nextExecutionId);
    return sum + Math.max(0, segment.endMs - segment.startMs - normalPlanMs(next));
  }, 0);
  const paused = beyondMs > wallMs / 2;
  // Where pauses are most of it, nothing says that a part of them is planning.
  const pausesMs = paused ? between.reduce((sum, segment) => sum + segment.endMs - segment.startMs, 0) : beyondMs;
  const workMs = wallMs - pausesMs;
  const utilisation = taskMs / (slots * workMs);
  const shared = sharedStages([...groups.values()], scans, t.sameInput);
  const source = shared.source;
  if (source === undefined && utilisation > t.maxUtilisation) return undefined;
  // One turn of each shape as it is; of the others what is their own.
  const heaviest = [...groups.values()].reduce((sum, group) => sum + Math.max(...group.map((turn) => turn.endMs - turn.startMs)), 0);
  const otherMs = own.filter((stage) => !shared.stages.has(stage)).reduce((sum, stage) => sum + stage.taskTimeMs, 0) / slots;
  const together = Math.min(workMs, heaviest + otherMs * (1 - 1 / count));
  // The loop can hold the end only while it is on the path.
  const onPath = criticalPath.pieces.reduce(
    (sum, piece) => sum + Math.max(0, Math.min(piece.endMs, endMs) - Math.max(piece.startMs, startMs)),
    0,
  );
  const idleMs = idle.reduce((sum, segment) => sum + segment.endMs - segment.startMs, 0);

  const line = turns.map((turn) => / at (\S+\.py):(\d+)/.exec(turn.execution.description ?? '')).find((match) => match !== null);
  const evidence: EvidenceRef[] = [
    // The first turn is no repetition, and what came before it is not the loop's.
    // Where the program's pauses are most of it, they are a cause of their own (driver-gap), and the queries that they lie between are left to it.
    ...turns
      .slice(1, MAX_EVIDENCE)
      .flatMap((turn): EvidenceRef[] =>
        paused
          ? turn.execution.jobIds.map((jobId): EvidenceRef => ({ kind: 'job', jobId }))
          : [{ kind: 'sql', executionId: turn.execution.id }],
      ),
    ...own.slice(0, MAX_EVIDENCE).map((stage): EvidenceRef => ({ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt })),
    ...(line === undefined ? [] : [{ kind: 'source', file: line[1] as string, line: Number(line[2]) } as const]),
  ];
  const writes = turns.some((turn) => /InsertInto|WriteFiles|AppendData|Overwrite/.test(turn.shape));
  const perTurn = groups.size > 1 ? ` (${formatCount(turns.length)} queries, ${formatCount(groups.size)} shapes)` : '';
  return {
    cause: `${formatCount(count)} turns of a loop${perTurn} ran one after another from query ${first.execution.id} to ${last.execution.id}: ${formatMillis(wallMs)}, ${formatMillis(wallMs / count)} a turn${pausesMs < 0.1 * wallMs ? '' : ` (${formatMillis(pausesMs)} in all are pauses of the program, not counted)`}, ${formatShare(Math.min(1, utilisation))} of the slots busy${source === undefined ? '' : `; each turn read ${source} again`}.`,
    evidence,
    numbers: [
      { name: 'turns', value: count, unit: 'count' },
      { name: 'queries', value: turns.length, unit: 'count' },
      { name: 'time of the loop', value: wallMs, unit: 'ms' },
      { name: 'without a running task', value: idleMs, unit: 'ms' },
      { name: "the program's own pauses", value: pausesMs, unit: 'ms' },
      { name: 'slots busy', value: Math.min(1, utilisation), unit: 'share' },
      { name: 'one query for all, at most', value: together, unit: 'ms' },
    ],
    heldMs: Math.max(0, Math.min(workMs - together, onPath - pausesMs)),
    remedies: [
      writes
        ? `Write all ${formatCount(count)} parts with one query: make the loop variable a column and use df.write.partitionBy(column) (repartition by it first), instead of one filter and write per value.`
        : `Ask for all ${formatCount(count)} turns in one query: group by the loop variable (or join with a small table of its values) and collect the few result rows once.`,
      ...(source === undefined
        ? []
        : [
            `If the turns must stay apart, read ${source} once: cache the common part with only its needed columns before the loop, and unpersist it after.`,
          ]),
      `If the turns do not depend on each other, run them from a few threads (ThreadPoolExecutor) so that they share the ${formatCount(activity.peakSlots)} slots.`,
    ],
  };
}

/** Stages that read the same files in (nearly) every turn of a shape; the source's last path part names it. */
function sharedStages(
  groups: readonly (readonly Turn[])[],
  scans: readonly Scan[],
  sameInput: number,
): { stages: Set<StageFact>; source: string | undefined } {
  const out = new Set<StageFact>();
  let source: string | undefined;
  let most = 0;
  for (const group of groups) {
    const ids = new Set(group.map((turn) => turn.execution.id));
    const bySource = new Map<string, { turns: Set<number>; stages: Set<StageFact>; bytes: number }>();
    for (const scan of scans) {
      // Data of the driver and RDDs of any kind carry no name by which they could be known again.
      if (!ids.has(scan.tree.execution.id) || /^(LocalTableScan|Range|Scan (OneRow|ExistingRDD)|Scan\s*$)/.test(scan.node.name)) continue;
      const key = `${scan.source}|${scan.files ?? ''}|${scan.bytes ?? ''}|${scan.partitionFilters}`;
      const entry = bySource.get(key) ?? { turns: new Set(), stages: new Set(), bytes: scan.bytes ?? 0 };
      entry.turns.add(scan.tree.execution.id);
      for (const stage of scan.stages) entry.stages.add(stage);
      bySource.set(key, entry);
    }
    for (const [key, entry] of bySource) {
      if (entry.turns.size < sameInput * group.length) continue;
      const held = [...entry.stages].reduce((sum, stage) => sum + stage.wallMs, 0);
      for (const stage of entry.stages) out.add(stage);
      if (held > most) {
        most = held;
        source = nameOf(key.split('|')[0] as string);
      }
    }
  }
  return { stages: out, source };
}

/** `InMemoryFileIndex(1 paths)[file:/data/transactions]` → `transactions`. */
const nameOf = (location: string) => /([^/[\](),\s]+)\/?\]?\)?$/.exec(location.trim())?.[1] ?? 'the same input';
