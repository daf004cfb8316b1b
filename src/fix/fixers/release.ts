// Where a cached frame is used last, and the `unpersist()` behind it.
// Laws: only in the block in which its name was given, and only while the name still means the frame; never inside a `with` or `return`.

import { type Edit, type Frame, type Node, named, type Program, walk } from '../../pyspark/index.ts';
import { linesBelow } from '../edits.ts';
import { identifiers, wholeStatement } from '../places.ts';

export interface Release {
  readonly edit: Edit;
  readonly line: Node;
}

/** The edit that releases what `statement` gave to `name`; a text says why there is none. */
export function releaseOf(program: Program, frame: Frame, name: string, statement: Node): Release | string {
  const block = statement.parent;
  if (block === undefined) return 'its statement stands in no block';
  const below = new Set(program.downstream(frame));
  const isUse = (node: Node): boolean => {
    const value = program.values.get(node);
    return value?.kind === 'frame' && below.has(value.frame);
  };
  const calls = program.actions.filter((one) => one.frames.some((other) => below.has(other))).map((one) => one.call.node);
  const siblings = named(block).filter((one) => one.source === statement.source);
  const start = siblings.indexOf(statement);
  if (start < 0) return 'its statement is not on its own';
  let last = start;
  for (let i = start + 1; i < siblings.length; i++) {
    const one = siblings[i] as Node;
    const inside = (node: Node) => node.source === one.source && node.start >= one.start && node.end <= one.end;
    if (calls.some(inside) || identifiers(one, name).length > 0 || [...walk(one)].some(isUse)) last = i;
  }
  // A function that is only defined here runs later, and so does what it reads.
  const later = siblings
    .slice(start + 1)
    .some((one) => [...walk(one)].some((node) => isFunction(node) && identifiers(node, name).length > 0));
  if (later) return `a function that uses ${name} may be called later`;
  if (last === start) return 'where it is used last is not in the same block';
  // Actions in other blocks (a function that is handed the frame) come back before the next statement here; a frame returned from here goes on.
  const end = siblings[last] as Node;
  if ([...walk(end)].some((one) => /^(return_statement|yield)$/.test(one.type))) return 'it leaves the function';
  const again = identifiers(block, name).filter((one) => isTarget(one) && one.start > statement.end && one.start < end.end);
  if (again.length > 0) return `${name} is given another value before`;
  if (wholeStatement(end) === undefined) return 'its last use shares a line with another statement';
  return { edit: linesBelow(end, [`${name}.unpersist()`]), line: end };
}

const isFunction = (node: Node): boolean => /^(function_definition|class_definition|lambda)$/.test(node.type);

function isTarget(node: Node): boolean {
  let at = node;
  while (at.parent !== undefined && /^(pattern_list|tuple_pattern|list_pattern)$/.test(at.parent.type)) at = at.parent;
  return (at.parent?.type === 'assignment' && at.field === 'left') || (at.parent?.type === 'for_statement' && at.field === 'left');
}
