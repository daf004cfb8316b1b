// Text of a file → what it sets, by what kind of file it is.
// Laws: the kind is told by name and first line; undefined: none of these, perhaps a log. The parser of YAML is loaded when it is needed.

import { basename } from 'node:path';
import { FiresteelError } from '../../base/index.ts';
import type { Source } from '../types.ts';
import { propertyLines } from './properties.ts';
import { notebookCode, pythonSettings } from './python.ts';
import { readShell } from './shell.ts';
import { readSql } from './sql.ts';

const NOTHING = { structuredStreaming: undefined, dstreams: undefined };

/** The kind of a file by its name, and by its first line where the name says nothing. */
export function kindOf(file: string, head = ''): Exclude<Source['kind'], 'log'> | undefined {
  const name = basename(file).toLowerCase();
  if (/\.(conf|properties|defaults)(\.template)?$/.test(name) || name.startsWith('spark-defaults')) return 'properties';
  if (/\.(sh|bash|zsh|ksh)$/.test(name) || /^#!.*\b(ba|z|k|da)?sh\b/.test(head)) return 'shell';
  if (/\.(py|ipynb)$/.test(name) || /^#!.*\bpython/.test(head)) return 'python';
  if (/\.(sql|hql)$/.test(name)) return 'sql';
  if (/\.ya?ml$/.test(name)) return 'yaml';
  if (name === 'firesteel.json') return 'project';
  return undefined;
}

/** What a file of a kind sets. FiresteelError `corrupt-input`: it is not what its name says. */
export async function readSource(kind: Exclude<Source['kind'], 'log'>, given: string, file: string): Promise<Source> {
  const text = given.replace(/^\ufeff/, '');
  switch (kind) {
    case 'properties':
      return {
        file,
        kind,
        settings: propertyLines(text).map(({ key, value, line, column }) => ({ key, value, origin: 'file', file, line, column })),
        uses: NOTHING,
        sparkVersion: undefined,
      };
    case 'shell':
      return { file, kind, settings: readShell(text, file), uses: NOTHING, sparkVersion: undefined };
    case 'sql':
      return { file, kind, settings: readSql(text, file), uses: NOTHING, sparkVersion: undefined };
    case 'yaml':
      return { file, kind, uses: NOTHING, ...(await import('./yaml.ts')).readYaml(text, file) };
    case 'project':
      return { file, kind, uses: NOTHING, ...(await import('./project.ts')).readProjectConf(text, file) };
    case 'python': {
      const code = file.toLowerCase().endsWith('.ipynb') ? notebookCode(text) : text;
      if (code === undefined)
        throw new FiresteelError('corrupt-input', `${file} is no notebook: it holds no cells.`, 'Check how it was copied.');
      return { file, kind, sparkVersion: undefined, ...pythonSettings(code, file) };
    }
  }
}
