// Pairs: which count, what they say together, and the numbers beside them.
// Law: a pair is left out only for infrastructure trouble seen in a log (declared before any run), whole, counted and named; never for its time.

import { METRIC_NAMES, medianLinear } from '../base/index.ts';
import { detectableReduction } from './power.ts';
import { robustDeviation, runCvOf, signedRank } from './statistics.ts';
import type { Arm, Beside, Counters, Estimate, MeasuredRun, Metric, Order, PairedRun, SelfNoise } from './types.ts';

/** Puts two runs together; infrastructure trouble in either leaves the pair out. */
export function pairOf(pair: number, order: Order, a: MeasuredRun, b: MeasuredRun): PairedRun {
  const trouble = [a, b].flatMap((run) => run.infrastructure.map((cause) => `${cause} (${run.arm})`));
  return { pair, order, a, b, excluded: trouble.length === 0 ? undefined : [...new Set(trouble)].join(', ') };
}

export const countedPairs = (pairs: readonly PairedRun[]): readonly PairedRun[] => pairs.filter((pair) => pair.excluded === undefined);

/** A positive number; a failed or unmeasured run has none. */
export const measuredValue = (run: MeasuredRun, metric: Metric): number | undefined => {
  const value = run.values[metric];
  return run.succeeded && value !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
};

/** log(B ÷ A) of the pairs in which both sides have a value. */
export function logRatios(pairs: readonly PairedRun[], metric: Metric): Float64Array {
  const out: number[] = [];
  for (const { a, b } of pairs) {
    const [x, y] = [measuredValue(a, metric), measuredValue(b, metric)];
    if (x !== undefined && y !== undefined) out.push(Math.log(y / x));
  }
  return Float64Array.from(out);
}

/** The effect of B against A in these pairs, as they are; undefined when none has both values. */
export function estimateOf(pairs: readonly PairedRun[], metric: Metric, alpha: number): Estimate | undefined {
  const differences = logRatios(pairs, metric);
  const test = signedRank(differences, alpha);
  if (test === undefined) return undefined;
  const deviation = robustDeviation(differences);
  return {
    metric,
    n: test.n,
    ratio: Math.exp(test.shift),
    low: Math.exp(test.low),
    high: Math.exp(test.high),
    confidence: test.confidence,
    p: test.p,
    runCv: deviation === undefined ? undefined : runCvOf(deviation),
  };
}

/** Sizes of a proof for which --aa says what it would see. */
const SIZES = [6, 8, 12, 18, 30];

/** Noise of this machine from pairs of a version against itself, and the gains that a proof of 6 to 30 pairs finds in 4 of 5 cases. */
export function selfNoise(pairs: readonly PairedRun[], metric: Metric): SelfNoise {
  const differences = logRatios(countedPairs(pairs), metric);
  const deviation = robustDeviation(differences);
  const runCv = deviation === undefined ? undefined : runCvOf(deviation);
  return {
    metric,
    pairs: differences.length,
    runCv,
    sees: SIZES.map((size) => ({ pairs: size, reduction: runCv === undefined ? undefined : detectableReduction(size, runCv, 0.05) })),
  };
}

const COUNTER_NAMES: Readonly<Record<keyof Counters, readonly [name: string, unit: Beside['unit']]>> = {
  coreMs: ['core time', 'ms'],
  cpuMs: ['CPU time', 'ms'],
  gcMs: ['garbage collection', 'ms'],
  tasks: ['tasks', 'count'],
  stages: ['stages', 'count'],
  failedTasks: ['failed tasks', 'count'],
  inputBytes: ['input', 'bytes'],
  inputRecords: ['input rows', 'count'],
  shuffleWriteBytes: ['shuffle written', 'bytes'],
  shuffleReadBytes: ['shuffle read', 'bytes'],
  spilledBytes: ['spilled to disk', 'bytes'],
  outputBytes: ['output', 'bytes'],
  outputRecords: ['output rows', 'count'],
};

/**
 * The metrics that do not decide and the counters of the runs that count: medians and their ratio.
 * They move less than time does and say why it moved; they are no claim. What is 0 on both sides is left out.
 */
export function besideOf(pairs: readonly PairedRun[], deciding: Metric): Beside[] {
  const counted = countedPairs(pairs);
  const both = (name: string, unit: Beside['unit'], value: (run: MeasuredRun) => number | undefined): Beside[] => {
    const median = (arm: Arm) =>
      medianLinear(
        counted.flatMap((pair) => {
          const run = arm === 'A' ? pair.a : pair.b;
          return run.succeeded ? (value(run) ?? []) : [];
        }),
      );
    const [medianA, medianB] = [median('A'), median('B')];
    if (medianA === undefined || medianB === undefined || (medianA === 0 && medianB === 0)) return [];
    return [{ name, unit, medianA, medianB, ratio: medianA === 0 ? undefined : medianB / medianA }];
  };
  const metrics = (['wall', 'core', 'cost'] as const).filter((metric) => metric !== deciding);
  return [
    ...metrics.flatMap((metric) => both(METRIC_NAMES[metric], metric === 'cost' ? 'money' : 'ms', (run) => run.values[metric])),
    ...(Object.keys(COUNTER_NAMES) as (keyof Counters)[])
      // Core time is the metric of that name.
      .filter((key) => key !== 'coreMs' || counted.every(({ a, b }) => a.values.core === undefined && b.values.core === undefined))
      .flatMap((key) => both(...COUNTER_NAMES[key], (run) => run.counters?.[key])),
  ];
}
