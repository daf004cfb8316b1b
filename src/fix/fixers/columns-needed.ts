// The columns that a program needs of a frame, sure enough to write them into a `select`.
// Law: every way from the frame to an action names its columns; names that may be another frame's are told apart or the answer is undefined.

import { type Frame, type Node, type Program, walk } from '../../pyspark/index.ts';
import type { FixContext } from '../define.ts';

const PLAIN = /^[A-Za-z_]\w*$/;

/** Sorted as the source has them when that is known, else by name; a text says why they are not known. */
export function columnsNeeded(context: FixContext, frame: Frame): readonly string[] | string {
  const { program, code } = context;
  const used = program.columnsUsed(frame);
  if (!used.complete) return 'not every use names its columns';
  if (used.columns.length === 0) return 'no column is named';
  if (!used.columns.every((name) => PLAIN.test(name))) return 'a column has a name that needs quoting';
  const known = code?.columnTypesOf(frame) ?? new Map<string, string>();
  const spelling = new Map([...known.keys()].map((name) => [name.toLowerCase(), name]));
  const isShared = program.downstream(frame).some((one) => one !== frame && others(program, frame, one).length > 0);
  const missing = used.columns.filter((name) => !spelling.has(name.toLowerCase()));
  if (!isShared) return inOrder(used.columns, known);
  if (known.size === 0) return 'a join brings in columns of another frame, and only a run tells whose is which';
  // A name that this frame has not must be another's, or made on the way.
  const elsewhere = new Set(
    program
      .downstream(frame)
      .flatMap((one) => others(program, frame, one))
      .flatMap((one) => [...(code?.columnTypesOf(one).keys() ?? [])].map((name) => name.toLowerCase())),
  );
  const made = namesMade(program);
  const unknown = missing.filter((name) => !elsewhere.has(name.toLowerCase()) && !made.has(name.toLowerCase()));
  if (unknown.length > 0) return `it is not known whose column ${unknown[0]} is`;
  const own = used.columns.filter((name) => spelling.has(name.toLowerCase()));
  return own.length === 0 ? 'no column is named' : inOrder(own, known);
}

function inOrder(columns: readonly string[], known: ReadonlyMap<string, string>): readonly string[] {
  const order = [...known.keys()].map((name) => name.toLowerCase());
  const at = (name: string) => {
    const i = order.indexOf(name.toLowerCase());
    return i < 0 ? order.length : i;
  };
  return [...columns].sort((a, b) => at(a) - at(b) || (a < b ? -1 : a > b ? 1 : 0));
}

/** Parents of a step that are not made of the frame. */
function others(program: Program, frame: Frame, step: Frame): readonly Frame[] {
  if (step.parents.length < 2 && !/^(join|crossJoin|lateralJoin)$/.test(step.method)) return [];
  const below = new Set(program.downstream(frame));
  const rest = step.parents.filter((one) => !below.has(one));
  return rest.length > 0 || step.parents.length > 1 || /^(join|crossJoin|lateralJoin)$/.test(step.method) ? [...rest, step] : [];
}

/** Names of columns that the program makes itself, in small letters. */
function namesMade(program: Program): Set<string> {
  const found = new Set<string>();
  const look = (node: Node) => {
    for (const one of walk(node)) {
      const value = program.values.get(one);
      if (value?.kind === 'column' && value.alias !== undefined) found.add(value.alias.toLowerCase());
    }
  };
  for (const frame of program.frames) {
    const first = frame.call?.arguments[0]?.value;
    if (frame.method === 'withColumn' && first?.kind === 'constant' && typeof first.value === 'string')
      found.add(first.value.toLowerCase());
    for (const one of frame.call?.arguments ?? []) look(one.node);
  }
  return found;
}
