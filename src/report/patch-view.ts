// A patch as every face shows it: settings as words, hunks with their reasons on a terminal, the bare diff in Markdown.
// Law: text of the user's files is cleaned of what would move a terminal's cursor; nothing else of it changes.

import type { ConfChange, FileDiff } from '../fix/index.ts';
import type { Canvas } from './canvas.ts';
import { clean, cleanCode } from './text.ts';

/** `key=value`, or what takes the key away. */
export const settingText = ({ key, to }: Pick<ConfChange, 'key' | 'to'>): string => (to === undefined ? `unset ${key}` : `${key}=${to}`);

/** The same as an option of the submit command. */
export const settingOption = (change: Pick<ConfChange, 'key' | 'to'>): string =>
  `${change.to === undefined ? '' : '--conf '}${settingText(change)}`;

/** The hunks of all files, each file under a heading. */
export function putDiffs(page: Canvas, diffs: readonly FileDiff[]): void {
  const { c } = page;
  for (const { path, hunks } of diffs) {
    page.heading(clean(path, 300));
    for (const { oldStart, oldLines, newStart, newLines, reasons, lines } of hunks) {
      page.code(`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@ ${clean(reasons.join('; '), 300)}`, c.cyan);
      for (const line of lines) page.code(cleanCode(line), line.startsWith('+') ? c.green : line.startsWith('-') ? c.red : undefined);
    }
  }
}

/** The patch as a fenced block of Markdown, after an empty line; nothing for an empty patch. */
export const patchMarkdown = (patch: string): string[] =>
  patch === ''
    ? []
    : [
        '',
        '````diff',
        ...patch
          .trimEnd()
          .split('\n')
          .map((line) => cleanCode(line)),
        '````',
      ];
