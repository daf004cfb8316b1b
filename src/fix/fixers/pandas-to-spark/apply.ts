// `.apply(f)` and `.map(f)` of one column: the function's body as an expression of Spark, by the translation that UDFs have.
// Laws: numbers come as numbers that are neither null nor NaN, or it is asked for; a result that may be missing is left, but for text.

import { bare, child, type Node, named, textOf, translateUdf, type Udf, type UdfTranslation } from '../../../pyspark/index.ts';
import { scopeOf } from '../../places.ts';
import { wentThrough } from '../../propose.ts';
import { spelledFor } from '../native-udf-body.ts';
import type { Reach, Value } from './columns.ts';
import { isWhole, left, shown } from './state.ts';

/** What Python may give back, the likeliest first: pandas takes the type from the values. */
const RETURNS = ['string', 'double', 'bigint', 'boolean', 'date'] as const;

type Translated = Extract<UdfTranslation, { readonly ok: true }>;

/** The value of a function for each row of a column. */
export function appliedTo(of: Value, given: Node, node: Node, reach: Reach): Partial<Value> {
  const { asked, program } = reach;
  if (of.name === undefined) left(node, `${shown(node)} is not of a column as it is`);
  const definition = functionOf(given, reach);
  const type = of.type;
  // With the type not known it is asked for as one that takes no nulls as None.
  if (type === 'timestamp') left(node, 'a function of timestamps');
  const parameter = named(child(definition, 'parameters') ?? definition).map(textOf);
  const [name] = parameter;
  if (parameter.length !== 1 || name === undefined || !/^\w+$/.test(name)) return left(node, `${shown(given)} takes more than the value`);
  const isMissing = isWhole(type) || type === 'double' || type === undefined;
  if (isMissing) {
    asked.neverNull(of);
    if (of.mayNull) asked.noNull(of.name as string);
    if (of.mayNaN && !isWhole(type)) asked.noNaN(of.name as string);
  }
  const made = translated(definition, type === undefined ? {} : { [name]: type }, isMissing || !of.mayNull ? [name] : []);
  if (typeof made === 'string') return left(node, `${shown(given)} stays Python: ${made}`);
  if (made.freeNames.length > 0 && scopeOf(node).type !== 'module') left(node, `${shown(given)} reads names from outside`);
  if (made.mayNull && !/^(string|date)$/.test(made.returnType)) left(node, `${shown(given)} gives None for some rows`);
  for (const one of made.preconditions) {
    const text = one.text.startsWith(`${name} `) ? `"${of.name}"${one.text.slice(name.length)}.` : `In ${shown(given)}: ${one.text}.`;
    const isHeld = one.kind === 'no-raise' && wentThrough(asked.context);
    asked.say(isHeld ? `${text} In this run no row broke it.` : text, isHeld ? true : undefined);
  }
  const expression = spelledFor(program, node.source.path, inPlace(made.expression, name, of.text));
  const text = made.expression === name ? of.text : expression;
  return { text, strict: text, type: made.returnType, mayNull: made.mayNull, mayNaN: false, atom: false, reads: of.reads };
}

/** The lambda, or the one function of that name. */
function functionOf(given: Node, { program }: Reach): Node {
  const one = bare(given);
  if (one.type === 'lambda') return one;
  if (one.type !== 'identifier') return left(given, `${shown(given)} is no function that can be read`);
  const found = program.definitionOf(textOf(one));
  const [first] = found;
  if (found.length !== 1 || first?.type !== 'function_definition' || first.source !== one.source || first.parent?.type !== 'module')
    return left(given, `what ${shown(given)} is cannot be followed`);
  return first;
}

function translated(definition: Node, types: Readonly<Record<string, string>>, sure: readonly string[]): Translated | string {
  let why = '';
  for (const returnType of RETURNS) {
    const udf: Udf = {
      id: 0,
      name: '',
      sqlName: undefined,
      kind: 'row',
      how: 'call',
      node: definition,
      definition,
      returnType,
      nonDeterministic: false,
      uses: [],
    };
    const made = translateUdf(udf, { types, sure });
    if (made.ok) return made;
    if (why === '' || / is declared: /.test(why)) why = made.why;
  }
  return why;
}

/** The expression with the column in place of the parameter. */
function inPlace(expression: string, parameter: string, column: string): string {
  const pattern = new RegExp(`("(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*')|(?<![\\w.])${parameter}(?!\\w)`, 'g');
  return expression.replace(pattern, (_, text: string | undefined) => text ?? column);
}
