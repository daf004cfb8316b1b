// Equality instead of all pairs: a join whose condition hides an equality is split, or bucketed, so that Spark can hash its keys.
// Laws: inner joins only; each pair of rows comes out once; a condition of another shape is marked with the shape of its cure.

import { bare, child, type Edit, type Node, named, type Program, statementOf, textOf } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { replace } from '../edits.ts';
import { functionsImport, functionsName } from '../imports.ts';
import { type CodeJoin, codeJoin } from '../joins.ts';
import { lineKnown, type Spot, spotsOf } from '../measured.ts';
import { argumentOf, indentOf } from '../places.ts';
import { proposer } from '../propose.ts';

/** Copies of the other side's rows for a distance of whole numbers: more than these cost more than they spare. */
const MOST_STEPS = 5;
const COMMENT = [
  'This join compares every pair of rows. Give it an equality that Spark can hash: the key both sides share; for a range a bucket, floor(x / width), on both sides with the neighbours exploded on one.',
  'An OR can be split into one join for each part, with unionByName, so that rows that match both ways come once.',
];

export const equiJoin = defineFixer({
  id: 'equi-join',
  title: 'An equality that Spark can hash',
  rules: ['cartesian-product'],
  codeRules: ['cross-join'],
  safety: 'review',
  propose(context) {
    const { program, finding } = context;
    const joins =
      finding === undefined
        ? context.lint.flatMap((one) => {
            const join = program.joins.find(({ call }) => call.node.source.path === one.file && call.node.end === one.range.end.offset);
            return join === undefined ? [] : [{ join, spot: undefined }];
          })
        : spotsOf(context, ['join']).map((spot) => ({ join: spot.located.join, spot }));
    return joins.flatMap(({ join, spot }) => {
      const code = codeJoin(join);
      const { leave } = proposer('equi-join', context, spot?.located.node, spot?.located.call);
      return typeof code === 'string' ? leave(code) : proposalFor(context, code, spot);
    });
  },
});

function proposalFor(context: FixContext, code: CodeJoin, spot: Spot | undefined): Proposal[] {
  const { program } = context;
  const { rewrite, mark, leave } = proposer('equi-join', context, code.call.node, code.call);
  const cause = spot?.place?.cause ?? context.lint[0]?.message ?? '';
  const file = code.call.node.source.path;
  const f = functionsName(program, file);
  const known: Precondition[] = spot === undefined ? [] : [lineKnown(spot)];
  if (code.join.keys.length > 0) return leave(`${cause} The join in the code has an equality that Spark takes as the key.`);
  const split = splitOr(program, code, f);
  if (split !== undefined)
    return rewrite({
      title: 'Split the OR into a join by key and a small cross join',
      reason: `${cause} Rows for which ${split.alone} holds meet every row of the other side; all others can be joined by their key.`,
      preconditions: [
        ...known,
        { text: `${split.alone} is true or false, never null, so that each row goes one way.`, holds: true },
        { text: `The rows with ${split.alone} are few enough to broadcast.`, holds: undefined },
        { text: 'The other side gives the same rows when it is read twice.', holds: undefined },
      ],
      edits: split.edits,
      imports: [functionsImport(program, file)],
    });
  const near = nearKeys(context, code, f);
  if (near !== undefined)
    return rewrite({
      title: `Join by key with ${near.steps} neighbours instead of all pairs`,
      reason: `${cause} Whole numbers at most ${near.distance} apart are equal to one of ${near.steps} shifted values; the condition stays behind the join as it is.`,
      preconditions: [...known, { text: `${near.left} and ${near.right} are whole numbers (${near.types}).`, holds: true }],
      edits: near.edits,
      imports: [functionsImport(program, file)],
    });
  if (filteredByEquality(program, code)) return leave(`${cause} The filter behind it has an equality, which Spark takes as the key.`);
  return mark('Say how the join can get an equality', `${cause} Its condition has no shape that can be split surely.`, COMMENT);
}

/** `left.join(right, (a == b) | c.isNull())` → a join by key and a cross join with the rows for which the test holds. */
function splitOr(
  program: Program,
  { call, join, left, right, type }: CodeJoin,
  f: string,
): { readonly edits: Edit[]; readonly alone: string } | undefined {
  const on = argumentOf(call, 1, 'on')?.node;
  if (type !== 'Inner' || on === undefined || join.right === undefined || left.type !== 'identifier' || right.type !== 'identifier')
    return undefined;
  const or = bare(on);
  if (or.type !== 'binary_operator' || textOf(child(or, 'operator') as Node) !== '|') return undefined;
  const parts = [child(or, 'left') as Node, child(or, 'right') as Node];
  const equality = parts.find(
    (one) => bare(one).type === 'comparison_operator' && bare(one).children.some((c) => c.type === '==') && named(bare(one)).length === 2,
  );
  const alone = parts.find((one) => one !== equality);
  if (equality === undefined || alone === undefined) return undefined;
  const test = bare(alone);
  const value = program.values.get(test);
  if (test.type !== 'call' || value?.kind !== 'column' || !/^(isNull|isNotNull)$/.test(value.shape) || value.frame === undefined)
    return undefined;
  const above = { left: new Set(program.upstream(join.left)), right: new Set(program.upstream(join.right)) };
  const side =
    above.right.has(value.frame) && !above.left.has(value.frame)
      ? 'right'
      : above.left.has(value.frame) && !above.right.has(value.frame)
        ? 'left'
        : undefined;
  if (side === undefined) return undefined;
  const [l, r, c, e] = [textOf(left), textOf(right), textOf(test), textOf(bare(equality))];
  const keyed = side === 'right' ? `${l}.join(${r}.where(~${c}), ${e})` : `${l}.where(~${c}).join(${r}, ${e})`;
  const crossed =
    side === 'right' ? `${l}.crossJoin(${f}.broadcast(${r}.where(${c})))` : `${f}.broadcast(${l}.where(${c})).crossJoin(${r})`;
  const indent = indentOf(statementOf(call.node));
  const text = `(\n${indent}    ${keyed}\n${indent}    .union(${crossed})\n${indent})`;
  return { edits: [replace(call.node, text)], alone: c };
}

/** Conditions that must hold together. */
const conjunctsOf = (node: Node): Node[] => {
  const one = bare(node);
  return one.type === 'binary_operator' && textOf(child(one, 'operator') as Node) === '&'
    ? [...conjunctsOf(child(one, 'left') as Node), ...conjunctsOf(child(one, 'right') as Node)]
    : [one];
};

/** A filter right behind the join compares columns for being equal. */
function filteredByEquality(program: Program, { join }: CodeJoin): boolean {
  return program.childrenOf(join.frame).some((frame) => {
    const condition = /^(where|filter)$/.test(frame.method) ? frame.call?.arguments[0]?.node : undefined;
    return (
      condition !== undefined &&
      conjunctsOf(condition).some(
        (one) =>
          one.type === 'comparison_operator' &&
          one.children.some((part) => part.type === '==') &&
          named(one).every((part) => {
            const value = program.values.get(bare(part));
            return value?.kind === 'column' && value.columns.length > 0;
          }),
      )
    );
  });
}

const WHOLE = /^(tinyint|smallint|int|bigint)$/;

interface Near {
  readonly edits: Edit[];
  readonly left: string;
  readonly right: string;
  readonly types: string;
  readonly distance: number;
  readonly steps: number;
}

/** `left.crossJoin(right).where(abs(a - b) <= 2 & …)` over whole numbers → a join on a equal to b shifted by −2 … 2. */
function nearKeys({ program, code: map }: FixContext, { call, join, right, type }: CodeJoin, f: string): Near | undefined {
  if (
    map === undefined ||
    join.right === undefined ||
    (type !== 'Cross' && type !== 'Inner') ||
    join.on !== undefined ||
    right.type !== 'identifier'
  )
    return undefined;
  const filter = program.childrenOf(join.frame).find((one) => /^(where|filter)$/.test(one.method))?.call;
  const condition = filter?.arguments[0]?.node;
  const receiver = filter === undefined ? undefined : child(child(filter.node, 'function') as Node, 'object');
  if (filter === undefined || condition === undefined || receiver === undefined || bare(receiver) !== call.node) return undefined;
  const types = { left: map.columnTypesOf(join.left), right: map.columnTypesOf(join.right) };
  for (const part of conjunctsOf(condition)) {
    const [test, limit] = part.type === 'comparison_operator' ? named(part) : [];
    const strict = part.children.some((one) => one.type === '<');
    if (test === undefined || limit?.type !== 'integer' || !(strict || part.children.some((one) => one.type === '<='))) continue;
    const inner =
      test.type === 'call' && /(^|\.)abs$/.test(textOf(child(test, 'function') as Node))
        ? named(child(test, 'arguments') as Node)[0]
        : undefined;
    const difference = inner === undefined ? undefined : bare(inner);
    if (difference?.type !== 'binary_operator' || textOf(child(difference, 'operator') as Node) !== '-') continue;
    const names = [child(difference, 'left') as Node, child(difference, 'right') as Node].map((one) => {
      const value = program.values.get(bare(one));
      return value?.kind === 'column' && value.shape === 'column' ? value.columns[0] : undefined;
    });
    const [a, b] = names;
    if (a === undefined || b === undefined) continue;
    const own = [a, b].map((one) =>
      types.left.has(one) && !types.right.has(one) ? 'left' : types.right.has(one) && !types.left.has(one) ? 'right' : undefined,
    );
    const l = own[0] === 'left' ? a : own[1] === 'left' ? b : undefined;
    const r = own[0] === 'right' ? a : own[1] === 'right' ? b : undefined;
    const distance = Number(textOf(limit)) - (strict ? 1 : 0);
    if (l === undefined || r === undefined || distance < 0 || distance > MOST_STEPS) continue;
    const [lt, rt] = [types.left.get(l) ?? '', types.right.get(r) ?? ''];
    if (!WHOLE.test(lt) || !/^(tinyint|smallint|int)$/.test(rt)) continue;
    const steps = 2 * distance + 1;
    const shifted = `${f}.explode(${f}.array(*[${f}.col("${r}").cast("long") + d for d in range(-${distance}, ${distance + 1})]))`;
    const end = call.node.end;
    const start = (child(child(call.node, 'function') as Node, 'attribute') as Node).start;
    const text = `join(${textOf(right)}.withColumn("_near", ${shifted}), ${f}.col("${l}") == ${f}.col("_near")).drop("_near")`;
    return { edits: [{ file: call.node.source.path, start, end, text }], left: l, right: r, types: `${lt} and ${rt}`, distance, steps };
  }
  return undefined;
}
