// The shape of an operation: everything Firesteel can do, described once, so that CLI, HTTP, MCP and docs are generated from it.
// Law: a handler neither prints nor exits; what it needs of the outside comes in by its context, what it says goes out as its result.

import type { z } from 'zod';

export type Format = 'terminal' | 'json' | 'markdown' | 'terse' | 'html' | 'report' | AgentFormat;

/** Files that coding agents read (`agent export`); `json` is one too. */
type AgentFormat = 'claude' | 'agents' | 'copilot' | 'cursor' | 'openai';

/** `read` changes nothing; `write` changes files; `spends` starts work on a cluster. */
export type Effect = 'read' | 'write' | 'spends';

export interface Progress {
  /** What is going on, in a few words. */
  readonly what: string;
  /** 0 to 1, when it is known. */
  readonly share: number | undefined;
  /** Decoded bytes so far. */
  readonly bytes: number | undefined;
}

export interface Context {
  /** Absolute: the folder in which the caller is; relative paths of an input and the project are looked for from here. */
  readonly cwd: string;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /** A sentence beside the result. */
  note(text: string): void;
  /** Asks the caller and gives the answer, trimmed; undefined where nobody can be asked. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/** How a face wants text: only terminals look at the last three. */
export interface RenderOptions {
  readonly width: number;
  readonly color: boolean;
  readonly unicode: boolean;
}

/** What a result means to a caller who only looks at success. */
export type Outcome =
  | { readonly kind: 'done' }
  /** A condition that the caller set does not hold. */
  | { readonly kind: 'gate failed'; readonly reason: string }
  /** Nothing of what was named could be read, or not all that a condition needs. */
  | { readonly kind: 'unreadable'; readonly reason: string };

export interface Example {
  /** As typed, without the program's name. */
  readonly command: string;
  readonly about: string;
}

/** How an input field is written on a command line; kept in the `cli` entry of its Zod metadata. */
export interface CliField {
  /** Its name as an argument without a flag: `LOG`. */
  readonly positional?: string;
  /** Its value's name behind a flag: `PATH`. A list may be given several times: `--conf a=1 --conf b=2`. */
  readonly value?: string;
  /** Name of one of the words behind `--`, all of which this list takes: `ARG`. At most one field of an input. */
  readonly rest?: string;
}

export interface OperationBody<I extends z.ZodObject, R, F extends Format = Format> {
  /** A few sentences. */
  readonly description: string;
  readonly input: I;
  readonly examples: readonly Example[];
  /** The first is the default. */
  readonly formats: readonly [F, ...F[]];
  handler(input: z.output<I>, context: Context): Promise<R>;
  /** Text of a result; in pieces where it can be longer than a string may be. */
  render(result: R, format: F, input: z.output<I>, options: RenderOptions): Promise<string | Iterable<string>>;
  outcome?(result: R, input: z.output<I>): Outcome;
  /** Path of the result below a folder that is named as its place; left out when a folder is no place for it. */
  fileName?(format: Format): string;
}

/** A body with its types put away: input is checked by its schema, a result is given back to its own render. */
export interface AnyOperation {
  readonly description: string;
  readonly input: z.ZodObject;
  readonly examples: readonly Example[];
  readonly formats: readonly [Format, ...Format[]];
  readonly fileName?: ((format: Format) => string) | undefined;
  /** Parses the input (a FiresteelError when it does not fit) and does the work. `nameOf` says what the caller calls a field. */
  start(input: unknown, context: Context, nameOf?: (field: string) => string): Promise<Done>;
}

/** A finished operation. */
export interface Done {
  readonly result: unknown;
  readonly outcome: Outcome;
  render(format: Format, options: RenderOptions): Promise<string | Iterable<string>>;
}

/** A line of the table: what help needs, and where the rest is. */
export interface OperationEntry {
  /** One word, or two: `spark install`. */
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  readonly effect: Effect;
  /** Of a `write`: input fields without which nothing is written. Left out: it always writes. */
  readonly writesWith?: readonly string[];
  load(): Promise<AnyOperation>;
}
