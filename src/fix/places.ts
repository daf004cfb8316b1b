// Where a fixer works: findings of the code turned back into frames and actions; statements, arguments, names and their lines.
// Law: pure questions; what changes text is in edits.ts.

import {
  type Action,
  type Argument,
  above,
  type Call,
  type CodeRuleId,
  child,
  type Frame,
  type Node,
  named,
  nameNode,
  type Program,
  type Range,
  rangeOf,
  textOf,
  walk,
} from '../pyspark/index.ts';
import type { FixContext, Proposal } from './define.ts';

/** The places that show a call's name and arguments, as findings of the code give them. */
const isCallAt = (call: Call | undefined, file: string, range: Range): boolean =>
  call !== undefined &&
  call.node.source.path === file &&
  call.node.end === range.end.offset &&
  Math.min(nameNode(call).start, call.node.end) === range.start.offset;

/** Frames whose own step stands at a place. */
export const framesAt = (program: Program, file: string, range: Range): Frame[] =>
  program.frames.filter((one) => isCallAt(one.call, file, range));

/** Frames made by these methods at which findings of one rule of the code, or the places of the run's finding, point. */
export const framesMeant = ({ program, lint: found, places }: FixContext, codeRule: CodeRuleId, method: RegExp): Frame[] =>
  [
    ...found.filter((one) => one.id === codeRule).flatMap((one) => framesAt(program, one.file, one.range)),
    ...places.flatMap((one) => one.frame ?? []),
  ].filter((one) => one.call !== undefined && method.test(one.method));

/** Actions whose call stands at a place. */
export const actionsAt = (program: Program, file: string, range: Range): Action[] =>
  program.actions.filter((one) => isCallAt(one.call, file, range));

/** The first of each kind: the analysis may have come to one place by several ways. */
export function firstOf<T>(items: readonly T[], key: (one: T) => unknown): T[] {
  const seen = new Set<unknown>();
  return items.filter((one) => {
    const what = key(one);
    if (seen.has(what)) return false;
    seen.add(what);
    return true;
  });
}

/** The given argument by position or name; keywords do not count as positions. */
export function argumentOf(call: Call, position: number, ...names: readonly string[]): Argument | undefined {
  return (
    call.arguments.find((one) => one.name !== undefined && names.includes(one.name)) ??
    call.arguments.filter((one) => one.name === undefined)[position]
  );
}

/** What a method is called on: `a.b` of `a.b.count()`. */
export function receiverOf(call: Call): Node | undefined {
  const callee = child(call.node, 'function');
  return callee?.type === 'attribute' ? child(callee, 'object') : undefined;
}

/** True when a comment stands between two offsets below a node. */
export function hasComment(node: Node, start: number, end: number): boolean {
  for (const one of walk(node)) if (one.type === 'comment' && one.start >= start && one.end <= end) return true;
  return false;
}

/** The white space that a statement's line begins with. */
export function indentOf(node: Node): string {
  const { text } = node.source;
  const start = lineStart(node);
  return /^[ \t]*/.exec(text.slice(start, node.start))?.[0] ?? '';
}

/** The offset of the line on which a node begins. */
export function lineStart(node: Node): number {
  const { text } = node.source;
  let at = node.start;
  while (at > 0 && text[at - 1] !== '\n' && text[at - 1] !== '\r') at--;
  return at;
}

/** Behind the line break of the line on which a node ends, or the text's end. */
export function lineEnd(node: Node): number {
  const { text } = node.source;
  let at = node.end;
  while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
  return at;
}

/** The statement that holds a node, with nothing else on its lines; undefined when others stand beside it. */
export function wholeStatement(node: Node): Node | undefined {
  const statement = statementIn(node);
  if (statement === undefined) return undefined;
  const { text } = statement.source;
  const before = text.slice(lineStart(statement), statement.start);
  const after = text.slice(statement.end, lineEnd(statement));
  return /^[ \t]*$/.test(before) && /^[ \t]*(#.*)?$/.test(after) ? statement : undefined;
}

/** The statement of a block or module in which a node stands. */
export function statementIn(node: Node): Node | undefined {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent)
    if (at.parent?.type === 'block' || at.parent?.type === 'module') return at.type === 'comment' ? undefined : at;
  return undefined;
}

/** `name = value` around a node that is its whole right side (brackets aside). */
export function assignmentOf(node: Node): { readonly statement: Node; readonly target: Node; readonly name: string } | undefined {
  let at: Node = node;
  while (at.parent?.type === 'parenthesized_expression') at = at.parent;
  const assignment = at.parent;
  if (assignment?.type !== 'assignment' || at.field !== 'right') return undefined;
  const target = child(assignment, 'left');
  if (target?.type !== 'identifier' || child(assignment, 'type') !== undefined) return undefined;
  const statement = statementIn(assignment);
  if (statement === undefined || (statement !== assignment && named(statement).length !== 1)) return undefined;
  return { statement, target, name: textOf(target) };
}

/** The innermost function definition around a node; undefined at the module's level. */
export function functionAround(node: Node): Node | undefined {
  return above(node, (one) => one.type === 'function_definition' || one.type === 'lambda');
}

/** The function, class or module around a node. */
export const scopeOf = (node: Node): Node =>
  above(node, (one) => /^(function_definition|class_definition|lambda|module)$/.test(one.type)) ?? node;

/** Every place where a name stands as a variable: no attribute, no keyword. */
export function identifiers(within: Node, name: string): Node[] {
  return [...walk(within)].filter(
    (one) =>
      one.type === 'identifier' &&
      textOf(one) === name &&
      !(one.parent?.type === 'attribute' && one.field === 'attribute') &&
      !(one.parent?.type === 'keyword_argument' && one.field === 'name'),
  );
}

/** True when a node stands within another. */
export const within = (node: Node, around: Node): boolean =>
  node.source.path === around.source.path && node.start >= around.start && node.end <= around.end;

/** A name that the file does not use yet. */
export function freshName(root: Node, wanted: string): string {
  let name = wanted;
  for (let i = 2; identifiers(root, name).length > 0; i++) name = `${wanted}_${i}`;
  return name;
}

export function rootOf(node: Node): Node {
  let root = node;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

/** The lines of a node, for the reader of a proposal. */
export function placeOf(node: Node): NonNullable<Proposal['at']> {
  const { start, end } = rangeOf(node);
  return { file: node.source.path, line: start.line, endLine: end.line };
}

/** The place of a call: the line on which its name stands. */
export function placeOfCall(call: Call): NonNullable<Proposal['at']> {
  const range = rangeOf(call.node);
  return { file: range.file, line: rangeOf(nameNode(call)).start.line, endLine: range.end.line };
}

export const lineOf = (node: Node): number => rangeOf(node).start.line;

/** What to call a frame: its variable, or the method that made it. */
export function frameName(frame: Frame): string {
  const name = frame.names.at(-1);
  return name === undefined || name === '' ? `the result of ${frame.method}` : name;
}

/** A call's name and arguments as a node, without the chain before it. */
export function linkOf(call: Call): Node {
  return { ...call.node, start: Math.min(nameNode(call).start, call.node.end), children: [] };
}

/** Where a frame's own step stands. */
export const stepOf = (frame: Frame): Node => (frame.call === undefined ? frame.node : linkOf(frame.call));

/** Where the name of a call stands: `count` of `df.count()`. */
export const nameOfCall = (call: Call): Node => nameNode(call);
