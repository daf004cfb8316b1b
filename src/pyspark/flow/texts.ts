// Texts that a program puts together: constant, or with holes for what is known at run time only.
// Law: `pattern` has `*` exactly where a part is not known.

import { constantOf, type TextPart } from '../literal.ts';
import type { KnownText } from '../model.ts';
import { child, type Node, named } from '../node.ts';
import type { Value } from './values.ts';

/** What a value is as a text: as far as it is known. */
export function knownText(node: Node, value: Value): KnownText {
  if (value.kind === 'text') return { ...value.text, node };
  if (value.kind === 'constant' && value.value !== null) {
    const text = typeof value.value === 'boolean' ? (value.value ? 'True' : 'False') : String(value.value);
    return { node, pattern: text, constant: text };
  }
  return { node, pattern: '*', constant: undefined };
}

/** A text of several parts; adjoining holes are one. */
export function joinTexts(node: Node, parts: readonly (string | { readonly value: Value; readonly node: Node })[]): Value {
  let pattern = '';
  let isConstant = true;
  const holes: Node[] = [];
  for (const part of parts) {
    if (typeof part === 'string') {
      pattern += part;
      continue;
    }
    const known = knownText(part.node, part.value);
    pattern += known.pattern === '*' && pattern.endsWith('*') ? '' : known.pattern;
    if (known.constant === undefined) {
      isConstant = false;
      holes.push(part.node);
    }
  }
  if (isConstant) return { kind: 'constant', value: pattern, node };
  return { kind: 'text', text: { node, pattern, constant: undefined }, holes };
}

/** The expression in the braces of an f-string, and whether it is put in as it is. */
export function holeOf(part: TextPart): { readonly expression: Node | undefined; readonly plain: boolean } {
  if (typeof part === 'string') return { expression: undefined, plain: true };
  const expression = child(part, 'expression') ?? named(part)[0];
  return { expression, plain: child(part, 'type_conversion') === undefined && child(part, 'format_specifier') === undefined };
}

/** A constant as a value; undefined when the node is none. */
export function constantValue(node: Node): Value | undefined {
  const value = constantOf(node);
  return value === undefined ? undefined : { kind: 'constant', value, node };
}

/** What Spark gets for a configuration value. */
export function settingText(value: Value | undefined): string | undefined {
  if (value?.kind !== 'constant') return undefined;
  if (typeof value.value === 'boolean') return value.value ? 'true' : 'false';
  return value.value === null ? undefined : String(value.value);
}
