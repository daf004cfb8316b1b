// Shuffle spill: partitions larger than the memory a task may use; rows are sorted in runs, written to local disk and read back.
// Law: spill counts by what it can cost, not by being there, and not when one heavy task explains it (skew). The cost is bounded by what a slow
// disk and serialising would take; on local disks with page cache it is less, so `heldMs` is an upper bound by design.

import { formatBytes, formatMillis } from '../../base/index.ts';
import { exchangePartitions, type PlanNode, type StageFact, shufflesRead } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, nodeRef, stageRef } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'shuffle-spill',
    title: 'Spill to disk',
    category: 'shuffle',
    needs: ['stages', 'criticalPath', 'plans', 'settings', 'skew', 'executors'],
    fixability: 'review',
    saves: 'time',
    inCode: ['setting', 'window', 'aggregate', 'join', 'sort', 'repartition'],
    keysInCode: ['spark.sql.shuffle.partitions', 'spark.default.parallelism'],
    thresholds: {
      diskRate: {
        value: 20 * 1024 ** 2,
        unit: 'bytes/s',
        origin: 'AWS gp3 baseline: 125 MiB/s a volume, shared by the six tasks or so of a node',
        description: 'speed at which one task writes or reads spilled bytes',
      },
      memoryRate: {
        value: 100 * 1024 ** 2,
        unit: 'bytes/s',
        origin: 'measured: serialising and compressing rows takes 10 ms a MiB and core',
        description: 'speed at which rows in memory are turned to spill and back',
      },
      maxExpansion: {
        value: 5,
        unit: 'ratio',
        origin: 'LZ4 packs rows 2–4×; the memory figure counts whole pages and was 700× the disk figure in real logs',
        description: 'rows cannot have been larger in memory than this many times what was written',
      },
      skewShare: {
        value: 0.5,
        unit: 'share',
        origin: 'NVIDIA’s tuner gives no partition advice for a stage that is skewed',
        description: 'from this share of the spill cost on, skew of the stage explains it',
      },
    },
    explains: ['gc-pressure'],
  },
  diagnose({ stages, criticalPath, plans, settings, skew, executors }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const places: Place[] = [];
    let spilled = 0;
    for (const { stage, heldMs } of criticalPath.stages) {
      const disk = stage.total('diskSpilled');
      const memory = stage.total('memorySpilled');
      if (disk <= 0 || stage.taskTimeMs <= 0) continue;
      spilled++;
      // Written once and read once, each.
      const rows = Math.min(memory, t.maxExpansion * disk);
      const cost = ((2 * disk) / t.diskRate + (2 * rows) / t.memoryRate) * 1000;
      const held = heldMs * Math.min(1, cost / stage.taskTimeMs);
      const uneven = skew.of(stage);
      if (uneven !== undefined && uneven.heldMs >= t.skewShare * held) continue;
      places.push(placeOf(stage, held, disk, memory));
    }
    return placesOr(
      places,
      spilled === 0 ? 'nothing was spilled to disk in a stage that held the end' : 'what was spilled is explained by skew',
    );

    function placeOf(stage: StageFact, held: number, disk: number, memory: number): Place {
      const shuffles = shufflesRead(stage, plans);
      const shuffle = shuffles[0];
      const node = plans
        .ofStage(stage)
        .map(({ node: one }) => one)
        .filter((one) => (one.metric('spill size') ?? 0) > 0)
        .sort((a, b) => (b.metric('spill size') ?? 0) - (a.metric('spill size') ?? 0))[0];
      const tree = shuffle?.tree ?? plans.ofStage(stage)[0]?.tree;
      const width = Math.max(1, stage.width);
      const need = memory / width + (stage.distribution('peakMemory')?.median ?? 0);
      const share = memoryPerTask();
      const wanted = share === undefined ? width * 4 : Math.max(width * 2, Math.ceil((width * need) / (share / 2)));
      return {
        cause: `${node === undefined ? `Stage ${stage.stage.id}` : `${node.name} in stage ${stage.stage.id}`} spilled ${formatBytes(memory)} of rows as ${formatBytes(disk)} to disk: each of its ${width} tasks needs about ${formatBytes(need)}${share === undefined ? '' : ` and may use ${formatBytes(share)}`}; that may have cost up to ${formatMillis(held)}.`,
        evidence: [
          stageRef(stage),
          ...(tree !== undefined && node !== undefined ? [nodeRef(tree, node)] : []),
          ...(shuffle === undefined ? [] : [nodeRef(shuffle.tree, shuffle.exchange)]),
        ],
        numbers: [
          { name: 'spilled to disk', value: disk, unit: 'bytes' },
          { name: 'spilled from memory', value: memory, unit: 'bytes' },
          { name: 'tasks', value: width, unit: 'count' },
          { name: 'needed per task', value: Math.round(need), unit: 'bytes' },
        ],
        heldMs: held,
        remedies: [
          partitionRemedy(stage, shuffle?.exchange, wanted),
          'Or give each task more memory: fewer cores per executor, or a larger spark.executor.memory.',
          'Select only the columns that are needed before the shuffle, and drop wide ones (text, arrays) that are joined back later.',
        ],
      };
    }

    /** Storage and execution memory of an executor, shared by its cores: what one task can count on. */
    function memoryPerTask(): number | undefined {
      const known = executors.filter(({ executor }) => (executor.maxMemory ?? 0) > 0 && (executor.cores ?? 0) > 0);
      const shares = known.map(
        ({ executor }) => (executor.maxMemory as number) / Math.max(1, (executor.cores as number) / settings.taskCpus),
      );
      return shares.length === 0 ? undefined : Math.min(...shares);
    }

    function partitionRemedy(stage: StageFact, exchange: PlanNode | undefined, wanted: number): string {
      if (exchange === undefined)
        return `Read in smaller splits (spark.sql.files.maxPartitionBytes) or \`repartition(${wanted})\` before the step that sorts or groups.`;
      const partitions = exchangePartitions(exchange) ?? stage.width;
      if (/REPARTITION_BY/.test(exchange.detail)) return `Repartition into ${wanted} parts instead of ${partitions}.`;
      if (partitions > stage.width)
        return `Let adaptive execution merge less: spark.sql.adaptive.advisoryPartitionSizeInBytes=${Math.max(1, Math.floor(stage.readBytes().reduce((a, b) => a + b, 0) / wanted / 1024 ** 2))}m (it merged ${partitions} partitions into ${stage.width}).`;
      return `Raise spark.sql.shuffle.partitions from ${partitions} to ${wanted}, so that a partition fits into memory.`;
    }
  },
});
