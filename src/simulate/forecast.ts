// Forecasts: likely wall time of a changed run, its range, bounds and curve. Two ways in: a what-if on a whole run, a saving of a cause.
// Laws: low ≤ likely ≤ high; the same configuration gives the run itself; the same input gives the same numbers (seeded draws); a run whose own
// replay misses its wall by more than 5 % is not predicted. Widths come from measured residuals of each family of changes, and say so.

import { quantile, sorted, sum } from '../base/index.ts';
import type { Built } from './build.ts';
import { type Calibration, recordOf, type Track } from './calibration.ts';
import { compose, type ExecGraph, peakSlots, type WhatIf, withStages } from './graph.ts';
import { slots } from './parallelism.ts';
import { replay } from './replay.ts';
import { counted } from './resize.ts';

/** What a claim stands on: the schedule alone, a fit over the run's own tasks, or numbers from other runs. */
export type Basis = 'replay' | 'fit' | 'prior';

/** Kinds of change whose past errors are kept together. */
export type Family =
  | 'same'
  | 'cores'
  | 'partitions'
  | 'input'
  | 'skew'
  | 'width'
  | 'work'
  | 'driver'
  | 'repeat'
  | 'retries'
  | 'memory'
  | 'joint';

/**
 * Relative half-widths of the 90 % band of the predicted wall, by family; `per2` is added for each doubling. Set by judgement and held against the labelled
 * sets: one program on 2 to 16 cores and 8 to 128 partitions, and pairs before and after a cure: 70 of 77 measured times lay inside (91 %).
 */
const BAND: Readonly<Record<Family, { readonly base: number; readonly per2: number }>> = {
  same: { base: 0.06, per2: 0 },
  cores: { base: 0.06, per2: 0.05 },
  partitions: { base: 0.08, per2: 0.05 },
  input: { base: 0.15, per2: 0.08 },
  skew: { base: 0.15, per2: 0 },
  width: { base: 0.15, per2: 0 },
  work: { base: 0.15, per2: 0 },
  driver: { base: 0.15, per2: 0 },
  repeat: { base: 0.2, per2: 0 },
  retries: { base: 0.15, per2: 0 },
  memory: { base: 0.25, per2: 0 },
  joint: { base: 0.2, per2: 0 },
};

export interface Bounds {
  /** Driver time and the longest chain of stages with unlimited slots, ms. */
  readonly infiniteSlotsMs: number;
  /** All task time over the slots there are, ms. */
  readonly areaMs: number;
}

export interface Forecast {
  readonly schema: 'firesteel/forecast@1';
  readonly measuredMs: number | null;
  /** Same-configuration replay, ms. */
  readonly replayMs: number | null;
  readonly cannotPredict: string | null;
  /** Predicted wall time of the application, ms, with the ends of the 90 % band. */
  readonly lowMs: number | null;
  readonly likelyMs: number | null;
  readonly highMs: number | null;
  readonly assumptions: readonly string[];
  readonly basis: Basis;
  readonly whatIfs: readonly string[];
  readonly bounds: Bounds | null;
  /** Task slots at most: as measured, and as asked. */
  readonly slots: { readonly measured: number; readonly forecast: number } | null;
  /** Busy share of the slots in the forecast. */
  readonly utilisation: number | null;
  /** Slots × time until the end, slot-ms: what the run would hold. */
  readonly slotMs: number | null;
  /** How forecasts of this kind held so far, where a record is given: bands are wider by its factor. */
  readonly record: Track | null;
}

/** Largest miss of the same-configuration replay, share of the wall (prediction.md §2.0 step 4). */
const GATE = 0.05;

export interface Baseline {
  readonly graph: ExecGraph;
  readonly replayMs: number;
  /** measured ÷ replayed: kept on every forecast. */
  readonly calibration: number;
}

type BaselineOrWhy = Baseline | { readonly cannotPredict: string; readonly measuredMs?: number; readonly replayMs?: number };

const baselines = new WeakMap<Built, BaselineOrWhy>();

/** The run's own replay, or why it cannot be predicted. Made once for each graph. */
export function baselineOf(built: Built): BaselineOrWhy {
  const known = baselines.get(built) ?? replayed(built);
  baselines.set(built, known);
  return known;
}

function replayed(built: Built): BaselineOrWhy {
  if (built.graph === undefined) return { cannotPredict: built.cannotPredict };
  const { graph } = built;
  const done = replay(graph);
  if (done === undefined)
    return { cannotPredict: 'the schedule cannot be replayed: no slots, or jobs that wait for each other', measuredMs: graph.measuredMs };
  const miss = done.wallMs / graph.measuredMs - 1;
  if (Math.abs(miss) > GATE)
    return {
      cannotPredict: `replaying the run as it was gives ${(miss * 100).toFixed(1)} % of a difference to its wall time: something held it that tasks and driver gaps do not show`,
      measuredMs: graph.measuredMs,
      replayMs: done.wallMs,
    };
  return { graph, replayMs: done.wallMs, calibration: done.wallMs > 0 ? graph.measuredMs / done.wallMs : 1 };
}

/** Draws of a replay with its tasks' own spread; fewer when there are many tasks, whose spread then evens out. */
const MAX_DRAWS = 32;
const TASKS_DRAWN = 800_000;

/** Wall times of the graph when each task varies as the middle half of its stage does, ascending, as shares of the undisturbed one; empty for very large runs. */
function spreadOf(graph: ExecGraph, wallMs: number): Float64Array {
  const tasks = graph.stages.reduce((all, stage) => all + stage.tasks.duration.length, 0);
  const draws = Math.min(MAX_DRAWS, Math.floor(TASKS_DRAWN / Math.max(1, tasks)));
  if (draws < 8 || wallMs <= 0) return new Float64Array(0);
  const sigmas = graph.stages.map((stage) => {
    const rows = counted(stage.tasks);
    if (rows.length < 4) return 0.08;
    const ascending = sorted(rows.map((row) => Math.max(1, stage.tasks.duration[row] as number)));
    const [low, high] = [quantile(ascending, 0.25) as number, quantile(ascending, 0.75) as number];
    // Quartiles of a normal distribution lie 1.35 σ apart.
    return Math.min(0.3, Math.log(high / low) / 1.35);
  });
  const random = generator(graph.stages.length * 7919 + tasks);
  const out = new Float64Array(draws);
  for (let d = 0; d < draws; d++) {
    const shaken = withStages(graph, (stage, s) => {
      const sigma = sigmas[s] as number;
      return sigma <= 0
        ? stage
        : {
            ...stage,
            tasks: {
              ...stage.tasks,
              duration: stage.tasks.duration.map((ms) => ms * Math.exp(sigma * normal(random) - (sigma * sigma) / 2)),
            },
          };
    });
    out[d] = (replay(shaken)?.wallMs ?? wallMs) / wallMs;
  }
  return out.sort();
}

/** Mulberry32: a small seeded generator; the same seed draws the same numbers everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Half-width of the band for a change of so many doublings. */
const halfWidth = (family: Family, doublings: number): number => BAND[family].base + BAND[family].per2 * Math.abs(doublings);

/** What a change does to a run. `doublings`: by how much it goes beyond what was measured, in powers of two. */
export function forecastOf(
  built: Built,
  whatIfs: readonly WhatIf[],
  family: Family,
  doublings = 0,
  past?: Calibration | undefined,
): Forecast {
  const base = baselineOf(built);
  const names = whatIfs.map((one) => one.name);
  if ('cannotPredict' in base) return refused(base.cannotPredict, names, base.measuredMs ?? built.graph?.measuredMs, base.replayMs);
  const all = compose(names.join(', '), whatIfs);
  const why = all.refuse?.(base.graph);
  if (why !== undefined) return refused(why, names, base.graph.measuredMs, base.replayMs);
  const changed = all.apply(base.graph);
  const done = replay(changed);
  if (done === undefined) return refused('the changed schedule has no slots to run on', names, base.graph.measuredMs, base.replayMs);
  const same = changed === base.graph;
  const likely = same ? base.graph.measuredMs : done.wallMs * base.calibration;
  const draws = spreadOf(changed, done.wallMs);
  const record = same ? undefined : recordOf(past, family);
  const wider = record?.factor ?? 1;
  const width = halfWidth(same ? 'same' : family, doublings);
  const drawn = (q: number) => (draws.length === 0 ? 0 : (quantile(draws, q) as number) - 1);
  // The draws scatter around their own middle: only their spread is used, the likely value is the undisturbed replay.
  const middle = drawn(0.5);
  const down = wider * Math.hypot(width, Math.min(0, drawn(0.05) - middle));
  const up = wider * Math.hypot(width, Math.max(0, drawn(0.95) - middle));
  return {
    schema: 'firesteel/forecast@1',
    measuredMs: Math.round(base.graph.measuredMs),
    replayMs: Math.round(base.replayMs),
    cannotPredict: null,
    lowMs: Math.round(likely / (1 + down)),
    likelyMs: Math.round(likely),
    highMs: Math.round(likely * (1 + up)),
    assumptions: changed.assumptions,
    basis: same ? 'replay' : family === 'cores' ? 'replay' : family === 'partitions' || family === 'input' ? 'fit' : 'prior',
    whatIfs: names,
    bounds: boundsOf(changed),
    slots: { measured: peakSlots(base.graph), forecast: peakSlots(changed) },
    utilisation: done.slotMs > 0 ? done.busyMs / done.slotMs : null,
    slotMs: Math.round(done.slotMs),
    record: record ?? null,
  };
}

function refused(why: string, whatIfs: readonly string[], measuredMs: number | undefined, replayMs: number | undefined): Forecast {
  return {
    schema: 'firesteel/forecast@1',
    measuredMs: measuredMs === undefined ? null : Math.round(measuredMs),
    replayMs: replayMs === undefined ? null : Math.round(replayMs),
    cannotPredict: why,
    lowMs: null,
    likelyMs: null,
    highMs: null,
    assumptions: [],
    basis: 'replay',
    whatIfs,
    bounds: null,
    slots: null,
    utilisation: null,
    slotMs: null,
    record: null,
  };
}

/** Slots beyond any need. */
const UNLIMITED = 1e6;

/** What no number of slots goes under, and what no order of tasks goes under. */
export function boundsOf(graph: ExecGraph): Bounds {
  const unlimited = { ...graph, slots: { times: Float64Array.of(graph.slots.times[0] ?? 0), slots: Float64Array.of(UNLIMITED) } };
  const most = Math.max(1, peakSlots(graph));
  return {
    infiniteSlotsMs: Math.round(replay(unlimited)?.wallMs ?? Number.NaN),
    areaMs: Math.round(graph.stages.reduce((all, stage) => all + sum(stage.tasks.duration), 0) / most),
  };
}

export interface CurvePoint {
  readonly cores: number;
  readonly likelyMs: number;
  readonly lowMs: number;
  readonly highMs: number;
  /** Busy share of the slots. */
  readonly utilisation: number;
  /** Slots × time, slot-ms: what it costs in core time. */
  readonly slotMs: number;
}

export interface Curve {
  readonly points: readonly CurvePoint[];
  /** The last point from which more slots still gave as much speed as they cost: half of the proportional gain or more. */
  readonly elbow: number | null;
}

/** Wall time over numbers of slots. */
export function curveOf(built: Built, counts: readonly number[], past?: Calibration | undefined): Curve | undefined {
  const base = baselineOf(built);
  if ('cannotPredict' in base) return undefined;
  const before = Math.max(1, peakSlots(base.graph));
  const points = counts.map((count): CurvePoint => {
    const changed = slots(count).apply(base.graph);
    const done = replay(changed);
    const likely = (done?.wallMs ?? Number.NaN) * base.calibration;
    const width =
      (count === before ? 1 : (recordOf(past, 'cores')?.factor ?? 1)) *
      halfWidth(count === before ? 'same' : 'cores', Math.log2(count / before));
    return {
      cores: count,
      likelyMs: Math.round(likely),
      lowMs: Math.round(likely / (1 + width)),
      highMs: Math.round(likely * (1 + width)),
      utilisation: done === undefined || done.slotMs <= 0 ? 0 : done.busyMs / done.slotMs,
      slotMs: Math.round(done?.slotMs ?? 0),
    };
  });
  let elbow: number | null = points[0]?.cores ?? null;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1] as CurvePoint, points[i] as CurvePoint];
    const gained = Math.log(a.likelyMs / b.likelyMs);
    if (gained < 0.5 * Math.log(b.cores / a.cores)) break;
    elbow = b.cores;
  }
  return { points, elbow };
}

/** A saving: positive is time won. */
export interface Saving {
  readonly lowMs: number;
  readonly likelyMs: number;
  readonly highMs: number;
  readonly assumptions: readonly string[];
  readonly basis: Basis;
  /** Slots × time that the run would hold less, slot-ms; negative when it would hold more. */
  readonly savedSlotMs: number;
}

/** Least half-width of a saving, share of the run: the spread of the run itself (repeated labelled runs). */
const RUN_SPREAD = 0.05;

/** What a change of a family saves of a run, ms. */
export function savingOf(base: Baseline, change: WhatIf, family: Family, basis: Basis, past?: Calibration | undefined): Saving {
  const changed = change.apply(base.graph);
  const done = replay(changed);
  const wall = base.graph.measuredMs;
  const likely = done === undefined ? 0 : wall - done.wallMs * base.calibration;
  const wider = recordOf(past, family)?.factor ?? 1;
  const width = wider * Math.hypot(halfWidth(family, 0) * 2 * Math.abs(likely), RUN_SPREAD * wall);
  return {
    lowMs: Math.round(likely - width),
    likelyMs: Math.round(likely),
    highMs: Math.round(Math.min(wall, likely + width)),
    assumptions: changed.assumptions.filter((word) => !base.graph.assumptions.includes(word)),
    basis,
    savedSlotMs: done === undefined ? 0 : Math.round(slotTimeOf(base.graph, base.replayMs) - slotTimeOf(changed, done.wallMs)),
  };
}

/** ∫ slots dt from the start to a time, slot-ms. */
export function slotTimeOf({ slots: { times, slots: counts } }: ExecGraph, untilMs: number): number {
  let total = 0;
  for (let i = 0; i < times.length; i++) {
    const from = times[i] as number;
    const to = Math.min(untilMs, i + 1 < times.length ? (times[i + 1] as number) : untilMs);
    if (to > from) total += (counts[i] as number) * (to - from);
  }
  return total;
}
