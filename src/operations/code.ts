// From paths that a caller names to a program: Python files, notebooks and folders of them, read with limits, imports beside them followed.
// Law: a file that is not read is named with the reason; paths in findings are those that the caller gave.

import { readFileSync, statSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FiresteelError, messageOf } from '../base/index.ts';
import type { Program, PySpark, SourceText } from '../pyspark/index.ts';
import type { Context } from './define.ts';

/** Folders that hold no code of the user's own. */
const SKIPPED = /^(\..*|node_modules|__pycache__|venv|env|site-packages|target|dist|build)$/;
const PYTHON = /\.(py|ipynb)$/i;
/** Code in languages that are not read: named, so that nobody takes silence for "nothing found". */
const OTHER = /\.(scala|sc|java|sql|r|kt)$/i;
/** A file that its name says to be something else; one without an ending may be Python all the same. */
const FOREIGN = /(?<=[^/\\])\.(?!py\w?$|ipynb$)[a-z]\w*$/i;
const NOT_PYTHON = 'not analysed: Firesteel reads Python.';
/** A file of code that is larger was not written by hand. */
const MAX_BYTES = 4 * 1024 * 1024;
/** A folder with more files is no job. */
const MAX_FILES = 2_000;

export interface ReadCode {
  readonly pyspark: PySpark;
  readonly program: Program;
  /** Every file that was analysed, imported ones too: path as in findings, and text as read. */
  readonly files: readonly SourceText[];
  readonly paths: readonly string[];
  /** Files that were not read, and why. */
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

/** Reads files and folders as one program. FiresteelError when a path is not there, or when none of them holds Python. */
export async function readCode(paths: readonly string[], context: Context): Promise<ReadCode> {
  const files: SourceText[] = [];
  const skipped: { path: string; why: string }[] = [];
  for (const path of paths) {
    context.signal.throwIfAborted();
    const there = await stat(resolve(context.cwd, path)).catch((error: NodeJS.ErrnoException) => error);
    if (there instanceof Error)
      throw new FiresteelError(
        there.code === 'EACCES' || there.code === 'EPERM' ? 'no-permission' : 'not-found',
        `${path} could not be read: ${there.code === 'ENOENT' ? 'it is not there' : messageOf(there)}.`,
        'Give a .py or .ipynb file, or a folder that holds some.',
        { cause: there },
      );
    const found = there.isDirectory() ? await filesIn(path, context, skipped) : [path];
    if (!there.isDirectory() && FOREIGN.test(path)) {
      skipped.push({ path, why: NOT_PYTHON });
      continue;
    }
    for (const file of found) {
      if (files.some((one) => one.path === file)) continue;
      const text = await textOf(file, context, skipped);
      if (text !== undefined) files.push({ path: file, text });
    }
  }
  if (files.length === 0) {
    const [first] = skipped.filter((one) => !(paths.includes(one.path) && one.why === NOT_PYTHON));
    throw new FiresteelError(
      'not-found',
      `No Python code in ${paths.join(', ')}${first === undefined ? '' : `: ${first.path}: ${first.why.replace(/\.$/, '')}`}.`,
      'Firesteel reads .py files, Jupyter notebooks (.ipynb) and Databricks source files.',
    );
  }
  const { loadPySpark } = await import('../pyspark/index.ts');
  const pyspark = await loadPySpark();
  const imported = new Map<string, string | undefined>();
  const program = pyspark.parse(files, (path) => {
    if (!imported.has(path)) imported.set(path, moduleText(resolve(context.cwd, path)));
    return imported.get(path);
  });
  for (const { path, why, lines } of program.notAnalysed) if (lines === undefined) skipped.push({ path, why });
  const sources = program.sources.map((source) => ({ path: source.path, text: source.raw }));
  return { pyspark, program, files: sources, paths: sources.map((one) => one.path), skipped };
}

/** Python files below a folder, sorted, so that the same folder gives the same program. */
async function filesIn(path: string, context: Context, skipped: { path: string; why: string }[]): Promise<string[]> {
  const found: string[] = [];
  const open = [path];
  for (let folder = open.shift(); folder !== undefined; folder = open.shift()) {
    context.signal.throwIfAborted();
    const entries = await readdir(resolve(context.cwd, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.test(entry.name)) open.push(inner);
      else if (entry.isFile() && PYTHON.test(entry.name)) found.push(inner);
      else if (entry.isFile() && OTHER.test(entry.name)) skipped.push({ path: inner, why: NOT_PYTHON });
      if (found.length > MAX_FILES)
        throw new FiresteelError(
          'too-large',
          `${path} holds more than ${MAX_FILES} Python files.`,
          'Give the folder or the files of one job.',
        );
    }
  }
  return found;
}

async function textOf(path: string, context: Context, skipped: { path: string; why: string }[]): Promise<string | undefined> {
  const absolute = resolve(context.cwd, path);
  try {
    const { size } = await stat(absolute);
    if (size <= MAX_BYTES) return await readFile(absolute, 'utf8');
    skipped.push({ path, why: `not read: larger than ${MAX_BYTES / 1024 / 1024} MiB.` });
  } catch (error) {
    skipped.push({ path, why: `not read: ${messageOf(error)}` });
  }
  return undefined;
}

/** A module that the code imports, when it is a file of the project; the analysis asks for it in the middle of its walk. */
function moduleText(path: string): string | undefined {
  try {
    const there = statSync(path);
    return there.isFile() && there.size <= MAX_BYTES ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
