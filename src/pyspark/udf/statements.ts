// Statements of a UDF's body: if chains and locals, down to what is returned on each way.
// Laws: every way ends in a return or in None; a statement with an effect is refused; a docstring is none.

import { bare, child, childrenIn, type Node, named, textOf } from '../node.ts';
import { type Body, under } from './body.ts';
import { choice, expression } from './expressions.ts';
import { test_ } from './questions.ts';
import { type Condition, column, constantTerm, refuse, type Term } from './terms.ts';

export type Tree = { readonly result: Term } | { readonly test: Condition; readonly yes: Tree; readonly no: Tree };

/** Ways through a body above which the expression would be larger than what it replaces is worth. */
const MAX_LEAVES = 60;

export function statements(body: Body, list: readonly Node[]): Tree {
  const [first, ...rest] = list;
  if (first === undefined) return leaf(body, constantTerm(null, false, 'None'));
  switch (first.type) {
    case 'return_statement': {
      const value = named(first)[0];
      return value === undefined ? leaf(body, constantTerm(null, false, 'None')) : treeOf(body, value);
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

/** A returned expression; a conditional one becomes branches. */
export function treeOf(body: Body, given: Node): Tree {
  const node = bare(given);
  if (node.type !== 'conditional_expression') return leaf(body, expression(body, node));
  const [then, condition, otherwise] = named(node) as [Node, Node, Node];
  const test = test_(body, condition);
  if (test.constant !== undefined) return treeOf(body, test.constant ? then : otherwise);
  return { test, yes: treeOf(under(body, test.whenTrue), then), no: treeOf(under(body, test.whenFalse), otherwise) };
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
  return { test, yes: then(), no: otherwise() };
}

/** The tree as one value. */
export function asValue(tree: Tree): Term {
  if ('result' in tree) return tree.result;
  return choice(tree.test, asValue(tree.yes), asValue(tree.no));
}

/** The tree as `F.when(…).when(…).otherwise(…)`. */
export function render(tree: Tree): string {
  if ('result' in tree) return column(tree.result);
  let text = 'F';
  let at: Tree = tree;
  while (!('result' in at)) {
    text += `.when(${at.test.text}, ${render(at.yes)})`;
    at = at.no;
  }
  return at.result.type === 'none' ? text : `${text}.otherwise(${column(at.result)})`;
}
