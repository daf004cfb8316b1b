// What the analysis has found so far, and how it is added to: the one mutable thing of the room while a program is followed.
// Laws: an entity is made once for its place in the code, however often the program comes there; limits are said in `notes`, never silent.

import type {
  Action,
  Argument,
  Cache,
  Call,
  Frame,
  FunctionInfo,
  Grouping,
  Join,
  Loop,
  Read,
  Session,
  Setting,
  SqlText,
  Udf,
  WindowSpec,
  Write,
} from '../model.ts';
import { type Node, textOf } from '../node.ts';
import type { ClassValue, FunctionValue, Scope, Value } from './values.ts';

/** Where the program stands: names in reach, and what a `return` adds to. */
export interface Place {
  /** Outermost first. */
  readonly scopes: readonly Scope[];
  readonly globals: Set<string>;
  readonly returns: Value[];
}

export interface World {
  readonly sessions: Session[];
  readonly settings: Setting[];
  /** Calls that set a key which was not known when they were followed. */
  readonly computedKeys: Set<Node>;
  readonly reads: Read[];
  readonly frames: Frame[];
  readonly actions: Action[];
  readonly udfs: Udf[];
  readonly caches: Cache[];
  readonly joins: Join[];
  readonly windows: WindowSpec[];
  readonly sql: SqlText[];
  /** Entries of dicts whose keys look like Spark's configuration. */
  readonly dictSettings: Setting[];
  readonly loops: Loop[];
  readonly calls: Map<Node, Call>;
  readonly values: Map<Node, Value>;
  readonly notes: Set<string>;
  /** Temporary views by lower-case name. */
  readonly views: Map<string, Frame>;
  readonly functions: Map<Node, FunctionInfo>;
  readonly functionValues: FunctionValue[];
  readonly classes: ClassValue[];
  /** Functions that ran at least once, with the number of times. */
  readonly ran: Map<Node, number>;
  readonly running: Set<Node>;
  /** Loops around the place that is being followed, across calls of functions. */
  readonly around: Loop[];
  /** The scope of a module of the project; undefined when it is none. */
  moduleScope(name: string, from: Node): Scope | undefined;
  steps: number;
}

/** Statements and expressions followed before the analysis says that it stopped. */
export const MAX_STEPS = 400_000;
/** Ways through one function: enough to tell its callers apart, few enough to end. */
export const MAX_RUNS = 24;

export function newFrame(
  world: World,
  method: string,
  node: Node,
  parents: readonly Frame[],
  more: { call?: Call | undefined; read?: Read; grouping?: Grouping } = {},
): Frame {
  const frame: Frame = {
    id: world.frames.length,
    method,
    node,
    call: more.call,
    parents: [...new Set(parents)],
    names: [],
    read: more.read,
    grouping: more.grouping,
    loops: [...world.around],
  };
  world.frames.push(frame);
  return frame;
}

/** Adds a way in which a frame comes about: the end of a loop's body. */
export function addParent(frame: Frame, parent: Frame): void {
  if (parent !== frame && !frame.parents.includes(parent)) (frame.parents as Frame[]).push(parent);
}

export function callOf(world: World, node: Node, name: string, args: readonly Argument[]): Call {
  const known = world.calls.get(node);
  if (known !== undefined) {
    (known as { arguments: readonly Argument[] }).arguments = args;
    return known;
  }
  const call: Call = { node, name, arguments: args };
  world.calls.set(node, call);
  return call;
}

/** Records an action; the same call met again adds its frame. */
export function addAction(world: World, call: Call, method: string, frame: Frame, write?: Write): Action {
  const known = world.actions.find((one) => one.call === call);
  if (known !== undefined) {
    if (!known.frames.includes(frame)) (known.frames as Frame[]).push(frame);
    for (const loop of world.around) if (!known.loops.includes(loop)) (known.loops as Loop[]).push(loop);
    return known;
  }
  const action: Action = { call, method, frames: [frame], loops: [...world.around], write, order: world.actions.length };
  world.actions.push(action);
  return action;
}

export function addOnce<T extends { readonly node: Node }>(list: T[], one: T): T {
  const known = list.find((other) => other.node === one.node);
  if (known !== undefined) return known;
  list.push(one);
  return one;
}

export function loopOf(world: World, node: Node, kind: Loop['kind'], over: Loop['over']): Loop {
  return addOnce(world.loops, { node, kind, over });
}

export function argument(call: Call, position: number, ...names: readonly string[]): Argument | undefined {
  return call.arguments.find((one) => one.name !== undefined && names.includes(one.name)) ?? positional(call)[position];
}

/** The arguments without a name, up to the first of unknown number. */
export function positional(call: Call): Argument[] {
  const plain: Argument[] = [];
  for (const one of call.arguments) {
    if (one.splat) break;
    if (one.name === undefined) plain.push(one);
  }
  return plain;
}

/** All frames among values, lists looked through. */
export function framesOf(values: readonly Value[]): Frame[] {
  const found: Frame[] = [];
  for (const value of values) {
    if (value.kind === 'frame') found.push(value.frame);
    else if (value.kind === 'list') found.push(...framesOf(value.items));
  }
  return found;
}

/** The name a call goes by: `join` of `a.b.join(…)`. */
export function nameOfCallee(node: Node): string {
  const last = node.type === 'attribute' ? node.children.find((one) => one.field === 'attribute') : node;
  return last === undefined ? '' : textOf(last);
}
