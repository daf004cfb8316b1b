// The text of a UDF that became an expression of Columns: its body replaced, its docstring and comments kept.
// Law: nothing outside the function's head and body is touched.

import { child, type Edit, type Node, named, type Program, textOf, walk } from '../../pyspark/index.ts';
import { replace } from '../edits.ts';
import { functionsName } from '../imports.ts';
import { indentOf } from '../places.ts';

/** A line of code longer than this is broken at the steps of its chain. */
const WIDTH = 120;

/** The expression with Spark's functions under the file's own name for them. */
export function spelledFor(program: Program, file: string, expression: string): string {
  const name = functionsName(program, file);
  if (name === 'F') return expression;
  return expression.replace(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\bF\./g, (_, text: string | undefined) => text ?? `${name}.`);
}

/** Where the steps of the outermost chain begin: each `.` outside of brackets and texts. */
function steps(expression: string): number[] {
  const found: number[] = [];
  let depth = 0;
  for (const match of expression.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[([{]|[)\]}]|\.(?:when|otherwise|cast)\(/g)) {
    const [token] = match;
    if (/^[([{]$/.test(token)) depth++;
    else if (/^[)\]}]$/.test(token)) depth--;
    else if (token.startsWith('.')) {
      if (depth === 0) found.push(match.index);
      depth++;
    }
  }
  return found;
}

/** `return …`, over several lines when it is long. */
export function returned(expression: string, indent: string): string {
  const line = `return ${expression}`;
  // `F.when` stays in one piece.
  const at = steps(expression).filter((start) => !/^\w+$/.test(expression.slice(0, start)));
  if (indent.length + line.length <= WIDTH || at.length < 2) return line;
  const parts = [expression.slice(0, at[0]), ...at.map((start, i) => expression.slice(start, at[i + 1]))];
  const inner = `${indent}    `;
  return `return (\n${parts.map((part) => inner + part).join('\n')}\n${indent})`;
}

/** The edits that give a `def` a body returning the expression. */
export function bodyEdits(program: Program, definition: Node, expression: string): Edit[] {
  const body = child(definition, 'body') as Node;
  const statements = named(body);
  const [first] = statements;
  const text = spelledFor(program, definition.source.path, expression);
  const edits = headEdits(definition);
  if (first === undefined) return edits;
  const docstring = first.type === 'expression_statement' && named(first)[0]?.type === 'string' ? first : undefined;
  const start = docstring === undefined ? first : statements[1];
  if (start === undefined) return edits;
  const end = (statements.at(-1) as Node).end;
  const indent = indentOf(start);
  const isOneLine = !definition.source.text.slice(definition.start, start.start).includes('\n');
  const comments = [...walk(body)].filter((one) => one.type === 'comment' && one.start > start.start && one.end <= end).map(textOf);
  const made = isOneLine ? returned(text, '').replaceAll(/\n\s*/g, '') : returned(text, indent);
  edits.push({
    file: definition.source.path,
    start: start.start,
    end,
    text: [...comments.map((one) => `${one}\n${indent}`), made].join(''),
  });
  return edits;
}

/** Types said of arguments and result are those of values; columns are given now. */
function headEdits(definition: Node): Edit[] {
  const edits: Edit[] = [];
  for (const parameter of named(child(definition, 'parameters') ?? definition)) {
    if (parameter.type !== 'typed_parameter') continue;
    const name = named(parameter)[0];
    if (name !== undefined) edits.push(replace(parameter, textOf(name)));
  }
  const type = child(definition, 'return_type');
  const closing = child(definition, 'parameters');
  if (type !== undefined && closing !== undefined)
    edits.push({ file: definition.source.path, start: closing.end, end: type.end, text: '' });
  return edits;
}
