// Methods of DataFrames, of their groupings, RDDs and helpers: which frame or action comes of each.
// Laws: a method that is not known gives nothing known; `cache` changes no data, so what is cached and what came of it are told apart but linked.

import type { Cache, Call, Frame, Join } from '../model.ts';
import { textOf } from '../node.ts';
import { conjuncts } from './columns.ts';
import { callable, callFunction, onWorkers } from './functions.ts';
import { ACTIONS, FRAME_METHODS, GROUPINGS } from './names.ts';
import { sqlText } from './sessions.ts';
import { udfOfFunction } from './udfs.ts';
import { FRESH_IO, numberOf, stringOf, stringsOf, UNKNOWN, type Value } from './values.ts';
import { addAction, argument, framesOf, newFrame, positional, type World } from './world.ts';

export function frameMethod(world: World, frame: Frame, name: string, call: Call): Value {
  if (ACTIONS.has(name)) return action(world, frame, name, call);
  if (GROUPINGS.has(name))
    return {
      kind: 'grouped',
      frame,
      grouping: { method: name === 'groupby' ? 'groupBy' : name, call, keys: call.arguments, pivoted: false },
    };
  const of = (more: readonly Frame[] = []): Value => ({
    kind: 'frame',
    frame: newFrame(world, name, call.node, [frame, ...more], { call }),
  });
  switch (name) {
    case 'join':
    case 'crossJoin':
    case 'lateralJoin':
      return join(world, frame, name, call);
    case 'cache':
    case 'persist':
    case 'checkpoint':
    case 'localCheckpoint': {
      const made = newFrame(world, name, call.node, [frame], { call });
      if (name === 'cache' || name === 'persist') {
        const cache: Cache = { call, frame: made, source: frame, level: levelOf(call), released: undefined };
        world.caches.push(cache);
      } else if (stringOf(argument(call, 0, 'eager')?.value) !== 'False') addAction(world, call, name, made);
      return { kind: 'frame', frame: made };
    }
    case 'unpersist':
      for (const cache of world.caches) if (isSameData(cache, frame)) cache.released ??= call;
      return { kind: 'frame', frame };
    case 'transform': {
      const fn = callable(call.arguments[0]?.value);
      const rest = call.arguments.slice(1);
      if (fn !== undefined)
        return callFunction(world, fn, [{ name: undefined, node: call.node, value: { kind: 'frame', frame }, splat: false }, ...rest]);
      return of();
    }
    case 'randomSplit':
      return { kind: 'list', items: [of()], exact: false };
    case 'createOrReplaceTempView':
    case 'createTempView':
    case 'createGlobalTempView':
    case 'createOrReplaceGlobalTempView':
    case 'registerTempTable': {
      const view = stringOf(call.arguments[0]?.value);
      if (view !== undefined) world.views.set(view.toLowerCase(), frame);
      return UNKNOWN;
    }
    case 'writeTo': {
      const target = call.arguments[0];
      const table = target === undefined ? undefined : textFor(target.value, target.node);
      return { kind: 'writer', io: { ...FRESH_IO, table }, frame };
    }
    case 'mapInPandas':
    case 'mapInArrow': {
      const fn = call.arguments[0];
      if (fn !== undefined) {
        onWorkers(world, fn.value);
        udfOfFunction(world, fn.value, fn.node, call, name === 'mapInPandas' ? 'pandas' : 'arrow', 'map');
      }
      return of();
    }
    case 'filter':
    case 'where':
    case 'selectExpr':
      for (const one of call.arguments)
        if (one.value.kind === 'constant' || one.value.kind === 'text') sqlText(world, one.node, one.value, call, 'expression');
      return of();
    case 'isStreaming':
    case 'explain':
    case 'printSchema':
      return UNKNOWN;
    default:
      return FRAME_METHODS.has(name) ? of(framesOf(call.arguments.map((one) => one.value))) : UNKNOWN;
  }
}

function action(world: World, frame: Frame, name: string, call: Call): Value {
  const made = addAction(world, call, name, frame);
  if (name === 'count') return { kind: 'count', action: made };
  if (name === 'foreach' || name === 'foreachPartition') for (const one of call.arguments) onWorkers(world, one.value);
  if (/^(collect|toPandas|take|head|tail|toLocalIterator|toArrow|first)$/.test(name))
    return { kind: 'rows', frame, action: made, pandas: /^to(Pandas|Arrow)$/.test(name) };
  return UNKNOWN;
}

function levelOf(call: Call): string | undefined {
  const node = call.arguments[0]?.node;
  return node === undefined ? undefined : textOf(node).replace(/^.*StorageLevel\.?/, '');
}

/** A frame that is the cached one under another name: before or after `cache()`, or one of two ways to it. */
export function isSameData(cache: Cache, frame: Frame): boolean {
  if (frame === cache.frame || frame === cache.source) return true;
  return (frame.method === 'either' || frame.method === 'loop') && frame.parents.some((one) => one === cache.frame || one === cache.source);
}

function join(world: World, left: Frame, name: string, call: Call): Value {
  const other = argument(call, 0, 'other');
  const right = other?.value.kind === 'frame' ? other.value.frame : undefined;
  const frame = newFrame(world, name, call.node, right === undefined ? [left] : [left, right], { call });
  const on = name === 'crossJoin' ? undefined : argument(call, 1, 'on');
  const how = argument(call, 2, 'how');
  const keys = stringsOf(on?.value) ?? equalKeys(on?.value);
  const hints = [...hintsOn(left, 'left'), ...(right === undefined ? [] : hintsOn(right, 'right'))];
  const one: Join = {
    call,
    frame,
    left,
    right,
    how: name === 'crossJoin' ? 'cross' : how === undefined ? 'inner' : stringOf(how.value),
    keys,
    on: on?.value,
    hints,
  };
  world.joins.push(one);
  return { kind: 'frame', frame };
}

/** Columns on both sides of the equalities of a condition. */
function equalKeys(on: Value | undefined): string[] {
  if (on === undefined) return [];
  const found: string[] = [];
  for (const one of on.kind === 'list' ? on.items.flatMap(conjuncts) : conjuncts(on))
    if (one.kind === 'column' && (one.shape === '==' || one.shape === 'eqNullSafe')) found.push(...one.columns);
  return [...new Set(found)];
}

function hintsOn(frame: Frame, side: 'left' | 'right'): Join['hints'] {
  const found: Join['hints'][number][] = [];
  for (
    let at: Frame | undefined = frame;
    at !== undefined && (at.method === 'hint' || at.method === 'broadcast' || at.method === 'alias');
    at = at.parents[0]
  )
    if (at.method !== 'alias')
      found.push({
        name: at.method === 'broadcast' ? 'broadcast' : (stringOf(at.call?.arguments[0]?.value) ?? 'hint').toLowerCase(),
        side,
        node: at.node,
      });
  return found;
}

export function groupedMethod(world: World, of: Extract<Value, { kind: 'grouped' }>, name: string, call: Call): Value {
  if (name === 'pivot') return { ...of, grouping: { ...of.grouping, pivoted: true } };
  if (/^(cogroup|groupBy)$/.test(name)) return of;
  if (/^(applyInPandas|applyInArrow|apply|applyInPandasWithState)$/.test(name)) {
    const fn = call.arguments[0];
    if (fn !== undefined) {
      onWorkers(world, fn.value);
      udfOfFunction(world, fn.value, fn.node, call, name.includes('Arrow') ? 'arrow' : 'pandas', 'map');
    }
  }
  return { kind: 'frame', frame: newFrame(world, name, call.node, [of.frame], { call, grouping: of.grouping }) };
}

const RDD_ACTIONS =
  /^(collect|count|take|first|reduce|foreach|foreachPartition|saveAs\w+|isEmpty|countByKey|countByValue|max|min|sum|mean|takeOrdered|top|toLocalIterator|collectAsMap|fold|aggregate|treeReduce)$/;

export function rddMethod(world: World, frame: Frame, name: string, call: Call): Value {
  for (const one of call.arguments) onWorkers(world, one.value);
  if (name === 'toDF') return { kind: 'frame', frame: newFrame(world, 'toDF', call.node, [frame], { call }) };
  if (RDD_ACTIONS.test(name)) {
    const made = addAction(world, call, name, frame);
    return name === 'collect' || name === 'take' ? { kind: 'rows', frame, action: made, pandas: false } : UNKNOWN;
  }
  if (name === 'getNumPartitions' || name === 'id') return UNKNOWN;
  return { kind: 'rdd', frame: newFrame(world, `rdd.${name}`, call.node, [frame], { call }) };
}

/** df.na.fill(…), df.stat.approxQuantile(…). */
export function helperMethod(world: World, of: Extract<Value, { kind: 'helper' }>, name: string, call: Call): Value {
  if (of.of === 'stat' && /^(approxQuantile|corr|cov|freqItems|crosstab)$/.test(name)) {
    addAction(world, call, name, of.frame);
    return UNKNOWN;
  }
  const method = name === 'fill' ? 'fillna' : name === 'drop' ? 'dropna' : name;
  return { kind: 'frame', frame: newFrame(world, method, call.node, [of.frame], { call }) };
}

export function catalogMethod(world: World, name: string, call: Call): Value {
  if (name === 'clearCache') for (const cache of world.caches) cache.released ??= call;
  if (name === 'uncacheTable' || name === 'cacheTable') {
    const view = stringOf(call.arguments[0]?.value)?.toLowerCase();
    const frame = view === undefined ? undefined : world.views.get(view);
    if (frame !== undefined && name === 'cacheTable')
      world.caches.push({ call, frame, source: frame, level: undefined, released: undefined });
    if (frame !== undefined && name === 'uncacheTable')
      for (const cache of world.caches) if (isSameData(cache, frame)) cache.released ??= call;
  }
  return UNKNOWN;
}

/** Partitions asked for by `repartition(8, "k")` or `coalesce(8)`; undefined when none or computed. */
export function partitionsOf(call: Call): number | undefined {
  return numberOf(positional(call)[0]?.value ?? argument(call, 0, 'numPartitions')?.value);
}

/** Names of columns in arguments that stand for columns. */
export function namesIn(call: Call): string[] {
  return [...new Set(positional(call).flatMap((one) => (one.value.kind === 'column' ? one.value.columns : (stringsOf(one.value) ?? []))))];
}

function textFor(value: Value, node: Call['node']) {
  const known = stringOf(value);
  return { node, pattern: known ?? (value.kind === 'text' ? value.text.pattern : '*'), constant: known };
}
