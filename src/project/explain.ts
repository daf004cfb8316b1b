// Zod's issues as errors for the reader: file, place in it, what is wrong, what was probably meant.

import type { z } from 'zod';
import { type ErrorCode, FiresteelError, nearest } from '../base/index.ts';

const MAX_SHOWN = 5;

/** `models.daily_sales.args[1]`; a name that is no plain word in brackets. */
export function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      const text = String(key);
      if (!/^[\w$-]+$/.test(text)) return `[${JSON.stringify(text)}]`;
      return i === 0 ? text : `.${text}`;
    })
    .join('');
}

/** The keys that an object schema at a place knows; empty when it is none. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType | undefined = schema;
  for (const key of [...path, undefined]) {
    for (;;) {
      const def = at?.def as { type?: string; innerType?: z.ZodType; options?: z.ZodType[] } | undefined;
      // Of a union only an object has keys.
      const inner: z.ZodType | undefined =
        def?.innerType ?? def?.options?.find((option) => (option.def as { type?: string }).type === 'object');
      if (inner === undefined) break;
      at = inner;
    }
    if (key === undefined) break;
    const def = at?.def as { type?: string; shape?: Record<string, z.ZodType>; valueType?: z.ZodType; element?: z.ZodType } | undefined;
    at = def?.shape?.[String(key)] ?? def?.valueType ?? def?.element;
  }
  return Object.keys((at?.def as { shape?: object } | undefined)?.shape ?? {}).filter((key) => key !== '$schema');
}

/** The issues of the branch of a union that was meant: an object was given, so the object's. */
function flat(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue];
    const meant = issue.errors.find((branch) => branch.some((inner) => inner.path.length > 0 || inner.code !== 'invalid_type'));
    return meant === undefined
      ? [issue]
      : flat(meant).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }) as z.core.$ZodIssue);
  });
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) at = (at as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return at;
}

function sentenceOf(issue: z.core.$ZodIssue, schema: z.ZodType, given: unknown): { text: string; hint: string | undefined } {
  const place = placeOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    const [key = ''] = issue.keys;
    const near = nearest(key, known);
    const where = place === '' ? '' : ` in ${place}`;
    return {
      text: `${issue.keys.map((name) => JSON.stringify(name)).join(', ')}${where} is not known`,
      hint:
        near.length > 0 ? `Did you mean ${near.map((name) => JSON.stringify(name)).join(' or ')}?` : `Known there: ${known.join(', ')}.`,
    };
  }
  // A key of a record is wrong, not a value.
  if (issue.code === 'invalid_key') return { text: `${place} ${issue.issues[0]?.message ?? issue.message}`, hint: undefined };
  const value = valueAt(given, issue.path);
  if (value === undefined && issue.path.length > 0) return { text: `${place} is missing: it ${issue.message}`, hint: undefined };
  return { text: `${place === '' ? 'it' : place} ${issue.message}`, hint: undefined };
}

/** Parses what a file holds; an error names the file, every place in it (at most five) and the next step. */
export function parsed<T extends z.ZodType>(schema: T, given: unknown, file: string, code: ErrorCode = 'wrong-usage'): z.output<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issues = flat(result.error.issues).map((issue) => sentenceOf(issue, schema, given));
  const more = issues.length > MAX_SHOWN ? `; and ${issues.length - MAX_SHOWN} more` : '';
  const hint = issues.find((issue) => issue.hint !== undefined)?.hint;
  throw new FiresteelError(
    code,
    `${file}: ${issues
      .slice(0, MAX_SHOWN)
      .map(({ text }) => text)
      .join('; ')}${more}.`,
    hint ?? 'Mend it there, then run the same command again.',
  );
}
