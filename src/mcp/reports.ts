// The reports of a session by handle, and the runs behind the newest of them.
// Laws: memory is bounded; the same audit again keeps its handle; a handle that is gone says what to call again.

import type { Report } from '../audit/index.ts';
import { FiresteelError } from '../base/index.ts';
import type { OpenRun, Origin } from '../operations/index.ts';
import { callText } from './budget.ts';

/** Reports kept; a report is small beside its run. */
const MAX_REPORTS = 64;
/** Runs kept in memory for questions about stages and plans: 60 to 95 bytes a task. */
const MAX_RUNS = 2;
const MAX_GONE = 500;

export interface Kept {
  /** `r1` */
  readonly handle: string;
  readonly report: Report;
  readonly origin: Origin;
  /** The call that makes it again. */
  readonly call: string;
}

export class Reports {
  private readonly kept = new Map<string, Kept>();
  private readonly handles = new Map<string, string>();
  private readonly calls = new Map<string, string>();
  private readonly runs = new Map<string, { readonly report: Report; readonly run: Promise<OpenRun> }>();
  private count = 0;

  /** Keeps a report and gives its handle. */
  keep(report: Report, origin: Origin, name: string, input: Readonly<Record<string, unknown>>): Kept {
    const key = JSON.stringify(origin);
    const handle = this.handles.get(key) ?? `r${++this.count}`;
    const entry: Kept = { handle, report, origin, call: callText(name, input) };
    this.handles.set(key, handle);
    this.kept.delete(handle);
    this.kept.set(handle, entry);
    this.runs.delete(handle);
    this.calls.set(handle, entry.call);
    for (const [old, { origin: from }] of this.kept) {
      if (this.kept.size <= MAX_REPORTS) break;
      this.kept.delete(old);
      this.runs.delete(old);
      this.handles.delete(JSON.stringify(from));
    }
    for (const old of this.calls.keys()) {
      if (this.calls.size <= MAX_GONE) break;
      this.calls.delete(old);
    }
    return entry;
  }

  /** The newest first. */
  all(): readonly Kept[] {
    return [...this.kept.values()].reverse();
  }

  /** By handle, or by the log that was audited; the newest when nothing is asked for. */
  get(which: string | undefined): Kept {
    const newest = this.all();
    if (which === undefined) {
      const [first] = newest;
      if (first !== undefined) return first;
      throw new FiresteelError('not-found', 'No run has been audited in this session.', 'Call audit {"logs": ["path/to/eventlog"]} first.');
    }
    const entry =
      this.kept.get(which) ?? newest.find(({ origin }) => origin.label === which || (origin.logs.length === 1 && origin.logs[0] === which));
    if (entry !== undefined) return entry;
    const call = this.calls.get(which);
    throw new FiresteelError(
      'not-found',
      `There is no report "${which.slice(0, 80)}"${call === undefined ? '' : ' any more'}.`,
      call !== undefined
        ? `Call ${call} again.`
        : newest.length === 0
          ? 'Call audit first; its answer has the handle.'
          : `There are ${newest
              .slice(0, 8)
              .map(({ handle }) => handle)
              .join(', ')}.`,
    );
  }

  /** The run behind a report: from memory, or by `open`. */
  run({ handle, report, origin, call }: Kept, open: (origin: Origin) => Promise<OpenRun>): Promise<OpenRun> {
    const there = this.runs.get(handle);
    if (there !== undefined && there.report === report) return there.run;
    if (origin.logs.length === 0)
      return Promise.reject(
        new FiresteelError('not-found', `The log behind ${handle} is not known.`, `Audit the log itself; the report came from ${call}.`),
      );
    const run = open(origin);
    this.runs.set(handle, { report, run });
    for (const old of this.runs.keys()) {
      if (this.runs.size <= MAX_RUNS) break;
      this.runs.delete(old);
    }
    // What failed is tried again next time.
    run.catch(() => {
      if (this.runs.get(handle)?.run === run) this.runs.delete(handle);
    });
    return run;
  }
}
