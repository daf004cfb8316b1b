// Tasks that have started and not ended, while a log is read: every task of a log passes through here, so nothing is allocated per task.
// Law: as many slots as tasks ever ran at once; an end without a start is told by `delete`.

import type { TaskStartScratch } from './scan/scan-tasks.ts';

export interface OpenTask {
  readonly stageId: number;
  readonly stageAttempt: number;
  readonly index: number;
  readonly executor: number;
  readonly launchMs: number;
}

/** stageId, stageAttempt, index, executor, launchMs. */
const WIDTH = 5;

export class OpenTasks {
  private readonly slots = new Map<number, number>();
  private readonly free: number[] = [];
  private values = new Float64Array(WIDTH * 64);
  private used = 0;

  set(task: TaskStartScratch): void {
    const known = this.slots.get(task.taskId);
    const slot = known ?? this.free.pop() ?? this.used++;
    if ((slot + 1) * WIDTH > this.values.length) {
      const larger = new Float64Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    const { values } = this;
    const at = slot * WIDTH;
    values[at] = task.stageId;
    values[at + 1] = task.stageAttempt;
    values[at + 2] = task.index;
    values[at + 3] = task.executor;
    values[at + 4] = task.launchMs;
    if (known === undefined) this.slots.set(task.taskId, slot);
  }

  /** False when no such task was open. */
  delete(taskId: number): boolean {
    const slot = this.slots.get(taskId);
    if (slot === undefined) return false;
    this.slots.delete(taskId);
    this.free.push(slot);
    return true;
  }

  toMap(): Map<number, OpenTask> {
    const out = new Map<number, OpenTask>();
    for (const [taskId, slot] of this.slots) {
      const [stageId, stageAttempt, index, executor, launchMs] = this.values.subarray(slot * WIDTH, (slot + 1) * WIDTH) as unknown as [
        number,
        number,
        number,
        number,
        number,
      ];
      out.set(taskId, { stageId, stageAttempt, index, executor, launchMs });
    }
    return out;
  }
}
