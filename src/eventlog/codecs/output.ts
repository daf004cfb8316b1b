// Gathers the output of small blocks, so that the reader gets chunks of a MiB and not of 32 KiB.
// Law: what take() gives is valid until the next reserve(), the same contract as everywhere.

/** Blocks are gathered up to this; it is also the size of the buffer unless one block is larger. */
const GATHER_BYTES = 1024 * 1024;

export class BlockOutput {
  /** Decoders write here, from `used` on. */
  buffer: Uint8Array = new Uint8Array(0);
  used = 0;
  private taken = false;

  /** False when `bytes` more do not fit: take() first. */
  fits(bytes: number): boolean {
    return this.used === 0 || this.taken || this.used + bytes <= GATHER_BYTES;
  }

  /** Makes room for `bytes` more behind `used`. */
  reserve(bytes: number): void {
    if (this.taken) {
      this.used = 0;
      this.taken = false;
    }
    if (this.buffer.length < this.used + bytes) this.buffer = new Uint8Array(Math.max(GATHER_BYTES, this.used + bytes));
  }

  /** Everything gathered; the next reserve() starts over. */
  take(): Uint8Array {
    const all = this.buffer.subarray(0, this.taken ? 0 : this.used);
    this.taken = true;
    return all;
  }
}
