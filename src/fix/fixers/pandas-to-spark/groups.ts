// Groupings of pandas → groupBy and agg of Spark: named aggregation, a dict, one function over columns, the number of rows.
// Laws: rows whose key is null are in no group; a sum over nothing is 0; what hangs on the order of rows is left.

import { bare, child, constantOf, type Node, named, textOf } from '../../../pyspark/index.ts';
import type { Link } from './layout.ts';
import { type Asked, type Column, columnOf, isNumber, left, type State, shown } from './state.ts';

/** `pdf.groupby(…)`, with the columns picked from it. */
export interface Grouped {
  readonly state: State;
  readonly keys: readonly string[];
  readonly asIndex: boolean;
  /** A text for `["x"]`, a list for `[["x", "y"]]`. */
  readonly picked: string | readonly string[] | undefined;
}

export interface Made {
  readonly links: readonly Link[];
  readonly state: State;
}

interface Aggregate {
  readonly column: string | undefined;
  readonly what: string;
  readonly as: string;
}

const FUNCTIONS = /^(size|count|sum|min|max|mean|nunique)$/;

/** Keyword arguments by name; positional ones under their number. */
export function argumentsOf(call: Node): Map<string, Node> {
  const found = new Map<string, Node>();
  let i = 0;
  for (const one of named(child(call, 'arguments') as Node)) {
    if (one.type === 'keyword_argument') found.set(textOf(child(one, 'name') as Node), child(one, 'value') as Node);
    else if (/splat/.test(one.type)) left(call, `${shown(one)} is not known`);
    else found.set(String(i++), one);
  }
  return found;
}

/** One text, or a list of texts. */
export function textsIn(node: Node | undefined): string[] | undefined {
  if (node === undefined) return undefined;
  const one = bare(node);
  const texts = (/^(list|tuple)$/.test(one.type) ? named(one) : [one]).map(constantOf);
  return texts.every((text): text is string => typeof text === 'string') ? texts : undefined;
}

export function groupedBy(call: Node, state: State): Grouped {
  const given = argumentsOf(call);
  const keys = textsIn(given.get('by') ?? given.get('0'));
  if (keys === undefined || keys.length === 0) return left(call, `${shown(call)} groups by something else than columns by name`);
  if (state.index.length > 0 || state.series !== undefined) left(call, 'what is grouped has an index');
  let asIndex = true;
  for (const [name, value] of given) {
    const is = constantOf(value);
    if (name === 'as_index' && typeof is === 'boolean') asIndex = is;
    else if (name === 'dropna' && is === true) continue;
    else if (!/^(by|0|sort|observed)$/.test(name)) left(call, `${name} of groupby is not followed`);
  }
  return { state, keys, asIndex, picked: undefined };
}

/** `grouped["x"]`, `grouped[["x", "y"]]`, `grouped.x`. */
export function pickedOf(grouped: Grouped, node: Node): Grouped {
  const key = bare(node.type === 'attribute' ? (child(node, 'attribute') as Node) : (child(node, 'subscript') as Node));
  const picked = node.type === 'attribute' ? textOf(key) : key.type === 'list' ? textsIn(key) : constantOf(key);
  if (grouped.picked !== undefined || !(typeof picked === 'string' || Array.isArray(picked)))
    return left(node, `${shown(node)} is not understood`);
  return { ...grouped, picked: picked as string | string[] };
}

/** A method of a grouping that makes rows of it. */
export function aggregated(grouped: Grouped, call: Node, what: string, asked: Asked, f: string): Made {
  const { picked, keys } = grouped;
  const args = argumentsOf(call);
  const columns = typeof picked === 'string' ? [picked] : picked;
  const overAll = (fn: string): readonly Aggregate[] => {
    if (columns === undefined) return left(call, `${shown(call)}: over which columns is not said`);
    return columns.map((column) => ({ column, what: fn, as: column }));
  };
  let series: string | undefined;
  let aggregates: readonly Aggregate[];
  if (what === 'size' && args.size === 0) {
    aggregates = [{ column: undefined, what, as: 'size' }];
    series = grouped.asIndex ? 'size' : undefined;
  } else if (FUNCTIONS.test(what) && [...args.keys()].every((one) => one === 'numeric_only')) {
    aggregates = overAll(what);
    series = typeof picked === 'string' && grouped.asIndex ? picked : undefined;
  } else if (/^(agg|aggregate)$/.test(what)) {
    const [first] = [args.get('0') ?? args.get('func')];
    if (first === undefined) aggregates = [...args].map(([as, value]) => namedAggregate(as, value, picked));
    else if (args.size > 1) return left(call, `${shown(call)} is not understood`);
    else if (first.type === 'dictionary' && typeof picked !== 'string') aggregates = named(first).map((pair) => ofPair(pair, columns));
    // Versions of pandas keep the keys in another way without an index.
    else if (first.type === 'list' && typeof picked === 'string' && grouped.asIndex)
      aggregates = named(first).map((one) => ({ column: picked, what: functionOf(one), as: functionOf(one) }));
    else {
      aggregates = overAll(functionOf(first));
      series = typeof picked === 'string' && grouped.asIndex ? picked : undefined;
    }
  } else return left(call, `groupby(…).${what}() is not translated`);
  if (aggregates.length === 0 || new Set([...aggregates.map((one) => one.as), ...keys]).size < aggregates.length + keys.length)
    left(call, 'two columns of the result have one name');
  return made(grouped, aggregates, series, call, asked, f);
}

function namedAggregate(as: string, value: Node, picked: Grouped['picked']): Aggregate {
  if (typeof picked === 'string') return { column: picked, what: functionOf(value), as };
  const one = bare(value);
  if (one.type === 'tuple' && named(one).length === 2) {
    const [column, what] = named(one) as [Node, Node];
    return { column: nameOf(column), what: functionOf(what), as };
  }
  if (one.type === 'call' && /(^|\.)NamedAgg$/.test(textOf(child(one, 'function') as Node))) {
    const args = argumentsOf(one);
    const [column, what] = [args.get('column') ?? args.get('0'), args.get('aggfunc') ?? args.get('1')];
    if (column !== undefined && what !== undefined) return { column: nameOf(column), what: functionOf(what), as };
  }
  return left(value, `${shown(value)} is not understood`);
}

const nameOf = (node: Node): string => {
  const name = constantOf(node);
  return typeof name === 'string' ? name : left(node, `${shown(node)} is no name of a column`);
};

function ofPair(pair: Node, columns: readonly string[] | undefined): Aggregate {
  const [key, value] = [child(pair, 'key'), child(pair, 'value')];
  if (pair.type !== 'pair' || key === undefined || value === undefined) return left(pair, `${shown(pair)} is not understood`);
  const column = nameOf(key);
  if (columns !== undefined && !columns.includes(column)) left(pair, `${shown(pair)} is not among the columns picked`);
  return { column, what: functionOf(value), as: column };
}

function functionOf(node: Node): string {
  const constant = constantOf(node);
  const name = typeof constant === 'string' ? constant : /^(?:np|numpy)\.(sum|min|max|mean)$/.exec(textOf(node))?.[1];
  if (name === undefined || !FUNCTIONS.test(name)) return left(node, `the aggregate ${shown(node)} is not translated`);
  return name;
}

function made(
  { state, keys, asIndex }: Grouped,
  aggregates: readonly Aggregate[],
  series: string | undefined,
  call: Node,
  asked: Asked,
  f: string,
): Made {
  const columns = new Map<string, Column>();
  const missing: string[] = [];
  for (const key of keys) {
    const column = columnOf(state, key, asked, call);
    if (column.mayNaN) asked.noNaN(key);
    if (column.mayNull) missing.push(key);
    asked.neverNull(column);
    if (column.mayNull && !/^(string|date|timestamp)$/.test(column.type ?? '')) asked.noNull(key);
    columns.set(key, { ...column, mayNull: false, mayNaN: false });
  }
  const parts = aggregates.map((one) => {
    const { text, column } = aggregate(one, state, call, asked, f);
    columns.set(asked.name(one.as, call), column);
    return `${text}.alias("${one.as}")`;
  });
  const quotedKeys = keys.map((one) => `"${one}"`).join(', ');
  const links: Link[] = [
    ...(missing.length === 0 ? [] : [{ head: '.where', items: [missing.map((one) => `${f}.col("${one}").isNotNull()`).join(' & ')] }]),
    { head: '.groupBy', items: [quotedKeys] },
    { head: '.agg', items: parts },
  ];
  return {
    links,
    state: {
      columns,
      order: [...columns.keys()],
      gone: new Set(),
      origins: state.origins,
      index: asIndex ? keys : [],
      series,
      sorted: undefined,
    },
  };
}

function aggregate({ column: name, what }: Aggregate, state: State, call: Node, asked: Asked, f: string): { text: string; column: Column } {
  const whole: Column = { type: 'bigint', mayNull: false, mayNaN: false };
  if (name === undefined || what === 'size') {
    if (name !== undefined) columnOf(state, name, asked, call);
    return { text: `${f}.count("*")`, column: { ...whole, nonZero: true } };
  }
  const column = columnOf(state, name, asked, call);
  if (column.mayNaN) asked.noNaN(name);
  const of = `"${name}"`;
  if (what === 'count') return { text: `${f}.count(${of})`, column: whole };
  if (what === 'nunique') return { text: `${f}.countDistinct(${of})`, column: whole };
  if (column.type === 'boolean' && !column.mayNull && /^(sum|mean)$/.test(what))
    return {
      text: `${f}.${what === 'sum' ? 'sum' : 'avg'}(${f}.col(${of}).cast("bigint"))`,
      column: { ...whole, type: what === 'sum' ? 'bigint' : 'double' },
    };
  if (what === 'sum' || what === 'mean') {
    if (column.type !== undefined && !isNumber(column.type)) left(call, `the ${what} of \`${name}\`, which is a ${column.type}`);
    if (column.type !== 'bigint' || what === 'mean')
      asked.say(
        'Doubles are added in another order: the last digits may differ, and with them what is rounded or compared at its very edge.',
        undefined,
      );
    else asked.say('Whole numbers that are computed stay within 64 bits.', undefined);
  }
  if (what === 'sum') {
    // To pandas, whole numbers with nulls among them are doubles.
    asked.neverNull(column);
    if (column.mayNull && column.type !== 'double') asked.noNull(name);
    const text = column.mayNull ? `${f}.coalesce(${f}.sum(${of}), ${f}.lit(0))` : `${f}.sum(${of})`;
    return { text, column: { type: column.type, mayNull: false, mayNaN: false } };
  }
  const isOpen = column.mayNull && (what === 'mean' || /^(string|date|timestamp|double)$/.test(column.type ?? ''));
  if (isOpen && asked.arrow !== true)
    asked.say(`Each group has a value of "${name}": without one pandas gives NaN, Spark null.`, undefined);
  else if (column.mayNull && !isOpen) asked.noNull(name);
  if (what !== 'mean') asked.neverNull(column);
  return {
    text: `${f}.${what === 'mean' ? 'avg' : what}(${of})`,
    // Arrow brings what is missing back as null.
    column: { type: what === 'mean' ? 'double' : column.type, mayNull: isOpen && asked.arrow === true, mayNaN: false },
  };
}
