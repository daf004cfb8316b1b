// Patches written to the user's files, and taken back: every file whole or not at all, with what it was kept until it is reverted.
// Laws: a file that has changed since it was read is not written; nothing is removed that was not made here; a second revert changes nothing.

import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { applyPatch, reversePatch, structuredPatch } from 'diff';
import { z } from 'zod';
import { FiresteelError, makeFolder, messageOf } from '../base/index.ts';
import { newRunId } from '../spark/index.ts';

/** One file of a patch; paths are absolute. */
export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const Entry = z.object({
  id: z.string(),
  madeMs: z.number(),
  /** What was done, a line each. */
  titles: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), kept: z.string() })),
  revertedMs: z.number().nullable(),
});
export type JournalEntry = z.output<typeof Entry>;

const FOLDER = 'fixes';
const RECORD = 'fix.json';

/** Fingerprint of a text, for messages and names. */
export const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

/** Writes all changes or none, and keeps what was there below `state`. Returns the entry by which they are reverted. */
export async function applyChanges(state: string, changes: readonly FileChange[], titles: readonly string[]): Promise<JournalEntry> {
  for (const { path, before } of changes)
    if ((await read(path)) !== before)
      throw new FiresteelError('unwritable', `${path} has changed since it was read.`, 'Run the command again.');
  const id = newRunId('f');
  const folder = join(state, FOLDER, id);
  await makeFolder(folder);
  const files = changes.map(({ path }, i) => ({ path, kept: `${i}-${basename(path)}` }));
  for (const [i, { before, after }] of changes.entries()) {
    await writeFile(join(folder, `${files[i]?.kept}.before`), before);
    await writeFile(join(folder, `${files[i]?.kept}.after`), after);
  }
  const entry: JournalEntry = { id, madeMs: Date.now(), titles: [...titles], files, revertedMs: null };
  // The record first: whatever happens behind it can be taken back.
  await record(folder, entry);
  await writeAll(changes.map(({ path, before, after }) => ({ path, from: before, to: after })));
  return entry;
}

const record = (folder: string, entry: JournalEntry) => writeFile(join(folder, RECORD), `${JSON.stringify(entry, null, 2)}\n`);

/** Puts texts in place of others: all beside their files first, then renamed; a rename that fails takes the others back. */
async function writeAll(changes: readonly { readonly path: string; readonly from: string; readonly to: string }[]): Promise<void> {
  const beside = (path: string) => join(dirname(path), `.${basename(path)}.firesteel`);
  const done: (typeof changes)[number][] = [];
  try {
    for (const { path, to } of changes) {
      await writeFile(beside(path), to);
      await chmod(beside(path), (await stat(path)).mode);
    }
    for (const change of changes) {
      await rename(beside(change.path), change.path);
      done.push(change);
    }
  } catch (error) {
    for (const { path, from } of done) await writeFile(path, from).catch(() => undefined);
    throw new FiresteelError(
      'unwritable',
      `The files could not be written: ${messageOf(error)}`,
      'Nothing was changed. See who may write there.',
      {
        cause: error,
      },
    );
  } finally {
    for (const { path } of changes) await rm(beside(path), { force: true }).catch(() => undefined);
  }
}

/** All entries, the newest first. */
export async function journal(state: string): Promise<JournalEntry[]> {
  const folder = join(state, FOLDER);
  const names = await readdir(folder).catch(() => []);
  const entries: JournalEntry[] = [];
  for (const name of names) {
    const text = await read(join(folder, name, RECORD));
    const parsed = text === undefined ? undefined : Entry.safeParse(JSON.parse(text));
    if (parsed?.success) entries.push(parsed.data);
  }
  return entries.sort((a, b) => b.madeMs - a.madeMs || (a.id < b.id ? 1 : -1));
}

/** Takes an entry back, the newest when none is named. Later changes of a file stay where they do not touch the same lines. */
export async function revertChanges(state: string, id: string | undefined): Promise<JournalEntry> {
  const entries = await journal(state);
  const entry = id === undefined ? entries.find((one) => one.revertedMs === null) : entries.find((one) => one.id === id);
  if (entry === undefined)
    throw new FiresteelError(
      'not-found',
      id === undefined ? 'There is no fix to revert here.' : `There is no fix ${id} here.`,
      entries.length === 0
        ? 'Fixes are kept in .firesteel/fixes of the project folder: run it there.'
        : id === undefined
          ? 'All that was written here was reverted: firesteel revert --list.'
          : `Known: ${entries
              .slice(0, 5)
              .map((one) => one.id)
              .join(', ')}${entries.length > 5 ? ', …: firesteel revert --list' : ''}.`,
    );
  if (entry.revertedMs !== null) return entry;
  const folder = join(state, FOLDER, entry.id);
  const changes: { path: string; from: string; to: string }[] = [];
  for (const { path, kept } of entry.files) {
    const [before, after, now] = [await read(join(folder, `${kept}.before`)), await read(join(folder, `${kept}.after`)), await read(path)];
    if (before === undefined || after === undefined)
      throw new FiresteelError('not-found', `What ${path} was is no longer kept in ${folder}.`, 'Take it from your version control.');
    if (now === undefined)
      throw new FiresteelError('not-found', `${path} is no longer there.`, `What it was lies in ${join(folder, `${kept}.before`)}.`);
    if (now === before) continue;
    const to = now === after ? before : undo(before, after, now);
    if (to === undefined)
      throw new FiresteelError(
        'unwritable',
        `${path} has changed since, in the same lines.`,
        `Nothing was changed. What it was lies in ${join(folder, `${kept}.before`)}.`,
      );
    changes.push({ path, from: now, to });
  }
  await writeAll(changes);
  const reverted = { ...entry, revertedMs: Date.now() };
  await record(folder, reverted);
  return reverted;
}

/** `now` without the step from `before` to `after`; undefined when its lines are no longer there. */
function undo(before: string, after: string, now: string): string | undefined {
  const back = reversePatch(structuredPatch('a', 'a', before, after));
  const undone = applyPatch(now, back, { fuzzFactor: 0 });
  return undone === false ? undefined : undone;
}
