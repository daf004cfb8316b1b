// What lies in a watched folder, as units that are audited in one go: a file, or a folder whose files are parts of one log.
// Laws: nothing is read, only listed; links that lead out of the folder are not followed; depth and number are bounded.

import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

export interface Unit {
  /** Real and absolute. */
  readonly path: string;
  /** From the watched folder: what people see. */
  readonly name: string;
  /** Changes whenever a file of it does. */
  readonly fingerprint: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Databricks nests deepest: five folders below the destination. */
const MAX_DEPTH = 8;
const MAX_FILES = 100_000;

/** Names of parts of one log: rolling logs, their state file, Databricks' deliveries. */
const PART = /^(events_\d+_|appstatus_|eventlog($|-|\.))/;
const ROLLING = /^eventlog_v2_/;
const JUNK = /^[._]|\.(crc|tmp)$|\._COPYING_$/i;

export interface Listing {
  readonly units: readonly Unit[];
  /** Files beyond the bound, which are not seen. */
  readonly tooMany: boolean;
}

/** The units at or below a real path. Throws what the file system throws for the path itself. */
export async function listUnits(root: string): Promise<Listing> {
  const units: Unit[] = [];
  const state = { files: 0 };
  const there = await stat(root);
  if (there.isFile()) return { units: [unitOf(root, root, [[root, there.size, there.mtimeMs]])], tooMany: false };
  await walk(root, root, 0, units, state, await readdir(root, { withFileTypes: true }));
  return { units, tooMany: state.files > MAX_FILES };
}

async function walk(
  root: string,
  folder: string,
  depth: number,
  units: Unit[],
  state: { files: number },
  entries: readonly Dirent[],
): Promise<void> {
  const files: [string, number, number][] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    if (JUNK.test(entry.name)) continue;
    if (state.files > MAX_FILES) break;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) folders.push(path);
    else if (entry.isFile() || (entry.isSymbolicLink() && (await leadsInside(path, root)))) {
      const there = await stat(path).catch(() => undefined);
      if (there?.isFile()) files.push([path, there.size, there.mtimeMs]);
      state.files++;
    }
  }
  const own = folder === root ? '' : (folder.split(sep).at(-1) ?? '');
  if (ROLLING.test(own) || files.some(([path]) => PART.test(path.split(sep).at(-1) ?? ''))) {
    if (files.length > 0) units.push(unitOf(root, folder, files));
  } else for (const file of files) units.push(unitOf(root, file[0], [file]));
  if (depth >= MAX_DEPTH) return;
  for (const path of folders) {
    const inside = await readdir(path, { withFileTypes: true }).catch(() => []);
    await walk(root, path, depth + 1, units, state, inside);
  }
}

async function leadsInside(path: string, root: string): Promise<boolean> {
  const real = await realpath(path).catch(() => undefined);
  return real?.startsWith(root + sep) === true;
}

function unitOf(root: string, path: string, files: readonly (readonly [string, number, number])[]): Unit {
  const hash = createHash('sha256');
  let bytes = 0;
  let modifiedMs = 0;
  for (const [file, size, mtimeMs] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
    bytes += size;
    modifiedMs = Math.max(modifiedMs, mtimeMs);
  }
  return {
    path,
    name: relative(root, path) || (path.split(sep).at(-1) ?? path),
    fingerprint: hash.digest('hex').slice(0, 32),
    bytes,
    modifiedMs,
  };
}
