// ExecGraph from a run's facts: which job waited for which, how long the driver took between them, which stage needs which, who had slots when.
// Laws: anchors point back in time only, so the graph has no cycle; what cannot be known is an assumption in words, never a silent guess.
// Anchors: a query stage of AQE waits for the jobs that made its shuffles and broadcasts; any other job waits for the one that had ended last.

import { median } from '../base/index.ts';
import type { Job, SparkRun } from '../eventlog/index.ts';
import { type Activity, defineFact, FACTS, type StageFact, type Steps, type Timeline, valueAt } from '../facts/index.ts';
import type { ExecGraph, GapPart, SimJob, SimStage, SlotSteps } from './graph.ts';
import { memoryOf, shapeOf } from './shape.ts';
import { tasksOf } from './tasks.ts';
import { blocksOf, widthOf } from './width.ts';

/** Why a run cannot be replayed, or its graph. */
export type Built =
  | { readonly graph: ExecGraph; readonly cannotPredict?: undefined }
  | { readonly graph?: undefined; readonly cannotPredict: string };

/** Events of one moment are stamped a few ms apart. */
const TOLERANCE_MS = 2;
/** A stage that waited for a slot: what its launch costs is not seen then; this is the usual (labelled runs: 3 to 15 ms). */
const LAUNCH_MS = 8;

export const execGraph = defineFact('execGraph', (run, get): Built => {
  const { startMs, endMs, wallMs } = get(FACTS.clock);
  const all = get(FACTS.stages).all;
  const why = refusal(run, wallMs, all.length);
  if (why !== undefined || startMs === undefined || endMs === undefined || wallMs === undefined)
    return { cannotPredict: why ?? 'the log does not say when the run began and ended' };
  const activity = get(FACTS.activity);
  const settings = get(FACTS.settings);
  const timeline = get(FACTS.timeline);
  const plans = get(FACTS.plans);
  const jobs = run.jobs
    .filter((job) => job.submittedMs !== undefined && job.completedMs !== undefined)
    .sort((a, b) => (a.submittedMs as number) - (b.submittedMs as number) || a.id - b.id);
  if (jobs.length === 0) return { cannotPredict: 'no job ended in this log' };
  const jobIndex = new Map(jobs.map((job, i) => [job.id, i]));
  const ran = all.filter((fact) => fact.job !== undefined && jobIndex.has(fact.job.id));
  const assumptions: string[] = [];
  if (ran.length < all.length) assumptions.push(`${all.length - ran.length} stages of jobs without an end are left out`);
  // In local mode the one JVM's cores are what there is, however far behind the driver was in stamping the ends of tasks.
  const cores = settings.local ? run.executors.find((executor) => executor.id === 'driver')?.cores : undefined;
  const slotSteps: Steps =
    !activity.slotsKnown && cores !== undefined && cores > 0
      ? { times: Float64Array.of(startMs), values: Float64Array.of(Math.max(1, Math.floor(cores / settings.taskCpus))) }
      : activity.slots;
  if (!activity.slotsKnown && slotSteps === activity.slots)
    assumptions.push('executors are missing from the log: slots are the most tasks seen at once');

  const indexOf = new Map(ran.map((fact, i) => [fact, i]));
  const stages = stagesOf(ran, jobs, jobIndex, activity, slotSteps, endMs, slotTime(activity.running, slotSteps), (fact) => ({
    width: widthOf(fact, plans, settings),
    blocks: blocksOf(fact, plans, settings),
    shape: shapeOf(fact, plans, (stage) => indexOf.get(stage)),
  }));
  const stagesByJob: number[][] = jobs.map(() => []);
  for (const [s, stage] of stages.entries()) (stagesByJob[stage.job] as number[]).push(s);
  const makers = new Map<number, StageFact[]>();
  for (const fact of ran) {
    const rdd = fact.stage.rdds[0]?.id;
    if (rdd !== undefined) makers.set(rdd, [...(makers.get(rdd) ?? []), fact]);
  }
  const skipped = new Map(run.stages.filter((stage) => stage.status === 'skipped').map((stage) => [stage.id, stage.rdds[0]?.id]));
  const executions = new Map(run.sql.map((one) => [one.id, one]));
  const byStage = new Map(ran.map((fact) => [fact.stage.id, fact]));
  const jobsOfQuery = new Map<number, number[]>();
  for (const [i, job] of jobs.entries()) {
    if (job.sqlExecutionId === undefined) continue;
    const own = jobsOfQuery.get(job.sqlExecutionId);
    if (own === undefined) jobsOfQuery.set(job.sqlExecutionId, [i]);
    else own.push(i);
  }
  const byEnd = jobs.map((_, i) => i).sort((a, b) => endOf(jobs, a) - endOf(jobs, b) || a - b);

  const simJobs = jobs.map((job, j): SimJob => {
    const after = anchorsOf(job, j);
    const anchorMs = after.reduce((top, i) => Math.max(top, endOf(jobs, i)), startMs);
    const gapMs = Math.max(0, (job.submittedMs as number) - anchorMs);
    const own = stagesByJob[j] as number[];
    const lastEnd = own.reduce((top, s) => Math.max(top, (ran[s] as StageFact).endMs), job.submittedMs as number);
    return {
      id: job.id,
      executionId: job.sqlRootExecutionId ?? job.sqlExecutionId,
      after,
      gapMs,
      gap: gapParts(timeline, anchorMs, anchorMs + gapMs),
      stages: own.sort((a, b) => (stages[a] as SimStage).id - (stages[b] as SimStage).id),
      tailMs: Math.max(0, (job.completedMs as number) - lastEnd),
      pool: job.pool ?? 'default',
    };
  });
  const last = byEnd.at(-1) as number;
  return {
    graph: {
      jobs: simJobs,
      stages,
      slots: slotsOf(slotSteps, startMs),
      mode: settings.get('spark.scheduler.mode')?.toUpperCase() === 'FAIR' ? 'FAIR' : 'FIFO',
      endAfter: byEnd.filter((j) => endOf(jobs, j) >= endOf(jobs, last) - TOLERANCE_MS),
      endGapMs: Math.max(0, endMs - endOf(jobs, last)),
      endGap: gapParts(timeline, endOf(jobs, last), endMs),
      ...executorShape(run, settings.local, settings.taskCpus, slotsOf(slotSteps, startMs)),
      local: settings.local,
      memory: memoryOf(get(FACTS.executors), settings),
      oneHost: sharesHost(run, settings.local),
      paced: jobs[last]?.streamingQueryId !== undefined,
      measuredMs: wallMs,
      assumptions,
    },
  };

  function anchorsOf(job: Job, j: number): number[] {
    const begin = job.submittedMs as number;
    const ended = (i: number) => i !== j && endOf(jobs, i) <= begin + TOLERANCE_MS && (i < j || endOf(jobs, i) < begin);
    if (job.sqlExecutionId !== undefined && settings.aqe(executions.get(job.sqlExecutionId))) {
      const needs = new Set<number>();
      for (const id of job.stageIds) {
        const rdd = skipped.get(id);
        for (const fact of rdd === undefined ? [] : (makers.get(rdd) ?? [])) {
          const i = jobIndex.get(fact.job?.id ?? -1);
          if (i !== undefined && ended(i)) needs.add(i);
        }
      }
      // Broadcasts and subqueries of the same query leave no shuffle: those that had ended were waited for.
      for (const i of jobsOfQuery.get(job.sqlExecutionId) ?? []) {
        if (i >= j) break;
        if (ended(i) && !needs.has(i) && makesNoShuffle(jobs[i] as Job)) needs.add(i);
      }
      const same = [...needs].filter((i) => (jobs[i] as Job).sqlExecutionId === job.sqlExecutionId);
      // All of them, not the last: with other slots another one may end last.
      if (same.length > 0) return same.sort((a, b) => a - b);
    }
    // The last in `byEnd` that had ended when this one began.
    let low = 0;
    let high = byEnd.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (endOf(jobs, byEnd[middle] as number) <= begin + TOLERANCE_MS) low = middle + 1;
      else high = middle;
    }
    let at = low - 1;
    while (at >= 0 && !ended(byEnd[at] as number)) at--;
    return at < 0 ? [] : [byEnd[at] as number];
  }

  /** Its own stage read no further: a result, not a map stage. Spark names no such thing; a map stage's shuffle is skipped in a later job. */
  function makesNoShuffle(job: Job): boolean {
    const lastStage = job.stageIds.reduce((top, id) => Math.max(top, id), -1);
    const fact = byStage.get(lastStage);
    return fact !== undefined && fact.total('shuffleWriteBytes') === 0 && fact.total('shuffleWriteRecords') === 0;
  }
});

const endOf = (jobs: readonly Job[], i: number): number => (jobs[i] as Job).completedMs as number;

/** Why a log cannot be replayed; undefined when it can. */
function refusal(run: SparkRun, wallMs: number | undefined, stagesRan: number): string | undefined {
  if (!run.application.completed) return 'the log has no end of the application: how long the whole run takes is not known';
  if (run.application.startMs === undefined) return 'the log has no start of the application';
  if (wallMs === undefined || wallMs <= 0) return 'the log does not say when the run began and ended';
  if (run.jobs.length === 0) return 'no job ran in this log';
  if (stagesRan === 0) return 'the log has no task ends';
  if (run.quality.gaps.length > 0) return `parts of the rolling log are missing (${run.quality.gaps.join(', ')})`;
  if (run.quality.compacted) return 'the log was compacted: finished jobs are no longer in it';
  return undefined;
}

function gapParts(timeline: Timeline, from: number, to: number): GapPart[] {
  const out: GapPart[] = [];
  let known = 0;
  for (const segment of timeline.within(from, to)) {
    const ms = segment.endMs - segment.startMs;
    known += ms;
    out.push({
      label: segment.label,
      ms,
      executionId: segment.executionId,
      between: [segment.previousExecutionId, segment.nextExecutionId],
    });
  }
  if (to - from - known > 0.5)
    out.push({ label: 'beside tasks', ms: to - from - known, executionId: undefined, between: [undefined, undefined] });
  return out;
}

function executorShape(run: SparkRun, local: boolean, taskCpus: number, steps: SlotSteps): Pick<ExecGraph, 'slotsEach' | 'executors'> {
  const most = steps.slots.reduce((top, value) => Math.max(top, value), 0);
  const cores = run.executors.filter((executor) => local || executor.id !== 'driver').flatMap((executor) => executor.cores ?? []);
  const each = local ? most : Math.max(1, Math.floor((median(cores) ?? 1) / taskCpus));
  return { slotsEach: Math.max(1, each), executors: Math.max(1, Math.round(most / Math.max(1, each))) };
}

/** Two executors or more, all of them on one host: a cluster on one machine, whose cores no log counts. */
function sharesHost(run: SparkRun, local: boolean): boolean {
  const working = run.executors.filter((executor) => executor.id !== 'driver');
  const hosts = new Set(working.map((executor) => executor.host));
  return !local && working.length > 1 && hosts.size === 1 && !hosts.has(undefined);
}

/** Time for which a task that is stamped from `from` to `to` really held a slot, ms. */
export type SlotTime = (from: number, to: number) => number;

/**
 * The driver gives a slot away before it stamps the end of its task; a driver that cannot follow is seconds late. Where more tasks seem to run than there
 * are slots, they share them: ∫ min(1, slots ÷ running) dt.
 */
function slotTime(running: Steps, slots: Steps): SlotTime {
  const { times, values } = running;
  const share = new Float64Array(times.length);
  const held = new Float64Array(times.length);
  let over = false;
  for (let i = 0; i < times.length; i++) {
    const available = Math.max(1, valueAt(slots, times[i] as number));
    share[i] = (values[i] as number) > available ? available / (values[i] as number) : 1;
    over ||= (share[i] as number) < 1;
    if (i > 0) held[i] = (held[i - 1] as number) + (share[i - 1] as number) * ((times[i] as number) - (times[i - 1] as number));
  }
  if (!over) return (from, to) => to - from;
  const at = (ms: number) => {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) <= ms) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : (held[low - 1] as number) + (share[low - 1] as number) * (ms - (times[low - 1] as number));
  };
  return (from, to) => at(to) - at(from);
}

/** Slots over time, relative to the application's start. */
function slotsOf({ times, values }: Steps, startMs: number): SlotSteps {
  // Executors leave with the run: a forecast may be longer than the run was.
  const n = values.length > 0 && values[values.length - 1] === 0 ? values.length - 1 : values.length;
  return {
    times: Float64Array.from(times.subarray(0, n), (at) => Math.max(0, at - startMs)),
    slots: Float64Array.from(values.subarray(0, n)),
  };
}

function stagesOf(
  ran: readonly StageFact[],
  jobs: readonly Job[],
  jobIndex: ReadonlyMap<number, number>,
  activity: Activity,
  slots: Steps,
  endMs: number,
  inSlots: SlotTime,
  shapeOf: (fact: StageFact) => Pick<SimStage, 'width' | 'blocks' | 'shape'>,
): SimStage[] {
  const byId = new Map<number, number[]>();
  for (const [i, fact] of ran.entries()) byId.set(fact.stage.id, [...(byId.get(fact.stage.id) ?? []), i]);
  return ran.map((fact, s): SimStage => {
    const begin = fact.stage.submittedMs ?? fact.startMs;
    const parents: number[] = [];
    for (const id of fact.stage.parentIds)
      for (const p of byId.get(id) ?? [])
        if (p !== s && (ran[p] as StageFact).endMs <= fact.startMs + 50 && (ran[p] as StageFact).startMs < fact.startMs) parents.push(p);
    // A retry of a stage starts when the attempt before it had failed.
    for (const p of byId.get(fact.stage.id) ?? []) if (p < s && (ran[p] as StageFact).startMs <= begin) parents.push(p);
    const job = jobIndex.get(fact.job?.id ?? -1) as number;
    const readyMs = parents.reduce((top, p) => Math.max(top, (ran[p] as StageFact).endMs), (jobs[job] as Job).submittedMs as number);
    return {
      id: fact.stage.id,
      attempt: fact.stage.attempt,
      job,
      parents: [...new Set(parents)],
      delayMs: launchDelay(activity, slots, readyMs, fact.startMs),
      ...shapeOf(fact),
      tasks: tasksOf(fact, endMs, inSlots),
    };
  });
}

/** Time from ready to the first launch, as far as a slot was free or none had come yet; when all were taken, the usual. */
function launchDelay(activity: Activity, slots: Steps, readyMs: number, firstMs: number): number {
  const waited = Math.max(0, firstMs - readyMs);
  if (waited <= LAUNCH_MS) return waited;
  const { times, values } = activity.running;
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= readyMs) low = middle + 1;
    else high = middle;
  }
  let free = 0;
  let at = readyMs;
  for (let i = low - 1; i < times.length && at < firstMs; i++) {
    const next = Math.min(firstMs, i + 1 < times.length ? (times[i + 1] as number) : firstMs);
    const running = i < 0 ? 0 : (values[i] as number);
    if (next > at && running < Math.max(1, valueAt(slots, at))) free += next - at;
    at = Math.max(at, next);
  }
  return free > LAUNCH_MS ? free : LAUNCH_MS;
}
