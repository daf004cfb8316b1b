// Contention: `local[N]` gives N slots and no cores. Tasks that compute share the machine's cores, tasks that wait for somebody else do not.
// Laws: only in local mode and where all executors are on one host (else an executor's cores are its own); without a sign of contention there is none; nothing here knows the machine.
// Thermometer: what a task costs outside its run (scheduling, deserialising, sending the result) is pure computing. Where it is many times what it is in the
// run's quietest stage, tasks stood in line for a core: by that factor their computing was stretched.

import { quantile, sorted, sum } from '../base/index.ts';
import { type ExecGraph, peakSlots, type SimStage, withStages } from './graph.ts';
import { counted, reshaped } from './resize.ts';
import { taskSet } from './tasks.ts';

/** A stage that computes starts its tasks slower than the quietest stage of a run even alone: twice (labelled runs on 2 slots and 2 cores: 1.9 to 2.6 times). */
const BUSY_START = 2;
/** Least of what a task costs outside its run, ms. */
const LEAST_START_MS = 5;
/** Computing that no counter shows (code generation, opening files, the process beside) per unit of what they show (labelled runs: 0.5 to 0.7). */
const HIDDEN = 0.6;
/** Less than this is the spread of quiet stages. */
const CLEAR = 1.5;

export interface Contention {
  /** Physical cores that the stretch points to; Infinity when nothing stood in line. */
  readonly cores: number;
  /** By stage index: how much longer computing took than on a free core; at least 1. */
  readonly stretch: Float64Array;
  /** By stage index: Σ time of the tasks that is stretched computing, ms. */
  readonly computingMs: Float64Array;
  /** By stage index: tasks that ran at once, at most. */
  readonly abreast: Float64Array;
}

/** Middle time that a task of the stage costs outside its run, ms. */
function usualStart({ tasks }: SimStage): number {
  const { fixedMs } = tasks.parts();
  return quantile(sorted(counted(tasks).map((row) => fixedMs[row] as number)), 0.5) ?? 0;
}

/** What starting a task costs in this run when nobody stands in line: twice what it is in the quietest stage, ms. */
export function warmStartMs(graph: ExecGraph): number {
  const quiet = graph.stages.reduce((low, stage) => {
    const ms = usualStart(stage);
    return ms > 0 ? Math.min(low, ms) : low;
  }, Number.POSITIVE_INFINITY);
  return BUSY_START * Math.max(LEAST_START_MS, Number.isFinite(quiet) ? quiet : LEAST_START_MS);
}

/** Reads the contention of a run off its tasks. */
export function contentionOf(graph: ExecGraph): Contention {
  const n = graph.stages.length;
  const slots = Math.max(1, peakSlots(graph));
  const usual = graph.stages.map(usualStart);
  const warm = warmStartMs(graph);
  const stretch = new Float64Array(n).fill(1);
  const computingMs = new Float64Array(n);
  const abreast = new Float64Array(n);
  const coresSeen: { cores: number; weight: number }[] = [];
  for (const [s, stage] of graph.stages.entries()) {
    const width = Math.min(slots, stage.tasks.duration.length);
    abreast[s] = width;
    const most = Math.max(1, width);
    const factor = Math.min(most, Math.max(1, (usual[s] as number) / warm));
    const total = sum(stage.tasks.duration);
    computingMs[s] = computing(stage, factor);
    if (factor < CLEAR || total <= 0) continue;
    stretch[s] = factor;
    coresSeen.push({ cores: Math.max(1, (width * ((computingMs[s] as number) / total)) / factor), weight: total });
  }
  coresSeen.sort((a, b) => a.cores - b.cores);
  const half = coresSeen.reduce((all, { weight }) => all + weight, 0) / 2;
  let cores = Number.POSITIVE_INFINITY;
  let at = 0;
  for (const seen of coresSeen) {
    at += seen.weight;
    cores = seen.cores;
    if (at >= half) break;
  }
  return { cores: coresSeen.length === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.round(cores)), stretch, computingMs, abreast };
}

/** Σ time of a stage that is computing, stretched by `factor` where only CPU time is known, ms. */
function computing({ tasks }: SimStage, factor: number): number {
  const { cpuMs, fixedMs } = tasks.parts();
  const total = sum(tasks.duration);
  return Math.min(total, (sum(cpuMs) * factor + sum(fixedMs)) * (1 + HIDDEN));
}

/** The stages' computing as it would be with other slots on the same cores; pauses for collection hit as many tasks as run. */
export function withSlots(graph: ExecGraph, before: number, after: number, seen: Contention): ExecGraph {
  if (!Number.isFinite(seen.cores)) return graph;
  return withStages(graph, (stage, s) => {
    const total = sum(stage.tasks.duration);
    if (total <= 0) return stage;
    const was = seen.stretch[s] as number;
    const width = Math.min(after, stage.tasks.duration.length);
    const wasWidth = Math.max(1, Math.min(before, stage.tasks.duration.length));
    const share = (seen.computingMs[s] as number) / total;
    // With fewer slots the stretch falls with them; with more it rises once the tasks' computing is more than the cores there are.
    const will =
      after < before
        ? Math.max(1, (was * width) / wasWidth)
        : Math.max(was, Math.min((was * width) / wasWidth, (width * share) / seen.cores));
    const gc = sum(stage.tasks.parts().gcMs);
    const computing = Math.max(0, Math.min(seen.computingMs[s] as number, total - gc));
    const next = total - computing - gc + (computing * will) / was + (gc * width) / wasWidth;
    if (Math.abs(next - total) < 0.5) return stage;
    const factor = next / total;
    const floor = stage.tasks.floorMs * (will / was);
    const scaled = reshaped(
      stage.tasks,
      stage.tasks.duration.map((ms) => ms * factor),
      stage.tasks.parts().partition,
    );
    return { ...stage, tasks: { ...taskSet(scaled.duration, floor, scaled.parts, stage.tasks.after, stage.tasks.lost) } };
  });
}
