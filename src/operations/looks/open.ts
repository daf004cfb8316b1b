// Reads the run behind a report again, for questions that need more than the report.
// Law: the log that is read is the one that was audited, or it is said that it changed.

import { FiresteelError } from '../../base/index.ts';
import { FactStore } from '../../facts/index.ts';
import { readCode } from '../code.ts';
import type { Context } from '../define.ts';
import { findLogs, readLog } from '../evidence.ts';
import type { OpenRun } from './define.ts';

/** Where a report comes from. */
export interface Origin {
  /** Paths as the caller named them. */
  readonly logs: readonly string[];
  /** The log among them, as a fleet labels it; undefined when they are one log. */
  readonly label: string | undefined;
  readonly code: readonly string[];
  /** Id of the application that was audited. */
  readonly application: string | undefined;
}

/** Reads log and code of a report. FiresteelError when they are gone or are another application's now. */
export async function openRun(origin: Origin, context: Context): Promise<OpenRun> {
  const { logs } = await findLogs(origin.logs, context);
  const log = origin.label === undefined ? logs[0] : logs.find(({ label }) => label === origin.label);
  if (log === undefined) throw gone(origin, 'is not there any more');
  const run = await readLog(log, `reading ${log.label}`, context);
  if (run.application.id !== origin.application) throw gone(origin, 'holds another application now');
  const store = new FactStore(run);
  if (origin.code.length === 0) return { store, files: [], code: undefined };
  const { program, files } = await readCode(origin.code, context);
  const { joinCode } = await import('../../join/index.ts');
  return { store, files, code: joinCode(store, program) };
}

const gone = ({ logs, label }: Origin, what: string) =>
  new FiresteelError('not-found', `The log of this report, ${label ?? logs.join(', ')}, ${what}.`, 'Audit it again.');
