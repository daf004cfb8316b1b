// Operation `revert`: takes a patch back that `fix` or `improve` wrote.
// Law: what somebody else changed since stays, or nothing is changed at all.

import { relative } from 'node:path';
import { z } from 'zod';
import { findProject } from '../project/index.ts';
import { stateFolder } from './execute.ts';
import { type JournalEntry, journal, revertChanges } from './journal.ts';
import { defineOperation } from './operation.ts';

export type RevertResult =
  | { readonly kind: 'reverted'; readonly entry: JournalEntry; readonly already: boolean; readonly cwd: string }
  | { readonly kind: 'list'; readonly entries: readonly JournalEntry[] };

export const operation = defineOperation({
  description:
    'Takes back what fix --apply or improve --apply wrote: the newest, or the one named. Later changes of yours in other lines stay; in the same lines nothing is changed and that is said.',
  formats: ['terminal', 'json'],
  examples: [
    { command: 'revert', about: 'the newest' },
    { command: 'revert --list', about: 'what was written here, and when' },
  ],
  input: z.object({
    fix: z
      .string()
      .optional()
      .meta({ description: 'which: the name that fix printed', cli: { positional: 'FIX' } }),
    list: z.boolean().default(false).meta({ description: 'list what was written, and change nothing' }),
  }),
  async handler({ fix, list }, context): Promise<RevertResult> {
    const state = stateFolder(await findProject(context.cwd));
    const entries = await journal(state);
    if (list) return { kind: 'list', entries };
    const already = fix !== undefined && entries.some((one) => one.id === fix && one.revertedMs !== null);
    return { kind: 'reverted', entry: await revertChanges(state, fix), already, cwd: context.cwd };
  },
  async render(result, format) {
    if (format === 'json') return `${JSON.stringify({ schema: 'firesteel/revert@1', ...result })}\n`;
    const { clean } = await import('../report/index.ts');
    if (result.kind === 'list')
      return result.entries.length === 0
        ? 'No fix was written here.\n'
        : result.entries
            .map((one) => `${one.id}  ${one.revertedMs === null ? '' : '(reverted) '}${clean(one.titles.join('; '))}\n`)
            .join('');
    const { entry, already, cwd } = result;
    const files = entry.files.map(({ path }) => clean(relative(cwd, path))).join(', ');
    return already ? `${entry.id} was reverted before.\n` : `Reverted ${entry.id}: ${files}.\n`;
  },
});
