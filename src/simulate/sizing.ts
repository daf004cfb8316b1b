// What sizing gives: settings with their reasons, the points they were chosen from, lines to paste.
// Law: each setting says on what it stands; several runs count by their 95th percentile.

import { quantileLinear, sorted } from '../base/index.ts';
import type { Built } from './build.ts';
import type { Calibration } from './calibration.ts';
import type { CurvePoint } from './forecast.ts';
import type { Needs } from './needs.ts';

export interface SizedRun {
  readonly built: Built;
  readonly needs: Needs;
}

export interface SizeGoal {
  readonly goal: 'time' | 'cost';
  readonly deadlineMs: number | undefined;
  readonly calibration?: Calibration | undefined;
  /** Money for an hour of a core and of a GiB; without it, cost is core time. */
  readonly rate?: { readonly perCoreHour: number; readonly perGiBHour: number; readonly currency: string } | undefined;
}

/** One setting, why, and on what that stands. */
export interface Advice {
  readonly key: string;
  readonly value: string;
  /** What the newest run had; undefined when it was the same or is not known. */
  readonly was: string | undefined;
  readonly reason: string;
  readonly basis: 'measured' | 'replay' | 'rule of thumb';
}

export interface SizePoint extends CurvePoint {
  readonly executors: number;
  /** Core time held, core-ms, or money with a rate. */
  readonly cost: number;
}

export interface Sizing {
  readonly schema: 'firesteel/size@1';
  readonly basis: 'runs' | 'rule of thumb';
  readonly name: string;
  readonly runs: number;
  readonly goal: 'time' | 'cost';
  readonly deadlineMs: number | null;
  /** Whether the high end of the chosen point meets the deadline; null without one. */
  readonly meetsDeadline: boolean | null;
  readonly chosen: SizePoint | null;
  readonly elbow: number | null;
  readonly points: readonly SizePoint[];
  readonly currency: string | null;
  readonly advice: readonly Advice[];
  readonly assumptions: readonly string[];
  readonly sparkSubmit: string;
  readonly sparkDefaults: string;
}

/** The 95th percentile of several runs; of one, that one. */
export const p95 = (values: readonly number[]): number => quantileLinear(sorted(values), 0.95) ?? Number.NaN;

/** The advice as lines to paste. */
export function linesOf(advice: readonly Advice[]): Pick<Sizing, 'sparkSubmit' | 'sparkDefaults'> {
  const flags: Readonly<Record<string, string>> = {
    'spark.master': '--master',
    'spark.executor.instances': '--num-executors',
    'spark.executor.cores': '--executor-cores',
    'spark.executor.memory': '--executor-memory',
    'spark.driver.memory': '--driver-memory',
  };
  const dynamic = advice.some(({ key, value }) => key === 'spark.dynamicAllocation.enabled' && value === 'true');
  const shown = advice.filter(({ key }) => !(dynamic && key === 'spark.executor.instances'));
  const pad = Math.max(0, ...shown.map(({ key }) => key.length));
  return {
    sparkSubmit: `spark-submit ${shown.map(({ key, value }) => (flags[key] === undefined ? `--conf ${key}=${value}` : `${flags[key]} ${value}`)).join(' ')}`,
    sparkDefaults: shown.map(({ key, value }) => `${key.padEnd(pad)} ${value}`).join('\n'),
  };
}
