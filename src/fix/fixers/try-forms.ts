// The forms of an expression that give null where it has no value: which calls and pieces of SQL have one, since when, and the edit that takes it.
// Laws: only what Spark itself has a counterpart for, with the same result for every value that has one; a text that is put together is left.

import { bare, type Call, child, type Edit, type Node, type Program, pythonLiteral, stringOf, textOf } from '../../pyspark/index.ts';
import { insert, replace } from '../edits.ts';
import { functionsImport, functionsName, type NeededImport } from '../imports.ts';
import { functionAround, hasComment, nameOfCall, receiverOf } from '../places.ts';
import { type Raised, typeName } from '../raised.ts';
import { columnOf, type Use, useInSql, useOf } from './use-of.ts';

/** An expression that can be made to give null. */
export interface Site extends Use {
  readonly node: Node;
  readonly edits: readonly Edit[];
  readonly imports: readonly NeededImport[];
  /** `cast` and `try_cast`, for the reader. */
  readonly from: string;
  readonly to: string;
  /** Spark's version that has it. */
  readonly since: readonly [number, number];
}

/** What has a counterpart, by condition. */
const CAST = new Set(['CAST_INVALID_INPUT', 'CAST_OVERFLOW', 'NUMERIC_VALUE_OUT_OF_RANGE']);
const DIVIDE = new Set(['DIVIDE_BY_ZERO']);
const PARSE = new Set(['CANNOT_PARSE_TIMESTAMP', 'CAST_INVALID_INPUT']);

interface Form {
  readonly conditions: ReadonlySet<string>;
  readonly to: string;
  readonly python: readonly [number, number];
  readonly sql: readonly [number, number];
  /** The types it makes, where it is no cast. */
  readonly makes?: RegExp;
}

const FUNCTIONS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['to_timestamp', { conditions: PARSE, to: 'try_to_timestamp', python: [3, 5], sql: [3, 3], makes: /^timestamp/ }],
  ['to_date', { conditions: PARSE, to: 'try_to_date', python: [4, 0], sql: [4, 0], makes: /^date$/ }],
  ['element_at', { conditions: new Set(['INVALID_ARRAY_INDEX_IN_ELEMENT_AT']), to: 'try_element_at', python: [3, 5], sql: [3, 3] }],
]);

/** True when a condition is one that a `try_` form of Spark turns into null. */
export const hasForm = (condition: string): boolean =>
  CAST.has(condition) || DIVIDE.has(condition) || [...FUNCTIONS.values()].some((one) => one.conditions.has(condition));

const fits = (form: Form, raised: Raised): boolean =>
  form.conditions.has(raised.condition) && (form.makes === undefined || raised.target === undefined || form.makes.test(raised.target));

const TYPES: Readonly<Record<string, string>> = {
  Integer: 'int',
  Long: 'bigint',
  Short: 'smallint',
  Byte: 'tinyint',
  Double: 'double',
  Float: 'float',
  Boolean: 'boolean',
  Date: 'date',
  Timestamp: 'timestamp',
  TimestampNTZ: 'timestamp_ntz',
  String: 'string',
};

/** The type that a call of `cast` names; undefined when it is computed. */
function targetOf(call: Call): string | undefined {
  const [argument] = call.arguments;
  if (argument === undefined) return undefined;
  const text = stringOf(argument.value);
  if (text !== undefined) return typeName(text);
  const [, name = '', inside = ''] = /^(?:\w+\.)*(\w+)Type\(([^()]*)\)$/.exec(textOf(argument.node)) ?? [];
  if (name !== 'Decimal') return TYPES[name];
  const [precision = 10, scale = 0] = inside.split(',').flatMap((one) => (/\d+/.test(one) ? [Number(/\d+/.exec(one)?.[0])] : []));
  return `decimal(${precision},${scale})`;
}

/** True for code that workers run: a cast there is one of pandas or of Arrow. */
function onWorkers(program: Program, node: Node): boolean {
  for (let at = functionAround(node); at !== undefined; at = functionAround(at)) {
    const definition = at;
    if (program.functions.some((one) => one.node === definition && one.onWorkers)) return true;
  }
  return false;
}

/**
 * The calls that may have raised it, as sites; a text why one that fits cannot be changed. `isNamed`: the log names the line, so a type that is
 * computed may be the one.
 */
export function callSites(program: Program, calls: readonly Call[], raised: Raised, version: number, isNamed: boolean): (Site | string)[] {
  return calls.flatMap((call): (Site | string)[] => {
    if (onWorkers(program, call.node)) return [];
    const receiver = receiverOf(call);
    if (/^(cast|astype)$/.test(call.name)) {
      if (!CAST.has(raised.condition) || call.arguments.length !== 1 || receiver === undefined) return [];
      const target = targetOf(call);
      if (target === undefined ? !isNamed : raised.target !== undefined && target !== raised.target) return [];
      if (!isNamed && program.values.get(bare(receiver))?.kind !== 'column') return [];
      return [castSite(program, call, receiver, version)];
    }
    const form = FUNCTIONS.get(call.name);
    // A function of the user's own, or another library's, may have the name.
    const made = program.values.get(call.node);
    if (made?.kind !== 'column' || !made.functions.includes(call.name)) return [];
    if (form === undefined || !fits(form, raised)) return [];
    return [functionSite(program, call, form)];
  });
}

function castSite(program: Program, call: Call, receiver: Node, version: number): Site | string {
  const file = call.node.source.path;
  const given = { node: call.node, from: call.name, to: 'try_cast', ...useOf(program, call.node, columnOf(program, receiver)) };
  // Without a version the newest is meant; the precondition says so.
  if (version >= 4) return { ...given, edits: [replace(nameOfCall(call), 'try_cast')], imports: [], since: [4, 0] };
  const name = columnOf(program, receiver);
  const type = stringOf(call.arguments[0]?.value);
  if (name === undefined || type === undefined || /^\w+(\.\w+)*$/.exec(name) === null || !/^(\w+\.)?col\(/.test(textOf(bare(receiver))))
    return 'before Spark 4.0 try_cast is there in SQL only, and this column is no plain name that SQL could be given';
  if (hasComment(call.node, call.node.start, call.node.end)) return 'a comment stands in the cast';
  const edit = replace(call.node, `${functionsName(program, file)}.expr(${pythonLiteral(`try_cast(${name} as ${type})`)})`);
  // What Spark calls a column that SQL casts is not the same in all of these versions.
  const use = useOf(program, call.node, undefined);
  return { ...given, ...use, column: use.column ?? name, edits: [edit], imports: [functionsImport(program, file)], since: [3, 2] };
}

function functionSite(program: Program, call: Call, form: Form): Site | string {
  const file = call.node.source.path;
  const name = nameOfCall(call);
  const callee = child(call.node, 'function');
  const module = callee?.type === 'attribute' ? child(callee, 'object') : undefined;
  const imports: NeededImport[] = [];
  const edits: Edit[] = [replace(name, form.to)];
  if (module === undefined) imports.push({ file, module: 'pyspark.sql.functions', name: form.to });
  const second = call.arguments[1];
  // Formats and positions are columns here: a text would be taken for the name of one.
  if (/^try_(to_timestamp|element_at)$/.test(form.to) && second !== undefined && second.value.kind !== 'column') {
    if (second.value.kind !== 'constant') return 'its second argument is computed';
    edits.push(insert(second.node, second.node.start, `${functionsName(program, file)}.lit(`), insert(second.node, second.node.end, ')'));
    imports.push(functionsImport(program, file));
  }
  const [first] = call.arguments;
  const own = first === undefined ? undefined : (stringOf(first.value) ?? columnOf(program, first.node));
  return {
    node: call.node,
    edits,
    imports,
    from: call.name,
    to: form.to,
    since: form.python,
    ...useOf(program, call.node, undefined),
    ...(useOf(program, call.node, undefined).column === undefined && own !== undefined ? { column: own } : {}),
  };
}

/** The quotients of columns that are meant, as sites. */
export function quotients(program: Program, isMeant: (node: Node) => boolean, raised: Raised): (Site | string)[] {
  if (!DIVIDE.has(raised.condition)) return [];
  const found: (Site | string)[] = [];
  for (const [node, value] of program.values) {
    if (node.type !== 'binary_operator' || value.kind !== 'column' || !isMeant(node)) continue;
    const file = node.source.path;
    if (textOf(child(node, 'operator') ?? node) !== '/' || onWorkers(program, node)) continue;
    const [left, right] = [child(node, 'left'), child(node, 'right')];
    if (left === undefined || right === undefined) continue;
    if (hasComment(node, left.end, right.start)) {
      found.push('a comment stands in the division');
      continue;
    }
    const f = functionsName(program, file);
    const side = (one: Node): [string, string] | undefined => {
      if (program.values.get(bare(one))?.kind === 'column') return ['', ''];
      // A text would be taken for the name of a column.
      return /^-?[\d.]+$/.test(textOf(one)) ? [`${f}.lit(`, ')'] : undefined;
    };
    const [a, b] = [side(left), side(right)];
    if (a === undefined || b === undefined) {
      found.push('a side of the division is computed');
      continue;
    }
    found.push({
      node,
      edits: [
        { file, start: node.start, end: left.start, text: `${f}.try_divide(${a[0]}` },
        { file, start: left.end, end: right.start, text: `${a[1]}, ${b[0]}` },
        { file, start: right.end, end: node.end, text: `${b[1]})` },
      ],
      imports: [functionsImport(program, file)],
      from: '/',
      to: 'try_divide',
      since: [3, 5],
      ...useOf(program, node, undefined),
    });
  }
  return found;
}

/** Pieces of SQL texts that read as the one that raised it. */
export function sqlSites(program: Program, piece: string, raised: Raised): (Site | string)[] {
  return program.sql.flatMap((sql): (Site | string)[] => {
    const raw = textOf(sql.node);
    if (sql.kind === 'cell' || sql.node.type !== 'string' || !raw.includes(piece)) {
      return sql.text.includes(piece) ? ['the text of the SQL is put together, so that its piece cannot be edited'] : [];
    }
    const made = sqlForm(piece, raised);
    if (made === undefined) return ['this piece of SQL has no form that is written down here'];
    const edits: Edit[] = [];
    for (let at = raw.indexOf(piece); at >= 0; at = raw.indexOf(piece, at + piece.length)) {
      if (!standsAlone(raw, at, at + piece.length)) continue;
      const start = sql.node.start + at;
      edits.push({ file: sql.node.source.path, start: start + made.start, end: start + made.end, text: made.text });
    }
    if (edits.length === 0) return [];
    return [{ node: sql.node, edits, imports: [], from: made.from, to: made.to, since: made.since, ...useInSql(program, sql, piece) }];
  });
}

/** Is a piece of SQL an expression there: no part of a longer word, no operand of what binds as tightly? */
function standsAlone(text: string, start: number, end: number): boolean {
  if (/[\w.`]$/.test(text.slice(0, start))) return false;
  if (/^\w+\s*\(/.test(text.slice(start, end))) return true;
  return !/([*/%]|\bdiv)\s*$/i.test(text.slice(0, start)) && !/^[\w.`([:]/.test(text.slice(end));
}

/** The edit within a piece of SQL: `cast(` → `try_cast(`, `a / b` → `try_divide(a, b)`. */
function sqlForm(piece: string, raised: Raised) {
  const word = /^(\w+)\s*\(/.exec(piece)?.[1];
  const name = word?.toLowerCase() ?? '';
  const isUpper = word !== undefined && word === word.toUpperCase();
  const prefix = isUpper ? 'TRY_' : 'try_';
  if (name === 'cast' && CAST.has(raised.condition))
    return { start: 0, end: 0, text: prefix, from: 'cast', to: 'try_cast', since: [3, 2] as const };
  const form = FUNCTIONS.get(name);
  if (form !== undefined && fits(form, raised)) return { start: 0, end: 0, text: prefix, from: name, to: form.to, since: form.sql };
  const [, left, right] = /^([\w.`]+)\s*\/\s*([\w.`]+)$/.exec(piece) ?? [];
  if (left !== undefined && right !== undefined && DIVIDE.has(raised.condition))
    return { start: 0, end: piece.length, text: `try_divide(${left}, ${right})`, from: '/', to: 'try_divide', since: [3, 2] as const };
  const [, value, type] = /^([\w.`]+)::([\w(), ]+)$/.exec(piece) ?? [];
  if (value !== undefined && type !== undefined && CAST.has(raised.condition))
    return { start: 0, end: piece.length, text: `try_cast(${value} as ${type})`, from: '::', to: 'try_cast', since: [3, 2] as const };
  return undefined;
}
