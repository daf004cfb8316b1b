// Columns added one by one (a loop, a long chain) → one withColumns, so that the plan is analysed once.
// Laws: only when no added column reads another one that is added; a name that is computed may be any name that fits its fixed parts.

import type { Frame, Node, Program } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { firstOf, framesMeant, linkOf, nameOfCall, stepOf } from '../places.ts';
import { leave, mark, rewrite, ruleOf, since } from '../propose.ts';
import { chainOfColumns } from './with-columns-chain.ts';
import { loopOfColumns, outermostLoop } from './with-columns-loop.ts';

const FIXER = 'with-columns';
const APART = 'No two of the added names differ in capital letters only: Spark takes them for one column, and refuses both in one step.';

export const withColumns = defineFixer({
  id: FIXER,
  title: 'Columns added in one step',
  rules: ['plan-blowup'],
  codeRules: ['withcolumn-loop'],
  safety: 'safe',
  propose: (context) =>
    firstOf(framesMeant(context, 'withcolumn-loop', /^withColumn/), (one) => placeOfSteps(context.program, one)).map((one) =>
      proposalFor(context, one),
    ),
});

/** Frames of one loop, or of one chain, are one finding. */
const placeOfSteps = (program: Program, frame: Frame): Node => {
  const loop = program.enclosingLoop(frame.node);
  return loop !== undefined && loop.kind !== 'comprehension' ? loop.node : (frame.call?.node ?? frame.node);
};

function proposalFor(context: FixContext, frame: Frame): Proposal {
  const { program } = context;
  const call = frame.call as NonNullable<Frame['call']>;
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(call) };
  const loop = outermostLoop(program, frame);
  const chain = loop === undefined ? chainOfColumns(program, frame) : undefined;
  const made =
    loop === undefined ? (typeof chain === 'string' ? chain : { edits: chain ?? [], apart: true }) : loopOfColumns(program, loop, frame);
  const preconditions = [
    { text: 'No added column reads another one that is added.', holds: true as const },
    since(context, 'DataFrame.withColumns', 3, 3),
  ];
  if (typeof made !== 'string')
    return rewrite({
      ...given,
      title: 'Add the columns in one step',
      reason: `Each ${nameText(frame)} makes the plan one step deeper and has all of it analysed anew; one withColumns does both once.`,
      edits: made.edits,
      preconditions: made.apart === true ? preconditions : [...preconditions, { text: APART, holds: undefined }],
    });
  if (context.finding === undefined)
    return leave({ ...given, title: 'The columns are added one by one', reason: `Left as it is: ${made}.` });
  return mark({
    ...given,
    at: loop ?? stepOf(frame).parent ?? call.node,
    title: 'The columns are added one by one',
    reason: `Not rewritten: ${made}.`,
    comment: [
      `each ${nameText(frame)} has the whole plan analysed anew. Not rewritten: ${made}. Collect the columns and add them in one select or withColumns.`,
    ],
  });
}

const nameText = (frame: Frame): string => (frame.call === undefined ? frame.method : textOfName(frame));
const textOfName = (frame: Frame): string => {
  const node = nameOfCall(frame.call as NonNullable<Frame['call']>);
  return node.source.text.slice(node.start, node.end);
};
