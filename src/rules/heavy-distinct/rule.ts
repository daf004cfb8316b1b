// Heavy distinct: exact distinct counts over so many values that the rows are multiplied, or all of them travel, only to be counted.
// Law: judged by rows: several distinct counts expand each row once per column; one distinct count matters when the first aggregation removes
// hardly any row. Counted is what the extra rows take, not the grouping itself.

import { formatCount, formatMillis } from '../../base/index.ts';
import { below, outputRows, type PlanNode, type PlanTree, type StageFact } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { heldBy, missingTasks, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'heavy-distinct',
    title: 'Exact distinct counts over too many values',
    category: 'shuffle',
    needs: ['stages', 'plans', 'criticalPath'],
    fixability: 'review',
    saves: 'time',
    inCode: ['distinct', 'aggregate'],
    thresholds: {
      minRows: {
        value: 1_000_000,
        unit: 'count',
        origin:
          'a hash aggregation took 0.6–0.7 million rows a second and core (measured on 3.6 and 3.0 million rows): from a million on it is seconds',
        description: 'rows behind the first aggregation from which a distinct count is heavy',
      },
      maxReduction: {
        value: 0.5,
        unit: 'share',
        origin: 'an aggregation that halves its rows pays for itself in the shuffle behind it',
        description: 'rows out ÷ rows in of the first aggregation from which it does not reduce',
      },
    },
    explains: ['shuffle-spill'],
  },
  diagnose({ stages, plans, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const places = plans.all.flatMap((tree) => tree.nodes.flatMap((node) => placeOf(tree, node) ?? []));
    return placesOr(places, 'no distinct count over a large number of values');

    function placeOf(tree: PlanTree, node: PlanNode): Place | undefined {
      if (node.kind !== 'aggregate' || node.reused || node.cached || node.stages.length === 0) return undefined;
      const expand = node.children.length === 1 ? below(node, stopAt).find((one) => one.kind === 'expand') : undefined;
      // Only the lowest aggregation: the one that sees the rows (or the expanded rows) first.
      if (below(node, (one) => one.kind === 'exchange').some((one) => one.kind === 'aggregate')) return undefined;
      const upper = distinctAbove(node);
      const [keys, distinct] = distinctOf(node, upper, expand);
      if (distinct === 0) return undefined;
      const out = node.metric('number of output rows');
      const into = expand === undefined ? rowsBelow(node) : expand.metric('number of output rows');
      if (out === undefined || into === undefined || into <= 0 || out < t.minRows || out < t.maxReduction * into) return undefined;
      const before = expand === undefined ? into : (rowsBelow(expand) ?? into);
      const times = expand === undefined || before <= 0 ? 1 : into / before;
      // Without the distinct counts each row is aggregated once, and hardly any row is shuffled and aggregated again.
      const reading = upper.flatMap((one) => one.stages).filter((stage) => !node.stages.includes(stage));
      const second = unique(reading).filter((stage) => stage.total('shuffleReadRecords') >= out / 2);
      const own = heldBy(criticalPath, node.stages) * aggregateShare(node) * (1 - 1 / Math.max(1, times));
      const heldMs = own + heldBy(criticalPath, second);
      const involved: StageFact[] = unique([...node.stages, ...second]);
      return {
        cause: `${distinct > 1 ? `${formatCount(distinct)} exact distinct counts` : 'An exact distinct count'}${keys === '' ? '' : ` by ${keys}`} ${
          expand === undefined
            ? `aggregate ${formatCount(into)} rows to ${formatCount(out)}`
            : `make ${formatCount(into)} rows of ${formatCount(before)} (each row once per column), and aggregating them leaves ${formatCount(out)}`
        }: all of them are shuffled and aggregated again, which held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [...involved.map(stageRef), nodeRef(tree, node), ...(expand === undefined ? [] : [nodeRef(tree, expand)])],
        numbers: [
          { name: 'distinct counts', value: distinct, unit: 'count' },
          { name: 'rows', value: before, unit: 'count' },
          { name: 'rows aggregated', value: into, unit: 'count' },
          { name: 'rows left to shuffle', value: out, unit: 'count' },
        ],
        heldMs,
        remedies: [
          'If a few per cent of error will do: `approx_count_distinct(column, 0.02)` keeps a sketch per group and shuffles only that (measure it: on small data it is no faster).',
          'Count what is unique anyhow (an id of the table) with `count`, and deduplicate once if several outputs need the same distinct rows.',
          ...(distinct > 1
            ? ['Keep HyperLogLog sketches per day (`hll_sketch_agg`) and merge them, instead of counting the raw rows again each time.']
            : []),
        ],
      };
    }
  },
});

const stopAt = (node: PlanNode) => node.kind === 'expand' || node.kind === 'exchange' || node.kind === 'aggregate';

const rowsBelow = (node: PlanNode): number | undefined => {
  const child = below(node, (one) => outputRows(one) !== undefined).find((one) => outputRows(one) !== undefined);
  return child === undefined ? undefined : outputRows(child);
};

/** The aggregations above, up to three: Spark plans a distinct count as a chain of them. */
function distinctAbove(node: PlanNode): PlanNode[] {
  const out: PlanNode[] = [];
  for (let at = node.parent; at !== undefined && out.length < 3; at = at.parent) {
    if (at.kind === 'aggregate') out.push(at);
    else if (at.kind !== 'wrapper' && at.kind !== 'exchange' && at.kind !== 'aqe-read' && at.kind !== 'sort' && at.kind !== 'project')
      break;
  }
  return out;
}

/** Grouping keys and number of distinct counts. */
function distinctOf(node: PlanNode, upper: readonly PlanNode[], expand: PlanNode | undefined): [string, number] {
  const keys = (/keys?=\[(.*?)\]/.exec((upper.at(-1) ?? node).detail)?.[1] ?? '').replace(/#\d+L?/g, '').replace(/^(.{80}).+$/, '$1…');
  if (expand !== undefined && /\bgid#/.test(`${node.detail} ${expand.detail}`)) {
    // `Expand [[…], […]], [names]`: one inner list per distinct column; grouping sets have no gid.
    const lists = expand.detail.match(/\[[^[\]]*\]/g)?.length ?? 0;
    return [keys, Math.max(2, lists - 1)];
  }
  const text = upper.map((one) => one.detail).join(' ');
  return [keys, expand === undefined && /count\(distinct /i.test(text) ? 1 : 0];
}

/** Share of a stage's task time in its aggregation; the whole stage when it does not say. */
function aggregateShare(node: PlanNode): number {
  const total = node.stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
  const build = node.metric('time in aggregation build');
  return build === undefined || total <= 0 ? 1 : Math.min(1, build / total);
}
