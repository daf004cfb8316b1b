// The chain of stages and driver segments that ends with the run: what held the end, piece by piece.
// Law: pieces are disjoint, in order, and cover the run from start to end; every millisecond of the run is held by one thing.
// Walk: from the end backwards to the stage that finished last, to its first launch, to the stage that finished last before that, and so on.
// While every slot is taken, stages that run beside the one on the path hold it up too: that time is shared by their running tasks.

import { activity, taskIntervals } from './activity.ts';
import { clock } from './clock.ts';
import { defineFact } from './define.ts';
import { type StageFact, stages } from './stages.ts';
import { eachPiece, integral, type Steps, stepsOf } from './steps.ts';
import { type DriverSegment, timeline } from './timeline.ts';

export type PathPiece =
  | { readonly kind: 'stage'; readonly stage: StageFact; readonly startMs: number; readonly endMs: number }
  | { readonly kind: 'driver'; readonly startMs: number; readonly endMs: number };

export interface CriticalPath {
  readonly pieces: readonly PathPiece[];
  /** Time in which this stage attempt held the end, alone or its share while all slots were taken, ms. */
  held(stage: StageFact): number;
  /** Stages that held the end, longest first. */
  readonly stages: readonly { readonly stage: StageFact; readonly heldMs: number }[];
  /** Driver segments on the path (labelled), in order. */
  readonly driver: readonly DriverSegment[];
  /** Length with unlimited slots: driver pieces + the longest task of each stage on the path, ms. */
  readonly floorMs: number;
}

/** Events of one cause are written a few ms apart: a stage may be submitted a little before its parent's last task end is stamped. */
const TOLERANCE_MS = 50;
/** Slots count as all taken from this share on: a slot is empty for a moment between two tasks. */
const SATURATED = 0.95;

export const criticalPath = defineFact('criticalPath', (_run, get): CriticalPath => {
  const { startMs, endMs } = get(clock);
  const all = get(stages).all;
  const { running, slotsAt } = get(activity);
  const stepsByStage = new Map<StageFact, Steps>();
  const overlapping = overlapIndex(all);
  const { within } = get(timeline);
  const pieces: PathPiece[] = [];
  if (startMs !== undefined && endMs !== undefined) {
    const byEnd = [...all].sort((a, b) => a.endMs - b.endMs);
    let t = endMs;
    let i = byEnd.length - 1;
    while (t > startMs) {
      // The stage that finished last before t and began before it.
      while (i >= 0 && ((byEnd[i] as StageFact).endMs > t + TOLERANCE_MS || (byEnd[i] as StageFact).startMs >= t)) i--;
      const stage = byEnd[i];
      if (stage === undefined) {
        pieces.push({ kind: 'driver', startMs, endMs: t });
        break;
      }
      i--;
      const end = Math.min(stage.endMs, t);
      if (end < t) {
        // No stage ended here. Stages that go on beyond t may have held it while they had tasks; the rest is the driver's.
        pieces.push(...between(Math.max(startMs, end), t).reverse());
      }
      const start = Math.max(startMs, Math.min(stage.startMs, end));
      if (end > start) pieces.push({ kind: 'stage', stage, startMs: start, endMs: end });
      // Between submission and first launch nothing of the stage ran: that is scheduling, or another stage's turn.
      t = Math.min(start, end);
    }
    pieces.reverse();
  }
  const spans: Span[] = pieces.flatMap((piece) => (piece.kind === 'stage' ? shares(piece.stage, piece.startMs, piece.endMs) : []));
  const held = new Map<StageFact, number>();
  for (const span of spans) held.set(span.stage, (held.get(span.stage) ?? 0) + (span.endMs - span.startMs) * span.share);
  const driver = pieces.flatMap((piece) => (piece.kind === 'driver' ? within(piece.startMs, piece.endMs) : []));
  let floorMs = 0;
  const onPath = new Map<StageFact, number>();
  for (const piece of pieces) {
    if (piece.kind === 'driver') floorMs += piece.endMs - piece.startMs;
    else onPath.set(piece.stage, (onPath.get(piece.stage) ?? 0) + piece.endMs - piece.startMs);
  }
  for (const [stage, ms] of onPath) floorMs += Math.min(ms, stage.distribution('duration')?.max ?? ms);
  return {
    pieces,
    held: (stage) => held.get(stage) ?? 0,
    stages: [...held]
      .map(([stage, heldMs]) => ({ stage, heldMs }))
      .sort((a, b) => b.heldMs - a.heldMs || a.stage.stage.id - b.stage.stage.id),
    driver,
    floorMs,
  };

  function between(from: number, to: number): PathPiece[] {
    const across = overlapping(from, to);
    const out: PathPiece[] = [];
    eachPiece(running, from, to, (count, a, b) => {
      let holder: StageFact | undefined;
      if (count > 0) {
        let most = 0;
        for (const stage of across) {
          const tasks = tasksWithin(stage, a, b);
          if (tasks > most) {
            most = tasks;
            holder = stage;
          }
        }
      }
      const last = out.at(-1);
      if (last !== undefined && (last.kind === 'stage' ? last.stage === holder : holder === undefined))
        out[out.length - 1] = { ...last, endMs: b };
      else
        out.push(holder === undefined ? { kind: 'driver', startMs: a, endMs: b } : { kind: 'stage', stage: holder, startMs: a, endMs: b });
    });
    return out;
  }

  /** Mean number of running tasks of a stage in `[from, to)`: the sum over all stages may stand still while one takes over from another. */
  function tasksWithin(stage: StageFact, from: number, to: number): number {
    return integral(stepsOfStage(stage), from, to) / (to - from);
  }

  function stepsOfStage(stage: StageFact): Steps {
    let known = stepsByStage.get(stage);
    if (known === undefined) {
      const { starts, ends } = taskIntervals([stage.stage], endMs);
      known = stepsOf(starts, ends);
      stepsByStage.set(stage, known);
    }
    return known;
  }

  /** Who held `[from, to)`: the stage on the path, or, where all slots were taken, everyone who took them, in proportion. */
  function shares(stage: StageFact, from: number, to: number): Span[] {
    const beside = overlapping(from, to).filter((other) => other !== stage);
    if (beside.length === 0) return [{ stage, startMs: from, endMs: to, share: 1 }];
    const out: Span[] = [];
    eachPiece(running, from, to, (count, a, b) => {
      const busy = count >= SATURATED * slotsAt(a);
      const others = busy
        ? beside.map((other) => ({ stage: other, tasks: tasksWithin(other, a, b) })).filter((other) => other.tasks > 0)
        : [];
      const taken = others.reduce((sum, other) => sum + other.tasks, 0);
      const own = busy ? Math.max(0, count - taken) : 1;
      const total = own + (busy ? taken : 0);
      if (total <= 0) return;
      push(out, stage, a, b, own / total);
      for (const other of others) push(out, other.stage, a, b, other.tasks / total);
    });
    return out;
  }
});

interface Span {
  readonly stage: StageFact;
  readonly startMs: number;
  endMs: number;
  readonly share: number;
}

function push(out: Span[], stage: StageFact, startMs: number, endMs: number, share: number): void {
  if (share <= 0) return;
  for (let i = out.length - 1; i >= Math.max(0, out.length - 8); i--) {
    const last = out[i] as Span;
    if (last.stage === stage && last.endMs === startMs && last.share === share) {
      last.endMs = endMs;
      return;
    }
  }
  out.push({ stage, startMs, endMs, share });
}

/** Finds the stages that run within an interval without looking at all of them: a run may have twenty thousand. */
function overlapIndex(all: readonly StageFact[]): (from: number, to: number) => StageFact[] {
  const byStart = [...all].sort((a, b) => a.startMs - b.startMs);
  const latestEnd = new Float64Array(byStart.length);
  for (const [i, stage] of byStart.entries()) latestEnd[i] = Math.max(stage.endMs, i === 0 ? 0 : (latestEnd[i - 1] as number));
  return (from, to) => {
    let low = 0;
    let high = byStart.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((byStart[middle] as StageFact).startMs < to) low = middle + 1;
      else high = middle;
    }
    const out: StageFact[] = [];
    // Going back, no earlier stage reaches into the interval once the latest end of all of them does not.
    for (let i = low - 1; i >= 0 && (latestEnd[i] as number) > from; i--)
      if ((byStart[i] as StageFact).endMs > from) out.push(byStart[i] as StageFact);
    return out.reverse();
  };
}
