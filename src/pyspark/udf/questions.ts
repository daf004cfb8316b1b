// Questions in a UDF's body: what `if`, `and`, `not`, comparisons and `in` ask.
// Laws: the right side of `and` and `or` is read with what the left side settled; a chain of comparisons is the pairs together.

import { bare, child, childrenIn, type Node, named, textOf } from '../node.ts';
import { type Body, definitionOutside, literalTerm, neverNull, under } from './body.ts';
import { dictOf } from './calls.ts';
import { among, equal, isNone, isNotNone, ordered, truth } from './compare.ts';
import { expression } from './expressions.ts';
import { isChanged } from './simple.ts';
import { both, type Condition, condition, either, negated, operand, refuse, type Term, term } from './terms.ts';

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
    if (all !== undefined && (all.constant !== undefined || next.constant !== undefined))
      refuse('a chain of comparisons with a constant in it');
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
      return operator === 'is' ? isNone(left) : isNotNone(left);
    }
    case '==':
      return equal(left, right);
    case '!=':
      return right.type === 'none' ? isNotNone(left) : negated(equal(left, right));
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
  if (dict !== undefined)
    return among(
      expression(body, leftNode),
      dict.map((entry) => entry.key),
    );
  const list = listOf(body, rightNode);
  if (list !== undefined)
    return among(
      expression(body, leftNode),
      list.map((one) => expression(body, one)),
    );
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
  if (asked.constant !== undefined)
    return term(asked.constant ? 'True' : 'False', 'bool', 'boolean', { driver: true, constant: asked.constant });
  return term(asked.text, 'bool', 'boolean', { atom: asked.atom });
}
