// Serial JDBC read: a table comes through one connection, one task reads it row by row while the other slots wait.
// Law: the one task does two things: it fetches, which more connections share, and it works on the rows behind the read, which all slots could
// share whatever the connections are. Each part is counted by itself; without Spark's metric (3.5 and before) all of it is taken for fetching.

import { formatCount, formatMillis } from '../../base/index.ts';
import type { PlanNode, StageFact } from '../../facts/index.ts';
import { workerStartShare } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type Place, placesOr } from '../define.ts';
import { heldBy, launchMs, nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'serial-jdbc-read',
    title: 'Database table read through one connection',
    category: 'reading',
    needs: ['plans', 'stages', 'criticalPath', 'clock'],
    fixability: 'review',
    saves: 'time',
    inCode: ['read'],
    thresholds: {
      maxConnections: {
        value: 8,
        unit: 'count',
        origin: 'measured: 8 connections read 160,000 rows 6× as fast; more load few databases bear unasked',
        description: 'connections assumed for the cure, at most the slots',
      },
      minRows: {
        value: 1000,
        unit: 'count',
        origin: 'below, the query itself takes the time, not the fetching',
        description: 'rows from which on fetching is counted',
      },
      minRowsPerSlot: {
        value: 2,
        unit: 'count',
        origin: 'Spark’s tuning guide: 2–3 tasks per core; fewer rows cannot be dealt to all slots evenly',
        description: 'rows per slot from which on the work behind the read is counted',
      },
    },
    explains: ['idle-slots', 'single-partition', 'idle-executors', 'job-barrier', 'repeated-scan'],
  },
  diagnose({ plans, stages, criticalPath, clock }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    const places: Place[] = [];
    const seen = new Set<StageFact>();
    let reads = 0;
    for (const tree of plans.all) {
      for (const node of tree.nodes) {
        // A read below a cache is shown in each query that uses it; it ran where its metrics were updated.
        if (node.kind !== 'jdbc-scan' || node.reused) continue;
        const own = unique(node.stages).filter((stage) => !seen.has(stage));
        const rows = node.metric('number of output rows');
        if (own.length === 0 || (node.cached && rows === undefined)) continue;
        reads++;
        const declared = /numPartitions=(\d+)/.exec(node.detail)?.[1];
        if (!(declared === '1' || own.every((stage) => stage.width === 1))) continue;
        const place = placeOf(own, tableOf(node), rows, fetchMs(node), [nodeRef(tree, node)]);
        if (place === undefined) continue;
        for (const stage of own) seen.add(stage);
        places.push(place);
      }
    }
    // RDD jobs and plans without metrics: the RDD's own name tells.
    for (const stage of stages.all) {
      if (seen.has(stage) || !stage.stage.rdds.some((rdd) => /^JdbcRDD$|^JDBCRDD$/i.test(rdd.name))) continue;
      if (plans.ofStage(stage).some(({ node }) => node.kind === 'jdbc-scan')) continue;
      reads++;
      if (stage.width !== 1) continue;
      const place = placeOf([stage], 'the table', undefined, undefined, []);
      if (place !== undefined) places.push(place);
    }
    if (reads === 0) return { status: 'notApplicable', why: 'nothing was read through JDBC' };
    return placesOr(places, 'the JDBC reads use several connections or are short');

    function placeOf(
      own: readonly StageFact[],
      table: string,
      rows: number | undefined,
      fetching: number | undefined,
      refs: readonly EvidenceRef[],
    ): Place | undefined {
      const slots = Math.floor(Math.max(...own.map((stage) => stage.slots)));
      const connections = Math.max(2, Math.min(t.maxConnections, slots));
      const taskMs = own.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const share = fetching === undefined || taskMs <= 0 ? 1 : Math.min(1, fetching / taskMs);
      // Starting the task and its Python worker stays as long as it is. A stage that reads other things too has tasks for them.
      const fixed =
        taskMs <= 0 ? 0 : own.reduce((sum, stage) => sum + launchMs(stage) + workerStartShare(stage, plans) * stage.taskTimeMs, 0) / taskMs;
      const behind = own.every((stage) => stage.width === 1) ? Math.max(0, 1 - share - fixed) : 0;
      const path = heldBy(criticalPath, own);
      const fetchHeld = (rows ?? t.minRows) < t.minRows ? 0 : path * share * (1 - 1 / connections);
      const restHeld = rows === undefined || rows < t.minRowsPerSlot * slots ? 0 : path * behind * (1 - 1 / slots);
      if ((rows ?? t.minRows) < t.minRows && restHeld < clock.noiseFloorMs) return undefined;
      const parallel = `Read in parallel: .option("partitionColumn", <indexed number or date column>).option("lowerBound", <min>).option("upperBound", <max>).option("numPartitions", ${connections}).`;
      const spread = `Put \`repartition(${slots * 2})\` right behind the read: the work on the rows then runs in all slots, whatever the database gives.`;
      const parts =
        fetching === undefined
          ? ''
          : `: ${formatMillis(taskMs * share)} is fetching, ${formatMillis(taskMs * behind)} is work on the rows behind the read`;
      return {
        cause: `One task reads ${table}${rows === undefined ? '' : ` (${formatCount(rows)} rows)`} through one connection in ${formatMillis(taskMs)} while ${slots - 1} of ${slots} slots have nothing to do${parts}.`,
        evidence: [...own.map(stageRef), ...refs],
        numbers: [
          { name: 'connections', value: 1, unit: 'count' },
          { name: 'slots', value: slots, unit: 'count' },
          ...(rows === undefined ? [] : [{ name: 'rows', value: rows, unit: 'count' as const }]),
          ...(fetching === undefined
            ? []
            : [
                { name: 'fetching', value: taskMs * share, unit: 'ms' as const },
                { name: 'work behind the read', value: taskMs * behind, unit: 'ms' as const },
              ]),
        ],
        heldMs: slots < 2 ? 0 : fetchHeld + restHeld,
        remedies: [
          ...(restHeld > fetchHeld ? [spread, parallel] : restHeld >= clock.noiseFloorMs ? [parallel, spread] : [parallel]),
          'Set .option("fetchsize", 10000): the default of most drivers fetches few rows per round trip.',
          'Push the filter or the aggregate into the database with .option("query", …) when fewer rows are needed.',
        ],
      };
    }
  },
});

/** Time that went into the database: running the query until its first row, and fetching; undefined where Spark does not log it. */
function fetchMs(node: PlanNode): number | undefined {
  const fetching = node.metric('JDBC remote data fetch and translation time');
  return fetching === undefined ? undefined : fetching + (node.metric('JDBC query execution time') ?? 0);
}

const tableOf = (node: PlanNode): string =>
  (/JDBCRelation\((.*?)\)(?:\s*\[|$)/.exec(node.name)?.[1] ?? /JDBCRelation\((.*?)\) \[/.exec(node.detail)?.[1] ?? 'the table')
    .replace(/\s+/g, ' ')
    .slice(0, 80);
