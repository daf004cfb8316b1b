// From a list of names to logs: which files make up one log, in which order, what is missing, what is left out and why.
// Laws: pure and independent of the order of the list; a file belongs to one log at most; nothing is opened here.
import { databricksOrder, junkReason, parseRollingName, parseStatusName, type RollingName } from './names.ts';

/** What a folder or a zip lists; `path` is relative, `/` separated. */
export interface ListedFile {
  readonly path: string;
  readonly size: number;
}

/** A file that is no part of the log, and why. */
export interface Ignored {
  readonly name: string;
  readonly reason: string;
}

export interface PlannedPart<F extends ListedFile> {
  readonly file: F;
  /** The index in a rolling log's name. */
  readonly index?: number;
}

export interface PlannedLog<F extends ListedFile> {
  /** Unique in the listing and stable: `dir/events_*_app`, `dir/eventlog`, `dir/file`. */
  readonly key: string;
  readonly folder: string;
  readonly layout: 'single' | 'rolling' | 'databricks';
  readonly parts: readonly PlannedPart<F>[];
  readonly compacted: boolean;
  /** Missing part indices, at most MAX_GAPS of them. */
  readonly gaps: readonly number[];
  readonly appStatus: 'complete' | 'inprogress' | 'missing' | undefined;
  readonly ignored: readonly Ignored[];
}

export interface Plan<F extends ListedFile> {
  /** Logs certain by their names. */
  readonly logs: readonly PlannedLog<F>[];
  /** Files that are logs on their own if their content says so. */
  readonly candidates: readonly PlannedLog<F>[];
  readonly ignored: readonly Ignored[];
  /** Folders with a state file and no part: started, nothing written yet. */
  readonly notYet: readonly string[];
}

/** A list of gaps is for people; a hostile index must not make it long. */
const MAX_GAPS = 100;

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Sorts the files of a folder tree or of a zip into logs. */
export function planLogs<F extends ListedFile>(files: readonly F[]): Plan<F> {
  const logs: PlannedLog<F>[] = [];
  const candidates: PlannedLog<F>[] = [];
  const ignored: Ignored[] = [];
  const notYet: string[] = [];
  const folders = new Map<string, F[]>();
  for (const file of [...files].sort((a, b) => compare(a.path, b.path))) {
    const reason = junkReason(file.path);
    if (reason !== undefined) ignored.push({ name: file.path, reason });
    else folders.set(folderOf(file.path), [...(folders.get(folderOf(file.path)) ?? []), file]);
  }
  for (const [folder, inside] of folders) {
    const rolling = new Map<string, { file: F; name: RollingName }[]>();
    const states = new Map<string, boolean>();
    const databricks: F[] = [];
    for (const file of inside) {
      const name = nameOf(file.path);
      const part = parseRollingName(name);
      const state = part ? undefined : parseStatusName(name);
      if (part) rolling.set(part.app, [...(rolling.get(part.app) ?? []), { file, name: part }]);
      // Renaming is copy and delete on object storage: with both files there, the finished one is the truth.
      else if (state) states.set(state.app, (states.get(state.app) ?? true) && state.inProgress);
      else if (databricksOrder(name) !== undefined) databricks.push(file);
      else candidates.push(single(file, folder));
    }
    for (const [app, parts] of rolling) {
      const status = states.get(app) ?? (rolling.size === 1 && states.size === 1 ? [...states.values()][0] : undefined);
      logs.push(rollingLog(folder, app, parts, status));
    }
    if (databricks.length > 0) logs.push(databricksLog(folder, databricks));
    if (states.size > 0 && rolling.size === 0) notYet.push(folder);
  }
  return { logs, candidates, ignored, notYet };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A log of one file. */
export function single<F extends ListedFile>(file: F, folder: string): PlannedLog<F> {
  const part = parseRollingName(nameOf(file.path));
  return {
    key: file.path,
    folder,
    layout: 'single',
    parts: [{ file, index: part?.index }],
    compacted: part?.compact ?? false,
    gaps: [],
    appStatus: undefined,
    ignored: [],
  };
}

function rollingLog<F extends ListedFile>(
  folder: string,
  app: string,
  files: readonly { file: F; name: RollingName }[],
  inProgress: boolean | undefined,
): PlannedLog<F> {
  const ignored: Ignored[] = [];
  const compacts = files.filter((part) => part.name.compact);
  const compactedTo = compacts.length > 0 ? Math.max(...compacts.map((part) => part.name.index)) : undefined;
  const byIndex = new Map<number, F>();
  // Compacted first, then by name: of two files for one index the first is kept, whatever the order of the listing.
  const ordered = [...files].sort((a, b) => Number(b.name.compact) - Number(a.name.compact) || compare(a.file.path, b.file.path));
  for (const { file, name } of ordered) {
    const leave = (reason: string) => ignored.push({ name: file.path, reason });
    if (compactedTo !== undefined && (name.index < compactedTo || (name.index === compactedTo && !name.compact))) {
      leave(`replaced by the compacted part ${compactedTo}`);
    } else if (byIndex.has(name.index)) leave(`a second file for part ${name.index}`);
    else byIndex.set(name.index, file);
  }
  const parts = [...byIndex].sort((a, b) => a[0] - b[0]).map(([index, file]) => ({ file, index }));
  return {
    key: `${folder}events_*_${app}`,
    folder,
    layout: 'rolling',
    parts,
    compacted: compactedTo !== undefined,
    gaps: gapsOf(
      parts.map((part) => part.index),
      compactedTo,
    ),
    appStatus: inProgress === undefined ? 'missing' : inProgress ? 'inprogress' : 'complete',
    ignored,
  };
}

/** Missing indices. Spark counts from 1, the uploader of EMR from 0; a compacted part stands for everything before it. */
export function gapsOf(indices: readonly number[], compactedTo: number | undefined): number[] {
  const gaps: number[] = [];
  let expected = compactedTo ?? Math.min(1, indices[0] ?? 1);
  for (const index of indices) {
    for (; expected < index && gaps.length < MAX_GAPS; expected++) gaps.push(expected);
    expected = index + 1;
  }
  return gaps;
}

function databricksLog<F extends ListedFile>(folder: string, files: readonly F[]): PlannedLog<F> {
  const ordered = files
    .map((file) => ({ file, order: databricksOrder(nameOf(file.path)) ?? '' }))
    .sort((a, b) => compare(a.order, b.order) || compare(a.file.path, b.file.path));
  const ignored: Ignored[] = [];
  const parts: PlannedPart<F>[] = [];
  for (const [i, { file, order }] of ordered.entries()) {
    if (i > 0 && ordered[i - 1]!.order === order) ignored.push({ name: file.path, reason: 'a second file for the same time' });
    else parts.push({ file });
  }
  return { key: `${folder}eventlog`, folder, layout: 'databricks', parts, compacted: false, gaps: [], appStatus: undefined, ignored };
}
