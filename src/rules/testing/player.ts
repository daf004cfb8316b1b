// For tests: lays the steps of a built log out in time, as Spark's scheduler would, and collects the events.
// Law: tasks take the slot that is free first (or the one a test names); events are written in order of time; nothing is random.

import type { Attempt, Failure, Json, Tuple, Work } from './events.ts';
import * as write from './events.ts';
import type { ExecutorSpec, JobSpec, LogOptions, RddSpec, SqlSpec, StageSpec, StreamSpec, Task } from './log.ts';
import { type NodeSpec, type Placed, placeMetrics, planInfo } from './plan.ts';

/** Epoch ms of every built application's start. */
export const START = 1_760_000_000_000;

/** Lays out steps in time and collects the events. */
export class Player {
  now = START;
  private readonly events: { at: number; json: Json }[] = [];
  private readonly slots: { executor: string; free: number; until: number }[] = [];
  private readonly executors = new Map<string, Required<Pick<ExecutorSpec, 'id' | 'host' | 'peaks'>>>();
  private readonly options: LogOptions;
  private readonly aqe: boolean;
  private readonly accumulators = new Map<NodeSpec, Map<string, number>>();
  private readonly counters = { accumulator: 1, job: 0, stage: 0, task: 0, sql: 0, rdd: 0, stream: 0 };
  private previousJobStart = START;

  constructor(options: LogOptions) {
    this.options = options;
    const { version = '3.5.1', master = 'local[4]', conf = {} } = options;
    this.aqe = conf['spark.sql.adaptive.enabled'] !== 'false' && !/^(1|2|3\.[01])\./.test(version);
    const local = /^local(?:\[(\d+))?/.exec(master);
    const cores = options.cores ?? Number(local?.[1] ?? 4);
    const specs: readonly ExecutorSpec[] =
      local !== null
        ? [{ id: 'driver', host: 'localhost' }]
        : typeof options.executors === 'object'
          ? options.executors
          : Array.from({ length: options.executors ?? 2 }, () => ({}));
    const cpus = Number(conf['spark.task.cpus'] ?? 1);
    this.emit(START, write.logStart(version));
    this.emit(START, write.resourceProfile(cores, 4096, cpus));
    this.emit(START, write.environment({ 'spark.master': master, 'spark.app.name': options.name ?? 'test', ...conf }));
    this.emit(START, write.applicationStart(options.name ?? 'test', 'app-1', START));
    const all = specs.map((spec, i) => ({
      id: String(i + 1),
      host: `host-${spec.id ?? i + 1}`,
      cores,
      addedMs: 0,
      memory: 2 ** 30,
      peaks: {},
      ...spec,
    }));
    for (const spec of all) {
      this.executors.set(spec.id, spec);
      this.emit(START + spec.addedMs, write.executorAdded(spec.id, spec.host, spec.cores, START + spec.addedMs));
      this.emit(START + spec.addedMs, write.blockManager(spec.id, spec.host, spec.memory, START + spec.addedMs));
      if (spec.removedMs !== undefined)
        this.emit(
          START + spec.removedMs,
          write.executorRemoved(spec.id, spec.reason ?? 'Executor killed by driver.', START + spec.removedMs),
        );
    }
    // One slot of each executor after the other, so that tasks spread over the executors as Spark spreads them.
    const slotsOf = (spec: (typeof all)[number]) => Math.floor(spec.cores / cpus);
    for (let i = 0; i < Math.max(...all.map(slotsOf)); i++) {
      for (const spec of all) {
        const until = spec.removedMs === undefined ? Number.POSITIVE_INFINITY : START + spec.removedMs;
        if (i < slotsOf(spec)) this.slots.push({ executor: spec.id, free: START + spec.addedMs, until });
      }
    }
  }

  emit(at: number, json: Json): void {
    this.events.push({ at, json });
  }

  gap(ms: number): void {
    this.now += ms;
  }

  text(): string {
    const { wallMs, end = true, cutMs = Number.POSITIVE_INFINITY } = this.options;
    const at = wallMs === undefined ? this.now + 10 : START + wallMs;
    if (at < this.now) throw new Error(`wallMs is ${wallMs}, and the work takes ${this.now - START}`);
    if (end) this.emit(at, write.applicationEnd(at));
    const totals = new Map<unknown, number>();
    const kept = this.events.filter((event) => event.at <= START + cutMs).sort((a, b) => a.at - b.at);
    for (const { json } of kept) {
      if (json.Event !== 'SparkListenerTaskEnd') continue;
      for (const entry of (json['Task Info'] as { Accumulables: Json[] }).Accumulables) {
        const total = (totals.get(entry.ID) ?? 0) + Number(entry.Update);
        totals.set(entry.ID, total);
        entry.Value = String(total);
      }
    }
    return kept.map(({ json }) => `${JSON.stringify(json)}\n`).join('');
  }

  sql(spec: SqlSpec, properties: Json): void {
    const id = this.counters.sql++;
    const jobs = spec.jobs ?? (spec.stages === undefined ? [] : [{ ...spec, stages: spec.stages }]);
    const placed = placeMetrics(
      spec.plan,
      jobs.flatMap((job) => job.stages),
      this.idOf,
    );
    const wrap = (plan: NodeSpec, final: boolean): NodeSpec =>
      !this.aqe || plan.name === 'AdaptiveSparkPlan'
        ? plan
        : { name: 'AdaptiveSparkPlan', detail: `AdaptiveSparkPlan isFinalPlan=${final}`, metrics: {}, children: [plan], options: {} };
    const began = this.now;
    this.emit(
      began,
      write.sqlStart(
        id,
        spec.root ?? id,
        spec.description ?? `query ${id}`,
        began,
        planInfo(wrap(spec.initial ?? spec.plan, false), this.idOf),
        spec.conf ?? {},
      ),
    );
    this.now += spec.planningMs ?? 20;
    const driver = (early: boolean) =>
      placed.driver.filter((update) => update.early === early).map(({ id: metric, value }) => [metric, value] as const);
    if (driver(true).length > 0) this.emit(this.now, write.driverUpdates(id, driver(true)));
    jobs.forEach((job, i) => {
      if (i > 0 && job.beside !== true) this.now += spec.betweenMs ?? 5;
      // AQE writes the final plan when the last stages are known, before they run.
      if (i === jobs.length - 1 && this.aqe) this.emit(this.now, write.sqlPlanUpdate(id, planInfo(wrap(spec.plan, true), this.idOf)));
      this.job(
        job,
        { ...properties, 'spark.sql.execution.id': String(id), 'spark.sql.execution.root.id': String(spec.root ?? id) },
        placed,
      );
    });
    this.now += spec.commitMs ?? 10;
    if (driver(false).length > 0) this.emit(this.now, write.driverUpdates(id, driver(false)));
    this.emit(this.now, write.sqlEnd(id, this.now, spec.error ?? ''));
  }

  job(spec: JobSpec, more: Json, placed: Placed | undefined): void {
    const id = this.counters.job++;
    const began = spec.beside === true ? this.previousJobStart : this.now;
    this.previousJobStart = began;
    const properties = {
      ...more,
      'callSite.short': spec.callSite ?? 'save at job.py:1',
      ...(spec.description === undefined ? {} : { 'spark.job.description': spec.description }),
      ...(spec.group === undefined ? {} : { 'spark.jobGroup.id': spec.group }),
    };
    const known: { id: number; attempt: number; end: number; info: Json }[] = [];
    for (const [i, stage] of spec.stages.entries()) {
      const before = known[i - 1];
      const again = stage.retry === true && before !== undefined;
      const parents = (stage.parents ?? (i === 0 ? [] : [i - 1])).map((at) => known[at] as (typeof known)[number]);
      const stageId = again ? before.id : this.counters.stage++;
      const attempt = again ? before.attempt + 1 : 0;
      const parentIds = [...new Set(parents.map((parent) => parent.id))].filter((other) => other !== stageId);
      const info = this.stageInfo(stage, stageId, attempt, parentIds, placed?.scopes.get(stage) ?? []);
      known.push({ id: stageId, attempt, end: began, info });
    }
    const first = known.filter((stage) => stage.attempt === 0);
    this.emit(
      began,
      write.jobStart(
        id,
        began,
        first.map((stage) => stage.info),
        first.map((stage) => stage.id),
        properties,
      ),
    );
    let end = began;
    spec.stages.forEach((stage, i) => {
      const own = known[i] as (typeof known)[number];
      const parents = stage.parents ?? (i === 0 ? [] : [i - 1]);
      own.end = Math.max(began, ...parents.map((at) => (known[at] as typeof own).end));
      if (stage.skipped !== true)
        own.end = this.stage(stage, own.info, own.end, properties, i === spec.stages.length - 1, placed?.updates.get(stage) ?? []);
      end = Math.max(end, own.end);
    });
    this.emit(end, write.jobEnd(id, end, spec.error));
    this.now = Math.max(this.now, end);
  }

  private stageInfo(stage: StageSpec, id: number, attempt: number, parentIds: readonly number[], scopes: readonly string[]): Json {
    const rdds: readonly RddSpec[] =
      stage.rdds ?? scopes.map((scope) => ({ name: /Scan/.test(scope) ? 'FileScanRDD' : 'MapPartitionsRDD', scope }));
    const firstRdd = this.counters.rdd;
    this.counters.rdd += rdds.length;
    return {
      'Stage ID': id,
      'Stage Attempt ID': attempt,
      'Stage Name': stage.name ?? 'save at job.py:1',
      'Number of Tasks': stage.tasks.length,
      // Last RDD first, each on the one behind it.
      'RDD Info': rdds.map((rdd, i) =>
        write.rddInfo(rdd.id ?? firstRdd + rdds.length - 1 - i, rdd.name, rdd.scope ?? rdd.name, rdd.partitions ?? stage.tasks.length, {
          ...rdd,
          parents: i === rdds.length - 1 ? [] : [firstRdd + rdds.length - 2 - i],
        }),
      ),
      'Parent IDs': parentIds,
      Details: stage.details ?? '',
      Accumulables: [],
      'Resource Profile Id': 0,
    };
  }

  /** Runs a stage attempt; gives its end. `updates[i]` are the metric updates of task i. */
  private stage(
    stage: StageSpec,
    info: Json,
    submitted: number,
    properties: Json,
    isLast: boolean,
    updates: readonly (readonly Tuple[])[],
  ): number {
    const [id, attempt] = [info['Stage ID'] as number, info['Stage Attempt ID'] as number];
    const type = isLast ? 'ResultTask' : 'ShuffleMapTask';
    this.emit(submitted, write.stageSubmitted({ ...info, 'Submission Time': submitted }, properties));
    let end = submitted;
    const finish = (task: Attempt, work: Work, failure: Failure | undefined, own: readonly Tuple[]) => {
      this.emit(task.finish, write.taskEnd(id, attempt, type, task, work, failure, own, this.executors.get(task.executor)?.peaks ?? {}));
      end = Math.max(end, task.finish);
    };
    const launch = (
      index: number,
      number: number,
      from: number,
      ms: number,
      where: Pick<Task, 'executor' | 'locality' | 'startMs'>,
      speculative = false,
    ) => {
      const at = where.startMs === undefined ? undefined : submitted + where.startMs;
      const slot = this.takeSlot(from, where.executor, at);
      const start = at ?? Math.max(from, slot.free);
      slot.free = Math.max(slot.free, start + ms);
      const host = this.executors.get(slot.executor)?.host ?? 'localhost';
      const task: Attempt = {
        id: this.counters.task++,
        index,
        attempt: number,
        launch: start,
        finish: Math.round(start + ms),
        executor: slot.executor,
        host,
        locality: where.locality ?? 'PROCESS_LOCAL',
        speculative,
      };
      this.emit(start, write.taskStart(id, attempt, task));
      return { task, slot };
    };
    stage.tasks.forEach((spec, index) => {
      let from = submitted + (stage.delayMs ?? 0);
      const failures = spec.failures ?? [];
      for (const [number, failure] of failures.entries()) {
        const work = { ...spec, ms: failure.ms ?? spec.ms };
        const { task } = launch(index, number, from, work.ms, { executor: failure.executor ?? spec.executor, locality: spec.locality });
        if (failure.reason === 'Resubmitted') finish(task, work, undefined, updates[index] ?? []);
        finish(task, work, failure, []);
        from = task.finish;
      }
      const { task, slot } = launch(index, failures.length, from, spec.ms, spec);
      if (spec.running === true) {
        end = Math.max(end, task.finish);
        return;
      }
      if (spec.copy === undefined) {
        finish(task, spec, spec.fails, spec.fails === undefined ? (updates[index] ?? []) : []);
        return;
      }
      const other = launch(
        index,
        failures.length + 1,
        task.launch + spec.copy.afterMs,
        spec.copy.ms,
        { executor: spec.copy.executor },
        true,
      );
      const [winner, loser] = other.task.finish < task.finish ? [other, { task, slot }] : [{ task, slot }, other];
      loser.slot.free = winner.task.finish;
      finish(winner.task, { ...spec, ms: winner.task.finish - winner.task.launch }, undefined, updates[index] ?? []);
      const lost = { ...loser.task, finish: winner.task.finish };
      finish(lost, { ms: lost.finish - lost.launch }, { reason: 'TaskKilled', message: 'another attempt succeeded' }, []);
    });
    const totals = new Map<number, [string, number]>();
    for (const [metric, name, value] of updates.flat()) totals.set(metric, [name, (totals.get(metric)?.[1] ?? 0) + value]);
    const accumulables = [...totals].map(([ID, [Name, Value]]) => ({
      ID,
      Name,
      Value: String(Value),
      Internal: true,
      'Count Failed Values': true,
      Metadata: 'sql',
    }));
    const failure = stage.failure === undefined ? {} : { 'Failure Reason': stage.failure };
    this.emit(
      end,
      write.stageCompleted({ ...info, 'Submission Time': submitted, 'Completion Time': end, ...failure, Accumulables: accumulables }),
    );
    return end;
  }

  /** The slot that is free first; with `at`, any slot of the executor (the test has laid it out itself). */
  private takeSlot(from: number, executor: string | undefined, at: number | undefined): (typeof this.slots)[number] {
    const fits = this.slots.filter(
      (slot) => (executor === undefined || slot.executor === executor) && (at ?? Math.max(from, slot.free)) < slot.until,
    );
    const best = fits.reduce<(typeof fits)[number] | undefined>(
      (first, slot) => (first === undefined || Math.max(from, slot.free) < Math.max(from, first.free) ? slot : first),
      undefined,
    );
    if (best === undefined) throw new Error(`no slot${executor === undefined ? '' : ` of executor ${executor}`} at ${from - START} ms`);
    return best;
  }

  stream(spec: StreamSpec): void {
    const number = ++this.counters.stream;
    const [id, runId] = [`00000000-0000-0000-0000-00000000000${number}`, `00000000-0000-0000-0001-00000000000${number}`];
    this.emit(this.now, write.queryStarted(id, runId, spec.name, this.now));
    let next = this.now;
    spec.batches.forEach((batch, batchId) => {
      this.now = Math.max(this.now, next);
      const began = this.now;
      next = began + (spec.triggerMs ?? 0);
      for (const sql of batch.sql === undefined ? [] : [batch.sql].flat())
        this.sql(sql, { 'sql.streaming.queryId': id, 'streaming.sql.batchId': String(batchId) });
      const ms = Math.max(batch.ms ?? 0, this.now - began);
      this.now = began + ms;
      const rate = (value: number | undefined) => value ?? (ms > 0 ? (batch.inputRows * 1000) / ms : 0);
      const source = {
        description: spec.source ?? 'KafkaV2[Subscribe[events]]',
        startOffset: null,
        endOffset: null,
        latestOffset: null,
        numInputRows: batch.inputRows,
        inputRowsPerSecond: rate(batch.inputRate),
        processedRowsPerSecond: rate(batch.processedRate),
        metrics: batch.behind === undefined ? {} : { maxOffsetsBehindLatest: String(batch.behind) },
      };
      const state = {
        operatorName: 'stateStoreSave',
        numRowsTotal: batch.stateRows,
        memoryUsedBytes: batch.stateBytes ?? 0,
        numRowsDroppedByWatermark: 0,
      };
      const head = { id, runId, name: spec.name, timestamp: new Date(began).toISOString(), batchId, batchDuration: ms };
      const durationMs = { triggerExecution: ms, ...batch.durations };
      const stateOperators = batch.stateRows === undefined ? [] : [state];
      const sink = { description: spec.sink ?? 'ForeachBatchSink', numOutputRows: -1 };
      this.emit(this.now, write.queryProgress({ ...head, durationMs, eventTime: {}, stateOperators, sources: [source], sink }));
    });
    if (spec.terminated !== undefined) this.emit(this.now, write.queryTerminated(id, runId, spec.terminated));
  }

  /** The accumulator of a node's metric: the same node object has the same ids wherever it stands (reused exchanges). */
  private idOf = (node: NodeSpec, metric: string): number => {
    const own = this.accumulators.get(node) ?? new Map<string, number>();
    this.accumulators.set(node, own);
    const id = own.get(metric) ?? this.counters.accumulator++;
    own.set(metric, id);
    return id;
  };
}
