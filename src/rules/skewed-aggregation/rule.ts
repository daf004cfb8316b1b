// Skewed aggregation: one group of a groupBy, distinct, window or grouped Python function has most of the rows, and one task must do it all.
// Law: as for skewed joins, the time must follow the rows. A shuffle that the program itself asked for (repartition) is skewed-input.

import type { StageSkew } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, SKEW_THRESHOLDS, saltsFor, shuffleKeys, skewPlace, skewsOf } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'skewed-aggregation',
    title: 'Skewed aggregation',
    category: 'shuffle',
    needs: ['skew', 'stages', 'criticalPath'],
    fixability: 'review',
    saves: 'time',
    inCode: ['aggregate', 'window', 'distinct'],
    thresholds: SKEW_THRESHOLDS,
    explains: ['idle-slots', 'shuffle-spill', 'gc-pressure', 'slow-node', 'starved-executors', 'speculation-waste', 'job-barrier'],
  },
  diagnose({ skew, stages, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const places = skewsOf(skew, criticalPath, 'aggregation', t).map((found): Place => {
      const keys = shuffleKeys(found.origin.exchange);
      const { node } = found.origin;
      return skewPlace(
        found,
        `${node === undefined ? 'A grouping of RDDs' : `The ${node.name}`}${keys === '' ? '' : ` by ${keys}`}`,
        remediesFor(found, keys),
      );
    });
    return placesOr(places, 'no grouping whose stage waited for a few tasks with far more rows than the rest');
  },
});

function remediesFor(skew: StageSkew, keys: string): string[] {
  const { node } = skew.origin;
  const n = saltsFor(skew);
  const key = keys === '' ? 'the key' : keys;
  const columns = keys === '' ? '<key>' : JSON.stringify(keys);
  if (node === undefined)
    return [
      `Use reduceByKey or aggregateByKey instead of groupByKey: they combine before the shuffle.`,
      `Or group by (key, random part of ${n}) first and combine the parts in a second step.`,
    ];
  if (node.kind === 'window') {
    return [
      `A window cannot be cut, so make the hot partition smaller: filter or pre-aggregate the rows of the hot values of ${key} before the window, or add a column to partitionBy that the result does not need to cross (such as a date).`,
      `For row_number() = 1 use an aggregate instead, \`groupBy(${columns}).agg(max_by(...))\`: it combines before the shuffle.`,
    ];
  }
  if (node.kind === 'python-arrow') {
    return [
      `Group in two steps: add \`slice = when(key.isin(hot), pmod(hash(<other columns>), lit(${n}))).otherwise(0)\`, apply the function per (${key}, slice), and combine its results per ${key} with a plain groupBy. This holds when the function is a sum, count, minimum or maximum of per-row terms.`,
      'If it is made of per-row terms, write it with native functions and agg(): Spark then combines before the shuffle.',
    ];
  }
  return [
    `Aggregate in two steps: first by (${key}, salt) with \`salt = pmod(hash(<other columns>), lit(${n}))\`, then by ${key} over the partial results.`,
    'Functions that keep every row (collect_list, exact percentiles, count distinct) cannot be combined early: reduce or deduplicate the rows before, or use an approximate function.',
  ];
}
