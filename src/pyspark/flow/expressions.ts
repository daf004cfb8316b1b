// Expressions: what each one stands for.
// Laws: never throws on a tree; every expression is looked at, so that calls inside unknown ones are found as well.

import { textParts } from '../literal.ts';
import { bare, child, childrenIn, type Node, named, textOf } from '../node.ts';
import { attributeOf, subscriptOf } from './attributes.ts';
import { callExpression } from './calls.ts';
import { combined, isColumn } from './columns.ts';
import { lookUp, merged } from './scopes.ts';
import { assign } from './statements.ts';
import { constantValue, holeOf, joinTexts, settingText } from './texts.ts';
import { PLAIN, UNKNOWN, type Value } from './values.ts';
import { addOnce, loopOf, MAX_STEPS, type Place, type World } from './world.ts';

/** Follows an expression and remembers what it stands for. */
export function evaluate(world: World, place: Place, node: Node): Value {
  if (++world.steps > MAX_STEPS) {
    world.notes.add('The program is too large to be followed to its end.');
    return UNKNOWN;
  }
  const value = read(world, place, node);
  world.values.set(node, value);
  return value;
}

function read(world: World, place: Place, node: Node): Value {
  switch (node.type) {
    case 'identifier':
      return lookUp(world, place, textOf(node), node);
    case 'integer':
    case 'float':
    case 'true':
    case 'false':
    case 'none':
      return constantValue(node) ?? UNKNOWN;
    case 'string':
    case 'concatenated_string':
      return text(world, place, node);
    case 'parenthesized_expression':
    case 'await': {
      const inner = bare(node);
      return inner === node ? UNKNOWN : evaluate(world, place, inner);
    }
    case 'attribute':
      return attributeOf(world, place, node);
    case 'subscript':
      return subscriptOf(world, place, node);
    case 'call':
      return callExpression(world, place, node);
    case 'lambda':
      return {
        kind: 'function',
        name: '<lambda>',
        node,
        scopes: place.scopes,
        self: undefined,
      };
    case 'conditional_expression': {
      const [then, condition, otherwise] = named(node);
      if (condition !== undefined) evaluate(world, place, condition);
      const a = then === undefined ? UNKNOWN : evaluate(world, place, then);
      const b = otherwise === undefined ? UNKNOWN : evaluate(world, place, otherwise);
      return merged(world, node, a, b);
    }
    case 'list':
    case 'tuple':
    case 'set':
    case 'expression_list': {
      const items: Value[] = [];
      let exact = true;
      for (const one of named(node)) {
        if (one.type === 'list_splat') {
          exact = false;
          for (const inner of named(one)) evaluate(world, place, inner);
        } else items.push(evaluate(world, place, one));
      }
      return { kind: 'list', items, exact };
    }
    case 'dictionary': {
      const entries: [Value, Value, Node][] = [];
      let exact = true;
      for (const one of named(node)) {
        const key = child(one, 'key');
        const value = child(one, 'value');
        if (one.type === 'pair' && key !== undefined && value !== undefined)
          entries.push([evaluate(world, place, key), evaluate(world, place, value), one]);
        else {
          exact = false;
          const inner = named(one)[0];
          const other = inner === undefined ? UNKNOWN : evaluate(world, place, inner);
          if (other.kind === 'dict') entries.push(...(other.entries as [Value, Value, Node][]));
        }
      }
      for (const [key, value] of entries)
        if (key.kind === 'constant' && typeof key.value === 'string' && /^spark\.[a-z]/.test(key.value))
          addOnce(world.dictSettings, { key: key.value, value: settingText(value), node: key.node, how: 'dict' });
      return { kind: 'dict', entries, exact };
    }
    case 'list_comprehension':
    case 'set_comprehension':
    case 'dictionary_comprehension':
    case 'generator_expression':
      return comprehension(world, place, node);
    case 'binary_operator':
      return binary(world, place, node);
    case 'comparison_operator': {
      const operands = named(node).map((one) => evaluate(world, place, one));
      if (!operands.some(isColumn)) return UNKNOWN;
      const operator = childrenIn(node, 'operators')[0];
      return combined(node, operator === undefined ? 'other' : textOf(operator), operands);
    }
    case 'unary_operator':
    case 'not_operator': {
      const constant = constantValue(node);
      if (constant !== undefined) return constant;
      const operand = child(node, 'argument');
      const value = operand === undefined ? UNKNOWN : evaluate(world, place, operand);
      return isColumn(value) ? combined(node, '~', [value]) : UNKNOWN;
    }
    case 'boolean_operator': {
      const sides = [child(node, 'left'), child(node, 'right')].flatMap((one) => (one === undefined ? [] : [evaluate(world, place, one)]));
      // `df or fallback`: either side.
      return sides.length === 2 ? merged(world, node, sides[0] as Value, sides[1] as Value) : UNKNOWN;
    }
    case 'named_expression': {
      const target = child(node, 'name');
      const source = child(node, 'value');
      const value = source === undefined ? UNKNOWN : evaluate(world, place, source);
      if (target !== undefined) assign(world, place, target, value);
      return value;
    }
    default:
      for (const one of named(node)) evaluate(world, place, one);
      return UNKNOWN;
  }
}

function text(world: World, place: Place, node: Node): Value {
  const parts = textParts(node);
  if (parts === undefined) return UNKNOWN;
  return joinTexts(
    node,
    parts.map((part) => {
      if (typeof part === 'string') return part;
      const { expression, plain } = holeOf(part);
      if (expression === undefined) return '';
      const value = evaluate(world, place, expression);
      return { node: expression, value: plain ? value : UNKNOWN };
    }),
  );
}

function binary(world: World, place: Place, node: Node): Value {
  const left = child(node, 'left');
  const right = child(node, 'right');
  const operator = textOf(child(node, 'operator') ?? node);
  if (left === undefined || right === undefined) return UNKNOWN;
  const a = evaluate(world, place, left);
  const b = evaluate(world, place, right);
  if (isColumn(a) || isColumn(b)) return combined(node, operator, [a, b]);
  const isText = (value: Value) => value.kind === 'text' || (value.kind === 'constant' && typeof value.value === 'string');
  if (operator === '+' && (isText(a) || isText(b)))
    return joinTexts(node, [
      { value: a, node: left },
      { value: b, node: right },
    ]);
  if (operator === '%' && isText(a)) {
    // "… %s" % x: the holes' places do not matter, that there are some does.
    const holes = named(right).length > 0 && right.type === 'tuple' ? named(right) : [right];
    const format = a.kind === 'text' ? a.text.pattern : a.kind === 'constant' ? String(a.value) : '*';
    const pattern = format.replace(/%(\([^)]*\))?[-+ #0]*\d*(\.\d+)?[a-zA-Z]/g, '*');
    return { kind: 'text', text: { node, pattern, constant: undefined }, holes };
  }
  if (a.kind === 'list' && b.kind === 'list' && operator === '+')
    return { kind: 'list', items: [...a.items, ...b.items], exact: a.exact && b.exact };
  if (a.kind === 'constant' && b.kind === 'constant' && typeof a.value === 'number' && typeof b.value === 'number') {
    const x = a.value;
    const y = b.value;
    const known = operator === '+' ? x + y : operator === '-' ? x - y : operator === '*' ? x * y : undefined;
    if (known !== undefined && Number.isSafeInteger(known)) return { kind: 'constant', value: known, node };
  }
  const isPlain = (value: Value) => value.kind === 'plain' || value.kind === 'count' || value.kind === 'constant' || value.kind === 'text';
  return isPlain(a) && isPlain(b) ? PLAIN : UNKNOWN;
}

function comprehension(world: World, place: Place, node: Node): Value {
  const inner: Place = { ...place, scopes: [...place.scopes, new Map()] };
  let depth = 0;
  for (const clause of named(node)) {
    if (clause.type === 'for_in_clause') {
      const target = child(clause, 'left');
      const over = child(clause, 'right');
      const iterated = over === undefined ? UNKNOWN : evaluate(world, inner, over);
      if (target !== undefined) assign(world, inner, target, elementOf(iterated, node));
      world.around.push(loopOf(world, node, 'comprehension', overOf(iterated)));
      depth++;
    } else if (clause.type === 'if_clause') for (const one of named(clause)) evaluate(world, inner, one);
  }
  const body = child(node, 'body');
  const value = body === undefined ? UNKNOWN : evaluate(world, inner, body);
  for (; depth > 0; depth--) world.around.pop();
  return { kind: 'list', items: [value], exact: false };
}

/** What a loop goes over. */
export function overOf(value: Value): 'rows' | 'literal' | 'unknown' {
  if (value.kind === 'rows') return 'rows';
  return (value.kind === 'list' || value.kind === 'dict') && value.exact ? 'literal' : 'unknown';
}

/** What a loop's variable stands for: one of the values that it goes over. */
export function elementOf(value: Value, loop: Node): Value {
  if (value.kind === 'list' && value.items.length > 0) {
    if (value.items.length === 1) return value.items[0] as Value;
    return { kind: 'oneOf', items: value.items, loop };
  }
  if (value.kind === 'plain') return value;
  if (value.kind === 'rows') return PLAIN;
  if (value.kind === 'dict' && value.entries.length > 0) return { kind: 'oneOf', items: value.entries.map((entry) => entry[0]), loop };
  return UNKNOWN;
}
