// What goes to python/firesteel_compare.py and what comes back: the two JSON files as schemas.
// Laws: Python's null is undefined here; what Python could not know is never invented; a request may hold passwords, a result never does.

import { z } from 'zod';

/** An output named by the user, beside or instead of what is found below the run's place. */
export const declaredOutputSchema = z.union([
  z.strictObject({
    name: z.string(),
    /** Path or Hadoop URI of this run's own copy. */
    path: z.string(),
    /** A format of Spark's; undefined: found out. */
    format: z.string().optional(),
    options: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ name: z.string(), table: z.string() }),
  z.strictObject({
    name: z.string(),
    jdbc: z.strictObject({ url: z.string(), dbtable: z.string(), properties: z.record(z.string(), z.string()).optional() }),
  }),
]);
export type DeclaredOutput = z.infer<typeof declaredOutputSchema>;

/** What one run wrote: everything below `root`, and what is declared. */
export interface RunOutputs {
  /** The run's id. */
  readonly label: string;
  /** A fresh place of this run: path or Hadoop URI. */
  readonly root?: string | undefined;
  readonly outputs?: readonly DeclaredOutput[];
}

/** |a − b| ≤ relative · max(|a|, |b|) + absolute, with the relative part by type. */
export interface Tolerance {
  readonly double: number;
  readonly float: number;
  readonly absolute: number;
}

/**
 * Sums of doubles in another order differ by some 1e-16 times the square root of their number, so 1e-9 leaves room for any job and is far
 * below what a reader of money or rates can see; float has 24 bits, 6e-8 of its value. Absolute is 0: a zero stays a zero unless asked otherwise.
 */
export const DEFAULT_TOLERANCE: Tolerance = { double: 1e-9, float: 1e-6, absolute: 0 };

export interface CompareRequest {
  readonly schema: 'firesteel/compare-request@1';
  readonly reference: RunOutputs;
  readonly others: readonly RunOutputs[];
  readonly tolerance: Tolerance;
  /** Rows shown of each side. */
  readonly examples: number;
}

const orUndefined = <S extends z.ZodType>(schema: S) => schema.nullish().transform((value) => value ?? undefined);
const count = z.int().nonnegative();
const texts = z.array(z.string());

const sideSchema = z.object({
  location: z.string(),
  format: orUndefined(z.string()),
  rows: orUndefined(count),
  columns: orUndefined(count),
  /** 32 hex digits over schema and rows: equal for equal content, whatever the layout. */
  fingerprint: orUndefined(z.string()),
});

export const outputResultSchema = z.object({
  name: z.string(),
  a: orUndefined(sideSchema),
  b: orUndefined(sideSchema),
  equal: z.boolean(),
  notCompared: orUndefined(z.string()),
  withinTolerance: texts,
  schema: texts,
  notes: texts,
  columns: z.array(
    z.object({
      column: z.string(),
      typeA: orUndefined(z.string()),
      typeB: orUndefined(z.string()),
      rows: orUndefined(count),
      reason: z.string(),
    }),
  ),
  onlyInA: orUndefined(count),
  onlyInB: orUndefined(count),
  repeatedInA: orUndefined(count),
  repeatedInB: orUndefined(count),
  pairedBy: texts,
  paired: count,
  examplesA: z.array(z.record(z.string(), z.string().nullable())),
  examplesB: z.array(z.record(z.string(), z.string().nullable())),
});
export type OutputResult = z.output<typeof outputResultSchema>;

export const compareResultSchema = z.object({
  schema: z.literal('firesteel/compare-result@1'),
  sparkVersion: z.string(),
  seconds: z.number(),
  reference: z.object({ label: z.string(), notes: texts, outputs: texts }),
  comparisons: z.array(z.object({ label: z.string(), notes: texts, outputs: z.array(outputResultSchema) })),
});
export type CompareResult = z.output<typeof compareResultSchema>;
