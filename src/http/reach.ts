// What an input that comes over the network may name: logs and code below the watched folders and among the uploads, models by name.
// Laws: a field whose kind is not known here is taken for a path; nothing outside is looked at, not even whether it is there; links are followed before the check.

import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { z } from 'zod';
import type { AnyOperation, CliField, OperationEntry } from '../operations/index.ts';
import { HttpError } from './problem.ts';

export type Reach =
  /** A word, a number, a choice. */
  | 'word'
  /** Something to read. */
  | 'path'
  /** A model's name, or something to read. */
  | 'name or path'
  /** Names a place of the server's machine: only a command line takes it. */
  | 'refused';

/** Words that stand for values which name no file. */
const WORDS = new Set(
  'ID RUN NAME STATE N CHANGE RANGE FACTOR RULE TIME PERCENT SHARE RATIO VERSION MODE FIX COORDINATES SIZE found'.split(' '),
);
/** What a job is given: who may spend may name anything here, for the job itself can do anything. */
const JOB_WORDS = new Set(['ARG', 'KEY=VALUE', 'NAME=VALUE', 'URL']);
const PATHS = new Set(['LOG', 'CODE', 'PATH', 'FILE']);
const NAMES = new Set(['JOB', 'A', 'B']);
/** Places in which a run or a record lies. */
const PLACES = new Set(['PLACE', 'FOLDER', 'DIR']);
/** Programs that would be started, and files that would be written. */
const LOCAL = new Set(['spark doctor.sparkHome', 'spark doctor.python', 'report.chart']);

export interface ReachField {
  readonly key: string;
  readonly schema: z.ZodType;
  readonly reach: Reach;
  readonly required: boolean;
  readonly list: boolean;
  readonly description: string;
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
}

/** The type of a field without what makes it optional. */
function innermost(schema: z.ZodType): { readonly type: string; readonly required: boolean } {
  let inner = schema;
  let required = true;
  for (;;) {
    const { type, innerType } = inner.def as unknown as Definition;
    if (innerType === undefined || !['optional', 'default', 'nullable'].includes(type)) return { type, required };
    required = false;
    inner = innerType;
  }
}

/** The fields of an operation's input with what each may name. */
export function fieldsOf(entry: OperationEntry, operation: AnyOperation): readonly ReachField[] {
  return Object.entries(operation.input.shape as Record<string, z.ZodType>).map(([key, schema]) => {
    const meta = schema.meta() as { readonly description?: string; readonly cli?: CliField } | undefined;
    const { type, required } = innermost(schema);
    return {
      key,
      schema,
      required,
      list: type === 'array',
      description: meta?.description ?? '',
      reach: reachOf(entry, key, type, meta?.cli),
    };
  });
}

function reachOf(entry: OperationEntry, key: string, type: string, cli: CliField | undefined): Reach {
  if (!['string', 'array'].includes(type)) return 'word';
  const word = cli?.positional ?? cli?.value ?? cli?.rest ?? '';
  if (LOCAL.has(`${entry.name}.${key}`) || PLACES.has(word)) return 'refused';
  if (WORDS.has(word) || (entry.effect === 'spends' && JOB_WORDS.has(word))) return 'word';
  return NAMES.has(word) ? 'name or path' : 'path';
}

/** True for a field whose kind of value is listed here: the others are held for paths. */
export const isKnownKind = (entry: OperationEntry, field: ReachField): boolean => {
  const cli = (field.schema.meta() as { readonly cli?: CliField } | undefined)?.cli;
  const word = cli?.positional ?? cli?.value ?? cli?.rest ?? '';
  return field.reach !== 'path' || PATHS.has(word) || LOCAL.has(`${entry.name}.${field.key}`);
};

/** The input as the network gives it: without what it may not name, and nothing beside. */
export function inputSchema(entry: OperationEntry, operation: AnyOperation): z.ZodObject {
  const shape = Object.fromEntries(
    fieldsOf(entry, operation)
      .filter((field) => field.reach !== 'refused')
      .map((field) => [field.key, field.schema]),
  );
  return z.strictObject(shape);
}

/** What an input can name. */
export interface World {
  readonly cwd: string;
  /** Real paths of folders below which everything may be read. */
  readonly roots: () => readonly string[];
  /** Paths behind `upload:…` and `run:…`. */
  readonly upload: (id: string) => string | undefined;
  readonly run: (id: string) => string | undefined;
}

const below = (path: string, root: string): boolean => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);

const outside = (name: string): HttpError =>
  new HttpError(
    403,
    'outside',
    `${name} names something outside of what this server may read.`,
    'Name a log as run:ID or upload:ID, or by a path below a watched folder.',
  );

/** The real path behind a reference or path. Throws 403 for anything outside, 404 for what is not there. */
export async function resolvePath(given: string, name: string, world: World): Promise<string> {
  const [, kind, id] = /^(upload|run):([\w-]{1,64})$/.exec(given) ?? [];
  if (kind !== undefined && id !== undefined) {
    const found = kind === 'run' ? world.run(id) : world.upload(id);
    if (found !== undefined) return found;
    throw new HttpError(404, 'not-found', `There is no ${given}.`, kind === 'run' ? 'GET /api/v1/runs lists all.' : 'Upload it again.');
  }
  if (given.includes('\0') || given === '-' || given === '') throw outside(name);
  const path = resolve(world.cwd, given);
  const roots = world.roots();
  if (!roots.some((root) => below(path, root))) throw outside(name);
  let real: string;
  try {
    real = await realpath(path);
  } catch {
    throw new HttpError(404, 'not-found', `${name} names something that is not there.`, 'GET /api/v1/runs lists what is known.');
  }
  if (!roots.some((root) => below(real, root))) throw outside(name);
  return real;
}

/** An input with every path checked and made absolute. */
export async function resolveInput(
  input: Readonly<Record<string, unknown>>,
  fields: readonly ReachField[],
  world: World,
): Promise<Record<string, unknown>> {
  const out: Record<string, unknown> = { ...input };
  for (const { key, reach } of fields) {
    const value = input[key];
    if (value === undefined || reach === 'word') continue;
    if (reach === 'refused') throw new HttpError(400, 'wrong-usage', `${key} can only be given on the command line.`, 'Leave it out.');
    const one = async (item: unknown): Promise<unknown> => {
      if (typeof item !== 'string') return item;
      const plain = reach === 'name or path' && /^\w[\w.-]{0,127}$/.test(item) && !existsSync(join(world.cwd, item));
      return plain ? item : resolvePath(item, key, world);
    };
    out[key] = Array.isArray(value) ? await Promise.all(value.map(one)) : await one(value);
  }
  return out;
}
