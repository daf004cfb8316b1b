// Grouped Python functions that are folds: what a function of a group (applyInPandas) gives out can be made of what it gives for the group's parts.
// Laws: only what is surely additive or an extreme, term by term, is a fold; a mean, a rank, a shift, a look at the whole group is none.

import { bare, child, constantOf, type Node, named, textOf } from '../../pyspark/index.ts';

export type Combine = 'key' | 'sum' | 'min' | 'max';

export interface Fold {
  /** Output columns in the order of the schema, each with how parts are put together. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly combine: Combine }[];
}

/** A fold's columns, or why the function is none. `schema`: the DDL text that applyInPandas was given. */
export function foldOf(definition: Node, keys: readonly string[], schema: string): Fold | string {
  const parameters = named(child(definition, 'parameters') ?? definition);
  const first = parameters[0];
  const group = first === undefined ? undefined : textOf(first.type === 'typed_parameter' ? (named(first)[0] as Node) : first);
  if (group === undefined || parameters.length !== 1 || !/^\w+$/.test(group)) return 'the function takes more than the group.';
  const body = child(definition, 'body');
  if (body === undefined || definition.type !== 'function_definition') return 'the function is a lambda.';
  const byRow = new Set<string>();
  const statements = named(body);
  let result: Node | undefined;
  for (const [i, statement] of statements.entries()) {
    const inner = statement.type === 'expression_statement' ? named(statement)[0] : undefined;
    if (statement.type === 'return_statement' && i === statements.length - 1) result = named(statement)[0];
    else if (inner?.type === 'assignment') {
      const left = child(inner, 'left');
      const right = child(inner, 'right');
      if (left?.type !== 'identifier' || right === undefined || !isByRow(right, group, byRow))
        return `\`${textOf(statement).split('\n')[0]}\` is no value of each row by itself.`;
      byRow.add(textOf(left));
    } else if (inner?.type === 'string' || (inner?.type === 'call' && !mutates(inner, group))) continue;
    else return `\`${textOf(statement).split('\n')[0]}\` is not understood.`;
  }
  const dict = result === undefined ? undefined : dictOf(bare(result));
  if (dict === undefined) return 'it does not give out one row made of a dict.';
  const types = typesOf(schema);
  if (types === undefined) return 'its schema is not given as text.';
  const columns: Fold['columns'][number][] = [];
  for (const [name, type] of types) {
    const value = dict.get(name);
    if (value === undefined) return `${name} of its schema is not in the dict.`;
    const combine = combineOf(value, group, keys, byRow, name);
    if (combine === undefined) return `${name} cannot be made of its parts: \`${textOf(value)}\`.`;
    columns.push({ name, type, combine });
  }
  return keys.every((key) => columns.some((one) => one.name === key && one.combine === 'key'))
    ? { columns }
    : 'it does not give out the keys of its group.';
}

/** Methods that would change the group for what follows. */
const mutates = (call: Node, group: string): boolean => {
  const callee = child(call, 'function');
  return callee?.type === 'attribute' && textOf(callee).startsWith(`${group}.`);
};

/** `pd.DataFrame({"a": [x], …})` or `pd.DataFrame([{"a": x, …}])` as name → expression. */
function dictOf(node: Node): Map<string, Node> | undefined {
  if (node.type !== 'call' || !/(^|\.)DataFrame$/.test(textOf(child(node, 'function') as Node))) return undefined;
  const argument = named(child(node, 'arguments') as Node)[0];
  const listed = argument?.type === 'list' && named(argument).length === 1;
  const dict = listed ? named(argument)[0] : argument;
  if (dict?.type !== 'dictionary' || named(child(node, 'arguments') as Node).length !== 1) return undefined;
  const found = new Map<string, Node>();
  for (const pair of named(dict)) {
    const key = pair.type === 'pair' ? constantOf(child(pair, 'key') as Node) : undefined;
    const value = pair.type === 'pair' ? child(pair, 'value') : undefined;
    const one = listed ? value : value?.type === 'list' && named(value).length === 1 ? named(value)[0] : undefined;
    if (typeof key !== 'string' || one === undefined) return undefined;
    found.set(key, one);
  }
  return found;
}

function typesOf(schema: string): [string, string][] | undefined {
  const found: [string, string][] = [];
  for (const part of schema.split(/,(?![^(]*\))/)) {
    const match = /^\s*`?(\w+)`?\s*[: ]\s*(\w+(?:\([\d, ]+\))?)\s*$/.exec(part);
    if (match === null) return undefined;
    found.push([match[1] as string, match[2] as string]);
  }
  return found;
}

/** A column of the group: `g["x"]`, `g.x`. */
function columnOf(node: Node, group: string): string | undefined {
  if (node.type === 'subscript' && textOf(child(node, 'value') as Node) === group) {
    const key = child(node, 'subscript');
    const name = key === undefined ? undefined : constantOf(key);
    return typeof name === 'string' ? name : undefined;
  }
  if (node.type !== 'attribute' || textOf(child(node, 'object') as Node) !== group) return undefined;
  const name = textOf(child(node, 'attribute') as Node);
  return /^(iloc|loc|index|columns|values|shape|size|T|empty)$/.test(name) ? undefined : name;
}

/** Methods of a column that look at one value at a time. */
const OF_ROW = /^(round|abs|astype|fillna|clip|isna|notna|isnull|notnull|eq|ne|lt|le|gt|ge|add|sub|mul|div)$/;

/** True for a column of the group's rows that is computed row by row. */
function isByRow(node: Node, group: string, known: ReadonlySet<string>): boolean {
  const one = bare(node);
  if (one.type === 'identifier') return known.has(textOf(one));
  if (columnOf(one, group) !== undefined) return true;
  if (one.type === 'unary_operator' || one.type === 'not_operator') return isByRow(child(one, 'argument') as Node, group, known);
  if (one.type === 'binary_operator' || one.type === 'comparison_operator') {
    const parts = named(one);
    return (
      parts.some((part) => isByRow(part, group, known)) &&
      parts.every((part) => isByRow(part, group, known) || isScalar(part, group, known))
    );
  }
  if (one.type === 'call') {
    const callee = child(one, 'function');
    if (callee?.type !== 'attribute' || !OF_ROW.test(textOf(child(callee, 'attribute') as Node))) return false;
    return (
      isByRow(child(callee, 'object') as Node, group, known) &&
      named(child(one, 'arguments') as Node).every((part) => isScalar(part, group, known))
    );
  }
  return false;
}

/** A value that is the same for every part of the group: it names neither the group nor what was made of it. */
function isScalar(node: Node, group: string, known: ReadonlySet<string>): boolean {
  const one = bare(node);
  if (constantOf(one) !== undefined || one.type === 'float' || one.type === 'integer') return true;
  if (one.type === 'identifier') return textOf(one) !== group && !known.has(textOf(one));
  return false;
}

function combineOf(node: Node, group: string, keys: readonly string[], byRow: ReadonlySet<string>, name: string): Combine | undefined {
  const one = bare(node);
  if (one.type === 'subscript') {
    const value = child(one, 'value');
    const iloc = value?.type === 'attribute' && textOf(child(value, 'attribute') as Node) === 'iloc' ? child(value, 'object') : undefined;
    const column = iloc === undefined ? undefined : columnOf(iloc, group);
    return column === name && keys.includes(column) && textOf(child(one, 'subscript') as Node) === '0' ? 'key' : undefined;
  }
  if (one.type !== 'call') return undefined;
  const callee = child(one, 'function') as Node;
  const args = named(child(one, 'arguments') as Node);
  if (callee.type === 'identifier') {
    const what = textOf(callee);
    if (what === 'len' && args.length === 1 && textOf(args[0] as Node) === group) return 'sum';
    const inner = args.length === 1 ? bare(args[0] as Node) : undefined;
    if (inner === undefined) return undefined;
    const combine = combineOf(inner, group, keys, byRow, name);
    if (what === 'float') return combine;
    // int() of a sum of fractions would be cut for each part: only sums of whole terms stay the same.
    if (what === 'int') return combine !== 'sum' || isWhole(inner) ? combine : undefined;
    return undefined;
  }
  if (callee.type !== 'attribute' || args.length > 0) return undefined;
  const method = textOf(child(callee, 'attribute') as Node);
  if (!isByRow(child(callee, 'object') as Node, group, byRow)) return undefined;
  return method === 'sum' || method === 'count' ? 'sum' : method === 'min' || method === 'max' ? method : undefined;
}

/** A sum whose terms are whole numbers by what is written: rounded, counted, compared, or cast. */
function isWhole(call: Node): boolean {
  const callee = child(call, 'function') as Node;
  if (callee.type === 'identifier') return textOf(callee) === 'len';
  if (textOf(child(callee, 'attribute') as Node) === 'count') return true;
  const term = bare(child(callee, 'object') as Node);
  if (term.type === 'comparison_operator') return true;
  if (term.type !== 'call') return false;
  const method = child(term, 'function') as Node;
  const name = method.type === 'attribute' ? textOf(child(method, 'attribute') as Node) : '';
  const args = named(child(term, 'arguments') as Node);
  return (name === 'round' && args.length === 0) || (name === 'astype' && /^['"]?int(64|32)?['"]?$/.test(textOf(args[0] as Node)));
}
