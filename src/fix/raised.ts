// What ended a query, read from Spark's own words: the condition, the type that a value did not fit, and the expression that raised it.
// Laws: pure text; nothing is guessed that the message does not say; a Python error of the user's own code is none of Spark's conditions.

import { FACTS, type FactStore } from '../facts/index.ts';
import type { EvidenceRef } from '../rules/index.ts';

/** A value that an expression could not take. */
export interface Raised {
  /** `CAST_INVALID_INPUT`, `DIVIDE_BY_ZERO`; sub-conditions without their part behind the dot. */
  readonly condition: string;
  /** The value as the message shows it. */
  readonly value: string | undefined;
  /** `decimal(12,2)`, as Spark names types in SQL, lower case and without spaces. */
  readonly target: string | undefined;
  /** What raised it, when the message has its context. */
  readonly by: RaisedBy | undefined;
}

export type RaisedBy =
  /** A call of the DataFrame API: `cast`, `__truediv__`; file and line when it came from Python. */
  | { readonly kind: 'call'; readonly name: string; readonly file: string | undefined; readonly line: number | undefined }
  /** A piece of SQL text, as it stands there. */
  | { readonly kind: 'sql'; readonly text: string };

/** Spark's condition in an error text; undefined when it has none, or when it comes from Python code. */
export function raisedIn(text: string | undefined): Raised | undefined {
  if (text === undefined || /Traceback \(most recent call last\)/.test(text)) return undefined;
  // The innermost cause: what is around it says only that a task failed.
  const inner = [...text.matchAll(/Caused by: [\w.$]+: \[([A-Z][A-Z0-9_]*)(?:\.[A-Z0-9_.]+)?\]/g)].at(-1)?.[1];
  const condition = inner ?? /\[([A-Z][A-Z0-9_]*)(?:\.[A-Z0-9_.]+)?\]/.exec(text)?.[1];
  if (condition === undefined) return undefined;
  const cast = /The value ([\s\S]*?) of the type "[^"]*" cannot be cast to "([^"]+)"/.exec(text);
  const decimal = /(?:The )?(\S+)(?: rounded half up from \S+)? cannot be represented as (Decimal\(\d+, ?-?\d+\))/i.exec(text);
  return {
    condition,
    value: cast?.[1] ?? decimal?.[1] ?? /The index (-?\d+) is out of bounds/.exec(text)?.[1],
    target: typeName(cast?.[2] ?? decimal?.[2]),
    by: contextIn(text),
  };
}

/** A type as texts of SQL and of Python can be compared: `DECIMAL(12, 2)` → `decimal(12,2)`, `BIGINT` and `long` alike. */
export function typeName(text: string | undefined): string | undefined {
  const name = text?.toLowerCase().replaceAll(/\s+/g, '');
  return name === undefined ? undefined : (SAME.get(name) ?? name);
}

const SAME: ReadonlyMap<string, string> = new Map([
  ['integer', 'int'],
  ['long', 'bigint'],
  ['short', 'smallint'],
  ['byte', 'tinyint'],
  ['real', 'float'],
  ['bool', 'boolean'],
  ['decimal', 'decimal(10,0)'],
  ['dec', 'decimal(10,0)'],
  ['numeric', 'decimal(10,0)'],
  ['timestamp_ltz', 'timestamp'],
]);

/** Behind the message: `== DataFrame ==` with call and line, or `== SQL … ==` with the text and its piece underlined. */
function contextIn(text: string): RaisedBy | undefined {
  const call = /"([^"\n]+)" was called from\s*\n?\s*(.*)/.exec(text);
  if (call !== null) {
    const site = /^(.+\.(?:py|ipynb)):(\d+)\s*$/.exec((call[2] as string).trim());
    return {
      kind: 'call',
      name: call[1] as string,
      file: site?.[1],
      line: site === null ? undefined : Number(site[2]),
    };
  }
  const lines = text.split('\n');
  const head = lines.findIndex((line) => /^== SQL\b.*==\s*$/.test(line));
  if (head < 0) return undefined;
  const pieces: string[] = [];
  for (let i = head + 1; i < lines.length; i++) {
    const marked = lines[i + 1];
    // A line of the text has the carets of its piece below it.
    if (marked === undefined || !/^\s*\^+\s*$/.test(marked)) continue;
    const start = marked.indexOf('^');
    pieces.push((lines[i] as string).slice(start, marked.lastIndexOf('^') + 1));
    i++;
  }
  const piece = pieces.join('\n').trim();
  return piece === '' ? undefined : { kind: 'sql', text: piece };
}

/** The first of the texts behind evidence that names a condition: of the query, of its jobs, of their stages. */
export function raisedAt(store: FactStore, evidence: readonly EvidenceRef[]): Raised | undefined {
  const { run } = store;
  const executions = new Set(evidence.flatMap((ref) => (ref.kind === 'sql' ? [ref.executionId] : [])));
  const jobs = new Set(evidence.flatMap((ref) => (ref.kind === 'job' ? [ref.jobId] : [])));
  const stages = store.get(FACTS.stages);
  const texts = [
    ...run.sql.filter((one) => executions.has(one.id)).map((one) => one.error),
    ...evidence.map((ref) => (ref.kind === 'stage' ? stages.get(ref.stageId, ref.attempt)?.stage.failureReason : undefined)),
    ...run.jobs.filter((one) => jobs.has(one.id)).map((one) => one.error),
    // A long trace is cut before its cause; what a task says is its gist.
    ...evidence.flatMap((ref) =>
      ref.kind === 'stage' ? (stages.get(ref.stageId, ref.attempt)?.stage.failures.flatMap((one) => one.message ?? []) ?? []) : [],
    ),
  ];
  const found = texts.flatMap((text) => raisedIn(text) ?? []).filter((one) => one.condition !== 'SPARK_JOB_CANCELLED');
  return found.find((one) => one.by !== undefined) ?? found.find((one) => one.target !== undefined) ?? found[0];
}
