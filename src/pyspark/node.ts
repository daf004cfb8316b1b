// The syntax tree as plain data: copied out of the parser, so that nothing of it has a life of its own.
// Laws: children lie inside their parent, in order; `source.text.slice(start, end)` is the node's text; a tree deeper than MAX_DEPTH is cut
// there (type `too_deep`), so that whoever walks it by recursion cannot fall off the stack.

import { rangeIn, type Source } from './source.ts';
import type { Range } from './text.ts';

export interface Node {
  /** The grammar's name: `call`, `attribute`, `identifier`; for what has no name the text itself: `==`. */
  readonly type: string;
  /** The grammar's name of its place in the parent: `left`, `function`. */
  readonly field: string | undefined;
  readonly named: boolean;
  readonly start: number;
  readonly end: number;
  readonly children: readonly Node[];
  readonly parent: Node | undefined;
  readonly source: Source;
}

/** Deeper than any program that people write; a chain of calls takes two a call. */
export const MAX_DEPTH = 800;

export function textOf(node: Node): string {
  return node.source.text.slice(node.start, node.end);
}

export function rangeOf(node: Node): Range {
  return rangeIn(node.source, node.start, node.end);
}

/** The child in a named place. */
export function child(node: Node, field: string): Node | undefined {
  for (const one of node.children) if (one.field === field) return one;
  return undefined;
}

export function childrenIn(node: Node, field: string): Node[] {
  return node.children.filter((one) => one.field === field);
}

/** The children that mean something: no brackets, no commas, no comments. */
export function named(node: Node): Node[] {
  return node.children.filter((one) => one.named && one.type !== 'comment' && one.type !== 'line_continuation');
}

/** All nodes below and with this one, parents first. */
export function* walk(node: Node): Generator<Node> {
  const stack: Node[] = [node];
  for (let one = stack.pop(); one !== undefined; one = stack.pop()) {
    yield one;
    for (let i = one.children.length - 1; i >= 0; i--) stack.push(one.children[i] as Node);
  }
}

/** The nearest node above for which the test holds. */
export function above(node: Node, test: (one: Node) => boolean): Node | undefined {
  for (let one = node.parent; one !== undefined; one = one.parent) if (test(one)) return one;
  return undefined;
}

/** Takes brackets and `await` off an expression. */
export function bare(node: Node): Node {
  let one = node;
  while (one.type === 'parenthesized_expression' || one.type === 'await') {
    const inner = named(one)[0];
    if (inner === undefined) return one;
    one = inner;
  }
  return one;
}

const STATEMENT = /_statement$|_definition$|^(block|module)$/;

/** The statement in which a node stands; the node itself when it is one. */
export function statementOf(node: Node): Node {
  let one = node;
  while (one.parent !== undefined && !(STATEMENT.test(one.type) && one.type !== 'block')) one = one.parent;
  return one;
}
