// The what-if panel's simulator: the run's own graph, cures as data, and the replay of src/simulate, in the page.
// Laws: cures alone are priced as the report prices them; other changes as `firesteel forecast` does; a run that cannot be replayed is not predicted.

import { unpackColumns } from '../../src/base/index.ts';
import {
  type Baseline,
  baselineOf,
  type ExecGraph,
  executorCores,
  executors,
  forecastOf,
  type GraphChange,
  peakSlots,
  replay,
  savingOf,
  shufflePartitions,
  slots,
  unpackChange,
  unpackGraph,
  type WhatIf,
  withChanges,
} from '../../src/simulate/index.ts';
import type { PageData } from './data.ts';

type Packed = Extract<PageData['whatIf'], { graph: unknown }>;

/** What the reader asks; a field that is left out stays as it was. */
export interface Question {
  readonly cores?: number | undefined;
  readonly executors?: number | undefined;
  readonly executorCores?: number | undefined;
  readonly partitions?: number | undefined;
  /** Rules whose cures are on. */
  readonly cures: readonly string[];
}

export interface Answer {
  readonly lowMs: number;
  readonly likelyMs: number;
  readonly highMs: number;
  readonly slots: number;
  readonly utilisation: number;
  /** Slots × time until the end, slot-ms: what it would hold. */
  readonly slotMs: number;
  readonly assumptions: readonly string[];
}

export interface CurvePoint {
  readonly slots: number;
  readonly likelyMs: number;
}

export interface Simulator {
  answer(question: Question): Answer;
  curve(question: Question): readonly CurvePoint[];
}

export function simulatorOf(packed: Packed, bytes: Uint8Array): Simulator {
  const columns = unpackColumns(bytes);
  const graph = unpackGraph(packed.graph, columns);
  const found = baselineOf({ graph });
  // The report was made from the same graph: it could be replayed there, and rounding to a tenth of a millisecond changes nothing of that.
  const base: Baseline = 'cannotPredict' in found ? { graph, replayMs: graph.measuredMs, calibration: 1 } : found;
  const changes = new Map<string, { readonly change: GraphChange; readonly family: Packed['cures'][number]['family'] }>(
    packed.cures.map((cure) => [cure.rule, { change: unpackChange(cure.change, columns), family: cure.family }]),
  );
  const measured = peakSlots(graph);
  const cured = (rules: readonly string[]): WhatIf => ({
    name: 'cures',
    apply: (at) =>
      withChanges(
        at,
        rules.flatMap((rule) => changes.get(rule)?.change ?? []),
      ),
  });
  const scaleOf = (question: Question): WhatIf[] => [
    ...(question.partitions === undefined ? [] : [shufflePartitions(question.partitions)]),
    ...(question.executorCores === undefined ? [] : [executorCores(question.executorCores)]),
    ...(question.executors === undefined ? [] : [executors(question.executors)]),
    ...(question.cores === undefined ? [] : [slots(question.cores)]),
  ];
  const usage = (changed: ExecGraph) => {
    const done = replay(changed);
    return {
      slots: peakSlots(changed),
      utilisation: done === undefined || done.slotMs <= 0 ? 0 : done.busyMs / done.slotMs,
      slotMs: (done?.slotMs ?? 0) * base.calibration,
    };
  };
  return {
    answer(question) {
      const scales = scaleOf(question);
      const cures = cured(question.cures);
      if (scales.length === 0) {
        const now = graph.measuredMs;
        if (question.cures.length === 0) return { lowMs: now, likelyMs: now, highMs: now, assumptions: graph.assumptions, ...usage(graph) };
        const family = question.cures.length === 1 ? (changes.get(question.cures[0] as string)?.family ?? 'joint') : 'joint';
        const saving = savingOf(base, cures, family, 'prior', packed.calibration);
        return {
          lowMs: Math.max(0, now - saving.highMs),
          likelyMs: Math.max(0, now - saving.likelyMs),
          highMs: now - saving.lowMs,
          assumptions: saving.assumptions,
          ...usage(cures.apply(graph)),
        };
      }
      const all = [...(question.cures.length === 0 ? [] : [cures]), ...scales];
      const changed = all.reduce((at, one) => one.apply(at), graph);
      const doublings = Math.log2(peakSlots(changed) / Math.max(1, measured));
      const family = question.cures.length > 0 ? 'joint' : question.partitions === undefined ? 'cores' : 'partitions';
      const forecast = forecastOf({ graph }, all, family, doublings, packed.calibration);
      return {
        lowMs: forecast.lowMs ?? graph.measuredMs,
        likelyMs: forecast.likelyMs ?? graph.measuredMs,
        highMs: forecast.highMs ?? graph.measuredMs,
        assumptions: forecast.cannotPredict === null ? forecast.assumptions : [forecast.cannotPredict],
        ...usage(changed),
      };
    },
    curve(question) {
      const cures = cured(question.cures).apply(graph);
      const at = question.partitions === undefined ? cures : shufflePartitions(question.partitions).apply(cures);
      const counts = [...new Set([0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4].map((share) => Math.max(1, Math.round(measured * share))))];
      return counts.map((count) => ({ slots: count, likelyMs: (replay(slots(count).apply(at))?.wallMs ?? Number.NaN) * base.calibration }));
    },
  };
}
