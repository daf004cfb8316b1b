// Writing and reading what spilled, as far as it is time at all: on local disks the page cache takes most of it.
// Law: heldMs is an upper bound by design (see rule.ts); the forecast is half of it.

import { heldForecast } from '../forecast.ts';

export const forecast = heldForecast('memory', 0.5);
