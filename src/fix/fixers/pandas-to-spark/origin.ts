// What is known of a frame where toPandas takes it: all its columns, and those that hold no null there.
// Law: only straight steps above are read (filter, select by name, dropna, limit …); at the first other step the reading ends.

import { type Action, bare, type Call, child, constantOf, type Frame, type Node, named, textOf } from '../../../pyspark/index.ts';
import type { Origin } from './state.ts';

const PASSING =
  /^(filter|where|select|limit|cache|persist|repartition|coalesce|orderBy|sort|distinct|dropDuplicates|drop_duplicates|dropna|drop|alias|hint|checkpoint)$/;

export function originOf(action: Action): Origin {
  const notNull = new Set<string>();
  let columns: readonly string[] | undefined;
  const seen = new Set<Frame>();
  let at: Frame | undefined = action.frames.length === 1 ? action.frames[0] : undefined;
  while (at !== undefined && !seen.has(at) && at.call !== undefined && PASSING.test(at.method)) {
    seen.add(at);
    if (/^(filter|where)$/.test(at.method)) for (const name of presentIn(at.call)) notNull.add(name);
    if (at.method === 'dropna') for (const name of droppedBy(at.call)) notNull.add(name);
    if (at.method === 'drop' && columns === undefined) break;
    if (at.method === 'select') {
      const names = plainNames(at.call);
      if (names === undefined) break;
      columns ??= names;
    }
    at = at.parents.length === 1 ? at.parents[0] : undefined;
  }
  const whole = columns === undefined ? at?.read : undefined;
  return { action, columns, notNull, whole };
}

/** The names of a select that gives nothing but columns as they are. */
function plainNames(call: Call): string[] | undefined {
  const names = call.arguments.flatMap(({ value, name, splat }): (string | undefined)[] => {
    if (splat || name !== undefined) return [undefined];
    const items = value.kind === 'list' ? (value.exact ? value.items : [undefined]) : [value];
    return items.map((one) => {
      if (one?.kind === 'constant' && typeof one.value === 'string') return one.value;
      const isPlain =
        one?.kind === 'column' && one.shape === 'column' && one.complete && one.columns.length === 1 && one.alias === undefined;
      return isPlain ? one.columns[0] : undefined;
    });
  });
  return names.every((one): one is string => one !== undefined && /^[^.*`]+$/.test(one)) ? names : undefined;
}

/** Columns that a condition leaves without nulls: compared by an operator, or asked to be there. */
function presentIn(call: Call): string[] {
  const [argument] = call.arguments;
  if (argument === undefined || argument.splat) return [];
  const { value } = argument;
  // `args.day` beside a column is no column.
  return present(argument.node).filter((one) => value.kind !== 'column' || value.columns.includes(one));
}

function present(node: Node): string[] {
  const one = bare(node);
  const text = constantOf(one);
  if (typeof text === 'string') {
    if (/\b(or|not|case|between)\b/i.test(text.replaceAll(/\bis\s+not\s+null\b/gi, ''))) return [];
    return text
      .split(/\band\b/i)
      .flatMap((part) => /^\s*(\w+)\s*(?:(?:=|==|!=|<>|<|<=|>|>=)\s*[-\w.'"]+\s*$|is\s+not\s+null\s*$)/i.exec(part)?.[1] ?? []);
  }
  if (one.type === 'binary_operator' && textOf(child(one, 'operator') as Node) === '&') return named(one).flatMap(present);
  if (one.type === 'comparison_operator') return named(one).flatMap((part) => columnIn(part) ?? []);
  const callee = one.type === 'call' ? child(one, 'function') : undefined;
  if (
    callee?.type === 'attribute' &&
    /^(isNotNull|isin|between|startswith|contains|like)$/.test(textOf(child(callee, 'attribute') as Node))
  )
    return [columnIn(child(callee, 'object') as Node) ?? []].flat();
  return [];
}

/** `F.col("x")`, `col("x")`, `df["x"]`, `df.x`. */
function columnIn(node: Node): string | undefined {
  const one = bare(node);
  if (one.type === 'call' && /(^|\.)(col|column)$/.test(textOf(child(one, 'function') as Node))) {
    const name = constantOf(named(child(one, 'arguments') as Node)[0] ?? one);
    return typeof name === 'string' ? name : undefined;
  }
  if (one.type === 'subscript') {
    const name = constantOf(child(one, 'subscript') as Node);
    return typeof name === 'string' ? name : undefined;
  }
  return one.type === 'attribute' && child(one, 'object')?.type === 'identifier' ? textOf(child(one, 'attribute') as Node) : undefined;
}

function droppedBy(call: Call): string[] {
  const argument = call.arguments.find((one) => one.name === 'subset');
  if (argument === undefined || call.arguments.length > 1) return [];
  const value = bare(argument.node.type === 'keyword_argument' ? (child(argument.node, 'value') as Node) : argument.node);
  const names = (value.type === 'list' ? named(value) : [value]).map(constantOf);
  return names.every((one): one is string => typeof one === 'string') ? names : [];
}
