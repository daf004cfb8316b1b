// Loop to one write: a loop that filters by each value of a list and writes each part into its own folder becomes one query with partitionBy.
// Laws: only where filter, folder and value are the same thing and the files hold the same columns; other folders below the path stay as they are
// (dynamic overwrite); any statement that is not understood makes it a mark.

import { bare, child, type Edit, type Frame, type Loop, type Node, named, type Program, textOf, walk } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { replace } from '../edits.ts';
import { lineKnown, loopOf, type Spot, spotsOf } from '../measured.ts';
import { firstOf, freshName, identifiers, indentOf, rootOf, scopeOf, wholeStatement } from '../places.ts';
import { proposer } from '../propose.ts';
import { folderOf, queryEdits, VALUES } from './loop-query.ts';

const SHAPE = [
  'One query instead of one per turn: make the value of the loop a column, keep the rows of all values (`isin`), group by it too, and write once with partitionBy(column), repartitioned by it.',
  'If the turns must stay apart, cache what they share before the loop, or run them from a few threads.',
];

export const loopToOneWrite = defineFixer({
  id: 'loop-to-one-write',
  title: 'One query instead of a loop of writes',
  rules: ['driver-loop'],
  codeRules: ['collect-in-loop'],
  safety: 'review',
  propose(context) {
    const { program, finding } = context;
    const spots: { loop: Loop; spot: Spot | undefined }[] =
      finding === undefined
        ? context.lint.flatMap((one) => {
            const inside = program.actions.filter(
              ({ call, loops }) =>
                loops.length > 0 &&
                call.node.source.path === one.file &&
                call.node.start < one.range.end.offset &&
                call.node.end >= one.range.end.offset,
            );
            const loop = inside[0]?.loops.at(-1);
            return loop === undefined ? [] : [{ loop, spot: undefined }];
          })
        : spotsOf(context, ['loop', 'action', 'write']).flatMap((spot) => {
            const loop = loopOf(program, spot);
            return loop === undefined ? [] : [{ loop, spot }];
          });
    return firstOf(spots, ({ loop }) => loop).flatMap(({ loop, spot }) => proposalFor(context, loop, spot));
  },
});

function proposalFor(context: FixContext, loop: Loop, spot: Spot | undefined): Proposal[] {
  const { program } = context;
  const { rewrite, mark } = proposer('loop-to-one-write', context, loop.node);
  const cause = spot?.place?.cause ?? context.lint[0]?.message ?? '';
  const found = understand(program, loop);
  if (typeof found === 'string') return mark('Say how the loop can become one query', `${cause} It is not rewritten: ${found}`, SHAPE);
  const { statement, text, column, what, mode } = found;
  const type = context.code === undefined ? undefined : context.code.columnTypesOf(found.filtered).get(column);
  const preconditions: Precondition[] = [
    ...(spot === undefined ? [] : [lineKnown(spot)]),
    { text: `Filter and folder use the same value: ${column} = ${found.value}.`, holds: true },
    { text: `The files of a part do not hold ${column} itself: ${what}.`, holds: true },
    {
      text: `${column}${type === undefined ? '' : ` (${type})`} is written into a folder's name as the loop writes its value (texts, whole numbers and dates are), and each value comes once.`,
      holds: type !== undefined && /^(string|int|bigint|smallint|tinyint)$/.test(type) ? true : undefined,
    },
    { text: 'A value without rows needs no empty folder of its own.', holds: undefined },
    // Written over, a part that comes twice is the same; appended, it is there twice.
    ...(mode === 'append'
      ? [{ text: 'Each value comes once in the list: what is appended twice would be there once.', holds: undefined }]
      : []),
  ];
  return rewrite({
    title: `Write all parts with one query, partitioned by ${column}`,
    reason: `${cause} One query reads the input once, and its parts run side by side.`,
    preconditions,
    edits: [replace(statement, text)],
  });
}

interface Understood {
  readonly statement: Node;
  /** The code in its place. */
  readonly text: string;
  readonly column: string;
  readonly value: string;
  readonly what: string;
  /** The mode of the write. */
  readonly mode: string | undefined;
  /** The frame before the filter. */
  readonly filtered: Frame;
}

/** The loop as one query, or why not. */
function understand(program: Program, loop: Loop): Understood | string {
  const statement = loop.node.type === 'for_statement' ? wholeStatement(loop.node) : undefined;
  const target = child(loop.node, 'left');
  const over = child(loop.node, 'right');
  const body = child(loop.node, 'body');
  if (statement === undefined || target === undefined || over === undefined || body === undefined) return 'it is no plain for loop.';
  if (child(loop.node, 'alternative') !== undefined) return 'it has an else.';
  if (target.type !== 'identifier') return 'it goes over more than one variable.';
  const writes = program.actions.filter((one) => one.loops.includes(loop));
  const [action] = writes;
  if (action?.write === undefined || writes.length !== 1) return 'its turns do more than one write.';
  const folder = folderOf(action);
  if (typeof folder === 'string') return folder;
  const { value, column } = folder;
  const statements = named(body);
  const last = statements.at(-1);
  if (last === undefined || !(action.call.node.start >= last.start && action.call.node.end <= last.end))
    return 'it goes on after the write.';
  const given = madeOf(statements, textOf(target), value);
  if (typeof given === 'string') return given;
  for (const one of statements) {
    if (one === last || one === given.statement) continue;
    const assigned = one.type === 'expression_statement' ? named(one)[0] : undefined;
    const right = assigned?.type === 'assignment' ? child(assigned, 'right') : undefined;
    if (right === undefined || program.values.get(bare(right))?.kind !== 'frame')
      return `it does something else, too: \`${textOf(one).split('\n')[0]}\`.`;
  }
  if (last.type !== 'expression_statement' || named(last)[0] !== action.call.node) return 'the result of the write is used.';
  const edits = queryEdits(program, loop, action, folder);
  if (typeof edits === 'string') return edits;
  const uses = identifiers(body, value).filter(
    (one) => !(given.statement !== undefined && one.start >= given.statement.start && one.end <= given.statement.end),
  );
  if (uses.length !== 2) return `${value} is used for more than the filter and the folder.`;
  const own =
    given.statement === undefined ? [] : identifiers(body, textOf(target)).filter((one) => one.start >= (given.statement as Node).end);
  if (own.length > 0) return `${textOf(target)} is used behind ${value}.`;
  const after = leaking(loop.node, [textOf(target), value, ...frameNames(statements)]);
  if (after !== undefined) return `${after} is used behind it.`;
  const list = freshName(rootOf(loop.node), `${value}s`);
  const indent = indentOf(statement);
  const inner = indentOf(statements[0] as Node);
  const first =
    given.statement === undefined
      ? `${list} = list(${textOf(over)})`
      : `${list} = [${textOf(given.right as Node)} for ${textOf(target)} in ${textOf(over)}]`;
  const lines = statements
    .filter((one) => one !== given.statement)
    .map((one) => {
      const own = edits.edits.filter((edit) => edit.start >= one.start && edit.end <= one.end);
      return dedent(
        patched(
          one,
          own.map((edit) => ({ ...edit, text: edit.text.replace(VALUES, list) })),
        ),
        inner,
        indent,
      );
    });
  if (/\n\s*#/.test(body.source.text.slice(body.start, body.end)) || [...walk(body)].some((one) => one.type === 'comment'))
    return 'comments stand in it.';
  return {
    statement,
    text: [first, ...lines].join(`\n${indent}`),
    column,
    value,
    what: edits.what,
    mode: action.write.mode,
    filtered: edits.filtered,
  };
}

const frameNames = (statements: readonly Node[]): string[] =>
  statements.flatMap((one) => {
    const assignment = one.type === 'expression_statement' ? named(one)[0] : undefined;
    const left = assignment?.type === 'assignment' ? child(assignment, 'left') : undefined;
    return left === undefined ? [] : [textOf(left)];
  });

/** A name of the loop that is read outside of it, in its function or module. */
const leaking = (loop: Node, names: readonly string[]): string | undefined =>
  names.find((name) => identifiers(scopeOf(loop), name).some((one) => one.start >= loop.end));

/** How the value comes from the loop's variable: it is it, or one assignment makes it. */
function madeOf(
  statements: readonly Node[],
  target: string,
  value: string,
): { statement: Node | undefined; right: Node | undefined } | string {
  if (value === target) return { statement: undefined, right: undefined };
  const makers = statements.filter((one) => {
    const assignment = one.type === 'expression_statement' ? named(one)[0] : undefined;
    return assignment?.type === 'assignment' && textOf(child(assignment, 'left') as Node) === value;
  });
  const [statement] = makers;
  if (statement === undefined || makers.length !== 1) return `${value} is not made from the loop's variable by one assignment.`;
  const right = child(named(statement)[0] as Node, 'right') as Node;
  const names = [...walk(right)].filter((one) => one.type === 'identifier').map(textOf);
  const own = statements.flatMap((one) => {
    const assignment = one === statement ? undefined : named(one)[0];
    return assignment?.type === 'assignment' ? [textOf(child(assignment, 'left') as Node)] : [];
  });
  return names.some((one) => own.includes(one)) ? `${value} is made of other variables of the loop.` : { statement, right };
}

/** A node's text with edits inside it made. */
function patched(node: Node, edits: readonly Edit[]): string {
  let text = textOf(node);
  for (const edit of [...edits].sort((a, b) => b.start - a.start))
    text = text.slice(0, edit.start - node.start) + edit.text + text.slice(edit.end - node.start);
  return text;
}

const dedent = (text: string, inner: string, indent: string): string =>
  text
    .split('\n')
    .map((line, i) => (i > 0 && line.startsWith(inner) ? indent + line.slice(inner.length) : line))
    .join('\n');
