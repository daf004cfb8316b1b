// Executor loss: executors died, and with them running tasks and shuffle files; the story of each loss from its reason to what ran again.
// Law: a loss counts by what it did (work redone, a query that did not end), never by itself: executors that go when their work is done are no finding.

import { formatBytes, formatMillis, plural } from '../../base/index.ts';
import type { Job } from '../../eventlog/index.ts';
import type { ExecutorFact, StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type FactMap, type Place, placesOr } from '../define.ts';

type Facts = Pick<FactMap, 'run' | 'clock' | 'executors' | 'failures' | 'stages' | 'criticalPath' | 'timeline' | 'settings'>;

interface Loss {
  readonly id: string;
  readonly atMs: number | undefined;
  readonly reason: string;
}

/** What killed it, in the words that YARN, Kubernetes, standalone masters and vendors use. */
const KINDS: readonly { readonly pattern: RegExp; readonly what: string; readonly memory?: true; readonly external?: true }[] = [
  {
    pattern: /exceeding (physical |virtual )?memory limits|OOMKilled|out of memory|OutOfMemory|exit(ed with)? (code|status):? 52/i,
    what: 'out of memory',
    memory: true,
  },
  { pattern: /preempt|spot|evict|reclaim|terminated by (the )?(cloud|provider)/i, what: 'taken away by the cluster', external: true },
  {
    pattern: /decommission|idle|by the driver|killed by driver/i,
    what: 'released while its shuffle files were still needed',
    external: true,
  },
  // 137 is 128 + SIGKILL: it proves a kill, not who killed.
  { pattern: /(code|status|exitCode):? 137\b/i, what: 'killed (exit code 137), most often for memory', memory: true },
  { pattern: /heartbeat|timed out|disassociated|Process Lost|worker lost|connection/i, what: 'gone without a word' },
  { pattern: /143|SIGTERM/i, what: 'told to stop', external: true },
];

/** Losses within this time of each other are one story: a node that goes takes its executors one by one. */
const TOGETHER_MS = 60_000;

export const rule = defineRule({
  meta: {
    id: 'executor-loss',
    title: 'Lost executors',
    category: 'failure',
    needs: ['run', 'clock', 'executors', 'failures', 'stages', 'criticalPath', 'timeline', 'settings'],
    fixability: 'advice',
    saves: 'outcome',
    inCode: ['aggregate', 'join', 'window', 'udf', 'setting'],
    keysInCode: ['spark.executor.memory', 'spark.executor.memoryOverhead'],
    thresholds: {
      minShare: {
        value: 0.05,
        unit: 'share',
        origin: 'a loss that costs less than a twentieth of the time in which tasks ran is what retries are for',
        description: 'least share of the time with running tasks that the redone work held the end',
      },
    },
    explains: ['failed-run', 'task-retries', 'driver-gap', 'idle-slots', 'slow-node', 'cache-eviction', 'allocation-lag'],
  },
  diagnose(facts, thresholds) {
    const { run, clock, timeline } = facts;
    if (run.stages.length === 0 && run.executors.length === 0) return { status: 'noData', missing: ['executors and stages'] };
    const losses = lossesOf(facts);
    if (losses.length === 0) return { status: 'clear', note: 'no executor was lost' };
    const activeMs = Math.max(0, (clock.wallMs ?? 0) - timeline.driverOnlyMs);
    const places: Place[] = [];
    for (const story of stories(losses)) {
      const place = tell(story, facts);
      if (place !== undefined && (place.jobs.length > 0 || place.heldMs >= Math.min(clock.noiseFloorMs, thresholds.minShare * activeMs)))
        places.push(place.place);
    }
    return placesOr(places, `${plural(losses.length, 'executor')} went away; what had to be redone is not worth a word`);
  },
});

function lossesOf({ executors, failures }: Facts): Loss[] {
  const out = new Map<string, Loss>();
  const add = (id: string, fact: ExecutorFact | undefined, atMs: number | undefined, reason: string | undefined) => {
    if (!out.has(id))
      out.set(id, { id, atMs: fact?.executor.removedMs ?? atMs, reason: reason ?? fact?.executor.removedReason ?? 'no reason logged' });
  };
  const byId = new Map(executors.map((fact) => [fact.executor.id, fact]));
  for (const fact of executors) if (fact.lost) add(fact.executor.id, fact, undefined, fact.executor.removedReason);
  for (const { stage } of failures.byStage) {
    for (const failure of stage.stage.failures) {
      if (failure.reason === 'ExecutorLostFailure' && failure.executorId !== undefined)
        add(failure.executorId, byId.get(failure.executorId), failure.finishMs, failure.message);
      const from = failure.fetchFrom === undefined ? undefined : byId.get(failure.fetchFrom);
      // A fetch that fails from an executor which lives is a network matter; from one that was removed, its files are gone.
      if (failure.reason === 'FetchFailed' && from?.executor.removedMs !== undefined)
        add(from.executor.id, from, undefined, from.executor.removedReason);
    }
  }
  return [...out.values()].sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
}

function stories(losses: readonly Loss[]): Loss[][] {
  const out: Loss[][] = [];
  for (const loss of losses) {
    const last = out.at(-1);
    if (last !== undefined && (loss.atMs ?? 0) - (last.at(-1)?.atMs ?? 0) <= TOGETHER_MS) last.push(loss);
    else out.push([loss]);
  }
  return out;
}

function tell(losses: readonly Loss[], facts: Facts): { place: Place; heldMs: number; jobs: readonly Job[] } | undefined {
  const { run, clock, failures, stages, criticalPath, settings } = facts;
  const ids = new Set(losses.map((loss) => loss.id));
  const from = (losses[0]?.atMs ?? clock.startMs ?? 0) - TOGETHER_MS;
  const hit = new Set<StageFact>();
  let [lostTasks, lostMs, resubmitted, fetches, heldMs] = [0, 0, 0, 0, 0];
  for (const { stage } of failures.byStage) {
    let own = 0;
    let again = 0;
    for (const failure of stage.stage.failures) {
      if (failure.reason === 'Resubmitted' && failure.executorId !== undefined && ids.has(failure.executorId)) again++;
      else if (failure.reason === 'ExecutorLostFailure' && failure.executorId !== undefined && ids.has(failure.executorId)) lostTasks++;
      else if (failure.reason === 'FetchFailed' && failure.fetchFrom !== undefined && ids.has(failure.fetchFrom)) fetches++;
      else continue;
      hit.add(stage);
      if (failure.reason !== 'Resubmitted') own += Math.max(0, (failure.finishMs ?? 0) - (failure.launchMs ?? 0));
    }
    resubmitted += again;
    lostMs += own;
    // Tasks that had succeeded run again in the same attempt at their usual length.
    own += again * (stage.distribution('duration')?.median ?? 0);
    if (own > 0) heldMs += criticalPath.held(stage) * Math.min(1, own / Math.max(1, stage.taskTimeMs));
  }
  // What ran again: retries of the stages that were hit and of the stages that feed them.
  const feeding = new Set<number>();
  for (const stage of hit) for (const id of [stage.stage.id, ...stage.stage.parentIds, ...(stage.job?.stageIds ?? [])]) feeding.add(id);
  const retries = stages.all.filter((stage) => stage.stage.attempt > 0 && stage.endMs >= from && feeding.has(stage.stage.id));
  for (const stage of retries) heldMs += criticalPath.held(stage);
  const retried = [...new Set(retries.map((stage) => stage.stage.id))].sort((a, b) => a - b);
  const hitIds = [...new Set([...hit].map((stage) => stage.stage.id))].sort((a, b) => a - b);
  if (hit.size + retries.length === 0) return undefined;
  const jobs = run.jobs.filter(
    (job) => job.status === 'failed' && (job.completedMs ?? 0) >= from && job.stageIds.some((id) => feeding.has(id)),
  );

  const at = (ms: number | undefined) =>
    ms === undefined || clock.startMs === undefined ? '' : ` ${formatMillis(ms - clock.startMs)} into the run`;
  const kind = KINDS.find((candidate) => losses.some((loss) => candidate.pattern.test(loss.reason)));
  const names = losses.length === 1 ? `Executor ${losses[0]?.id} was` : `Executors ${list(losses.map((loss) => loss.id))} were`;
  const effects = [
    lostTasks > 0 ? `${plural(lostTasks, 'running task')} died with ${losses.length === 1 ? 'it' : 'them'}` : '',
    resubmitted > 0 ? `${plural(resubmitted, 'finished task')} had to run again` : '',
    fetches > 0 ? `${numbered('stage', hitIds)} failed on fetching the lost shuffle files (${plural(fetches, 'fetch failure')})` : '',
    retried.length > 0
      ? `${numbered('stage', retried)} ran again (${plural(
          retries.reduce((sum, stage) => sum + stage.stage.taskCount, 0),
          'task',
        )})`
      : '',
    jobs.length > 0
      ? `${numbered(
          'job',
          jobs.map((job) => job.id),
        )} did not end${jobs[0]?.error === undefined ? '' : ` (${jobs[0].error.slice(0, 120)})`}`
      : '',
  ].filter((part) => part !== '');
  const evidence: EvidenceRef[] = [
    ...losses.map((loss): EvidenceRef => ({ kind: 'executor', id: loss.id })),
    ...[...new Set([...hit, ...retries])].map(
      (stage): EvidenceRef => ({ kind: 'stage', stageId: stage.stage.id, attempt: stage.stage.attempt }),
    ),
    ...[...new Set([...hit, ...retries].flatMap((stage) => stage.execution?.id ?? []))].map(
      (executionId): EvidenceRef => ({ kind: 'sql', executionId }),
    ),
    ...jobs.map((job): EvidenceRef => ({ kind: 'job', jobId: job.id })),
  ];
  return {
    heldMs,
    jobs,
    place: {
      cause: `${names} lost${at(losses[0]?.atMs)} (${kind === undefined ? '' : `${kind.what}: `}${losses[0]?.reason.slice(0, 160)}): ${effects.join('; ')}.`,
      evidence,
      numbers: [
        { name: 'executors lost', value: losses.length, unit: 'count' },
        { name: 'tasks lost', value: lostTasks + resubmitted + fetches, unit: 'count' },
        { name: 'task time lost', value: lostMs, unit: 'ms' },
        { name: 'stage attempts repeated', value: retries.length, unit: 'count' },
      ],
      heldMs,
      remedies: remedies(kind, settings),
    },
  };
}

function remedies(kind: (typeof KINDS)[number] | undefined, settings: Facts['settings']): string[] {
  const memory = settings.bytes('spark.executor.memory', 1024 * 1024) ?? 1024 ** 3;
  const overhead = settings.bytes('spark.executor.memoryOverhead', 1024 * 1024) ?? Math.max(384 * 1024 ** 2, 0.1 * memory);
  const cores = settings.number('spark.executor.cores');
  const raise = `Give each executor more memory outside the heap: spark.executor.memoryOverhead ${formatBytes(overhead)} → ${formatBytes(Math.max(2 * overhead, 1024 ** 3))} (Python workers, Arrow and shuffle buffers live there).`;
  const fewer =
    cores === undefined || cores > 1
      ? `Run fewer tasks at once in an executor: spark.executor.cores ${cores ?? 'as set'} → ${Math.max(1, Math.floor((cores ?? 4) / 2))}, so that each has twice the memory.`
      : undefined;
  const keep =
    'Let shuffle files outlive executors: decommissioning with spark.storage.decommission.shuffleBlocks.enabled=true, or an external shuffle service, so that a loss does not repeat the map stage.';
  if (kind?.memory) return [raise, ...(fewer === undefined ? [] : [fewer]), keep];
  if (kind?.external)
    return [
      `Keep executors while their shuffle files are needed: spark.decommission.enabled=true and spark.storage.decommission.enabled=true, or on-demand nodes for the executors of this job.`,
      keep,
    ];
  return [
    `Read the last lines of the lost executor's own log: exit code 52 means out of memory, 137 a kill (most often for memory), 143 a stop from outside.`,
    raise,
    keep,
  ];
}

const list = (items: readonly (string | number)[]) =>
  items.length > 6
    ? `${items.slice(0, 6).join(', ')} and ${items.length - 6} more`
    : items.length > 1
      ? `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
      : `${items[0]}`;
const numbered = (noun: string, ids: readonly number[]) => `${noun}${ids.length === 1 ? '' : 's'} ${list(ids)}`;
