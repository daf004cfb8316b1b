// What review rewrites need beside fixers/places.ts: arguments, text around an expression, functions put into the user's module.
// Law: an edit reaches no further than what it replaces; nothing here decides whether it is made.

import { type Argument, above, type Call, child, type Edit, type Node, named, nameNode, rangeOf, textOf, walk } from '../pyspark/index.ts';
import type { Proposal } from './define.ts';
import { rootOf } from './fixers/places.ts';

/** The place of a call: the line on which its name stands. */
export function placeOfCall(call: Call): NonNullable<Proposal['at']> {
  const range = rangeOf(call.node);
  return { file: range.file, line: rangeOf(nameNode(call)).start.line, endLine: range.end.line };
}

/** The given argument by position or name; keywords do not count as positions. */
export function argumentOf(call: Call, position: number, ...names: readonly string[]): Argument | undefined {
  return (
    call.arguments.find((one) => one.name !== undefined && names.includes(one.name)) ??
    call.arguments.filter((one) => one.name === undefined)[position]
  );
}

/** Edits that put text around a node. */
export function wrap(node: Node, before: string, after: string): Edit[] {
  const file = node.source.path;
  return [
    { file, start: node.start, end: node.start, text: before },
    { file, start: node.end, end: node.end, text: after },
  ];
}

/** True when a comment stands between two offsets below a node. */
export function hasComment(node: Node, start: number, end: number): boolean {
  for (const one of walk(node)) if (one.type === 'comment' && one.start >= start && one.end <= end) return true;
  return false;
}

/** True when a name stands for nothing in the file yet. */
export function isFree(root: Node, name: string): boolean {
  for (const node of walk(root)) if (node.type === 'identifier' && textOf(node) === name) return false;
  return true;
}

/** A function of the module: put behind its imports; nothing when it is there already. Undefined when its name means something else. */
export function helperEdit(node: Node, name: string, text: string): Edit[] | undefined {
  const root = rootOf(node);
  const there = named(root).find((one) => one.type === 'function_definition' && textOf(child(one, 'name') ?? one) === name);
  if (there !== undefined) return textOf(there).trim() === text.trim() ? [] : undefined;
  if (!isFree(root, name)) return undefined;
  const first = firstBehindImports(root);
  if (first === undefined) return undefined;
  const at = lineWithComments(first);
  const before = /\n*$/.exec(root.source.text.slice(0, at))?.[0].length ?? 0;
  const gap = at === 0 ? '' : '\n'.repeat(Math.max(0, 3 - before));
  return [{ file: root.source.path, start: at, end: at, text: `${gap}${text.trim()}\n\n\n` }];
}

const isImport = (one: Node): boolean => /^(import|import_from|future_import)_statement$/.test(one.type);

/** The first statement behind the imports and the docstring that a module begins with. */
function firstBehindImports(root: Node): Node | undefined {
  return named(root).find((one) => !isImport(one) && !(one.type === 'expression_statement' && named(one)[0]?.type === 'string'));
}

/** The start of a statement's line, or of the comments that stand directly above it. */
function lineWithComments(statement: Node): number {
  const { text } = statement.source;
  let at = text.lastIndexOf('\n', statement.start - 1) + 1;
  for (;;) {
    const previous = text.lastIndexOf('\n', at - 2) + 1;
    if (at === 0 || !/^#(?! (COMMAND ---|Databricks notebook))/.test(text.slice(previous, at))) return at;
    at = previous;
  }
}

/** The innermost function definition around a node; undefined at the module's level. */
export function functionAround(node: Node): Node | undefined {
  return above(node, (one) => one.type === 'function_definition' || one.type === 'lambda');
}
