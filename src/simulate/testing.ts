// Graphs built by hand for tests: known tasks, parents and slots, so that the answer can be worked out on paper.
// Law: only tests import this file.

import type { ExecGraph, SimJob, SimStage } from './graph.ts';
import { taskSet } from './tasks.ts';

export interface StageSketch {
  readonly ms: readonly number[];
  readonly parents?: readonly number[];
  readonly after?: readonly number[];
  readonly lost?: readonly number[];
  readonly width?: SimStage['width'];
  readonly fixedMs?: number;
  readonly gcMs?: number;
  readonly spillBytes?: number;
  readonly needBytes?: number;
  readonly writeMs?: number;
  readonly fetchMs?: number;
  readonly shape?: SimStage['shape'];
}

export interface JobSketch {
  readonly stages: readonly StageSketch[];
  readonly after?: readonly number[];
  readonly gapMs?: number;
  readonly pool?: string;
}

const zeros = (n: number) => new Float64Array(n);

/** A graph of these jobs on so many slots from the start. Stage parents are indexes over all stages. */
export function graphOf(jobs: readonly JobSketch[], slots: number, more: Partial<ExecGraph> = {}): ExecGraph {
  const stages: SimStage[] = [];
  const made = jobs.map((job, j): SimJob => {
    const own = job.stages.map((sketch) => {
      const n = sketch.ms.length;
      const duration = Float64Array.from(sketch.ms);
      stages.push({
        id: stages.length,
        attempt: 0,
        job: j,
        parents: sketch.parents ?? [],
        delayMs: 0,
        width: sketch.width ?? { kind: 'fixed' },
        shape: sketch.shape,
        blocks: undefined,
        tasks: taskSet(
          duration,
          sketch.fixedMs ?? 0,
          () => ({
            partition: Float64Array.from(duration, (_, i) => i),
            cpuMs: zeros(n),
            waitMs: duration,
            gcMs: zeros(n).fill(sketch.gcMs ?? 0),
            fixedMs: zeros(n).fill(sketch.fixedMs ?? 0),
            spillBytes: sketch.spillBytes === undefined ? zeros(0) : zeros(n).fill(sketch.spillBytes),
            shuffleWriteMs: sketch.writeMs === undefined ? zeros(0) : zeros(n).fill(sketch.writeMs),
            fetchMs: sketch.fetchMs === undefined ? zeros(0) : zeros(n).fill(sketch.fetchMs),
            needBytes: sketch.needBytes === undefined ? zeros(0) : zeros(n).fill(sketch.needBytes),
            bytes: duration.map((ms) => ms * 1000),
            records: duration.map((ms) => ms),
          }),
          sketch.after === undefined ? undefined : Int32Array.from(sketch.after),
          sketch.lost === undefined ? undefined : Uint8Array.from(sketch.lost),
        ),
      });
      return stages.length - 1;
    });
    const gapMs = job.gapMs ?? 0;
    return {
      id: j,
      executionId: j,
      after: job.after ?? (j === 0 ? [] : [j - 1]),
      gapMs,
      gap: gapMs === 0 ? [] : [{ label: 'driver code', ms: gapMs, executionId: undefined, between: [j - 1, j] }],
      stages: own,
      tailMs: 0,
      pool: job.pool ?? 'default',
    };
  });
  return {
    jobs: made,
    stages,
    slots: { times: Float64Array.of(0), slots: Float64Array.of(slots) },
    mode: 'FIFO',
    endGapMs: 0,
    endGap: [],
    endAfter: made.length === 0 ? [] : [made.length - 1],
    slotsEach: slots,
    executors: 1,
    local: false,
    paced: false,
    measuredMs: 0,
    assumptions: [],
    ...more,
  };
}
