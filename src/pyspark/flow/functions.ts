// Functions and classes of the project: defined, called, and followed into.
// Laws: a function is followed once for each way it is called, up to MAX_RUNS; recursion stops at once; what workers run is not followed.

import type { Argument } from '../model.ts';
import { child, childrenIn, type Node, named, textOf, walk } from '../node.ts';
import { evaluate } from './expressions.ts';
import { FRAME_ONLY, SESSION_ONLY } from './names.ts';
import { merged } from './scopes.ts';
import { assign, run } from './statements.ts';
import { udfOfDecorator } from './udfs.ts';
import { type ClassValue, type FunctionValue, type Scope, UNKNOWN, type Value } from './values.ts';
import { MAX_RUNS, newFrame, type Place, type World } from './world.ts';

export function defineFunction(world: World, place: Place, node: Node): void {
  const definition = node.type === 'decorated_definition' ? child(node, 'definition') : node;
  if (definition === undefined) return;
  const decorators = node.type === 'decorated_definition' ? node.children.filter((one) => one.type === 'decorator') : [];
  if (definition.type === 'class_definition') {
    for (const one of decorators) for (const inner of named(one)) evaluate(world, place, inner);
    defineClass(world, place, definition);
    return;
  }
  const name = child(definition, 'name');
  if (name === undefined) return;
  const value: FunctionValue = { kind: 'function', name: textOf(name), node: definition, scopes: place.scopes, self: undefined };
  if (!world.functions.has(definition)) world.functions.set(definition, { name: textOf(name), node: definition, onWorkers: false });
  let bound: Value = value;
  for (const one of decorators.toReversed()) {
    const inner = named(one)[0];
    if (inner === undefined) continue;
    const decorator = evaluate(world, place, inner);
    bound = udfOfDecorator(world, decorator, one, value) ?? bound;
  }
  const parameters = child(definition, 'parameters');
  if (parameters !== undefined)
    for (const one of named(parameters)) {
      const preset = child(one, 'value');
      if (preset !== undefined) evaluate(world, place, preset);
    }
  if (bound === value) world.functionValues.push(value);
  (place.scopes.at(-1) as Scope).set(textOf(name), bound);
}

export function defineClass(world: World, place: Place, node: Node): void {
  const name = child(node, 'name');
  const body = child(node, 'body');
  if (name === undefined) return;
  const members: Scope = new Map();
  const bases = named(child(node, 'superclasses') ?? node)
    .filter((one) => one.parent?.field === 'superclasses')
    .map((one) => evaluate(world, place, one));
  const value: ClassValue = { kind: 'class', name: textOf(name), node, members, bases };
  (place.scopes.at(-1) as Scope).set(textOf(name), value);
  world.classes.push(value);
  if (body !== undefined) run(world, { scopes: [...place.scopes, members], globals: new Set(), returns: [] }, named(body));
}

/** A member of a class or of those it is made from. */
export function classMember(of: ClassValue, name: string, depth = 0): Value | undefined {
  const own = of.members.get(name);
  if (own !== undefined || depth > 8) return own;
  for (const base of of.bases) {
    const found = base.kind === 'class' ? classMember(base, name, depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Makes an instance and runs its __init__. */
export function instantiate(world: World, of: ClassValue, args: readonly Argument[]): Value {
  const instance: Value = { kind: 'instance', of, attributes: new Map() };
  const init = classMember(of, '__init__');
  if (init?.kind === 'function') callFunction(world, { ...init, self: instance }, args);
  return instance;
}

/** What a call of a value runs: a function, or an instance's `__call__`; undefined for anything else. */
export function callable(value: Value | undefined): FunctionValue | undefined {
  if (value?.kind === 'function') return value;
  const own = value?.kind === 'instance' ? classMember(value.of, '__call__') : undefined;
  return own?.kind === 'function' ? { ...own, self: value } : undefined;
}

/** Marks a function that workers run, not the driver. */
export function onWorkers(world: World, value: Value): void {
  if (value.kind !== 'function') return;
  world.functions.set(value.node, { name: value.name, node: value.node, onWorkers: true });
}

/** Follows a call of a function of the project. `args` undefined: called from outside, with what is not known. */
export function callFunction(world: World, of: FunctionValue, args: readonly Argument[] | undefined): Value {
  const runs = world.ran.get(of.node) ?? 0;
  if (runs >= MAX_RUNS || world.running.has(of.node) || world.running.size > 40) return UNKNOWN;
  world.ran.set(of.node, runs + 1);
  world.running.add(of.node);
  const scope: Scope = new Map();
  const place: Place = { scopes: [...of.scopes, scope], globals: new Set(), returns: [] };
  bindParameters(world, place, of, args);
  const body = child(of.node, 'body');
  try {
    if (of.node.type === 'lambda') return body === undefined ? UNKNOWN : evaluate(world, place, body);
    const ends = body === undefined ? false : run(world, place, named(body));
    const results = ends || place.returns.length > 0 ? place.returns : [];
    return results.length === 0 ? { kind: 'constant', value: null, node: of.node } : results.reduce((a, b) => merged(world, of.node, a, b));
  } finally {
    world.running.delete(of.node);
  }
}

function bindParameters(world: World, place: Place, of: FunctionValue, args: readonly Argument[] | undefined): void {
  const list = child(of.node, 'parameters');
  const parameters = list === undefined ? [] : named(list);
  const given = (args ?? []).filter((one) => one.name === undefined);
  const firstSplat = given.findIndex((one) => one.splat);
  let position = 0;
  let bound = of.self !== undefined;
  for (const parameter of parameters) {
    const nameNode = parameter.type === 'identifier' ? parameter : (child(parameter, 'name') ?? named(parameter)[0]);
    if (nameNode === undefined || /separator/.test(parameter.type)) continue;
    const name = textOf(nameNode);
    if (bound && of.self !== undefined) {
      // The first parameter of a method.
      place.scopes.at(-1)?.set(name, of.self);
      bound = false;
      continue;
    }
    if (/splat_pattern/.test(nameNode.type) || /splat_pattern/.test(parameter.type)) {
      place.scopes.at(-1)?.set(name.replace(/^\*+/, ''), /^dictionary/.test(parameter.type) ? UNKNOWN : restOf(given, position));
      continue;
    }
    const named_ = args?.find((one) => one.name === name);
    const inOrder = firstSplat === -1 || position < firstSplat ? given[position] : undefined;
    if (named_ === undefined) position++;
    const preset = child(parameter, 'value');
    let value = named_?.value ?? inOrder?.value;
    if (value === undefined && preset !== undefined && args !== undefined) value = evaluate(world, place, preset);
    if (value === undefined || value.kind === 'unknown') value = fromUse(world, of.node, parameter, name) ?? value ?? UNKNOWN;
    assign(world, place, nameNode, value);
  }
}

function restOf(given: readonly Argument[], from: number): Value {
  return { kind: 'list', items: given.slice(from).map((one) => one.value), exact: given.slice(from).every((one) => !one.splat) };
}

/** What a parameter must be, by its annotation or by methods that nothing else has. */
function fromUse(world: World, definition: Node, parameter: Node, name: string): Value | undefined {
  const type = child(parameter, 'type');
  const annotation = type === undefined ? '' : textOf(type);
  if (/\bSparkSession\b/.test(annotation)) return { kind: 'session', session: world.sessions.at(-1) };
  const asFrame = (): Value => {
    const frame = newFrame(world, 'parameter', parameter, []);
    return { kind: 'frame', frame };
  };
  if (/^["']?((pyspark\.)?sql\.)?(DataFrame|SparkDataFrame)["']?$/.test(annotation)) return asFrame();
  if (annotation !== '' && !/Any|Optional|Union/.test(annotation)) return undefined;
  const body = child(definition, 'body');
  if (body === undefined) return undefined;
  for (const one of walk(body)) {
    if (one.type !== 'attribute') continue;
    const object = child(one, 'object');
    const attribute = child(one, 'attribute');
    if (object?.type !== 'identifier' || attribute === undefined || textOf(object) !== name) continue;
    if (SESSION_ONLY.has(textOf(attribute))) return { kind: 'session', session: world.sessions.at(-1) };
    if (FRAME_ONLY.has(textOf(attribute)) || isWriter(one)) return asFrame();
  }
  return undefined;
}

/** `x.write.mode(…)`: a property, not `file.write(…)`. */
export function isWriter(attribute: Node): boolean {
  const name = child(attribute, 'attribute');
  return (
    name !== undefined && /^write(Stream)?$/.test(textOf(name)) && attribute.parent?.type === 'attribute' && attribute.field === 'object'
  );
}

/** The parameters' names of a function, or undefined where it takes any number. */
export function parametersOf(definition: Node): string[] | undefined {
  const list = child(definition, 'parameters');
  const names: string[] = [];
  for (const one of list === undefined ? [] : named(list)) {
    const nameNode = one.type === 'identifier' ? one : (child(one, 'name') ?? named(one)[0]);
    if (nameNode?.type !== 'identifier' || /splat/.test(one.type) || childrenIn(one, 'value').length > 0) return undefined;
    names.push(textOf(nameNode));
  }
  return names;
}
