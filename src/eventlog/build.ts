// Partials in file order → SparkRun. The only place where records meet and states are decided.
// Law: order of the file is the order of events (never sorted by time); no assumption about a record being present, unique or in time.

import type { EventRecord, StageRecord } from './events/records.ts';
import type {
  AccumulatorTotals,
  Application,
  Executor,
  Job,
  LogQuality,
  ResourceProfile,
  RunningTask,
  SparkRun,
  SqlExecution,
  StageAttempt,
  StageStatus,
  StreamingQuery,
} from './model.ts';
import { MAX_PROGRESS, type PackedPartial, PLAUSIBLE_MS } from './partial.ts';
import { qualityNotes } from './quality.ts';
import { EXECUTOR_METRICS } from './scan/fields.ts';
import { ExecutorNames } from './scan/scratch.ts';
import { StageData } from './stage-data.ts';
import { type ExecutorState, type JobState, NO_PROPERTIES, type QueryState, type SqlState, type StageState } from './states.ts';

/** What is known of the log's form before any line was read. */
export interface LogForm {
  readonly name: string;
  readonly layout: string;
  readonly codec: string;
  readonly storedBytes: number;
  readonly parts: number;
  readonly compacted: boolean;
  readonly gaps: readonly number[];
  readonly inProgress: boolean | undefined;
  readonly truncated: boolean;
  readonly notes: readonly string[];
}

export class RunBuilder {
  private readonly names = new ExecutorNames();
  private readonly tasks = new Map<number, Map<number, StageData>>();
  private readonly stages = new Map<number, Map<number, StageState>>();
  private readonly jobs = new Map<number, JobState>();
  private readonly sql = new Map<number, SqlState>();
  private readonly executors = new Map<string, ExecutorState>();
  private readonly profiles = new Map<number, ResourceProfile>();
  private readonly queries = new Map<string, QueryState>();
  private readonly unpersisted = new Set<number>();
  private readonly open = new Map<number, { stageId: number; stageAttempt: number; index: number; executor: number; launchMs: number }>();
  private readonly environment = {
    spark: new Map<string, string>(),
    hadoop: new Map<string, string>(),
    system: new Map<string, string>(),
    jvm: new Map<string, string>(),
    seen: false,
  };
  private readonly application = {
    id: undefined as string | undefined,
    attempt: undefined as string | undefined,
    name: undefined as string | undefined,
    user: undefined as string | undefined,
    sparkVersion: undefined as string | undefined,
    startMs: undefined as number | undefined,
    endMs: undefined as number | undefined,
    completed: false,
    exitCode: undefined as number | undefined,
    started: false,
    logStarted: false,
  };
  private firstTimeMs = 0;
  private lastTimeMs = 0;
  private implausibleTimes = 0;
  private lostTaskEnds = 0;
  /** Partition indexes that succeeded in two ranges: their SQL updates were added twice. */
  repeatedAcross = 0;
  private lines = 0;
  private events = 0;
  private bytes = 0;
  private skippedLines = 0;
  private readonly skipped: { line: number; reason: string }[] = [];
  private readonly unknownEvents = new Map<string, number>();
  private taskEnds = 0;
  private fullParses = 0;

  /** Events recognised so far: 0 after a whole log means it is none. */
  get eventCount(): number {
    return this.events - [...this.unknownEvents.values()].reduce((a, b) => a + b, 0);
  }

  get lineCount(): number {
    return this.lines;
  }

  /** Puts the next range behind what is known. */
  add(partial: PackedPartial): void {
    const map = partial.executorIds.map((id, i) => this.names.indexOf(id, partial.executorHosts[i]));
    const executor = (index: number) => map[index] ?? 0;
    for (const packed of partial.stages) {
      let attempts = this.tasks.get(packed.id);
      if (attempts === undefined) {
        attempts = new Map();
        this.tasks.set(packed.id, attempts);
      }
      let stage = attempts.get(packed.attempt);
      if (stage === undefined) {
        stage = new StageData(packed.id, packed.attempt);
        attempts.set(packed.attempt, stage);
      }
      this.repeatedAcross += stage.absorb(packed, executor);
    }
    for (let i = 0; i < partial.executorIds.length; i++) {
      const peaks = partial.peaks[i];
      if (peaks === undefined || peaks.length === 0) continue;
      const state = this.executor(partial.executorIds[i] as string);
      for (const [k, name] of EXECUTOR_METRICS.entries()) raise(state.peaks, name, peaks[k] as number);
    }
    for (const id of partial.endedElsewhere) this.open.delete(id);
    for (const [id, task] of partial.open) this.open.set(id, { ...task, executor: executor(task.executor) });
    for (const record of partial.records) this.apply(record);
    this.note(partial.lastTimeMs);
    for (const { line, reason } of partial.skipped) if (this.skipped.length < 20) this.skipped.push({ line: line + this.lines, reason });
    this.lines += partial.lines;
    this.events += partial.events;
    this.bytes += partial.bytes;
    this.skippedLines += partial.skippedLines;
    this.taskEnds += partial.taskEnds;
    this.fullParses += partial.fullParses;
    for (const [name, count] of partial.unknownEvents) this.unknownEvents.set(name, (this.unknownEvents.get(name) ?? 0) + count);
  }

  /** Raises the latest time; one absurd stamp must not set the length of the run. */
  private note(ms: number | undefined): void {
    if (ms === undefined || ms <= 0) return;
    if (this.firstTimeMs === 0) this.firstTimeMs = ms;
    if (Math.abs(ms - this.firstTimeMs) > PLAUSIBLE_MS) this.implausibleTimes++;
    else if (ms > this.lastTimeMs) this.lastTimeMs = ms;
  }

  private executor(id: string): ExecutorState {
    let state = this.executors.get(id);
    if (state === undefined) {
      state = {
        id,
        host: undefined,
        cores: undefined,
        addedMs: undefined,
        removedMs: undefined,
        removedReason: undefined,
        profile: undefined,
        max: undefined,
        onHeap: undefined,
        offHeap: undefined,
        peaks: new Map(),
      };
      this.executors.set(id, state);
    }
    return state;
  }

  private stage(record: StageRecord): StageState {
    let attempts = this.stages.get(record.id);
    if (attempts === undefined) {
      attempts = new Map();
      this.stages.set(record.id, attempts);
    }
    let state = attempts.get(record.attempt);
    if (state === undefined) {
      state = { record, submitted: false, completed: false, skipped: false, pool: undefined, sqlExecutionId: undefined, values: new Map() };
      attempts.set(record.attempt, state);
    }
    return state;
  }

  private execution(id: number): SqlState {
    let state = this.sql.get(id);
    if (state === undefined) {
      state = {
        id,
        rootId: undefined,
        description: undefined,
        details: undefined,
        startMs: undefined,
        endMs: undefined,
        ended: false,
        error: undefined,
        initialPlan: undefined,
        plan: undefined,
        planUpdates: 0,
        configs: [],
        driverUpdates: new Map(),
        looseMetrics: [],
        jobIds: [],
        started: false,
      };
      this.sql.set(id, state);
    }
    return state;
  }

  private query(id: string, runId: string): QueryState {
    let state = this.queries.get(runId);
    if (state === undefined) {
      state = {
        id,
        runId,
        name: undefined,
        startedMs: undefined,
        terminatedMs: undefined,
        ended: false,
        exception: undefined,
        sink: undefined,
        progress: [],
        count: 0,
      };
      this.queries.set(runId, state);
    }
    return state;
  }

  private apply(record: EventRecord): void {
    switch (record.kind) {
      case 'logStart':
        this.application.logStarted = true;
        this.application.sparkVersion ??= record.version;
        break;
      case 'appStart':
        this.application.started = true;
        this.application.id = record.id ?? this.application.id;
        this.application.attempt = record.attempt ?? this.application.attempt;
        this.application.name = record.name ?? this.application.name;
        this.application.user = record.user ?? this.application.user;
        this.application.startMs = record.time ?? this.application.startMs;
        break;
      case 'appEnd':
        this.application.completed = true;
        this.application.endMs = record.time ?? this.application.endMs;
        this.application.exitCode = record.exitCode ?? this.application.exitCode;
        this.note(record.time);
        break;
      case 'environment':
        this.environment.seen = true;
        for (const section of ['spark', 'hadoop', 'system', 'jvm'] as const)
          for (const [key, value] of record[section]) this.environment[section].set(key, value);
        break;
      case 'resourceProfile':
        this.profiles.set(record.id, { id: record.id, executor: new Map(record.executor), task: new Map(record.task) });
        break;
      case 'executorAdded': {
        const state = this.executor(record.id);
        state.host = record.host ?? state.host;
        state.cores = record.cores ?? state.cores;
        state.addedMs = record.time ?? state.addedMs;
        state.profile = record.profile ?? state.profile;
        this.note(record.time);
        break;
      }
      case 'executorRemoved': {
        const state = this.executor(record.id);
        state.removedMs = record.time ?? state.removedMs;
        state.removedReason = record.reason ?? state.removedReason;
        this.note(record.time);
        break;
      }
      case 'blockManager': {
        const state = this.executor(record.id);
        state.host ??= record.host;
        state.max = record.max ?? state.max;
        state.onHeap = record.onHeap ?? state.onHeap;
        state.offHeap = record.offHeap ?? state.offHeap;
        state.addedMs ??= record.time;
        this.note(record.time);
        break;
      }
      case 'executorPeaks': {
        const state = this.executor(record.id);
        for (const [name, value] of record.peaks) raise(state.peaks, name, value);
        break;
      }
      case 'unpersist':
        this.unpersisted.add(record.rdd);
        break;
      case 'jobStart':
        this.startJob(record);
        break;
      case 'jobEnd': {
        const job = this.job(record.id);
        job.ended = true;
        job.succeeded = record.succeeded;
        job.completedMs = record.time ?? job.completedMs;
        job.error = record.error;
        this.note(record.time);
        for (const id of job.stageIds) for (const stage of this.stages.get(id)?.values() ?? []) if (!stage.submitted) stage.skipped = true;
        break;
      }
      case 'stageSubmitted': {
        const state = this.stage(record.stage);
        // The event may already carry end data (a race up to 3.5): identity and submission only.
        state.record = { ...record.stage, completedMs: undefined, failureReason: undefined };
        state.submitted = true;
        state.skipped = false;
        state.pool = record.properties.pool;
        state.sqlExecutionId = record.properties.sqlExecutionId;
        this.note(record.stage.submittedMs);
        break;
      }
      case 'stageCompleted': {
        const state = this.stage(record.stage);
        state.record = { ...record.stage, submittedMs: record.stage.submittedMs ?? state.record.submittedMs };
        state.submitted = true;
        state.completed = true;
        state.skipped = false;
        for (const [id, value] of record.stage.values ?? []) state.values.set(id, value);
        this.note(record.stage.completedMs);
        break;
      }
      case 'sqlStart': {
        const state = this.execution(record.id);
        state.started = true;
        state.rootId = record.rootId ?? state.rootId;
        state.description = record.description;
        state.details = record.details;
        state.startMs = record.time;
        state.initialPlan = record.plan;
        state.plan ??= record.plan;
        state.configs = record.configs;
        this.note(record.time);
        break;
      }
      case 'sqlEnd': {
        const state = this.execution(record.id);
        state.ended = true;
        state.endMs = record.time;
        state.error = record.error === '' ? undefined : record.error;
        this.note(record.time);
        break;
      }
      case 'sqlPlan': {
        const state = this.execution(record.id);
        state.planUpdates += record.updates;
        if (record.plan !== undefined) state.plan = record.plan;
        break;
      }
      case 'sqlMetrics':
        for (const metric of record.metrics) this.execution(record.id).looseMetrics.push(metric);
        break;
      case 'driverUpdates': {
        const updates = this.execution(record.id).driverUpdates;
        for (const [id, value] of record.updates) updates.set(id, (updates.get(id) ?? 0) + value);
        break;
      }
      case 'queryStarted': {
        const state = this.query(record.queryId, record.runId);
        state.name = record.name;
        state.startedMs = record.time;
        this.note(record.time);
        break;
      }
      case 'queryProgress': {
        const { progress } = record;
        const state = this.query(progress.queryId, progress.runId);
        state.name ??= progress.name;
        state.sink = progress.sink || state.sink;
        state.count++;
        state.progress.push({
          batchId: progress.batchId,
          timestampMs: progress.timestampMs,
          batchMs: progress.batchMs,
          durations: new Map(progress.durations),
          sources: progress.sources,
          stateRows: progress.stateRows,
          stateBytes: progress.stateBytes,
          droppedByWatermark: progress.droppedByWatermark,
          outputRows: progress.outputRows,
        });
        if (state.progress.length > MAX_PROGRESS) state.progress.splice(0, MAX_PROGRESS / 10);
        this.note(progress.timestampMs);
        break;
      }
      case 'progressDropped':
        this.query(record.queryId, record.runId).count += record.count;
        break;
      case 'queryTerminated': {
        const state = this.query(record.queryId, record.runId);
        state.ended = true;
        state.exception = record.exception;
        break;
      }
    }
  }

  private job(id: number): JobState {
    let job = this.jobs.get(id);
    if (job === undefined) {
      job = {
        id,
        submittedMs: undefined,
        completedMs: undefined,
        ended: false,
        succeeded: false,
        stageIds: [],
        error: undefined,
        properties: NO_PROPERTIES,
      };
      this.jobs.set(id, job);
    }
    return job;
  }

  private startJob(record: Extract<EventRecord, { kind: 'jobStart' }>): void {
    const job = this.job(record.id);
    job.submittedMs = record.time;
    job.stageIds = record.stageIds;
    job.properties = record.properties;
    for (const stage of record.stages) {
      const attempts = this.stages.get(stage.id);
      // A stage that ran for an earlier job keeps what is known of it.
      if (attempts === undefined || attempts.size === 0)
        this.stage({ ...stage, submittedMs: undefined, completedMs: undefined, failureReason: undefined });
    }
    const { sqlExecutionId } = record.properties;
    if (sqlExecutionId !== undefined) {
      const execution = this.execution(sqlExecutionId);
      execution.jobIds.push(record.id);
      execution.rootId ??= record.properties.sqlRootExecutionId;
    }
    this.note(record.time);
  }

  /** The run as far as it is known. */
  finish(form: LogForm): SparkRun {
    const stages = this.finishStages();
    const jobs = this.finishJobs();
    const jobFailed = new Map(jobs.map((job) => [job.id, job.status === 'failed']));
    const sql = [...this.sql.values()]
      .map((state): SqlExecution => {
        const failed = state.error !== undefined || state.jobIds.some((id) => jobFailed.get(id) === true);
        return {
          id: state.id,
          rootId: state.rootId ?? state.id,
          description: state.description,
          details: state.details,
          startMs: state.startMs,
          endMs: state.endMs,
          status: !state.ended ? 'running' : failed ? 'failed' : 'succeeded',
          error: state.error,
          jobIds: state.jobIds,
          initialPlan: state.initialPlan,
          plan: state.plan,
          planUpdates: state.planUpdates,
          modifiedConfigs: new Map(state.configs),
          driverUpdates: state.driverUpdates,
          looseMetrics: state.looseMetrics,
        };
      })
      .sort((a, b) => a.id - b.id);
    const { started, logStarted, ...app } = this.application;
    const application: Application = { ...app, lastEventMs: this.lastTimeMs > 0 ? this.lastTimeMs : undefined };
    const missing = stages.filter((stage) => stage.status === 'complete' && stage.succeededTasks < stage.taskCount).length;
    const quality: LogQuality = {
      ...form,
      bytes: this.bytes,
      lines: this.lines,
      events: this.events,
      skippedLines: this.skippedLines,
      skipped: this.skipped,
      unknownEvents: this.unknownEvents,
      fullParses: this.fullParses,
      taskEnds: this.taskEnds,
      stagesWithMissingTasks: missing,
      lostTaskEnds: this.lostTaskEnds,
      implausibleTimes: this.implausibleTimes,
      runningTasks: this.open.size - this.lostTaskEnds,
      missingApplicationEnd: !application.completed,
      missingStart: !started && !logStarted,
      notes: form.notes,
    };
    return {
      application,
      environment: this.environment,
      quality: { ...quality, notes: [...form.notes, ...qualityNotes(quality, application)] },
      executors: this.finishExecutors(),
      executorIds: this.names.ids,
      executorHosts: this.names.hosts,
      resourceProfiles: this.profiles,
      jobs,
      stages,
      sql,
      streams: [...this.queries.values()].map(
        (q): StreamingQuery => ({
          id: q.id,
          runId: q.runId,
          name: q.name,
          startedMs: q.startedMs,
          terminatedMs: q.ended ? (q.progress.at(-1)?.timestampMs ?? q.startedMs) : undefined,
          exception: q.exception,
          sink: q.sink,
          progress: q.progress,
          progressCount: q.count,
        }),
      ),
      unpersistedRdds: this.unpersisted,
    };
  }

  private finishJobs(): Job[] {
    // An end whose start is not in the log names no stages and no query: Spark's UI drops it too.
    return [...this.jobs.values()]
      .filter((job) => job.submittedMs !== undefined || job.stageIds.length > 0)
      .map(
        (job): Job => ({
          id: job.id,
          status: !job.ended ? 'running' : job.succeeded ? 'succeeded' : 'failed',
          submittedMs: job.submittedMs,
          completedMs: job.completedMs,
          stageIds: job.stageIds,
          error: job.error,
          ...job.properties,
        }),
      )
      .sort((a, b) => a.id - b.id);
  }

  private finishStages(): StageAttempt[] {
    const jobsOf = new Map<number, number[]>();
    for (const job of this.jobs.values()) {
      for (const id of job.stageIds) {
        const known = jobsOf.get(id);
        if (known === undefined) jobsOf.set(id, [job.id]);
        else known.push(job.id);
      }
    }
    const running = new Map<string, RunningTask[]>();
    for (const [taskId, task] of this.open) {
      // The stage ended: so did its tasks, and their ends were dropped by Spark or cut out of the log.
      if (this.stages.get(task.stageId)?.get(task.stageAttempt)?.completed === true) {
        this.lostTaskEnds++;
        continue;
      }
      const key = `${task.stageId}.${task.stageAttempt}`;
      const tasks = running.get(key) ?? [];
      const executorId = this.names.ids[task.executor] ?? 'unknown';
      tasks.push({ taskId, index: task.index, executorId, launchMs: task.launchMs, endMs: this.knownEnd(task, executorId, jobsOf) });
      running.set(key, tasks);
    }
    // Orphan ends (a later part read alone): the stage is made from its tasks.
    for (const [id, attempts] of this.tasks) {
      for (const [attempt, data] of attempts) {
        if (this.stages.get(id)?.has(attempt)) continue;
        const state = this.stage({
          id,
          attempt,
          name: '',
          taskCount: data.columns.length,
          parentIds: [],
          rdds: [],
          submittedMs: undefined,
          completedMs: undefined,
          failureReason: undefined,
          details: undefined,
          resourceProfileId: undefined,
          values: undefined,
        });
        state.submitted = true;
      }
    }
    const out: StageAttempt[] = [];
    for (const attempts of this.stages.values()) {
      for (const state of attempts.values()) {
        const { record } = state;
        const data = this.tasks.get(record.id)?.get(record.attempt) ?? new StageData(record.id, record.attempt);
        const status: StageStatus = state.completed
          ? record.failureReason !== undefined
            ? 'failed'
            : 'complete'
          : state.submitted
            ? 'active'
            : state.skipped
              ? 'skipped'
              : 'pending';
        data.columns.trim();
        out.push({
          id: record.id,
          attempt: record.attempt,
          name: record.name,
          status,
          taskCount: record.taskCount,
          parentIds: record.parentIds,
          rdds: record.rdds,
          submittedMs: record.submittedMs,
          completedMs: record.completedMs,
          firstLaunchMs: Number.isFinite(data.firstLaunchMs) ? data.firstLaunchMs : undefined,
          failureReason: record.failureReason,
          details: record.details,
          resourceProfileId: record.resourceProfileId,
          pool: state.pool,
          sqlExecutionId: state.sqlExecutionId,
          jobIds: jobsOf.get(record.id) ?? [],
          tasks: data.columns,
          runningTasks: running.get(`${record.id}.${record.attempt}`) ?? [],
          succeededTasks: data.succeeded,
          failedTasks: data.failed,
          killedTasks: data.killed,
          failureCounts: data.reasons,
          resubmittedByExecutor: data.resubmitted,
          failures: data.failures,
          accumulators: new Map<number, AccumulatorTotals>(data.accumulators()),
          completedValues: state.values,
        });
      }
    }
    return out.sort((a, b) => a.id - b.id || a.attempt - b.attempt);
  }

  /** When a task without an end cannot have run on: its executor was removed, or every job of its stage had ended. */
  private knownEnd(
    task: { stageId: number; launchMs: number },
    executorId: string,
    jobsOf: ReadonlyMap<number, readonly number[]>,
  ): number | undefined {
    const jobs = (jobsOf.get(task.stageId) ?? []).map((id) => this.jobs.get(id));
    const jobEnd =
      jobs.length > 0 && jobs.every((job) => job?.completedMs !== undefined)
        ? Math.max(...jobs.map((job) => job?.completedMs ?? 0))
        : undefined;
    const ends = [this.executors.get(executorId)?.removedMs, jobEnd].filter((ms) => ms !== undefined && ms >= task.launchMs);
    return ends.length === 0 ? undefined : Math.min(...(ends as number[]));
  }

  private finishExecutors(): Executor[] {
    for (const [i, id] of this.names.ids.entries()) {
      const state = this.executor(id);
      state.host ??= this.names.hosts[i];
    }
    return [...this.executors.values()].map((state) => ({
      id: state.id,
      host: state.host,
      cores: state.cores,
      addedMs: state.addedMs,
      removedMs: state.removedMs,
      removedReason: state.removedReason,
      resourceProfileId: state.profile,
      maxMemory: state.max,
      maxOnHeapMemory: state.onHeap,
      maxOffHeapMemory: state.offHeap,
      peaks: state.peaks,
    }));
  }
}

function raise(peaks: Map<string, number>, name: string, value: number): void {
  if (value > (peaks.get(name) ?? 0)) peaks.set(name, value);
}
