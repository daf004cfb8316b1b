// createDataFrame(df.toPandas()) → df: rows that only go to the driver to come back.
// Laws: what was brought is used for nothing else; pandas turns whole numbers with nulls into floats, so a person or a proof must look.

import { type Action, child, type Edit, type Node, named, textOf } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { dropStatement, replace } from '../edits.ts';
import { actionsAt, assignmentOf, firstOf, identifiers, linkOf, receiverOf, scopeOf, wholeStatement } from '../places.ts';
import { rewrite, ruleOf } from '../propose.ts';
import { steady, unchanged } from './steady.ts';

const FIXER = 'round-trip';

export const roundTrip = defineFixer({
  id: FIXER,
  title: 'Rows stay in Spark',
  rules: ['driver-collect'],
  codeRules: ['topandas-large'],
  safety: 'review',
  propose: (context) => firstOf(actionsOf(context), (one) => one.call.node).flatMap((one) => proposalFor(context, one) ?? []),
});

const actionsOf = ({ program, lint, places }: FixContext): Action[] =>
  [
    ...lint.filter((one) => one.id === 'topandas-large').flatMap((one) => actionsAt(program, one.file, one.range)),
    ...places.flatMap((one) => (one.action === undefined ? [] : [one.action])),
  ].filter((one) => /^(toPandas|collect|toArrow)$/.test(one.method));

function proposalFor(context: FixContext, action: Action): Proposal | undefined {
  const { node } = action.call;
  const source = receiverOf(action.call);
  if (source === undefined) return undefined;
  const direct = createdOf(node);
  const edits = direct === undefined ? throughName(node, source) : [replace(direct, textOf(source))];
  if (edits === undefined) return undefined;
  return rewrite({
    fixer: FIXER,
    rule: ruleOf(context),
    at: linkOf(action.call),
    title: 'Write the frame itself instead of rows brought to the driver',
    reason: `${action.method}() brings every row into the driver's memory, and createDataFrame sends the same rows back; nothing is done to them between.`,
    edits,
    safety: 'review',
    preconditions: [
      { text: 'What is brought is used for createDataFrame alone.', holds: true },
      ...(action.method === 'toPandas'
        ? [{ text: 'Columns of whole numbers hold no nulls: pandas would have made floats of them.', holds: undefined }]
        : [
            {
              text: 'No column is int, float or a narrower decimal: of rows Spark makes bigint, double and decimal(38,18).',
              holds: undefined,
            },
          ]),
      // What was brought stayed as it was, whatever happened to its source.
      ...action.frames.flatMap((frame) => [unchanged(context.program, frame), steady(context.program, frame)]),
    ],
  });
}

/** `spark.createDataFrame(x)` with nothing but this argument. */
function createdOf(node: Node): Node | undefined {
  const call = node.parent?.type === 'argument_list' ? node.parent.parent : undefined;
  const callee = call === undefined ? undefined : child(call, 'function');
  const isCreate = callee?.type === 'attribute' && textOf(child(callee, 'attribute') ?? callee) === 'createDataFrame';
  return isCreate && named(node.parent as Node).length === 1 ? call : undefined;
}

/** `pdf = df.toPandas()` … `spark.createDataFrame(pdf)`. */
function throughName(node: Node, source: Node): Edit[] | undefined {
  const assigned = assignmentOf(node);
  const statement = assigned === undefined ? undefined : wholeStatement(node);
  if (assigned === undefined || statement === undefined) return undefined;
  const scope = scopeOf(node);
  const uses = identifiers(scope, assigned.name).filter((one) => one !== assigned.target);
  const created = uses.map(createdOf);
  if (uses.length === 0 || created.some((one) => one === undefined)) return undefined;
  const last = Math.max(...uses.map((one) => one.end));
  // What it is made of must still mean the same where it is used.
  if (source.type !== 'identifier' && uses.length > 1) return undefined;
  const isGivenAgain = [...new Set(namesIn(source))].some((name) =>
    identifiers(scope, name).some(
      (one) => one.start > statement.end && one.start < last && one.parent?.type === 'assignment' && one.field === 'left',
    ),
  );
  if (isGivenAgain) return undefined;
  return [dropStatement(statement), ...created.map((one) => replace(one as Node, textOf(source)))];
}

function namesIn(node: Node): string[] {
  if (node.type === 'identifier') return [textOf(node)];
  return node.children.flatMap(namesIn);
}
