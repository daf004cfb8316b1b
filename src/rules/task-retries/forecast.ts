// Without the failed attempts: those that counted run as they ran, with nobody before them.
// Law: an attempt that succeeded keeps its time; what was lost goes.

import { withoutRetries } from '../../simulate/index.ts';
import { defineForecast, stagesOfPlaces } from '../forecast.ts';

export const forecast = defineForecast({
  family: 'retries',
  basis: 'replay',
  whatIf: (places) => {
    const stages = stagesOfPlaces(places);
    return stages.length === 0 ? undefined : withoutRetries(stages);
  },
});
