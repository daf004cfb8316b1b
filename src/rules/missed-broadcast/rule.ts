// Missed broadcast: both sides of an equi-join were shuffled (and sorted) although one is small enough to be sent whole to every executor.
// Law: what counts is what would vanish: writing, fetching and sorting both shuffles and starting the join's tasks; the work above the join stays.
// What the plan shows decides (AQE may have converted the join already), not the threshold alone.

import { formatBytes, formatMillis } from '../../base/index.ts';
import { type CriticalPath, childOperators, type PlanNode, type PlanTree, type StageFact } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import {
  buildSides,
  exchangeBelow,
  fixedTaskMs,
  joinKeys,
  joinType,
  launchMs,
  needsDistribution,
  nodeRef,
  smallestHeap,
  stageRef,
  unique,
  writersOf,
} from '../shared.ts';

interface Side {
  readonly exchange: PlanNode;
  readonly bytes: number;
  readonly rows: number;
}

export const rule = defineRule({
  meta: {
    id: 'missed-broadcast',
    title: 'Shuffle join with a small side',
    category: 'shuffle',
    needs: ['stages', 'plans', 'criticalPath', 'settings', 'executors'],
    fixability: 'review',
    saves: 'time',
    inCode: ['join'],
    thresholds: {
      heapShare: {
        value: 0.025,
        unit: 'share',
        origin:
          'half of the share from which oversized-broadcast warns; measured: hashed, a side of 51 MB grew to 70 MB, and 1.7 % of the heap was the faster join',
        description: 'the small side may be at most this share of the smallest heap',
      },
      maxBytes: {
        value: 1024 ** 3,
        unit: 'bytes',
        origin: 'DataFlint warns of broadcasts above 1 GiB; Spark refuses 8 GiB',
        description: 'never advise to broadcast more than this',
      },
      minRatio: {
        value: 2,
        unit: 'ratio',
        origin: 'below, sending the small side everywhere costs about what the shuffle costs',
        description: 'the streamed side must be this much larger than the small one',
      },
      rowMs: {
        value: 0.002,
        unit: 'ms',
        origin: 'set on a join of 1.5 million rows (168 MB): with both rates the bound is 2.3× the 1.4 s that the cure saved there',
        description: 'task time to write, or to read and sort, one shuffled row',
      },
      byteMs: {
        value: 1e-5,
        unit: 'ms',
        origin: 'as above: 100 MB/s per core to serialise and compress',
        description: 'task time to write, or to read, one byte of shuffled rows',
      },
      taskMs: {
        value: 200,
        unit: 'ms',
        origin: 'measured: near-empty join tasks took 24 ms, and 130–190 ms with a Python worker in them',
        description: 'cap on the fixed cost of one join task',
      },
    },
    explains: ['tiny-tasks', 'shuffle-spill', 'skewed-join', 'repeated-shuffle', 'unpushed-filter'],
  },
  diagnose({ stages, plans, criticalPath, settings, executors }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const limit = Math.min(t.maxBytes, t.heapShare * smallestHeap(settings, executors));
    const places: Place[] = [];
    let joins = 0;
    let blind = 0;
    for (const tree of plans.all) {
      for (const join of tree.nodes) {
        if ((join.kind !== 'sort-merge-join' && join.kind !== 'shuffled-hash-join') || join.reused) continue;
        joins++;
        const [left, right] = childOperators(join).map(sideOf);
        const type = joinType(join) ?? 'FullOuter';
        const pair = buildSides(type).map((build) =>
          build === 'left' ? { build, small: left, big: right } : { build, small: right, big: left },
        );
        if (left === undefined && right === undefined) blind++;
        const fits = pair.find(
          ({ small, big }) => small !== undefined && big !== undefined && small.bytes <= limit && big.bytes >= t.minRatio * small.bytes,
        );
        if (fits === undefined || fits.small === undefined || fits.big === undefined) continue;
        const place = placeOf(tree, join, fits.build, fits.small, fits.big, type);
        if (place.heldMs > 0) places.push(place);
      }
    }
    if (joins === 0) return { status: 'clear', note: 'no join was shuffled' };
    if (places.length === 0 && blind === joins) return { status: 'noData', missing: ['data size of the shuffled join sides'] };
    return placesOr(places, `no side of ${joins} shuffled joins is small enough to broadcast (limit ${formatBytes(limit)})`);

    function placeOf(tree: PlanTree, join: PlanNode, build: 'left' | 'right', small: Side, big: Side, type: string): Place {
      const shuffleMs = (side: Side) => side.rows * t.rowMs + side.bytes * t.byteMs;
      const writers = [small, big].map((side) => ({ side, stages: writersOf(side.exchange) }));
      const map = unique(writers.flatMap(({ stages }) => stages));
      const reading = join.stages.filter((stage) => !map.includes(stage));
      // Another operator above may need the same distribution: then the big side is shuffled all the same, and only the small one is saved.
      const shared = needsDistribution(join);
      let held = 0;
      for (const { side, stages } of writers) {
        if (shared && side === big) continue;
        held += spread(
          criticalPath,
          stages,
          (side.exchange.metric('shuffle write time') ?? 0) + shuffleMs(side),
          side.exchange.metric('shuffle write time') ?? 0,
        );
      }
      const sorts = childOperators(join).reduce((sum, child) => sum + (child.kind === 'sort' ? (child.metric('sort time') ?? 0) : 0), 0);
      const fetch = (small.exchange.metric('fetch wait time') ?? 0) + (big.exchange.metric('fetch wait time') ?? 0);
      const tasks = shared
        ? 0
        : reading.reduce((sum, stage) => sum + Math.max(launchMs(stage), (fixedTaskMs(stage, t.taskMs) ?? 0) * stage.width), 0);
      held += spread(criticalPath, reading, sorts + fetch + (shared ? shuffleMs(small) : shuffleMs(small) + shuffleMs(big)) + tasks, 0);
      const keys = joinKeys(join);
      const list = keys.includes(',')
        ? `[${keys
            .split(',')
            .map((key) => JSON.stringify(key.trim()))
            .join(', ')}]`
        : JSON.stringify(keys);
      const threshold = settings.get('spark.sql.autoBroadcastJoinThreshold', tree.execution);
      const limitBytes = settings.bytes('spark.sql.autoBroadcastJoinThreshold', 1, tree.execution) ?? 10 * 1024 ** 2;
      const off = limitBytes <= 0;
      const why = off
        ? 'spark.sql.autoBroadcastJoinThreshold is -1'
        : small.bytes > limitBytes
          ? `that is above the threshold of ${formatBytes(limitBytes)}`
          : settings.aqe(tree.execution)
            ? 'adaptive execution would have broadcast it: a merge or shuffle hint forbids it'
            : 'the estimate before the run was too high and adaptive execution is off';
      const raise = Math.ceil((small.bytes * 1.5) / 1024 ** 2);
      return {
        cause: `The ${type} join on ${keys} shuffles both sides although its ${build} side has only ${formatBytes(small.bytes)} (the other ${formatBytes(big.bytes)}); ${why}. Shuffling and the extra stage held the end for up to ${formatMillis(held)}.`,
        evidence: [
          ...reading.map(stageRef),
          ...map.map(stageRef),
          nodeRef(tree, join),
          ...(threshold === undefined ? [] : [{ kind: 'conf' as const, key: 'spark.sql.autoBroadcastJoinThreshold', value: threshold }]),
        ],
        numbers: [
          { name: 'small side', value: small.bytes, unit: 'bytes' },
          { name: 'small side rows', value: small.rows, unit: 'count' },
          { name: 'large side', value: big.bytes, unit: 'bytes' },
          { name: 'limit', value: limit, unit: 'bytes' },
        ],
        heldMs: held,
        remedies: [
          `Mark the ${build} side: \`${build === 'right' ? `left.join(broadcast(right), ${list})` : `broadcast(left).join(right, ${list})`}\`, and remove any merge or shuffle hint on this join.`,
          ...(off || small.bytes > limitBytes
            ? [`Or set spark.sql.autoBroadcastJoinThreshold to ${Math.max(raise, 10)}m for this job.`]
            : []),
          ...(settings.aqe(tree.execution)
            ? []
            : ['Or set spark.sql.adaptive.enabled to true: Spark then broadcasts by measured size, below the threshold.']),
        ],
      };
    }
  },
});

/** A shuffled side with known size; sides that come from another join without an exchange of their own are not judged. */
function sideOf(child: PlanNode): Side | undefined {
  const exchange = exchangeBelow(child);
  if (exchange === undefined || exchange.kind !== 'exchange' || exchange.reused) return undefined;
  const bytes = exchange.metric('data size');
  return bytes === undefined || bytes <= 0
    ? undefined
    : { exchange, bytes, rows: exchange.metric('shuffle records written', 'records read') ?? 0 };
}

/** The stages' time on the path, scaled by the part of their task time that `ms` of work is (at least `known`, never more than all). */
function spread(path: CriticalPath, stages: readonly StageFact[], ms: number, known: number): number {
  const total = stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
  const held = stages.reduce((sum, stage) => sum + path.held(stage), 0);
  return total <= 0 ? 0 : held * Math.min(1, Math.max(ms, known) / total);
}
