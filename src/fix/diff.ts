// A patch as a unified diff whose hunks say why: the reason stands behind the second @@, where patch programs allow a word.
// Law: `patch -p1` and `git apply` take the text as it is.

import { structuredPatch } from 'diff';
import type { Edit } from '../pyspark/index.ts';
import type { PatchedFile, Planned } from './plan.ts';

export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Each with its first character: ` `, `+`, `-` or `\`. */
  readonly lines: readonly string[];
  /** Titles of the changes that touch it. */
  readonly reasons: readonly string[];
}

export interface FileDiff {
  readonly path: string;
  readonly hunks: readonly Hunk[];
}

const CONTEXT = 3;

/** The changes of one file, with the titles of what was taken. */
export function diffOf({ path, before, after }: PatchedFile, planned: readonly Planned[]): FileDiff {
  const { hunks } = structuredPatch(path, path, before, after, undefined, undefined, { context: CONTEXT });
  const own = planned.filter((one) => one.state === 'taken' && one.proposal.edits.some((edit) => edit.file === path));
  return {
    path,
    hunks: hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
      oldStart,
      oldLines,
      newStart,
      newLines,
      lines,
      reasons: reasonsOf(own, lines, (edit) => touches(before, edit.start, edit.end, oldStart, oldLines)),
    })),
  };
}

/** A line of an import, or a name on a line of its own in one. */
const IMPORT = /^[+-]\s*((from|import) pyspark\b.*|\w+( as \w+)?,?)?\r?$/;

/** Titles of the changes that touch a hunk; imports that come and go belong to all of them. */
function reasonsOf(own: readonly Planned[], lines: readonly string[], isHere: (edit: Edit) => boolean): string[] {
  const here = own.filter(({ proposal }) => proposal.edits.some(isHere)).map(({ proposal }) => `${proposal.rule}: ${proposal.title}`);
  const isImports = here.length === 0 && own.length > 0 && lines.every((line) => !/^[+-]/.test(line) || IMPORT.test(line));
  return isImports ? ['imports that the changes need or leave unused'] : [...new Set(here)];
}

/** The changes of all files. */
export const diffsOf = (files: readonly PatchedFile[], planned: readonly Planned[]): FileDiff[] =>
  files.map((file) => diffOf(file, planned));

/** True when the bytes from `start` to `end` stand in the hunk's lines. Offsets are those of the file's text. */
function touches(text: string, start: number, end: number, oldStart: number, oldLines: number): boolean {
  const line = (offset: number) => text.slice(0, offset).split('\n').length;
  return line(start) < oldStart + oldLines && line(end) >= oldStart;
}

/** The whole patch. Paths are written `a/…` and `b/…` when they are relative. */
export function diffText(diffs: readonly FileDiff[]): string {
  const named = (side: 'a' | 'b', path: string) => (path.startsWith('/') ? path : `${side}/${path}`);
  return diffs
    .map(({ path, hunks }) =>
      [
        `--- ${named('a', path)}`,
        `+++ ${named('b', path)}`,
        ...hunks.flatMap((hunk) => [
          `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@${hunk.reasons.length === 0 ? '' : ` ${hunk.reasons.join('; ').replaceAll('\n', ' ')}`}`,
          ...hunk.lines,
        ]),
        '',
      ].join('\n'),
    )
    .join('');
}
