// What the shuffle join held, less what the broadcast costs: collecting, building and sending the small side, and probing it.
// Law: the share is that of measured pairs; a broadcast that is not feasible is no finding, so none is priced here.

import { heldForecast } from '../forecast.ts';

/** Of the held time a broadcast took 0.4 (a run of five seconds) to 0.9 (a large one) away in the labelled pairs. */
export const forecast = heldForecast('work', 0.7);
