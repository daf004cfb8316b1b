// Cartesian product: every row of one side is compared with every row of the other, because the join has no equality Spark can use.
// Law: the number of pairs decides, not the operator's name: a cross join with a handful of rows is cheap and stays silent.

import { formatCount, formatMillis } from '../../base/index.ts';
import { below, childOperators, outputRows, type PlanNode, type PlanTree } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { heldBy, joinType, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'cartesian-product',
    title: 'Join that compares every pair of rows',
    category: 'shuffle',
    needs: ['stages', 'plans', 'criticalPath'],
    fixability: 'review',
    saves: 'time',
    inCode: ['join'],
    thresholds: {
      minRows: {
        value: 16,
        unit: 'count',
        origin: 'a smaller side is a list of constants: looking at it costs less than hashing the row',
        description: 'rows that each side must have',
      },
      pairMs: {
        value: 0.0002,
        unit: 'ms',
        origin: 'measured: 8 ns (equality or null) to 140 ns (arithmetic, few rows) per pair; upper end',
        description: 'task time to compare one pair',
      },
    },
    explains: ['shuffle-spill', 'idle-slots', 'exploding-join'],
  },
  diagnose({ stages, plans, criticalPath }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const places: Place[] = [];
    let joins = 0;
    let blind = 0;
    for (const tree of plans.all) {
      for (const join of tree.nodes) {
        if ((join.kind !== 'cartesian-join' && join.kind !== 'nested-loop-join') || join.reused) continue;
        if (join.stages.length === 0) continue;
        joins++;
        const [left, right] = childOperators(join).map(outputRows);
        if (left === undefined || right === undefined) {
          blind++;
          continue;
        }
        if (Math.min(left, right) < t.minRows) continue;
        places.push(placeOf(tree, join, left, right));
      }
    }
    if (joins === 0) return { status: 'clear', note: 'no join without an equality ran' };
    if (blind === joins) return { status: 'noData', missing: ['number of output rows below the nested loop'] };
    return placesOr(places, 'joins without an equality have a handful of rows on one side');

    function placeOf(tree: PlanTree, join: PlanNode, left: number, right: number): Place {
      const pairs = left * right;
      const stages = unique(join.stages);
      const total = stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const other = [
        ...below(join, (node) => node.kind === 'exchange' || node.kind === 'broadcast-exchange' || node.kind === 'memory-scan'),
      ].reduce((sum, node) => sum + (node.metric('scan time') ?? 0), 0);
      const work = Math.min(Math.max(0, total - other), pairs * t.pairMs);
      const held = total <= 0 ? 0 : heldBy(criticalPath, stages) * Math.min(1, work / total);
      const out = join.metric('number of output rows');
      const condition = withoutNumbers(
        join.detail.replace(
          /^\S+\s*(Build(Left|Right),?\s*)?((Inner|Cross|LeftOuter|RightOuter|FullOuter|LeftSemi|LeftAnti|ExistenceJoin\S*),?\s*)?/,
          '',
        ),
      ).slice(0, 160);
      return {
        cause:
          `A ${joinType(join) ?? ''} join ${condition === '' ? 'without a condition' : `on ${condition}`} compares ${formatCount(left)} × ${formatCount(right)} = ${formatCount(pairs)} pairs of rows${out === undefined ? '' : ` to find ${formatCount(out)}`}; that held the end for up to ${formatMillis(held)}.`
            .replace('A  join', 'A join')
            .replace(/^A (?=[EI])/, 'An '),
        evidence: [...stages.map(stageRef), nodeRef(tree, join)],
        numbers: [
          { name: 'pairs', value: pairs, unit: 'count' },
          { name: 'left rows', value: left, unit: 'count' },
          { name: 'right rows', value: right, unit: 'count' },
          ...(out === undefined ? [] : [{ name: 'output rows', value: out, unit: 'count' as const }]),
        ],
        heldMs: held,
        remedies: remediesFor(condition, joinType(join)),
      };
    }
  },
});

const withoutNumbers = (text: string) => text.replace(/#\d+L?/g, '').trim();

function remediesFor(condition: string, type: string | undefined): string[] {
  if (condition === '')
    return [
      'Give the join the equality it lacks: `a.join(b, "key")` instead of `crossJoin`; if every pair is wanted, filter and aggregate both sides first.',
    ];
  const out: string[] = [];
  if (/\bOR\b/.test(condition))
    out.push(
      'Split the OR: one equi-join for the equality, a small join for the rest, and `unionByName` of both (rows that match both ways only once).',
    );
  if (type === 'LeftAnti') out.push('Use NOT EXISTS, or filter nulls from both sides, instead of NOT IN: then Spark can hash the keys.');
  if (/[<>]/.test(condition))
    out.push(
      'Turn the range into an equality: bucket both sides (`floor(x / width)`, the neighbours exploded) and join on the bucket, with the range as a filter behind it.',
    );
  out.push('Move the arithmetic out of the condition: compute the joined value as a column on each side and join with `==` on it.');
  return out;
}
