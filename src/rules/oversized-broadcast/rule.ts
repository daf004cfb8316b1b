// Oversized broadcast: a join side too big to be pulled into the driver, hashed there and sent whole to every executor.
// Law: the cost is measured (collect, build, send, garbage collection); a broadcast that spares the shuffle of a far larger side is right and stays.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import { below, childOperators, outputRows, type PlanNode, type PlanTree, parentOperator, type StageFact } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { joinKeys, nodeRef, smallestHeap, stageRef, unique, writersOf } from '../shared.ts';

/** What Spark throws when a broadcast is too big, too slow, or breaks the driver. */
const BROKEN =
  /could not execute broadcast in|broadcast(ed)? (table|relation).{0,60}(larger|more) than|not enough memory to build and broadcast|cannot broadcast the table/i;

export const rule = defineRule({
  meta: {
    id: 'oversized-broadcast',
    title: 'Broadcast too big for its heap',
    category: 'shuffle',
    needs: ['stages', 'plans', 'criticalPath', 'settings', 'executors'],
    fixability: 'review',
    saves: 'time',
    inCode: ['join', 'setting'],
    keysInCode: ['spark.sql.autoBroadcastJoinThreshold'],
    thresholds: {
      heapShare: {
        value: 0.05,
        unit: 'share',
        origin:
          'measured: 7 % (281 MB of 4 GB) took a run twice as long; 13 % (138 MB of 1 GB) was slower in the median, not proven; 2 % was the faster join',
        description: 'a broadcast from this share of the smallest heap on is too big',
      },
      maxBytes: {
        value: 1024 ** 3,
        unit: 'bytes',
        origin: 'DataFlint warns from 1 GiB; Spark refuses 8 GiB',
        description: 'a broadcast of this size is too big for any heap',
      },
      emptyBytes: {
        value: 64 * 1024 ** 2 * 1.05,
        unit: 'bytes',
        origin: 'a relation on one long key reserves a page of 64 MiB whatever it holds (LongToUnsafeRowMap)',
        description: 'sizes up to this say nothing about the data',
      },
      maxRatio: {
        value: 20,
        unit: 'ratio',
        origin:
          'judgement: a broadcast row cost 4.7 µs of wall time to collect, build and send (measured), a handful of shuffled rows; twenty leave a margin',
        description: 'with so many streamed rows per broadcast row the broadcast is right',
      },
    },
    explains: ['driver-gap', 'driver-collect', 'gc-pressure', 'shuffle-spill'],
  },
  diagnose({ stages, plans, criticalPath, settings, executors }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const heap = smallestHeap(settings, executors);
    const limit = Math.min(t.maxBytes, t.heapShare * heap);
    const places: Place[] = [];
    let broadcasts = 0;
    let sized = 0;
    for (const tree of plans.all) {
      const failure = BROKEN.test(tree.execution.error ?? '');
      for (const exchange of tree.nodes) {
        if (exchange.kind !== 'broadcast-exchange' || exchange.reused || exchange.cached) continue;
        broadcasts++;
        const bytes = exchange.metric('data size');
        if (bytes !== undefined) sized++;
        const join = parentOperator(exchange);
        if (failure && bytes === undefined) places.push(brokenPlace(tree, exchange));
        if (bytes === undefined || bytes <= t.emptyBytes || bytes < limit || join === undefined) continue;
        const rows = exchange.metric('number of output rows') ?? 0;
        const stream = childOperators(join).find((child) => child !== exchange && !below(child).includes(exchange));
        const streamRows = stream === undefined ? undefined : outputRows(stream);
        if (!failure && rows > 0 && (streamRows ?? 0) >= t.maxRatio * rows) continue;
        places.push(placeOf(tree, exchange, join, bytes, rows, streamRows));
      }
    }
    if (broadcasts === 0) return { status: 'clear', note: 'nothing was broadcast in a join' };
    if (sized === 0 && places.length === 0) return { status: 'noData', missing: ['data size of BroadcastExchange'] };
    return placesOr(places, `all ${broadcasts} broadcasts are small for a heap of ${formatBytes(heap)}`);

    function placeOf(
      tree: PlanTree,
      exchange: PlanNode,
      join: PlanNode,
      bytes: number,
      rows: number,
      streamRows: number | undefined,
    ): Place {
      const ms = (name: string) => exchange.metric(name) ?? 0;
      const [collect, build, send] = [ms('time to collect'), ms('time to build'), ms('time to broadcast')];
      const map = writersOf(exchange);
      const mapEnd = map.reduce((end, stage) => Math.max(end, stage.endMs), 0);
      const driver = Math.max(0, collect - map.reduce((sum, stage) => sum + stage.wallMs, 0)) + build + send;
      const scanMs = below(exchange).reduce((sum, node) => sum + (node.metric('scan time') ?? 0), 0);
      // Reading must happen in any plan; the rest of this stage packs the rows for the driver.
      const mapHeld = map.reduce(
        (sum, stage) => sum + criticalPath.held(stage) * (1 - Math.min(1, scanMs / Math.max(1, stage.taskTimeMs))),
        0,
      );
      const gap = criticalPath.driver
        .filter((segment) => mapEnd > 0 && segment.executionId === tree.execution.id && segment.label !== 'commit tail')
        .reduce(
          (sum, segment) => sum + Math.max(0, Math.min(segment.endMs, mapEnd + 1.5 * driver) - Math.max(segment.startMs, mapEnd - 100)),
          0,
        );
      const users = unique(join.stages).filter((stage) => !map.includes(stage));
      const waits = users.reduce(
        (sum, stage, i) =>
          sum +
          (i === 0 ? Math.min(build + send, criticalPath.held(stage) * idleShare(stage)) : 0) +
          criticalPath.held(stage) * gcShare(stage),
        0,
      );
      const held = mapHeld + gap + waits;
      const hinted = bytes > (settings.bytes('spark.sql.autoBroadcastJoinThreshold', 1, tree.execution) ?? 10 * 1024 ** 2);
      const keys = joinKeys(join);
      return {
        cause: `The join on ${keys} broadcasts ${formatBytes(bytes)} in ${formatCount(rows)} rows with a heap of ${formatBytes(heap)}: collecting took ${formatMillis(collect)}, building ${formatMillis(build)}, sending ${formatMillis(send)}${streamRows === undefined ? '' : `, for ${formatCount(streamRows)} rows on the other side`}.`,
        evidence: [...map.map(stageRef), ...users.map(stageRef), nodeRef(tree, exchange), nodeRef(tree, join)],
        numbers: [
          { name: 'broadcast', value: bytes, unit: 'bytes' },
          { name: 'rows', value: rows, unit: 'count' },
          { name: 'heap', value: heap, unit: 'bytes' },
          { name: 'driver time', value: driver, unit: 'ms' },
        ],
        heldMs: held,
        remedies: [
          hinted
            ? `Remove the broadcast hint on this side of the join on ${keys}; Spark then picks the smaller side or shuffles both.`
            : `Lower spark.sql.autoBroadcastJoinThreshold below ${formatBytes(bytes)} for this query.`,
          ...(streamRows !== undefined && streamRows < rows ? ['Or broadcast the other side, which has fewer rows.'] : []),
          'Select only the columns that are used, and filter, before the join.',
        ],
      };
    }

    function brokenPlace(tree: PlanTree, exchange: PlanNode): Place {
      const map = writersOf(exchange);
      const { startMs, endMs } = tree.execution;
      const held =
        map.reduce((sum, stage) => sum + criticalPath.held(stage), 0) +
        criticalPath.driver.filter((s) => s.executionId === tree.execution.id).reduce((sum, s) => sum + s.endMs - s.startMs, 0);
      return {
        cause: `The query failed because of a broadcast: ${(tree.execution.error ?? '').split('\n')[0]?.slice(0, 200)}.`,
        evidence: [...map.map(stageRef), nodeRef(tree, exchange)],
        numbers: [{ name: 'lost time', value: (endMs ?? 0) - (startMs ?? 0), unit: 'ms' }],
        heldMs: held,
        remedies: [
          'Remove the broadcast hint, or set spark.sql.autoBroadcastJoinThreshold to -1 for this query; do not raise spark.sql.broadcastTimeout.',
        ],
      };
    }
  },
});

/** Share of a stage's run time without CPU, collection or fetching: here, waiting for the broadcast value. */
function idleShare(stage: StageFact): number {
  const run = stage.total('runMs');
  return run <= 0
    ? 0
    : Math.max(
        0,
        run - stage.total('cpuNs') / 1e6 - stage.total('gcMs') - stage.total('fetchWaitMs') - stage.total('shuffleWriteNs') / 1e6,
      ) / run;
}

const gcShare = (stage: StageFact): number => Math.min(1, stage.total('gcMs') / Math.max(1, stage.taskTimeMs));
