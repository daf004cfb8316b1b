// Sessions, their configuration and SQL statements.
// Law: a key is a setting wherever it is set; several keys put by one loop over a known dict are several settings, each at its own entry.

import type { Call, Setting, SqlText, WindowSpec } from '../model.ts';
import type { Node } from '../node.ts';
import { tablesOfSql } from '../sql.ts';
import { asColumn } from './columns.ts';
import { readerMethod } from './io.ts';
import { knownText, settingText } from './texts.ts';
import { registryMethod } from './udfs.ts';
import { FRESH_IO, stringOf, UNKNOWN, type Value } from './values.ts';
import { addOnce, argument, framesOf, newFrame, type World } from './world.ts';

type Builder = Extract<Value, { kind: 'builder' }>;

/** Records keys that a call sets. */
function settings(world: World, how: Setting['how'], key: Value | undefined, value: Value | undefined, node: Node): void {
  if (key?.kind === 'oneOf') {
    key.items.forEach((one, i) => {
      const paired =
        value?.kind === 'oneOf' && value.items.length === key.items.length ? value.items[i] : value?.kind === 'oneOf' ? undefined : value;
      settings(world, how, one, paired, one.kind === 'constant' ? one.node : node);
    });
    return;
  }
  const name = stringOf(key);
  if (name === undefined) {
    if (how !== 'unset') world.computedKeys.add(node);
    return;
  }
  const old = world.settings.find((one) => one.node === node && one.key === name);
  if (old === undefined) world.settings.push({ key: name, value: how === 'unset' ? undefined : settingText(value), node, how });
}

export function builderMethod(world: World, builder: Builder, name: string, call: Call): Value {
  const first = call.arguments[0];
  switch (name) {
    case 'appName':
      return { ...builder, name: first === undefined ? undefined : knownText(first.node, first.value) };
    case 'master':
      return { ...builder, master: first === undefined ? undefined : knownText(first.node, first.value) };
    case 'config': {
      const map = argument(call, 3, 'map')?.value;
      if (map?.kind === 'dict') for (const [key, value, node] of map.entries) settings(world, 'builder', key, value, node);
      else if (first?.name === undefined || first.name === 'key')
        settings(world, 'builder', first?.value, argument(call, 1, 'value')?.value, nodeOfChainLink(call));
      return builder;
    }
    case 'getOrCreate':
    case 'create': {
      const session = addOnce(world.sessions, { id: world.sessions.length, node: call.node, name: builder.name, master: builder.master });
      return { kind: 'session', session };
    }
    default:
      return builder;
  }
}

/** The link of a chain on its own: `.config("k", "v")`, not the whole chain before it. */
export function nodeOfChainLink(call: Call): Node {
  return call.node.children.find((one) => one.field === 'arguments') ?? call.node;
}

export function sparkConfMethod(world: World, conf: Value, name: string, call: Call): Value {
  const first = call.arguments[0];
  if (name === 'set' || name === 'setIfMissing')
    settings(world, 'SparkConf', first?.value, argument(call, 1, 'value')?.value, nodeOfChainLink(call));
  else if (name === 'setAll' && first?.value.kind === 'list')
    for (const pair of first.value.items)
      if (pair.kind === 'list')
        settings(world, 'SparkConf', pair.items[0], pair.items[1], pair.items[0]?.kind === 'constant' ? pair.items[0].node : call.node);
  return conf;
}

export function confMethod(world: World, name: string, call: Call): Value {
  const node = nodeOfChainLink(call);
  if (name === 'set') settings(world, 'conf.set', argument(call, 0, 'key')?.value, argument(call, 1, 'value')?.value, node);
  else if (name === 'unset') settings(world, 'unset', argument(call, 0, 'key')?.value, undefined, node);
  return UNKNOWN;
}

export function contextMethod(world: World, name: string, call: Call): Value {
  if (name === 'parallelize' || name === 'textFile' || name === 'wholeTextFiles' || name === 'emptyRDD')
    return { kind: 'rdd', frame: newFrame(world, name === 'textFile' ? 'read' : 'createDataFrame', call.node, [], { call }) };
  if (name === 'getConf') return { kind: 'runtimeConf' };
  return UNKNOWN;
}

export function sessionMethod(world: World, session: Extract<Value, { kind: 'session' }>, name: string, call: Call): Value {
  const first = call.arguments[0];
  switch (name) {
    case 'sql': {
      const query = argument(call, 0, 'sqlQuery', 'query');
      if (query === undefined) return UNKNOWN;
      const text = sqlText(world, query.node, query.value, call, 'statement');
      const named_ = framesOf(call.arguments.filter((one) => one.name !== undefined).map((one) => one.value));
      const parents = [...(text?.tables ?? []).flatMap((table) => world.views.get(table.toLowerCase()) ?? []), ...named_];
      const frame = newFrame(world, 'sql', call.node, parents, { call });
      if (text !== undefined) (text as { frame: SqlText['frame'] }).frame ??= frame;
      const set = /^\s*set\s+([\w.]+)\s*=\s*(\S+?)\s*;?\s*$/i.exec(text?.text ?? '');
      if (set !== null && query.value.kind === 'constant')
        settings(
          world,
          'sql',
          { kind: 'constant', value: set[1] as string, node: query.node },
          { kind: 'constant', value: set[2] as string, node: query.node },
          query.node,
        );
      return { kind: 'frame', frame };
    }
    case 'table':
      return readerMethod(world, { kind: 'reader', io: FRESH_IO }, 'table', call);
    case 'createDataFrame': {
      const from = first?.value;
      // Rows on the driver are data, not lineage.
      const parents = from?.kind === 'rdd' || from?.kind === 'frame' ? [from.frame] : [];
      return { kind: 'frame', frame: newFrame(world, 'createDataFrame', call.node, parents, { call }) };
    }
    case 'range':
      return { kind: 'frame', frame: newFrame(world, 'range', call.node, [], { call }) };
    case 'newSession':
    case 'getActiveSession':
    case 'active':
      return session;
    default:
      return /^register/.test(name) ? registryMethod(world, name, call) : UNKNOWN;
  }
}

/** Records a text handed to Spark SQL. */
export function sqlText(world: World, node: Node, value: Value, call: Call | undefined, kind: SqlText['kind']): SqlText | undefined {
  const known = knownText(node, value);
  if (known.pattern === '*' && kind === 'expression') return undefined;
  const { tables, output } = kind === 'expression' ? { tables: [], output: undefined } : tablesOfSql(known.pattern);
  const holes = value.kind === 'text' ? value.holes : value.kind === 'constant' ? [] : [node];
  return addOnce(world.sql, {
    node,
    call,
    text: known.pattern,
    holes,
    kind,
    tables: tables.filter((one) => !one.includes('*')),
    output,
    frame: undefined,
  });
}

/** Window.partitionBy(…).orderBy(…). */
export function windowMethod(world: World, window: WindowSpec | undefined, name: string, call: Call): Value {
  // The bounds of a frame are no columns.
  const given = /^(partitionBy|orderBy)$/.test(name) ? call.arguments.map((one) => asColumn(one.value, one.node)) : [];
  const keys = given.flatMap((one) => one.columns);
  const next: WindowSpec = {
    node: call.node,
    partitioned: (window?.partitioned ?? false) || (name === 'partitionBy' && call.arguments.length > 0),
    ordered: (window?.ordered ?? false) || name === 'orderBy',
    keys: [...(window?.keys ?? []), ...keys],
    complete: (window?.complete ?? true) && given.every((one) => one.complete),
  };
  if (window !== undefined) {
    const at = world.windows.indexOf(window);
    if (at >= 0) world.windows.splice(at, 1);
  }
  return { kind: 'window', window: addOnce(world.windows, next) };
}
