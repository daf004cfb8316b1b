// Task data of one stage attempt as typed-array columns: about 60 bytes a task, allocated only when a value other than 0 arrives.
// Law: rows are ended task attempts in file order; a column that was never set reads as zeros.

/** Int32 columns: times in ms, small counts. `launch` is relative to the attempt's `baseMs`. */
export const INT_COLUMNS = [
  'taskId',
  'index',
  'attempt',
  'launch',
  'duration',
  'executor',
  'flags',
  'gettingResultMs',
  'deserializeMs',
  'runMs',
  'gcMs',
  'resultSerializationMs',
  'fetchWaitMs',
  'resultSize',
] as const;

/** Float64 columns: bytes, records, nanoseconds. */
export const FLOAT_COLUMNS = [
  'cpuNs',
  'peakMemory',
  'memorySpilled',
  'diskSpilled',
  'inputBytes',
  'inputRecords',
  'outputBytes',
  'outputRecords',
  'shuffleReadBytes',
  'shuffleRemoteBytes',
  'shuffleReadRecords',
  'shuffleWriteBytes',
  'shuffleWriteRecords',
  'shuffleWriteNs',
] as const;

export type IntColumn = (typeof INT_COLUMNS)[number];
export type FloatColumn = (typeof FLOAT_COLUMNS)[number];
export type TaskColumn = IntColumn | FloatColumn;

export const INT_INDEX = Object.fromEntries(INT_COLUMNS.map((name, i) => [name, i])) as Record<IntColumn, number>;
export const FLOAT_INDEX = Object.fromEntries(FLOAT_COLUMNS.map((name, i) => [name, i])) as Record<FloatColumn, number>;

/** Bits of the `flags` column. The lowest three bits hold the locality (index in LOCALITIES). */
export const FLAG = { locality: 7, success: 8, failed: 16, killed: 32, speculative: 64, metrics: 128, duplicate: 256 } as const;
export const LOCALITIES = ['PROCESS_LOCAL', 'NODE_LOCAL', 'NO_PREF', 'RACK_LOCAL', 'ANY', 'unknown'] as const;

const INT_MAX = 2147483647;
/** In the launch column: the launch is not known, or absurdly far (24 days) from the attempt's first. */
const NO_LAUNCH = -INT_MAX - 1;
const FIRST_CAPACITY = 16;
/** A hostile stage may announce a billion tasks: reserve at most this many rows before they arrive. */
const MAX_RESERVED = 1 << 16;

/** Structured-clone form of the columns, for the way between threads. */
export interface PackedColumns {
  readonly rows: number;
  readonly baseMs: number;
  readonly ints: readonly (Int32Array | undefined)[];
  readonly floats: readonly (Float64Array | undefined)[];
  readonly totals: Float64Array;
}

let zeros = new Float64Array(0);

export class TaskColumns {
  length = 0;
  /** Epoch ms which `launch` is relative to; NaN until the first row. */
  baseMs = Number.NaN;
  /** Exact sums of the integer and float columns over every row that carries metrics: ints first, floats behind. */
  readonly totals: Float64Array = new Float64Array(INT_COLUMNS.length + FLOAT_COLUMNS.length);
  private capacity = 0;
  private ints: (Int32Array | undefined)[] = new Array(INT_COLUMNS.length).fill(undefined);
  private floats: (Float64Array | undefined)[] = new Array(FLOAT_COLUMNS.length).fill(undefined);

  /** Makes room for the announced number of tasks (bounded, see MAX_RESERVED). */
  reserve(rows: number): void {
    if (this.capacity === 0 && rows > 0) this.capacity = Math.min(rows, MAX_RESERVED);
  }

  /** Appends a row of raw values (`ints[launch]` is epoch ms) and adds the metrics to the totals. */
  append(ints: Float64Array, floats: Float64Array): void {
    const row = this.length;
    if (row >= this.capacity) this.grow();
    const launch = ints[INT_INDEX.launch] as number;
    if (launch > 0 && Number.isNaN(this.baseMs)) this.baseMs = launch;
    const totals = this.totals;
    for (let k = 0; k < INT_COLUMNS.length; k++) {
      let value = ints[k] as number;
      if (k === INT_INDEX.launch) value = launch > 0 && Math.abs(launch - this.baseMs) < INT_MAX ? launch - this.baseMs : NO_LAUNCH;
      if (value === 0) continue;
      totals[k] = (totals[k] as number) + value;
      let column = this.ints[k];
      if (column === undefined) {
        column = new Int32Array(this.capacity);
        this.ints[k] = column;
      }
      column[row] = value > INT_MAX ? INT_MAX : value < NO_LAUNCH ? NO_LAUNCH : value;
    }
    for (let k = 0; k < FLOAT_COLUMNS.length; k++) {
      const value = floats[k] as number;
      if (value === 0) continue;
      totals[INT_COLUMNS.length + k] = (totals[INT_COLUMNS.length + k] as number) + value;
      let column = this.floats[k];
      if (column === undefined) {
        column = new Float64Array(this.capacity);
        this.floats[k] = column;
      }
      column[row] = value;
    }
    this.length = row + 1;
  }

  /** Sets a bit in a row's flags. */
  mark(row: number, flag: number): void {
    const flags = this.ints[INT_INDEX.flags];
    if (flags !== undefined) flags[row] = (flags[row] as number) | flag;
  }

  private grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.capacity * 2);
    if (this.length > 0) {
      this.ints = this.ints.map((old) => {
        if (old === undefined) return undefined;
        const next = new Int32Array(capacity);
        next.set(old);
        return next;
      });
      this.floats = this.floats.map((old) => {
        if (old === undefined) return undefined;
        const next = new Float64Array(capacity);
        next.set(old);
        return next;
      });
    }
    this.capacity = capacity;
  }

  /** Gives back the room that was reserved and not used. */
  trim(): void {
    if (this.capacity === this.length) return;
    this.ints = this.ints.map((column) => column?.slice(0, this.length));
    this.floats = this.floats.map((column) => column?.slice(0, this.length));
    this.capacity = this.length;
  }

  /** Integer column of `length` values; zeros when never set. Do not change it. */
  int(name: IntColumn): ArrayLike<number> {
    return this.ints[INT_INDEX[name]]?.subarray(0, this.length) ?? this.zeros();
  }

  /** Float column of `length` values; zeros when never set. Do not change it. */
  float(name: FloatColumn): ArrayLike<number> {
    return this.floats[FLOAT_INDEX[name]]?.subarray(0, this.length) ?? this.zeros();
  }

  /** Any column by name. */
  column(name: TaskColumn): ArrayLike<number> {
    return name in INT_INDEX ? this.int(name as IntColumn) : this.float(name as FloatColumn);
  }

  /** False when every value is 0. */
  has(name: TaskColumn): boolean {
    return (name in INT_INDEX ? this.ints[INT_INDEX[name as IntColumn]] : this.floats[FLOAT_INDEX[name as FloatColumn]]) !== undefined;
  }

  /** Exact sum over all rows, in the column's unit. Not meaningful for ids, flags and `launch`. */
  total(name: TaskColumn): number {
    return this.totals[name in INT_INDEX ? INT_INDEX[name as IntColumn] : INT_COLUMNS.length + FLOAT_INDEX[name as FloatColumn]] as number;
  }

  /** Bytes held by the columns. */
  get byteLength(): number {
    return [...this.ints, ...this.floats].reduce((sum, column) => sum + (column?.byteLength ?? 0), this.totals.byteLength);
  }

  /** Epoch ms of a row's launch; 0 when it is not known. */
  launchMs(row: number): number {
    const offset = (this.ints[INT_INDEX.launch]?.[row] as number | undefined) ?? 0;
    return offset === NO_LAUNCH || Number.isNaN(this.baseMs) ? 0 : this.baseMs + offset;
  }

  private zeros(): ArrayLike<number> {
    if (zeros.length < this.length) zeros = new Float64Array(Math.max(this.length, 1024));
    return zeros.subarray(0, this.length);
  }

  /** For the way between threads; the buffers may be transferred. */
  pack(): PackedColumns {
    this.trim();
    return { rows: this.length, baseMs: this.baseMs, ints: this.ints, floats: this.floats, totals: this.totals };
  }

  static unpack(packed: PackedColumns): TaskColumns {
    const columns = new TaskColumns();
    columns.length = packed.rows;
    columns.capacity = packed.rows;
    columns.baseMs = packed.baseMs;
    columns.ints = [...packed.ints];
    columns.floats = [...packed.floats];
    columns.totals.set(packed.totals);
    return columns;
  }

  /** Rows of `next` behind the rows of this one: file order is kept. `executor` maps the executor indexes of `next` to ours. */
  concat(next: TaskColumns, executor: (index: number) => number): void {
    if (next.length === 0) return;
    if (Number.isNaN(this.baseMs)) this.baseMs = next.baseMs;
    const rows = this.length + next.length;
    const shift = Number.isNaN(next.baseMs) ? 0 : next.baseMs - this.baseMs;
    for (let k = 0; k < INT_COLUMNS.length; k++) {
      const a = this.ints[k];
      const b = next.ints[k];
      if (a === undefined && b === undefined && !(k === INT_INDEX.launch && shift !== 0)) continue;
      const column = new Int32Array(rows);
      if (a !== undefined) column.set(a.subarray(0, this.length));
      if (b !== undefined) column.set(b.subarray(0, next.length), this.length);
      if (k === INT_INDEX.launch) {
        for (let i = this.length; i < rows; i++) {
          const offset = (column[i] as number) + shift;
          if (column[i] !== NO_LAUNCH) column[i] = Math.abs(offset) < INT_MAX ? offset : NO_LAUNCH;
        }
      }
      if (k === INT_INDEX.executor) for (let i = this.length; i < rows; i++) column[i] = executor(column[i] as number);
      this.ints[k] = column;
    }
    for (let k = 0; k < FLOAT_COLUMNS.length; k++) {
      const a = this.floats[k];
      const b = next.floats[k];
      if (a === undefined && b === undefined) continue;
      const column = new Float64Array(rows);
      if (a !== undefined) column.set(a.subarray(0, this.length));
      if (b !== undefined) column.set(b.subarray(0, next.length), this.length);
      this.floats[k] = column;
    }
    for (let k = 0; k < this.totals.length; k++) this.totals[k] = (this.totals[k] as number) + (next.totals[k] as number);
    this.length = rows;
    this.capacity = rows;
  }

  /** Rewrites the executor indexes of all rows (after the columns came from another thread). */
  mapExecutors(executor: (index: number) => number): void {
    const column = this.ints[INT_INDEX.executor];
    if (column === undefined) {
      const mapped = executor(0);
      if (mapped !== 0 && this.length > 0) this.ints[INT_INDEX.executor] = new Int32Array(this.capacity).fill(mapped);
      return;
    }
    for (let i = 0; i < this.length; i++) column[i] = executor(column[i] as number);
  }
}
