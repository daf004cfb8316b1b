// Driver gap: time on the run's end in which no task ran, because the driver, or whatever waits behind it, was at work; told by what precedes and follows.
// Law: what is normal (a start, planning a query, a pause of a stream, waiting for the first executors) is taken off first; a more special cause explains this one.

import { formatMillis, formatShare } from '../../base/index.ts';
import { type DriverLabel, type DriverSegment, firstPlanAllowance, normalPlanMs, startUpAllowance } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type FactMap, type Place } from '../define.ts';

type Facts = Pick<FactMap, 'run' | 'clock' | 'timeline' | 'criticalPath' | 'activity' | 'plans' | 'settings'>;

const MAX_EVIDENCE = 50;

export const rule = defineRule({
  meta: {
    id: 'driver-gap',
    title: 'Idle slots while the driver works',
    category: 'driver',
    needs: ['run', 'clock', 'timeline', 'criticalPath', 'activity', 'plans', 'settings'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['action', 'write'],
    thresholds: {
      normalMs: {
        value: 300,
        unit: 'ms',
        origin: 'measured: planning a query, or going from one query to the next, takes 0.1–0.5 s in healthy runs',
        description: 'driver time per gap that is normal',
      },
      startShare: {
        value: 0.5,
        unit: 'share',
        origin: 'a start is paid once; it matters when it is most of the run',
        description: 'share of the run from which a long start is told',
      },
      endMs: {
        value: 2000,
        unit: 'ms',
        origin: 'measured: 0.0–1.2 s from the last task to the end of the application',
        description: 'time after the last query that is normal',
      },
    },
    explains: [],
  },
  diagnose(facts, t) {
    const { run, clock, timeline } = facts;
    if (run.jobs.length === 0 || clock.wallMs === undefined || clock.wallMs <= 0) return { status: 'noData', missing: ['jobs with times'] };
    const groups = new Map<string, Gap[]>();
    // A cold JVM is slow once: the first query's analysis, its planning and the pauses between its jobs share one allowance.
    const cold = { leftMs: firstPlanAllowance(run, clock) };
    for (const segment of facts.criticalPath.driver) {
      const gap = gapOf(segment, facts, t, cold);
      if (gap === undefined) continue;
      // Long gaps stand alone; short ones of a kind are one place: of one query, or between queries.
      const key = gap.overMs >= clock.noiseFloorMs ? `${gap.label} ${gap.startMs}` : `${gap.label} ${gap.executionId ?? ''}`;
      groups.set(key, [...(groups.get(key) ?? []), gap]);
    }
    const share = timeline.driverOnlyMs / clock.wallMs;
    const places = [...groups.values()].map((gaps) => placeOf(gaps, facts)).sort((a, b) => b.heldMs - a.heldMs);
    // Gaps of different kinds have different cures: small ones do not add up. The biggest is told anyhow; the audit's floor decides.
    const worth = places.filter((place) => place.heldMs >= clock.noiseFloorMs);
    if (places.length > 0) return { status: 'found', places: worth.length > 0 ? worth : places.slice(0, 1) };
    return {
      status: 'clear',
      note: `no task ran for ${formatMillis(timeline.driverOnlyMs)} (${formatShare(share)} of the run)${startNote(timeline.byLabel)}: nothing beyond what a run of this kind takes`,
    };
  },
});

interface Gap extends DriverSegment {
  readonly overMs: number;
}

const startNote = (byLabel: ReadonlyMap<DriverLabel, number>) =>
  (byLabel.get('start-up') ?? 0) > 0 ? `, ${formatMillis(byLabel.get('start-up') as number)} of it before the first query` : '';

/** The part of a segment beyond what is normal there; undefined when there is none. */
function gapOf(
  segment: DriverSegment,
  facts: Facts,
  t: { readonly normalMs: number; readonly startShare: number; readonly endMs: number },
  cold: { leftMs: number },
): Gap | undefined {
  const { run, clock, activity } = facts;
  const ms = segment.endMs - segment.startMs;
  let normal = t.normalMs;
  switch (segment.label) {
    case 'start-up':
      // The beginning of a compacted log is missing, not idle.
      if (
        run.quality.compacted ||
        run.quality.missingStart ||
        run.jobs.every((job) => job.id > 0) ||
        ms < t.startShare * (clock.wallMs ?? 0)
      )
        return undefined;
      normal = startUpAllowance(run, clock);
      break;
    case 'planning':
      normal = planMs(segment.executionId, facts);
      break;
    case 'scheduling':
      // Before executors exist there is nothing to schedule on: that is the start of the cluster.
      if (activity.slotsKnown && activity.slotsAt(segment.startMs) <= 1 && firstExecutorMs(facts) >= segment.startMs) return undefined;
      break;
    case 'end':
      normal = t.endMs;
      break;
    case 'driver code':
      // Between its micro-batches a stream waits for its trigger or for data.
      if (
        run.streams.some(
          (stream) => (stream.startedMs ?? 0) <= segment.startMs && streamEnd(stream, run.application.endMs) >= segment.endMs - 1000,
        )
      )
        return undefined;
      // A query is analysed before it begins: a wide one for longer.
      normal = planMs(segment.nextExecutionId, facts);
      break;
    default:
  }
  if (ms > normal && ofFirstQuery(segment, facts)) {
    const part = Math.min(cold.leftMs, ms - normal);
    cold.leftMs -= part;
    normal += part;
  }
  return ms > normal ? { ...segment, overMs: ms - normal } : undefined;

  function planMs(executionId: number | undefined, { plans }: Facts): number {
    return normalPlanMs(executionId === undefined ? undefined : plans.get(executionId), t.normalMs);
  }
}

/** The log's termination event carries the time of the last progress: the stream lived on until the next query's start at least. */
const streamEnd = (stream: Facts['run']['streams'][number], endMs: number | undefined) =>
  Math.max(
    stream.terminatedMs ?? endMs ?? 0,
    ...stream.progress.slice(-1).map((batch) => (batch.timestampMs ?? 0) + 2 * (batch.batchMs ?? 0)),
  );

/** Ends at or inside the first query that has jobs: what a job before it did (inferring a schema) warms up little of the planner. */
function ofFirstQuery(segment: DriverSegment, { run }: Facts): boolean {
  const first = run.sql.every(
    (execution) => execution.id === segment.executionId || (execution.startMs ?? 0) >= segment.startMs || execution.jobIds.length === 0,
  );
  if (!first || segment.label === 'start-up') return false;
  if (segment.label === 'planning' || segment.label === 'between jobs') return true;
  const next = run.sql.find((execution) => execution.id === segment.nextExecutionId);
  return segment.label === 'driver code' && next?.startMs !== undefined && segment.endMs >= next.startMs;
}

const firstExecutorMs = ({ run }: Facts) =>
  Math.min(
    ...run.executors.filter((executor) => (executor.cores ?? 0) > 0).map((executor) => executor.addedMs ?? 0),
    Number.POSITIVE_INFINITY,
  );

function placeOf(gaps: readonly Gap[], facts: Facts): Place {
  const { clock, timeline } = facts;
  const first = [...gaps].sort((a, b) => b.overMs - a.overMs)[0] as Gap;
  const totalMs = gaps.reduce((sum, gap) => sum + gap.endMs - gap.startMs, 0);
  const share = totalMs / Math.max(1, clock.wallMs ?? 0);
  const queries = new Set<number>();
  const jobs = new Set<number>();
  for (const gap of gaps) {
    for (const id of gap.executionId !== undefined ? [gap.executionId] : [gap.previousExecutionId, gap.nextExecutionId])
      if (id !== undefined) queries.add(id);
    if (gap.executionId === undefined) for (const id of [gap.jobId, gap.previousJobId, gap.nextJobId]) if (id !== undefined) jobs.add(id);
  }
  const evidence: EvidenceRef[] = [
    ...[...queries].slice(0, MAX_EVIDENCE).map((executionId): EvidenceRef => ({ kind: 'sql', executionId })),
    ...(queries.size > 0 ? [] : [...jobs].slice(0, MAX_EVIDENCE).map((jobId): EvidenceRef => ({ kind: 'job', jobId }))),
  ];
  const times = gaps.length === 1 ? '' : ` in ${gaps.length} gaps (the longest ${formatMillis(first.endMs - first.startMs)})`;
  return {
    cause: `No task ran for ${formatMillis(totalMs)}${times}, ${formatShare(share)} of the run: ${describe(first, facts)}.`,
    evidence,
    numbers: [
      { name: 'no task ran', value: totalMs, unit: 'ms' },
      { name: 'gaps', value: gaps.length, unit: 'count' },
      { name: 'what', value: first.label, unit: 'text' },
      { name: 'driver-only share of the whole run', value: timeline.driverOnlyMs / Math.max(1, clock.wallMs ?? 0), unit: 'share' },
    ],
    heldMs: gaps.reduce((sum, gap) => sum + gap.overMs, 0),
    remedies: remedies(first, facts),
  };
}

/** A shell or notebook: between queries a person thinks. */
const interactive = ({ settings, run }: Facts) =>
  settings.get('spark.repl.class.outputDir') !== undefined ||
  settings.get('spark.repl.class.uri') !== undefined ||
  /spark\.repl\.Main/.test(run.environment.system.get('sun.java.command') ?? '') ||
  settings.get('spark.databricks.notebook.path') !== undefined;

/** `RandomForest.findBestSplits`, when one of Spark's own libraries started the next job. */
function libraryOf(gap: Gap, { run }: Facts): string | undefined {
  const stageIds = run.jobs.find((job) => job.id === gap.nextJobId)?.stageIds ?? [];
  const details = run.stages.find((stage) => stage.id === stageIds.at(-1))?.details ?? '';
  const match = /org\.apache\.spark\.(?:ml|mllib|graphx)\.(?:\w+\.)*(\w+)\$?\.\$?(\w+)/.exec(details);
  return match === null ? undefined : `${match[1]}.${match[2]}`;
}

function describe(gap: Gap, facts: Facts): string {
  const library = libraryOf(gap, facts);
  const who =
    library !== undefined
      ? `Spark's own ${library}, which goes back to the driver for each step`
      : interactive(facts)
        ? 'a person, or a program outside Spark'
        : "the program's own code, outside Spark";
  const named = (id: number | undefined) => {
    const text = facts.run.sql
      .find((execution) => execution.id === id)
      ?.description?.split('\n')[0]
      ?.slice(0, 50);
    return `query ${id}${text === undefined || text === '' ? '' : ` (${text})`}`;
  };
  const between =
    gap.previousExecutionId !== undefined && gap.nextExecutionId !== undefined
      ? `after ${named(gap.previousExecutionId)} and before ${named(gap.nextExecutionId)}`
      : gap.nextExecutionId !== undefined
        ? `before ${named(gap.nextExecutionId)}`
        : gap.previousJobId === undefined
          ? 'before the first job'
          : `after job ${gap.previousJobId}${gap.nextJobId === undefined ? '' : ` and before job ${gap.nextJobId}`}`;
  switch (gap.label) {
    case 'start-up':
      return `${interactive(facts) ? 'an interactive session waited for its first query' : 'the first query began late'}; the run is bound by its driver (${who}), not by Spark's work`;
    case 'planning':
      return `the driver planned ${named(gap.executionId)} and listed its input`;
    case 'between jobs':
      return `the driver worked between the jobs of ${named(gap.executionId)} (a broadcast being built, or planning anew)`;
    case 'commit tail':
      return `the tasks of ${named(gap.executionId)} were done and the driver still committed its output`;
    case 'scheduling':
      return `${gap.jobId === undefined ? 'a job' : `job ${gap.jobId}`} had begun and no task did: tasks were being prepared and sent, or waited for executors`;
    case 'end':
      return `after the last query the program went on without Spark until the end`;
    case 'driver code':
      return `${between} the driver was at work with nothing of Spark pending (${who})`;
  }
}

function remedies(gap: Gap, facts: Facts): string[] {
  switch (gap.label) {
    case 'start-up':
      return [
        interactive(facts)
          ? 'Nothing in Spark to tune: release the executors while nobody asks (spark.dynamicAllocation.enabled=true).'
          : 'Do what the program does before its first query after it, or before the session is created, so that executors do not wait for it.',
      ];
    case 'planning':
      return [
        'Give the planner less to do: fewer files and partitions to list (a table format with metadata, or the exact paths), a smaller plan, an explicit schema.',
      ];
    case 'between jobs':
      return ['Look at the broadcasts of this query: a smaller broadcast side, or a shuffle join, shortens the time on the driver.'];
    case 'commit tail':
      return [
        'Write fewer files, or commit without renames: a manifest or magic committer on object stores, a table format, mapreduce.fileoutputcommitter.algorithm.version=2 where a half-written output can be told.',
      ];
    case 'scheduling':
      return [
        'Keep what is sent with each task small: broadcast large Python or Java objects instead of closing over them, and use fewer partitions.',
        'If executors came and went meanwhile, keep some: spark.dynamicAllocation.minExecutors.',
      ];
    case 'end':
      return ['Stop the session (spark.stop()) before work that does not need it, so that the executors are free.'];
    case 'driver code':
      if (libraryOf(gap, facts) !== undefined)
        return [
          'An iterative fit works on the driver between its steps: fewer or larger steps (for trees maxMemoryInMB and fewer bins, for a search fewer combinations or parallelism above 1) shorten it.',
        ];
      return interactive(facts)
        ? [
            'Nothing in Spark to tune: the session waited for its next query; release executors meanwhile (spark.dynamicAllocation.enabled=true).',
          ]
        : [
            'See what the program does between these two queries (pandas, a loop over rows, calls to other services, listing files): move it into Spark, or run it while Spark works on the next query.',
          ];
  }
}
