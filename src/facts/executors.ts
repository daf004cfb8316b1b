// Executors' lives: cores, memory, work, and how they ended.
// Law: the driver is an executor only where it runs tasks (local mode); an unknown end is the run's end.

import { type Executor, FLAG } from '../eventlog/index.ts';
import { clock } from './clock.ts';
import { defineFact } from './define.ts';
import { stages } from './stages.ts';

export interface ExecutorFact {
  readonly executor: Executor;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  /** Σ duration of its ended task attempts, ms. */
  readonly taskTimeMs: number;
  readonly runTimeMs: number;
  readonly gcTimeMs: number;
  readonly readBytes: number;
  readonly succeededTasks: number;
  /** As Spark's UI counts: Resubmitted included. */
  readonly failedTasks: number;
  readonly killedTasks: number;
  /** Its end was not planned: the reason names a loss, a kill or an exit code. */
  readonly lost: boolean;
}

/** Ends that Spark or the user asked for; everything else is a loss. */
const PLANNED =
  /idle|decommission|killed by driver|by the driver|shutdown|stopped|finished|Remote RPC client disassociated.*application is done|command exited with code 0/i;

export const executors = defineFact('executors', (run, get): readonly ExecutorFact[] => {
  const { endMs, startMs } = get(clock);
  const sums = new Map<
    string,
    { taskTimeMs: number; runTimeMs: number; gcTimeMs: number; readBytes: number; succeeded: number; failed: number; killed: number }
  >();
  const of = (id: string) => {
    let sum = sums.get(id);
    if (sum === undefined) {
      sum = { taskTimeMs: 0, runTimeMs: 0, gcTimeMs: 0, readBytes: 0, succeeded: 0, failed: 0, killed: 0 };
      sums.set(id, sum);
    }
    return sum;
  };
  // Looked up once, not once a task.
  const byIndex = run.executorIds.map(of);
  for (const { stage } of get(stages).all) {
    const { tasks } = stage;
    const [executor, duration, runMs, gc, input, shuffle, flags] = [
      tasks.int('executor'),
      tasks.int('duration'),
      tasks.int('runMs'),
      tasks.int('gcMs'),
      tasks.float('inputBytes'),
      tasks.float('shuffleReadBytes'),
      tasks.int('flags'),
    ];
    for (let i = 0; i < tasks.length; i++) {
      const sum = byIndex[executor[i] as number] ?? of('unknown');
      sum.taskTimeMs += duration[i] as number;
      sum.runTimeMs += runMs[i] as number;
      sum.gcTimeMs += gc[i] as number;
      sum.readBytes += (input[i] as number) + (shuffle[i] as number);
      const flag = flags[i] as number;
      if ((flag & FLAG.success) !== 0) sum.succeeded++;
      else if ((flag & FLAG.killed) !== 0) sum.killed++;
      else sum.failed++;
    }
    for (const [id, count] of stage.resubmittedByExecutor) of(id).failed += count;
  }
  return run.executors.map((executor) => {
    const sum = of(executor.id);
    return {
      executor,
      startMs: executor.addedMs ?? startMs,
      endMs: executor.removedMs ?? endMs,
      taskTimeMs: sum.taskTimeMs,
      runTimeMs: sum.runTimeMs,
      gcTimeMs: sum.gcTimeMs,
      readBytes: sum.readBytes,
      succeededTasks: sum.succeeded,
      failedTasks: sum.failed,
      killedTasks: sum.killed,
      lost: executor.removedMs !== undefined && executor.removedReason !== undefined && !PLANNED.test(executor.removedReason),
    };
  });
});
