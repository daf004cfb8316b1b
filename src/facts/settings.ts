// Effective Spark settings of a run, with Spark's own defaults where a rule needs one.
// Law: a redacted or unparsable value is unknown, never a guess; per-query changes are asked for by query.

import { parseBytes } from '../base/index.ts';
import { type SqlExecution, setting } from '../eventlog/index.ts';
import { defineFact } from './define.ts';

export interface Settings {
  /** As set at application start; `undefined` when not set or redacted. */
  get(key: string, execution?: SqlExecution): string | undefined;
  flag(key: string, fallback: boolean, execution?: SqlExecution): boolean;
  number(key: string, execution?: SqlExecution): number | undefined;
  /** Bytes; `plainUnit` is the unit of a number without one (Spark differs by key). */
  bytes(key: string, plainUnit?: number, execution?: SqlExecution): number | undefined;
  readonly master: string | undefined;
  /** One JVM is driver and executor. */
  readonly local: boolean;
  /** Major and minor version as a number, 3.5 → 305; undefined when unknown. */
  readonly version: number | undefined;
  readonly aqe: (execution?: SqlExecution) => boolean;
  readonly taskCpus: number;
  readonly dynamicAllocation: boolean;
}

export const settings = defineFact('settings', (run): Settings => {
  const { environment } = run;
  const get = (key: string, execution?: SqlExecution) => execution?.modifiedConfigs.get(key) ?? setting(environment, key);
  const flag = (key: string, fallback: boolean, execution?: SqlExecution) => {
    const value = get(key, execution)?.trim().toLowerCase();
    return value === 'true' ? true : value === 'false' ? false : fallback;
  };
  const number = (key: string, execution?: SqlExecution) => {
    const value = get(key, execution);
    return value === undefined || value.trim() === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);
  };
  const version = /^(\d+)\.(\d+)/.exec(run.application.sparkVersion ?? '');
  const versionNumber = version === null ? undefined : Number(version[1]) * 100 + Number(version[2]);
  const master = get('spark.master');
  return {
    get,
    flag,
    number,
    bytes: (key, plainUnit, execution) => parseBytes(get(key, execution), plainUnit),
    master,
    local: master === undefined ? run.executors.length === 1 && run.executors[0]?.id === 'driver' : /^local(\[|$)/.test(master),
    version: versionNumber,
    // On by default from 3.2 (Spark SQL migration guide).
    aqe: (execution) => flag('spark.sql.adaptive.enabled', (versionNumber ?? 302) >= 302, execution),
    taskCpus: number('spark.task.cpus') ?? run.resourceProfiles.get(0)?.task.get('cpus') ?? 1,
    dynamicAllocation: flag('spark.dynamicAllocation.enabled', false),
  };
});
