// Changes to files as data, and how they are put into a text.
// Laws: no byte outside the ranges changes; ranges that overlap or lie outside the text are refused; no edits give the same text; a Jupyter
// notebook is changed inside the strings of its cells, the JSON around them stays as it is.

import { FiresteelError } from '../base/index.ts';
import type { Piece, Source } from './source.ts';

/** Puts `text` in place of what stands from `start` to `end` (UTF-16 offsets of the file's text, `end` behind the last). */
export interface Edit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies the edits to a text. FiresteelError `wrong-usage` when two overlap or one lies outside; edits at the same empty place keep their order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const ordered = edits.map((edit, i) => ({ edit, i })).sort((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || a.i - b.i);
  let out = '';
  let at = 0;
  let isFirst = true;
  for (const { edit } of ordered) {
    if (!Number.isInteger(edit.start) || !Number.isInteger(edit.end) || edit.start < 0 || edit.end < edit.start || edit.end > text.length)
      throw new FiresteelError(
        'wrong-usage',
        `An edit of ${edit.file} from ${edit.start} to ${edit.end} lies outside the text (${text.length}).`,
        'Parse the file again: it has changed since.',
      );
    if (edit.start < at && !isFirst)
      throw new FiresteelError(
        'wrong-usage',
        `Two edits of ${edit.file} overlap at ${edit.start}.`,
        'Apply one, parse again, then make the other.',
      );
    out += text.slice(at, edit.start) + edit.text;
    at = edit.end;
    isFirst = false;
  }
  return out + text.slice(at);
}

/** True when two edits touch the same characters, or put text into the middle of one another. */
export function overlap(a: Edit, b: Edit): boolean {
  return a.file === b.file && a.start < b.end && b.start < a.end;
}

/** Applies edits that were made on `source.text` and gives the whole file, as it is to be written. */
export function editFile(source: Source, edits: readonly Edit[]): string {
  if (source.kind !== 'notebook') return applyEdits(source.raw, edits);
  return applyEdits(
    source.raw,
    edits.map((edit) => inNotebook(source, edit)),
  );
}

/** The same edit on the notebook's JSON. */
function inNotebook(source: Source, edit: Edit): Edit {
  const refused = (why: string) =>
    new FiresteelError(
      'wrong-usage',
      `An edit of ${edit.file} from ${edit.start} to ${edit.end} ${why}.`,
      'Edit within one line of one cell.',
    );
  const piece =
    source.pieces.find((one) => edit.start >= one.start && edit.start < one.end) ?? source.pieces.find((one) => edit.start === one.end);
  if (piece === undefined) throw refused('begins in no cell');
  const spelled = JSON.stringify(edit.text).slice(1, -1);
  if (edit.end <= piece.end) return { file: edit.file, start: rawAt(piece, edit.start), end: rawAt(piece, edit.end), text: spelled };
  // Over several lines of one cell: the strings between are joined into the first.
  const last = source.pieces.find((one) => edit.end > one.start && edit.end <= one.end);
  const cell = source.cells.find((one) => edit.start >= one.start && edit.start <= one.end);
  if (last === undefined || cell === undefined || edit.end > cell.end) throw refused('reaches over the end of its cell');
  return { file: edit.file, start: rawAt(piece, edit.start), end: rawAt(last, edit.end), text: spelled };
}

function rawAt(piece: Piece, offset: number): number {
  return piece.rawStart + (piece.offsets[offset - piece.start] as number);
}
