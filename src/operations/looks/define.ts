// The shape of a look: a question that an agent or a page asks about one report, answered with data that fits a small answer.
// Laws: a look reads and changes nothing; each answer has one list at most that can be long, and says how long it is.

import type { z } from 'zod';
import type { Report } from '../../audit/index.ts';
import type { FactStore } from '../../facts/index.ts';
import type { CodeMap } from '../../join/index.ts';
import type { SourceText } from '../../pyspark/index.ts';

/** A run that is read again because a question needs more than its report. */
export interface OpenRun {
  readonly store: FactStore;
  /** Files of the code that was given, imported ones too; empty without code. */
  readonly files: readonly SourceText[];
  /** Run and code, joined; undefined without code. */
  readonly code: CodeMap | undefined;
}

export interface Asked {
  readonly report: Report;
  /** Reads the log when it is not in memory. */
  open(): Promise<OpenRun>;
}

export interface LookBody<I extends z.ZodObject, O extends z.ZodObject> {
  /** One word, or two with an underscore. */
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** What it answers, in a sentence or two. */
  readonly description: string;
  readonly input: I;
  readonly output: O;
  /** The field of the answer that may be cut; `total` counts what it has, `offset` is asked for. */
  readonly list: string;
  /** False for a question about no report. */
  readonly ofReport: boolean;
  look(input: z.output<I>, asked: () => Asked): Promise<z.output<O>>;
}

/** A look with its types put away. */
export interface Look {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly list: string;
  readonly ofReport: boolean;
  /** `input`: what its schema made of the caller's words. */
  look(input: unknown, asked: () => Asked): Promise<Readonly<Record<string, unknown>>>;
}

/** Declares a look. */
export function defineLook<I extends z.ZodObject, O extends z.ZodObject>(body: LookBody<I, O>): Look {
  return {
    ...body,
    look: async (input, asked) => (await body.look(input as z.output<I>, asked)) as Readonly<Record<string, unknown>>,
  };
}
