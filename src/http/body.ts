// JSON bodies. Law: bounded, of the right media type, and plain data: no key reaches a prototype.

import { HttpError } from './problem.ts';
import type { Ctx } from './route.ts';

const MAX_BODY = 1024 * 1024;

/** The JSON object of a request; an empty body is an empty object. Throws 400, 413, 415. */
export async function jsonBody(c: Ctx): Promise<Readonly<Record<string, unknown>>> {
  const type = c.req.header('content-type');
  const text = await textBody(c, MAX_BODY);
  if (text === '') return {};
  // Other types can be sent by a form of another site without asking.
  if (type === undefined || !/^application\/json\s*(;|$)/i.test(type))
    throw new HttpError(415, 'wrong-type', 'The body is not declared as JSON.', 'Send it with content-type: application/json.');
  let value: unknown;
  try {
    value = JSON.parse(text, (key, item: unknown) => (key === '__proto__' ? undefined : item));
  } catch {
    throw new HttpError(400, 'wrong-usage', 'The body is no JSON.', 'Send the input of the operation as one JSON object.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HttpError(400, 'wrong-usage', 'The body is no JSON object.', 'Send the input of the operation as one JSON object.');
  return value as Readonly<Record<string, unknown>>;
}

/** The text of a body of at most so many bytes. */
export async function textBody(c: Ctx, most: number): Promise<string> {
  const tooLarge = () => new HttpError(413, 'too-large', `A body may have ${most} bytes.`, 'Send less.', { connection: 'close' });
  if (Number(c.req.header('content-length') ?? 0) > most) throw tooLarge();
  const { body } = c.req.raw;
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > most) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
