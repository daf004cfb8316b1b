// Loop to one write: a loop that filters by each value of a list and writes each part into its own folder becomes one query with partitionBy.
// Laws: only where filter, folder and value are the same thing and the files hold the same columns; other folders below the path stay as they are
// (dynamic overwrite); any statement that is not understood makes it a mark.

import {
  type Action,
  bare,
  type Call,
  child,
  type Edit,
  type Frame,
  type Loop,
  type Node,
  named,
  type Program,
  textOf,
  walk,
} from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { lineKnown, type Spot, spotsOf } from '../measured.ts';
import { proposer } from '../review.ts';
import { argumentOf } from '../shape.ts';
import { firstOf, freshName, identifiers, indentOf, receiverOf, replace, rootOf, scopeOf, wholeStatement } from './places.ts';

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
            const loop = spot.located.loop ?? spot.located.action?.loops.at(-1) ?? program.enclosingLoop(spot.located.node);
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
  const { statement, text, column, what } = found;
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
  return { statement, text: [first, ...lines].join(`\n${indent}`), column, value, what: edits.what, filtered: edits.filtered };
}

/** Stands for the name of the list of values until it is chosen. */
const VALUES = '<values>';

const frameNames = (statements: readonly Node[]): string[] =>
  statements.flatMap((one) => {
    const assignment = one.type === 'expression_statement' ? named(one)[0] : undefined;
    const left = assignment?.type === 'assignment' ? child(assignment, 'left') : undefined;
    return left === undefined ? [] : [textOf(left)];
  });

/** A name of the loop that is read outside of it, in its function or module. */
const leaking = (loop: Node, names: readonly string[]): string | undefined =>
  names.find((name) => identifiers(scopeOf(loop), name).some((one) => one.start >= loop.end));

/** `…/column={value}` at the end of the path. */
interface Folder {
  readonly column: string;
  readonly value: string;
  /** From the `/` to behind the value. */
  readonly cut: { readonly start: number; readonly end: number };
}

function folderOf({ write, call }: Action): Folder | string {
  if (write?.path === undefined || write.partitionBy.length > 0 || write.bucketBy.length > 0)
    return 'it does not write one folder for each value.';
  if (write.mode !== 'overwrite' && write.mode !== 'append')
    return `its write fails or does nothing where the folder is there already (mode ${write.mode ?? 'error'}).`;
  const path = argumentOf(call, 0, 'path')?.node;
  if (path?.type !== 'string') return 'the path of the write is put together elsewhere.';
  const parts = path.children.filter((one) => one.type === 'string_content' || one.type === 'interpolation');
  const hole = parts.at(-1);
  const before = parts.at(-2);
  const name = hole?.type === 'interpolation' ? named(hole)[0] : undefined;
  if (hole?.type !== 'interpolation' || before?.type !== 'string_content' || name?.type !== 'identifier' || named(hole).length !== 1)
    return 'the path does not end in the value of the loop.';
  const key = /\/(\w+)=$/.exec(textOf(before));
  if (key === null) return 'the folders are not named column=value: one write would name them otherwise.';
  return { column: key[1] as string, value: textOf(name), cut: { start: before.end - key[0].length, end: hole.end } };
}

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

const KEEPS = /^(where|filter|withColumn|withColumns|alias)$/;

/** The edits that turn the body's query from one value to all. */
function queryEdits(
  program: Program,
  loop: Loop,
  action: Action,
  folder: Folder,
): { edits: Edit[]; what: string; filtered: Frame } | string {
  const { column, value, cut } = folder;
  const file = loop.node.source.path;
  const edits: Edit[] = [];
  let frame: Frame | undefined = action.frames[0];
  if (action.frames.length !== 1) return 'what is written comes by several ways.';
  let without = '';
  let filtered: Frame | undefined;
  let placed = false;
  while (frame?.loops.includes(loop)) {
    const { call, grouping }: Frame = frame;
    if (call === undefined || frame.parents.length !== 1) return `${frame.method} joins other rows to those of a value.`;
    if (grouping !== undefined) {
      if (!/^(agg|count|sum|avg|mean|min|max)$/.test(frame.method) || grouping.method !== 'groupBy' || grouping.pivoted)
        return `${frame.method} works on all rows of a value.`;
      const keys = grouping.call.node.children.find((one) => one.field === 'arguments') as Node;
      if (grouping.call.arguments.some((one) => one.splat)) return 'the grouping keys are computed.';
      const list = grouping.call.arguments[0]?.node;
      if (list?.type === 'list')
        edits.push({ file, start: list.start + 1, end: list.start + 1, text: `"${column}"${named(list).length > 0 ? ', ' : ''}` });
      else
        edits.push({
          file,
          start: keys.start + 1,
          end: keys.start + 1,
          text: `"${column}"${grouping.call.arguments.length > 0 ? ', ' : ''}`,
        });
      if (grouping.call.arguments.some((one) => one.value.kind === 'column' && one.value.columns.includes(column)))
        return `the files hold ${column} itself.`;
      if (grouping.keys.some((one) => one.value.kind === 'constant' && one.value.value === column))
        return `the files hold ${column} itself.`;
      without = 'the grouping does not give it out';
      // The aggregated frame hangs on what was grouped.
    } else if (/^(where|filter)$/.test(frame.method)) {
      const edit = equalityEdit(program, call, column, value);
      if (edit !== undefined) {
        if (filtered !== undefined) return 'it filters by the value twice.';
        filtered = frame.parents[0];
        edits.push(edit);
      }
    } else if (/^(coalesce|repartition)$/.test(frame.method)) {
      if (frame !== action.frames[0]) return `${frame.method} stands in the middle of the query.`;
      const args = call.node.children.find((one) => one.field === 'arguments') as Node;
      const name = receiverOf(call);
      if (name === undefined) return 'the chain of the write is not understood.';
      const text = call.node.source.text.slice(name.end, args.start);
      edits.push({ file, start: name.end, end: args.end, text: `${text.replace(/coalesce|repartition/, 'repartition')}("${column}")` });
      placed = true;
    } else if (frame.method === 'select') {
      if (
        call.arguments.some(
          (one) =>
            one.splat ||
            (one.value.kind === 'constant' && (one.value.value === column || one.value.value === '*')) ||
            (one.value.kind === 'column' && (one.value.columns.includes(column) || one.value.alias === column || !one.value.complete)),
        )
      )
        return `the files hold ${column} itself, or it is not known.`;
      const args = call.node.children.find((one) => one.field === 'arguments') as Node;
      const list = call.arguments[0]?.node;
      const at = (list?.type === 'list' ? list : args).start + 1;
      edits.push({ file, start: at, end: at, text: `"${column}", ` });
      without = 'the select does not name it';
    } else if (!KEEPS.test(frame.method) || /\b(over)\(/.test(textOf(call.node.children.find((one) => one.field === 'arguments') as Node)))
      return `${frame.method} works on the rows of one value together.`;
    frame = frame.parents[0];
  }
  if (filtered === undefined) return `no filter keeps the rows with ${column} equal to ${value}.`;
  if (without === '') return `the files hold ${column} itself, which a partitioned write leaves out.`;
  const writer = receiverOf(action.call);
  const start = writerStart(program, action.call);
  if (writer === undefined || start === undefined) return 'the chain of the write is not understood.';
  if (!placed) edits.push({ file, start: start.end, end: start.end, text: `.repartition("${column}")` });
  const dynamic = action.write?.mode === 'overwrite' ? '.option("partitionOverwriteMode", "dynamic")' : '';
  edits.push({ file, start: writer.end, end: writer.end, text: `.partitionBy("${column}")${dynamic}` });
  edits.push({ file, start: cut.start, end: cut.end, text: '' });
  return { edits, what: without, filtered };
}

/** `column == value` among the conditions that must hold together → `column.isin(values)`. */
function equalityEdit(program: Program, call: Call, column: string, value: string): Edit | undefined {
  const condition = call.arguments[0]?.node;
  if (condition === undefined) return undefined;
  const parts = (node: Node): Node[] => {
    const one = bare(node);
    if (one.type !== 'binary_operator' || textOf(child(one, 'operator') as Node) !== '&') return [one];
    return [...parts(child(one, 'left') as Node), ...parts(child(one, 'right') as Node)];
  };
  for (const part of parts(condition)) {
    if (part.type !== 'comparison_operator') continue;
    const [a, b] = named(part);
    if (a === undefined || b === undefined || named(part).length !== 2 || !part.children.some((one) => one.type === '==')) continue;
    for (const [left, right] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = program.values.get(left);
      if (
        known?.kind === 'column' &&
        known.shape === 'column' &&
        known.columns[0] === column &&
        right.type === 'identifier' &&
        textOf(right) === value
      )
        return { file: part.source.path, start: part.start, end: part.end, text: `${textOf(left)}.isin(${VALUES})` };
    }
  }
  return undefined;
}

/** The expression before `.write`. */
function writerStart(program: Program, call: Call): Node | undefined {
  for (let at = receiverOf(call); at !== undefined; ) {
    if (program.values.get(at)?.kind === 'frame') return at;
    const callee: Node | undefined = at.type === 'call' ? child(at, 'function') : at;
    at = callee?.type === 'attribute' ? child(callee, 'object') : undefined;
  }
  return undefined;
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
