// `a.b` and `a[b]`: what they stand for, and frames or sessions known only by how they are used.
// Law: a value becomes a frame or a session by use only through names that nothing else has (names.ts).

import { child, childrenIn, type Node, named, textOf } from '../node.ts';
import { combined, isColumn, referenceTo } from './columns.ts';
import { evaluate } from './expressions.ts';
import { classMember, isWriter } from './functions.ts';
import { memberOf } from './imports.ts';
import { ACTIONS, FRAME_METHODS, FRAME_ONLY, GROUPINGS, READER_METHODS, SESSION_ONLY } from './names.ts';
import { ofAnyTurn } from './scopes.ts';
import { assign } from './statements.ts';
import { FRESH_IO, PLAIN, stringOf, stringsOf, UNKNOWN, type Value } from './values.ts';
import { newFrame, type Place, type World } from './world.ts';

const FRAME_PROPERTIES = new Set([
  'columns',
  'schema',
  'dtypes',
  'isStreaming',
  'storageLevel',
  'plot',
  'executionInfo',
  'is_cached',
  'isLocal',
  'explain',
  'printSchema',
  'createOrReplaceTempView',
  'createTempView',
  'createGlobalTempView',
  'createOrReplaceGlobalTempView',
  'registerTempTable',
  'randomSplit',
  'writeTo',
  'inputFiles',
  'schema',
  'sameSemantics',
  'semanticHash',
  'mergeInto',
  'groupby',
  'cov',
  'corr',
  'exists',
  'scalar',
  'asTable',
  'metadataColumn',
  'zipWithIndex',
]);

export function attributeOf(world: World, place: Place, node: Node): Value {
  const object = child(node, 'object');
  const attribute = child(node, 'attribute');
  if (object === undefined || attribute === undefined) return UNKNOWN;
  return attributeFrom(world, place, node, evaluate(world, place, object), textOf(attribute));
}

function attributeFrom(world: World, place: Place, node: Node, owner: Value, name: string): Value {
  switch (owner.kind) {
    case 'module':
      return memberOf(world, owner.name, name, node);
    case 'member':
      if (owner.name === 'pyspark.sql.SparkSession' && name === 'builder') return { kind: 'builder', name: undefined, master: undefined };
      return { kind: 'member', name: `${owner.name}.${name}` };
    case 'instance': {
      const own = owner.attributes.get(name);
      if (own !== undefined && own.kind !== 'unknown') return own;
      const member = classMember(owner.of, name);
      if (member?.kind === 'function') return { ...member, self: owner };
      if (member !== undefined) return member;
      return byUse(world, place, node, name);
    }
    case 'class':
      return classMember(owner, name) ?? UNKNOWN;
    case 'session':
      if (name === 'read') return { kind: 'reader', io: FRESH_IO };
      if (name === 'readStream') return { kind: 'reader', io: { ...FRESH_IO, streaming: true } };
      if (name === 'conf') return { kind: 'runtimeConf' };
      if (name === 'udf') return { kind: 'udfRegistry' };
      if (name === 'catalog') return { kind: 'catalog' };
      if (name === 'sparkContext') return { kind: 'context' };
      if (name === 'builder') return { kind: 'builder', name: undefined, master: undefined };
      return { kind: 'method', receiver: owner, name };
    case 'frame':
      if (name === 'write') return { kind: 'writer', io: FRESH_IO, frame: owner.frame };
      if (name === 'writeStream') return { kind: 'writer', io: { ...FRESH_IO, streaming: true }, frame: owner.frame };
      if (name === 'rdd') return { kind: 'rdd', frame: owner.frame };
      if (name === 'na' || name === 'stat') return { kind: 'helper', of: name, frame: owner.frame };
      if (name === 'sparkSession' || name === 'sql_ctx') return { kind: 'session', session: world.sessions.at(-1) };
      if (FRAME_METHODS.has(name) || ACTIONS.has(name) || GROUPINGS.has(name) || FRAME_PROPERTIES.has(name))
        return { kind: 'method', receiver: owner, name };
      return { ...referenceTo(node, name), frame: owner.frame };
    case 'column':
      return { kind: 'method', receiver: owner, name };
    case 'unknown':
      return byUse(world, place, node, name);
    case 'plain':
      return owner;
    case 'constant':
    case 'oneOf':
      return UNKNOWN;
    default:
      return { kind: 'method', receiver: owner, name };
  }
}

/** An unknown value whose use shows what it is: `x.read.parquet`, `x.withColumn`. The name itself takes the value, so that it stays one thing. */
function byUse(world: World, place: Place, node: Node, name: string): Value {
  const outer = node.parent;
  const next = outer?.type === 'attribute' && node.field === 'object' ? child(outer, 'attribute') : undefined;
  const nextName = next === undefined ? '' : textOf(next);
  const object = child(node, 'object') as Node;
  const owner = world.values.get(object);
  if (name === 'read' && READER_METHODS.has(nextName)) return { kind: 'reader', io: FRESH_IO };
  if (name === 'readStream' && READER_METHODS.has(nextName)) return { kind: 'reader', io: { ...FRESH_IO, streaming: true } };
  if (name === 'conf' && (nextName === 'set' || nextName === 'unset')) return { kind: 'runtimeConf' };
  if (name === 'udf' && /^register/.test(nextName)) return { kind: 'udfRegistry' };
  // What hangs on an instance under this name is what is meant, not the instance itself.
  if (owner?.kind === 'instance') {
    if (FRAME_ONLY.has(nextName) || (next !== undefined && outer !== undefined && isWriter(outer)))
      return settle(world, place, node, frameHere(world, node));
    if (SESSION_ONLY.has(nextName) || (nextName === 'conf' && outer?.parent?.type === 'attribute') || /^read(Stream)?$/.test(nextName))
      return settle(world, place, node, { kind: 'session', session: world.sessions.at(-1) });
    return UNKNOWN;
  }
  if (SESSION_ONLY.has(name)) {
    settle(world, place, object, { kind: 'session', session: world.sessions.at(-1) });
    return name === 'sparkContext'
      ? { kind: 'context' }
      : { kind: 'method', receiver: { kind: 'session', session: world.sessions.at(-1) }, name };
  }
  if (FRAME_ONLY.has(name) || isWriter(node)) {
    const frame = frameHere(world, object);
    settle(world, place, object, frame);
    return attributeFrom(world, place, node, frame, name);
  }
  return UNKNOWN;
}

function frameHere(world: World, node: Node): Value {
  return { kind: 'frame', frame: newFrame(world, 'parameter', node, []) };
}

function settle(world: World, place: Place, target: Node, value: Value): Value {
  if (target.type === 'identifier' || target.type === 'attribute') assign(world, place, target, value);
  world.values.set(target, value);
  return value;
}

export function subscriptOf(world: World, place: Place, node: Node): Value {
  const object = child(node, 'value');
  const keys = childrenIn(node, 'subscript');
  if (object === undefined) return UNKNOWN;
  const owner = evaluate(world, place, object);
  const values = keys.map((one) => {
    if (one.type !== 'slice') return evaluate(world, place, one);
    for (const part of named(one)) evaluate(world, place, part);
    return UNKNOWN;
  });
  const key = values[0] ?? UNKNOWN;
  switch (owner.kind) {
    case 'frame': {
      const name = stringOf(key);
      if (name !== undefined) return { ...referenceTo(node, name), frame: owner.frame };
      if (isColumn(key)) return { kind: 'frame', frame: newFrame(world, 'filter', node, [owner.frame]) };
      const names = key.kind === 'list' ? stringsOf(key) : undefined;
      if (names !== undefined) return { kind: 'frame', frame: newFrame(world, 'select', node, [owner.frame]) };
      return { ...referenceTo(node, undefined), frame: owner.frame };
    }
    case 'column':
      return combined(node, 'getItem', [owner]);
    case 'list': {
      const index = key.kind === 'constant' && typeof key.value === 'number' ? key.value : undefined;
      if (index !== undefined && owner.exact) return owner.items.at(index) ?? UNKNOWN;
      return owner.items.length === 1 ? ofAnyTurn(owner.items[0] as Value) : UNKNOWN;
    }
    case 'dict': {
      const name = key.kind === 'constant' ? key.value : undefined;
      if (name === undefined) return owner.entries.length === 1 ? ofAnyTurn(owner.entries[0]?.[1] ?? UNKNOWN) : UNKNOWN;
      for (let i = owner.entries.length - 1; i >= 0; i--) {
        const [at, value] = owner.entries[i] as readonly [Value, Value, Node];
        if (at.kind === 'constant' && at.value === name) return owner.exact ? value : ofAnyTurn(value);
      }
      return UNKNOWN;
    }
    case 'plain':
      return owner;
    case 'rows':
      return owner.pandas ? owner : PLAIN;
    case 'instance': {
      const name = stringOf(key);
      return (name === undefined ? undefined : owner.attributes.get(name)) ?? UNKNOWN;
    }
    default:
      return UNKNOWN;
  }
}
