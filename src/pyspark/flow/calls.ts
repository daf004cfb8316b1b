// Calls: who is called, with what, and what comes back.
// Law: every call of the program is recorded once, with its arguments, whether it is understood or not.

import type { Argument, Call } from '../model.ts';
import { child, type Node, named, textOf } from '../node.ts';
import { columnMethod, udfUse } from './column-calls.ts';
import { combined, isColumn } from './columns.ts';
import { evaluate } from './expressions.ts';
import { catalogMethod, frameMethod, groupedMethod, helperMethod, rddMethod } from './frames.ts';
import { callable, callFunction, instantiate } from './functions.ts';
import { readerMethod, writerMethod } from './io.ts';
import { memberCall } from './members.ts';
import { builderMethod, confMethod, contextMethod, sessionMethod, sparkConfMethod, windowMethod } from './sessions.ts';
import { registryMethod, udfFromFactory } from './udfs.ts';
import { PLAIN, stringOf, UNKNOWN, type Value } from './values.ts';
import { callOf, nameOfCallee, type Place, type World } from './world.ts';

export function callExpression(world: World, place: Place, node: Node): Value {
  const callee = child(node, 'function');
  const list = child(node, 'arguments');
  if (callee === undefined) return UNKNOWN;
  // The receiver first, as Python does: a chain is followed from its start.
  const of = evaluate(world, place, callee);
  const args =
    list === undefined ? [] : list.type === 'generator_expression' ? generator(world, place, list) : argumentsOf(world, place, list);
  const call = callOf(world, node, nameOfCallee(callee), args);
  return apply(world, place, of, call);
}

function generator(world: World, place: Place, node: Node): Argument[] {
  return [{ name: undefined, node, value: evaluate(world, place, node), splat: false }];
}

function argumentsOf(world: World, place: Place, list: Node): Argument[] {
  const args: Argument[] = [];
  for (const one of named(list)) {
    if (one.type === 'keyword_argument') {
      const name = child(one, 'name');
      const value = child(one, 'value');
      if (name !== undefined && value !== undefined)
        args.push({ name: textOf(name), node: value, value: evaluate(world, place, value), splat: false });
    } else if (one.type === 'list_splat' || one.type === 'dictionary_splat') {
      const inner = named(one)[0];
      const value = inner === undefined ? UNKNOWN : evaluate(world, place, inner);
      // `*["a", "b"]` is as good as the two written out.
      if (one.type === 'list_splat' && value.kind === 'list' && value.exact && inner !== undefined)
        for (const item of value.items) args.push({ name: undefined, node: inner, value: item, splat: false });
      else args.push({ name: one.type === 'dictionary_splat' ? '**' : undefined, node: one, value, splat: true });
    } else args.push({ name: undefined, node: one, value: evaluate(world, place, one), splat: false });
  }
  return args;
}

/** What a call gives. */
export function apply(world: World, place: Place, of: Value, call: Call): Value {
  switch (of.kind) {
    case 'function':
      return callFunction(world, of, call.arguments);
    case 'instance': {
      const fn = callable(of);
      return fn === undefined ? otherCall(world, place, call) : callFunction(world, fn, call.arguments);
    }
    case 'class':
      return instantiate(world, of, call.arguments);
    case 'udf':
      return udfUse(of.udf, call);
    case 'udfFactory':
      return udfFromFactory(world, of, call);
    case 'member':
      return memberCall(world, place, of.name, call);
    case 'method':
      return method(world, of.receiver, of.name, call);
    case 'plain':
      return of;
    case 'column':
      // `df.amount(…)` is no call of a column; a method that is not known gives a column.
      return combined(call.node, call.name, [of, ...call.arguments.map((one) => one.value)]);
    default:
      return otherCall(world, place, call);
  }
}

function method(world: World, receiver: Value, name: string, call: Call): Value {
  switch (receiver.kind) {
    case 'session':
      return sessionMethod(world, receiver, name, call);
    case 'context':
      return contextMethod(world, name, call);
    case 'builder':
      return builderMethod(world, receiver, name, call);
    case 'sparkConf':
      return sparkConfMethod(world, receiver, name, call);
    case 'runtimeConf':
      return confMethod(world, name, call);
    case 'catalog':
      return catalogMethod(world, name, call);
    case 'udfRegistry':
      return registryMethod(world, name, call);
    case 'reader':
      return readerMethod(world, receiver, name, call);
    case 'writer':
      return writerMethod(world, receiver, name, call);
    case 'frame':
      return frameMethod(world, receiver.frame, name, call);
    case 'grouped':
      return groupedMethod(world, receiver, name, call);
    case 'rdd':
      return rddMethod(world, receiver.frame, name, call);
    case 'helper':
      return helperMethod(world, receiver, name, call);
    case 'column':
      return columnMethod(receiver, name, call);
    case 'window':
      return windowMethod(world, receiver.window, name, call);
    case 'list':
      if (name === 'append' || name === 'extend') {
        const value = call.arguments[0]?.value ?? UNKNOWN;
        (receiver.items as Value[]).push(...(name === 'extend' && value.kind === 'list' ? value.items : [value]));
        (receiver as { exact: boolean }).exact = receiver.exact && world.around.length === 0;
      }
      return UNKNOWN;
    case 'dict':
      if (name === 'items')
        return {
          kind: 'list',
          items: receiver.entries.map(([key, value]) => ({ kind: 'list', items: [key, value], exact: true })),
          exact: receiver.exact,
        };
      if (name === 'keys') return { kind: 'list', items: receiver.entries.map((one) => one[0]), exact: receiver.exact };
      if (name === 'values') return { kind: 'list', items: receiver.entries.map((one) => one[1]), exact: receiver.exact };
      if (name === 'get') {
        const key = stringOf(call.arguments[0]?.value);
        return receiver.entries.find((one) => stringOf(one[0]) === key && key !== undefined)?.[1] ?? UNKNOWN;
      }
      return UNKNOWN;
    case 'text':
      if (name === 'format') return { ...receiver, holes: [...receiver.holes, ...call.arguments.map((one) => one.node)] };
      return name === 'strip' ? receiver : PLAIN;
    case 'rows':
      // What pandas makes of rows is rows.
      return receiver.pandas ? receiver : PLAIN;
    case 'count':
      return PLAIN;
    case 'udf':
      // asNondeterministic() gives the UDF back.
      return receiver;
    default:
      return UNKNOWN;
  }
}

/** A call of something that is not known: Python's own functions, libraries, methods of plain values. */
function otherCall(world: World, place: Place, call: Call): Value {
  const callee = child(call.node, 'function');
  const first = call.arguments[0];
  const receiver = callee?.type === 'attribute' ? child(callee, 'object') : undefined;
  const on = receiver === undefined ? undefined : world.values.get(receiver);
  if (callee?.type === 'identifier') {
    const name = textOf(callee);
    if (name === 'display' && first?.value.kind === 'frame') return frameMethod(world, first.value.frame, 'display', call);
    // These give back what they are given, in another order or shape.
    if (/^(sorted|list|tuple|set|reversed|iter)$/.test(name) && first !== undefined) return first.value;
    if (/^(dict)$/.test(name) && first?.value.kind === 'dict') return first.value;
    if (name === 'super') return UNKNOWN;
    if (
      /^(range|len|str|int|float|bool|round|abs|input|open|isinstance|hasattr|repr|hash|ord|chr|type|print|divmod|bin|hex|format)$/.test(
        name,
      )
    )
      return PLAIN;
    if (name === 'reduce') return memberCall(world, place, 'functools.reduce', call);
    if (name === 'enumerate' && first?.value.kind === 'list')
      return {
        kind: 'list',
        items: first.value.items.map((one) => ({ kind: 'list', items: [UNKNOWN, one], exact: true })),
        exact: first.value.exact,
      };
  }
  // "… {} …".format(x) and "a,b".split(","): on a text.
  if (on !== undefined && call.name === 'format' && (on.kind === 'text' || (on.kind === 'constant' && typeof on.value === 'string'))) {
    const pattern = (on.kind === 'text' ? on.text.pattern : String(on.value)).replace(/\{[^{}]*\}/g, '*');
    const holes = [
      ...(on.kind === 'text' ? on.holes : []),
      ...call.arguments.filter((one) => one.value.kind !== 'constant').map((one) => one.node),
    ];
    return { kind: 'text', text: { node: call.node, pattern, constant: undefined }, holes };
  }
  if (on?.kind === 'constant' && typeof on.value === 'string') {
    if (/^(strip|lower|upper)$/.test(call.name) && call.arguments.length === 0)
      return {
        kind: 'constant',
        value: call.name === 'strip' ? on.value.trim() : call.name === 'lower' ? on.value.toLowerCase() : on.value.toUpperCase(),
        node: call.node,
      };
    return PLAIN;
  }
  // A configuration key set on something that is not known to be a session: the key says what it is.
  const key = stringOf(first?.value);
  if (/^(set|config)$/.test(call.name) && key !== undefined && /^spark\./.test(key)) return confMethod(world, 'set', call);
  if (/^sql$/.test(call.name) && looksLikeSql(first?.value))
    return sessionMethod(world, { kind: 'session', session: undefined }, 'sql', call);
  // configure_spark_with_delta_pip(builder) and the like hand the builder back.
  const builder = call.arguments.find((one) => one.value.kind === 'builder');
  if (builder !== undefined) return builder.value;
  if (call.arguments.some((one) => isColumn(one.value)))
    return combined(
      call.node,
      'unknown',
      call.arguments.map((one) => one.value),
    );
  return UNKNOWN;
}

function looksLikeSql(value: Value | undefined): boolean {
  const text = value?.kind === 'text' ? value.text.pattern : stringOf(value);
  return (
    text !== undefined &&
    /^\s*(select|insert|create|merge|with|optimize|analyze|alter|drop|refresh|set|delete|update|cache|describe|msck|vacuum)\b/i.test(text)
  );
}
