// Reading what a project names. Law: a file that cannot be read or is no JSON is a FiresteelError that says where.

import { readFile } from 'node:fs/promises';
import { FiresteelError, messageOf } from '../base/index.ts';

export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException)?.code ?? '');

/** The value in a JSON file. */
export async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error))
      throw new FiresteelError('not-found', `${file} is not there.`, 'Correct the path, or make the file.', { cause: error });
    const denied = ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw new FiresteelError(
      denied ? 'no-permission' : 'corrupt-input',
      `${file} could not be read: ${messageOf(error)}.`,
      denied ? 'Make it readable for you.' : 'Give a JSON file.',
      { cause: error },
    );
  }
  try {
    // A byte-order mark is what some editors leave.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new FiresteelError(
      'corrupt-input',
      `${file} is no JSON: ${jsonFault(text, error)}.`,
      'Mend it there; JSON knows no comments and no comma after the last item.',
      {
        cause: error,
      },
    );
  }
}

/** V8 says a position; people look for a line. */
function jsonFault(text: string, error: unknown): string {
  const message = messageOf(error);
  const position = /at position (\d+)/.exec(message)?.[1];
  const what = message
    .replace(/ in JSON at position[\s\S]*$/, '')
    .replace(/,? ?"?\.\.\.[\s\S]*$/, '')
    .replace(/, [\s\S]{0,3}"[\s\S]*$/, '');
  if (position === undefined) return what;
  const before = text.slice(0, Number(position));
  return `line ${before.split('\n').length}, column ${before.length - before.lastIndexOf('\n')}: ${what}`;
}
