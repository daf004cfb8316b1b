// What the settings of a run say to the rules of configuration: environment, and what single queries changed.
// Law: what Spark itself set is not judged; a log says what holds, not who wrote it.

import { type ConfFinding, lint, type Setting, type Source } from '../conf/index.ts';
import { type SparkRun, setting } from '../eventlog/index.ts';
import { defineFact } from './define.ts';

export type { ConfFinding };

/** Spark's DStreams name their jobs so (`JobScheduler`). */
const DSTREAM_JOB = /^Streaming job from /;

/** A run as a source of settings; `file` names it to the reader. */
export function settingsOf(run: SparkRun, file: string): Source {
  const settings = new Map<string, Setting>();
  const put = (key: string, value: string | undefined, origin: 'log' | 'query') =>
    settings.set(`${key}\0${value ?? ''}`, { key, value, origin, file, line: undefined, column: undefined });
  for (const key of run.environment.spark.keys()) put(key, setting(run.environment, key), 'log');
  for (const execution of run.sql)
    for (const [key, value] of execution.modifiedConfigs) if (!settings.has(`${key}\0${value}`)) put(key, value, 'query');
  return {
    file,
    kind: 'log',
    settings: [...settings.values()],
    uses: {
      structuredStreaming: run.streams.length > 0 ? true : undefined,
      dstreams: run.jobs.some((job) => DSTREAM_JOB.test(job.description ?? '')) ? true : undefined,
    },
    sparkVersion: run.application.sparkVersion,
  };
}

export interface Configuration {
  /** False: the log holds no environment. */
  readonly seen: boolean;
  readonly findings: readonly ConfFinding[];
}

export const configuration = defineFact(
  'configuration',
  (run): Configuration => ({ seen: run.environment.seen, findings: run.environment.seen ? lint([settingsOf(run, '')]) : [] }),
);
