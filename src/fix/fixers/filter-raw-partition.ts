// A filter on a value made of a column → the same question to the column itself, which partitions and file statistics can answer.
// Laws: only forms that are equal for every value of the column's type, null with them; dates that do not exist are never written.

import { type ColumnValue, child, constantOf, type Edit, type Frame, type Node, named, textOf, type Value } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { replace } from '../edits.ts';
import { functionsImport, functionsName } from '../imports.ts';
import { firstOf, framesMeant, lineOf, stepOf } from '../places.ts';
import { leave, rewrite, ruleOf } from '../propose.ts';
import { typeOf } from './column-types.ts';

const FIXER = 'filter-raw-partition';

export const filterRawPartition = defineFixer({
  id: FIXER,
  title: 'Filter on the column itself',
  rules: ['unpruned-partitions', 'unpushed-filter'],
  codeRules: ['filter-on-derived-partition'],
  safety: 'safe',
  propose: (context) =>
    firstOf(framesMeant(context, 'filter-on-derived-partition', /^(filter|where)$/), (one) => one.call?.node).flatMap((frame) =>
      columnsOf(frame)
        .flatMap(questions)
        .flatMap((one) => proposalFor(context, frame, one) ?? []),
    ),
});

const columnsOf = (frame: Frame): ColumnValue[] =>
  (frame.call?.arguments ?? []).flatMap(({ value }) => (value.kind === 'column' ? [value] : []));

/** The comparisons that all must hold. */
function questions(column: ColumnValue): ColumnValue[] {
  if (column.shape === '&') return column.parts.flatMap((one) => (one.kind === 'column' ? questions(one) : []));
  return [column];
}

const isBare = (value: Value | undefined): value is ColumnValue =>
  value?.kind === 'column' && value.shape === 'column' && value.columns.length === 1;

const constantIn = (value: Value | undefined): string | number | undefined => {
  if (value?.kind === 'constant' && (typeof value.value === 'string' || typeof value.value === 'number')) return value.value;
  if (value?.kind !== 'column' || value.shape !== 'literal') return undefined;
  const known = constantOf(value.node) ?? argumentsOf(value.node)[0];
  return typeof known === 'string' || typeof known === 'number' ? known : undefined;
};

/** The constants among a call's arguments. */
const argumentsOf = (node: Node) =>
  named(child(node, 'arguments') ?? node).flatMap((one) => {
    const known = constantOf(one);
    return known === undefined ? [] : [known];
  });

function proposalFor(context: FixContext, frame: Frame, question: ColumnValue): Proposal | undefined {
  if (question.shape !== '==' || question.parts.length !== 2) return undefined;
  const [left, right] = question.parts;
  const constant = constantIn(right);
  if (left?.kind !== 'column' || constant === undefined) return undefined;
  const [column] = left.parts;
  const numbers = argumentsOf(left.node).filter((one) => typeof one === 'number');
  if (!isBare(column)) return undefined;
  const name = column.columns[0] as string;
  const type = typeOf(context, frame.parents, name);
  const given = { fixer: FIXER, rule: ruleOf(context), at: stepOf(frame) };
  const made = rawForm(left.shape, numbers, constant, columnText(context, column, name), type);
  if (made === undefined) return undefined;
  if (typeof made === 'string') return leave({ ...given, title: `The filter on ${name} stays`, reason: `Left as it is: ${made}.` });
  const edits: Edit[] = [replace(question.node, made.text)];
  return rewrite({
    ...given,
    title: `Ask ${name} itself`,
    reason: `\`${textOf(question.node)}\` (line ${lineOf(question.node)}) computes a value for each row before it compares; the column itself is compared by partitions and file statistics.`,
    edits,
    preconditions: made.preconditions,
    imports: made.needsFunctions ? [functionsImport(context.program, question.node.source.path)] : [],
  });
}

function columnText(context: FixContext, column: ColumnValue, name: string): string {
  const isText = column.node.type === 'string';
  return isText ? `${functionsName(context.program, column.node.source.path)}.col("${name}")` : textOf(column.node);
}

interface Raw {
  readonly text: string;
  readonly needsFunctions: boolean;
  readonly preconditions: readonly Precondition[];
}

/** The same question without the function; a text says why not, undefined when this is no form of ours. */
function rawForm(
  shape: string,
  more: readonly number[],
  constant: string | number,
  column: string,
  type: string | undefined,
): Raw | string | undefined {
  const needsFunctions = /\.col\("/.test(column);
  const ofType = (wanted: string): Precondition => ({
    text: `The column is of type ${wanted}${type === undefined ? '; its type is not known here' : `: the run has it as ${type}`}.`,
    holds: type === undefined ? undefined : type === wanted,
  });
  // substring(s, 1, n) == text of n characters: s begins with the text.
  if (/^(substring|substr)$/.test(shape) && typeof constant === 'string') {
    if (more.length !== 2 || more[0] !== 1 || more[1] !== [...constant].length || constant === '')
      return 'only a text of just that length can be compared';
    return { text: `${column}.startswith(${JSON.stringify(constant)})`, needsFunctions, preconditions: [ofType('string')] };
  }
  // year(d) == 2026: the days of that year.
  if (shape === 'year' && typeof constant === 'number') {
    if (!Number.isInteger(constant) || constant < 1 || constant > 9998) return 'the year is none that a date can have';
    const first = (year: number) => `"${String(year).padStart(4, '0')}-01-01"`;
    return {
      text: `(${column} >= ${first(constant)}) & (${column} < ${first(constant + 1)})`,
      needsFunctions,
      preconditions: [ofType('date')],
    };
  }
  return undefined;
}
