// Arithmetic as Python does it: / of integers is a float, // and % round downwards, integers have no bound.
// Laws: an integer's text is of a Spark type that holds all its values, or a `range` precondition says so; floats are doubles on both sides.

import type { Node } from '../node.ts';
import { askNoRaise, askRange, type Body, neverNull } from './body.ts';
import { expression } from './expressions.ts';
import { column, EXACT_IN_DOUBLE, fits, INT_RANK, operand, refuse, type Term, term } from './terms.ts';

/** A float column as the double that Python sees; other numbers as doubles that are exact. */
export function double(body: Body, one: Term): Term {
  if (one.spark === 'double' && !(body.shared.generic && one.argument !== undefined)) return one;
  if (one.type === 'int' && (one.low < -EXACT_IN_DOUBLE || one.high > EXACT_IN_DOUBLE))
    refuse('a bigint beside a float: larger than a double holds exactly');
  if (one.driver) return one;
  return { ...one, text: `${operand(one)}.cast("double")`, atom: true, spark: 'double', type: 'float' };
}

/** An integer made of others, in a type of Spark's in which nothing overflows. */
export function integer(body: Body, of: readonly Term[], text: (widen: (one: Term) => string) => string, low: bigint, high: bigint): Term {
  const rank = Math.max(...of.map((one) => INT_RANK.indexOf(one.spark)));
  let spark = INT_RANK[rank] as string;
  let widen = operand;
  if (!fits(low, high, spark)) {
    if (!fits(low, high, 'bigint')) askRange(body, undefined, 'the numbers stay within 64 bits (Python has no such bound)');
    if (spark !== 'bigint') widen = (one) => (one.driver ? operand(one) : `${operand(one)}.cast("bigint")`);
    spark = 'bigint';
  }
  const bound = 2n ** 63n;
  return term(text(widen), 'int', spark, { atom: false, low: low < -bound ? -bound : low, high: high >= bound ? bound - 1n : high });
}

export function arithmetic(body: Body, leftNode: Node, operator: string, rightNode: Node): Term {
  const a = neverNull(body, expression(body, leftNode));
  const b = neverNull(body, expression(body, rightNode));
  if (a.driver && b.driver) return refuse('arithmetic of constants');
  if (operator === '+' && a.type === 'str' && b.type === 'str') return term(`F.concat(${column(a)}, ${column(b)})`, 'str', 'string');
  const isNumber = (one: Term) => one.type === 'int' || one.type === 'float';
  if (!isNumber(a) || !isNumber(b)) return refuse(`${a.type} ${operator} ${b.type}`);
  const first = (one: Term, text: string) => (one.driver ? `F.lit(${one.text})` : text);
  if (operator === '+' || operator === '-' || operator === '*') {
    if (a.type === 'float' || b.type === 'float') {
      const x = double(body, a);
      const y = double(body, b);
      return term(`${first(x, operand(x))} ${operator} ${operand(y)}`, 'float', 'double', { atom: false });
    }
    const products = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
    const least = (list: bigint[]) => list.reduce((x, y) => (x < y ? x : y));
    const most = (list: bigint[]) => list.reduce((x, y) => (x > y ? x : y));
    const [low, high] =
      operator === '+'
        ? [a.low + b.low, a.high + b.high]
        : operator === '-'
          ? [a.low - b.high, a.high - b.low]
          : [least(products), most(products)];
    return integer(body, [a, b], (widen) => `${first(a, widen(a))} ${operator} ${widen(b)}`, low, high);
  }
  if (operator === '/') {
    if (b.constant === 0) return refuse('a division by 0');
    const x = double(body, a);
    const y = double(body, b);
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
