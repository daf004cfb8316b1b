// Python literals: what a string, a number or an f-string stands for.
// Law: a value comes back only when it is the one Python would make; anything else is undefined.

import { child, type Node, named, textOf } from './node.ts';

export type Constant = string | number | bigint | boolean | null;

/** A piece of an f-string: fixed text, or the expression in its braces. */
export type TextPart = string | Node;

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
  '\r\n': '',
};

/** The value of a constant expression's node: string without braces, number, True, False, None, and a minus before a number. */
export function constantOf(node: Node): Constant | undefined {
  switch (node.type) {
    case 'string':
    case 'concatenated_string': {
      const parts = textParts(node);
      return parts?.every((part) => typeof part === 'string') ? parts.join('') : undefined;
    }
    case 'integer':
      return integerOf(textOf(node));
    case 'float':
      return floatOf(textOf(node));
    case 'true':
      return true;
    case 'false':
      return false;
    case 'none':
      return null;
    case 'parenthesized_expression': {
      const inner = named(node);
      return inner.length === 1 ? constantOf(inner[0] as Node) : undefined;
    }
    case 'unary_operator': {
      const operand = child(node, 'argument');
      const value = operand && constantOf(operand);
      const operator = child(node, 'operator');
      if (operator === undefined || (typeof value !== 'number' && typeof value !== 'bigint')) return undefined;
      return textOf(operator) === '-' ? -value : textOf(operator) === '+' ? value : undefined;
    }
    default:
      return undefined;
  }
}

function integerOf(text: string): number | bigint | undefined {
  const plain = text.replaceAll('_', '');
  if (!/^(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[1-9][0-9]*|0+)$/.test(plain)) return undefined;
  const value = BigInt(plain);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function floatOf(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  return /^[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?$/.test(plain) ? Number(plain) : undefined;
}

/** The pieces of a string or f-string, adjoining texts joined; undefined for bytes and for escapes that are not known here. */
export function textParts(node: Node): TextPart[] | undefined {
  const parts: TextPart[] = [];
  const strings = node.type === 'concatenated_string' ? named(node) : [node];
  for (const one of strings) {
    if (one.type !== 'string') return undefined;
    const opening = one.children.find((c) => c.type === 'string_start');
    if (opening === undefined) return undefined;
    const prefix = /^[A-Za-z]*/.exec(textOf(opening))?.[0].toLowerCase() ?? '';
    if (prefix.includes('b')) return undefined;
    for (const c of one.children) {
      if (c.type === 'interpolation') parts.push(c);
      else if (c.type === 'string_content') {
        const text = contentOf(c, prefix.includes('r'), prefix.includes('f'));
        if (text === undefined) return undefined;
        parts.push(text);
      }
    }
  }
  const joined: TextPart[] = [];
  for (const part of parts) {
    if (typeof part === 'string' && typeof joined.at(-1) === 'string') joined[joined.length - 1] = (joined.at(-1) as string) + part;
    else joined.push(part);
  }
  return joined.length > 0 ? joined : [''];
}

function contentOf(content: Node, isRaw: boolean, isFormat: boolean): string | undefined {
  let text = textOf(content).replaceAll('\r\n', '\n');
  if (!isRaw) {
    let known = true;
    text = text.replace(
      /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|[0-7]{1,3}|\n|[\s\S])/g,
      (whole: string, spelled: string) => {
        const simple = ESCAPES[spelled];
        if (simple !== undefined) return simple;
        if (/^[xuU]/.test(spelled) && spelled.length > 1) {
          const code = Number.parseInt(spelled.slice(1), 16);
          if (code <= 0x10ffff) return String.fromCodePoint(code);
        }
        if (/^[0-7]/.test(spelled)) return String.fromCodePoint(Number.parseInt(spelled, 8));
        if (/^N|^[xuU]/.test(spelled)) known = false;
        // Python leaves an escape that it does not know as it is.
        return whole;
      },
    );
    if (!known) return undefined;
  }
  return isFormat ? text.replaceAll('{{', '{').replaceAll('}}', '}') : text;
}

/** A Python literal for a value. Strings in double quotes, everything outside printable ASCII escaped. */
export function pythonLiteral(value: Constant): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'string') return String(value);
  let text = '';
  for (const c of value) {
    const code = c.codePointAt(0) as number;
    if (c === '"' || c === '\\') text += `\\${c}`;
    else if (c === '\n') text += '\\n';
    else if (c === '\t') text += '\\t';
    else if (c === '\r') text += '\\r';
    else if (code >= 0x20 && code < 0x7f) text += c;
    else if (code <= 0xff) text += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code <= 0xffff) text += `\\u${code.toString(16).padStart(4, '0')}`;
    else text += `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return `"${text}"`;
}
