// Cuts decoded chunks into lines without copying, except the one line that spans two chunks.
// Law: memory is bounded by the longest line up to the cap; a longer line is dropped and counted, never held.

/** The newest History Server's own limit is 512 MB a line (SPARK-59407); real lines end at 1 MB. */
export const DEFAULT_MAX_LINE = 256 * 1024 * 1024;

const NEWLINE = 10;
const RETURN = 13;
const OPEN = 123;

export interface LineSink {
  /** A line `[start, end)` of `buf`, without its newline. The bytes are valid during the call only. */
  line(buf: Buffer, start: number, end: number): void;
  /** A line longer than the cap was dropped. */
  tooLong(bytes: number): void;
}

export class LineCutter {
  private readonly sink: LineSink;
  private readonly maxLine: number;
  private carry: Buffer = Buffer.alloc(0);
  private carried = 0;
  private dropped = 0;
  /** Bytes before the first newline of a range that starts inside a line; undefined when it starts with a line. */
  head: Buffer | undefined;
  /** No newline was seen in a range that starts mid-text. */
  sawNoNewline = false;
  private wantsHead: boolean;
  private atStart = true;

  /** `midText`: the bytes before the first newline may belong to a line of the range before; they are kept in `head`. */
  constructor(sink: LineSink, options: { midText?: boolean; maxLine?: number } = {}) {
    this.sink = sink;
    this.wantsHead = options.midText ?? false;
    this.maxLine = options.maxLine ?? DEFAULT_MAX_LINE;
  }

  push(chunk: Uint8Array): void {
    const buf = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    if (this.atStart && buf.length > 0) {
      this.atStart = false;
      if (buf[0] === 0xef && buf[1] === 0xbb && buf[2] === 0xbf) start = 3;
      // A part that was cut by time (not by Spark) may start inside a line of the part before.
      if (buf[start] !== OPEN && buf[start] !== NEWLINE && buf[start] !== RETURN) this.wantsHead = true;
    }
    if (this.carried > 0 || this.dropped > 0 || this.wantsHead) {
      const newline = buf.indexOf(NEWLINE, start);
      if (newline < 0) {
        this.keep(buf, start, buf.length);
        return;
      }
      this.keep(buf, start, newline);
      this.flushCarry();
      start = newline + 1;
    }
    for (;;) {
      const newline = buf.indexOf(NEWLINE, start);
      if (newline < 0) break;
      this.emit(buf, start, newline);
      start = newline + 1;
    }
    this.keep(buf, start, buf.length);
  }

  /** Bytes behind the last newline; empty when the text ended on one. The cutter is done. */
  takeTail(): Buffer {
    const tail = Buffer.from(this.carry.subarray(0, this.carried));
    this.carried = 0;
    if (this.wantsHead) {
      // No newline in the whole range: all of it is the middle of one line.
      this.wantsHead = false;
      this.sawNoNewline = true;
      this.head = tail;
      return Buffer.alloc(0);
    }
    if (this.dropped > 0) {
      this.sink.tooLong(this.dropped);
      this.dropped = 0;
      return Buffer.alloc(0);
    }
    return tail;
  }

  private emit(buf: Buffer, start: number, end: number): void {
    const stop = end > start && buf[end - 1] === RETURN ? end - 1 : end;
    if (stop > start) this.sink.line(buf, start, stop);
  }

  private keep(buf: Buffer, start: number, end: number): void {
    const length = end - start;
    if (length <= 0) return;
    if (this.dropped > 0 || this.carried + length > this.maxLine) {
      this.dropped += this.carried + length;
      this.carried = 0;
      return;
    }
    if (this.carried + length > this.carry.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.maxLine, Math.max(4096, (this.carried + length) * 2)));
      this.carry.copy(larger, 0, 0, this.carried);
      this.carry = larger;
    }
    buf.copy(this.carry, this.carried, start, end);
    this.carried += length;
  }

  private flushCarry(): void {
    if (this.dropped > 0) {
      this.sink.tooLong(this.dropped);
      this.dropped = 0;
    } else if (this.wantsHead) this.head = Buffer.from(this.carry.subarray(0, this.carried));
    else this.emit(this.carry, 0, this.carried);
    this.wantsHead = false;
    this.carried = 0;
    // One huge line must not keep its room for the rest of the log.
    if (this.carry.length > 1 << 20) this.carry = Buffer.alloc(0);
  }
}
