// A window of contiguous bytes over a stream of chunks, for formats that are walked block by block.
// Laws: chunks are used in place; only what straddles two of them is copied. A view is valid until the next fill or seek;
// the source is pulled there and nowhere else. A damaged source ends like a short one, so that what it gave is still decoded.
import { FiresteelError } from '../../base/index.ts';

const EMPTY = Buffer.alloc(0);

/** Bytes copied at least when a chunk is joined to what is left of the last one, so that walking in small steps copies in large ones. */
const JOIN_BYTES = 4096;

export class ByteReader {
  /** The window is `buf[pos, end)`. */
  buf: Buffer = EMPTY;
  pos = 0;
  end = 0;
  /** Bytes consumed so far: the offset of `buf[pos]` in the stream. */
  offset = 0;
  /** Why the source ended early, when its content is damaged. */
  damage: FiresteelError | undefined;
  private readonly source: AsyncIterator<Uint8Array>;
  private own: Buffer = EMPTY;
  /** What of the latest chunk is not in the window yet. */
  private tail: Buffer = EMPTY;
  private done = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.source = chunks[Symbol.asyncIterator]();
  }

  /** Bytes in the window. */
  get available(): number {
    return this.end - this.pos;
  }

  /** True when `count` bytes are in the window now. */
  has(count: number): boolean {
    return this.end - this.pos >= count;
  }

  /** Brings `count` bytes into the window; false when the stream ends before, and the window then holds all that is left. */
  async fill(count: number): Promise<boolean> {
    while (this.end - this.pos < count) {
      if (this.tail.length > 0) {
        if (this.pos === this.end) {
          this.adopt(this.tail);
          this.tail = EMPTY;
        } else {
          const take = Math.min(Math.max(count - this.available, JOIN_BYTES), this.tail.length);
          this.append(this.tail.subarray(0, take));
          this.tail = this.tail.subarray(take);
        }
        continue;
      }
      if (this.done) return false;
      if (this.pos < this.end && this.buf !== this.own) this.keep();
      const next = await this.pull();
      if (!next) return false;
      const chunk = Buffer.from(next.buffer, next.byteOffset, next.byteLength);
      if (this.pos === this.end) this.adopt(chunk);
      else this.tail = chunk;
    }
    return true;
  }

  /** The next `count` bytes of the window, not consumed. */
  view(count: number): Buffer {
    return this.buf.subarray(this.pos, this.pos + count);
  }

  /** Moves on by `count` bytes of the window. */
  consume(count: number): void {
    this.pos += count;
    this.offset += count;
  }

  /** Moves on by `count` bytes wherever they are; false when the stream ends before. */
  async skip(count: number): Promise<boolean> {
    let left = count;
    while (left > 0) {
      if (this.pos === this.end && !(await this.fill(1))) return false;
      const step = Math.min(left, this.available);
      this.consume(step);
      left -= step;
    }
    return true;
  }

  /** Moves on to the next `pattern`; false when there is none, and everything is then consumed. */
  async seek(pattern: Buffer): Promise<boolean> {
    while (await this.fill(pattern.length)) {
      const found = this.buf.subarray(0, this.end).indexOf(pattern, this.pos);
      if (found >= 0) {
        this.consume(found - this.pos);
        return true;
      }
      this.consume(this.available - pattern.length + 1);
    }
    this.consume(this.available);
    return false;
  }

  /** Consumes the rest and says how many bytes it had. */
  async drain(): Promise<number> {
    const before = this.offset;
    while (await this.fill(1)) this.consume(this.available);
    return this.offset - before;
  }

  /** Lets the source close what it holds open; for when the reading stops early. */
  async close(): Promise<void> {
    if (!this.done) await this.source.return?.();
    this.done = true;
  }

  u16le(at: number): number {
    return this.buf.readUInt16LE(this.pos + at);
  }

  u32le(at: number): number {
    return this.buf.readUInt32LE(this.pos + at);
  }

  u32be(at: number): number {
    return this.buf.readUInt32BE(this.pos + at);
  }

  private async pull(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.source.next();
      if (!next.done) return next.value;
    } catch (error) {
      if (!(error instanceof FiresteelError && error.code === 'corrupt-input')) throw error;
      this.damage = error;
    }
    this.done = true;
    return undefined;
  }

  private adopt(chunk: Buffer): void {
    this.buf = chunk;
    this.pos = 0;
    this.end = chunk.length;
  }

  /** Copies the window out of the source's chunk, which the next pull may overwrite. */
  private keep(): void {
    const length = this.available;
    if (this.own.length < length) this.own = Buffer.allocUnsafeSlow(Math.max(64 * 1024, length * 2));
    this.buf.copy(this.own, 0, this.pos, this.end);
    this.buf = this.own;
    this.pos = 0;
    this.end = length;
  }

  private append(bytes: Buffer): void {
    if (this.buf !== this.own) this.keep();
    const length = this.available;
    if (this.end + bytes.length > this.own.length) {
      if ((length + bytes.length) * 2 <= this.own.length) this.own.copyWithin(0, this.pos, this.end);
      else {
        const larger = Buffer.allocUnsafeSlow(Math.max(this.own.length, length + bytes.length) * 2);
        this.own.copy(larger, 0, this.pos, this.end);
        this.own = larger;
        this.buf = larger;
      }
      this.pos = 0;
      this.end = length;
    }
    bytes.copy(this.own, this.end);
    this.end += bytes.length;
  }
}
