// Edits as data: a step put into a chain or taken out of it, lines above and below a statement, a function put into the user's module.
// Laws: an edit reaches no further than what it replaces and takes no comment away; nothing here decides whether it is made.

import { bare, type Call, cellAt, child, type Edit, type Node, named, textOf } from '../pyspark/index.ts';
import { hasComment, identifiers, indentOf, lineEnd, lineStart, receiverOf, rootOf } from './places.ts';

export const insert = (node: Node, offset: number, text: string): Edit => ({ file: node.source.path, start: offset, end: offset, text });

export const replace = (node: Node, text: string): Edit => ({ file: node.source.path, start: node.start, end: node.end, text });

/** Edits that put text around a node. */
export function wrap(node: Node, before: string, after: string): Edit[] {
  const file = node.source.path;
  return [
    { file, start: node.start, end: node.start, text: before },
    { file, start: node.end, end: node.end, text: after },
  ];
}

/** Takes `.method(…)` out of a chain; undefined when a comment stands in it. */
export function dropLink(call: Call): Edit | undefined {
  const receiver = receiverOf(call);
  if (receiver === undefined) return undefined;
  const gone = call.node.source.text.slice(receiver.end, call.node.end);
  if (hasComment(call.node, receiver.end, call.node.end)) return undefined;
  return gone.includes('\\\n') ? undefined : { file: call.node.source.path, start: receiver.end, end: call.node.end, text: '' };
}

/** Text put behind an expression as one more step of its chain: on a line of its own when the chain is written so. */
export function addLink(at: Node, link: string): Edit {
  const plain = bare(at);
  const callee = plain.type === 'call' ? child(plain, 'function') : undefined;
  const receiver = callee?.type === 'attribute' ? child(callee, 'object') : undefined;
  const between = receiver === undefined ? '' : plain.source.text.slice(receiver.end, callee?.end);
  const broken = /^(\s*\r?\n[ \t]*)\./.exec(between)?.[1];
  // A chain needs no brackets around a receiver that is no operator.
  return insert(plain, plain.end, `${broken ?? ''}${link}`);
}

const newlineOf = (node: Node): string => (node.source.text.includes('\r\n') ? '\r\n' : '\n');

/** Lines put above or below a statement that has its lines for itself. */
export function linesAbove(statement: Node, lines: readonly string[]): Edit {
  const indent = indentOf(statement);
  return insert(statement, statement.start, lines.map((line) => line + newlineOf(statement) + indent).join(''));
}

export function linesBelow(statement: Node, lines: readonly string[]): Edit {
  const indent = indentOf(statement);
  // A comment behind the statement belongs to its line.
  return insert(statement, lineEnd(statement), lines.map((line) => newlineOf(statement) + indent + line).join(''));
}

/** Takes a statement and its line away; a block that would be empty keeps a `pass`. */
export function dropStatement(statement: Node): Edit {
  const { text, path: file } = statement.source;
  const alone = statement.parent?.type === 'block' && named(statement.parent).length === 1;
  if (alone) return replace(statement, 'pass');
  const start = lineStart(statement);
  const end = lineEnd(statement);
  const own = /^[ \t]*$/.test(text.slice(start, statement.start)) && /^[ \t]*$/.test(text.slice(statement.end, end));
  if (!own) return { file, start: statement.start, end: statement.end, text: 'pass' };
  const behind = text.startsWith('\r\n', end) ? end + 2 : Math.min(end + 1, text.length);
  const cell = statement.source.kind === 'notebook' ? cellAt(statement.source, statement.start) : undefined;
  // The last line of a cell has no line break of its own: the one before it goes.
  if (cell !== undefined && behind > cell.end) return { file, start: Math.max(cell.start, start - 1), end: cell.end, text: '' };
  return { file, start, end: behind, text: '' };
}

/** A function of the module: put behind its imports; nothing when it is there already. Undefined when its name means something else. */
export function helperEdit(node: Node, name: string, text: string): Edit[] | undefined {
  const root = rootOf(node);
  const there = named(root).find((one) => one.type === 'function_definition' && textOf(child(one, 'name') ?? one) === name);
  if (there !== undefined) return textOf(there).trim() === text.trim() ? [] : undefined;
  if (identifiers(root, name).length > 0) return undefined;
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
