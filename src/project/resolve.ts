// A model by its name → the job to run, every path absolute.
// Laws: paths of the project file are relative to its folder; URIs (hdfs://, s3a://) and names of tables stay as they are.

import { isAbsolute, join } from 'node:path';
import { FiresteelError, nearest } from '../base/index.ts';
import type { Overrides, Project, ResolvedJob } from './types.ts';

const MAX_LISTED = 12;

/** The job of a model, with what the caller sets on top. Throws a FiresteelError for an unknown name, with the likely ones. */
export function resolveModel(project: Project, name: string, overrides: Overrides = {}): ResolvedJob {
  const model = Object.hasOwn(project.models, name) ? project.models[name] : undefined;
  if (model === undefined) throw unknownModel(project, name);
  const at = (path: string) => (isAbsolute(path) || /^[a-z][a-z0-9+.-]*:/i.test(path) ? path : join(project.folder, path));
  return {
    model: name,
    script: at(model.script),
    args: overrides.args ?? model.args,
    cwd: model.cwd === undefined ? project.folder : at(model.cwd),
    master: overrides.master ?? model.master,
    deployMode: overrides.deployMode ?? model.deployMode ?? 'client',
    conf: { ...model.conf, ...overrides.conf },
    propertiesFile: overrides.propertiesFile ?? (model.properties === undefined ? undefined : at(model.properties)),
    packages: model.packages,
    jars: model.jars.map(at),
    pyFiles: model.pyFiles.map(at),
    env: { ...model.env, ...overrides.env },
    timeoutMs: overrides.timeoutMs ?? model.timeoutMs,
    inputs: model.inputs,
    outputs: model.outputs,
  };
}

function unknownModel({ models, file, folder }: Project, name: string): FiresteelError {
  const names = Object.keys(models);
  if (file === undefined)
    return new FiresteelError(
      'not-found',
      `There is no model "${name}": neither ${folder} nor a folder above it has a firesteel.json.`,
      `Give the path of a script, or write a firesteel.json: { "models": { "${name}": { "script": "jobs/${name}.py" } } }.`,
    );
  const near = nearest(name, names);
  const listed = names.slice(0, MAX_LISTED).join(', ');
  return new FiresteelError(
    'not-found',
    `${file} has no model "${name}".`,
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : names.length === 0
        ? 'It names no models yet: add one under "models".'
        : `It has ${listed}${names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : ''}.`,
  );
}
