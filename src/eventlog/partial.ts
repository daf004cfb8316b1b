// What a range of a log says: tasks in columns, everything else as records in file order. Ranges are read on any thread and put together in order.
// Law: no line can make this throw; what is not understood is counted with its line number.

import { messageOf } from '../base/index.ts';
import { INT_INDEX } from './columns.ts';
import { KNOWN_FAMILIES, READERS, readSqlPlan } from './events/read.ts';
import type { EventRecord } from './events/records.ts';
import type { LineSink } from './lines.ts';
import type { SkippedLine } from './model.ts';
import { type OpenTask, OpenTasks } from './open-tasks.ts';
import { Interner } from './plan.ts';
import { EXECUTOR_METRICS } from './scan/fields.ts';
import { parseTaskEnd } from './scan/parse-tasks.ts';
import { TaskScanner, type TaskStartScratch } from './scan/scan-tasks.ts';
import { ExecutorNames, TaskScratch } from './scan/scratch.ts';
import { type PackedStage, StageData } from './stage-data.ts';

/** Skipped lines kept with their reason; the count is exact. */
const MAX_SKIPPED = 20;
/** Progress events kept per streaming query: a day of five-second triggers. */
export const MAX_PROGRESS = 20_000;
/** Distinct unknown event names kept: a hostile log could invent one per line. */
const MAX_UNKNOWN = 200;

/** Times further than this from the first one seen are taken for damage: five years are longer than any driver lives. */
export const PLAUSIBLE_MS = 5 * 366 * 24 * 3_600_000;

const PREFIX = Buffer.from('{"Event":"');
const PREFIX_LENGTH = PREFIX.length;
const QUOTE = 34;
const AQE_UPDATE = 'org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate';
const SQL_END = 'org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd';

/** Byte 23 and 27 tell TaskStart and TaskEnd from everything else: `{"Event":"SparkListenerTaskS`, `…TaskE`. */
const TASK = Buffer.from('{"Event":"SparkListenerTask');

export interface PackedPartial {
  readonly stages: readonly PackedStage[];
  readonly executorIds: readonly string[];
  readonly executorHosts: readonly (string | undefined)[];
  readonly peaks: readonly Float64Array[];
  readonly records: readonly EventRecord[];
  /** Tasks started here and not ended here. */
  readonly open: ReadonlyMap<number, OpenTask>;
  /** Tasks ended here that were not started here. */
  readonly endedElsewhere: ReadonlySet<number>;
  readonly lines: number;
  readonly events: number;
  readonly bytes: number;
  readonly skippedLines: number;
  readonly skipped: readonly SkippedLine[];
  readonly unknownEvents: ReadonlyMap<string, number>;
  readonly taskEnds: number;
  readonly fullParses: number;
  readonly lastTimeMs: number;
}

export interface PartialOptions {
  /** Read every task line with the full parser: the reference that the byte scan is held against. */
  readonly fullParse?: boolean;
}

export class LogPartial implements LineSink {
  private readonly stages = new Map<number, StageData[]>();
  private last: StageData | undefined;
  private readonly executors = new ExecutorNames();
  private readonly peaks: Float64Array[] = [];
  private readonly records: (EventRecord | undefined)[] = [];
  private readonly open = new OpenTasks();
  private readonly endedElsewhere = new Set<number>();
  private readonly scanner = new TaskScanner(this.executors);
  private readonly scratch = new TaskScratch();
  private readonly started: TaskStartScratch = { stageId: 0, stageAttempt: 0, taskId: 0, index: 0, launchMs: 0, executor: 0 };
  private readonly intern = new Interner();
  private readonly described = new Set<number>();
  /** Positions of a streaming query's progress records, oldest first. */
  private readonly progress = new Map<string, { positions: number[]; first: number; dropped: number; queryId: string }>();
  private readonly unknownEvents = new Map<string, number>();
  private readonly skipped: SkippedLine[] = [];
  /** Latest AQE plan per open execution, as bytes: parsed once, when the execution ends or the range does. */
  private readonly pendingPlans = new Map<number, { raw: Buffer; record: number; updates: number }>();
  private buf: Buffer | undefined;
  private lines = 0;
  private events = 0;
  private bytes = 0;
  private skippedLines = 0;
  private taskEnds = 0;
  private fullParses = 0;
  private firstTimeMs = 0;
  private lastTimeMs = 0;
  private readonly fullParse: boolean;

  constructor(options: PartialOptions = {}) {
    this.fullParse = options.fullParse ?? false;
  }

  line(buf: Buffer, start: number, end: number): void {
    this.lines++;
    this.bytes += end - start + 1;
    if (buf !== this.buf) {
      this.buf = buf;
      this.scanner.use(buf);
    }
    if (isTask(buf, start, end)) {
      const kind = buf[start + TASK.length];
      if (kind === 69) {
        if (!this.fullParse && this.scanner.scan(start, end, this.scratch)) {
          this.events++;
          this.takeTask();
          return;
        }
      } else if (kind === 83 && !this.fullParse && this.scanner.scanStart(start, end, this.started)) {
        this.events++;
        this.takeStart();
        return;
      }
    }
    try {
      this.other(buf, start, end);
    } catch (error) {
      this.skip(messageOf(error));
    }
  }

  tooLong(bytes: number): void {
    this.lines++;
    this.bytes += bytes;
    this.skip(`line of ${bytes} bytes is over the limit`);
  }

  /** Counts the last, unfinished line of a cut log as skipped. */
  skip(reason: string): void {
    this.skippedLines++;
    if (this.skipped.length < MAX_SKIPPED) this.skipped.push({ line: this.lines, reason: reason.slice(0, 200) });
  }

  private other(buf: Buffer, start: number, end: number): void {
    const name = eventName(buf, start, end);
    if (name === AQE_UPDATE && this.deferPlan(buf, start, end)) {
      this.events++;
      return;
    }
    // Events that are known and not needed cost no parse; a broken one among them costs nothing either.
    if (name !== undefined && READERS.has(name) && READERS.get(name) === undefined) {
      this.events++;
      return;
    }
    const event: unknown = JSON.parse(buf.toString('utf8', start, end));
    if (typeof event !== 'object' || event === null || Array.isArray(event)) {
      this.skip('not a JSON object');
      return;
    }
    const json = event as Record<string, unknown>;
    if (typeof json.Event !== 'string') {
      this.skip('no "Event" key');
      return;
    }
    this.events++;
    this.take(json.Event, json);
  }

  private take(name: string, json: Record<string, unknown>): void {
    if (name === 'SparkListenerTaskEnd') {
      this.fullParses++;
      if (parseTaskEnd(json, this.scratch, this.executors)) this.takeTask();
      else this.skip('SparkListenerTaskEnd without its task');
      return;
    }
    if (name === 'SparkListenerTaskStart') {
      this.parseStart(json);
      return;
    }
    if (name === AQE_UPDATE) {
      if (typeof json.executionId === 'number')
        this.records.push({ kind: 'sqlPlan', id: json.executionId, plan: readSqlPlan(json, this.intern), updates: 1 });
      return;
    }
    const reader = READERS.get(name);
    if (reader === undefined) {
      if (
        !READERS.has(name) &&
        !KNOWN_FAMILIES.some((family) => family.test(name)) &&
        (this.unknownEvents.has(name) || this.unknownEvents.size < MAX_UNKNOWN)
      ) {
        this.unknownEvents.set(name, (this.unknownEvents.get(name) ?? 0) + 1);
      }
      return;
    }
    const record = reader(json, { intern: this.intern, described: this.described });
    if (record === undefined) {
      this.skip(`${name} without its id`);
      return;
    }
    if (name === SQL_END && record.kind === 'sqlEnd') this.resolvePlan(record.id);
    if (record.kind === 'stageSubmitted') this.stage(record.stage.id, record.stage.attempt).columns.reserve(record.stage.taskCount);
    if (record.kind === 'queryProgress') this.boundProgress(record.progress.runId, record.progress.queryId);
    this.records.push(record);
  }

  /** A stream that runs for months has millions of triggers: the newest are kept, the others counted. */
  private boundProgress(runId: string, queryId: string): void {
    let known = this.progress.get(runId);
    if (known === undefined) {
      known = { positions: [], first: 0, dropped: 0, queryId };
      this.progress.set(runId, known);
    }
    known.positions.push(this.records.length);
    if (known.positions.length - known.first <= MAX_PROGRESS) return;
    this.records[known.positions[known.first++] as number] = undefined;
    known.dropped++;
    if (known.first < MAX_PROGRESS) return;
    known.positions.splice(0, known.first);
    known.first = 0;
  }

  private parseStart(json: Record<string, unknown>): void {
    const info = json['Task Info'];
    const task = (typeof info === 'object' && info !== null ? info : {}) as Record<string, unknown>;
    if (typeof json['Stage ID'] !== 'number' || typeof task['Task ID'] !== 'number') {
      this.skip('SparkListenerTaskStart without its task');
      return;
    }
    this.started.stageId = json['Stage ID'];
    this.started.stageAttempt = typeof json['Stage Attempt ID'] === 'number' ? json['Stage Attempt ID'] : 0;
    this.started.taskId = task['Task ID'];
    this.started.index = typeof task.Index === 'number' ? task.Index : 0;
    this.started.launchMs = typeof task['Launch Time'] === 'number' ? task['Launch Time'] : 0;
    this.started.executor = this.executors.indexOf(
      typeof task['Executor ID'] === 'string' ? task['Executor ID'] : 'unknown',
      typeof task.Host === 'string' ? task.Host : undefined,
    );
    this.takeStart();
  }

  /** Raises the latest time; a stamp years away from the first one is damage (see PLAUSIBLE_MS). */
  private note(ms: number): void {
    if (ms <= this.lastTimeMs) return;
    if (this.firstTimeMs === 0) this.firstTimeMs = ms;
    if (ms - this.firstTimeMs <= PLAUSIBLE_MS) this.lastTimeMs = ms;
  }

  private takeStart(): void {
    const { stageId, stageAttempt, launchMs } = this.started;
    this.note(launchMs);
    const stage = this.stage(stageId, stageAttempt);
    if (launchMs > 0 && launchMs < stage.firstLaunchMs) stage.firstLaunchMs = launchMs;
    this.open.set(this.started);
  }

  private takeTask(): void {
    const task = this.scratch;
    this.taskEnds++;
    this.note(task.finishMs);
    this.stage(task.stageId, task.stageAttempt).add(task);
    const id = task.ints[INT_INDEX.taskId] as number;
    if (!this.open.delete(id)) this.endedElsewhere.add(id);
    const executor = task.ints[EXECUTOR_COLUMN] as number;
    for (let k = 0; k < task.peaks.length; k++) {
      const value = task.peaks[k] as number;
      if (value <= 0) continue;
      let row = this.peaks[executor];
      if (row === undefined) {
        row = new Float64Array(EXECUTOR_METRICS.length);
        this.peaks[executor] = row;
      }
      if (value > (row[k] as number)) row[k] = value;
    }
  }

  private stage(id: number, attempt: number): StageData {
    if (this.last !== undefined && this.last.id === id && this.last.attempt === attempt) return this.last;
    let attempts = this.stages.get(id);
    if (attempts === undefined) {
      attempts = [];
      this.stages.set(id, attempts);
    }
    let stage = attempts.find((candidate) => candidate.attempt === attempt);
    if (stage === undefined) {
      stage = new StageData(id, attempt);
      attempts.push(stage);
    }
    this.last = stage;
    return stage;
  }

  /** Keeps the bytes of an AQE plan, in place of the one before it of the same execution. False: the line has another shape. */
  private deferPlan(buf: Buffer, start: number, end: number): boolean {
    const head = buf.toString('latin1', start, Math.min(end, start + 160));
    const match = /^\{"Event":"[^"]+","executionId":(\d+),/.exec(head);
    if (match === null || buf[end - 1] !== 125) return false;
    const id = Number(match[1]);
    const raw = Buffer.from(buf.subarray(start, end));
    const pending = this.pendingPlans.get(id);
    if (pending === undefined) {
      this.pendingPlans.set(id, { raw, record: this.records.push(undefined) - 1, updates: 1 });
      return true;
    }
    // The record moves to where the latest plan stands.
    this.records[pending.record] = undefined;
    this.pendingPlans.set(id, { raw, record: this.records.push(undefined) - 1, updates: pending.updates + 1 });
    return true;
  }

  private resolvePlan(id: number): void {
    const pending = this.pendingPlans.get(id);
    if (pending === undefined) return;
    this.pendingPlans.delete(id);
    try {
      const json = JSON.parse(pending.raw.toString('utf8'));
      this.records[pending.record] = { kind: 'sqlPlan', id, plan: readSqlPlan(json, this.intern), updates: pending.updates };
    } catch (error) {
      this.skip(`plan update of SQL execution ${id}: ${messageOf(error)}`);
    }
  }

  /** Ends the range. The typed arrays inside belong to the receiver. */
  pack(): PackedPartial {
    for (const id of [...this.pendingPlans.keys()]) this.resolvePlan(id);
    const peaks = Array.from(this.executors.ids, (_, i) => this.peaks[i] ?? new Float64Array(0));
    return {
      stages: [...this.stages.values()].flat().map((stage) => stage.pack()),
      executorIds: this.executors.ids,
      executorHosts: this.executors.hosts,
      peaks,
      records: [
        ...[...this.progress].flatMap(([runId, { dropped, queryId }]): EventRecord[] =>
          dropped > 0 ? [{ kind: 'progressDropped', queryId, runId, count: dropped }] : [],
        ),
        ...this.records.filter((record) => record !== undefined),
      ],
      open: this.open.toMap(),
      endedElsewhere: this.endedElsewhere,
      lines: this.lines,
      events: this.events,
      bytes: this.bytes,
      skippedLines: this.skippedLines,
      skipped: this.skipped,
      unknownEvents: this.unknownEvents,
      taskEnds: this.taskEnds,
      fullParses: this.fullParses,
      lastTimeMs: this.lastTimeMs,
    };
  }
}

const EXECUTOR_COLUMN = INT_INDEX.executor;

function isTask(buf: Buffer, start: number, end: number): boolean {
  if (end - start < TASK.length + 1) return false;
  // The letter behind SparkListener is what differs most often: look there first.
  if (buf[start + 23] !== 84) return false;
  for (let i = TASK.length - 1; i >= 0; i--) if (buf[start + i] !== TASK[i]) return false;
  return true;
}

/** The event's name when it is the first key, as Spark writes it. */
function eventName(buf: Buffer, start: number, end: number): string | undefined {
  if (end - start <= PREFIX_LENGTH || buf.compare(PREFIX, 0, PREFIX_LENGTH, start, start + PREFIX_LENGTH) !== 0) return undefined;
  const close = buf.indexOf(QUOTE, start + PREFIX_LENGTH);
  return close < 0 || close >= end || close - start > 300 ? undefined : buf.toString('latin1', start + PREFIX_LENGTH, close);
}
