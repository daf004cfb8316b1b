// Names of columns as plans and programs spell them, made comparable.
// Law: lower case, without qualifier and expression id; what has no name gives none.

import { type Argument, columnsIn, type Value } from '../pyspark/index.ts';

/** `t.Amount` → `amount`. */
export const plainName = (name: string): string => (name.replaceAll('`', '').split('.').at(-1) ?? '').trim().toLowerCase();

/** Names of the attributes in an operator's text: `customer_id#90L` → `customer_id`. Generated ones (`_we0`, `pythonUDF0`) are left out. */
export function attributesIn(text: string): Set<string> {
  const found = new Set<string>();
  for (const [, name] of text.matchAll(/([A-Za-z_][\w ]*?|`[^`]+`)#\d+L?/g)) {
    const text = name as string;
    const plain = plainName(text.startsWith('`') ? text : (text.split(' ').at(-1) as string));
    if (plain !== '' && !/^(_we\d|_w\d|pythonudf\d|_groupingexpression|plan_id)/.test(plain)) found.add(plain);
  }
  return found;
}

/** The text between the bracket at `from` and its partner. */
export function bracket(text: string, from: number): string {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '[' || text[i] === '(') depth++;
    else if ((text[i] === ']' || text[i] === ')') && --depth === 0) return text.slice(from + 1, i);
  }
  return text.slice(from + 1);
}

/** Names of the columns among arguments that stand for columns. */
export function columnsOfArguments(args: readonly Argument[]): string[] {
  const found = new Set<string>();
  const look = (value: Value) => {
    if (value.kind === 'column') for (const name of value.columns) found.add(plainName(name));
    else if (value.kind === 'constant' && typeof value.value === 'string') found.add(plainName(value.value));
    else if (value.kind === 'list') value.items.forEach(look);
  };
  for (const one of args) look(one.value);
  return [...found];
}

/** Functions that the column arguments of a call use. */
export const functionsOfArguments = (args: readonly Argument[]): string[] => [
  ...new Set(columnsIn({ arguments: args }).flatMap((one) => one.functions)),
];

/** |A ∩ B| ÷ |A ∪ B|; 0 when both are empty. */
export function likeness(a: Iterable<string>, b: Iterable<string>): number {
  const one = new Set(a);
  const other = new Set(b);
  const both = [...one].filter((name) => other.has(name)).length;
  const all = new Set([...one, ...other]).size;
  return all === 0 ? 0 : both / all;
}
