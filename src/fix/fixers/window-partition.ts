// "The row before, if it is of the same key" over one window of all rows → a window for each key.
// Law: only the plain form of it, at every use of the window: when(lag(k).over(w) == col(k), lag(x).over(w)), w ordered by k first.

import { child, columnsIn, type Edit, type Node, named, type Program, textOf, type WindowSpec } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { replace } from '../edits.ts';
import { functionsImport, functionsName } from '../imports.ts';
import { assignmentOf, firstOf, identifiers, scopeOf } from '../places.ts';
import { rewrite, ruleOf } from '../propose.ts';

const FIXER = 'window-partition';

export const windowPartition = defineFixer({
  id: FIXER,
  title: 'A window for each key',
  rules: ['single-partition'],
  codeRules: ['window-unpartitioned'],
  safety: 'safe',
  order: 7,
  propose: (context) => firstOf(windowsOf(context), (one) => one.node).flatMap((one) => proposalFor(context, one) ?? []),
});

const windowsOf = ({ program, lint, places }: FixContext): WindowSpec[] =>
  program.windows.filter(
    (one) =>
      !one.partitioned &&
      (places.some((place) => place.window === one) ||
        lint.some(
          (found) =>
            found.id === 'window-unpartitioned' && found.file === one.node.source.path && found.range.start.offset === one.node.start,
        )),
  );

function proposalFor(context: FixContext, window: WindowSpec): Proposal | undefined {
  const assigned = assignmentOf(window.node);
  const callee = window.node.type === 'call' ? child(window.node, 'function') : undefined;
  const list = window.node.type === 'call' ? child(window.node, 'arguments') : undefined;
  const root = callee?.type === 'attribute' ? child(callee, 'object') : undefined;
  const method = callee?.type === 'attribute' ? child(callee, 'attribute') : undefined;
  if (assigned === undefined || list === undefined || root === undefined || method === undefined || textOf(method) !== 'orderBy')
    return undefined;
  if (root.type !== 'identifier' && root.type !== 'attribute') return undefined;
  const [first, ...rest] = named(list);
  const key = first === undefined ? undefined : keyOf(first);
  if (key === undefined || rest.length === 0 || rest.some((one) => /splat|keyword/.test(one.type))) return undefined;
  const uses = identifiers(scopeOf(window.node), assigned.name).filter((one) => one !== assigned.target);
  const hosts = firstOf(
    uses.map((one) => hostOf(one, assigned.name, key)),
    (one) => one?.node,
  );
  if (uses.length === 0 || hosts.some((one) => one === undefined) || isNameSeen(context.program, window)) return undefined;
  const f = functionsName(context.program, window.node.source.path);
  const edits: Edit[] = [
    replace(window.node, `${textOf(root)}.partitionBy("${key}").orderBy(${rest.map(textOf).join(', ')})`),
    ...hosts.map((one) => replace((one as Host).node, `${(one as Host).when}(${f}.col("${key}").isNotNull(), ${(one as Host).value})`)),
  ];
  return rewrite({
    fixer: FIXER,
    rule: ruleOf(context),
    at: window.node,
    title: `A window for each ${key} instead of one over all rows`,
    reason: `The value of the row before is taken only when it has the same ${key}, and rows are ordered by ${key} first: that is the row before within ${key}. All rows no longer go to one task.`,
    edits,
    preconditions: [{ text: `Every use of the window asks for the same ${key}.`, holds: true }],
    imports: [functionsImport(context.program, window.node.source.path)],
  });
}

/** Is a column with the window named after its own text? */
const isNameSeen = (program: Program, window: WindowSpec): boolean =>
  program.frames.some(
    (frame) =>
      frame.call !== undefined &&
      !/^(withColumn|withColumns|filter|where|orderBy|sort)$/.test(frame.method) &&
      columnsIn(frame.call).some((one) => one.windows.includes(window) && one.alias === undefined),
  );

/** `"k"` and `F.col("k")`. */
function keyOf(node: Node): string | undefined {
  return /^(?:(?:\w+\.)?col\(\s*)?(["'])([A-Za-z_]\w*)\1\s*\)?$/.exec(textOf(node))?.[2];
}

interface Host {
  readonly node: Node;
  /** `F.when` as it is written. */
  readonly when: string;
  /** The value taken from the row before. */
  readonly value: string;
}

/** Is a `when` or an `otherwise` called on it? */
function goesOn(node: Node): boolean {
  let at = node;
  while (at.parent?.type === 'parenthesized_expression') at = at.parent;
  const outer = at.parent;
  return outer?.type === 'attribute' && at.field === 'object' && /^(when|otherwise)$/.test(textOf(child(outer, 'attribute') ?? outer));
}

/** The `when` around a use of the window, when it is of the one form. */
function hostOf(use: Node, window: string, key: string): Host | undefined {
  let node: Node | undefined = use;
  while (node !== undefined && !(node.type === 'call' && /(^|\.)when$/.test(textOf(child(node, 'function') ?? node)))) node = node.parent;
  if (node === undefined) return undefined;
  // A chain that goes on gives other rows other values.
  const assigned = assignmentOf(node);
  const uses = assigned === undefined ? [] : identifiers(scopeOf(node), assigned.name).filter((one) => one !== assigned.target);
  if ([node, ...uses].some(goesOn)) return undefined;
  const [question, value] = named(child(node, 'arguments') ?? node);
  if (question === undefined || value === undefined) return undefined;
  const k = `["']${key}["']`;
  const lag = (what: string) => `(?:\\w+\\.)?(lag|lead)\\(\\s*${what}\\s*\\)\\.over\\(\\s*${window}\\s*\\)`;
  const column = `(?:\\w+\\.)?col\\(\\s*${k}\\s*\\)`;
  const asked =
    new RegExp(`^${lag(k)}\\s*==\\s*${column}$`).exec(textOf(question)) ??
    new RegExp(`^${column}\\s*==\\s*${lag(k)}$`).exec(textOf(question));
  const taken = new RegExp(`^${lag('(?:["\']\\w+["\']|(?:\\w+\\.)?col\\(\\s*["\']\\w+["\']\\s*\\))')}$`).exec(textOf(value));
  if (asked === null || taken === null || asked[1] !== taken[1]) return undefined;
  return { node, when: textOf(child(node, 'function') as Node), value: textOf(value) };
}
