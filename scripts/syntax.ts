// One way to read TypeScript in our checks: source text → syntax tree, a walk over it, and offset → line.
// Law: a file that does not parse is an error that names the file, never an empty tree.
import { parseSync } from 'rolldown/utils';

/** A syntax node of any type (ESTree with TypeScript's nodes). */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export function parse(file: string, text: string): Node {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
  return program as unknown as Node;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Calls `see` for each node below `node`, itself included, parents first; a node whose `see` returns false is not entered. */
export function visit(node: Node, see: (node: Node, parent: Node | undefined) => unknown, parent?: Node): void {
  if (see(node, parent) === false) return;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, see, node);
  }
}

/** The line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
