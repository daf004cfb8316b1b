// What an error text of Spark says at its root: class, message, the line of the user's Python that raised it.
// Law: pure text; understands whole stack traces and the reader's gist (parts joined by ` | `); unknown text gives its first line.

export interface RootException {
  /** Python or Java class, or Spark's error condition (`CAST_INVALID_INPUT`). */
  readonly name: string | undefined;
  /** First meaningful line of the message, at most 300 characters. */
  readonly message: string;
  /** Last frame of the user's own Python code. */
  readonly file: string | undefined;
  readonly line: number | undefined;
}

/** Frames of Spark, of the interpreter and of installed packages are not the user's. */
const FOREIGN = /pyspark|site-packages|dist-packages|[\\/]lib[\\/]python\d|<frozen|importlib|<string>/;
const LIMIT = 300;
/** A service outside Spark dropped the call: a retry inside the task costs a call, not a partition. */
const OUTSIDE =
  /Connection|Timeout|timed out|Socket|Unavailable|Too Many Requests|429|503|Reset|BrokenPipe|Remote|HTTP|SQLTransient|SQLRecoverable|Throttl/i;
const MEMORY = /OutOfMemory|MemoryError|GC overhead|UNABLE_TO_ACQUIRE_MEMORY/i;

/** Where the trouble behind an error's class and message lies: in a service outside Spark, in memory, or elsewhere. */
export const troubleOf = (text: string): 'outside' | 'memory' | 'other' =>
  OUTSIDE.test(text) ? 'outside' : MEMORY.test(text) ? 'memory' : 'other';

export function exceptionOf(text: string | undefined): RootException | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const parts = text.split(/\n| \| /).filter((part) => part.trim() !== '');
  const frames = [...text.matchAll(/File "([^"]+)", line (\d+)/g)].map((match) => ({ file: match[1] as string, line: Number(match[2]) }));
  // Spark 4 names the DataFrame call behind an error: `"cast" was called from⏎job.py:21`.
  const called = /was called from\s*(?:\||\n)?\s*(\S+\.py):(\d+)/.exec(text);
  const own =
    frames.filter((frame) => !FOREIGN.test(frame.file)).at(-1) ??
    (called === null ? undefined : { file: called[1] as string, line: Number(called[2]) });
  const { name, message } = nameAndMessage(parts);
  return { name, message: message.trim().slice(0, LIMIT), file: own?.file, line: own?.line };
}

function nameAndMessage(parts: readonly string[]): { name: string | undefined; message: string } {
  const first = (parts[0] as string).trim();
  // Python: the last line of the traceback that is not indented.
  const traceback = parts.findIndex((part) => part.includes('Traceback (most recent call last)'));
  if (traceback >= 0) {
    const causes = parts.slice(traceback + 1).flatMap((part) => /^([A-Za-z_][\w.]*)(?:: (.*))?$/.exec(part.trimEnd()) ?? []);
    // Three entries a match: whole, name, message.
    if (causes.length >= 3) return { name: causes.at(-2), message: causes.at(-1) ?? (causes.at(-2) as string) };
  }
  // Java: the innermost cause; Spark's own frame around it says only that a task failed.
  const inner = parts
    .map((part) => /^\s*Caused by: ([\w.$]+)(?:: (.*))?$/.exec(part))
    .filter((match) => match !== null)
    .at(-1);
  const stripped = first.replace(/^Job aborted due to stage failure:.*?most recent failure:.*?\)(?: \([^)]*\))*: /, '');
  const outer = /^([a-z][\w$]*(?:\.[\w$]+)+)(?:: (.*))?$/.exec(stripped);
  const text = inner?.[2] ?? outer?.[2] ?? stripped;
  const condition = /^\[([A-Z][A-Z0-9_.]+)\]\s*(.*)$/.exec(text);
  if (condition !== null && condition[1] !== 'INTERNAL_ERROR') return { name: condition[1], message: condition[2] as string };
  return { name: (inner?.[1] ?? outer?.[1])?.split('.').at(-1), message: text };
}
