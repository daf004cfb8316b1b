// The names Spark and Databricks give to event logs and their parts (Spark's EventLogFileWriters, Databricks' log delivery).
// Law: pure functions of one name; a name decides the place of a file in a log, never how its bytes are packed.

/** A part of a rolling log: `events_<index>_<app>[.codec][.compact]`. */
export interface RollingName {
  readonly index: number;
  /** Application id and attempt as in the name: what tells the parts of two logs in one folder apart. */
  readonly app: string;
  readonly compact: boolean;
}

// Application ids are cleaned of dots by Spark, so everything behind the first dot is codec and state.
const ROLLING = /^events_(\d{1,15})_([^.]+)((?:\.[A-Za-z0-9]+)*)$/;

/** Undefined for any other name, and for what a crashed compaction or a copy left (`.compact.inprogress`, `.tmp`). */
export function parseRollingName(name: string): RollingName | undefined {
  const match = ROLLING.exec(name);
  if (!match) return undefined;
  const suffixes = match[3]!.toLowerCase().split('.').slice(1);
  if (suffixes.some((suffix) => suffix === 'inprogress' || suffix === 'tmp')) return undefined;
  return { index: Number(match[1]), app: match[2]!, compact: suffixes.at(-1) === 'compact' };
}

/** True for a compaction that did not finish; the parts it read are still there. */
export const isOpenCompaction = (name: string): boolean => /^events_\d+_.*\.compact\.inprogress$/i.test(name);

/** The state file of a rolling log, `appstatus_<app>[.inprogress]`, always empty. */
export function parseStatusName(name: string): { readonly app: string; readonly inProgress: boolean } | undefined {
  const match = /^appstatus_(.+?)(\.inprogress)?$/i.exec(name);
  return match ? { app: match[1]!, inProgress: match[2] !== undefined } : undefined;
}

/**
 * The reading order of a Databricks file: `eventlog-YYYY-MM-DD--HH-MM[-SS][.gz]` by its time, `eventlog[.gz]` (still written) last.
 * Undefined for any other name. The order is that of the text, which is that of the time.
 */
export function databricksOrder(name: string): string | undefined {
  const match = /^eventlog(?:-(\d{4}-\d{2}-\d{2}--\d{2}-\d{2}(?:-\d{2})?))?(?:\.(?:gz|zst|zstd|lz4|snappy))?$/.exec(name);
  return match ? (match[1] ?? '~') : undefined;
}

/** Why a file beside a log is none, by its name alone; undefined when only its content can tell. */
export function junkReason(path: string): string | undefined {
  const segments = path.split('/');
  const name = segments.at(-1)!;
  if (segments.includes('__MACOSX')) return 'archive junk of macOS';
  if (name.endsWith('.crc')) return 'checksum sidecar';
  if (segments.some((segment) => segment.startsWith('.'))) return 'hidden file';
  if (name.startsWith('_') || name === 'Thumbs.db' || name === 'desktop.ini') return 'marker file';
  if (isOpenCompaction(name)) return 'a compaction that did not finish';
  if (/\.(tmp|_COPYING_)$/i.test(name) || name.endsWith('._COPYING_')) return 'temporary file';
  return undefined;
}
