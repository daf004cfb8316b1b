// Texts in a UDF's body: f-strings, str(), bounds of slices.
// Law: str() only of what Spark writes as Python does: texts, integers, booleans, dates; None is "None".

import { textParts } from '../literal.ts';
import { child, type Node, named, textOf, walk } from '../node.ts';
import { type Body, literalTerm } from './body.ts';
import { expression } from './expressions.ts';
import { column, operand, refuse, type Term, term, textLiteral } from './terms.ts';

/** An f-string of texts and integers. */
export function text(body: Body, node: Node): Term {
  const literal = literalTerm(node);
  if (literal !== undefined) return literal;
  const parts = textParts(node);
  if (parts === undefined) return refuse('a text with escapes that are not known');
  const columns = parts.map((part) => {
    if (typeof part === 'string') return term(textLiteral(part), 'str', 'string', { driver: true, constant: part });
    const inner = child(part, 'expression') ?? named(part)[0];
    if (inner === undefined || child(part, 'type_conversion') !== undefined || child(part, 'format_specifier') !== undefined)
      return refuse('a format in an f-string');
    return asText(body, expression(body, inner));
  });
  if (columns.every((one) => one.driver)) {
    if (columns.every((one) => typeof one.constant === 'string')) {
      const whole = columns.map((one) => one.constant).join('');
      return term(textLiteral(whole), 'str', 'string', { driver: true, constant: whole });
    }
    // The text as it stands may name an argument that is None here, or a local: in the rewrite these are columns, or gone.
    const isOfBody = [...walk(node)].some((one) => one.type === 'identifier' && body.names.has(textOf(one)));
    if (!isOfBody) return term(textOf(node), 'str', 'string', { driver: true });
  }
  return term(`F.concat(${columns.map(column).join(', ')})`, 'str', 'string');
}

/** str(x). */
export function asText(body: Body, one: Term): Term {
  const orNone = (made: string): Term => term(one.mayNull ? `F.coalesce(${made}, F.lit("None"))` : made, 'str', 'string');
  if (one.type === 'none') return term('"None"', 'str', 'string', { driver: true, constant: 'None' });
  if (one.driver) return term(`str(${one.text})`, 'str', 'string', { driver: true });
  switch (one.type) {
    case 'str':
      if (body.shared.generic && one.argument !== undefined) return orNone(`${operand(one)}.cast("string")`);
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

export function sliceBounds(body: Body, slice: Node): { from: number; to: number | undefined } | undefined {
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
