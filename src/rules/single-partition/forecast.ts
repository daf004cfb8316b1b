// The one task's work over as many tasks as there will be: AQE merges the new partitions by bytes, so that few bytes stay few tasks.
// Law: without AQE, or behind coalesce(1), as many as can run; a shuffle under AQE's least partition size gives one task again, and then only
// what rows cost beyond the sort can be spread, by a repartition(n) of the user's.

import { exchangePartitions } from '../../facts/index.ts';
import { relief } from '../../simulate/index.ts';
import type { Place } from '../define.ts';
import { defineForecast, type ForecastFacts, reliefOf } from '../forecast.ts';

const MIB = 1024 ** 2;

export const forecast = defineForecast({
  family: 'width',
  basis: 'fit',
  whatIf: (places, facts) => relief(places.map((place) => reliefOf(place, facts, false, shareOf(place, facts)))),
});

/** What a row costs a native window or sort at most, ms: single-core Spark sorts and windows half a million rows a second and more. */
const ROW_MS = 0.002;

/**
 * Where few bytes would become one task again, an explicit repartition(n) still spreads what the rows cost beyond being sorted (costly columns, service
 * calls): AQE does not merge the partitions of a number that the user gave (REPARTITION_BY_NUM).
 */
function dearShare(place: Place): number {
  const of = (name: string) => {
    const value = place.numbers.find((one) => one.name === name)?.value;
    return typeof value === 'number' ? value : 0;
  };
  const stageMs = of('stage time');
  return stageMs <= 0 ? 0 : Math.max(0, 1 - (of('rows') * ROW_MS) / stageMs);
}

/** Part of the held time that the tasks there will be take away. */
function shareOf(place: Place, { plans, stages, settings }: ForecastFacts): number {
  const ref = place.evidence.find((one) => one.kind === 'stage');
  const stage = ref === undefined ? undefined : stages.get(ref.stageId, ref.attempt);
  const exchange = place.evidence
    .flatMap((one) => (one.kind === 'sql' && one.nodeId !== undefined ? (plans.get(one.executionId)?.nodes[one.nodeId] ?? []) : []))
    .find((node) => node.kind === 'exchange' && exchangePartitions(node) === 1);
  if (stage === undefined || exchange === undefined || /REPARTITION_BY/.test(exchange.detail) || !settings.aqe(stage.execution)) return 1;
  const bytes = stage.total('shuffleReadBytes');
  const slots = Math.max(2, Math.round(stage.slots));
  const least = settings.bytes('spark.sql.adaptive.coalescePartitions.minPartitionSize', 1, stage.execution) ?? MIB;
  // Neighbours are merged up to this size: the fullest partition holds as much, the last what is left.
  const target = Math.max(least, bytes / slots);
  return bytes > target ? (1 - target / bytes) / (1 - 1 / slots) : dearShare(place);
}
