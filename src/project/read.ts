// Finds and reads the project file: firesteel.json, or firesteel.config.ts/.js with the same as its default export.
// Laws: the nearest folder upward wins; two project files in one folder are an error, not a choice; paths in it are relative to it.

import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FiresteelError, messageOf, NO_CONSTRAINTS } from '../base/index.ts';
import { parseDuration } from './duration.ts';
import { parsed } from './explain.ts';
import { readJson } from './files.ts';
import { readPrices, sheetOf } from './prices.ts';
import { projectSchema } from './schema.ts';
import type { Project } from './types.ts';

/** Names of project files. */
export const PROJECT_FILES = ['firesteel.json', 'firesteel.config.ts', 'firesteel.config.js', 'firesteel.config.mjs'] as const;

/** Folder beside the project file in which runs, proofs and the ledger lie. */
export const STATE_FOLDER = '.firesteel';

const isFile = async (path: string): Promise<boolean> =>
  await stat(path).then(
    (there) => there.isFile(),
    () => false,
  );

/** The project of a folder: from the nearest project file upward; without one an empty project in that folder. */
export async function findProject(from: string): Promise<Project> {
  const start = resolve(from);
  for (let folder = start; ; folder = dirname(folder)) {
    const found: string[] = [];
    for (const name of PROJECT_FILES) if (await isFile(join(folder, name))) found.push(name);
    const [first, second] = found;
    if (first !== undefined && second !== undefined)
      throw new FiresteelError('wrong-usage', `${folder} has two project files: ${first} and ${second}.`, 'Keep one of them.');
    if (first !== undefined) return readProject(join(folder, first));
    if (dirname(folder) === folder) break;
  }
  return {
    folder: start,
    file: undefined,
    models: {},
    prices: undefined,
    ledger: ledgerIn(start),
    constraints: NO_CONSTRAINTS,
    spark: { home: undefined, version: undefined },
  };
}

const ledgerIn = (folder: string): string => join(folder, STATE_FOLDER, 'ledger.db');

/** Reads a project file. Throws a FiresteelError that names file, place and next step. */
export async function readProject(path: string): Promise<Project> {
  const file = resolve(path);
  const folder = dirname(file);
  const given = parsed(projectSchema, file.endsWith('.json') ? await readJson(file) : await importDefault(file), file);
  const at = (place: string) => (isAbsolute(place) ? place : join(folder, place));
  const { prices, ledger, spark, constraints } = given;
  return {
    folder,
    file,
    models: Object.fromEntries(
      Object.entries(given.models).map(([name, { timeout, ...model }]) => [
        name,
        {
          ...model,
          properties: model.properties,
          master: model.master,
          deployMode: model.deployMode,
          cwd: model.cwd,
          owner: model.owner,
          tier: model.tier,
          schedule: model.schedule,
          description: model.description,
          timeoutMs: timeout === undefined ? undefined : parseDuration(timeout),
        },
      ]),
    ),
    prices: prices === undefined ? undefined : typeof prices === 'string' ? await readPrices(at(prices)) : sheetOf(prices),
    ledger: ledger === undefined ? ledgerIn(folder) : isUrl(ledger) ? ledger : at(ledger),
    constraints,
    spark: { home: spark.home === undefined ? undefined : at(spark.home), version: spark.version },
  };
}

const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(text);

async function importDefault(file: string): Promise<unknown> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  } catch (error) {
    throw new FiresteelError(
      'corrupt-input',
      `${file} could not be loaded: ${messageOf(error).split('\n')[0]?.replace(/\.$/, '')}.`,
      'Mend it; `node` with the file alone shows all of the error.',
      {
        cause: error,
      },
    );
  }
  if (module.default === undefined)
    throw new FiresteelError('wrong-usage', `${file} has no default export.`, 'Write: export default { models: { … } };');
  return module.default;
}
