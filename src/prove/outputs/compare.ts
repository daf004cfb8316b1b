// Has Spark compare what runs wrote: writes the request, runs python/firesteel_compare.py once, reads the result.
// Laws: one Spark session for all runs of a proof; a comparison that could not be made is `notCompared` with its reason, never an exception,
// for the runs are measured already; the request, which may hold passwords, is readable for its owner only and gone afterwards.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/index.ts';
import type { Arm, OutputCheck } from '../types.ts';
import { checkOf } from './check.ts';
import {
  type CompareRequest,
  type CompareResult,
  compareResultSchema,
  DEFAULT_TOLERANCE,
  type RunOutputs,
  type Tolerance,
} from './exchange.ts';

/** The program that Spark runs, beside src (and dist). */
export const COMPARE_SCRIPT = join(import.meta.dirname, '../../../python/firesteel_compare.py');

/** How a Python Spark program is run: by src/spark for a proof. It must see the places, jars and catalogs that the job wrote with. */
export type RunPySpark = (script: string, args: readonly string[]) => Promise<PySparkEnd>;

export interface PySparkEnd {
  /** 0: it came to its end. */
  readonly exitCode: number | undefined;
  /** Why it failed, in one sentence, as far as known. */
  readonly reason?: string | undefined;
}

export interface OutputsToCompare {
  /** A's first successful run. */
  readonly reference: RunOutputs;
  /** Further runs of A, and those of B. */
  readonly others: readonly (RunOutputs & { readonly arm: Arm })[];
  /** A number: for double, and at least the default for float (0: exact for both). Default: DEFAULT_TOLERANCE. */
  readonly tolerance?: number | Partial<Tolerance> | undefined;
  /** Example rows of each side; default 5. */
  readonly examples?: number;
  /** Where request and result are written; made when it is not there. */
  readonly folder: string;
  readonly spark: RunPySpark;
}

/** What B (and A's further runs) wrote against what A's first run wrote. Throws only when `folder` cannot be written. */
export async function compareOutputs(options: OutputsToCompare): Promise<OutputCheck> {
  const { reference, others, folder, spark, examples = 5 } = options;
  const tolerance = toleranceOf(options.tolerance);
  const notCompared = (sentence: string): OutputCheck => ({ status: 'notCompared', sentence, tolerance: tolerance.double, outputs: [] });
  if (others.length === 0) return notCompared('There is no second run to compare with.');
  if (![reference, ...others].some(({ root, outputs = [] }) => root !== undefined || outputs.length > 0))
    return notCompared('No output is known: the job does not write to {output}, and none is named.');

  await mkdir(folder, { recursive: true });
  const [requestFile, resultFile] = [join(folder, 'compare-request.json'), join(folder, 'compare-result.json')];
  const request: CompareRequest = {
    schema: 'firesteel/compare-request@1',
    reference,
    others: others.map(({ label, root, outputs }) => ({ label, root, outputs })),
    tolerance,
    examples,
  };
  let end: PySparkEnd;
  try {
    await rm(resultFile, { force: true });
    await writeFile(requestFile, JSON.stringify(request), { mode: 0o600 });
    end = await spark(COMPARE_SCRIPT, ['--request', requestFile, '--result', resultFile]);
  } finally {
    await rm(requestFile, { force: true });
  }
  if (end.exitCode !== 0)
    return notCompared(`Outputs could not be compared: ${withoutStop(end.reason ?? 'the comparison did not end well')}.`);
  let result: CompareResult;
  try {
    result = compareResultSchema.parse(JSON.parse(await readFile(resultFile, 'utf8')));
  } catch (error) {
    return notCompared(`Outputs could not be compared: the result cannot be read (${messageOf(error).split('\n')[0]}).`);
  }
  const arms = new Map(others.map(({ label, arm }) => [label, arm]));
  return checkOf(result, (label) => arms.get(label) ?? 'B', tolerance);
}

const withoutStop = (text: string): string => text.trim().replace(/\.$/, '');

/** A single number is for doubles; floats cannot hold more than 7 digits, so theirs is not made finer unless all is to be exact. */
export function toleranceOf(given: number | Partial<Tolerance> | undefined): Tolerance {
  if (typeof given !== 'number') return { ...DEFAULT_TOLERANCE, ...given };
  return { ...DEFAULT_TOLERANCE, double: given, float: given === 0 ? 0 : Math.max(given, DEFAULT_TOLERANCE.float) };
}

/** Settings without which the comparison would not find or read what the job wrote; how the job is tuned has no part in it. */
const REACHES_DATA =
  /^spark\.(hadoop\.|sql\.catalog\.|sql\.extensions$|sql\.warehouse\.dir$|sql\.defaultCatalog$|sql\.catalogImplementation$|jars(\.|$)|kerberos\.|yarn\.access\.|kubernetes\.|yarn\.queue$)/;

/** Of a job's properties those that decide where data lies and how it is read. Where A and B both set one, B's (given later) holds. */
export function settingsToReachData(...confs: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  return Object.fromEntries(confs.flatMap((conf) => Object.entries(conf).filter(([key]) => REACHES_DATA.test(key))));
}
