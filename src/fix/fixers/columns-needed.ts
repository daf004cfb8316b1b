// The columns that a program needs of a frame, sure enough to write them into a `select`.
// Law: every way from the frame to an action names its columns; names that may be another frame's are told apart or the answer is undefined.

import { above, child, type Frame, type Node, optionOf, type Program, type Read, stringOf, textOf, walk } from '../../pyspark/index.ts';
import type { FixContext } from '../define.ts';
import { lineOf } from '../places.ts';

/** Which rows a text reader drops may hang on columns that are then no longer parsed. */
export const isStrict = (read: Read): boolean =>
  /^(csv|json|xml)$/.test(read.format ?? '') &&
  (/DROPMALFORMED|FAILFAST/i.test(String(optionOf(read.options, 'mode')?.value ?? '')) ||
    optionOf(read.options, 'columnNameOfCorruptRecord') !== undefined);

const PLAIN = /^[A-Za-z_]\w*$/;

/** Sorted as the source has them when that is known, else by name; a text says why they are not known. */
export function columnsNeeded(context: FixContext, frame: Frame): readonly string[] | string {
  const { program, code } = context;
  const used = program.columnsUsed(frame);
  if (!used.complete) return 'not every use names its columns';
  if (used.columns.length === 0) return 'no column is named';
  const away = goesAway(program, frame);
  if (away !== undefined) return away;
  if (!used.columns.every((name) => PLAIN.test(name))) return 'a column has a name that needs quoting';
  if (new Set(used.columns.map((name) => name.toLowerCase())).size < used.columns.length) return 'a column is written in two ways';
  const hidden = used.columns.find((name) => /^(_metadata|_corrupt_record)$/.test(name));
  if (hidden !== undefined) return `${hidden} is made by the reader, of all columns`;
  const known = code?.columnTypesOf(frame) ?? new Map<string, string>();
  const spelling = new Map([...known.keys()].map((name) => [name.toLowerCase(), name]));
  const isShared = program.downstream(frame).some((one) => one !== frame && others(program, frame, one).length > 0);
  const missing = used.columns.filter((name) => !spelling.has(name.toLowerCase()));
  // A name that is not there is not renamed, and what would then have its name is another column.
  const renamed = program
    .downstream(frame)
    .flatMap((one) => (one.method === 'withColumnRenamed' ? [stringOf(one.call?.arguments[0]?.value)] : []));
  if (renamed.some((name) => name === undefined || !spelling.has(name.toLowerCase())))
    return 'it is not known whether a column is there to be renamed';
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

/** What a frame says of its columns, or gives to whom it is handed: then all of them may be wanted. */
function goesAway(program: Program, frame: Frame): string | undefined {
  for (const one of program.downstream(frame))
    for (const node of program.usesOf(one)) {
      const { parent } = node;
      if (parent === undefined) continue;
      if (parent.type === 'attribute' && node.field === 'object') {
        const name = textOf(child(parent, 'attribute') ?? parent);
        if (/TempView$|^registerTempTable$/.test(name)) return `line ${lineOf(node)} gives it to SQL`;
        if (/^(columns|schema|dtypes|printSchema|explain)$/.test(name)) return `${name} is asked for in line ${lineOf(node)}`;
      }
      if (parent.type === 'argument_list' && parent.parent !== undefined) {
        const given = program.values.get(parent.parent);
        const isStep = program.frames.some((other) => other.call?.node === parent.parent);
        if (!isStep && (given === undefined || given.kind === 'unknown' || given.kind === 'plain'))
          return `line ${lineOf(node)} hands it to something that is not followed`;
      }
      const target = parent.type === 'assignment' && node.field === 'right' ? child(parent, 'left') : undefined;
      if (target !== undefined && /^(attribute|subscript)$/.test(target.type)) return `line ${lineOf(node)} keeps it in an object`;
      if (parent.type === 'return_statement' && !isCalled(program, node)) return `line ${lineOf(node)} returns it to whoever calls`;
    }
  return undefined;
}

/** Does the program itself call the function around a node? */
function isCalled(program: Program, node: Node): boolean {
  const definition = above(node, (one) => one.type === 'function_definition' || one.type === 'lambda');
  const name = definition === undefined ? undefined : child(definition, 'name');
  return name === undefined || program.calls.some((one) => one.name === textOf(name));
}

function inOrder(columns: readonly string[], known: ReadonlyMap<string, string>): readonly string[] {
  const order = [...known.keys()].map((name) => name.toLowerCase());
  const at = (name: string) => {
    const i = order.indexOf(name.toLowerCase());
    return i < 0 ? order.length : i;
  };
  return [...columns].sort((a, b) => at(a) - at(b) || (a < b ? -1 : a > b ? 1 : 0));
}

/** Frames beside this one whose columns a step brings in; one of several ways to the same frame brings in none. */
function others(program: Program, frame: Frame, step: Frame): readonly Frame[] {
  if (/^(either|loop)$/.test(step.method)) return [];
  const isJoin = /^(join|crossJoin|lateralJoin)$/.test(step.method);
  if (step.parents.length < 2 && !isJoin) return [];
  const below = new Set(program.downstream(frame));
  return [...step.parents.filter((one) => !below.has(one)), step];
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
