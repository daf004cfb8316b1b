// Readers and writers: format, path, options, schema, mode and layout, collected along the chain.
// Law: what the program computes is undefined, with its path as a pattern where parts of it are known.

import type { Constant } from '../literal.ts';
import type { Call, KnownText, Option, Read, Write } from '../model.ts';
import { callable, callFunction } from './functions.ts';
import { READ_FORMATS } from './names.ts';
import { knownText } from './texts.ts';
import { type IoState, stringOf, stringsOf, UNKNOWN, type Value } from './values.ts';
import { addAction, argument, newFrame, positional, type World } from './world.ts';

type Reader = Extract<Value, { kind: 'reader' }>;
type Writer = Extract<Value, { kind: 'writer' }>;

const constantIn = (value: Value): Constant | undefined => (value.kind === 'constant' ? value.value : undefined);

function withFormat(io: IoState, value: Value | undefined): IoState {
  const format = stringOf(value)?.toLowerCase();
  return { ...io, format, formatIsComputed: format === undefined };
}

/** `.option(k, v)`, `.options(a=1)` and keyword arguments of `.csv(…)`. */
function withOptions(io: IoState, call: Call, name: string): IoState {
  const added: Option[] = [];
  if (name === 'option') {
    const key = stringOf(argument(call, 0, 'key')?.value);
    const value = argument(call, 1, 'value');
    if (key !== undefined && value !== undefined) added.push({ name: key, value: constantIn(value.value), node: value.node });
  } else
    for (const one of call.arguments) {
      if (one.splat && one.value.kind === 'dict')
        for (const [key, value, node] of one.value.entries) {
          const text = stringOf(key);
          if (text !== undefined) added.push({ name: text, value: constantIn(value), node });
        }
      else if (one.name !== undefined && !one.splat) added.push({ name: one.name, value: constantIn(one.value), node: one.node });
    }
  return { ...io, options: [...io.options, ...added] };
}

export function optionOf(options: readonly Option[], name: string): Option | undefined {
  return options.findLast((one) => one.name.toLowerCase() === name.toLowerCase());
}

/** True, "true" and "TRUE" are true to Spark. */
export function isOn(option: Option | undefined): boolean | undefined {
  if (option === undefined) return false;
  return option.value === undefined ? undefined : String(option.value).toLowerCase() === 'true';
}

export function readerMethod(world: World, reader: Reader, name: string, call: Call): Value {
  const io = reader.io;
  switch (name) {
    case 'format':
      return { kind: 'reader', io: withFormat(io, argument(call, 0, 'source')?.value) };
    case 'option':
    case 'options':
      return { kind: 'reader', io: withOptions(io, call, name) };
    case 'schema':
      return { kind: 'reader', io: { ...io, schema: true } };
    case 'load':
      return read(
        world,
        { ...withOptions(io, call, 'options'), schema: io.schema || argument(call, 9, 'schema') !== undefined },
        call,
        io.format ?? (io.formatIsComputed ? undefined : 'parquet'),
        false,
      );
    case 'table':
      return read(world, io, call, 'table', true);
    case 'jdbc':
      return read(world, jdbcOptions(io, call), call, 'jdbc', false);
    default: {
      if (!READ_FORMATS.has(name)) return UNKNOWN;
      const schema = argument(call, name === 'text' || name === 'parquet' || name === 'orc' ? 99 : 1, 'schema');
      return read(world, { ...withOptions(io, call, 'options'), schema: io.schema || schema !== undefined }, call, name, false);
    }
  }
}

/** spark.read.jdbc(url, table, column, lowerBound, upperBound, numPartitions, predicates, properties). */
function jdbcOptions(io: IoState, call: Call): IoState {
  const places = ['url', 'dbtable', 'partitionColumn', 'lowerBound', 'upperBound', 'numPartitions', 'predicates'];
  const names = ['url', 'table', 'column', 'lowerBound', 'upperBound', 'numPartitions', 'predicates'];
  const options: Option[] = [...io.options];
  places.forEach((place, i) => {
    const one = argument(call, i, names[i] as string);
    if (one !== undefined) options.push({ name: place, value: constantIn(one.value), node: one.node });
  });
  const properties = argument(call, 7, 'properties');
  if (properties?.value.kind === 'dict')
    for (const [key, value, node] of properties.value.entries) {
      const text = stringOf(key);
      if (text !== undefined) options.push({ name: text, value: constantIn(value), node });
    }
  return { ...io, options };
}

function read(world: World, io: IoState, call: Call, format: string | undefined, isTable: boolean): Value {
  const target = argument(call, 0, 'path', 'paths', 'tableName', 'name');
  const texts: KnownText[] = [];
  if (target !== undefined && format !== 'jdbc') {
    const values = target.value.kind === 'list' ? target.value.items : [target.value];
    for (const value of values) texts.push(knownText(target.node, value));
    for (const more of positional(call).slice(1))
      if (format === 'parquet' || format === 'orc') texts.push(knownText(more.node, more.value));
  }
  const byOption = optionOf(io.options, 'path') ?? optionOf(io.options, 'dbtable');
  if (texts.length === 0 && byOption !== undefined)
    texts.push({
      node: byOption.node,
      pattern: byOption.value === undefined ? '*' : String(byOption.value),
      constant: byOption.value === undefined ? undefined : String(byOption.value),
    });
  const inferred = isOn(optionOf(io.options, 'inferSchema'));
  const frame = newFrame(world, isTable ? 'table' : 'read', call.node, [], { call });
  const one: Read = {
    call,
    format,
    streaming: io.streaming,
    paths: isTable || format === 'jdbc' ? [] : texts,
    table: isTable || format === 'jdbc' ? texts[0] : undefined,
    options: io.options,
    schema: io.schema ? 'given' : inferred === true ? 'inferred' : 'none',
    frame,
  };
  (frame as { read: Read }).read = one;
  const known = world.reads.findIndex((other) => other.call === call);
  if (known < 0) world.reads.push(one);
  const view = isTable ? texts[0]?.constant?.toLowerCase() : undefined;
  const viewed = view === undefined ? undefined : world.views.get(view);
  return { kind: 'frame', frame: viewed ?? frame };
}

export function writerMethod(world: World, writer: Writer, name: string, call: Call): Value {
  const { io, frame } = writer;
  const keep = (more: Partial<IoState>): Value => ({ kind: 'writer', io: { ...io, ...more }, frame });
  const first = argument(call, 0, 'path', 'name', 'tableName', 'source', 'saveMode', 'outputMode');
  switch (name) {
    case 'mode':
    case 'outputMode':
      return keep({ mode: stringOf(first?.value) });
    case 'format':
    case 'using':
      return keep({ format: stringOf(first?.value)?.toLowerCase() });
    case 'option':
    case 'options':
    case 'tableProperty':
      return { kind: 'writer', io: withOptions(io, call, name === 'tableProperty' ? 'option' : name), frame };
    case 'partitionBy':
    case 'partitionedBy':
      return keep({ partitionBy: positional(call).flatMap((one) => stringsOf(one.value) ?? []) });
    case 'bucketBy':
      return keep({
        bucketBy: positional(call)
          .slice(1)
          .flatMap((one) => stringsOf(one.value) ?? []),
      });
    case 'sortBy':
    case 'clusterBy':
    case 'trigger':
    case 'queryName':
    case 'foreach':
      return writer;
    case 'foreachBatch': {
      const fn = callable(call.arguments[0]?.value);
      if (fn !== undefined) {
        const batch = newFrame(world, 'parameter', call.node, [frame], { call });
        callFunction(world, fn, [
          { name: undefined, node: call.node, value: { kind: 'frame', frame: batch }, splat: false },
          { name: undefined, node: call.node, value: UNKNOWN, splat: false },
        ]);
      }
      return writer;
    }
    case 'saveAsTable':
    case 'insertInto':
    case 'toTable':
      return write(world, writer, call, io.format, undefined, first === undefined ? io.table : knownText(first.node, first.value));
    case 'append':
    case 'overwrite':
    case 'overwritePartitions':
    case 'create':
    case 'createOrReplace':
    case 'replace':
      return write(world, { ...writer, io: { ...io, mode: name } }, call, io.format, undefined, io.table);
    case 'save':
    case 'start':
      return write(
        world,
        writer,
        call,
        stringOf(argument(call, 9, 'format')?.value) ?? io.format,
        first === undefined ? undefined : knownText(first.node, first.value),
        undefined,
      );
    case 'jdbc': {
      const table = argument(call, 1, 'table');
      return write(world, writer, call, 'jdbc', undefined, table === undefined ? undefined : knownText(table.node, table.value));
    }
    default:
      return READ_FORMATS.has(name)
        ? write(
            world,
            { ...writer, io: withOptions(io, call, 'options') },
            call,
            name,
            first === undefined ? undefined : knownText(first.node, first.value),
            undefined,
          )
        : writer;
  }
}

function write(
  world: World,
  writer: Writer,
  call: Call,
  format: string | undefined,
  path: KnownText | undefined,
  table: KnownText | undefined,
): Value {
  const { io, frame } = writer;
  const byOption = optionOf(io.options, 'path');
  const fromOption: KnownText | undefined =
    byOption === undefined ? undefined : knownText(byOption.node, world.values.get(byOption.node) ?? UNKNOWN);
  const one: Write = {
    call,
    format,
    mode: stringOf(argument(call, 9, 'mode')?.value) ?? io.mode,
    path: path ?? fromOption,
    table,
    partitionBy: stringsOf(argument(call, 99, 'partitionBy')?.value) ?? io.partitionBy,
    bucketBy: io.bucketBy,
    options: io.options,
    streaming: io.streaming,
  };
  addAction(world, call, io.streaming ? 'start' : 'write', frame, one);
  return UNKNOWN;
}
