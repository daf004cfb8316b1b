// When units are audited: one after the other, the newest first, a growing one after a rest.
// Laws: never two at once; a growing log takes no more than a share of the time.

import type { Held } from './held.ts';
import type { Unit } from './units.ts';

/** A growing log is audited again after so many times what its audit took, at most a minute. */
const REST = 2;
const MAX_REST_MS = 60_000;

export interface QueueOptions {
  /** All units; those that wait are taken. */
  readonly held: () => Iterable<Held>;
  /** Audits one, as it was when its turn came, and leaves its new state. */
  readonly audit: (held: Held, unit: Unit) => Promise<void>;
  readonly stop: AbortSignal;
}

export class Queue {
  private readonly options: QueueOptions;
  private working: Promise<void> | undefined;
  private wake: NodeJS.Timeout | undefined;

  constructor(options: QueueOptions) {
    this.options = options;
  }

  /** Audits what waits until nothing is due; called again meanwhile it does nothing. */
  work(): void {
    if (this.working !== undefined || this.options.stop.aborted) return;
    this.working = this.workOff().finally(() => {
      this.working = undefined;
    });
  }

  /** Waits for the audit that runs; the signal to stop was given before. */
  async close(): Promise<void> {
    clearTimeout(this.wake);
    await this.working;
  }

  private async workOff(): Promise<void> {
    const { held, audit, stop } = this.options;
    for (;;) {
      const waiting = [...held()].filter((one) => one.state === 'waiting' && !one.gone);
      const now = Date.now();
      const [next] = waiting.filter((one) => one.notBeforeMs <= now).sort((a, b) => b.unit.modifiedMs - a.unit.modifiedMs);
      if (next === undefined) {
        clearTimeout(this.wake);
        if (waiting.length > 0) {
          const wait = Math.min(...waiting.map((one) => one.notBeforeMs)) - now;
          this.wake = setTimeout(() => this.work(), wait + 1);
          this.wake.unref();
        }
        return;
      }
      const unit = next.unit;
      next.state = 'auditing';
      await audit(next, unit);
      if (stop.aborted) return;
      next.notBeforeMs = Date.now() + Math.min(MAX_REST_MS, (Date.now() - now) * REST);
      // It may have grown meanwhile.
      if (next.unit.fingerprint !== unit.fingerprint) next.state = 'waiting';
    }
  }
}
