// The one task's work over as many tasks as there will be: AQE merges the new partitions by bytes, so that few bytes stay few tasks.
// Law: without AQE, or behind coalesce(1), as many as can run; a shuffle under AQE's least partition size gives one task again.

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
  const tasks = Math.min(slots, Math.max(1, Math.ceil(bytes / Math.max(least, bytes / slots))));
  return (1 - 1 / tasks) / (1 - 1 / slots);
}
