// Checks on actions: repeated, in loops, only to see whether there are rows, or bringing many rows to the driver.
// Laws: two actions in branches that exclude each other are not repeated; a bound in the code (limit, aggregate without keys) silences.

import type { Action, Frame, Loop } from '../model.ts';
import { above, child, type Node, named, textOf, walk } from '../node.ts';
import { type Program, reach } from '../program.ts';
import {
  computes,
  exclude,
  frameName,
  frameNode,
  isCached,
  isLimit,
  isOneRow,
  isPartial,
  isReduced,
  isShuffle,
  lineOf,
  linkNode,
  straightUp,
  workOf,
} from './shared.ts';
import type { Check, Draft } from './types.ts';

const SOURCES = /^(read|table|createDataFrame|range|parameter)$/;

export const actionRepeated: Check = (program) => {
  const batch = program.actions.filter((one) => one.method !== 'start');
  const uses = new Map<Frame, Set<Use>>();
  for (const action of batch) {
    const whole: Use = { action, loops: action.loops };
    for (const frame of action.frames) {
      if (isPartial(action) && !workOf(program, frame).some(isShuffle)) continue;
      for (const { work, use } of waysOf(program, frame, whole))
        for (const one of work) {
          if (isCached(program, one)) continue;
          uses.set(one, (uses.get(one) ?? new Set<Use>()).add(use));
        }
    }
  }
  const candidates: { frame: Frame; uses: Use[]; again: Loop | undefined }[] = [];
  for (const [frame, set] of uses) {
    if (SOURCES.test(frame.method) || /^(hint|broadcast|either)$/.test(frame.method)) continue;
    const all = notExcluding([...set].sort((a, b) => a.action.order - b.action.order));
    const again = all.flatMap((one) => one.loops).find((loop) => !frame.loops.includes(loop));
    if (all.length < 2 && again === undefined) continue;
    // The last frame that all of them share is where a cache belongs.
    const isLast = !program.childrenOf(frame).some((next) => sameSet(uses.get(next), set) && next.loops.length === frame.loops.length);
    if (isLast) candidates.push({ frame, uses: all, again });
  }
  const outer = candidates.filter(
    (one) => !candidates.some((other) => other !== one && covers(other.uses, one.uses) && isHeavier(program, other.frame)),
  );
  return outer.map(({ frame, uses: all, again }): Draft => {
    const actions = [...new Set(all.map((one) => one.action))];
    const first = actions[0] as Action;
    const loop = again ?? (actions.length < all.length ? first.loops.at(-1) : undefined);
    const times = loop === undefined ? `${actions.length} actions` : `the actions of the loop in line ${lineOf(loop.node)}`;
    return {
      node: linkNode(first.call),
      message: `${times} compute ${frameName(frame)} (line ${lineOf(frameNode(frame))}) from its sources each time; cache it, or do the work in one pass.`,
      certainty: workOf(program, frame).some((one) => isShuffle(one) || computes(one)) ? 'certain' : 'possible',
      places: [
        { node: frameNode(frame), what: 'computed here' },
        ...actions.slice(1).map((one) => ({ node: linkNode(one.call), what: `computed again for ${one.method}` })),
      ],
    };
  });
};

/** One computation by an action: of all it comes to, or of one of the frames that a loop goes over. */
interface Use {
  readonly action: Action;
  /** Loops in which it is done again. */
  readonly loops: readonly Loop[];
}

/** The work of an action; each frame that a loop goes over is worked on in its own turn. */
function waysOf(program: Program, frame: Frame, use: Use): { work: readonly Frame[]; use: Use }[] {
  const work = workOf(program, frame);
  const choice = work.find((one) => one.method === 'either' && one.parents.length > 1 && loopOver(program, one) !== undefined);
  if (choice === undefined) return [{ work, use }];
  const loop = loopOver(program, choice);
  const shared = work.filter((one) => !reach(choice, (at) => at.parents).includes(one));
  return [
    { work: shared, use },
    ...choice.parents.map((parent) => ({
      work: workOf(program, parent),
      use: { action: use.action, loops: use.loops.filter((one) => one !== loop) },
    })),
  ];
}

/** The loop whose variable a frame is. */
function loopOver(program: Program, frame: Frame): Loop | undefined {
  const loop = above(frame.node, (one) => one.type === 'for_statement');
  const target = loop === undefined ? undefined : child(loop, 'left');
  const isTarget = target !== undefined && frame.node.start >= target.start && frame.node.end <= target.end;
  return isTarget ? program.loops.find((one) => one.node === loop) : undefined;
}

function isHeavier(program: Program, frame: Frame): boolean {
  return workOf(program, frame).some((one) => isShuffle(one) || computes(one));
}

function notExcluding(uses: readonly Use[]): Use[] {
  const kept: Use[] = [];
  for (const one of uses) if (kept.every((other) => !exclude(other.action.call.node, one.action.call.node))) kept.push(one);
  return kept;
}

function sameSet(a: ReadonlySet<Use> | undefined, b: ReadonlySet<Use>): boolean {
  return a !== undefined && a.size === b.size && [...b].every((one) => a.has(one));
}

function covers(larger: readonly Use[], smaller: readonly Use[]): boolean {
  return larger.length > smaller.length && smaller.every((one) => larger.includes(one));
}

export const collectInLoop: Check = (program) => {
  const byLoop = new Map<Loop, Action[]>();
  for (const action of program.actions) {
    const loop = action.loops.at(-1);
    if (loop !== undefined && action.method !== 'start') byLoop.set(loop, [...(byLoop.get(loop) ?? []), action]);
  }
  return [...byLoop].map(([loop, actions]): Draft => {
    const shared = actions.some((action) =>
      action.frames.some((frame) =>
        reach(frame, (one) => one.parents).some((one) => !one.loops.includes(loop) && one.method !== 'parameter'),
      ),
    );
    const first = actions[0] as Action;
    const names = [...new Set(actions.map((one) => one.method))].join(', ');
    return {
      node: linkNode(first.call),
      message: `${names} in a loop (line ${lineOf(loop.node)}): every turn starts its own jobs${shared ? ' over the same data' : ''}, one after another; one query over all of it does the same work once.`,
      certainty: loop.kind === 'while' || loop.over === 'literal' || !shared ? 'possible' : 'likely',
      places: [
        { node: headOf(loop.node), what: 'the loop' },
        ...actions.slice(1).map((one) => ({ node: linkNode(one.call), what: `${one.method} in the loop` })),
      ],
    };
  });
};

/** The first line of a loop, without its body. */
function headOf(node: Node): Node {
  const body = child(node, 'body');
  return body === undefined || body.start <= node.start
    ? node
    : { ...node, end: Math.max(node.start, (child(node, 'right') ?? child(node, 'condition'))?.end ?? body.start), children: [] };
}

export const countAsEmptyCheck: Check = (program) =>
  program.actions.flatMap((action): Draft[] => {
    if (action.method !== 'count' || !action.frames.some((frame) => !isOneRow(frame))) return [];
    const node = action.call.node;
    const isDirect = asksForEmptiness(node);
    if (!isDirect && !onlyComparedToZero(node)) return [];
    return [
      {
        node: linkNode(action.call),
        message: `count() reads every row only to see whether there is one; isEmpty() stops at the first.`,
        certainty: 'certain',
      },
    ];
  });

/** `x == 0`, `x > 0`, `x >= 1`, `x < 1`, `0 < x`, `not x`, `if x`. */
function asksForEmptiness(node: Node): boolean {
  let at = node;
  while (at.parent?.type === 'parenthesized_expression') at = at.parent;
  const parent = at.parent;
  if (parent === undefined) return false;
  if (parent.type === 'not_operator' || parent.type === 'boolean_operator')
    return parent.type === 'not_operator' || asksForEmptiness(parent);
  if (parent.type === 'conditional_expression') return named(parent)[1] === at;
  if (at.field === 'condition' || (parent.type === 'assert_statement' && parent.children[1] === at)) return true;
  if (parent.type === 'argument_list') {
    const callee = parent.parent === undefined ? undefined : child(parent.parent, 'function');
    return callee !== undefined && textOf(callee) === 'bool';
  }
  if (parent.type !== 'comparison_operator' || parent.children.length !== 3) return false;
  const [left, operator, right] = parent.children as [Node, Node, Node];
  const isLeft = left === at;
  const other = textOf(isLeft ? right : left);
  const sign = textOf(operator);
  const turned = isLeft ? sign : ({ '<': '>', '>': '<', '<=': '>=', '>=': '<=' }[sign] ?? sign);
  return (other === '0' && /^(==|!=|>|<=|<|>=)$/.test(turned)) || (other === '1' && /^(>=|<)$/.test(turned));
}

/** `n = df.count()` where every later use of n asks only whether it is 0. */
function onlyComparedToZero(node: Node): boolean {
  const assignment = node.parent;
  const target = assignment?.type === 'assignment' && node.field === 'right' ? child(assignment, 'left') : undefined;
  if (target?.type !== 'identifier') return false;
  const scope = above(node, (one) => /^(function_definition|module)$/.test(one.type));
  if (scope === undefined) return false;
  const name = textOf(target);
  const uses = [...walk(scope)].filter(
    (one) => one.type === 'identifier' && one !== target && textOf(one) === name && one.field !== 'attribute' && one.field !== 'name',
  );
  return uses.length > 0 && uses.every(asksForEmptiness);
}

export const topandasLarge: Check = (program) =>
  program.actions.flatMap((action): Draft[] => {
    if (!/^(collect|toPandas|toArrow|pandas_api)$/.test(action.method) || action.method === 'pandas_api') return [];
    const certainties = action.frames.map((frame) => bound(frame, program));
    if (certainties.every((one) => one === 'small')) return [];
    return [
      {
        node: linkNode(action.call),
        message: `${action.method}() brings every row of ${frameName(action.frames[0] as Frame)} into the driver's memory; keep the work in Spark, or limit what is brought.`,
        certainty: certainties.includes('all rows') ? 'likely' : 'possible',
      },
    ];
  });

function bound(frame: Frame, program: Program): 'small' | 'reduced' | 'all rows' {
  let sawReduction = false;
  for (const one of straightUp(frame, (at) => isOneRow(at) || isLimit(at))) {
    if (isOneRow(one) || isLimit(one) || /^(summary|describe)$/.test(one.method)) return 'small';
    if (isReduced(one)) sawReduction = true;
    if (one.method === 'sql') {
      const text = program.sql.find((sql) => sql.call === one.call)?.text ?? '';
      if (
        /^\s*(show|describe|desc|explain)\b|\blimit\s+\d{1,5}\b|select\s+(count|max|min|sum|avg)\s*\([^)]*\)\s*(as\s+\w+\s*)?(from\s+\S+\s*)?$/i.test(
          text,
        )
      )
        return 'small';
      return 'reduced';
    }
    if (one.method === 'range' || (one.method === 'createDataFrame' && one.call?.arguments[0]?.value.kind === 'list')) return 'small';
    if (one.method === 'parameter') return 'reduced';
  }
  return sawReduction ? 'reduced' : 'all rows';
}
