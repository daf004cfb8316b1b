// What comes out of a database: null is undefined, and text that should be JSON is checked.
// Law: JSON that is not what we wrote is a FiresteelError, not a crash later.

import type { z } from 'zod';
import { FiresteelError } from '../base/index.ts';

export const some = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

export function json<T extends z.ZodType>(text: string, shape: T, what: string, place: string): z.output<T> {
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    throw new FiresteelError(
      'corrupt-input',
      `The record of ${what} in the ledger ${place} does not read.`,
      'It was changed by something else than Firesteel: restore a copy of the ledger.',
      {
        cause: error,
      },
    );
  }
}
