// Expressions of a UDF's body: each becomes a term, or the body is refused.
// Laws: integers never leave 64 bits unasked; / and // and % are Python's, not the JVM's; `and`/`or` give a value as Python does.

import { bare, child, childrenIn, type Node, named, textOf } from '../node.ts';
import { textParts } from '../literal.ts';
import { askNoRaise, type Body, definitionOutside, freeName, isArgparseText, known, literalTerm, neverNull } from './body.ts';
import { call, dictOf } from './calls.ts';
import { isChanged } from './simple.ts';
import { among, equal, isNone, ordered, truth } from './compare.ts';
import {
  both,
  type Condition,
  column,
  condition,
  either,
  EXACT_IN_DOUBLE,
  type Facts,
  fits,
  INT_RANK,
  negated,
  operand,
  refuse,
  type Term,
  term,
  textLiteral,
  withFacts,
} from './terms.ts';

export function under(body: Body, facts: Facts): Body {
  return { ...body, facts: withFacts(body.facts, facts) };
}

/** An expression as a value. */
export function expression(body: Body, given: Node): Term {
  const node = bare(given);
  if (node.type !== 'string') {
    const literal = literalTerm(node);
    if (literal !== undefined) return literal;
  }
  switch (node.type) {
    case 'identifier': {
      const own = body.names.get(textOf(node));
      return own === undefined ? freeName(body, textOf(node)) : known(body, own);
    }
    case 'string':
    case 'concatenated_string':
      return text(body, node);
    case 'conditional_expression': {
      const [then, test, otherwise] = named(node) as [Node, Node, Node];
      const asked = test_(body, test);
      if (asked.constant !== undefined) return expression(body, asked.constant ? then : otherwise);
      return choice(asked, expression(under(body, asked.whenTrue), then), expression(under(body, asked.whenFalse), otherwise));
    }
    case 'boolean_operator': {
      const left = child(node, 'left') as Node;
      const right = child(node, 'right') as Node;
      const isAnd = textOf(child(node, 'operator') ?? node) === 'and';
      const a = expression(body, left);
      const asked = test_(body, left);
      const b = expression(under(body, isAnd ? asked.whenTrue : asked.whenFalse), right);
      if (a.type === 'bool' && b.type === 'bool' && !a.mayNull && !b.mayNull) return asBool(test_(body, node));
      if (asked.constant !== undefined) return asked.constant === isAnd ? b : a;
      return isAnd ? choice(asked, b, a) : choice(asked, known(under(body, asked.whenTrue), a), b);
    }
    case 'comparison_operator':
    case 'not_operator':
      return asBool(test_(body, node));
    case 'binary_operator':
      return arithmetic(body, child(node, 'left') as Node, textOf(child(node, 'operator') ?? node), child(node, 'right') as Node);
    case 'unary_operator': {
      const of = neverNull(body, expression(body, child(node, 'argument') as Node));
      const operator = textOf(child(node, 'operator') ?? node);
      if (operator !== '-' || of.driver || (of.type !== 'int' && of.type !== 'float')) return refuse(`the operator ${operator}`);
      if (of.type === 'float') return term(`-${operand(double(of))}`, 'float', 'double', { atom: false });
      return integer(body, [of], (widen) => `-${widen(of)}`, -of.high, -of.low);
    }
    case 'call':
      return call(body, node);
    case 'subscript':
      return subscript(body, node);
    case 'attribute':
      return attribute(body, node);
    default:
      return refuse(`${node.type.replaceAll('_', ' ')} (\`${textOf(node).slice(0, 40)}\`)`);
  }
}

/** An expression as a question. */
export function test_(body: Body, given: Node): Condition {
  const node = bare(given);
  switch (node.type) {
    case 'not_operator':
      return negated(test_(body, child(node, 'argument') as Node));
    case 'boolean_operator': {
      const a = test_(body, child(node, 'left') as Node);
      const isAnd = textOf(child(node, 'operator') ?? node) === 'and';
      if (a.constant !== undefined) return a.constant === isAnd ? test_(body, child(node, 'right') as Node) : a;
      const b = test_(under(body, isAnd ? a.whenTrue : a.whenFalse), child(node, 'right') as Node);
      if (b.constant !== undefined) return b.constant === isAnd ? a : { ...b, whenTrue: b.whenTrue, whenFalse: b.whenFalse };
      return isAnd ? both(a, b) : either(a, b);
    }
    case 'comparison_operator':
      return comparison(body, node);
    default:
      return truth(expression(body, node));
  }
}

function comparison(body: Body, node: Node): Condition {
  const operands = node.children.filter((one) => one.named && one.field !== 'operators' && one.type !== 'comment');
  const operators = childrenIn(node, 'operators').map((one) => textOf(one).replace(/\s+/g, ' '));
  let all: Condition | undefined;
  for (let i = 0; i < operators.length; i++) {
    const here = all === undefined ? body : under(body, all.whenTrue);
    const next = pair(here, operands[i] as Node, operators[i] as string, operands[i + 1] as Node);
    if (all !== undefined && (all.constant !== undefined || next.constant !== undefined)) refuse('a chain of comparisons with a constant in it');
    all = all === undefined ? next : both(all, next);
  }
  return all ?? refuse('a comparison without operator');
}

function pair(body: Body, leftNode: Node, operator: string, rightNode: Node): Condition {
  if (operator === 'in' || operator === 'not in') {
    const found = membership(body, leftNode, bare(rightNode));
    return operator === 'in' ? found : negated(found);
  }
  const left = expression(body, leftNode);
  const right = expression(body, rightNode);
  switch (operator) {
    case 'is':
    case 'is not': {
      if (right.type !== 'none') refuse('`is` with something else than None');
      return operator === 'is' ? isNone(left) : negated(isNone(left));
    }
    case '==':
      return equal(left, right);
    case '!=':
      return negated(equal(left, right));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(body, left, operator, right);
    default:
      return refuse(`the operator ${operator}`);
  }
}

function membership(body: Body, leftNode: Node, rightNode: Node): Condition {
  const dict = dictOf(body, rightNode);
  if (dict !== undefined) return among(expression(body, leftNode), dict.map((entry) => entry.key));
  const list = listOf(body, rightNode);
  if (list !== undefined) return among(expression(body, leftNode), list.map((one) => expression(body, one)));
  // A text in a text.
  const whole = neverNull(body, expression(body, rightNode));
  const part = neverNull(body, expression(body, leftNode));
  if (whole.type !== 'str' || part.type !== 'str' || whole.driver) return refuse('`in` with something else than a list or a text');
  return condition(`${operand(whole)}.contains(${operand(part)})`, { atom: true });
}

/** The members of a list, tuple or set of constants, written here or behind a name that is given once. */
function listOf(body: Body, node: Node): readonly Node[] | undefined {
  if (/^(list|tuple|set)$/.test(node.type)) {
    const members = named(node);
    return members.every((one) => literalTerm(one) !== undefined) ? members : refuse('a list of what is not constant');
  }
  if (node.type !== 'identifier' || body.names.has(textOf(node))) return undefined;
  const right = constantContainer(body, textOf(node), /^(list|tuple|set)$/);
  return right === undefined ? undefined : listOf(body, right);
}

/** A container that is made once outside and never changed. */
export function constantContainer(body: Body, name: string, type: RegExp): Node | undefined {
  const right = containerOf(body, name);
  return right !== undefined && type.test(right.type) ? right : undefined;
}

function containerOf(body: Body, name: string): Node | undefined {
  const right = definitionOutside(body.shared.definition, name);
  if (right === undefined) return undefined;
  const plain = bare(right);
  if (!/^(list|tuple|set|dictionary)$/.test(plain.type)) return undefined;
  if (isChanged(body.shared.definition, name)) refuse(`${name} may be changed while the program runs`);
  body.shared.freeNames.add(name);
  return plain;
}

export function asBool(asked: Condition): Term {
  if (asked.constant !== undefined) return term(asked.constant ? 'True' : 'False', 'bool', 'boolean', { driver: true, constant: asked.constant });
  return term(asked.text, 'bool', 'boolean', { atom: asked.atom });
}

/** One of two values. */
export function choice(asked: Condition, a: Term, b: Term): Term {
  const { type, spark } = commonType(a, b);
  return term(`F.when(${asked.text}, ${column(a)}).otherwise(${column(b)})`, type, spark, {
    mayNull: a.mayNull || b.mayNull,
    mayNaN: a.mayNaN || b.mayNaN,
    low: a.type === 'none' ? b.low : b.type === 'none' ? a.low : a.low < b.low ? a.low : b.low,
    high: a.type === 'none' ? b.high : b.type === 'none' ? a.high : a.high > b.high ? a.high : b.high,
  });
}

/** The type of what is one or the other; Python's types must be the same, or one None. */
export function commonType(a: Pick<Term, 'type' | 'spark'>, b: Pick<Term, 'type' | 'spark'>): Pick<Term, 'type' | 'spark'> {
  if (a.type === 'none') return b;
  if (b.type === 'none') return a;
  if (a.type !== b.type) return refuse(`the result is sometimes a ${a.type}, sometimes a ${b.type}`);
  if (a.type === 'int') return { type: 'int', spark: INT_RANK[Math.max(INT_RANK.indexOf(a.spark), INT_RANK.indexOf(b.spark))] as string };
  if (a.type === 'float') return { type: 'float', spark: a.spark === 'float' && b.spark === 'float' ? 'float' : 'double' };
  return a;
}

/** A float column as the double that Python sees; other numbers as doubles that are exact. */
export function double(one: Term): Term {
  if (one.spark === 'double') return one;
  if (one.type === 'int' && (one.low < -EXACT_IN_DOUBLE || one.high > EXACT_IN_DOUBLE)) refuse('a bigint beside a float: larger than a double holds exactly');
  if (one.driver) return one;
  return { ...one, text: `${operand(one)}.cast("double")`, atom: true, spark: 'double', type: 'float' };
}

/** An integer made of others, in a type of Spark's in which nothing overflows. */
export function integer(body: Body, of: readonly Term[], text: (widen: (one: Term) => string) => string, low: bigint, high: bigint): Term {
  const rank = Math.max(...of.map((one) => INT_RANK.indexOf(one.spark)));
  let spark = INT_RANK[rank] as string;
  let widen = operand;
  if (!fits(low, high, spark)) {
    if (!fits(low, high, 'bigint')) askNoRaise(body, undefined, 'the numbers stay within 64 bits (Python has no such bound)');
    if (spark !== 'bigint') widen = (one) => (one.driver ? operand(one) : `${operand(one)}.cast("bigint")`);
    spark = 'bigint';
  }
  const bound = 2n ** 63n;
  return term(text(widen), 'int', spark, { atom: false, low: low < -bound ? -bound : low, high: high >= bound ? bound - 1n : high });
}

function arithmetic(body: Body, leftNode: Node, operator: string, rightNode: Node): Term {
  const a = neverNull(body, expression(body, leftNode));
  const b = neverNull(body, expression(body, rightNode));
  if (a.driver && b.driver) return refuse('arithmetic of constants');
  if (operator === '+' && a.type === 'str' && b.type === 'str') return term(`F.concat(${column(a)}, ${column(b)})`, 'str', 'string');
  const isNumber = (one: Term) => one.type === 'int' || one.type === 'float';
  if (!isNumber(a) || !isNumber(b)) return refuse(`${a.type} ${operator} ${b.type}`);
  const first = (one: Term, text: string) => (one.driver ? `F.lit(${one.text})` : text);
  if (operator === '+' || operator === '-' || operator === '*') {
    if (a.type === 'float' || b.type === 'float') {
      const x = double(a);
      const y = double(b);
      return term(`${first(x, operand(x))} ${operator} ${operand(y)}`, 'float', 'double', { atom: false });
    }
    const products = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
    const least = (list: bigint[]) => list.reduce((x, y) => (x < y ? x : y));
    const most = (list: bigint[]) => list.reduce((x, y) => (x > y ? x : y));
    const [low, high] =
      operator === '+' ? [a.low + b.low, a.high + b.high] : operator === '-' ? [a.low - b.high, a.high - b.low] : [least(products), most(products)];
    return integer(body, [a, b], (widen) => `${first(a, widen(a))} ${operator} ${widen(b)}`, low, high);
  }
  if (operator === '/') {
    if (b.constant === 0) return refuse('a division by 0');
    const x = double(a);
    const y = double(b);
    if (b.constant !== undefined) return term(`${operand(x)} / ${operand(y)}`, 'float', 'double', { atom: false });
    if (!b.nonZero) askNoRaise(body, b, `${b.argument ?? 'the divisor'} is never 0 (the original fails there, the rewrite gives NULL)`);
    return term(`F.try_divide(${column(x)}, ${column(y)})`, 'float', 'double', {});
  }
  if (operator === '%' || operator === '//') {
    if (a.type !== 'int' || b.type !== 'int' || typeof b.constant !== 'number' || b.constant <= 0 || a.driver)
      return refuse(`${operator} other than of an integer by a positive integer constant`);
    if (operator === '%') {
      const wide = a.spark === 'bigint' || b.spark === 'bigint' ? 'bigint' : 'int';
      return term(`F.pmod(${column(a)}, F.lit(${b.text}))`, 'int', wide, { low: 0n, high: BigInt(b.constant) - 1n });
    }
    if (a.low < -EXACT_IN_DOUBLE || a.high > EXACT_IN_DOUBLE) return refuse('// of a bigint: larger than a double holds exactly');
    return term(`F.floor(${operand(a)} / ${operand(b)})`, 'int', 'bigint', { low: a.low, high: a.high });
  }
  return refuse(`the operator ${operator}`);
}

/** An f-string of texts and integers. */
function text(body: Body, node: Node): Term {
  const literal = literalTerm(node);
  if (literal !== undefined) return literal;
  const parts = textParts(node);
  if (parts === undefined) return refuse('a text with escapes that are not known');
  const columns = parts.map((part) => {
    if (typeof part === 'string') return term(textLiteral(part), 'str', 'string', { driver: true, constant: part });
    const inner = child(part, 'expression') ?? named(part)[0];
    if (inner === undefined || child(part, 'type_conversion') !== undefined || child(part, 'format_specifier') !== undefined) return refuse('a format in an f-string');
    return asText(expression(body, inner));
  });
  if (columns.every((one) => one.driver)) return term(textOf(node), 'str', 'string', { driver: true });
  return term(`F.concat(${columns.map(column).join(', ')})`, 'str', 'string');
}

/** str(x). */
export function asText(one: Term): Term {
  const orNone = (made: string): Term => term(one.mayNull ? `F.coalesce(${made}, F.lit("None"))` : made, 'str', 'string');
  if (one.type === 'none') return term('"None"', 'str', 'string', { driver: true, constant: 'None' });
  if (one.driver) return term(`str(${one.text})`, 'str', 'string', { driver: true });
  switch (one.type) {
    case 'str':
      return one.mayNull ? orNone(one.text) : { ...one, argument: undefined };
    case 'int':
    case 'date':
      return orNone(`${operand(one)}.cast("string")`);
    case 'bool':
      return orNone(`F.when(${one.text}, F.lit("True")).when(~${operand(one)}, F.lit("False"))`);
    default:
      return refuse('str() of a float: Spark writes it in another way');
  }
}

function subscript(body: Body, node: Node): Term {
  const object = child(node, 'value') as Node;
  const key = childrenIn(node, 'subscript')[0];
  const dict = dictOf(body, bare(object));
  if (dict !== undefined && key !== undefined) {
    const at = neverNull(body, expression(body, key));
    askNoRaise(body, at, `${at.argument ?? 'the key'} is always in the dictionary (the original fails otherwise, the rewrite gives NULL)`);
    return lookUp(at, dict, undefined);
  }
  const whole = neverNull(body, expression(body, object));
  if (whole.type !== 'str' || whole.driver || key?.type !== 'slice') return refuse('an index other than a slice of a text');
  const bounds = sliceBounds(body, key);
  if (bounds === undefined) return refuse('a slice with bounds other than constants from 0 upwards');
  const { from, to } = bounds;
  if (to !== undefined && to <= from) return term('""', 'str', 'string', { driver: true, constant: '' });
  return term(`F.substring(${column(whole)}, ${from + 1}, ${to === undefined ? 2147483647 : to - from})`, 'str', 'string');
}

function sliceBounds(body: Body, slice: Node): { from: number; to: number | undefined } | undefined {
  const parts: (Node | undefined)[] = [undefined];
  for (const one of slice.children) {
    if (textOf(one) === ':' && !one.named) parts.push(undefined);
    else if (one.named) parts[parts.length - 1] = one;
  }
  if (parts.length > 2 && parts[2] !== undefined) return undefined;
  const bound = (node: Node | undefined, preset: number | undefined): number | undefined => {
    if (node === undefined) return preset;
    const value = expression(body, node).constant;
    return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 30 ? value : Number.NaN;
  };
  const from = bound(parts[0], 0) as number;
  const to = bound(parts[1], undefined);
  return Number.isNaN(from) || Number.isNaN(to ?? 0) ? undefined : { from, to };
}

/** A value out of a dictionary of constants. */
export function lookUp(at: Term, dict: readonly { readonly key: Term; readonly value: Term }[], preset: Term | undefined): Term {
  if (at.driver) return refuse('a constant key');
  const otherwise = preset ?? term('None', 'none', 'void', { driver: true, constant: null, mayNull: true });
  let type: Pick<Term, 'type' | 'spark'> = otherwise;
  let made = 'F';
  for (const { key, value } of dict) {
    type = commonType(type, value);
    made += `.when(${equal({ ...at, mayNull: false, mayNaN: false }, key).text}, ${column(value)})`;
  }
  if (dict.length === 0 || type.type === 'none') return refuse('a dictionary without values');
  const all = [...dict.map((entry) => entry.value), otherwise].filter((one) => one.type === 'int');
  return term(otherwise.type === 'none' ? made : `${made}.otherwise(${column(otherwise)})`, type.type, type.spark, {
    mayNull: otherwise.mayNull || dict.some((entry) => entry.value.mayNull),
    ...(all.length > 0 ? { low: all.map((one) => one.low).reduce((x, y) => (x < y ? x : y)), high: all.map((one) => one.high).reduce((x, y) => (x > y ? x : y)) } : {}),
  });
}

/** `day.year` of a date; `args.x` of the command line. */
function attribute(body: Body, node: Node): Term {
  const object = child(node, 'object') as Node;
  const name = textOf(child(node, 'attribute') as Node);
  if (object.type === 'identifier' && !body.names.has(textOf(object))) {
    if (!isArgparseText(node)) return refuse(`the type of ${textOf(node)} is not known`);
    body.shared.freeNames.add(textOf(object));
    return term(textOf(node), 'str', 'string', { driver: true });
  }
  const of = neverNull(body, expression(body, object));
  if (of.type === 'date' && /^(year|month|day)$/.test(name)) return term(`F.${name === 'day' ? 'dayofmonth' : name}(${column(of)})`, 'int', 'int', { low: 1n, high: 9999n });
  return refuse(`.${name} of a ${of.type}`);
}
