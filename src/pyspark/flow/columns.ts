// Column expressions: which columns they read and what they are made of.
// Law: `columns` holds every column that can be named here; when one cannot, `complete` is false.

import type { Udf } from '../model.ts';
import type { Node } from '../node.ts';
import { columnsOfSql } from '../sql.ts';
import { type ColumnValue, stringOf, type Value } from './values.ts';

const BLANK = {
  kind: 'column',
  columns: [],
  complete: true,
  functions: [],
  udfs: [],
  windows: [],
  alias: undefined,
  parts: [],
  frame: undefined,
} as const;

export function isColumn(value: Value): value is ColumnValue {
  return value.kind === 'column';
}

/** A bare column; a name that is not known makes the expression incomplete. */
export function referenceTo(node: Node, name: string | undefined): ColumnValue {
  return { ...BLANK, node, shape: 'column', columns: name === undefined ? [] : [name], complete: name !== undefined };
}

export function literalColumn(node: Node): ColumnValue {
  return { ...BLANK, node, shape: 'literal' };
}

/** A text in Spark SQL's expression language. */
export function sqlColumn(node: Node, text: string): ColumnValue {
  const { columns, functions, alias, simple } = columnsOfSql(text);
  return {
    ...BLANK,
    node,
    shape: simple ? 'column' : 'sql',
    columns,
    functions,
    alias,
    complete: !text.includes('*'),
  };
}

/** An expression made of others. */
export function combined(
  node: Node,
  shape: string,
  parts: readonly Value[],
  more: { functions?: readonly string[]; udfs?: readonly Udf[] } = {},
): ColumnValue {
  const inner = parts.filter(isColumn);
  const all = <T>(pick: (one: ColumnValue) => readonly T[]) => [...new Set(inner.flatMap((one) => [...pick(one)]))];
  return {
    ...BLANK,
    node,
    shape,
    parts,
    columns: all((one) => one.columns),
    functions: [...new Set([...(more.functions ?? []), ...all((one) => one.functions)])],
    udfs: [...new Set([...(more.udfs ?? []), ...all((one) => one.udfs)])],
    windows: all((one) => one.windows),
    complete: inner.every((one) => one.complete) && parts.every((one) => one.kind !== 'unknown'),
    frame: inner.length === 1 ? inner[0]?.frame : undefined,
  };
}

/** An argument where Spark takes a column or the name of one. */
export function asColumn(value: Value, node: Node): ColumnValue {
  if (value.kind === 'column') return value;
  const name = stringOf(value);
  if (name !== undefined) return name === '*' ? { ...referenceTo(node, undefined) } : referenceTo(node, name);
  if (value.kind === 'list') {
    const parts = value.items.map((one) => asColumn(one, node));
    const all = combined(node, 'list', parts);
    return value.exact ? all : { ...all, complete: false };
  }
  if (value.kind === 'constant') return literalColumn(node);
  return referenceTo(node, undefined);
}

/** All the conditions that must hold together. */
export function conjuncts(value: Value): Value[] {
  if (value.kind === 'column' && value.shape === '&') return value.parts.flatMap(conjuncts);
  return [value];
}
