// The types that inference found in the run, written down: no pass over the data before the job.
// Laws: only types that every scan of the read agrees on; CSV finds its columns by place, so their order comes from the file's own header.

import { child, type Edit, type Option, optionOf, type Read, textOf } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { dropLink, insert, linesAbove } from '../edits.ts';
import { firstOf, freshName, linkOf, receiverOf, rootOf, wholeStatement } from '../places.ts';
import { count, leave, rewrite, ruleOf } from '../propose.ts';
import { columnsRead } from './column-types.ts';
import { columnsNeeded, isStrict } from './columns-needed.ts';

const FIXER = 'explicit-schema';

export const explicitSchema = defineFixer({
  id: FIXER,
  title: 'A schema instead of inference',
  rules: ['schema-inference', 'row-format-scan'],
  codeRules: ['infer-schema'],
  safety: 'safe',
  propose: (context) => firstOf(readsOf(context), (one) => one.call.node).map((one) => proposalFor(context, one)),
});

function readsOf({ program, lint, places }: FixContext): Read[] {
  const linted = program.reads.filter((read) => {
    const link = linkOf(read.call);
    return lint.some((one) => one.id === 'infer-schema' && one.file === link.source.path && one.range.start.offset === link.start);
  });
  const placed = places.flatMap((one) => (one.read === undefined ? [] : [one.read]));
  return [...linted, ...placed].filter((one) => one.schema !== 'given' && !one.streaming && /^(csv|json)$/.test(one.format ?? ''));
}

const isOn = (option: Option | undefined): boolean => String(option?.value).toLowerCase() === 'true';

function proposalFor(context: FixContext, read: Read): Proposal {
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(read.call) };
  const refuse = (why: string) => leave({ ...given, title: 'The schema is inferred', reason: `Left as it is: ${why}.` });
  if (read.format === 'csv' && read.schema !== 'inferred') return refuse('nothing is inferred but the names in the header');
  const columns = columnsRead(context, read);
  if (columns === undefined)
    return refuse(
      context.code === undefined ? 'the types that inference finds are known from a run only' : 'the run does not tell all types',
    );
  if (columns.size === 0) return refuse('the run took no column of it');
  if ([...columns.values()].some((type) => /struct|array|map/.test(type) && read.format === 'csv')) return refuse('a type is nested');
  if (isStrict(read)) return refuse('rows that do not parse are handled by the whole schema');
  const needed = columnsNeeded(context, read.frame);
  const missing =
    typeof needed === 'string'
      ? undefined
      : needed.find((name) => ![...columns.keys()].some((one) => one.toLowerCase() === name.toLowerCase()));
  if (missing !== undefined) return refuse(`the program takes ${missing} of it too, which this run did not`);
  const edits = read.format === 'json' ? jsonEdits(read, columns) : csvEdits(read, columns);
  if (typeof edits === 'string') return refuse(edits);
  return rewrite({
    ...given,
    title: `Give the types of ${count(columns.size, 'column')}`,
    reason: `Spark read the data once more only to find the types; they are those of the run: ${[...columns]
      .slice(0, 6)
      .map(([name, type]) => `${name} ${type}`)
      .join(', ')}${columns.size > 6 ? ', …' : ''}.`,
    edits,
    preconditions: [
      {
        text: `The run took ${count(columns.size, 'column')} of it, all with these types; tomorrow's data is read with the same types.`,
        holds: true,
      },
      {
        text: 'No use of it that this run did not come to takes other columns.',
        holds: typeof needed === 'string' ? undefined : true,
      },
    ],
  });
}

const plain = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``);

/** JSON finds its columns by name: those that the program takes are enough. */
function jsonEdits(read: Read, columns: ReadonlyMap<string, string>): Edit[] | string {
  const receiver = receiverOf(read.call);
  if (receiver === undefined) return 'how it is read is not followed';
  // Inference gives the fields by name, in the order of their letters.
  const inOrder = [...columns].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = inOrder.map(([name, type]) => `${plain(name)} ${type}`).join(', ');
  if (/["\\]/.test(text)) return 'a name needs quoting';
  return [insert(receiver, receiver.end, `.schema("${text}")`)];
}

/** CSV: the header's names in their order, each with its type; columns that nobody takes are texts and are not parsed. */
function csvEdits(read: Read, columns: ReadonlyMap<string, string>): Edit[] | string {
  if (!isOn(optionOf(read.options, 'header'))) return 'without a header the columns have no names to find their types by';
  const place = optionOf(read.options, 'inferSchema');
  const statement = wholeStatement(read.call.node);
  const receiver = receiverOf(read.call);
  if (place === undefined || statement === undefined || receiver === undefined) return 'how it is read is not followed';
  const [path] = read.paths;
  if (path === undefined || read.paths.length !== 1) return 'it reads several paths';
  const gone = optionEdit(read, place);
  if (gone === undefined) return 'how inferSchema is set is not followed';
  const own = textOf(read.call.node);
  const offset = read.call.node.start;
  const bare = own.slice(0, gone.start - offset) + own.slice(gone.end - offset);
  if (bare.includes('\n') || bare.includes('#')) return 'the reader is written over several lines';
  const root = rootOf(read.call.node);
  const [types, header, schema] = ['types', 'header', 'schema'].map((name) => freshName(root, name)) as [string, string, string];
  const lines = [
    `${types} = {${[...columns].map(([name, type]) => `${JSON.stringify(name)}: "${type}"`).join(', ')}}`,
    `${header} = ${bare}.columns`,
    `${schema} = ", ".join(f"\`{name}\` {${types}.get(name, 'string')}" for name in ${header})`,
  ];
  const at = read.call.node.source.text.slice(receiver.end, read.call.node.end);
  if (!at.startsWith('.')) return 'the reader is written over several lines';
  return [linesAbove(statement, lines), gone, insert(receiver, receiver.end, `.schema(${schema})`)];
}

/** Takes `inferSchema` out of `.option(…)`, or out of the arguments of `.csv(…)`. */
function optionEdit(read: Read, place: Option): Edit | undefined {
  const argument = place.node.parent;
  if (argument?.type === 'keyword_argument') {
    const list = argument.parent;
    if (list?.type !== 'argument_list') return undefined;
    const others = list.children.filter((one) => one.named);
    const i = others.indexOf(argument);
    if (textOf(child(argument, 'name') ?? argument) !== 'inferSchema' || others.length < 2) return undefined;
    const before = others[i - 1];
    const after = others[i + 1];
    if (before !== undefined) return { file: list.source.path, start: before.end, end: argument.end, text: '' };
    return after === undefined ? undefined : { file: list.source.path, start: argument.start, end: after.start, text: '' };
  }
  const call = argument?.parent;
  const callee = call?.type === 'call' ? child(call, 'function') : undefined;
  if (argument?.type !== 'argument_list' || call === undefined || callee === undefined || !/\.option$/.test(textOf(callee)))
    return undefined;
  const inReader = call.start >= read.call.node.start && call.end <= read.call.node.end;
  return inReader ? dropLink({ node: call, name: 'option', arguments: [] }) : undefined;
}
