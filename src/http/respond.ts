// Answers: JSON and bytes with an ETag, pages of a list.
// Law: the same content has the same ETag; a client that has it gets 304 and no body.

import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { messageOf, redacted } from '../base/index.ts';
import { HttpError, problemOf } from './problem.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

export const etagOf = (body: Uint8Array | string): string => `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;

function matches(given: string | undefined, etag: string): boolean {
  return (given ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}

export interface Extra {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes of a type. A GET has an ETag, and 304 when the client has it already. */
export function bytes(c: Context, body: Uint8Array | string, type: string, { status = 200, headers = {} }: Extra = {}): Response {
  const all: Record<string, string> = { 'content-type': type, 'cache-control': 'private, no-cache', ...headers };
  if (status === 200 && (c.req.method === 'GET' || c.req.method === 'HEAD')) {
    all.etag = etagOf(body);
    if (matches(c.req.header('if-none-match'), all.etag)) return c.newResponse(null, { status: 304, headers: all });
  }
  return c.newResponse(body as string, { status: status as 200, headers: all });
}

export const json = (c: Context, value: unknown, extra?: Extra): Response => bytes(c, JSON.stringify(value), JSON_TYPE, extra);

/** What an error needs of the server. */
export interface Rim {
  readonly note: (text: string) => void;
  readonly redactor: { value<T>(value: T): T } | undefined;
}

/** An error as problem+json; a defect goes to whoever started the server. */
export function problem(c: Context, error: unknown, { note, redactor }: Rim): Response {
  const plain = problemOf(error);
  const told = redactor?.value(plain) ?? plain;
  if (told.status === 500)
    note(`a defect of Firesteel: ${redacted(error instanceof Error ? (error.stack ?? error.message) : messageOf(error))}`);
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(error instanceof HttpError ? error.headers : {}),
  };
  return c.newResponse(JSON.stringify(told), { status: told.status as 500, headers });
}

export interface Paged<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** To ask for what follows; null at the end. */
  readonly next: string | null;
}

/** Items of a page: at most, and when nobody says. */
export const MAX_LIMIT = 500;
export const DEFAULT_LIMIT = 50;

/**
 * A page of a sorted list. The cursor holds the key of the last item, so that what is added before it moves nothing.
 * `keyOf` is unique and sorts as the list does under `before`.
 */
export function paged<T>(
  all: readonly T[],
  keyOf: (item: T) => readonly [number, string],
  cursor: string | undefined,
  limit: number = DEFAULT_LIMIT,
): Paged<T> {
  // Highest first.
  const compare = ([a, i]: readonly [number, string], [b, j]: readonly [number, string]) => b - a || (i < j ? -1 : i > j ? 1 : 0);
  const sorted = [...all].sort((a, b) => compare(keyOf(a), keyOf(b)));
  const after = cursor === undefined ? undefined : parsed(cursor);
  const rest = after === undefined ? sorted : sorted.filter((item) => compare(after, keyOf(item)) < 0);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const next = last === undefined || rest.length <= limit ? null : Buffer.from(JSON.stringify(keyOf(last))).toString('base64url');
  return { items, total: all.length, next };
}

function parsed(cursor: string): readonly [number, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'string') return [value[0], value[1]];
  } catch {
    // Told below.
  }
  throw new HttpError(400, 'wrong-usage', 'This cursor is none that this server gave.', 'Use `next` of the page before, or leave it out.');
}
