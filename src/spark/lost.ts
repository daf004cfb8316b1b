// Runs whose Firesteel vanished (isAlive of their record is false): what is still known of them.
// Law: what was written when the run ended counts; else it was killed.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readChecked } from './files.ts';
import type { RunOutcome, RunStart } from './outcome.ts';
import { processStart } from './processes.ts';
import { PLACES } from './properties.ts';
import { guardSchema, outcomeSchema } from './records.ts';
import { outcomeOf, writeOutcome } from './result.ts';

/** The guard of a vanished Firesteel takes so long at most to stop the run, ms. */
const GUARD_NEEDS = 20_000;

/**
 * The outcome of a run without one: what was written when it ended, else `killed` with what lies in its folder (event log, driver log).
 * Waits while the run's guard is still stopping it. Writes outcome.json.
 */
export async function outcomeOfLost(start: RunStart): Promise<RunOutcome> {
  const written = await readChecked(join(start.folder, PLACES.outcome), outcomeSchema);
  if (written !== undefined) return written;
  const until = Date.now() + GUARD_NEEDS;
  let guard = await readChecked(join(start.folder, PLACES.guard), guardSchema);
  while (guard !== undefined && guard.endedMs === null && processStart(guard.pid) !== undefined && Date.now() < until) {
    await sleep(200);
    guard = await readChecked(join(start.folder, PLACES.guard), guardSchema);
  }
  const outcome = await outcomeOf(start, { guard, cause: 'lost', guardEnd: undefined });
  await writeOutcome(start, outcome);
  return outcome;
}
