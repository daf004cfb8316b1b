// What looks have in common: fields of their input and answers, and words for places.
// Law: every string of a log or of code is cleaned here before it goes into an answer.

import { z } from 'zod';
import { clean, evidenceTexts } from '../../report/index.ts';

/** List entries that one answer looks at; the face cuts them to its budget. */
export const MOST = 200;

export const offset = z.number().int().min(0).default(0).describe('how many entries of the list to skip: the `next` of the answer before');

/** Fields of every answer with a list. */
export const listed = {
  total: z.number().int().describe('entries that the list has in all'),
  next: z.number().int().optional().describe('offset of the first entry that did not fit; left out at the end'),
};

const round = (value: number): number => Math.round(value);

/** Whole milliseconds or bytes; undefined for what is not known or not a number. */
export const whole = (value: number | undefined | null): number | undefined =>
  value === undefined || value === null || !Number.isFinite(value) ? undefined : round(value);

/** Leaves fields out that have no value, or an empty one. */
export function known<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, item]) => item !== undefined && item !== null && item !== '' && !(Array.isArray(item) && item.length === 0),
    ),
  ) as T;
}

/** A page of a list. */
export const page = <T>(list: readonly T[], from: number): T[] => list.slice(from, from + MOST);

export { clean, evidenceTexts };
