// Statements of a UDF's body: if chains and locals, down to what is returned on each way.
// Laws: every way ends in a return or in None; a statement with an effect is refused; a docstring is none.

import { child, childrenIn, type Node, named, textOf } from '../node.ts';
import type { Body } from './body.ts';
import { choice, expression, test_, under } from './expressions.ts';
import { column, type Condition, constantTerm, refuse, type Term } from './terms.ts';

export type Tree = { readonly result: Term } | { readonly test: Condition; readonly then: Tree; readonly otherwise: Tree };

/** Ways through a body above which the expression would be larger than what it replaces is worth. */
const MAX_LEAVES = 60;

export function statements(body: Body, list: readonly Node[]): Tree {
  const [first, ...rest] = list;
  if (first === undefined) return leaf(body, constantTerm(null, false, 'None'));
  switch (first.type) {
    case 'return_statement': {
      const value = named(first)[0];
      return leaf(body, value === undefined ? constantTerm(null, false, 'None') : expression(body, value));
    }
    case 'pass_statement':
    case 'comment':
      return statements(body, rest);
    case 'expression_statement': {
      const inner = named(first)[0];
      if (inner === undefined || inner.type === 'string') return statements(body, rest);
      if (inner.type === 'assignment' || inner.type === 'augmented_assignment') return statements(assigned(body, inner), rest);
      return refuse(`a statement with an effect (\`${textOf(inner).slice(0, 40)}\`)`);
    }
    case 'if_statement':
      return branch(body, first, rest);
    default:
      return refuse(`a ${first.type.replaceAll('_', ' ')}`);
  }
}

function leaf(body: Body, result: Term): Tree {
  if (++body.shared.leaves > MAX_LEAVES) refuse('too many ways through the function');
  return { result };
}

function assigned(body: Body, node: Node): Body {
  const left = child(node, 'left');
  const right = child(node, 'right');
  if (left?.type !== 'identifier' || right === undefined || node.type === 'augmented_assignment' || right.type === 'assignment')
    return refuse('an assignment other than `name = value`');
  const value = expression(body, right);
  const name = textOf(left);
  // What is known of an argument is known by its first name; a new value behind it has none.
  const kept: Term = value.argument === undefined ? value : { ...value };
  return { ...body, names: new Map([...body.names, [name, kept]]) };
}

function branch(body: Body, node: Node, rest: readonly Node[]): Tree {
  const test = test_(body, child(node, 'condition') as Node);
  const consequence = child(node, 'consequence');
  const then = () => statements(under(body, test.whenTrue), [...(consequence === undefined ? [] : named(consequence)), ...rest]);
  const alternatives = childrenIn(node, 'alternative');
  const otherwise = (): Tree => {
    const next = under(body, test.whenFalse);
    const [first, ...more] = alternatives;
    if (first === undefined) return statements(next, rest);
    if (first.type === 'else_clause') return statements(next, [...named(child(first, 'body') ?? first), ...rest]);
    // An elif is an if in the else.
    const inner: Node = { ...first, type: 'if_statement', children: [...first.children, ...more] };
    return branch(next, inner, rest);
  };
  if (test.constant !== undefined) return test.constant ? then() : otherwise();
  return { test, then: then(), otherwise: otherwise() };
}

/** The tree as one value. */
export function valueOf(tree: Tree): Term {
  if ('result' in tree) return tree.result;
  return choice(tree.test, valueOf(tree.then), valueOf(tree.otherwise));
}

/** The tree as `F.when(…).when(…).otherwise(…)`. */
export function render(tree: Tree): string {
  if ('result' in tree) return column(tree.result);
  let text = 'F';
  let at: Tree = tree;
  while (!('result' in at)) {
    text += `.when(${at.test.text}, ${render(at.then)})`;
    at = at.otherwise;
  }
  return at.result.type === 'none' ? text : `${text}.otherwise(${column(at.result)})`;
}

