// The bytes used last, up to a bound. Law: what does not fit is not kept.

/** What an entry takes beside its value: small values of many keys are not free. */
const sizeOf = (key: string, value: Buffer): number => value.length + key.length * 2 + 200;

export class Shelf {
  private readonly most: number;
  private readonly kept = new Map<string, Buffer>();
  private bytes = 0;

  /** `most`: bytes. */
  constructor(most: number) {
    this.most = most;
  }

  get(key: string): Buffer | undefined {
    const found = this.kept.get(key);
    if (found === undefined) return undefined;
    // The order of a Map is that of its insertions: last used, last to go.
    this.kept.delete(key);
    this.kept.set(key, found);
    return found;
  }

  put<T extends Buffer | undefined>(key: string, value: T): T {
    if (value === undefined || sizeOf(key, value) > this.most / 4 || this.kept.has(key)) return value;
    this.kept.set(key, value);
    this.bytes += sizeOf(key, value);
    for (const [oldest, old] of this.kept) {
      if (this.bytes <= this.most) break;
      this.kept.delete(oldest);
      this.bytes -= sizeOf(oldest, old);
    }
    return value;
  }
}
