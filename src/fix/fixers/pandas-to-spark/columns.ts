// Expressions of pandas over the columns of one variable → the same values as Columns of Spark.
// Laws: a condition over a null is false to pandas and null to Spark: `strict` is never null, `text` may be null where pandas has False;
// what is not understood ends the rewrite with its line.

import { bare, child, constantOf, type Node, type Program, textOf, walk } from '../../../pyspark/index.ts';
import { identifiers, scopeOf } from '../../places.ts';
import { method, partOf } from './methods.ts';
import { type Asked, columnOf, isNumber, isWhole, left, type State, shown } from './state.ts';

/** Where an expression stands: the variable it may read, and what that holds. */
export interface Reach {
  readonly variable: string;
  readonly state: State;
  readonly asked: Asked;
  readonly program: Program;
  /** What the file calls Spark's functions. */
  readonly f: string;
}

export interface Value {
  readonly text: string;
  readonly type: string | undefined;
  readonly mayNull: boolean;
  readonly mayNaN: boolean;
  /** True when it can be an operand without brackets. */
  readonly atom: boolean;
  /** A value of Python: a literal, a constant. */
  readonly scalar: boolean;
  /** The name of the column, when it is nothing but one. */
  readonly name: string | undefined;
  readonly nonZero?: boolean;
  readonly hadNull?: string | undefined;
  /** Columns that it reads. */
  readonly reads: readonly string[];
  /** Of a condition: never null. */
  readonly strict: string;
  /** Of a condition: columns that hold no null where it is true. */
  readonly present: readonly string[];
}

export const value = (text: string, type: string | undefined, more: Partial<Value> = {}): Value => ({
  text,
  type,
  mayNull: false,
  mayNaN: false,
  atom: true,
  scalar: false,
  name: undefined,
  reads: [],
  strict: text,
  present: [],
  ...more,
});

export const operand = (one: Value): string => (one.atom ? one.text : `(${one.text})`);
/** The value as a Column; a whole number of Python is an int to Spark, and a bigint behind pandas. */
export const asColumn = (one: Value, f: string): string =>
  !one.scalar ? (one.type === 'boolean' ? one.strict : one.text) : `${f}.lit(${one.text})${one.type === 'bigint' ? '.cast("bigint")' : ''}`;

/** Attributes of a pandas frame that hide a column of the same name. */
const HIDING =
  /^(size|count|sum|min|max|mean|median|mode|index|columns|shape|values|T|loc|iloc|at|iat|rank|pop|name|items|keys|product|prod|diff|dtypes|empty|plot|style|str|dt|cat|axes|ndim|std|var|first|last|rolling|shift|query|eval|filter|where|mask|head|tail|sample|round|abs|all|any|add|sub|mul|div|pow|mod|get|copy|map|apply|agg|pipe|join|merge|pivot|melt|stack|unstack|transform|describe|info|hist|attrs|flags|set_index|squeeze|swapaxes|truncate|update|rename|insert|isin|interpolate|clip|corr|cov|cummax|cummin|cumprod|cumsum|skew|kurt|sem|quantile|nunique|nlargest|nsmallest|drop|dropna|duplicated|equals|explode|ffill|bfill|pad|fillna|align|assign|astype|between_time|bool|combine|compare|convert_dtypes|dot|eq|ne|lt|le|gt|ge)$/;

/** The column that an expression names: `pdf["a"]`, `pdf.a`. */
export function columnName(node: Node, variable: string): string | undefined {
  const one = bare(node);
  if (one.type === 'subscript' && textOf(child(one, 'value') as Node) === variable) {
    const key = constantOf(child(one, 'subscript') as Node);
    return typeof key === 'string' ? key : undefined;
  }
  if (one.type !== 'attribute' || textOf(child(one, 'object') as Node) !== variable) return undefined;
  const name = textOf(child(one, 'attribute') as Node);
  return HIDING.test(name) ? undefined : name;
}

/** A literal, or a name that is given one literal in the whole program. */
export function scalarOf(node: Node, program: Program): { text: string; type: string } | undefined {
  const one = bare(node);
  const constant = constantOf(one);
  if (constant !== undefined) {
    if (constant === null || typeof constant === 'bigint') return undefined;
    const isFloat = [...walk(one)].some((part) => part.type === 'float');
    const type = typeof constant === 'string' ? 'string' : typeof constant === 'boolean' ? 'boolean' : isFloat ? 'double' : 'bigint';
    return { text: textOf(one), type };
  }
  if (one.type === 'binary_operator' && /^[-+*]$/.test(textOf(child(one, 'operator') as Node))) {
    const sides = [child(one, 'left') as Node, child(one, 'right') as Node].map((side) => scalarOf(side, program));
    if (!sides.every((side) => side !== undefined && isNumber(side.type))) return undefined;
    return { text: `(${textOf(one)})`, type: sides.some((side) => side?.type === 'double') ? 'double' : 'bigint' };
  }
  if (one.type !== 'identifier') return undefined;
  const [given, ...others] = program.definitionOf(textOf(one));
  const right = given?.type === 'assignment' ? child(given, 'right') : undefined;
  if (given === undefined || right === undefined || others.length > 0 || given.source !== one.source || given.start > one.start)
    return undefined;
  if (!/^(integer|float|string|true|false|unary_operator|parenthesized_expression)$/.test(right.type)) return undefined;
  const scope = scopeOf(one);
  const isItsParameter = identifiers(child(scope, 'parameters') ?? right, textOf(one)).length > 0;
  if (isItsParameter || (scopeOf(given) !== scope && scopeOf(given).type !== 'module')) return undefined;
  const isLoose = program.roots.some((root) =>
    [...walk(root)].some(
      (part) =>
        /^(for_statement|for_in_clause|augmented_assignment)$/.test(part.type) && textOf(child(part, 'left') ?? part) === textOf(one),
    ),
  );
  const constantTo = isLoose ? undefined : scalarOf(right, program);
  return constantTo && { text: textOf(one), type: constantTo.type };
}

/** An expression as a value of Spark. */
export function asSpark(node: Node, reach: Reach): Value {
  const one = bare(node);
  const { f } = reach;
  const name = columnName(one, reach.variable);
  if (name !== undefined) {
    const column = columnOf(reach.state, name, reach.asked, one);
    const text = `${f}.col("${name}")`;
    const strict = column.type === 'boolean' && column.mayNull ? `${f}.coalesce(${text}, ${f}.lit(False))` : text;
    return value(text, column.type, { ...column, name, reads: [name], strict, present: column.type === 'boolean' ? [name] : [] });
  }
  const scalar = scalarOf(one, reach.program);
  if (scalar !== undefined) return value(scalar.text, scalar.type, { scalar: true });
  switch (one.type) {
    case 'binary_operator':
      return /^[&|]$/.test(textOf(child(one, 'operator') as Node)) ? together(one, reach) : arithmetic(one, reach);
    case 'comparison_operator':
      return comparison(one, reach);
    case 'unary_operator': {
      const inner = asSpark(child(one, 'argument') as Node, reach);
      const sign = textOf(child(one, 'operator') as Node);
      if (sign === '~' && inner.type === 'boolean' && !inner.scalar) return condition(`~${brackets(inner.strict)}`, inner.reads);
      if (sign === '-' && !inner.scalar) return { ...number(inner, reach, one), text: `-${operand(inner)}`, atom: false, name: undefined };
      return left(one, `${shown(one)} is not understood`);
    }
    case 'attribute':
      return partOf(one, reach);
    case 'call':
      return method(one, reach);
    default:
      return left(one, `${shown(one)} is not understood`);
  }
}

/** Brackets, where an operator would need them. */
export const brackets = (text: string): string => (/^[\w.]+\((?:[^()]|\([^()]*\))*\)$/.test(text) ? text : `(${text})`);

export const condition = (text: string, reads: readonly string[], strict = text, present: readonly string[] = []): Value =>
  value(text, 'boolean', { atom: false, reads, strict, present });

/** A number, with what must hold of it so that pandas computes what Spark does. */
export function number(one: Value, { asked }: Reach, node: Node): Value {
  if (one.type !== undefined && !isNumber(one.type)) left(node, `${shown(node)} computes with a ${one.type}`);
  asked.neverNull(one);
  if (one.mayNull) for (const name of one.reads) asked.noNull(name);
  return { ...one, mayNull: false, hadNull: undefined };
}

function arithmetic(node: Node, reach: Reach): Value {
  const operator = textOf(child(node, 'operator') as Node);
  const [a, b] = [child(node, 'left') as Node, child(node, 'right') as Node].map((one) => number(asSpark(one, reach), reach, node)) as [
    Value,
    Value,
  ];
  if (!/^[-+*/]$/.test(operator) || (a.scalar && b.scalar)) left(node, `${shown(node)} is not understood`);
  const divisor = b.scalar ? Number(b.text.replaceAll('_', '')) : undefined;
  if (operator === '/' && b.nonZero !== true && (divisor === undefined || Number.isNaN(divisor) || divisor === 0))
    reach.asked.say(`${b.text} is never 0: pandas makes inf or NaN of a division by it, Spark an error or null.`, undefined);
  const types = [a.type, b.type];
  const type = operator === '/' || types.includes('double') ? 'double' : types.includes(undefined) ? undefined : 'bigint';
  if (type === 'bigint') reach.asked.say('Whole numbers that are computed stay within 64 bits.', undefined);
  return value(`${operand(a)} ${operator} ${operand(b)}`, type, {
    atom: false,
    mayNaN: a.mayNaN || b.mayNaN,
    reads: [...a.reads, ...b.reads],
  });
}

/** `a & b`, `a | b` of conditions. */
function together(node: Node, reach: Reach): Value {
  const operator = textOf(child(node, 'operator') as Node);
  const [a, b] = [child(node, 'left') as Node, child(node, 'right') as Node].map((one) => {
    const made = asSpark(one, reach);
    return made.type === 'boolean' && !made.scalar ? made : left(one, `${shown(one)} is no condition`);
  }) as [Value, Value];
  const join = (x: string, y: string) => `${brackets(x)} ${operator} ${brackets(y)}`;
  const present = operator === '&' ? [...a.present, ...b.present] : a.present.filter((one) => b.present.includes(one));
  return condition(join(a.text, b.text), [...a.reads, ...b.reads], join(a.strict, b.strict), present);
}

/** Both sides are compared by pandas as by Spark. */
export function sameKind(a: Value, b: Value, reach: Reach, node: Node): void {
  for (const one of [a, b]) {
    if (one.mayNaN && !one.scalar)
      for (const name of one.reads) if (one.type === 'double' || one.type === undefined) reach.asked.noNaN(name);
    if (one.type === 'date' || one.type === 'timestamp') {
      if (a.type !== b.type) left(node, `${shown(node)} compares a ${one.type} with something else`);
    }
  }
  if (
    a.type === undefined ||
    b.type === undefined ||
    a.type === b.type ||
    [a, b].every((one) => isWhole(one.type) || one.type === 'double')
  )
    return;
  left(node, `${shown(node)} compares a ${a.type} with a ${b.type}`);
}

function comparison(node: Node, reach: Reach): Value {
  const operands = node.children.filter((one) => one.named && one.field !== 'operators' && one.type !== 'comment');
  const operator = node.children.filter((one) => one.field === 'operators').map(textOf);
  const [first, second] = operands;
  const [sign = ''] = operator;
  if (first === undefined || second === undefined || operator.length !== 1 || !/^(==|!=|<|<=|>|>=)$/.test(sign))
    return left(node, `${shown(node)} is not understood`);
  const [a, b] = [asSpark(first, reach), asSpark(second, reach)];
  const isOfConditions = [a, b].some((one) => one.type === 'boolean' && one.name === undefined && !one.scalar);
  if ((a.scalar && b.scalar) || isOfConditions) left(node, `${shown(node)} is not understood`);
  sameKind(a, b, reach, node);
  return guarded(`${operand(a)} ${sign} ${operand(b)}`, [a, b], sign === '!=', reach);
}

/** A condition that is null for Spark where one of these is null, and `otherwise` for pandas. */
export function guarded(text: string, of: readonly Value[], otherwise: boolean, { f }: Reach): Value {
  const reads = of.flatMap((one) => one.reads);
  const present = otherwise ? [] : of.flatMap((one) => one.name ?? []);
  if (!of.some((one) => one.mayNull)) return condition(text, reads, text, present);
  const strict = `${f}.coalesce(${text}, ${f}.lit(${otherwise ? 'True' : 'False'}))`;
  return condition(otherwise ? strict : text, reads, strict, present);
}
