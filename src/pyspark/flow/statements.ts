// Statements: the program followed from top to bottom, branches both ways, a loop's body once with its way back.
// Laws: never throws on a tree; what cannot be followed leaves names unknown, it does not stop the rest.

import { child, childrenIn, type Node, named, textOf, walk } from '../node.ts';
import { elementOf, evaluate, overOf } from './expressions.ts';
import { defineClass, defineFunction } from './functions.ts';
import { importFrom, importModules } from './imports.ts';
import { closeLoop, merged, mergeScopes, openLoop } from './scopes.ts';
import { type Scope, UNKNOWN, type Value } from './values.ts';
import { framesOf, loopOf, MAX_STEPS, newFrame, type Place, type World } from './world.ts';

/** Follows the statements below a node; true when the program does not go on behind them. */
export function run(world: World, place: Place, statements: readonly Node[]): boolean {
  let ends = false;
  // What stands behind a return is followed all the same: dead code is still code to show.
  for (const statement of statements) if (runOne(world, place, statement)) ends = true;
  return ends;
}

function runOne(world: World, place: Place, node: Node): boolean {
  if (++world.steps > MAX_STEPS) return true;
  switch (node.type) {
    case 'expression_statement':
      for (const one of named(node)) runOne(world, place, one);
      return false;
    case 'assignment':
      assignment(world, place, node);
      return false;
    case 'augmented_assignment': {
      const left = child(node, 'left');
      const right = child(node, 'right');
      const old = left === undefined ? UNKNOWN : evaluate(world, place, left);
      const added = right === undefined ? UNKNOWN : evaluate(world, place, right);
      if (left === undefined) return false;
      const isList = old.kind === 'list' && added.kind === 'list';
      assign(world, place, left, isList ? { kind: 'list', items: [...old.items, ...added.items], exact: false } : UNKNOWN);
      return false;
    }
    case 'return_statement': {
      const value = named(node)[0];
      place.returns.push(value === undefined ? { kind: 'constant', value: null, node } : evaluate(world, place, value));
      return true;
    }
    case 'raise_statement':
      for (const one of named(node)) evaluate(world, place, one);
      return true;
    case 'break_statement':
    case 'continue_statement':
      return true;
    case 'if_statement':
      return branches(world, place, node);
    case 'for_statement':
    case 'while_statement':
      loop(world, place, node);
      return false;
    case 'with_statement':
      return withStatement(world, place, node);
    case 'try_statement':
      return tryStatement(world, place, node);
    case 'match_statement': {
      const subject = child(node, 'subject');
      if (subject !== undefined) evaluate(world, place, subject);
      const cases = named(child(node, 'body') ?? node).filter((one) => one.type === 'case_clause');
      return ways(world, place, node, [...cases.map((one) => () => run(world, place, blockOf(one))), () => false]);
    }
    case 'function_definition':
    case 'decorated_definition':
      defineFunction(world, place, node);
      return false;
    case 'class_definition':
      defineClass(world, place, node);
      return false;
    case 'import_statement':
      importModules(world, place, node);
      return false;
    case 'import_from_statement':
      importFrom(world, place, node);
      return false;
    case 'global_statement':
    case 'nonlocal_statement':
      for (const one of named(node)) place.globals.add(textOf(one));
      return false;
    case 'delete_statement':
    case 'pass_statement':
    case 'comment':
      return false;
    case 'block':
    case 'module':
    case 'ERROR':
      return run(world, place, named(node));
    default:
      evaluate(world, place, node);
      return false;
  }
}

function assignment(world: World, place: Place, node: Node): void {
  const left = child(node, 'left');
  const right = child(node, 'right');
  if (left === undefined) return;
  if (right === undefined) return;
  // a = b = c: the right side is an assignment of its own.
  let value: Value;
  if (right.type === 'assignment') {
    assignment(world, place, right);
    const inner = child(right, 'left');
    value = inner === undefined ? UNKNOWN : evaluate(world, place, inner);
  } else value = evaluate(world, place, right);
  assign(world, place, left, value);
}

/** Gives a target its value: a name, several names, an attribute, an entry of a dict. */
export function assign(world: World, place: Place, target: Node, given: Value): void {
  const value = asOneFrame(world, target, given);
  switch (target.type) {
    case 'identifier': {
      const name = textOf(target);
      if (value.kind === 'frame' && !value.frame.names.includes(name)) value.frame.names.push(name);
      scopeOf(place, name).set(name, value);
      world.values.set(target, value);
      return;
    }
    case 'pattern_list':
    case 'tuple_pattern':
    case 'list_pattern':
    case 'tuple':
    case 'list': {
      const targets = named(target);
      const hasSplat = targets.some((one) => one.type.startsWith('list_splat'));
      targets.forEach((one, i) => {
        assign(world, place, one, hasSplat ? UNKNOWN : itemOf(value, i));
      });
      return;
    }
    case 'attribute': {
      const object = child(target, 'object');
      const name = child(target, 'attribute');
      const owner = object === undefined ? UNKNOWN : evaluate(world, place, object);
      if (name === undefined) return;
      if (value.kind === 'frame' && !value.frame.names.includes(textOf(target))) value.frame.names.push(textOf(target));
      if (owner.kind === 'instance') {
        const old = owner.attributes.get(textOf(name));
        owner.attributes.set(textOf(name), old === undefined || owner.attributes.size === 0 ? value : latest(world, target, old, value));
      }
      return;
    }
    case 'subscript': {
      const object = child(target, 'value');
      const key = childrenIn(target, 'subscript')[0];
      const owner = object === undefined ? UNKNOWN : evaluate(world, place, object);
      const at = key === undefined ? UNKNOWN : evaluate(world, place, key);
      if (owner.kind === 'dict') (owner.entries as [Value, Value, Node][]).push([at, value, target]);
      return;
    }
    default:
      for (const one of named(target)) if (/identifier|pattern|splat/.test(one.type)) assign(world, place, one, UNKNOWN);
  }
}

/** An attribute set again: the newest frame counts, for methods that set it are followed one after another. */
function latest(world: World, node: Node, old: Value, value: Value): Value {
  return value.kind === 'unknown' ? old : value.kind === 'frame' ? value : merged(world, node, old, value);
}

function scopeOf(place: Place, name: string): Scope {
  const inner = place.scopes.at(-1) as Scope;
  if (!place.globals.has(name)) return inner;
  for (let i = place.scopes.length - 2; i >= 0; i--) if ((place.scopes[i] as Scope).has(name)) return place.scopes[i] as Scope;
  return place.scopes[0] as Scope;
}

/** A loop's variable that stands for one frame of several is one frame with several ways to it. */
function asOneFrame(world: World, target: Node, value: Value): Value {
  if (target.type !== 'identifier' || value.kind !== 'oneOf' || !value.items.every((one) => one.kind === 'frame')) return value;
  const frames = framesOf(value.items);
  return frames.length === 0 ? value : { kind: 'frame', frame: newFrame(world, 'either', target, frames) };
}

function itemOf(value: Value, i: number): Value {
  if (value.kind === 'list') return value.items[i] ?? (value.exact ? UNKNOWN : (value.items[0] ?? UNKNOWN));
  if (value.kind === 'oneOf') return { kind: 'oneOf', items: value.items.map((one) => itemOf(one, i)), loop: value.loop };
  if (value.kind === 'plain') return value;
  return UNKNOWN;
}

/** Follows several ways from the same state and joins what they leave. */
function ways(world: World, place: Place, node: Node, each: readonly (() => boolean)[]): boolean {
  const scope = place.scopes.at(-1) as Scope;
  const before = new Map(scope);
  const left: Scope[] = [];
  let allEnd = true;
  for (const way of each) {
    scope.clear();
    for (const [name, value] of before) scope.set(name, value);
    const ends = way();
    if (!ends) {
      left.push(new Map(scope));
      allEnd = false;
    }
  }
  if (left.length > 0) {
    scope.clear();
    mergeScopes(world, node, scope, left);
  }
  return allEnd;
}

export function blockOf(node: Node): Node[] {
  const body = child(node, 'body') ?? child(node, 'consequence') ?? node.children.find((one) => one.type === 'block');
  return body === undefined ? [] : named(body);
}

function branches(world: World, place: Place, node: Node): boolean {
  const test = (one: Node) => {
    const condition = child(one, 'condition');
    if (condition !== undefined) evaluate(world, place, condition);
  };
  test(node);
  const alternatives = childrenIn(node, 'alternative');
  const each: (() => boolean)[] = [() => run(world, place, blockOf(node))];
  for (const one of alternatives)
    each.push(() => {
      if (one.type === 'elif_clause') test(one);
      return run(world, place, blockOf(one));
    });
  if (!alternatives.some((one) => one.type === 'else_clause')) each.push(() => false);
  return ways(world, place, node, each);
}

function loop(world: World, place: Place, node: Node): void {
  const scope = place.scopes.at(-1) as Scope;
  const isFor = node.type === 'for_statement';
  const over = child(node, isFor ? 'right' : 'condition');
  let iterated: Value = UNKNOWN;
  if (isFor && over !== undefined) iterated = evaluate(world, place, over);
  const opened = openLoop(world, node, scope, [...assignedIn(node), ...filledIn(node)]);
  world.around.push(loopOf(world, node, isFor ? 'for' : 'while', isFor ? overOf(iterated) : 'unknown'));
  if (!isFor && over !== undefined) evaluate(world, place, over);
  const target = child(node, 'left');
  if (isFor && target !== undefined) assign(world, place, target, elementOf(iterated, node));
  run(world, place, blockOf(node));
  world.around.pop();
  closeLoop(world, node, scope, opened);
  const last = child(node, 'alternative');
  if (last !== undefined) run(world, place, blockOf(last));
}

/** Names that get a value anywhere below a node, functions and classes inside left out. */
export function assignedIn(node: Node): Set<string> {
  const names = new Set<string>();
  const stack = [...node.children];
  for (let one = stack.pop(); one !== undefined; one = stack.pop()) {
    if (/function_definition|class_definition|lambda/.test(one.type)) continue;
    if (/assignment$|^named_expression$/.test(one.type)) {
      const left = child(one, 'left') ?? child(one, 'name');
      if (left !== undefined && left.type !== 'attribute' && left.type !== 'subscript')
        for (const name of walk(left)) if (name.type === 'identifier') names.add(textOf(name));
    }
    stack.push(...one.children);
  }
  return names;
}

/** Names of lists and dicts that the code below a node changes. */
function filledIn(node: Node): Set<string> {
  const names = new Set<string>();
  for (const one of walk(node)) {
    const object =
      one.type === 'subscript' && one.field === 'left'
        ? child(one, 'value')
        : one.type === 'attribute' &&
            one.parent?.type === 'call' &&
            /^(append|extend|insert|update|setdefault|pop|remove|clear|add)$/.test(textOf(child(one, 'attribute') ?? one))
          ? child(one, 'object')
          : undefined;
    if (object?.type === 'identifier') names.add(textOf(object));
  }
  return names;
}

function withStatement(world: World, place: Place, node: Node): boolean {
  for (const item of walk(node.children.find((one) => one.type === 'with_clause') ?? node)) {
    if (item.type !== 'with_item') continue;
    const inner = child(item, 'value') ?? named(item)[0];
    if (inner === undefined) continue;
    const pattern = inner.type === 'as_pattern' ? named(inner) : [inner];
    const value = pattern[0] === undefined ? UNKNOWN : evaluate(world, place, pattern[0]);
    const target = pattern[1] === undefined ? undefined : (named(pattern[1])[0] ?? pattern[1]);
    if (target !== undefined) assign(world, place, target, value);
  }
  return run(world, place, blockOf(node));
}

function tryStatement(world: World, place: Place, node: Node): boolean {
  const handlers = node.children.filter((one) => /^except/.test(one.type));
  const last = node.children.find((one) => one.type === 'finally_clause');
  const otherwise = node.children.find((one) => one.type === 'else_clause');
  const ends = ways(world, place, node, [
    () => {
      const ended = run(world, place, blockOf(node));
      return otherwise === undefined ? ended : run(world, place, blockOf(otherwise)) || ended;
    },
    ...handlers.map((one) => () => run(world, place, blockOf(one))),
  ]);
  return (last === undefined ? false : run(world, place, blockOf(last))) || ends;
}
