// Expressions of a UDF's body: each becomes a term, or the body is refused.
// Laws: integers never leave 64 bits unasked; / and // and % are Python's, not the JVM's; `and`/`or` give a value as Python does.

import { bare, child, childrenIn, type Node, named, textOf } from '../node.ts';
import { arithmetic, double, integer } from './arithmetic.ts';
import { askNoRaise, type Body, freeName, isArgparseText, known, literalTerm, neverNull, under } from './body.ts';
import { call, dictOf } from './calls.ts';
import { equal } from './compare.ts';
import { asBool, test_ } from './questions.ts';
import { type Condition, column, INT_RANK, operand, refuse, type Term, term } from './terms.ts';
import { sliceBounds, text } from './texts.ts';

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
      if (of.type === 'float') return term(`-${operand(double(body, of))}`, 'float', 'double', { atom: false });
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
    ...(all.length > 0
      ? {
          low: all.map((one) => one.low).reduce((x, y) => (x < y ? x : y)),
          high: all.map((one) => one.high).reduce((x, y) => (x > y ? x : y)),
        }
      : {}),
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
  if (of.type === 'date' && /^(year|month|day)$/.test(name))
    return term(`F.${name === 'day' ? 'dayofmonth' : name}(${column(of)})`, 'int', 'int', { low: 1n, high: 9999n });
  return refuse(`.${name} of a ${of.type}`);
}
