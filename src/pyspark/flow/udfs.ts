// UDFs: however they are made, one entity with its function, its return type and its uses.
// Law: the same place in the code gives the same UDF; a return type that is computed is undefined, one that is left out is Spark's default, string.

import { constantOf } from '../literal.ts';
import type { Argument, Call, Udf } from '../model.ts';
import { child, type Node, named, textOf } from '../node.ts';
import { onWorkers } from './functions.ts';
import { stringOf, UNKNOWN, type Value } from './values.ts';
import { argument, type World } from './world.ts';

type Factory = Extract<Value, { kind: 'udfFactory' }>;

const TYPES: Readonly<Record<string, string>> = {
  StringType: 'string',
  BooleanType: 'boolean',
  ByteType: 'tinyint',
  ShortType: 'smallint',
  IntegerType: 'int',
  LongType: 'bigint',
  FloatType: 'float',
  DoubleType: 'double',
  DateType: 'date',
  TimestampType: 'timestamp',
  BinaryType: 'binary',
  NullType: 'void',
};
const NAMES: Readonly<Record<string, string>> = {
  str: 'string',
  integer: 'int',
  long: 'bigint',
  bool: 'boolean',
  byte: 'tinyint',
  short: 'smallint',
  real: 'float',
};

/** Spark's name of a return type: `StringType()`, `T.LongType()`, `"int"`. */
export function typeName(node: Node, value: Value | undefined): string | undefined {
  const text = stringOf(value) ?? constantOf(node);
  if (typeof text === 'string') {
    const plain = text.trim().toLowerCase();
    return NAMES[plain] ?? plain;
  }
  const callee = node.type === 'call' ? child(node, 'function') : node;
  const name = callee === undefined ? '' : textOf(callee).replace(/^.*\./, '');
  if (name === 'DecimalType') {
    const list = child(node, 'arguments');
    const numbers = list === undefined ? [] : named(list).map((one) => constantOf(one));
    return numbers.every((one) => typeof one === 'number') ? `decimal(${numbers.length === 0 ? '10,0' : numbers.join(',')})` : undefined;
  }
  return TYPES[name];
}

function addUdf(world: World, made: Omit<Udf, 'id' | 'uses'>): Udf {
  const known = world.udfs.find((one) => one.node === made.node && one.definition === made.definition);
  if (known !== undefined) return known;
  const udf: Udf = { ...made, id: world.udfs.length, uses: [] };
  world.udfs.push(udf);
  return udf;
}

function returnTypeOf(world: World, given: Argument | undefined): string | undefined {
  if (given === undefined) return 'string';
  const value = world.values.get(given.node);
  return typeName(given.node, value ?? given.value);
}

/** udf(f, type), udf(type), @udf, @udf(returnType=type), pandas_udf the same. */
export function udfFactory(world: World, kind: 'row' | 'pandas', call: Call): Value {
  const first = call.arguments[0];
  const fn =
    first !== undefined && first.name === undefined && first.value.kind === 'function'
      ? first
      : call.arguments.find((one) => one.name === 'f');
  const type =
    call.arguments.find((one) => one.name === 'returnType') ??
    call.arguments.filter((one) => one.name === undefined)[fn === undefined || fn.name === 'f' ? 0 : 1];
  const returnType = returnTypeOf(world, type);
  if (fn === undefined) {
    // udf(helpers.clean): a function that is not known here.
    if (
      first !== undefined &&
      first.name === undefined &&
      first.value.kind === 'unknown' &&
      /^(identifier|attribute)$/.test(first.node.type) &&
      returnType === undefined
    )
      return {
        kind: 'udf',
        udf: addUdf(world, {
          name: textOf(first.node),
          sqlName: undefined,
          kind,
          how: 'call',
          node: call.node,
          definition: undefined,
          returnType: returnTypeOf(world, call.arguments[1]),
          nonDeterministic: false,
        }),
      };
    return { kind: 'udfFactory', udfKind: kind, returnType, node: call.node };
  }
  return make(world, fn.value, kind, 'call', call.node, returnType);
}

function make(world: World, fn: Value, kind: Udf['kind'], how: Udf['how'], node: Node, returnType: string | undefined): Value {
  onWorkers(world, fn);
  const definition = fn.kind === 'function' ? fn.node : undefined;
  const name = fn.kind === 'function' && fn.name !== '<lambda>' ? fn.name : nameOfTarget(node);
  return {
    kind: 'udf',
    udf: addUdf(world, {
      name,
      sqlName: undefined,
      kind,
      how,
      node,
      definition,
      returnType,
      nonDeterministic: isMadeNonDeterministic(node),
    }),
  };
}

/** The name that the UDF's value is given: `clean = udf(…)`. */
function nameOfTarget(node: Node): string {
  for (let one: Node | undefined = node; one !== undefined; one = one.parent) {
    if (one.type === 'assignment') {
      const left = child(one, 'left');
      return left === undefined ? '<lambda>' : textOf(left);
    }
    if (/statement$|_definition$/.test(one.type)) break;
  }
  return '<lambda>';
}

function isMadeNonDeterministic(node: Node): boolean {
  const outer = node.parent;
  const attribute = outer?.type === 'attribute' ? child(outer, 'attribute') : undefined;
  return attribute !== undefined && textOf(attribute) === 'asNondeterministic';
}

/** `udf(StringType())(f)`. */
export function udfFromFactory(world: World, factory: Factory, call: Call): Value {
  const fn = call.arguments[0]?.value;
  return fn === undefined ? UNKNOWN : make(world, fn, factory.udfKind, 'call', call.node, factory.returnType);
}

/** What a decorator makes of the function below it; undefined when it is none of ours. */
export function udfOfDecorator(world: World, decorator: Value, node: Node, fn: Value): Value | undefined {
  if (decorator.kind === 'udfFactory') return make(world, fn, decorator.udfKind, 'decorator', node, decorator.returnType);
  if (decorator.kind === 'member' && /^pyspark\.sql\.(functions\.)?(udf|pandas_udf)$/.test(decorator.name))
    return make(
      world,
      fn,
      decorator.name.endsWith('pandas_udf') ? 'pandas' : 'row',
      'decorator',
      node,
      decorator.name.endsWith('pandas_udf') ? undefined : 'string',
    );
  return undefined;
}

/** A function given to mapInPandas, applyInPandas and the like. */
export function udfOfFunction(world: World, fn: Value, node: Node, call: Call, kind: Udf['kind'], how: Udf['how']): void {
  if (fn.kind !== 'function') return;
  const udf = addUdf(world, {
    name: fn.name,
    sqlName: undefined,
    kind,
    how,
    node,
    definition: fn.node,
    returnType: undefined,
    nonDeterministic: false,
  });
  if (!udf.uses.includes(call)) udf.uses.push(call);
}

/** spark.udf.register("name", f, type), registerJavaFunction("name", class, type). */
export function registryMethod(world: World, name: string, call: Call): Value {
  const sqlName = stringOf(argument(call, 0, 'name')?.value);
  const fn = argument(call, 1, 'f', 'javaClassName');
  if (/^registerJava/.test(name)) {
    addUdf(world, {
      name: sqlName ?? name,
      sqlName,
      kind: 'java',
      how: 'register',
      node: call.node,
      definition: undefined,
      returnType: undefined,
      nonDeterministic: false,
    });
    return UNKNOWN;
  }
  if (name !== 'register' || fn === undefined) return UNKNOWN;
  if (fn.value.kind === 'udf') {
    (fn.value.udf as { sqlName: string | undefined }).sqlName ??= sqlName;
    return fn.value;
  }
  onWorkers(world, fn.value);
  const udf = addUdf(world, {
    name: fn.value.kind === 'function' && fn.value.name !== '<lambda>' ? fn.value.name : (sqlName ?? '<lambda>'),
    sqlName,
    kind: 'row',
    how: 'register',
    node: call.node,
    definition: fn.value.kind === 'function' ? fn.value.node : undefined,
    returnType: returnTypeOf(world, argument(call, 2, 'returnType')),
    nonDeterministic: false,
  });
  return { kind: 'udf', udf };
}
