// How often one client may ask: a bucket that fills with time. Law: memory is bounded by forgetting full buckets, and the oldest.

interface Bucket {
  level: number;
  atMs: number;
}

const MAX_CLIENTS = 10_000;

export class Rate {
  private readonly perSecond: number;
  private readonly size: number;
  private readonly buckets = new Map<string, Bucket>();

  /** `perSecond` over a long time, `size` at once. */
  constructor(perSecond: number, size: number) {
    this.perSecond = perSecond;
    this.size = size;
  }

  /** Takes so much; gives the seconds to wait when there is not enough, else 0. */
  take(client: string, cost: number, nowMs: number): number {
    const bucket = this.at(client, nowMs);
    if (bucket.level < cost) return Math.max(1, Math.ceil((Math.min(cost, this.size) - bucket.level) / this.perSecond));
    bucket.level -= cost;
    return 0;
  }

  private at(client: string, nowMs: number): Bucket {
    const known = this.buckets.get(client);
    if (known !== undefined) {
      known.level = Math.min(this.size, known.level + ((nowMs - known.atMs) / 1000) * this.perSecond);
      known.atMs = nowMs;
      return known;
    }
    if (this.buckets.size >= MAX_CLIENTS) {
      const [oldest] = this.buckets.keys();
      if (oldest !== undefined) this.buckets.delete(oldest);
    }
    const fresh = { level: this.size, atMs: nowMs };
    this.buckets.set(client, fresh);
    return fresh;
  }
}
