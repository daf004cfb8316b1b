// The statements of a block in which pandas works on what toPandas brought: each as an edit that makes it a step of Spark.
// Laws: statements are read in their order, and every place where such a variable stands is understood, or the whole is left;
// a comment inside of what would be replaced stays, and with it the code.

import { bare, child, type Edit, type Node, named, textOf, walk } from '../../../pyspark/index.ts';
import { dropStatement, replace } from '../../edits.ts';
import { hasComment, identifiers, indentOf, lineEnd, lineStart } from '../../places.ts';
import { asColumn, asSpark, columnName } from './columns.ts';
import { type Frame, frameOf, type Scene } from './frames.ts';
import { chain, type Link } from './layout.ts';
import { left, type Origin, type State, shown, withColumn } from './state.ts';

export interface Translated {
  readonly edits: readonly Edit[];
  /** Steps of pandas that became steps of Spark. */
  readonly steps: number;
  /** `createDataFrame(…)` calls that are needed no more, with what they were given. */
  readonly handed: readonly { readonly call: Node; readonly state: State }[];
  /** Origins in the order in which they came. */
  readonly used: readonly Origin[];
  /** Names that the statements give to frames. */
  readonly variables: readonly string[];
}

/** Reads the statements of a block from the first origin on. Throws `Left` at what is not understood. */
export function translateBlock(statements: readonly Node[], scene: Omit<Scene, 'variables'>): Translated {
  const variables = new Map<string, State>();
  const all = { ...scene, variables };
  const edits: Edit[] = [];
  const handed: { call: Node; state: State }[] = [];
  const used: Origin[] = [];
  const names = new Set<string>();
  let steps = 0;

  const put = (node: Node, frame: Frame) => {
    const own = frame.state.origins.filter((one) => one.action.call.node.start >= node.start && one.action.call.node.end <= node.end);
    used.push(...own.filter((one) => one.action.call.node.source === node.source && !used.includes(one)));
    edits.push(made(node, frame, all));
    steps += frame.links.length;
  };
  const hand = (call: Node, frame: Frame) => {
    if (frame.state.series !== undefined) left(call, 'createDataFrame is given a Series');
    if (frame.state.index.length > 0) left(call, 'the keys stand in the index, which createDataFrame leaves behind');
    handed.push({ call, state: frame.state });
    put(call, frame);
  };

  /** Everything in an expression or statement that is no assignment of a variable of ours. */
  const visit = (node: Node, isInner: boolean): void => {
    const argument = createdFrom(node);
    const frame = argument === undefined ? undefined : frameOf(argument, all);
    if (frame !== undefined) {
      if (isInner) left(node, 'a function defined here hands it back');
      hand(node, frame);
      return;
    }
    if (scene.origins.has(node)) left(node, `what toPandas brings is used in a way that is not followed: ${shown(outer(node))}`);
    if (node.type === 'identifier' && variables.has(textOf(node)) && isVariable(node)) left(node, howUsed(node));
    if (node.type === 'delete_statement' && named(node).every((one) => one.type === 'identifier')) return;
    const inner = isInner || /^(function_definition|lambda|class_definition)$/.test(node.type);
    for (const one of node.children) visit(one, inner);
  };

  for (const statement of statements) {
    const assignment = statement.type === 'expression_statement' ? named(statement)[0] : undefined;
    const target = assignment?.type === 'assignment' ? child(assignment, 'left') : undefined;
    const right = assignment?.type === 'assignment' ? child(assignment, 'right') : undefined;
    if (assignment === undefined || target === undefined || right === undefined || right.type === 'assignment') {
      visit(statement, false);
      continue;
    }
    if (target.type === 'identifier') {
      const name = textOf(target);
      const frame = frameOf(right, all);
      if (frame === undefined) visit(right, false);
      else {
        if (frame.links.length === 0 && variables.has(frame.base) && bare(right).type === 'identifier')
          left(right, `${shown(assignment)} gives one frame two names`);
        const isNothing = frame.links.length === 0 && frame.base === name && variables.has(name);
        if (isNothing && textOf(statement) === rest(statement)) {
          edits.push(dropStatement(statement));
          continue;
        }
        if (child(assignment, 'type') !== undefined) left(assignment, `${name} is said to be of a type of pandas`);
        put(right, frame);
        variables.set(name, frame.state);
        names.add(name);
        continue;
      }
      variables.delete(name);
      continue;
    }
    const owner = target.type === 'subscript' ? textOf(child(target, 'value') as Node) : undefined;
    const state = owner === undefined ? undefined : variables.get(owner);
    const column = owner === undefined ? undefined : columnName(target, owner);
    if (owner === undefined || state === undefined || column === undefined) {
      visit(statement, false);
      continue;
    }
    if (state.series !== undefined || state.index.includes(column)) left(statement, `${shown(assignment)} is not understood`);
    scene.asked.name(column, statement);
    const value = asSpark(right, { ...all, variable: owner, state });
    const text = asColumn(value, scene.f);
    const { type, mayNull, mayNaN, hadNull } = value;
    const made = { type, mayNull: type !== 'boolean' && mayNull, mayNaN, hadNull };
    variables.set(owner, { ...withColumn(state, column, made), sorted: undefined });
    const link: Link = { head: '.withColumn', items: [`"${column}"`, text] };
    edits.push(assigned(assignment, owner, link));
    steps++;
  }
  return { edits, steps, handed, used, variables: [...names] };
}

/** What stands on a statement's lines. */
const rest = (statement: Node): string => statement.source.text.slice(lineStart(statement), lineEnd(statement)).trim();

/** `x` of `spark.createDataFrame(x)`. */
function createdFrom(node: Node): Node | undefined {
  const callee = node.type === 'call' ? child(node, 'function') : undefined;
  if (callee?.type !== 'attribute' || textOf(child(callee, 'attribute') as Node) !== 'createDataFrame') return undefined;
  const args = named(child(node, 'arguments') as Node);
  const [first] = args;
  if (args.length !== 1 || first === undefined) return undefined;
  return first.type === 'keyword_argument' ? (textOf(child(first, 'name') as Node) === 'data' ? child(first, 'value') : undefined) : first;
}

const isVariable = (node: Node): boolean =>
  !(node.parent?.type === 'attribute' && node.field === 'attribute') &&
  !(node.parent?.type === 'keyword_argument' && node.field === 'name');

/** What is done with a variable where it is not followed. */
function howUsed(node: Node): string {
  const at = outer(node);
  const call = at.type === 'argument_list' ? at.parent : at;
  if (call?.type === 'call' && /createDataFrame$/.test(textOf(child(call, 'function') as Node)))
    return 'createDataFrame is given a schema, or more';
  return `${shown(call ?? node)} uses what pandas holds in a way that is not translated`;
}

const outer = (node: Node): Node => {
  let at = node.parent ?? node;
  while (at.parent !== undefined && /^(attribute|parenthesized_expression|subscript|interpolation|format_expression)$/.test(at.type))
    at = at.parent;
  return at.type === 'argument_list' ? (at.parent ?? at) : at;
};

/** The frame's text in place of an expression. */
function made(node: Node, frame: Frame, { asked, f }: Scene): Edit {
  const inside = bare(node);
  const at = node.type === 'parenthesized_expression' ? node : inside;
  const base = baseOf(inside, frame);
  const own = frame.state.origins.filter((one) => base !== undefined && one.action.call.node === base);
  const casts: Link[] = own.flatMap((one) =>
    [...(asked.casts.get(one) ?? [])].map((name) => ({ head: '.withColumn', items: [`"${name}"`, `${f}.col("${name}").cast("bigint")`] })),
  );
  // What was brought is the frame itself: its text stays as it is, and so do comments in it.
  const receiver = base === undefined ? undefined : child(child(base, 'function') as Node, 'object');
  if (hasComment(at, at.start, receiver?.start ?? at.end) || (receiver !== undefined && hasComment(at, receiver.end, at.end)))
    left(at, 'a comment stands in the steps of pandas');
  const text = receiver === undefined ? frame.base : textOf(receiver);
  const links = [...casts, ...frame.links];
  if (links.length === 0 && receiver !== undefined) return replace(at, node.type === 'parenthesized_expression' ? `(${text})` : text);
  const isBroken = textOf(at).includes('\n');
  const before = at.start - lineStart(at);
  return replace(at, chain(text, links, indentOf(at), before, isBroken, isBracketed(at)));
}

/** Does a chain around an expression stand in brackets, so that it may go over lines? */
function isBracketed(node: Node): boolean {
  let at: Node | undefined = node;
  while (at?.parent !== undefined && /^(attribute|call)$/.test(at.parent.type) && /^(object|function)$/.test(at.field ?? ''))
    at = at.parent;
  return at !== node && at?.parent?.type === 'parenthesized_expression';
}

/** The toPandas call at the bottom of an expression. */
function baseOf(node: Node, frame: Frame): Node | undefined {
  for (const one of walk(node))
    if (one.type === 'call' && frame.state.origins.some((origin) => origin.action.call.node === one) && textOf(one).startsWith(frame.base))
      return one;
  return undefined;
}

function assigned(assignment: Node, owner: string, link: Link): Edit {
  if (hasComment(assignment, assignment.start, assignment.end)) left(assignment, 'a comment stands in the steps of pandas');
  const before = assignment.start - lineStart(assignment) + owner.length + 3;
  return replace(assignment, `${owner} = ${chain(owner, [link], indentOf(assignment), before, false)}`);
}

/** Names of variables seen before the block's statements in a loop around them: they would hold what the turn before left. */
export function usedBefore(block: Node, names: readonly string[], start: number): Node | undefined {
  return names.flatMap((name) => identifiers(block, name)).find((one) => one.start < start);
}
