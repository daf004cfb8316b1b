// Finds every event log below a folder, or in a zip.
// Laws: what is no log is named with a reason, never an error; the order is that of the names; nothing but heads of files is read.
import { basename, dirname, join, resolve } from 'node:path';
import { FiresteelError } from '../../base/index.ts';
import { detectCodec, HEAD_BYTES } from '../codecs/index.ts';
import { openFile, readHead } from '../sources/index.ts';
import { type Layout, noLogReason } from './open.ts';
import { type Ignored, type PlannedLog, planLogs, single } from './plan.ts';
import { folderShelf, kindOf, type Shelf, type StoredFile, zipShelf } from './shelf.ts';

/** A log that was found. */
export interface LogLocation {
  /** What to give to openLog. */
  readonly path: string;
  /** Which log of several at the same path, in a zip or in one folder: the option `inner` of openLog. */
  readonly inner?: string;
  /** Label, relative to what was searched. */
  readonly name: string;
  readonly layout: Layout;
  readonly container?: 'zip';
  /** Stored bytes. */
  readonly bytes: number;
  /** Number of stored parts. */
  readonly parts: number;
}

export interface DiscoverOptions {
  /** Gets every file that is no log, with the reason. */
  readonly skipped?: Ignored[];
}

/**
 * All logs at or below `path`: a folder, a zip or one file, sorted by name; none is an empty list.
 * Throws `not-found`, `no-permission`, `environment`, `too-large`.
 */
export async function discoverLogs(path: string, options: DiscoverOptions = {}): Promise<LogLocation[]> {
  const absolute = resolve(path);
  const skipped = options.skipped ?? [];
  const kind = await kindOf(path);
  const found: LogLocation[] = [];
  if (kind === 'folder') await searchFolder(await folderShelf(absolute), found, skipped);
  else if (kind === 'file') {
    const source = openFile(absolute);
    const file = { path: source.name, size: source.size ?? 0, source };
    await searchFolder({ label: '', path: dirname(absolute), files: [file], ignored: [] }, found, skipped, true);
  } else skipped.push({ name: basename(absolute), reason: 'not a regular file' });
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

async function searchFolder(shelf: Shelf, found: LogLocation[], skipped: Ignored[], named = false): Promise<void> {
  // A file named by the user is a log of its own, even when its name says that it is a part.
  const plan = named ? { ...planLogs([]), candidates: shelf.files.map((file) => single(file, '')) } : planLogs(shelf.files);
  skipped.push(...shelf.ignored, ...plan.ignored);
  for (const folder of plan.notYet) skipped.push({ name: folder, reason: 'a state file, but no data yet' });
  for (const log of plan.logs) {
    skipped.push(...log.ignored);
    const several = plan.logs.filter((other) => other.folder === log.folder).length > 1;
    const path = join(shelf.path, log.folder);
    const own = log.folder === '' ? basename(shelf.path) : log.folder.slice(0, -1);
    found.push(locationOf(log, path, several ? log.key.slice(log.folder.length) : undefined, several ? log.key : own));
  }
  for (const log of plan.candidates) {
    const file = log.parts[0]!.file;
    if (await isZip(file)) await searchZip(file, found, skipped);
    else {
      const reason = await noLogReason(file);
      if (reason === undefined) found.push(locationOf(log, join(shelf.path, log.key), undefined, log.key));
      else skipped.push({ name: log.key, reason });
    }
  }
}

async function searchZip(zip: StoredFile, found: LogLocation[], skipped: Ignored[]): Promise<void> {
  const leave = (inside: Ignored) => skipped.push({ name: `${zip.path}!${inside.name}`, reason: inside.reason });
  let shelf: Shelf;
  try {
    shelf = await zipShelf(zip.source);
  } catch (error) {
    if (!(error instanceof FiresteelError)) throw error;
    skipped.push({ name: zip.path, reason: error.message });
    return;
  }
  const plan = planLogs(shelf.files);
  for (const inside of [...shelf.ignored, ...plan.ignored, ...plan.logs.flatMap((log) => log.ignored)]) leave(inside);
  for (const folder of plan.notYet) leave({ name: folder, reason: 'a state file, but no data yet' });
  const logs = [...plan.logs];
  for (const log of plan.candidates) {
    const reason = await noLogReason(log.parts[0]!.file);
    if (reason === undefined) logs.push(log);
    else leave({ name: log.key, reason });
  }
  for (const log of logs) {
    found.push({ ...locationOf(log, shelf.path, log.key, logs.length === 1 ? zip.path : `${zip.path}!${log.key}`), container: 'zip' });
  }
}

const isZip = async (file: StoredFile): Promise<boolean> => {
  try {
    return detectCodec(await readHead(file.source, HEAD_BYTES)) === 'zip';
  } catch (error) {
    if (error instanceof FiresteelError) return false; // noLogReason meets the same error and names it.
    throw error;
  }
};

const locationOf = (log: PlannedLog<StoredFile>, path: string, inner: string | undefined, name: string): LogLocation => ({
  path,
  inner,
  name,
  layout: log.layout,
  bytes: log.parts.reduce((sum, part) => sum + part.file.size, 0),
  parts: log.parts.length,
});
