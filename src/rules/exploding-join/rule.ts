// Exploding join: duplicate keys on both sides make the join give out far more rows than went in.
// Law: rows are compared, not bytes; where one task makes most of the rows a single hot key explains it, and that is skew, not this rule.

import { formatCount, formatMillis } from '../../base/index.ts';
import { childOperators, outputRows, type PlanNode, type PlanTree, parentOperator } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { heldBy, joinKeys, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'exploding-join',
    title: 'Join that multiplies rows',
    category: 'shuffle',
    needs: ['stages', 'plans', 'criticalPath'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['join'],
    thresholds: {
      minRatio: {
        value: 4,
        unit: 'ratio',
        origin:
          'a 1:n join gives out at most the larger side; spark-tui asks from 10, but four times the rows is already most of the work behind it',
        description: 'output rows per row of the larger side',
      },
      hotShare: {
        value: 0.5,
        unit: 'share',
        origin: 'more than half of the rows from one task is one key: skewed-join judges that',
        description: 'share of the output rows made by one task',
      },
    },
    explains: ['shuffle-spill', 'gc-pressure', 'idle-slots'],
  },
  diagnose({ stages, plans, criticalPath }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const places: Place[] = [];
    let joins = 0;
    let blind = 0;
    for (const tree of plans.all) {
      for (const join of tree.nodes) {
        if (join.reused || !/^(sort-merge-join|shuffled-hash-join|broadcast-hash-join)$/.test(join.kind) || join.stages.length === 0)
          continue;
        joins++;
        const out = join.metric('number of output rows');
        const [left, right] = childOperators(join).map(outputRows);
        if (out === undefined || left === undefined || right === undefined) {
          blind++;
          continue;
        }
        const into = Math.max(left, right);
        if (into <= 0 || out < t.minRatio * into) continue;
        const metric = join.metrics.find(({ name }) => name === 'number of output rows');
        if (metric !== undefined && metric.count >= 4 && (metric.max ?? 0) > t.hotShare * out) continue;
        places.push(placeOf(tree, join, out, left, right));
      }
    }
    if (joins === 0) return { status: 'clear', note: 'no join ran' };
    if (blind === joins) return { status: 'noData', missing: ['number of output rows of the joins and their inputs'] };
    return placesOr(places, `none of ${joins} joins multiplies rows`);

    function placeOf(tree: PlanTree, join: PlanNode, out: number, left: number, right: number): Place {
      const stages = unique(join.stages);
      const reader = consumer(join);
      const all = unique([...stages, ...(reader?.stages.filter((stage) => !stages.includes(stage)) ?? [])]);
      const held = heldBy(criticalPath, all) * (1 - Math.max(left, right) / out);
      const keys = joinKeys(join);
      return {
        cause: `The join on ${keys} turns ${formatCount(left)} and ${formatCount(right)} rows into ${formatCount(out)}: the keys repeat on both sides. The surplus held the end for up to ${formatMillis(held)}.`,
        evidence: [...all.map(stageRef), nodeRef(tree, join)],
        numbers: [
          { name: 'output rows', value: out, unit: 'count' },
          { name: 'left rows', value: left, unit: 'count' },
          { name: 'right rows', value: right, unit: 'count' },
        ],
        heldMs: held,
        remedies: [
          `Make ${keys} unique on one side before the join: \`dropDuplicates\` on the key, or aggregate to one row per key.`,
          'Or add the missing part of the key to the join condition (for example the date or the version of the row).',
        ],
      };
    }
  },
});

/** The exchange that carries the multiplied rows on, when nothing has reduced them before it. */
function consumer(join: PlanNode): PlanNode | undefined {
  for (let at = parentOperator(join); at !== undefined; at = parentOperator(at)) {
    if (at.kind === 'exchange') return at;
    if (at.kind === 'aggregate' || at.kind === 'limit') return undefined;
  }
  return undefined;
}
