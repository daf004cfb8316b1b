// Expected errors, written for the reader: what happened, to which input, and what to do next.
// Law: units throw; only the rim (audit, cli) catches. A bug is never a FiresteelError.

/** Stable codes, one per kind of expected failure. */
export type ErrorCode =
  | 'not-found'
  | 'no-permission'
  | 'not-an-event-log'
  | 'unknown-codec'
  | 'corrupt-input'
  | 'too-large'
  | 'wrong-usage'
  | 'unwritable'
  | 'environment';

/** An expected failure: the CLI turns it into help and exit code 2. */
export class FiresteelError extends Error {
  readonly code: ErrorCode;
  /** What the reader of the message should do next, as one sentence. */
  readonly nextStep: string;

  constructor(code: ErrorCode, message: string, nextStep: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'FiresteelError';
    this.code = code;
    this.nextStep = nextStep;
  }
}

/** Ends an exhaustive switch: the compiler reports a forgotten case, the run time names it. */
export function assertUnreachable(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
