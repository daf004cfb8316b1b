// Names: which value stands behind a name here, and what two ways of coming here make of it.
// Law: two different frames become one frame with both as parents; of two other values that differ nothing is known.

import type { Node } from '../node.ts';
import { FREE_FUNCTIONS } from './names.ts';
import { type ColumnValue, PLAIN, type Scope, UNKNOWN, type Value } from './values.ts';
import { addParent, newFrame, type Place, type World } from './world.ts';

/** Where a star import keeps the modules whose names it brought. */
export const STARS = '*';

/** Python's own names that `from pyspark.sql.functions import *` leaves alone. */
const BUILTINS = new Set(
  (
    'print len range str int float bool list dict set tuple sorted zip enumerate isinstance issubclass open map type super getattr hasattr ' +
    'setattr iter next repr input exec eval vars dir id object property staticmethod classmethod callable divmod frozenset globals locals ' +
    'bytes bytearray memoryview complex all any reversed help exit quit __name__ __file__ display dbutils self cls spark sc sqlContext'
  ).split(' '),
);

export function lookUp(world: World, place: Place, name: string, node: Node): Value {
  for (let i = place.scopes.length - 1; i >= 0; i--) {
    const value = (place.scopes[i] as Scope).get(name);
    if (value !== undefined) return value;
  }
  for (let i = place.scopes.length - 1; i >= 0; i--) {
    const stars = (place.scopes[i] as Scope).get(STARS);
    if (stars?.kind !== 'list') continue;
    for (const star of stars.items) {
      if (star.kind !== 'module') continue;
      const own = world.moduleScope(star.name, node)?.get(name);
      if (own !== undefined) return own;
      if (star.name.startsWith('pyspark.') && !BUILTINS.has(name)) return { kind: 'member', name: `${star.name}.${name}` };
    }
  }
  // A notebook or a shell gives these names.
  if (name === 'spark' || name === 'sqlContext') return { kind: 'session', session: world.sessions.at(-1) };
  if (name === 'sc') return { kind: 'context' };
  // A part of a program, or names from a module that is not here: these are Spark's alone.
  if (FREE_FUNCTIONS.has(name)) return { kind: 'member', name: `pyspark.sql.functions.${name}` };
  if (name === 'Window') return { kind: 'member', name: 'pyspark.sql.Window' };
  return UNKNOWN;
}

/** What is known when the program comes here by either of two ways. */
export function merged(world: World, node: Node, a: Value, b: Value): Value {
  if (a === b || same(a, b)) return a;
  if (a.kind === 'frame' && b.kind === 'frame') {
    if (a.frame.method === 'either' && a.frame.parents.includes(b.frame)) return a;
    const frame = newFrame(world, 'either', node, [a.frame, b.frame]);
    frame.names.push(...new Set([...a.frame.names, ...b.frame.names]));
    return { kind: 'frame', frame };
  }
  // `df = None` before a branch, or a way in which nothing is known: the frame is what can be worked with.
  if (a.kind === 'frame' && isNothing(b)) return a;
  if (b.kind === 'frame' && isNothing(a)) return b;
  if (a.kind === 'list' && b.kind === 'list') return { kind: 'list', items: [...new Set([...a.items, ...b.items])], exact: false };
  if (a.kind === 'dict' && b.kind === 'dict') return { kind: 'dict', entries: [...new Set([...a.entries, ...b.entries])], exact: false };
  if (a.kind === 'column' && b.kind === 'column') return mergedColumns(a, b);
  if (a.kind === 'session' && b.kind === 'session') return a;
  const isPlain = (value: Value) => value.kind === 'plain' || value.kind === 'constant' || value.kind === 'text';
  if (isPlain(a) && isPlain(b)) return PLAIN;
  return UNKNOWN;
}

function isNothing(value: Value): boolean {
  return value.kind === 'unknown' || (value.kind === 'constant' && value.value === null);
}

function same(a: Value, b: Value): boolean {
  if (a.kind === 'constant' && b.kind === 'constant') return a.value === b.value;
  if (a.kind === 'frame' && b.kind === 'frame') return a.frame === b.frame;
  if ((a.kind === 'member' || a.kind === 'module') && a.kind === b.kind) return a.name === b.name;
  return a.kind === 'udf' && b.kind === 'udf' && a.udf === b.udf;
}

function mergedColumns(a: ColumnValue, b: ColumnValue): Value {
  return {
    ...a,
    columns: [...new Set([...a.columns, ...b.columns])],
    functions: [...new Set([...a.functions, ...b.functions])],
    udfs: [...new Set([...a.udfs, ...b.udfs])],
    windows: [...new Set([...a.windows, ...b.windows])],
    complete: a.complete && b.complete,
    alias: a.alias === b.alias ? a.alias : undefined,
    shape: 'other',
    parts: [a, b],
  };
}

/** Joins the scopes of several ways into the first of them. */
export function mergeScopes(world: World, node: Node, into: Scope, ways: readonly Scope[]): void {
  const names = new Set(ways.flatMap((way) => [...way.keys()]));
  for (const name of names) {
    const values = ways.flatMap((way) => {
      const value = way.get(name);
      return value === undefined ? [] : [value];
    });
    if (values.length === 0) continue;
    into.set(
      name,
      values.reduce((a, b) => merged(world, node, a, b)),
    );
  }
}

/** Before a loop's body: frames that the body gives a new value may come from before or from the turn before. */
export function openLoop(world: World, node: Node, scope: Scope, names: Iterable<string>): Map<string, Value> {
  const opened = new Map<string, Value>();
  for (const name of names) {
    const value = scope.get(name);
    if (value === undefined || opened.has(name)) continue;
    if (value.kind !== 'frame') {
      scope.set(name, ofAnyTurn(value));
      continue;
    }
    const frame = newFrame(world, 'loop', node, [value.frame]);
    frame.names.push(name);
    const open: Value = { kind: 'frame', frame };
    scope.set(name, open);
    opened.set(name, open);
  }
  return opened;
}

/** What stays known of a value where it may be another: that of the turn before, or what was put in since. */
export function ofAnyTurn(value: Value): Value {
  if ((value.kind === 'constant' && value.value !== null) || value.kind === 'text') return PLAIN;
  if (value.kind === 'list' || value.kind === 'dict') return { ...value, exact: false };
  if (value.kind === 'column') return { ...value, complete: false };
  return value;
}

/** After a loop's body: what it made goes back to its start. */
export function closeLoop(world: World, node: Node, scope: Scope, opened: ReadonlyMap<string, Value>): void {
  for (const [name, open] of opened) {
    const value = scope.get(name);
    if (open.kind !== 'frame') continue;
    if (value?.kind === 'frame') {
      addParent(open.frame, value.frame);
      scope.set(name, open);
    } else if (value !== undefined) scope.set(name, merged(world, node, open, value));
  }
}
