// Waiting for one's turn: work that found the database busy is done again until it comes through.
// Law: what is repeated is a whole transaction that did nothing, so nothing happens twice; waiting does not block the process.

import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from './faults.ts';

/** Longest single wait, ms; waits grow to it by chance, so that waiting processes do not move in step. */
const MAX_WAIT = 250;

export async function patiently<T>(patienceMs: number, work: () => Promise<T>): Promise<T> {
  const until = Date.now() + patienceMs;
  for (let wait = 5; ; wait = Math.min(MAX_WAIT, wait * 2)) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || Date.now() >= until) throw error;
    }
    await sleep(Math.random() * wait);
  }
}
