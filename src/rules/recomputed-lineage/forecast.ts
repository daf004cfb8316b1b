// The repeats go, and keeping the rows comes: writing them into a cache once and reading them back each time.
// Law: the price of keeping is that of measured pairs; how much of the work above the kept frame is its own the log does not tell.

import { heldForecast } from '../forecast.ts';

/** Of the repeated time cures took 0.4 (rows as costly to keep as to make) to nearly all of it away (labelled pairs and mixes). */
export const forecast = heldForecast('repeat', 0.75);
