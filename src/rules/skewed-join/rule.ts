// Skewed join: one or few key values hold most rows, and the stage waits for the tasks that join them.
// Law: only unevenness that costs time counts, and the time must follow rows or bytes. Two forms: a heavy partition of a shuffled join, and
// a hot row of the streamed side of a broadcast join, where rows read look even and only the rows that come out do not.

import { formatBytes, formatCount } from '../../base/index.ts';
import { childOperators, type PlanNode, type Settings, type StageSkew } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { exchangeBelow, joinKeys, joinType, missingTasks, SKEW_THRESHOLDS, saltsFor, skewPlace, skewsOf, smallestHeap } from '../shared.ts';

/** AQE's defaults: SQLConf SKEW_JOIN_SKEWED_PARTITION_FACTOR and …_THRESHOLD. */
const AQE_FACTOR = 5;
const AQE_THRESHOLD = 256 * 1024 * 1024;
/** A broadcast of more than this share of the smallest heap is not advised (see missed-broadcast). */
const HEAP_SHARE = 0.025;

export const rule = defineRule({
  meta: {
    id: 'skewed-join',
    title: 'Skewed join',
    category: 'shuffle',
    needs: ['skew', 'stages', 'criticalPath', 'settings', 'executors'],
    fixability: 'review',
    saves: 'time',
    inCode: ['join'],
    thresholds: SKEW_THRESHOLDS,
    explains: [
      'idle-slots',
      'shuffle-spill',
      'gc-pressure',
      'exploding-join',
      'missed-broadcast',
      'slow-node',
      'unsplittable-input',
      'starved-executors',
      'speculation-waste',
      'job-barrier',
    ],
  },
  diagnose({ skew, stages, criticalPath, settings, executors }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const limit = Math.min(HEAP_SHARE * smallestHeap(settings, executors), 1024 ** 3);
    const places = skewsOf(skew, criticalPath, 'join', t).map((found): Place => {
      const { node, exchange } = found.origin;
      const keys = node === undefined ? '' : joinKeys(node);
      const where = node === undefined ? 'A join of RDDs' : `The ${node.name}${keys === '' ? '' : ` on ${keys}`}`;
      const remedies =
        node === undefined
          ? rddRemedies(found)
          : found.origin.via === 'stream'
            ? streamRemedies(found, node, keys)
            : shuffleRemedies(found, node, exchange, keys, settings, limit);
      return skewPlace(found, where, remedies);
    });
    return placesOr(places, 'no join whose stage waited for a few tasks with far more rows than the rest');
  },
});

/** A hot row meets all its matches in one task: there is no shuffle to salt. Swap the sides, spread the one with many rows per key. */
function streamRemedies(skew: StageSkew, join: PlanNode, keys: string): string[] {
  const build = /Build(Left|Right)/.exec(join.detail)?.[1]?.toLowerCase();
  const [left, right] = childOperators(join);
  const built = build === 'left' ? left : right;
  const bytes = built?.metric('data size');
  const rows = built?.metric('number of output rows');
  const slices = Math.max(2, Math.round(skew.stage.slots) * 4);
  const on = keys === '' ? 'keys' : JSON.stringify(keys);
  const size = bytes === undefined ? '' : ` (${formatBytes(bytes)}${rows === undefined ? '' : `, ${formatCount(Math.round(rows))} rows`})`;
  return [
    `Swap the roles: the ${build ?? 'build'} side${size}, which has many rows per key, was broadcast and the other streamed, so all matches of a hot key come out of one task. Use \`many.repartition(${slices}, <a column with unique values>).join(broadcast(few), ${on})\`.`,
    `If the other side is too large to broadcast, join without broadcast (hint SHUFFLE_HASH) and salt the hot values of ${keys === '' ? 'the key' : keys} into ${saltsFor(skew)} parts on the side with many rows, each replicated on the other.`,
  ];
}

function shuffleRemedies(
  skew: StageSkew,
  join: PlanNode,
  heavy: PlanNode | undefined,
  keys: string,
  settings: Settings,
  limit: number,
): string[] {
  const execution = skew.origin.tree?.execution;
  const type = joinType(join) ?? 'Inner';
  const exchanges = childOperators(join).map((child) => exchangeBelow(child));
  const light = exchanges.find((side) => side !== undefined && side !== heavy);
  const small = light?.metric('data size');
  const side = exchanges.indexOf(light) === 0 ? 'left' : 'right';
  const may = { Inner: 'both', Cross: 'both', LeftOuter: 'right', LeftSemi: 'right', LeftAnti: 'right', RightOuter: 'left' }[type];
  const on = keys === '' ? 'keys' : JSON.stringify(keys);
  const out: string[] = [];
  if (small !== undefined && small <= limit && (may === 'both' || may === side)) {
    out.push(
      `Broadcast the ${side} side (${formatBytes(small)}): \`${side === 'right' ? `left.join(broadcast(right), ${on})` : `broadcast(left).join(right, ${on})`}\`; without a shuffle no partition is hot. Take merge or shuffle hints off it.`,
    );
  }
  const n = saltsFor(skew);
  out.push(
    `Salt the hot values of ${keys === '' ? 'the key' : keys}: on the side with many rows add \`salt = when(key.isin(hot), pmod(hash(<unique column>), lit(${n}))).otherwise(0)\`, on the other explode \`sequence(0, ${n - 1})\` for the same values, and join on key and salt.`,
  );
  const aqe = aqeRemedy(skew, settings);
  if (aqe !== undefined) out.push(aqe);
  if (/Outer/.test(type) && execution !== undefined)
    out.push(
      `In this ${type} join rows with a null key are kept and all meet in one partition: if the hot value is null, keep them out of the join and add them back with unionByName.`,
    );
  return out;
}

/** Adaptive splitting is advised only when it would bite: it looks at bytes, not at rows or output. */
function aqeRemedy(skew: StageSkew, settings: Settings): string | undefined {
  const execution = skew.origin.tree?.execution;
  const read = skew.stage.distribution('shuffleReadBytes');
  if (read === undefined || read.median <= 0 || (settings.version ?? 302) < 300) return undefined;
  const factor = settings.number('spark.sql.adaptive.skewJoin.skewedPartitionFactor', execution) ?? AQE_FACTOR;
  const threshold = settings.bytes('spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes', 1, execution) ?? AQE_THRESHOLD;
  const on = settings.aqe(execution) && settings.flag('spark.sql.adaptive.skewJoin.enabled', true, execution);
  if (read.max < 3 * read.median) return undefined;
  if (!on && read.max > threshold && read.max > factor * read.median)
    return 'Turn adaptive execution on (spark.sql.adaptive.enabled and spark.sql.adaptive.skewJoin.enabled): it would split this partition.';
  const lower = Math.max(1, Math.floor(read.max / 2 / 1024 ** 2));
  if (read.max < 2 * 1024 ** 2) return undefined;
  return `${on ? 'Or let' : 'Or turn on and let'} adaptive execution split it: spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes=${lower}m${read.max <= factor * read.median ? ` and skewedPartitionFactor=${Math.max(2, Math.floor(read.max / read.median / 1.5))}` : ''} (the partition has ${formatBytes(read.max)}, the median ${formatBytes(read.median)}).`;
}

function rddRemedies(skew: StageSkew): string[] {
  return [
    `Collect the smaller side as a map, broadcast it, and replace the join by a mapPartitions over the larger side.`,
    `Or salt the hot keys into ${saltsFor(skew)} parts: (key, i) on the large side, every (key, 0…${saltsFor(skew) - 1}) on the other.`,
  ];
}
