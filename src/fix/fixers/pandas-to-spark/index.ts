// toPandas, some steps of pandas, createDataFrame → the same steps in Spark: no row goes to the driver.
// Laws: every statement on what was brought is understood, or nothing is changed; where pandas sees nulls, NaN, types or orders in another way, the
// steps say it as pandas does, or a precondition asks for it.

import { type Action, above, type Frame, type Node, named, type Program } from '../../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../../define.ts';
import { functionsImport, functionsName } from '../../imports.ts';
import { actionsAt, firstOf, lineOf, scopeOf, statementIn } from '../../places.ts';
import { type Proposer, proposer, wentThrough } from '../../propose.ts';
import { columnsRead } from '../column-types.ts';
import { isDrawn, steady, unchanged } from '../steady.ts';
import { ranElsewhere, seenElsewhere } from './around.ts';
import { arrowOf } from './arrow.ts';
import { type Translated, translateBlock, usedBefore } from './block.ts';
import { originOf } from './origin.ts';
import { Asked, columnOf, isWhole, Left, type State } from './state.ts';

const FIXER = 'pandas-to-spark';

export const pandasToSpark = defineFixer({
  id: FIXER,
  title: 'Steps of pandas as steps of Spark',
  rules: ['driver-collect'],
  codeRules: ['topandas-large'],
  safety: 'review',
  // A frame that only comes and goes is the matter of another fixer, which is asked before.
  order: 20,
  propose: (context) => firstOf(actionsOf(context), (one) => one.call.node).flatMap((one) => proposalsFor(context, one)),
});

const actionsOf = ({ program, lint, places }: FixContext): Action[] =>
  [
    ...lint.filter((one) => one.id === 'topandas-large').flatMap((one) => actionsAt(program, one.file, one.range)),
    ...places.flatMap((one) => (one.action === undefined ? [] : [one.action])),
  ].filter((one) => one.method === 'toPandas');

function proposalsFor(context: FixContext, action: Action): Proposal[] {
  const { node } = action.call;
  const say = proposer(FIXER, context, node, action.call);
  const block = statementIn(node)?.parent;
  if (block === undefined) return [];
  if (context.finding === undefined && context.lint.every((one) => one.certainty === 'possible'))
    return say.leave('What is brought is not known to be much: without a run that shows it, this is not worth a change.');
  const alone = attempt(context, block, [action]);
  if (typeof alone !== 'string') return alone.steps === 0 ? [] : proposed(context, alone, say);
  // What was brought in two pieces and joined is one matter.
  const others = context.program.actions.filter((one) => one.method === 'toPandas' && statementIn(one.call.node)?.parent === block);
  const together = others.length < 2 ? alone : attempt(context, block, others);
  if (typeof together === 'string' || together.steps === 0)
    return say.leave(`Left to pandas: ${typeof together === 'string' && /not brought from Spark/.test(alone) ? together : alone}.`);
  const [first] = together.used;
  return proposed(context, together, first === undefined ? say : proposer(FIXER, context, first.action.call.node, first.action.call));
}

type Attempt = Translated & { readonly asked: Asked; readonly block: Node };

/** The statements of a block with these origins translated, or why not. */
function attempt(context: FixContext, block: Node, actions: readonly Action[]): Attempt | string {
  const { program } = context;
  const path = block.source.path;
  const asked = new Asked(context, arrowOf(context));
  const origins = new Map(actions.map((one) => [one.call.node, originOf(one)]));
  const start = Math.min(...actions.map((one) => (statementIn(one.call.node) ?? block).start));
  const statements = named(block).filter((one) => one.start >= start);
  const scene = { origins, asked, program, f: functionsName(program, path) };
  try {
    // Once to see which columns are asked for, once to write.
    const first = translateBlock(statements, scene);
    for (const { call, state } of first.handed) returned(asked, call, state);
    const done = translateBlock(statements, scene);
    return outside(program, block, done, start) ?? { ...done, asked, block };
  } catch (error) {
    if (error instanceof Left) return error.message;
    throw error;
  }
}

/** Columns that come back as they went: pandas changes some of them by the way alone. */
function returned(asked: Asked, call: Node, state: State): void {
  const names = state.order;
  for (const name of names ?? state.columns.keys()) unchangedBy(asked, call, state, name);
  const [origin, ...others] = state.origins;
  if (names === undefined && origin?.whole !== undefined && others.length === 0)
    for (const name of columnsRead(asked.context, origin.whole)?.keys() ?? [])
      if (!state.gone.has(name) && !state.columns.has(name)) unchangedBy(asked, call, state, name);
  if (names === undefined)
    asked.say(
      'All other columns that come back are bigint, double, string, boolean, date or timestamp, and without nulls where they are numbers: pandas makes other types and NaN.',
      undefined,
    );
}

function unchangedBy(asked: Asked, call: Node, state: State, name: string): void {
  const { type, mayNull, mayNaN, hadNull } = columnOf(state, name, asked, call);
  const isDouble = type === 'double' || type === undefined;
  // Without Arrow NaN comes back as NaN, and a null was made one; with Arrow both come back as null.
  asked.neverNull({ hadNull });
  if (mayNull && (isWhole(type) || type === undefined || (isDouble && asked.arrow !== true))) asked.noNull(name);
  if (mayNull && !isWhole(type) && !isDouble) asked.some(name);
  if (mayNaN && isDouble && asked.arrow !== false) asked.noNaN(name);
}

/** What stands in the way outside of the statements. */
function outside(program: Program, block: Node, { handed, variables }: Translated, start: number): string | undefined {
  if (handed.length === 0) return 'what pandas makes of it is not handed back to Spark by createDataFrame';
  const scope = scopeOf(block);
  for (const name of variables) {
    const seen = seenElsewhere(program, block, scope, name, start);
    if (seen !== undefined) return seen;
  }
  const elsewhere = ranElsewhere(program, block, handed, start);
  if (elsewhere !== undefined) return elsewhere;
  const loop = above(block, (one) => /^(for|while)_statement$/.test(one.type));
  const before = loop === undefined ? undefined : usedBefore(loop, variables, start);
  return before === undefined ? undefined : `line ${lineOf(before)}: a turn of the loop sees what the turn before made`;
}

function proposed(context: FixContext, done: Attempt, say: Proposer): Proposal[] {
  const { program } = context;
  const { asked, handed, used, block } = done;
  const preconditions: Precondition[] = [
    ...asked.preconditions(),
    // Where the original went through, there were some.
    { text: 'Some row comes back: of none createDataFrame fails.', holds: wentThrough(context) ? true : undefined },
    {
      text: 'In which order rows stand in what comes back, and in how many files they are written, does not matter.',
      holds: undefined,
    },
    ...(handed.some((one) => statementIn(one.call)?.type === 'return_statement')
      ? [{ text: 'No caller waits for its errors, or for its end: Spark works at the action behind it, no longer here.', holds: undefined }]
      : []),
    ...used.flatMap((one) => one.action.frames.flatMap((frame) => [unchanged(program, frame), ...sameRows(program, frame)])),
  ];
  const lines = [...new Set(handed.map((one) => lineOf(one.call)))].join(', ');
  return say.rewrite({
    title: 'Do in Spark what pandas does with the rows that were brought',
    reason: `toPandas() brings every row into the driver's memory, where one core works on them; line ${lines} sends the result back.${handed.length > 1 ? ' Each of these results will read its source by itself.' : ''} The ${done.steps === 1 ? 'one step' : `${done.steps} steps`} between are steps of Spark too.`,
    edits: done.edits,
    imports: done.edits.some((one) => one.text.includes(`${functionsName(program, block.source.path)}.`))
      ? [functionsImport(program, block.source.path)]
      : [],
    preconditions: firstOf(preconditions, (one) => one.text),
  });
}

/** What was brought once is the same for all that is made of it; Spark may read it again for each. */
function sameRows(program: Program, frame: Frame): Precondition[] {
  if (isDrawn(program, frame))
    return [{ text: 'Its values are drawn anew each time it is read: what came of it so far came of one draw.', holds: undefined }];
  const isLimited = program.upstream(frame).some((one) => one.method === 'limit');
  return [
    steady(program, frame),
    ...(isLimited ? [{ text: 'Its limit takes the same rows each time it is read, or it is read once.', holds: undefined }] : []),
  ];
}
