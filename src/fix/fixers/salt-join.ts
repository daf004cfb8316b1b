// Salted join: the rows of the few most frequent keys are dealt out over several tasks, and the rows they meet are copied for each.
// Laws: the side that is dealt out is the one whose rows crowd, and the one that the join type keeps whole; a full outer join is refused; the join
// becomes a call of a function that the module gets (salted-join.ts), so that the rest of the statement stays as it is.

import { formatCount } from '../../base/index.ts';
import { buildSides, FACTS, type FactStore, type StageFact } from '../../facts/index.ts';
import type { Edit, Frame, Program, Value } from '../../pyspark/index.ts';
import { saltsFor } from '../../rules/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { addLink, helperEdit } from '../edits.ts';
import { functionsImport, functionsName } from '../imports.ts';
import { type CodeJoin, codeJoin, crowdedSide, joinsAbove, measuredJoin, nameOf, otherSide, type SideName, sidesMatch } from '../joins.ts';
import { lineKnown, type Spot, slotsOf, spotsOf } from '../measured.ts';
import { argumentOf, functionAround, hasComment } from '../places.ts';
import { proposer } from '../propose.ts';
import { columnsNeeded } from './columns-needed.ts';
import { HELPER, helperText } from './salted-join.ts';
import { isDrawn } from './steady.ts';

/** Pieces per slot, so that the hot rows fill all slots evenly; bounded, for each is a copy of the other side's hot rows. */
const PER_SLOT = 4;
const MOST = 64;

export const saltJoin = defineFixer({
  id: 'salt-join',
  title: 'Salt the hot keys of a join',
  rules: ['skewed-join'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store } = context;
    return store === undefined ? [] : spotsOf(context, ['join']).flatMap((spot) => proposalFor(context, store, spot));
  },
});

function proposalFor(context: FixContext, store: FactStore, spot: Spot): Proposal[] {
  const { leave, rewrite } = proposer('salt-join', context, spot.located.node, spot.located.call);
  const measured = measuredJoin(spot.nodes);
  const code = codeJoin(spot.located.join);
  if (typeof code === 'string') return leave(code);
  if (measured === undefined) return leave('The skewed join has no plan in the log: a join of RDDs is salted by hand.');
  if (isSalted(code)) return leave('The join is salted already.');
  if (code.join.hints.some((one) => one.name === 'broadcast'))
    return leave('The join is a broadcast by hint: there is no shuffle to salt.');
  const type = measured.type ?? code.type;
  const many = measured.built ?? crowdedSide(measured);
  if (many === undefined) return leave('The log does not tell whose rows crowd.');
  const few = otherSide(many);
  if (!buildSides(code.type).includes(few) || !buildSides(type).includes(few))
    return leave(
      buildSides(type).length === 0
        ? `A ${type} join keeps the rows of both sides: copies of either would come out as rows of their own.`
        : `A ${type} join keeps the rows of its ${few} side, which salting would copy.`,
    );
  if (joinsAbove(measured).length > 0)
    return leave('Another join in the same stage uses the same shuffle: salted here, its rows would crowd there.');
  const keys = keysOf(context.program, code);
  if (typeof keys === 'string') return leave(keys);
  const file = code.call.node.source.path;
  const f = functionsName(context.program, file);
  const helper = helperEdit(code.call.node, HELPER, helperText(f));
  if (helper === undefined) return leave(`The file has a ${HELPER} of its own.`);
  const salts = saltsOf(store, measured.node.stages, slotsOf(store) ?? 1);
  const edits = callEdits(code, many, keys, saltColumns(context, code, many, keys), salts);
  if (edits === undefined) return leave('A comment stands inside the call of the join.');
  const rows = measured[many].rows;
  const preconditions: Precondition[] = [
    lineKnown(spot),
    sidesMatch(context, code, measured),
    {
      text: `A ${type} join gives the same rows when rows of its ${few} side are copied, each row of the ${many} side meeting one copy.`,
      holds: true,
    },
    { text: 'The keys of both sides have the same type (looked at again when it runs: if not, it joins as before).', holds: true },
    {
      text: `The rows of the ${many} side come from no stream and give the same values when read twice: its keys are counted once before the join${rows === undefined ? '' : ` (${formatCount(rows)} rows, the key columns alone)`}.`,
      holds: isReadAnew(context.program, many === 'left' ? code.join.left : code.join.right) ? false : undefined,
    },
  ];
  return rewrite({
    title: `Deal the hot keys of ${nameOf(many === 'left' ? code.left : code.right)} out over several tasks`,
    reason: `${spot.place?.cause ?? ''} The most frequent keys are found by one cheap count, their rows get a salt, and the rows they meet are copied once for each salt.`,
    preconditions,
    // What Spark broadcast by itself it would broadcast again: salts help only where rows are shuffled.
    edits: [
      ...helper,
      ...edits,
      ...(measured.built === undefined ? [] : [addLink(few === 'right' ? code.right : code.left, '.hint("merge")')]),
    ],
    imports: [functionsImport(context.program, file)],
  });
}

const isSalted = ({ call }: CodeJoin): boolean => {
  const around = functionAround(call.node);
  const text = around === undefined ? '' : around.source.text.slice(around.start, around.end);
  return /\b_?salt(ed|s)?\b/i.test(`${text} ${call.node.source.text.slice(call.node.start, call.node.end)}`);
};

/** Salts: as many as the hot partition is heavier than the others, and enough for every slot. */
function saltsOf(store: FactStore, stages: readonly StageFact[], slots: number): number {
  const skews = store.get(FACTS.skew);
  const worst = Math.max(0, ...skews.all.filter((one) => stages.includes(one.stage)).map(saltsFor));
  return Math.min(MOST, Math.max(8, worst, slots * PER_SLOT));
}

/** Columns of the crowded side that the program reads anyway: a salt of others would read them too. Empty: not known. */
function saltColumns(context: FixContext, code: CodeJoin, many: SideName, keys: Keys): readonly string[] {
  const frame = many === 'left' ? code.join.left : code.join.right;
  const needed = frame === undefined ? [] : columnsNeeded(context, frame);
  const own = keys.byName ? namesIn(argumentOf(code.call, 1, 'on')?.value) : keys[many];
  return typeof needed === 'string' ? [] : needed.filter((name) => !own.includes(name));
}

const namesIn = (value: Value | undefined): string[] =>
  value?.kind === 'list'
    ? value.items.flatMap(namesIn)
    : value?.kind === 'constant' && typeof value.value === 'string'
      ? [value.value]
      : [];

/** Key columns by name when the join names them; the two names of each equality when it has a condition. */
type Keys = { readonly byName: true } | { readonly byName: false; readonly left: readonly string[]; readonly right: readonly string[] };

function keysOf(program: Program, code: CodeJoin): Keys | string {
  const { on, keys } = code.join;
  if (on === undefined || code.type === 'Cross') return 'The join has no keys.';
  const written = argumentOf(code.call, 1, 'on');
  const isName = (value: Value): boolean =>
    (value.kind === 'constant' && typeof value.value === 'string') || (value.kind === 'list' && value.exact && value.items.every(isName));
  if (written !== undefined && isName(written.value)) return { byName: true };
  if (keys.length === 0) return 'The keys of the join are not known from the code.';
  const left: string[] = [];
  const right: string[] = [];
  const above = {
    left: new Set(program.upstream(code.join.left)),
    right: new Set(code.join.right === undefined ? [] : program.upstream(code.join.right)),
  };
  const parts = (value: Value): Value[] =>
    value.kind === 'list'
      ? value.items.flatMap(parts)
      : value.kind === 'column' && value.shape === '&'
        ? value.parts.flatMap(parts)
        : [value];
  for (const part of parts(on)) {
    if (part.kind !== 'column') return 'A part of the join condition is not known from the code.';
    if (part.shape !== '==') {
      if (part.shape === 'eqNullSafe') return 'Keys that are null match each other in this join (eqNullSafe): they cannot be dealt out.';
      continue;
    }
    const [a, b] = part.parts;
    if (a?.kind !== 'column' || b?.kind !== 'column' || a.shape !== 'column' || b.shape !== 'column') continue;
    const [x, y] = [a.columns[0], b.columns[0]];
    if (x === undefined || y === undefined || a.frame === undefined || b.frame === undefined) continue;
    const [ax, by] = [above.left.has(a.frame), above.right.has(b.frame)];
    const [bx, ay] = [above.left.has(b.frame), above.right.has(a.frame)];
    if (ax && by && !(bx && ay)) {
      left.push(x);
      right.push(y);
    } else if (bx && ay && !(ax && by)) {
      left.push(y);
      right.push(x);
    }
  }
  return left.length === 0 ? 'Which column of the condition is of which side is not known from the code.' : { byName: false, left, right };
}

/** `left.join(right, …)` → `salted_join(left, right, …, salts=n)`. */
function callEdits({ call, left, right }: CodeJoin, many: SideName, keys: Keys, by: readonly string[], salts: number): Edit[] | undefined {
  const file = call.node.source.path;
  if (argumentOf(call, 0)?.node !== right) return undefined;
  if (hasComment(call.node, left.end, right.start)) return undefined;
  const last = call.node.source.text.slice(0, call.node.end - 1).trimEnd().length;
  const comma = call.node.source.text[last - 1] === ',' ? '' : ',';
  const list = (names: readonly string[]) => `[${names.map((one) => JSON.stringify(one)).join(', ')}]`;
  const extra = [
    ...(many === 'left' ? [] : ['many="right"']),
    ...(keys.byName ? [] : [`left_keys=${list(keys.left)}`, `right_keys=${list(keys.right)}`]),
    ...(by.length === 0 ? [] : [`by=${list(by)}`]),
    `salts=${salts}`,
  ];
  return [
    { file, start: left.start, end: left.start, text: `${HELPER}(` },
    { file, start: left.end, end: right.start, text: ', ' },
    { file, start: last, end: last, text: `${comma} ${extra.join(', ')}` },
  ];
}

/** Is the crowded side a stream, or another one each time it is computed? */
const isReadAnew = (program: Program, frame: Frame | undefined): boolean =>
  frame !== undefined && (isDrawn(program, frame) || program.upstream(frame).some((one) => one.read?.streaming === true));
