// One ended task as plain numbers, reused for every line: both readers fill it, the stage's columns take it over.
// Law: no allocation per task on the fast path; strings are interned to small indexes.

import { FLOAT_COLUMNS, INT_COLUMNS } from '../columns.ts';
import type { TaskFailure } from '../model.ts';
import { EXECUTOR_METRICS } from './fields.ts';

export class TaskScratch {
  stageId = 0;
  stageAttempt = 0;
  /** Raw column values; `launch` is epoch ms here. */
  readonly ints = new Float64Array(INT_COLUMNS.length);
  readonly floats = new Float64Array(FLOAT_COLUMNS.length);
  /** Epoch ms; 0 = unset. */
  finishMs = 0;
  /** SQL accumulator updates of this task. */
  updates = 0;
  updateIds = new Float64Array(256);
  updateValues = new Float64Array(256);
  readonly peaks = new Float64Array(EXECUTOR_METRICS.length);
  /** Set for attempts that did not succeed. */
  failure: TaskFailure | undefined;

  reset(): void {
    this.ints.fill(0);
    this.floats.fill(0);
    this.peaks.fill(0);
    this.updates = 0;
    this.finishMs = 0;
    this.failure = undefined;
  }

  addUpdate(id: number, value: number): void {
    if (this.updates === this.updateIds.length) {
      const ids = new Float64Array(this.updates * 2);
      const values = new Float64Array(this.updates * 2);
      ids.set(this.updateIds);
      values.set(this.updateValues);
      this.updateIds = ids;
      this.updateValues = values;
    }
    this.updateIds[this.updates] = id;
    this.updateValues[this.updates++] = value;
  }
}

/** Executor ids and their hosts by small index, in order of appearance. */
export class ExecutorNames {
  readonly ids: string[] = [];
  readonly hosts: (string | undefined)[] = [];
  private readonly known = new Map<string, number>();

  indexOf(id: string, host?: string): number {
    let index = this.known.get(id);
    if (index === undefined) {
      index = this.ids.length;
      this.known.set(id, index);
      this.ids.push(id);
      this.hosts.push(host);
    } else if (host !== undefined) this.hosts[index] ??= host;
    return index;
  }
}
