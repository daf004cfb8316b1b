// Rules by the names that a caller gives: which are meant, and their pages.
// Laws: a name that means nothing is an error with what is near it, never a filter that lets nothing through; only an id of the registry names a file.

import { readFile } from 'node:fs/promises';
import { FiresteelError, nearest } from '../base/index.ts';

/** The error for a rule that is not known. `next` when nothing is near it. */
export function noSuchRule(id: string, known: readonly string[], next = 'firesteel rules lists all of them.'): FiresteelError {
  const near = nearest(id, known);
  return new FiresteelError(
    'wrong-usage',
    `There is no rule ${JSON.stringify(id.slice(0, 80))}.`,
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : next,
  );
}

/** Rules whose findings are to be cured: of a run or of the code; undefined when none is named, for all. FiresteelError for one that is not known. */
export async function rulesToCure(names: readonly string[]): Promise<readonly string[] | undefined> {
  if (names.length === 0) return undefined;
  const [{ rules }, { CODE_RULES }] = await Promise.all([import('../rules/index.ts'), import('../pyspark/index.ts')]);
  const known: string[] = [...rules.map(({ meta }) => meta.id), ...CODE_RULES.map(({ id }) => id)];
  const strange = names.find((name) => !known.includes(name));
  if (strange !== undefined) throw noSuchRule(strange, known);
  return names;
}

/** The README of a rule of the registry; undefined when the installation has none. */
export const rulePage = (id: string): Promise<string | undefined> =>
  readFile(new URL(`../rules/${id}/README.md`, import.meta.url), 'utf8').catch(() => undefined);
