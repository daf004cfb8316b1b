// Serial JDBC read: a table comes through one connection, one task reads it row by row while the other slots wait.
// Law: what parallel connections can save is the fetching part of that stage; a read shorter than the rest of the run costs nothing.

import { formatCount, formatMillis } from '../../base/index.ts';
import type { StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type Place, placesOr } from '../define.ts';
import { nodeRef, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'serial-jdbc-read',
    title: 'Database table read through one connection',
    category: 'reading',
    needs: ['plans', 'stages', 'criticalPath', 'settings'],
    fixability: 'review',
    saves: 'time',
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
        description: 'rows that the read must give',
      },
    },
    explains: ['idle-slots', 'single-partition', 'idle-executors'],
  },
  diagnose({ plans, stages, criticalPath }, t) {
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
        if (!(declared === '1' || own.every((stage) => stage.width === 1)) || (rows ?? t.minRows) < t.minRows) continue;
        for (const stage of own) seen.add(stage);
        const fetch = node.metric('JDBC remote data fetch and translation time');
        const table = (
          /JDBCRelation\((.*?)\)(?:\s*\[|$)/.exec(node.name)?.[1] ??
          /JDBCRelation\((.*?)\) \[/.exec(node.detail)?.[1] ??
          'the table'
        )
          .replace(/\s+/g, ' ')
          .slice(0, 80);
        places.push(placeOf(own, table, rows, fetch, [nodeRef(tree, node)]));
      }
    }
    // RDD jobs and plans without metrics: the RDD's own name tells.
    for (const stage of stages.all) {
      if (seen.has(stage) || !stage.stage.rdds.some((rdd) => /^JdbcRDD$|^JDBCRDD$/i.test(rdd.name))) continue;
      if (plans.ofStage(stage).some(({ node }) => node.kind === 'jdbc-scan')) continue;
      reads++;
      if (stage.width !== 1) continue;
      places.push(placeOf([stage], 'the table', undefined, undefined, []));
    }
    if (reads === 0) return { status: 'notApplicable', why: 'nothing was read through JDBC' };
    return placesOr(places, 'the JDBC reads use several connections or are short');

    function placeOf(
      own: readonly StageFact[],
      table: string,
      rows: number | undefined,
      fetchMs: number | undefined,
      refs: readonly EvidenceRef[],
    ): Place {
      const slots = Math.floor(Math.max(...own.map((stage) => stage.slots)));
      const connections = Math.max(2, Math.min(t.maxConnections, slots));
      const taskMs = own.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const share = fetchMs === undefined || taskMs <= 0 ? 1 : Math.min(1, fetchMs / taskMs);
      const held = slots < 2 ? 0 : own.reduce((sum, stage) => sum + criticalPath.held(stage), 0) * share * (1 - 1 / connections);
      return {
        cause: `One task reads ${table}${rows === undefined ? '' : ` (${formatCount(rows)} rows)`} through one connection in ${formatMillis(taskMs)} while ${slots - 1} of ${slots} slots have nothing to do.`,
        evidence: [...own.map(stageRef), ...refs],
        numbers: [
          { name: 'connections', value: 1, unit: 'count' },
          { name: 'slots', value: slots, unit: 'count' },
          ...(rows === undefined ? [] : [{ name: 'rows', value: rows, unit: 'count' as const }]),
          ...(fetchMs === undefined ? [] : [{ name: 'fetching', value: fetchMs, unit: 'ms' as const }]),
        ],
        heldMs: held,
        remedies: [
          `Read in parallel: .option("partitionColumn", <indexed number or date column>).option("lowerBound", <min>).option("upperBound", <max>).option("numPartitions", ${connections}).`,
          'Set .option("fetchsize", 10000): the default of most drivers fetches few rows per round trip.',
          'Push the filter or the aggregate into the database with .option("query", …) when fewer rows are needed.',
        ],
      };
    }
  },
});
