// Less collection: the pauses beyond the usual go, and with them the collectors' work beside the tasks.
// Law: only stages that the finding names; time that neither CPU, collection nor waiting for blocks explains goes in proportion to the pauses.

import { sum } from '../../base/index.ts';
import { relief } from '../../simulate/index.ts';
import { defineForecast, reliefOf, stagesOfPlace } from '../forecast.ts';

export const forecast = defineForecast({
  family: 'memory',
  basis: 'prior',
  whatIf: (places, facts) =>
    relief(
      places.map((place) => {
        const base = reliefOf(place, facts, false);
        // Pauses are logged; concurrent marking and evacuation are not, and take cores from the tasks.
        const beside = sum(
          stagesOfPlace(place).map((ref) => {
            const fact = facts.stages.get(ref.stageId, ref.attempt);
            if (fact === undefined || fact.taskTimeMs <= 0) return 0;
            const run = fact.total('runMs');
            const gc = fact.total('gcMs');
            const rest = run - gc - fact.total('cpuNs') / 1e6 - fact.total('fetchWaitMs') - fact.total('shuffleWriteNs') / 1e6;
            return facts.criticalPath.held(fact) * Math.min(1, (Math.max(0, rest) / fact.taskTimeMs) * (gc / Math.max(1, run)));
          }),
        );
        return { ...base, ms: base.ms + beside };
      }),
    ),
});
