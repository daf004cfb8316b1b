// The chain of stages and driver segments that ends with the run: what held the end, piece by piece.
// Law: pieces are disjoint, in order, and cover the run from start to end; every millisecond of the run is held by one thing.
// Walk: from the end backwards to the stage that finished last, to its submission, to the stage that finished last before that, and so on.

import { activity } from './activity.ts';
import { clock } from './clock.ts';
import { defineFact } from './define.ts';
import { type StageFact, stages } from './stages.ts';
import { integral } from './steps.ts';
import { type DriverSegment, timeline } from './timeline.ts';

export type PathPiece =
  | { readonly kind: 'stage'; readonly stage: StageFact; readonly startMs: number; readonly endMs: number }
  | { readonly kind: 'driver'; readonly startMs: number; readonly endMs: number };

export interface CriticalPath {
  readonly pieces: readonly PathPiece[];
  /** Time in which this stage attempt held the end, ms. */
  held(stage: StageFact): number;
  /** Stages that held the end, longest first. */
  readonly stages: readonly { readonly stage: StageFact; readonly heldMs: number }[];
  /** Driver segments on the path (labelled), in order. */
  readonly driver: readonly DriverSegment[];
  /** Length with unlimited slots: driver pieces + the longest task of each stage on the path, ms. */
  readonly floorMs: number;
  /** Part of an interval during which this attempt held the end, ms. */
  heldWithin(stage: StageFact, startMs: number, endMs: number): number;
}

/** Events of one cause are written a few ms apart: a stage may be submitted a little before its parent's last task end is stamped. */
const TOLERANCE_MS = 50;

export const criticalPath = defineFact('criticalPath', (_run, get): CriticalPath => {
  const { startMs, endMs } = get(clock);
  const all = get(stages).all;
  const { running } = get(activity);
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
        // Nothing ended here. Tasks of stages that go on beyond t may still have held it.
        const across = integral(running, end, t) / (t - end) >= 0.5 ? longestAcross(all, end, t) : undefined;
        pieces.push(across === undefined ? { kind: 'driver', startMs: Math.max(startMs, end), endMs: t } : { kind: 'stage', stage: across, startMs: Math.max(startMs, end), endMs: t });
      }
      const start = Math.max(startMs, Math.min(stage.startMs, end));
      if (end > start) pieces.push({ kind: 'stage', stage, startMs: start, endMs: end });
      // Between submission and first launch nothing of the stage ran: that is scheduling, or another stage's turn.
      t = Math.min(start, end);
    }
    pieces.reverse();
  }
  const held = new Map<StageFact, number>();
  for (const piece of pieces) if (piece.kind === 'stage') held.set(piece.stage, (held.get(piece.stage) ?? 0) + piece.endMs - piece.startMs);
  const driver = pieces.flatMap((piece) => (piece.kind === 'driver' ? within(piece.startMs, piece.endMs) : []));
  const driverMs = pieces.reduce((sum, piece) => sum + (piece.kind === 'driver' ? piece.endMs - piece.startMs : 0), 0);
  let floorMs = driverMs;
  for (const [stage, ms] of held) floorMs += Math.min(ms, stage.distribution('duration')?.max ?? ms);
  return {
    pieces,
    held: (stage) => held.get(stage) ?? 0,
    stages: [...held].map(([stage, heldMs]) => ({ stage, heldMs })).sort((a, b) => b.heldMs - a.heldMs || a.stage.stage.id - b.stage.stage.id),
    driver,
    floorMs,
    heldWithin: (stage, from, to) =>
      pieces.reduce((sum, piece) => (piece.kind === 'stage' && piece.stage === stage ? sum + Math.max(0, Math.min(piece.endMs, to) - Math.max(piece.startMs, from)) : sum), 0),
  };
});

function longestAcross(all: readonly StageFact[], from: number, to: number): StageFact | undefined {
  let best: StageFact | undefined;
  let most = 0;
  for (const stage of all) {
    const overlap = Math.min(stage.endMs, to) - Math.max(stage.startMs, from);
    if (overlap > most) {
      most = overlap;
      best = stage;
    }
  }
  return best;
}
