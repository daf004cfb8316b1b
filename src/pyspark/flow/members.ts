// Calls of PySpark's own functions and classes by their full names.
// Law: an unknown function of pyspark.sql.functions is a column made of its arguments; anything else unknown stays unknown.

import type { Argument, Call } from '../model.ts';
import { child, type Node, named, textOf, walk } from '../node.ts';
import { apply } from './calls.ts';
import { asColumn, combined, isColumn, literalColumn, referenceTo, sqlColumn } from './columns.ts';
import { callFunction } from './functions.ts';
import { FORMAT_FUNCTIONS } from './names.ts';
import { closeLoop, openLoop } from './scopes.ts';
import { builderMethod, sqlText, windowMethod } from './sessions.ts';
import { udfFactory } from './udfs.ts';
import { type Scope, stringOf, UNKNOWN, type Value } from './values.ts';
import { framesOf, loopOf, newFrame, type Place, positional, type World } from './world.ts';

export function memberCall(world: World, place: Place, name: string, call: Call): Value {
  const [, fn] = /^pyspark\.sql\.functions\.(\w+)$/.exec(name) ?? [];
  if (fn !== undefined) return sparkFunction(world, fn, call);
  const first = call.arguments[0];
  const [, windowMethodName] = /^pyspark\.sql\.Window\.(\w+)$/.exec(name) ?? [];
  if (windowMethodName !== undefined) return windowMethod(world, undefined, windowMethodName, call);
  const [, onFrame] = /^pyspark\.sql\.DataFrame\.(\w+)$/.exec(name) ?? [];
  if (onFrame !== undefined && first?.value.kind === 'frame')
    return apply(world, place, { kind: 'method', receiver: first.value, name: onFrame }, { ...call, arguments: call.arguments.slice(1) });
  switch (name) {
    case 'pyspark.SparkConf':
      return { kind: 'sparkConf', settings: [] };
    case 'pyspark.SparkContext':
    case 'pyspark.SparkContext.getOrCreate':
      return { kind: 'context' };
    case 'pyspark.sql.SparkSession':
    case 'pyspark.sql.SparkSession.getActiveSession':
    case 'pyspark.sql.SparkSession.active':
    case 'pyspark.sql.SQLContext':
    case 'pyspark.sql.HiveContext':
      return { kind: 'session', session: world.sessions.at(-1) };
    case 'pyspark.sql.SparkSession.Builder':
      return { kind: 'builder', name: undefined, master: undefined };
    case 'pyspark.sql.udf':
      return udfFactory(world, 'row', call);
    case 'functools.reduce':
      return reduce(world, call);
    case 'functools.partial':
      return first?.value ?? UNKNOWN;
    default:
      if (/^pyspark\.sql\.SparkSession\.builder\./.test(name))
        return builderMethod(world, { kind: 'builder', name: undefined, master: undefined }, name.split('.').at(-1) as string, call);
      return UNKNOWN;
  }
}

function sparkFunction(world: World, name: string, call: Call): Value {
  const first = call.arguments[0];
  switch (name) {
    case 'col':
    case 'column':
      return referenceTo(call.node, stringOf(first?.value));
    case 'lit':
      return first !== undefined && isColumn(first.value) ? first.value : literalColumn(call.node);
    case 'expr': {
      if (first === undefined) return UNKNOWN;
      sqlText(world, first.node, first.value, call, 'expression');
      const text = first.value.kind === 'text' ? first.value.text.pattern : stringOf(first.value);
      return text === undefined ? referenceTo(call.node, undefined) : sqlColumn(call.node, text);
    }
    case 'udf':
      return udfFactory(world, 'row', call);
    case 'pandas_udf':
      return udfFactory(world, 'pandas', call);
    case 'broadcast': {
      if (first?.value.kind !== 'frame') return first?.value ?? UNKNOWN;
      return { kind: 'frame', frame: newFrame(world, 'broadcast', call.node, [first.value.frame], { call }) };
    }
    default: {
      const args = positional(call);
      const parts = args.map((one, i) =>
        i > 0 && FORMAT_FUNCTIONS.has(name) && !isColumn(one.value) ? literalColumn(one.node) : partOf(name, one, i === 0),
      );
      const named_ = call.arguments.filter((one) => one.name !== undefined && isColumn(one.value)).map((one) => one.value);
      const splat = call.arguments.filter((one) => one.splat).map((one) => asColumn(one.value, one.node));
      return combined(call.node, name, [...parts, ...named_, ...splat], { functions: [name] });
    }
  }
}

function partOf(name: string, one: Argument, first: boolean): Value {
  // count("*") reads no column.
  if (name === 'count' && stringOf(one.value) === '*') return literalColumn(one.node);
  // F.when(condition, value): a plain value is a literal.
  if (name === 'concat_ws' && typeof stringOf(one.value) === 'string' && first) return literalColumn(one.node);
  if (name === 'when' && !isColumn(one.value) && one.value.kind !== 'unknown') return literalColumn(one.node);
  if (one.value.kind === 'function') return isOfItsOwn(one.value.node) ? literalColumn(one.node) : referenceTo(one.node, undefined);
  return asColumn(one.value, one.node);
}

/** A lambda of parameters, constants and Spark's functions alone: it reads no column of its own. */
function isOfItsOwn(lambda: Node): boolean {
  const parameters = child(lambda, 'parameters');
  const body = child(lambda, 'body');
  if (lambda.type !== 'lambda' || parameters === undefined || body === undefined) return false;
  const own = new Set(named(parameters).map(textOf));
  for (const one of walk(body)) {
    if (one.type === 'call' && /(^|\.)(col|column|expr)$/.test(textOf(child(one, 'function') ?? one))) return false;
    if (one.type === 'identifier' && one.field !== 'attribute' && !own.has(textOf(one)) && !/^(F|f|fn|sf|functions)$/.test(textOf(one)))
      return false;
    if (one.type === 'string' && one.parent?.type === 'argument_list') return false;
  }
  return true;
}

/** reduce(DataFrame.unionByName, frames) and reduce(lambda df, c: df.withColumn(…), names, df): a loop without the word. */
function reduce(world: World, call: Call): Value {
  const [fn, over, start] = call.arguments;
  const items = over?.value.kind === 'list' ? over.value.items : [];
  const from = start?.value ?? items[0];
  if (fn === undefined || from?.kind !== 'frame') return UNKNOWN;
  if (fn.value.kind !== 'function')
    return {
      kind: 'frame',
      frame: newFrame(
        world,
        fn.value.kind === 'member' ? (fn.value.name.split('.').at(-1) as string) : 'union',
        call.node,
        [from.frame, ...framesOf(items)],
        { call },
      ),
    };
  const scope: Scope = new Map([['', from]]);
  const opened = openLoop(world, call.node, scope, ['']);
  world.around.push(loopOf(world, call.node, 'comprehension', 'unknown'));
  const argument = (value: Value): Argument => ({ name: undefined, node: call.node, value, splat: false });
  const made = callFunction(world, fn.value, [
    argument(scope.get('') ?? from),
    argument((start === undefined ? items[1] : items[0]) ?? UNKNOWN),
  ]);
  world.around.pop();
  scope.set('', made);
  closeLoop(world, call.node, scope, opened);
  return scope.get('') ?? UNKNOWN;
}
