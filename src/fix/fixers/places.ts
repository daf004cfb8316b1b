// Where a fixer works: findings of the code turned back into frames, actions and UDFs; statements, blocks, names and their text.
// Laws: pure questions and edits as data; an edit that takes a call out of a chain takes the white space before it too, never a comment.

import {
  type Action,
  above,
  bare,
  type Call,
  type CodeFinding,
  child,
  type Edit,
  type Frame,
  lint,
  type Node,
  named,
  nameNode,
  type Program,
  type Range,
  rangeOf,
  statementOf,
  textOf,
  walk,
} from '../../pyspark/index.ts';

/** The places that show a call's name and arguments, as findings of the code give them. */
const isCallAt = (call: Call | undefined, file: string, range: Range): boolean =>
  call !== undefined &&
  call.node.source.path === file &&
  call.node.end === range.end.offset &&
  Math.min(nameNode(call).start, call.node.end) === range.start.offset;

/** Frames whose own step stands at a place. */
export const framesAt = (program: Program, file: string, range: Range): Frame[] =>
  program.frames.filter((one) => isCallAt(one.call, file, range));

/** Actions whose call stands at a place. */
export const actionsAt = (program: Program, file: string, range: Range): Action[] =>
  program.actions.filter((one) => isCallAt(one.call, file, range));

const linted = new WeakMap<Program, readonly CodeFinding[]>();

/** All findings of a program's code, made once. */
export function findingsOf(program: Program): readonly CodeFinding[] {
  const known = linted.get(program) ?? lint(program);
  linted.set(program, known);
  return known;
}

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

/** What a method is called on: `a.b` of `a.b.count()`. */
export function receiverOf(call: Call): Node | undefined {
  const callee = child(call.node, 'function');
  return callee?.type === 'attribute' ? child(callee, 'object') : undefined;
}

export const insert = (node: Node, offset: number, text: string): Edit => ({ file: node.source.path, start: offset, end: offset, text });

export const replace = (node: Node, text: string): Edit => ({ file: node.source.path, start: node.start, end: node.end, text });

/** Takes `.method(…)` out of a chain; undefined when a comment stands in it. */
export function dropLink(call: Call): Edit | undefined {
  const receiver = receiverOf(call);
  if (receiver === undefined) return undefined;
  const gone = call.node.source.text.slice(receiver.end, call.node.end);
  if ([...walk(call.node)].some((one) => one.type === 'comment' && one.start >= receiver.end)) return undefined;
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

/** The white space that a statement's line begins with. */
export function indentOf(node: Node): string {
  const { text } = node.source;
  const start = lineStart(node);
  return /^[ \t]*/.exec(text.slice(start, node.start))?.[0] ?? '';
}

export function lineStart(node: Node): number {
  const { text } = node.source;
  let at = node.start;
  while (at > 0 && text[at - 1] !== '\n' && text[at - 1] !== '\r') at--;
  return at;
}

/** Behind the line break of the line on which a node ends, or the text's end. */
function lineEnd(node: Node): number {
  const { text } = node.source;
  let at = node.end;
  while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
  return at;
}

const newlineOf = (node: Node): string => (node.source.text.includes('\r\n') ? '\r\n' : '\n');

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
  return { file, start, end: behind, text: '' };
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
export function placeOf(node: Node): { readonly file: string; readonly line: number; readonly endLine: number } {
  const { start, end } = rangeOf(node);
  return { file: node.source.path, line: start.line, endLine: end.line };
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

export { statementOf };

/** Where the name of a call stands: `count` of `df.count()`. */
export const nameOfCall = (call: Call): Node => nameNode(call);
