// for …: df = df.withColumn(name, value) → the columns collected in the loop, added behind it in one step.
// Laws: in the loop the frame's name is used for nothing but adding to it and naming its columns; the loop never leaves the function.

import { bare, type Call, child, type Edit, type Frame, type Node, type Program, textOf, walk } from '../../pyspark/index.ts';
import { type Added, addedBy, dependence } from './independent.ts';
import { freshName, identifiers, linesAbove, linesBelow, replace, rootOf, wholeStatement } from './places.ts';

/** The outermost loop around a step in the same function. */
export function outermostLoop(program: Program, frame: Frame): Node | undefined {
  let found: Node | undefined;
  for (let loop = program.enclosingLoop(frame.node); loop !== undefined; loop = program.enclosingLoop(loop.node))
    if (loop.kind !== 'comprehension') found = loop.node;
  return found;
}

interface Step {
  readonly statement: Node;
  readonly added: readonly Added[];
}

export function loopOfColumns(program: Program, outer: Node, frame: Frame): Edit[] | string {
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

function collected(program: Program, loop: Node, frame: Frame): Edit[] | string {
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
  if (all.some((one) => one.readsItself) && !isDistinct(program, loop)) return 'the loop may come to one column twice';
  const dict = freshName(rootOf(loop), 'columns');
  return [
    linesAbove(loop, [`${dict} = {}`]),
    ...steps.map((one) => replace(one.statement, lines(one, dict))),
    linesBelow(loop, [`${name} = ${name}.withColumns(${dict})`]),
  ];
}

/** One line for each column, indented as the statement is. */
function lines({ statement, added }: Step, dict: string): string {
  const { text } = statement.source;
  const indent = /[^\n]*$/.exec(text.slice(0, statement.start))?.[0] ?? '';
  return added.map((one) => `${dict}[${textOf(one.name)}] = ${textOf(bare(one.value))}`).join(`\n${/^\s*$/.test(indent) ? indent : ''}`);
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

/** A loop over `df.columns`, or over different texts, comes to each name once. */
function isDistinct(program: Program, loop: Node): boolean {
  const over = child(loop, 'right');
  if (loop.type !== 'for_statement' || over === undefined) return false;
  const plain = bare(over);
  if (plain.type === 'attribute' && textOf(child(plain, 'attribute') ?? plain) === 'columns') return true;
  const value = program.values.get(plain) ?? program.values.get(over);
  if (value?.kind !== 'list' || !value.exact) return false;
  const texts = value.items.map((one) => (one.kind === 'constant' && typeof one.value === 'string' ? one.value.toLowerCase() : undefined));
  return texts.every((one) => one !== undefined) && new Set(texts).size === texts.length;
}
