// An operation over the network: its input checked and its paths resolved, done in a thread, its text ready to be sent.
// Law: roles follow the effect; what is not to be shared is replaced before it leaves.

import { FiresteelError } from '../base/index.ts';
import type { AnyOperation, Effect, Format, OperationEntry, Outcome } from '../operations/index.ts';
import { HttpError } from './problem.ts';
import { fieldsOf, inputSchema, resolveInput, type World } from './reach.ts';
import { type Deps, usage } from './route.ts';
import type { Role } from './settings.ts';
import type { OperationDone } from './threads/protocol.ts';

export const ROLE_OF: Readonly<Record<Effect, Role>> = { read: 'read', write: 'write', spends: 'spend' };

/** `conf lint` is `conf-lint` in an address. */
export const slugOf = (entry: OperationEntry): string => entry.name.replaceAll(' ', '-');

const TYPES: Partial<Readonly<Record<Format, string>>> = {
  json: 'application/json; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** The media type of a format: what is for no browser is plain text. */
export const typeOf = (format: Format): string => TYPES[format] ?? 'text/plain; charset=utf-8';

/** What inputs may name on this server. */
export const worldOf = ({ settings, uploads, store, roots }: Deps): World => ({
  cwd: settings.cwd,
  roots: () => (uploads.root === undefined ? roots : [...roots, uploads.root]),
  upload: (id) => uploads.path(id),
  run: (id) => store.path(id),
});

/** JSON where the operation has it. Throws 406 for a format that it has not. */
export function formatOf(operation: AnyOperation, given: string | undefined): Format {
  const format = given ?? (operation.formats.includes('json') ? 'json' : operation.formats[0]);
  const known = operation.formats.find((one) => one === format);
  if (known === undefined)
    throw new HttpError(406, 'no-format', 'The operation has no such format.', `It has ${operation.formats.join(', ')}.`);
  return known;
}

/** The input as the operation takes it. Throws 400, 403, 404. */
export async function checkedInput(
  deps: Deps,
  entry: OperationEntry,
  operation: AnyOperation,
  given: unknown,
): Promise<{ readonly input: Record<string, unknown>; readonly free: () => void }> {
  const parsed = inputSchema(entry, operation).safeParse(given);
  if (!parsed.success) throw usage(parsed.error);
  // Defaults and numbers are made by the operation itself, from what was given.
  const input = await resolveInput(given as Readonly<Record<string, unknown>>, fieldsOf(entry, operation), worldOf(deps));
  const used = [...JSON.stringify(given).matchAll(/"upload:([\w-]{1,64})"/g)].map(([, id]) => deps.uploads.hold(id ?? ''));
  return { input, free: () => used.forEach((free) => void free()) };
}

/** Does a reading operation of the server's own, as JSON; undefined when what it reads is not there yet. */
export async function ask(deps: Deps, name: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
  const work = { kind: 'operation', name, input, format: 'json', cwd: deps.settings.cwd } as const;
  try {
    const done = (await deps.crew.run(work, 'quick', { signal: deps.stopping })) as OperationDone;
    return JSON.parse(Buffer.from(done.text).toString('utf8'));
  } catch (error) {
    if (error instanceof FiresteelError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** A result's text as it may leave. */
export function shared(deps: Deps, text: Uint8Array, format: Format): Uint8Array | string {
  if (deps.redactor === undefined) return text;
  const whole = Buffer.from(text).toString('utf8');
  if (format !== 'json') return deps.redactor.text(whole);
  return JSON.stringify(deps.redactor.value(JSON.parse(whole)));
}

export const outcomeHeader = (outcome: Outcome): Record<string, string> => ({ 'firesteel-outcome': outcome.kind.replaceAll(' ', '-') });
