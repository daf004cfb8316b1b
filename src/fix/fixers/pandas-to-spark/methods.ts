// Methods of one column of pandas, and numpy's where → Spark's functions of the same value.
// Laws: rounding is numpy's, half to even on the binary number; a cast is made only where both write the value the same way.

import { bare, child, constantOf, type Node, named, textOf } from '../../../pyspark/index.ts';
import { appliedTo } from './apply.ts';
import {
  asColumn,
  asSpark,
  brackets,
  condition,
  guarded,
  number,
  operand,
  type Reach,
  sameKind,
  scalarOf,
  type Value,
  value,
} from './columns.ts';
import { isNumber, isWhole, left, shown } from './state.ts';

/** A call in an expression of columns. */
export function method(node: Node, reach: Reach): Value {
  const callee = child(node, 'function') as Node;
  const args = named(child(node, 'arguments') as Node);
  const { f, asked } = reach;
  if (/^(np|numpy)\.where$/.test(textOf(callee)) && args.length === 3) return chosen(node, args as [Node, Node, Node], reach);
  if (callee.type !== 'attribute') return left(node, `${shown(node)} is not understood`);
  const what = textOf(child(callee, 'attribute') as Node);
  if (textOf(bare(child(callee, 'object') as Node)) === reach.variable)
    left(node, `${shown(node)} works on whole rows, which is not translated`);
  const of = asSpark(child(callee, 'object') as Node, reach);
  const [first] = args;
  const no = (): never => left(node, `${shown(node)} is not understood`);
  if (of.scalar || args.some((one) => one.type === 'keyword_argument')) return no();
  const constants = () => args.map((one) => scalarOf(one, reach.program) ?? no());
  switch (what) {
    case 'round': {
      const digits = first === undefined ? 0 : constantOf(first);
      if (args.length > 1 || typeof digits !== 'number' || digits < 0 || digits > 15 || !Number.isInteger(digits)) return no();
      const one = number(of, reach, node);
      if (one.type === 'bigint') return one;
      if (one.type === undefined) asked.double(one.reads);
      // numpy rounds x · 10ⁿ half to even; Spark's round takes the decimal digits and goes up.
      const power = `1${'0'.repeat(digits)}`;
      const text = digits === 0 ? `${f}.rint(${one.text})` : `${f}.rint(${operand(one)} * ${power}) / ${power}`;
      return { ...one, type: 'double', text, strict: text, atom: digits === 0, name: undefined };
    }
    case 'abs': {
      const one = number(of, reach, node);
      return args.length > 0 ? no() : { ...one, text: `${f}.abs(${one.text})`, atom: true, name: undefined };
    }
    case 'isna':
    case 'isnull':
    case 'notna':
    case 'notnull': {
      if (args.length > 0 || of.type === 'boolean') return no();
      if (of.mayNaN) for (const name of of.reads) asked.noNaN(name);
      const isAsked = /^is/.test(what);
      return condition(
        `${operand(of)}.is${isAsked ? '' : 'Not'}Null()`,
        of.reads,
        undefined,
        isAsked || of.name === undefined ? [] : [of.name],
      );
    }
    case 'isin': {
      if (first === undefined || args.length > 1 || !/^(list|tuple|set)$/.test(bare(first).type)) return no();
      const members = named(bare(first)).map((one) => ({
        ...value('', undefined),
        ...(scalarOf(one, reach.program) ?? no()),
        scalar: true,
      }));
      for (const one of members) sameKind(of, one, reach, node);
      if (members.length === 0) return no();
      return guarded(`${operand(of)}.isin(${members.map((one) => one.text).join(', ')})`, [of], false, reach);
    }
    case 'between': {
      const bounds = constants();
      if (bounds.length !== 2) return no();
      for (const one of bounds) sameKind(of, { ...value('', one.type), scalar: true }, reach, node);
      return guarded(`${operand(of)}.between(${bounds.map((one) => one.text).join(', ')})`, [of], false, reach);
    }
    case 'fillna': {
      const [filling] = constants();
      if (filling === undefined || args.length > 1) return no();
      sameKind(of, value('', filling.type, { scalar: true }), reach, node);
      if (of.type === 'boolean' || (isWhole(of.type) && filling.type === 'double')) return no();
      // A column of whole numbers with nulls is one of doubles to pandas, whatever fills it; astype(int) makes whole numbers of it again.
      if (isWhole(of.type) && of.mayNull && !isMadeWhole(node)) for (const name of of.reads) asked.noNull(name);
      if (of.type === undefined && filling.type !== 'string') asked.double(of.reads);
      if (!of.mayNull && !of.mayNaN) return of;
      return value(`${f}.coalesce(${of.text}, ${f}.lit(${filling.text}))`, of.type ?? (filling.type === 'string' ? 'string' : 'double'), {
        reads: of.reads,
      });
    }
    case 'astype':
      return first === undefined || args.length > 1 ? no() : cast(of, first, node, reach);
    case 'apply':
    case 'map':
      return first === undefined || args.length > 1 ? no() : value('', undefined, appliedTo(of, first, node, reach));
    default:
      return no();
  }
}

/** `….astype(int)` right behind a call. */
function isMadeWhole(node: Node): boolean {
  const callee = node.parent?.type === 'attribute' && node.field === 'object' ? node.parent : undefined;
  const call = callee?.parent?.type === 'call' ? callee.parent : undefined;
  return call !== undefined && /\.astype\((["']?)((np|numpy)\.)?(int|int64)\1\)$/.test(textOf(call));
}

function cast(of: Value, to: Node, node: Node, reach: Reach): Value {
  const constant = constantOf(to);
  const wanted = typeof constant === 'string' ? constant : textOf(to);
  const type = /^((np|numpy)\.)?(int|int64)$/.test(wanted)
    ? 'bigint'
    : /^((np|numpy)\.)?(float|float64)$/.test(wanted)
      ? 'double'
      : wanted === 'str'
        ? 'string'
        : left(node, `${shown(node)} is not understood`);
  if (of.type === undefined) left(node, `the type of ${shown(child(child(node, 'function') as Node, 'object') as Node)} is not known`);
  if (of.type === type && !(of.mayNull && type !== 'double')) return { ...of, hadNull: undefined };
  // A truth that is null raises in pandas; that of a comparison is False.
  if (of.type === 'boolean' && type === 'bigint') return value(`${brackets(of.strict)}.cast("bigint")`, type, { reads: of.reads });
  const isText = type === 'string' && isWhole(of.type);
  if (!isWhole(of.type) && of.type !== 'double') left(node, `${shown(node)}: a ${of.type}`);
  if (type === 'string' && !isText) left(node, `a ${of.type} as text is written in another way by Spark`);
  if (isText) reach.asked.neverNull(of);
  if (of.mayNull) for (const name of of.reads) reach.asked.noNull(name);
  const one = { ...of, mayNull: false };
  if (one.mayNaN && type === 'bigint') for (const name of one.reads) reach.asked.noNaN(name);
  return value(`${operand(one)}.cast("${type}")`, type, { reads: one.reads, mayNaN: type === 'double' && one.mayNaN });
}

const PARTS: Readonly<Record<string, string>> = { year: 'year', month: 'month', day: 'dayofmonth', hour: 'hour', minute: 'minute' };

/** `pdf["ts"].dt.year` of a timestamp. */
export function partOf(node: Node, reach: Reach): Value {
  const part = PARTS[textOf(child(node, 'attribute') as Node)];
  const object = child(node, 'object') as Node;
  const isOfTime = object.type === 'attribute' && textOf(child(object, 'attribute') as Node) === 'dt';
  if (part === undefined || !isOfTime) return left(node, `${shown(node)} is not understood`);
  const of = asSpark(child(object, 'object') as Node, reach);
  if (of.type !== 'timestamp') return left(node, `${shown(node)}: it is not known to be a timestamp`);
  if (of.mayNull) for (const name of of.reads) reach.asked.noNull(name);
  const text = `${reach.f}.${part}(${of.text})`;
  // pandas has an int32, which only Arrow keeps.
  if (reach.asked.arrow === true) return value(text, 'int', { reads: of.reads });
  if (reach.asked.arrow === undefined) reach.asked.withoutArrow();
  return value(`${text}.cast("bigint")`, 'bigint', { reads: of.reads });
}

/** `np.where(condition, a, b)`. */
function chosen(node: Node, [test, yes, no]: readonly [Node, Node, Node], reach: Reach): Value {
  const asked = asSpark(test, reach);
  if (asked.type !== 'boolean' || asked.scalar) left(node, `${shown(test)} is no condition`);
  const sides = [yes, no].map((one) => {
    const side = asSpark(one, reach);
    return isNumber(side.type) ? number(side, reach, one) : side;
  });
  const [a, b] = sides as [Value, Value];
  const isSame = a.type === b.type || (isNumber(a.type) && isNumber(b.type));
  if (a.type === undefined || b.type === undefined || !isSame)
    left(node, `the two values of ${shown(node)} are of types that are not known to be one`);
  const type = a.type === b.type ? a.type : 'double';
  return value(`${reach.f}.when(${asked.text}, ${asColumn(a, reach.f)}).otherwise(${asColumn(b, reach.f)})`, type, {
    reads: [...asked.reads, ...a.reads, ...b.reads],
    mayNull: a.mayNull || b.mayNull,
    mayNaN: a.mayNaN || b.mayNaN,
  });
}
