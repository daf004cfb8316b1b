// Operation `conf lint`: files and logs that set Spark's properties → what is wrong with each setting.
// Law: what cannot be read never stops the rest; it is listed with what is wrong and what to do next.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { FiresteelError, messageOf, plural } from '../base/index.ts';
import { kindOf, lint, readSource, type Source, versionOf } from '../conf/index.ts';
import { settingsOf } from '../facts/index.ts';
import type { ConfLint, FleetFailure } from '../report/index.ts';
import type { CliField, Context } from './define.ts';
import { failureOf, findLogs, readLog } from './evidence.ts';
import { defineOperation } from './operation.ts';

const cli = (field: CliField) => field;

/** Folders without settings of the user's own. */
const SKIPPED = /^(\..*|node_modules|__pycache__|venv|site-packages|target|dist|build)$/;
/** A file that is larger holds no settings by hand. */
const MAX_BYTES = 8 * 1024 * 1024;

export const operation = defineOperation({
  description:
    'Reads whatever sets Spark properties and says of each setting whether Spark knows it, whether it does anything there, whether it is deprecated, dangerous, or the default anyway. ' +
    'It reads spark-defaults.conf and other properties files, spark-submit command lines in shell scripts, PySpark files and notebooks, SQL files, manifests of the Spark operator (YAML), firesteel.json, and event logs. ' +
    'Properties files that are named lie under the other files.',
  formats: ['terminal', 'json', 'markdown'],
  examples: [
    { command: 'conf lint conf/spark-defaults.conf job.py', about: 'a job with the defaults it runs on' },
    { command: 'conf lint .', about: 'everything in a folder' },
    { command: 'conf lint app.zstd', about: 'the settings of a run, by its log' },
    { command: 'conf lint submit.sh --spark-version 3.5', about: 'for a certain Spark' },
    { command: 'conf lint . --fail-on found', about: 'exit 1 when there is more than notes' },
  ],
  input: z.object({
    files: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: 'files, folders, event logs', cli: cli({ positional: 'FILE' }) }),
    sparkVersion: z
      .string()
      .regex(/^\d+\.\d+/)
      .optional()
      .meta({ description: 'the Spark that runs it, such as 3.5; a log names its own', cli: cli({ value: 'VERSION' }) }),
    all: z.boolean().default(false).meta({ description: 'show notes too: defaults put again, keys of others' }),
    failOn: z
      .literal('found')
      .optional()
      .meta({
        description: 'exit 1 on any finding that is more than a note; exit 2 when there is none, but something could not be read',
        cli: cli({ value: 'found' }),
      }),
  }),
  async handler({ files, sparkVersion }, context): Promise<ConfLint> {
    const { findProject } = await import('../project/index.ts');
    const version = sparkVersion ?? (await findProject(context.cwd).catch(() => undefined))?.spark.version;
    const sources: Source[] = [];
    const failed: FleetFailure[] = [];
    for (const path of files) {
      try {
        sources.push(...(await sourcesAt(path, context, failed)));
      } catch (error) {
        context.signal.throwIfAborted();
        if (files.length === 1) throw error;
        failed.push(failureOf(path, error));
      }
    }
    return {
      sources: sources.map((source) => ({
        file: source.file,
        kind: source.kind,
        settings: source.settings.length,
        version: versionOf(source.sparkVersion ?? version),
      })),
      findings: lint(sources, { sparkVersion: version }),
      failed,
    };
  },
  outcome({ findings, failed, sources }, { failOn }) {
    if (sources.length === 0) return { kind: 'unreadable', reason: 'nothing of what was named could be read' };
    if (failOn === undefined) return { kind: 'done' };
    const found = findings.filter(({ severity }) => severity !== 'note');
    if (found.length > 0)
      return {
        kind: 'gate failed',
        reason: `${plural(found.length, 'finding')}: ${[...new Set(found.map(({ rule }) => rule))].join(', ')}`,
      };
    const [first] = failed;
    return first === undefined ? { kind: 'done' } : { kind: 'unreadable', reason: `${first.path} could not be read: ${first.error}` };
  },
  async render(result, format, { all }, options) {
    const faces = await import('../report/index.ts');
    if (format === 'json') return faces.jsonChunks(faces.confLintJson(result));
    return format === 'markdown'
      ? faces.renderConfLintMarkdown(result, { all })
      : faces.renderConfLintTerminal(result, { ...options, all });
  },
});

/** Everything at a path that sets something. */
async function sourcesAt(path: string, context: Context, failed: FleetFailure[]): Promise<Source[]> {
  context.signal.throwIfAborted();
  const there = path === '-' ? undefined : await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (there instanceof Error) {
    if (there.code === 'ENOENT' || there.code === 'ENOTDIR')
      throw new FiresteelError('not-found', `${path} is not there.`, 'Correct the path.', { cause: there });
    throw new FiresteelError('no-permission', `${path} could not be read: ${there.message}.`, 'Make it readable for you.', {
      cause: there,
    });
  }
  if (there?.isDirectory()) {
    const found: Source[] = [];
    for (const file of await filesIn(path)) {
      try {
        found.push(...(await sourceOf(file)));
      } catch (error) {
        failed.push(failureOf(file, error));
      }
    }
    if (found.length > 0) return found;
  } else if (there !== undefined) {
    const found = await sourceOf(path);
    if (found.length > 0) return found;
  }
  const { logs, failed: bad, unread } = await findLogs([path], context);
  failed.push(...bad, ...unread);
  const found: Source[] = [];
  for (const log of logs) {
    try {
      found.push(settingsOf(await readLog(log, `reading ${log.label}`, context), log.label));
    } catch (error) {
      context.signal.throwIfAborted();
      if (logs.length === 1) throw error;
      failed.push(failureOf(log.label, error));
    }
  }
  return found;
}

/** A file as a source; empty when it is none of the kinds that are read by their text. */
async function sourceOf(file: string): Promise<Source[]> {
  const byName = kindOf(file);
  // Only a file without an ending can be told by its first line; an event log may have gigabytes.
  if (byName === undefined && /\.\w+$/.test(file)) return [];
  const { size } = await stat(file);
  if (size > MAX_BYTES) return [];
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new FiresteelError('no-permission', `${file} could not be read: ${messageOf(error)}.`, 'Make it readable for you.', {
      cause: error,
    });
  }
  const kind = byName ?? kindOf(file, text.slice(0, 200).split('\n')[0]);
  return kind === undefined ? [] : [await readSource(kind, text, file)];
}

/** Files below a folder that may set something, by name. */
async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (at: string): Promise<void> => {
    for (const entry of (await readdir(at, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (SKIPPED.test(entry.name)) continue;
      const path = join(at, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile() && kindOf(path) !== undefined) found.push(path);
    }
  };
  await walk(folder);
  return found.map((path) => (folder === '.' ? relative('.', path) : path));
}
