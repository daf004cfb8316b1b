// The end of a TaskEnd line, behind the accumulables: some sixty numbers between bytes that are the same in every line of a log.
// The template is learned from one line with the tables of fields and then matched in one tight loop; runs of zeros are matched as one literal.
// Law: all bytes between numbers are compared; a line that differs anywhere is left to the general scan.

import { EXECUTOR_METRIC_FIELDS, type Field, TASK_METRICS } from './fields.ts';
import { Literal, matches } from './literal.ts';
import type { TaskScratch } from './scratch.ts';

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const COLON = 58;
const OPEN = 123;
const CLOSE = 125;

/** Zeros in a row that are worth a literal of their own. */
const MIN_RUN = 4;

const SECTIONS: readonly Pick<Field, 'key' | 'fields'>[] = [
  { key: 'Task Executor Metrics', fields: EXECUTOR_METRIC_FIELDS },
  { key: 'Task Metrics', fields: TASK_METRICS },
];

interface Number_ {
  readonly literalStart: number;
  readonly start: number;
  readonly end: number;
  readonly field: Field;
}

/** Finds the numbers of a tail and their fields; undefined when it holds anything but objects of numbers known to the tables. */
function tokenize(buf: Uint8Array, start: number, end: number): Number_[] | undefined {
  const numbers: Number_[] = [];
  const stack: (readonly Pick<Field, 'key' | 'fields'>[])[] = [SECTIONS];
  let literalStart = start;
  for (let p = start; p < end; ) {
    const c = buf[p] as number;
    if (c === COMMA) p++;
    else if (c === CLOSE) {
      // The last brace closes the event itself.
      if (stack.length === 1) return p === end - 1 ? numbers : undefined;
      stack.pop();
      p++;
    } else if (c === QUOTE) {
      const close = buf.indexOf(QUOTE, p + 1);
      if (close < 0 || close >= end || buf[close + 1] !== COLON) return undefined;
      const key = Buffer.from(buf.buffer, buf.byteOffset + p + 1, close - p - 1).toString('latin1');
      const field = stack.at(-1)?.find((candidate) => candidate.key === key);
      if (field === undefined) return undefined;
      p = close + 2;
      if (buf[p] === OPEN) {
        stack.push(field.fields);
        p++;
      } else if (buf[p] === 91 && buf[p + 1] === 93) p += 2;
      else {
        const first = p;
        if (buf[p] === MINUS) p++;
        while ((buf[p] as number) >= 48 && (buf[p] as number) <= 57) p++;
        if (p === first || stack.length === 1 || (field as Field).kind !== 'number') return undefined;
        numbers.push({ literalStart, start: first, end: p, field: field as Field });
        literalStart = p;
      }
    } else return undefined;
  }
  return undefined;
}

export class TailTemplate {
  private readonly count: number;
  /** What stands before each number. */
  private readonly literals: readonly Literal[];
  /** Number at which a run of zeros starts → the run; sparse. */
  private readonly runs: ({ readonly literal: Literal; readonly next: number } | undefined)[];
  private readonly fields: readonly Field[];
  /** What stands behind the last number. */
  private readonly tail: Literal;
  private readonly values: Float64Array;
  /** False for a tail with executor metrics only. */
  readonly hasMetrics: boolean;

  private constructor(buf: Uint8Array, numbers: readonly Number_[], end: number) {
    this.count = numbers.length;
    this.fields = numbers.map((number) => number.field);
    this.hasMetrics = this.fields.some((field) => field.peak < 0);
    this.values = new Float64Array(this.count);
    this.literals = numbers.map((number) => new Literal(buf.subarray(number.literalStart, number.start)));
    this.runs = new Array(this.count).fill(undefined);
    const isZero = (number: Number_) => number.end - number.start === 1 && buf[number.start] === 48;
    for (let i = 0; i < this.count; ) {
      let next = i;
      while (next < this.count && isZero(numbers[next] as Number_)) next++;
      if (next - i >= MIN_RUN) {
        const from = (numbers[i] as Number_).literalStart;
        // The byte behind the run tells 0 from the first digit of nothing: a zero is never followed by a digit in JSON.
        const to = (numbers[next - 1] as Number_).end;
        this.runs[i] = { literal: new Literal(buf.subarray(from, to)), next };
      }
      i = Math.max(next, i + 1);
    }
    this.tail = new Literal(buf.subarray(numbers[this.count - 1]?.end as number, end));
  }

  /** Learns the tail `[start, end)` of a line; undefined when it has a shape that only the general scan reads. */
  static learn(buf: Uint8Array, start: number, end: number): TailTemplate | undefined {
    const numbers = tokenize(buf, start, end);
    if (numbers === undefined || numbers.length === 0) return undefined;
    return new TailTemplate(buf, numbers, end);
  }

  /** Adds the numbers of the tail `[pos, end)` to `out`. False, with `out` as it was, when the tail differs from the template. */
  match(buf: Uint8Array, view: DataView, pos: number, end: number, out: TaskScratch): boolean {
    const { literals, runs, values, count } = this;
    let p = pos;
    for (let i = 0; i < count; ) {
      const run = runs[i];
      if (run !== undefined && p + run.literal.length <= end && matches(run.literal, buf, view, p)) {
        for (let k = i; k < run.next; k++) values[k] = 0;
        p += run.literal.length;
        i = run.next;
        continue;
      }
      const literal = literals[i] as Literal;
      if (p + literal.length >= end || !matches(literal, buf, view, p)) return false;
      p += literal.length;
      const negative = buf[p] === MINUS;
      if (negative) p++;
      const first = p;
      let value = 0;
      for (let c = (buf[p] as number) - 48; c >= 0 && c <= 9; c = (buf[++p] as number) - 48) value = value * 10 + c;
      if (p === first) return false;
      values[i++] = negative ? -value : value;
    }
    if (p + this.tail.length !== end || !matches(this.tail, buf, view, p)) return false;
    for (let i = 0; i < count; i++) {
      const value = values[i] as number;
      if (value === 0) continue;
      const field = this.fields[i] as Field;
      const { ints, floats } = field;
      for (let k = 0; k < ints.length; k++) out.ints[ints[k] as number] = (out.ints[ints[k] as number] as number) + value;
      for (let k = 0; k < floats.length; k++) out.floats[floats[k] as number] = (out.floats[floats[k] as number] as number) + value;
      if (field.peak >= 0) out.peaks[field.peak] = value;
    }
    return true;
  }
}
