// Calls in a UDF's body: Python's own functions and methods of texts, as far as Spark has the same.
// Laws: `strip()` takes Unicode's white space as Python does, not blanks only; a method that differs for any text is refused.

import { bare, child, type Node, named, textOf } from '../node.ts';
import { double, integer } from './arithmetic.ts';
import { askRange, type Body, definitionOutside, isRebound, literalTerm, neverNull } from './body.ts';
import { expression, lookUp } from './expressions.ts';
import { asBool, constantContainer, test_ } from './questions.ts';
import { column, condition, operand, receiver, refuse, type Term, term, textLiteral } from './terms.ts';
import { asText } from './texts.ts';

/** What str.isspace() takes for white space; source: Unicode's White_Space and the separators U+001C to U+001F. */
const WHITE =
  '\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

export function call(body: Body, node: Node): Term {
  const callee = child(node, 'function') as Node;
  const list = child(node, 'arguments');
  const args = list === undefined ? [] : named(list);
  if (args.some((one) => /keyword_argument|splat/.test(one.type)) || list?.type !== 'argument_list')
    return refuse('named arguments in a call');
  if (callee.type === 'identifier' && !body.names.has(textOf(callee)) && !isRebound(body.shared.definition, textOf(callee)))
    return builtin(body, textOf(callee), args);
  if (callee.type === 'attribute') return method(body, callee, args);
  return refuse(`a call of ${textOf(callee)}`);
}

function builtin(body: Body, name: string, args: readonly Node[]): Term {
  const one = args[0] === undefined ? refuse(`${name}() without argument`) : args[0];
  if (args.length > 1 && !/^(min|max)$/.test(name)) return refuse(`${name}() with several arguments`);
  const outside = bare(one);
  if (name === 'str' && outside.type === 'identifier' && !body.names.has(textOf(outside))) {
    // str() of a value of the driver is a text, whatever the value is.
    const right = definitionOutside(body.shared.definition, textOf(outside));
    if (right === undefined || /^(list|dictionary|set)/.test(right.type))
      return refuse(`${textOf(outside)} is not a constant that can be followed`);
    body.shared.freeNames.add(textOf(outside));
    return term(`str(${textOf(outside)})`, 'str', 'string', { driver: true });
  }
  const of = name === 'bool' ? undefined : expression(body, one);
  switch (name) {
    case 'bool':
      return asBool(test_(body, one));
    case 'str':
      return asText(body, of as Term);
    case 'len': {
      const text = neverNull(body, of as Term);
      if (text.type !== 'str' || text.driver) return refuse('len() of something else than a text column');
      return term(`F.length(${column(text)})`, 'int', 'int', { low: 0n, high: 2n ** 31n - 1n });
    }
    case 'float': {
      const number = neverNull(body, of as Term);
      if (number.driver || number.type === 'str' || number.type === 'date') return refuse('float() of something else than a number column');
      return term(`${operand(number)}.cast("double")`, 'float', 'double', { mayNaN: number.mayNaN });
    }
    case 'int': {
      const number = neverNull(body, of as Term);
      if (number.driver) return refuse('int() of a constant');
      if (number.type === 'int') return number;
      if (number.type === 'bool') return term(`${operand(number)}.cast("int")`, 'int', 'int', { low: 0n, high: 1n });
      if (number.type !== 'float') return refuse(`int() of a ${number.type}: Python reads numbers from texts in its own way`);
      askRange(
        body,
        number.argument,
        `${number.argument ?? 'the number'} is no NaN, not infinite and within 64 bits (the original fails otherwise)`,
      );
      return term(`${operand(number)}.cast("bigint")`, 'int', 'bigint');
    }
    case 'abs': {
      const number = neverNull(body, of as Term);
      if (number.driver) return refuse('abs() of a constant');
      if (number.type === 'float') return term(`F.abs(${column(double(body, number))})`, 'float', 'double', { mayNaN: number.mayNaN });
      if (number.type !== 'int') return refuse(`abs() of a ${number.type}`);
      const high = -number.low > number.high ? -number.low : number.high;
      return { ...integer(body, [number], (widen) => `F.abs(${widen(number)})`, 0n, high), atom: true };
    }
    case 'round':
      return refuse('round(): Python rounds halves to even on the exact binary value, Spark on the decimal text');
    case 'min':
    case 'max': {
      const all = args.map((arg) => neverNull(body, expression(body, arg)));
      if (all.length < 2 || all.some((arg) => arg.type !== 'int') || all.every((arg) => arg.driver))
        return refuse(`${name}() of anything but integers`);
      const spark = all.some((arg) => arg.spark === 'bigint') ? 'bigint' : 'int';
      return term(
        `F.${name === 'min' ? 'least' : 'greatest'}(${all.map((arg) => `${receiver(arg)}.cast("${spark}")`).join(', ')})`,
        'int',
        spark,
        {
          low: all.map((arg) => arg.low).reduce((x, y) => ((name === 'min' ? x < y : x > y) ? x : y)),
          high: all.map((arg) => arg.high).reduce((x, y) => ((name === 'min' ? x < y : x > y) ? x : y)),
        },
      );
    }
    default:
      return refuse(`a call of ${name}`);
  }
}

function method(body: Body, callee: Node, args: readonly Node[]): Term {
  const name = textOf(child(callee, 'attribute') as Node);
  const object = bare(child(callee, 'object') as Node);
  const dict = dictOf(body, object);
  if (dict !== undefined) {
    if (name !== 'get' || args.length < 1 || args.length > 2) return refuse(`.${name}() of a dictionary`);
    return lookUp(expression(body, args[0] as Node), dict, args[1] === undefined ? undefined : expression(body, args[1]));
  }
  const of = neverNull(body, expression(body, object));
  if (of.driver) return refuse('a method of a constant');
  if (of.type === 'date') {
    if (name === 'isoformat' && args.length === 0) return term(`${operand(of)}.cast("string")`, 'str', 'string');
    if (name === 'weekday' && args.length === 0) return term(`F.weekday(${column(of)})`, 'int', 'int', { low: 0n, high: 6n });
    return refuse(`.${name}() of a date`);
  }
  if (of.type !== 'str') return refuse(`.${name}() of a ${of.type}`);
  switch (name) {
    case 'upper':
    case 'lower':
      if (args.length > 0) return refuse(`.${name}() with arguments`);
      body.shared.preconditions.set('unicode', {
        kind: 'unicode',
        argument: of.argument,
        oneOf: [],
        text: `letters outside ASCII are ones that Python's and the JVM's versions of Unicode write alike in .${name}()`,
      });
      return term(`F.${name}(${column(of)})`, 'str', 'string');
    case 'strip':
    case 'lstrip':
    case 'rstrip': {
      const set = args.length === 0 ? WHITE : constantText(args[0] as Node);
      if (set === undefined || set === '' || args.length > 1) return refuse(`.${name}() of what is not constant`);
      return trimmed(of, name, set);
    }
    case 'startswith':
    case 'endswith': {
      const spark = name;
      const given = args.length === 1 ? bare(args[0] as Node) : refuse(`.${name}() with a range`);
      const options = given.type === 'tuple' ? named(given) : [given];
      const texts = options.map((one) => neverNull(body, expression(body, one)));
      if (texts.length === 0 || texts.some((one) => one.type !== 'str')) return refuse(`.${name}() of something else than a text`);
      const tests = texts.map((one) => `${operand(of)}.${spark}(${operand(one)})`);
      return asBool(
        condition(tests.length === 1 ? (tests[0] as string) : tests.map((one) => `(${one})`).join(' | '), { atom: tests.length === 1 }),
      );
    }
    case 'replace': {
      const [from, to] = args.map((one) => constantText(one));
      if (args.length !== 2 || from === undefined || to === undefined || from === '') return refuse('.replace() of what is not constant');
      return term(`F.replace(${column(of)}, F.lit(${textLiteral(from)}), F.lit(${textLiteral(to)}))`, 'str', 'string');
    }
    default:
      return refuse(`.${name}() of a text`);
  }
}

function constantText(node: Node): string | undefined {
  const value = literalTerm(bare(node))?.constant;
  return typeof value === 'string' ? value : undefined;
}

function trimmed(of: Term, name: string, set: string): Term {
  if (name === 'strip') return term(`F.btrim(${column(of)}, F.lit(${textLiteral(set)}))`, 'str', 'string');
  // As a class of a regular expression; every character by its number, so that none has a meaning of its own.
  const points = [...set].map((c) => `\\x{${(c.codePointAt(0) as number).toString(16)}}`).join('');
  const pattern = name === 'lstrip' ? `^[${points}]+` : `[${points}]+\\z`;
  return term(`F.regexp_replace(${column(of)}, r"${pattern}", "")`, 'str', 'string');
}

/** The entries of a dictionary of constants, written here or behind a name that is given once and never changed. */
export function dictOf(body: Body, node: Node): { key: Term; value: Term }[] | undefined {
  const dict =
    node.type === 'dictionary'
      ? node
      : node.type === 'identifier' && !body.names.has(textOf(node))
        ? constantContainer(body, textOf(node), /^dictionary$/)
        : undefined;
  if (dict === undefined) return undefined;
  const entries = new Map<unknown, { key: Term; value: Term }>();
  for (const one of named(dict)) {
    const key = child(one, 'key');
    const value = child(one, 'value');
    const keyTerm = key === undefined ? undefined : literalTerm(key);
    const valueTerm = value === undefined ? undefined : literalTerm(value);
    if (keyTerm === undefined || valueTerm === undefined || keyTerm.type === 'bool' || keyTerm.type === 'none' || keyTerm.type === 'float')
      return refuse('a dictionary of what is not constant');
    entries.set(keyTerm.constant, { key: keyTerm, value: valueTerm });
  }
  /** Longer than this the expression would be slower to compile than the UDF to run; a join is what is wanted then. */
  if (entries.size > 200) return refuse('a dictionary of more than 200 entries: a join with a small table does it');
  return [...entries.values()];
}
