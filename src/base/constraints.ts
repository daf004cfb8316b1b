// What a site allows a tuner to do with Spark's configuration; `constraints` in firesteel.json, read by project, kept by fix.
// Law: a constraint is never bent in silence: what it takes away or changes is said beside the proposal.

/** A key in `preserve` and `exclude` may end in `*`: all keys that begin so. */
export interface ConfConstraints {
  /** These keys have these values, whatever a proposal says. */
  readonly enforce: Readonly<Record<string, string>>;
  /** These keys stay as they are. */
  readonly preserve: readonly string[];
  /** These keys are never proposed, even where they are not set. */
  readonly exclude: readonly string[];
  /** The most a key may be given: a number or a size (`8`, `16g`). */
  readonly ceilings: Readonly<Record<string, string>>;
}

export const NO_CONSTRAINTS: ConfConstraints = { enforce: {}, preserve: [], exclude: [], ceilings: {} };
