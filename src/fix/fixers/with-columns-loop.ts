// for …: df = df.withColumn(name, value) → the columns collected in the loop, added behind it in one step.
// Laws: in the loop the frame's name is used for nothing but adding to it and naming its columns; the loop never leaves the function.

import { bare, type Call, child, type Edit, type Frame, type Node, named, type Program, textOf, walk } from '../../pyspark/index.ts';
import { linesAbove, linesBelow, replace } from '../edits.ts';
import { freshName, identifiers, rootOf, scopeOf, wholeStatement } from '../places.ts';
import { type Added, addedBy, dependence } from './independent.ts';

/** The outermost loop around a step in the same function. */
export function outermostLoop(program: Program, frame: Frame): Node | undefined {
  let found: Node | undefined;
  for (let loop = program.enclosingLoop(frame.node); loop !== undefined; loop = program.enclosingLoop(loop.node))
    if (loop.kind !== 'comprehension') found = loop.node;
  return found;
}

export interface Collected {
  readonly edits: readonly Edit[];
  /** Undefined when two names may differ in capital letters only: one column to Spark, two to a dict. */
  readonly apart: true | undefined;
}

interface Step {
  readonly statement: Node;
  readonly added: readonly Added[];
}

export function loopOfColumns(program: Program, outer: Node, frame: Frame): Collected | string {
  let why = 'the loop is not followed';
  // The largest loop that does nothing else with the frame.
  for (let loop: Node | undefined = outer; loop !== undefined; loop = innerLoop(program, loop, frame)) {
    const made = collected(program, loop, frame);
    if (typeof made !== 'string') return made;
    why = made;
  }
  return why;
}

function innerLoop(program: Program, loop: Node, frame: Frame): Node | undefined {
  let found: Node | undefined;
  for (let one = program.enclosingLoop(frame.node); one !== undefined && one.node !== loop; one = program.enclosingLoop(one.node))
    if (one.kind !== 'comprehension') found = one.node;
  return found;
}

function collected(program: Program, loop: Node, frame: Frame): Collected | string {
  const body = child(loop, 'body');
  const name = targetOf(frame);
  if (body === undefined || name === undefined) return 'the frame has no name of its own in the loop';
  if (wholeStatement(loop) === undefined) return 'the loop shares a line with another statement';
  const calls = new Map(program.calls.map((one) => [one.node, one]));
  const steps: Step[] = [];
  for (const node of walk(body)) {
    if (/^(return_statement|yield)$/.test(node.type)) return 'the loop leaves the function';
    if (node.type !== 'assignment' || textOf(child(node, 'left') ?? node) !== name) continue;
    const step = stepOf(program, calls, node, name);
    if (typeof step === 'string') return step;
    steps.push(step);
  }
  if (steps.length === 0) return 'the loop adds no column to one frame';
  const inSteps = (node: Node) => steps.some((one) => node.start >= one.statement.start && node.end <= one.statement.end);
  const condition = child(loop, 'condition');
  const inside = [...identifiers(body, name), ...(condition === undefined ? [] : identifiers(condition, name))];
  for (const use of inside) {
    if (!inSteps(use)) return `${name} is used in the loop for something else`;
    const isOfColumn = /^(attribute|subscript)$/.test(use.parent?.type ?? '') && program.values.get(use.parent as Node)?.kind === 'column';
    const isRoot = steps.some((one) => rootsOf(one).includes(use));
    const isTarget = use.parent?.type === 'assignment' && use.field === 'left';
    if (!isOfColumn && !isRoot && !isTarget) return `${name} is used in the loop for something else`;
  }
  const all = steps.flatMap((one) => one.added);
  const why = dependence(all, true);
  if (why !== undefined) return why;
  if (all.some((one) => one.readsItself && !isDistinct(program, loop, name, one))) return 'the loop may come to one column twice';
  const other = seenElsewhere(program, loop, steps, name);
  if (other !== undefined) return other;
  const dict = freshName(rootOf(loop), 'columns');
  const edits = [
    linesAbove(loop, [`${dict} = {}`]),
    ...steps.map((one) => replace(one.statement, lines(one, dict))),
    linesBelow(loop, [`${name} = ${name}.withColumns(${dict})`]),
  ];
  const apart = isApart(program, loop, all);
  return apart === false ? 'two of the names differ in capital letters only' : { edits, apart };
}

/** One line for each column, indented as the statement is. */
function lines({ statement, added }: Step, dict: string): string {
  const { text } = statement.source;
  const indent = /[^\n]*$/.exec(text.slice(0, statement.start))?.[0] ?? '';
  return added.map((one) => `${dict}[${textOf(one.name)}] = ${onItsOwn(bare(one.value))}`).join(`\n${/^\s*$/.test(indent) ? indent : ''}`);
}

function targetOf(frame: Frame): string | undefined {
  for (let at: Node | undefined = frame.node; at !== undefined; at = at.parent)
    if (at.type === 'assignment') {
      const left = child(at, 'left');
      return left?.type === 'identifier' ? textOf(left) : undefined;
    }
  return undefined;
}

/** `df = df.withColumn(…).withColumn(…)`. */
function stepOf(program: Program, calls: ReadonlyMap<Node, Call>, assignment: Node, name: string): Step | string {
  const right = child(assignment, 'right');
  const call = right === undefined ? undefined : calls.get(bare(right));
  const chain = call === undefined ? [] : program.chainOf(call);
  const root = chain[0] === undefined ? undefined : child(child(chain[0].node, 'function') ?? chain[0].node, 'object');
  if (root === undefined || root.type !== 'identifier' || textOf(root) !== name)
    return `a turn gives ${name} something else than itself with more columns`;
  if ([...walk(assignment)].some((one) => one.type === 'comment')) return 'a comment stands between the steps';
  const statement = wholeStatement(assignment);
  if (statement === undefined) return 'a step shares a line with another statement';
  const added: Added[] = [];
  for (const link of chain) {
    const one = addedBy(program, link);
    if (typeof one === 'string') return one;
    added.push(one);
  }
  return { statement, added };
}

const rootsOf = ({ added }: Step): Node[] =>
  added.flatMap(({ call }) => {
    const object = child(child(call.node, 'function') ?? call.node, 'object');
    return object === undefined ? [] : [object];
  });

/** A value's text where no brackets of a call are around it any more. */
function onItsOwn(value: Node): string {
  const text = textOf(value);
  let depth = 0;
  for (const match of text.matchAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[([{]|[)\]}]|\n/g)) {
    if (/^[([{]$/.test(match[0])) depth++;
    else if (/^[)\]}]$/.test(match[0])) depth--;
    else if (match[0] === '\n' && depth === 0) return `(${text})`;
  }
  return text;
}

/** Who else sees the frame between two turns: an `else`, a handler of errors, a function that the loop calls; undefined when nobody does. */
function seenElsewhere(program: Program, loop: Node, steps: readonly Step[], name: string): string | undefined {
  if (child(loop, 'alternative') !== undefined) return 'the loop has an else';
  const scope = scopeOf(loop);
  for (const { statement } of steps)
    for (let at = statement.parent; at !== undefined && at !== scope; at = at.parent) {
      if (at.type !== 'try_statement' || !at.children.some((one) => /^except/.test(one.type))) continue;
      const isInLoop = at.start > loop.start;
      const end = (child(at, 'body') ?? at).end;
      // Where a turn fails, the columns of the turns before stay.
      if (isInLoop || identifiers(scope, name).some((one) => one.start >= end))
        return 'an error on the way is caught, and the frame used on';
    }
  const called = new Set(program.calls.filter((one) => isIn(one.node, loop)).map((one) => one.name));
  const reader = program.functions.find((one) => called.has(one.name) && !isIn(one.node, loop) && identifiers(one.node, name).length > 0);
  return reader === undefined ? undefined : `${reader.name}, which the loop calls, may read ${name}`;
}

const isIn = (node: Node, outer: Node): boolean => node.source === outer.source && node.start >= outer.start && node.end <= outer.end;

/** Does each turn add a column of another name: one made of the variable of a loop that comes to each value once? */
function isDistinct(program: Program, loop: Node, frame: string, one: Added): boolean {
  const over = child(loop, 'right');
  const target = child(loop, 'left');
  if (loop.type !== 'for_statement' || over === undefined || target?.type !== 'identifier') return false;
  const variable = textOf(target);
  const isAgain = identifiers(loop, variable).some(
    (node) =>
      node !== target &&
      (node.field === 'left' || node.field === 'name' || /^(pattern_list|tuple_pattern|list_pattern)$/.test(node.parent?.type ?? '')),
  );
  if (isAgain || program.enclosingLoop(one.call.node)?.node !== loop || !isMadeOf(bare(one.name), variable)) return false;
  const plain = bare(over);
  if (plain.type === 'call') return textOf(child(plain, 'function') ?? plain) === 'range';
  if (plain.type === 'attribute' && textOf(child(plain, 'attribute') ?? plain) === 'columns') {
    const object = child(plain, 'object');
    const value = object === undefined ? undefined : program.values.get(object);
    const isOwn = object !== undefined && textOf(object) === frame;
    return isOwn || (value?.kind === 'frame' && program.upstream(value.frame).every((up) => up.parents.length < 2));
  }
  const value = program.values.get(plain) ?? program.values.get(over);
  if (value?.kind !== 'list' || !value.exact) return false;
  const texts = value.items.map((item) =>
    item.kind === 'constant' && typeof item.value === 'string' ? item.value.toLowerCase() : undefined,
  );
  return texts.every((text) => text !== undefined) && new Set(texts).size === texts.length;
}

/** The variable itself, or texts and the variable once: another text for each of its values. */
function isMadeOf(name: Node, variable: string): boolean {
  if (name.type === 'identifier') return textOf(name) === variable;
  const holes = [...walk(name)].filter((one) => one.type === 'identifier');
  if (holes.length !== 1 || textOf(holes[0] as Node) !== variable) return false;
  if (name.type === 'string')
    return [...walk(name)].every(
      (one) => one.type !== 'interpolation' || (named(one).length === 1 && named(one)[0]?.type === 'identifier'),
    );
  if (name.type !== 'binary_operator' || textOf(child(name, 'operator') ?? name) !== '+') return false;
  const sides = [child(name, 'left'), child(name, 'right')] as [Node, Node];
  return sides.every((one) => one.type === 'string' || isMadeOf(bare(one), variable));
}

/** May two of the names be one to Spark, which takes small and capital letters alike, and two to a dict? `undefined`: not known. */
function isApart(program: Program, loop: Node, all: readonly Added[]): boolean | undefined {
  const fixed = all.flatMap((one) => one.names.filter((name) => !name.includes('*')));
  const spellings = new Set(fixed);
  if (new Set(fixed.map((name) => name.toLowerCase())).size < spellings.size) return false;
  const open = all.filter((one) => one.names.some((name) => name.includes('*')));
  const isKnown = (one: Added): boolean =>
    [...walk(one.name)].every((node) => node.type !== 'identifier' || isNumber(program, node) || isOfColumns(loop, node));
  return open.every(isKnown) ? true : undefined;
}

/** The variable of a loop over numbers. */
function isNumber(program: Program, node: Node): boolean {
  for (let at = program.enclosingLoop(node)?.node; at !== undefined; at = program.enclosingLoop(at)?.node) {
    const target = child(at, 'left');
    const over = child(at, 'right');
    if (target === undefined || over === undefined || identifiers(target, textOf(node)).length === 0) continue;
    const isFirst =
      target.type === 'identifier'
        ? /^range\(/.test(textOf(over))
        : /^enumerate\(/.test(textOf(over)) && named(target)[0]?.type === 'identifier' && textOf(named(target)[0] as Node) === textOf(node);
    return isFirst;
  }
  return false;
}

/** The variable of a loop over a frame's columns: Spark keeps them apart. */
function isOfColumns(loop: Node, node: Node): boolean {
  const target = child(loop, 'left');
  const over = child(loop, 'right');
  return target?.type === 'identifier' && textOf(target) === textOf(node) && over !== undefined && /\.columns$/.test(textOf(over));
}
