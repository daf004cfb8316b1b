// The byte scan of a TaskStart and of a successful TaskEnd: 84 % of a log's bytes are TaskEnds, 64 % of those are accumulables (knowledge: field guide 5.3).
// Law: every byte between two values is compared with what Spark writes; on any mismatch the scan gives up and the full parse reads the line.
// Numbers of unknown accumulators are learned once per id (name, quoting, tail), then matched as literals.

import { FLAG, INT_INDEX, LOCALITIES } from '../columns.ts';
import { EXECUTOR_METRIC_FIELDS, type Field, TASK_METRICS } from './fields.ts';
import { Literal, matches } from './literal.ts';
import { sqlUpdate } from './parse-tasks.ts';
import type { ExecutorNames, TaskScratch } from './scratch.ts';
import { TailTemplate } from './tail-template.ts';

interface Key {
  readonly literal: Literal;
  readonly field: Field;
  readonly inner: Shape;
}

/** The keys of an object in writing order, and how the object looked when last all its numbers were 0: most objects of most tasks do. */
interface Shape {
  readonly keys: readonly Key[];
  zeros: Literal | undefined;
}

const compile = (fields: readonly Field[]): Shape => ({
  keys: fields.map((field) => ({ literal: new Literal(`${JSON.stringify(field.key)}:`), field, inner: compile(field.fields) })),
  zeros: undefined,
});

const HEAD = new Literal('{"Event":"SparkListenerTaskEnd","Stage ID":');
const START_HEAD = new Literal('{"Event":"SparkListenerTaskStart","Stage ID":');
const START_INFO = new Literal(',"Task Info":{"Task ID":');
const STAGE_ATTEMPT = new Literal(',"Stage Attempt ID":');
const TASK_TYPE = new Literal(',"Task Type":"');
const SUCCESS = new Literal('","Task End Reason":{"Reason":"Success"},"Task Info":{"Task ID":');
const INDEX = new Literal(',"Index":');
const ATTEMPT = new Literal(',"Attempt":');
const PARTITION = new Literal(',"Partition ID":');
const LAUNCH = new Literal(',"Launch Time":');
const EXECUTOR = new Literal(',"Executor ID":"');
const SPECULATIVE = new Literal('","Speculative":');
const TRUE = new Literal('true');
const FALSE = new Literal('false');
const GETTING = new Literal(',"Getting Result Time":');
const FINISH = new Literal(',"Finish Time":');
const NOT_FAILED = new Literal(',"Failed":false');
const NOT_KILLED = new Literal(',"Killed":false');
const ACCUMULABLES = new Literal(',"Accumulables":[');
const PEAKS = new Literal(',"Task Executor Metrics":{');
const METRICS = new Literal(',"Task Metrics":{');
const LOCALITY_NAMES = LOCALITIES.slice(0, 5).map((name) => new Literal(name));
const ID = new Literal('{"ID":');
const VALUE = new Literal(',"Value":');
const QUOTED_VALUE = new Literal('","Value":"');

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const OPEN = 123;
const CLOSE = 125;
const MINUS = 45;

/** What was learned of one accumulator: the bytes around its numbers. */
interface Accumulator {
  readonly id: number;
  /** `{"ID":<id>` and `before` in one: what a guess is compared with. */
  readonly whole: Literal;
  readonly before: Literal;
  readonly quoted: boolean;
  readonly after: Literal;
  readonly sql: boolean;
  /** The accumulator that followed this one last time: the guess for the next. */
  next: Accumulator | undefined;
}

/** Times that the tail of a line is learned anew. */
const MAX_TAILS = 64;
/** Learned accumulators are forgotten beyond this number, oldest first: ids are new in every stage. */
const MAX_LEARNED = 4096;

/** A started task, reused for every line. */
export interface TaskStartScratch {
  stageId: number;
  stageAttempt: number;
  taskId: number;
  index: number;
  launchMs: number;
  executor: number;
}

export class TaskScanner {
  private readonly executors: ExecutorNames;
  private buf: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private pos = 0;
  private end = 0;
  private readonly metrics = compile(TASK_METRICS);
  private readonly peaks = compile(EXECUTOR_METRIC_FIELDS);
  private tail: TailTemplate | undefined;
  private tailsLearned = 0;
  private readonly learned = new Map<number, Accumulator>();
  private readonly literals = new Map<string, Literal>();
  private firstAccumulator: Accumulator | undefined;
  /** By executor index: `<id>","Host":"<host>","Locality":"`. */
  private readonly executorTails: Literal[] = [];
  private lastExecutor = 0;

  constructor(executors: ExecutorNames) {
    this.executors = executors;
  }

  /** The buffer that the next scans read; positions are relative to it. */
  use(buf: Uint8Array): void {
    this.buf = buf;
    this.view = new DataView(buf.buffer, buf.byteOffset, buf.byteLength);
  }

  /** Fills `out` from the line `[start, end)` without its newline. False: not a line for this scan, `out` is undefined. */
  scan(start: number, end: number, out: TaskScratch): boolean {
    this.pos = start;
    this.end = end;
    if (!this.is(HEAD)) return false;
    out.reset();
    const ints = out.ints;
    const stageId = this.number();
    if (!this.is(STAGE_ATTEMPT)) return false;
    const stageAttempt = this.number();
    if (!this.is(TASK_TYPE) || !this.skipString() || !this.is(SUCCESS)) return false;
    const taskId = this.number();
    if (!this.is(INDEX)) return false;
    const index = this.number();
    if (!this.is(ATTEMPT)) return false;
    const attempt = this.number();
    if (this.is(PARTITION)) this.number();
    if (!this.is(LAUNCH)) return false;
    const launch = this.number();
    if (!this.is(EXECUTOR)) return false;
    const executor = this.executor();
    if (executor < 0) return false;
    const locality = this.locality();
    if (locality < 0 || !this.is(SPECULATIVE)) return false;
    const speculative = this.is(TRUE);
    if (!speculative && !this.is(FALSE)) return false;
    if (!this.is(GETTING)) return false;
    const getting = this.number();
    if (!this.is(FINISH)) return false;
    const finish = this.number();
    if (!this.is(NOT_FAILED)) return false;
    this.is(NOT_KILLED);
    if (!this.is(ACCUMULABLES) || !this.accumulables(out)) return false;
    // The loop above ends behind `]`; Task Info closes here.
    if (this.buf[this.pos++] !== CLOSE) return false;
    let flags = locality | FLAG.success | (speculative ? FLAG.speculative : 0);
    if (this.tail?.match(this.buf, this.view, this.pos, end, out)) {
      if (this.tail.hasMetrics) flags |= FLAG.metrics;
    } else {
      const tailStart = this.pos;
      if (this.is(PEAKS) && !this.object(this.peaks, out)) return false;
      if (this.is(METRICS)) {
        if (!this.object(this.metrics, out)) return false;
        flags |= FLAG.metrics;
      }
      if (this.buf[this.pos++] !== CLOSE || this.pos !== end) return false;
      // One shape per Spark version: a log that mixes shapes must not be learned again for every line.
      if (this.tailsLearned < MAX_TAILS) {
        this.tailsLearned++;
        this.tail = TailTemplate.learn(this.buf, tailStart, end);
      }
    }
    // A number that was not one is NaN: it shows here, in a value that every task has, or in the sums below.
    if (!(stageId >= 0) || !(stageAttempt >= 0) || !(taskId >= 0) || !(index >= 0) || !(attempt >= 0)) return false;
    if (Number.isNaN(launch) || Number.isNaN(finish) || Number.isNaN(getting)) return false;
    out.stageId = stageId;
    out.stageAttempt = stageAttempt;
    out.finishMs = finish;
    ints[INT_INDEX.taskId] = taskId;
    ints[INT_INDEX.index] = index;
    ints[INT_INDEX.attempt] = attempt;
    ints[INT_INDEX.launch] = launch;
    ints[INT_INDEX.duration] = finish > 0 && launch > 0 ? Math.max(0, finish - launch) : 0;
    ints[INT_INDEX.gettingResultMs] = getting > 0 && finish > getting ? finish - getting : 0;
    ints[INT_INDEX.executor] = executor;
    ints[INT_INDEX.flags] = flags;
    return true;
  }

  /** Identity and launch of a TaskStart; nothing behind them is read (older Sparks race end data into it). */
  scanStart(start: number, end: number, out: TaskStartScratch): boolean {
    this.pos = start;
    this.end = end;
    if (!this.is(START_HEAD)) return false;
    out.stageId = this.number();
    if (!this.is(STAGE_ATTEMPT)) return false;
    out.stageAttempt = this.number();
    if (!this.is(START_INFO)) return false;
    out.taskId = this.number();
    if (!this.is(INDEX)) return false;
    out.index = this.number();
    if (!this.is(ATTEMPT)) return false;
    this.number();
    if (this.is(PARTITION)) this.number();
    if (!this.is(LAUNCH)) return false;
    out.launchMs = this.number();
    if (!this.is(EXECUTOR)) return false;
    out.executor = this.executor();
    return (
      out.executor >= 0 &&
      out.stageId >= 0 &&
      out.stageAttempt >= 0 &&
      out.taskId >= 0 &&
      out.index >= 0 &&
      out.launchMs >= 0 &&
      this.buf[end - 1] === CLOSE
    );
  }

  /** True and behind it when the literal is next. */
  private is(literal: Literal): boolean {
    const after = this.pos + literal.length;
    if (after > this.end || !matches(literal, this.buf, this.view, this.pos)) return false;
    this.pos = after;
    return true;
  }

  /** A decimal integer; NaN (and no step) when there is none. A fraction or exponent behind it fails the next literal. */
  private number(): number {
    const buf = this.buf;
    let p = this.pos;
    const negative = buf[p] === MINUS;
    if (negative) p++;
    const first = p;
    let value = 0;
    for (let c = (buf[p] as number) - 48; c >= 0 && c <= 9; c = (buf[++p] as number) - 48) value = value * 10 + c;
    if (p === first) return Number.NaN;
    this.pos = p;
    return negative ? -value : value;
  }

  /** From inside a string to its closing quote (not behind it). False on an escape or the end of the line. */
  private skipString(): boolean {
    const buf = this.buf;
    for (let p = this.pos; p < this.end; p++) {
      const c = buf[p];
      if (c === QUOTE) {
        this.pos = p;
        return true;
      }
      if (c === BACKSLASH) return false;
    }
    return false;
  }

  /** From the executor's id to behind `"Locality":"`; −1 when the line has another shape. */
  private executor(): number {
    const guess = this.executorTails[this.lastExecutor];
    if (guess !== undefined && this.is(guess)) return this.lastExecutor;
    for (let i = 0; i < this.executorTails.length; i++) {
      const tail = this.executorTails[i];
      if (tail !== undefined && this.is(tail)) {
        this.lastExecutor = i;
        return i;
      }
    }
    return this.learnExecutor();
  }

  private learnExecutor(): number {
    const start = this.pos;
    if (!this.skipString()) return -1;
    const id = Buffer.from(this.buf.buffer, this.buf.byteOffset + start, this.pos - start).toString();
    if (!this.is(new Literal('","Host":"'))) return -1;
    const hostStart = this.pos;
    if (!this.skipString()) return -1;
    const host = Buffer.from(this.buf.buffer, this.buf.byteOffset + hostStart, this.pos - hostStart).toString();
    const tail = new Literal('","Locality":"');
    if (!this.is(tail)) return -1;
    const index = this.executors.indexOf(id, host);
    this.executorTails[index] = new Literal(`${id}","Host":"${host}","Locality":"`);
    this.lastExecutor = index;
    return index;
  }

  private locality(): number {
    for (let i = 0; i < LOCALITY_NAMES.length; i++) if (this.is(LOCALITY_NAMES[i] as Literal)) return i;
    return -1;
  }

  /** The fields of a flat or nested object of numbers, in writing order, any of them absent. Behind `{` on entry, behind `}` on success. */
  private object(shape: Shape, out: TaskScratch): boolean {
    const buf = this.buf;
    const zeros = shape.zeros;
    if (zeros !== undefined && this.is(zeros)) return true;
    if (buf[this.pos] === CLOSE) {
      this.pos++;
      return true;
    }
    const keys = shape.keys;
    const start = this.pos;
    let flat = true;
    let k = 0;
    for (;;) {
      while (k < keys.length && !this.is((keys[k] as Key).literal)) k++;
      if (k === keys.length) return false;
      const key = keys[k++] as Key;
      const field = key.field;
      switch (field.kind) {
        case 'number': {
          const value = this.number();
          if (value !== 0) {
            flat = false;
            if (Number.isNaN(value)) return false;
            const ints = field.ints;
            for (let i = 0; i < ints.length; i++) out.ints[ints[i] as number] = (out.ints[ints[i] as number] as number) + value;
            const floats = field.floats;
            for (let i = 0; i < floats.length; i++) out.floats[floats[i] as number] = (out.floats[floats[i] as number] as number) + value;
            if (field.peak >= 0) out.peaks[field.peak] = value;
          }
          break;
        }
        case 'object':
          flat = false;
          if (buf[this.pos++] !== OPEN || !this.object(key.inner, out)) return false;
          break;
        case 'string':
          flat = false;
          if (buf[this.pos++] !== QUOTE || !this.skipString()) return false;
          this.pos++;
          break;
        case 'empty-array':
          if (buf[this.pos++] !== 91 || buf[this.pos++] !== 93) return false;
          break;
      }
      const c = buf[this.pos++];
      if (c === CLOSE) {
        if (flat) shape.zeros = new Literal(Buffer.from(buf.buffer, buf.byteOffset + start, this.pos - start).toString('latin1'));
        return true;
      }
      if (c !== COMMA) return false;
    }
  }

  /** The accumulables, from behind `[` to behind `]`. */
  private accumulables(out: TaskScratch): boolean {
    const buf = this.buf;
    if (buf[this.pos] === 93) {
      this.pos++;
      return true;
    }
    let last: Accumulator | undefined;
    let guess = this.firstAccumulator;
    for (;;) {
      let known = guess;
      if (known === undefined || !this.is(known.whole) || !this.numbers(known, out)) {
        known = this.unguessed(out);
        if (known === undefined) return false;
      }
      if (last === undefined) this.firstAccumulator = known;
      else last.next = known;
      last = known;
      guess = known.next;
      const c = buf[this.pos++];
      if (c === COMMA) continue;
      return c === 93;
    }
  }

  /** One accumulable that is not the one that followed last time; undefined when it cannot be read here. */
  private unguessed(out: TaskScratch): Accumulator | undefined {
    const start = this.pos;
    if (!this.is(ID)) return undefined;
    const known = this.learned.get(this.number());
    if (known !== undefined && this.is(known.before) && this.numbers(known, out)) return known;
    this.pos = start;
    return this.learn(out);
  }

  /** The numbers of one accumulable and what is behind them; false when its shape changed. */
  private numbers(known: Accumulator, out: TaskScratch): boolean {
    const update = this.number();
    if (!this.is(known.quoted ? QUOTED_VALUE : VALUE)) return false;
    // The running total is not needed: only its end is.
    if (Number.isNaN(this.number()) || Number.isNaN(update) || !this.is(known.after)) return false;
    if (known.sql && update >= 0) out.addUpdate(known.id, update);
    return true;
  }

  /** Reads one accumulable of any shape with the full parser and learns it when its numbers are plain. */
  private learn(out: TaskScratch): Accumulator | undefined {
    const start = this.pos;
    const stop = this.objectEnd(start);
    if (stop < 0) return undefined;
    const text = Buffer.from(this.buf.buffer, this.buf.byteOffset + start, stop - start).toString();
    let entry: Record<string, unknown>;
    try {
      entry = JSON.parse(text);
    } catch {
      return undefined;
    }
    const shape =
      /^\{"ID":(\d+)(,"Name":"(?:[^"\\]|\\.)*","Update":("?))-?\d+"?,"Value":"?-?\d+("?(?:,"[A-Za-z ]+":(?:true|false|"[a-z]+"))*\})$/.exec(
        text,
      );
    const isSql = entry.Metadata === 'sql';
    if (shape === null) {
      // Values such as "00:00:00.157" or []: no number to add, but the rest of the line may still be scanned.
      if (typeof entry.ID !== 'number') return undefined;
      const value = isSql ? sqlUpdate(entry.Update) : undefined;
      if (value !== undefined) out.addUpdate(entry.ID, value);
      this.pos = stop;
      return { id: entry.ID, whole: UNMATCHABLE, before: UNMATCHABLE, quoted: false, after: UNMATCHABLE, sql: isSql, next: undefined };
    }
    const known: Accumulator = {
      id: Number(shape[1]),
      whole: new Literal(`{"ID":${shape[1]}${shape[2]}`),
      before: this.literal(shape[2] as string),
      quoted: shape[3] === '"',
      after: this.literal(shape[4] as string),
      sql: isSql,
      next: undefined,
    };
    if (this.learned.size >= MAX_LEARNED) this.learned.delete(this.learned.keys().next().value as number);
    this.learned.set(known.id, known);
    const update = Number(entry.Update);
    if (isSql && update >= 0) out.addUpdate(known.id, update);
    this.pos = stop;
    return known;
  }

  private literal(text: string): Literal {
    let literal = this.literals.get(text);
    if (literal === undefined) {
      literal = new Literal(text);
      if (this.literals.size < 4096) this.literals.set(text, literal);
    }
    return literal;
  }

  /** Position behind the object that starts at `start`; −1 when the line ends first. */
  private objectEnd(start: number): number {
    let depth = 0;
    let inString = false;
    for (let p = start; p < this.end; p++) {
      const c = this.buf[p];
      if (inString) {
        if (c === BACKSLASH) p++;
        else if (c === QUOTE) inString = false;
      } else if (c === QUOTE) inString = true;
      else if (c === OPEN || c === 91) depth++;
      else if ((c === CLOSE || c === 93) && --depth === 0) return p + 1;
    }
    return -1;
  }
}

/** Never equals what a line holds: JSON has no NUL. */
const UNMATCHABLE = new Literal('\0');
