// Where the event log of a run lies: by application id, in the folder that the application itself named.
// Laws: only files are looked at, nothing is opened; what is missing or not closed is said.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunStart } from './outcome.ts';
import { PLACES } from './properties.ts';

export interface FoundLog {
  readonly path: string | undefined;
  readonly warnings: readonly string[];
}

/** How the application logged, as its SparkContext told the launcher. */
export interface Logging {
  readonly enabled: boolean;
  readonly dir: string | null;
  readonly copied: string | null;
}

/** File system of a log folder: undefined for one that only Spark's libraries reach. */
function localFolder(dir: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(dir)?.[1]?.toLowerCase();
  if (scheme === undefined) return dir;
  if (scheme !== 'file' && scheme !== 'local') return undefined;
  try {
    return fileURLToPath(dir.replace(/^[a-z]+:\/*/i, 'file:///'));
  } catch {
    return undefined;
  }
}

/** Spark's EventLogFileWriter.nameForAppAndAttempt. */
const nameOf = (applicationId: string): string =>
  applicationId
    .replace(/[ :/]/g, '-')
    .replace(/[.${}'"]/g, '_')
    .toLowerCase();

/** Finds the log of an application; without an id (it never came so far, or its record is lost) the only one in the run's own folder. */
export async function findLog(start: RunStart, applicationId: string | undefined, logging: Logging | undefined): Promise<FoundLog> {
  const own = join(start.folder, PLACES.eventLog);
  if (logging?.copied != null) return check(logging.copied);
  if (logging !== undefined && !logging.enabled)
    return none('The script switched the event log off (spark.eventLog.enabled): there is nothing to audit.');
  const folder = logging?.dir == null ? own : localFolder(logging.dir);
  if (folder === undefined) return none(`The event log is in ${logging?.dir}, where Firesteel cannot read it: copy it here to audit it.`);
  const entries = await readdir(folder).catch(() => [] as string[]);
  if (applicationId === undefined) {
    const [only, ...others] = folder === own ? entries.filter((name) => !name.startsWith('.')) : [];
    return only !== undefined && others.length === 0 ? check(join(own, only)) : none();
  }
  const name = nameOf(applicationId);
  const rolling = entries.filter((entry) => entry === `eventlog_v2_${name}` || entry.startsWith(`eventlog_v2_${name}_`));
  const single = entries.filter((entry) => entry === name || entry.startsWith(`${name}.`) || entry.startsWith(`${name}_`));
  // Of several attempts the last.
  const found = [...rolling, ...single].sort().at(-1);
  if (found !== undefined) return check(join(folder, found));
  if (start.job.deployMode === 'cluster')
    return none('The driver ran in the cluster: its event log is where spark.eventLog.dir says; copy it here to audit it.');
  return none(`No event log of ${applicationId} is in ${folder}.`);
}

const none = (...warnings: string[]): FoundLog => ({ path: undefined, warnings });

/** An end that was not written shows by its name. */
async function check(path: string): Promise<FoundLog> {
  let open = path.endsWith('.inprogress');
  try {
    if ((await stat(path)).isDirectory())
      open = (await readdir(path)).some((name) => name.startsWith('appstatus_') && name.endsWith('.inprogress'));
  } catch {
    return none(`The event log ${path} could not be read.`);
  }
  return { path, warnings: open ? ['The event log was not closed: its end is missing.'] : [] };
}
