// One thing at a time: what reads logs waits for what reads logs, what runs jobs for what runs jobs.
// Law: two measured runs never run beside each other; who gives up waiting leaves the line.

export class Lane {
  private last: Promise<unknown> = Promise.resolve();

  /** Does the work when everything before it has ended, however it ended. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.last;
    let release: () => void = () => undefined;
    const mine = new Promise<void>((done) => {
      release = done;
    });
    this.last = before.then(() => mine);
    try {
      await new Promise<void>((done, fail) => {
        const stop = () => fail(signal.reason);
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        before.then(() => {
          signal.removeEventListener('abort', stop);
          done();
        });
      });
      return await work();
    } finally {
      release();
    }
  }
}
