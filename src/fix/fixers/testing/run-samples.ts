// Programs and their rewrites run on real Spark, one after the other in one session (run_samples.py).
// Law: what a case says of its outputs is what Spark wrote; the run itself must end well, and each case must be answered.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Workshop } from '../../../spark/testing/spark.ts';

export interface SampleCase {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

interface Result {
  readonly name: string;
  readonly rows: number;
  readonly error: string | null;
  readonly equal: boolean;
  readonly difference: unknown;
}

/** Expects each rewrite to give what its original gives: rows, columns, types and prints; gives the rows that were written, of all cases. */
export async function expectSameOutputs(shop: Workshop, cases: readonly SampleCase[]): Promise<number> {
  const folder = join(shop.folder, 'runs');
  mkdirSync(folder);
  const outFile = join(shop.folder, 'out.json');
  const conf = {
    'spark.ui.enabled': 'false',
    'spark.eventLog.enabled': 'false',
    'spark.sql.shuffle.partitions': '2',
  };
  const script = join(import.meta.dirname, 'run_samples.py');
  const job = shop.job(script, { args: [shop.write('cases.json', JSON.stringify(cases)), folder, outFile], conf });
  const { outcome, driverLog } = await shop.run(job);
  expect(outcome.status, driverLog.slice(-4000)).toBe('succeeded');
  const { results } = JSON.parse(readFileSync(outFile, 'utf8')) as { results: Result[] };
  expect(results.length).toBe(cases.length);
  expect(results.filter((one) => one.error !== null).map((one) => `${one.name}: ${one.error}`)).toEqual([]);
  expect(results.filter((one) => !one.equal)).toEqual([]);
  return results.reduce((sum, one) => sum + one.rows, 0);
}
