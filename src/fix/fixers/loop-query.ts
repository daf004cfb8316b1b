// The query of one turn of a loop as the query of all turns: the folder that says by which column, and the edits from filter to write.
// Law: a step that is not known to work the same on all values at once is a reason, never an edit.

import {
  type Action,
  bare,
  type Call,
  child,
  type Edit,
  type Frame,
  type Loop,
  type Node,
  named,
  type Program,
  stringOf,
  textOf,
  type Value,
} from '../../pyspark/index.ts';
import { argumentOf, receiverOf } from '../places.ts';
import { asksForOrder } from './by-order.ts';

/** Stands for the name of the list of values until it is chosen. */
export const VALUES = '<values>';

/** `…/column={value}` at the end of the path. */
export interface Folder {
  readonly column: string;
  readonly value: string;
  /** From the `/` to behind the value. */
  readonly cut: { readonly start: number; readonly end: number };
}

export function folderOf({ write, call }: Action): Folder | string {
  if (write?.path === undefined || write.partitionBy.length > 0 || write.bucketBy.length > 0)
    return 'it does not write one folder for each value.';
  if (write.mode !== 'overwrite' && write.mode !== 'append')
    return `its write fails or does nothing where the folder is there already (mode ${write.mode ?? 'error'}).`;
  const path = argumentOf(call, 0, 'path')?.node;
  if (path?.type !== 'string') return 'the path of the write is put together elsewhere.';
  const parts = path.children.filter((one) => one.type === 'string_content' || one.type === 'interpolation');
  const hole = parts.at(-1);
  const before = parts.at(-2);
  const name = hole?.type === 'interpolation' ? named(hole)[0] : undefined;
  if (hole?.type !== 'interpolation' || before?.type !== 'string_content' || name?.type !== 'identifier' || named(hole).length !== 1)
    return 'the path does not end in the value of the loop.';
  const key = /\/(\w+)=$/.exec(textOf(before));
  if (key === null) return 'the folders are not named column=value: one write would name them otherwise.';
  return { column: key[1] as string, value: textOf(name), cut: { start: before.end - key[0].length, end: hole.end } };
}

const KEEPS = /^(where|filter|withColumn|withColumns|alias)$/;

/** A grouping key that is certainly another column. */
function isOther(value: Value, column: string): boolean {
  if (value.kind === 'list') return value.exact && value.items.every((one) => isOther(one, column));
  if (value.kind === 'column') return value.complete && !value.columns.includes(column) && value.alias !== column;
  const name = stringOf(value);
  return name !== undefined && name !== column;
}

/** Columns are added under names that are known, and none is this one. */
const makesOthers = (call: Call, column: string): boolean => {
  const first = call.arguments[0]?.value;
  const names = first?.kind === 'dict' ? first.entries.map(([key]) => stringOf(key)) : [stringOf(first)];
  return names.length > 0 && names.every((name) => name !== undefined && name.toLowerCase() !== column.toLowerCase());
};

/** The edits that turn the body's query from one value to all. */
export function queryEdits(
  program: Program,
  loop: Loop,
  action: Action,
  folder: Folder,
): { edits: Edit[]; what: string; filtered: Frame } | string {
  const { column, value, cut } = folder;
  const file = loop.node.source.path;
  const edits: Edit[] = [];
  let frame: Frame | undefined = action.frames[0];
  if (action.frames.length !== 1) return 'what is written comes by several ways.';
  let without = '';
  let filtered: Frame | undefined;
  let placed = false;
  while (frame?.loops.includes(loop)) {
    const { call, grouping }: Frame = frame;
    if (call === undefined || frame.parents.length !== 1) return `${frame.method} joins other rows to those of a value.`;
    if (grouping !== undefined) {
      if (!/^(agg|count|sum|avg|mean|min|max)$/.test(frame.method) || grouping.method !== 'groupBy' || grouping.pivoted)
        return `${frame.method} works on all rows of a value.`;
      if (grouping.call.arguments.length === 0) return `${frame.method} without keys gives a row for a value that has none.`;
      const keys = grouping.call.node.children.find((one) => one.field === 'arguments') as Node;
      if (grouping.call.arguments.some((one) => one.splat)) return 'the grouping keys are computed.';
      const list = grouping.call.arguments[0]?.node;
      if (list?.type === 'list')
        edits.push({ file, start: list.start + 1, end: list.start + 1, text: `"${column}"${named(list).length > 0 ? ', ' : ''}` });
      else
        edits.push({
          file,
          start: keys.start + 1,
          end: keys.start + 1,
          text: `"${column}"${grouping.call.arguments.length > 0 ? ', ' : ''}`,
        });
      if (grouping.call.arguments.some((one) => one.value.kind === 'column' && one.value.columns.includes(column)))
        return `the files hold ${column} itself.`;
      if (grouping.keys.some((one) => !isOther(one.value, column))) return `the files hold ${column} itself.`;
      without = 'the grouping does not give it out';
      // The aggregated frame hangs on what was grouped.
    } else if (/^(where|filter)$/.test(frame.method)) {
      const edit = equalityEdit(program, call, column, value);
      if (edit !== undefined) {
        if (filtered !== undefined) return 'it filters by the value twice.';
        filtered = frame.parents[0];
        edits.push(edit);
      }
    } else if (/^(coalesce|repartition)$/.test(frame.method)) {
      if (frame !== action.frames[0]) return `${frame.method} stands in the middle of the query.`;
      const args = call.node.children.find((one) => one.field === 'arguments') as Node;
      const name = receiverOf(call);
      if (name === undefined) return 'the chain of the write is not understood.';
      const text = call.node.source.text.slice(name.end, args.start);
      edits.push({ file, start: name.end, end: args.end, text: `${text.replace(/coalesce|repartition/, 'repartition')}("${column}")` });
      placed = true;
    } else if (frame.method === 'select') {
      if (
        call.arguments.some(
          (one) =>
            one.splat ||
            (one.value.kind === 'constant' && (one.value.value === column || one.value.value === '*')) ||
            (one.value.kind === 'column' && (one.value.columns.includes(column) || one.value.alias === column || !one.value.complete)),
        )
      )
        return `the files hold ${column} itself, or it is not known.`;
      const args = call.node.children.find((one) => one.field === 'arguments') as Node;
      const list = call.arguments[0]?.node;
      const at = (list?.type === 'list' ? list : args).start + 1;
      edits.push({ file, start: at, end: at, text: `"${column}", ` });
      without = 'the select does not name it';
    } else if (asksForOrder(frame)) {
      return `${frame.method} gives each row a value by its place.`;
    } else if (/^withColumns?$/.test(frame.method) && !makesOthers(call, column)) {
      return `${frame.method} may make ${column} anew.`;
    } else if (!KEEPS.test(frame.method) || /\b(over)\(/.test(textOf(call.node.children.find((one) => one.field === 'arguments') as Node)))
      return `${frame.method} works on the rows of one value together.`;
    frame = frame.parents[0];
  }
  if (filtered === undefined) return `no filter keeps the rows with ${column} equal to ${value}.`;
  if (without === '') return `the files hold ${column} itself, which a partitioned write leaves out.`;
  const writer = receiverOf(action.call);
  const start = writerStart(program, action.call);
  if (writer === undefined || start === undefined) return 'the chain of the write is not understood.';
  if (!placed) edits.push({ file, start: start.end, end: start.end, text: `.repartition("${column}")` });
  const dynamic = action.write?.mode === 'overwrite' ? '.option("partitionOverwriteMode", "dynamic")' : '';
  edits.push({ file, start: writer.end, end: writer.end, text: `.partitionBy("${column}")${dynamic}` });
  edits.push({ file, start: cut.start, end: cut.end, text: '' });
  return { edits, what: without, filtered };
}

/** `column == value` among the conditions that must hold together → `column.isin(values)`. */
function equalityEdit(program: Program, call: Call, column: string, value: string): Edit | undefined {
  const condition = call.arguments[0]?.node;
  if (condition === undefined) return undefined;
  const parts = (node: Node): Node[] => {
    const one = bare(node);
    if (one.type !== 'binary_operator' || textOf(child(one, 'operator') as Node) !== '&') return [one];
    return [...parts(child(one, 'left') as Node), ...parts(child(one, 'right') as Node)];
  };
  for (const part of parts(condition)) {
    if (part.type !== 'comparison_operator') continue;
    const [a, b] = named(part);
    if (a === undefined || b === undefined || named(part).length !== 2 || !part.children.some((one) => one.type === '==')) continue;
    for (const [left, right] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = program.values.get(left);
      if (
        known?.kind === 'column' &&
        known.shape === 'column' &&
        known.columns[0] === column &&
        right.type === 'identifier' &&
        textOf(right) === value
      )
        return { file: part.source.path, start: part.start, end: part.end, text: `${textOf(left)}.isin(${VALUES})` };
    }
  }
  return undefined;
}

/** The expression before `.write`. */
function writerStart(program: Program, call: Call): Node | undefined {
  for (let at = receiverOf(call); at !== undefined; ) {
    if (program.values.get(at)?.kind === 'frame') return at;
    const callee: Node | undefined = at.type === 'call' ? child(at, 'function') : at;
    at = callee?.type === 'attribute' ? child(callee, 'object') : undefined;
  }
  return undefined;
}
