// Small output files: every task writes a file into every partition, so that opening and closing files takes longer than writing the rows.
// Law: a file per task is free (tiny-tasks judges too many tasks); what counts is files per task, in the waves of the write stage, and the commit of all of them.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import { below, type PlanNode, type PlanTree, type StageFact } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { isObjectStore, nodeRef, pythonMs, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'small-output-files',
    title: 'Write that makes many small files',
    category: 'writing',
    needs: ['stages', 'plans', 'criticalPath', 'timeline'],
    fixability: 'review',
    saves: 'time',
    inCode: ['write'],
    thresholds: {
      maxMeanBytes: {
        value: 8 * 1024 ** 2,
        unit: 'bytes',
        origin: 'twice spark.sql.files.openCostInBytes (4 MiB): such a file costs its readers more to open than to read',
        description: 'mean size up to which a file is small',
      },
      minFiles: {
        value: 50,
        unit: 'count',
        origin: 'fewer cost less than 2 s even at the highest price of a file and one writer',
        description: 'files a write must make',
      },
      fileMs: {
        value: 60,
        unit: 'ms',
        origin: 'measured: 2,475 files too many cost 31 s of a run on 4 slots: 50 ms of task time a file, rounded up',
        description: 'task time to open, sort out and close one file on a file system',
      },
      remoteFileMs: {
        value: 250,
        unit: 'ms',
        origin: 'assumed, not measured: create, upload and complete are 2–4 slow requests',
        description: 'task time per file on an object store',
      },
      targetBytes: {
        value: 128 * 1024 ** 2,
        unit: 'bytes',
        origin: 'spark.sql.files.maxPartitionBytes: one file, one later task',
        description: 'size of a good file',
      },
    },
    explains: ['driver-gap', 'slow-commit', 'repeated-shuffle'],
  },
  diagnose({ stages, plans, criticalPath, timeline }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const places: Place[] = [];
    let writes = 0;
    let blind = 0;
    for (const tree of plans.all) {
      for (const node of tree.nodes) {
        if (node.kind !== 'write' || node.name === 'WriteFiles') continue;
        writes++;
        const files = node.metric('number of written files', 'numFiles', 'number of added files');
        const bytes = node.metric('written output', 'number of written bytes', 'numOutputBytes', 'number of added bytes');
        if (files === undefined) {
          blind++;
          continue;
        }
        if (files < t.minFiles || (bytes ?? 0) / files > t.maxMeanBytes) continue;
        places.push(placeOf(tree, node, files, bytes ?? 0));
      }
    }
    if (writes === 0) return { status: 'clear', note: 'nothing was written through a query' };
    if (blind === writes) return { status: 'noData', missing: ['number of written files'] };
    return placesOr(
      places.filter((place) => place.heldMs > 0),
      `the files of ${writes} writes are few, large, or one per task or partition`,
    );

    function placeOf(tree: PlanTree, node: PlanNode, files: number, bytes: number): Place {
      const stages = writingStages(node);
      const parts = node.metric('number of dynamic part', 'number of dynamic partitions') ?? 0;
      const needed = Math.max(1, parts, Math.ceil(bytes / t.targetBytes));
      const fileMs = isObjectStore(node.detail) ? t.remoteFileMs : t.fileMs;
      const writers = stages.reduce(
        (sum, stage) => sum + (stage.values('outputRecords').filter((rows) => rows > 0).length || stage.width),
        0,
      );
      const perTask = files / Math.max(1, writers);
      let held = 0;
      // One file per task comes free with the task, one per partition must be; more is the work of the partitions each task touches.
      if (perTask >= 1.5 && files >= 1.5 * needed) {
        for (const stage of stages) {
          const waves = Math.ceil((stage.values('outputRecords').filter((rows) => rows > 0).length || stage.width) / stage.slots);
          const wall = Math.max(0, waves * perTask - needed / stage.slots) * fileMs;
          held += Math.min(wall, criticalPath.held(stage) * (1 - otherShare(node, stage)));
        }
      }
      const tail = timeline.segments
        .filter((segment) => segment.label === 'commit tail' && segment.executionId === tree.execution.id)
        .reduce((sum, segment) => sum + segment.endMs - segment.startMs, 0);
      held += tail * Math.max(0, 1 - needed / files);
      const columns = /\[([^\]]*)\],\s*(?:Parquet|ORC|CSV|JSON|Text|Avro|parquet|orc)/.exec(node.detail)?.[1]?.replace(/#\d+L?/g, '') ?? '';
      const by = parts > 0 && columns !== '' ? columns : undefined;
      const keys = by
        ?.split(',')
        .map((column) => JSON.stringify(column.trim()))
        .join(', ');
      const path = /(?:Command|RelationCommand)\s+(\S+?),/.exec(node.detail)?.[1];
      return {
        cause: `The write${path === undefined ? '' : ` to ${path}`} makes ${formatCount(files)} files of ${formatBytes(bytes / files)}${parts > 0 ? ` in ${formatCount(parts)} partitions` : ''}: ${formatCount(writers)} tasks write ${perTask < 10 ? perTask.toFixed(1) : formatCount(Math.round(perTask))} files each; that held the end for up to ${formatMillis(held)}.`,
        evidence: [...stages.map(stageRef), nodeRef(tree, node), ...(path === undefined ? [] : [{ kind: 'table' as const, path }])],
        numbers: [
          { name: 'files', value: files, unit: 'count' },
          { name: 'mean file', value: bytes / files, unit: 'bytes' },
          { name: 'partitions', value: parts, unit: 'count' },
          { name: 'writing tasks', value: writers, unit: 'count' },
          { name: 'commit tail', value: tail, unit: 'ms' },
        ],
        heldMs: held,
        remedies: [
          keys !== undefined
            ? `Bring the rows of a partition together before the write: \`df.repartition(${keys}).write.partitionBy(${keys})\`; about ${formatCount(needed)} files then.`
            : `Write fewer files: \`df.coalesce(${needed})\`, or \`repartition(${needed})\` when the work before it must stay parallel.`,
          'On Spark 3.2+ with adaptive execution a REBALANCE hint (`df.hint("rebalance"' +
            (keys === undefined ? '' : `, ${keys}`) +
            ')`) does the same and splits large partitions.',
        ],
      };
    }
  },
});

/** Stages whose tasks wrote: those with output, else all of the node and of what is directly below. */
function writingStages(node: PlanNode): StageFact[] {
  const near = unique([
    ...node.stages,
    ...below(node, (child) => child.kind === 'exchange').flatMap((child) => (child.kind === 'exchange' ? [] : child.stages)),
  ]);
  const wrote = near.filter((stage) => stage.total('outputBytes') > 0 || stage.total('outputRecords') > 0);
  return wrote.length > 0 ? wrote : unique(node.stages);
}

/** Share of the write stage's task time that surely went elsewhere: Python, sorting, fetching, collection of garbage. */
function otherShare(write: PlanNode, stage: StageFact): number {
  let other = stage.total('fetchWaitMs');
  for (const node of below(write, (child) => child.kind === 'exchange')) {
    if (!node.stages.includes(stage) || node.kind === 'exchange') continue;
    if (node.kind === 'python-row' || node.kind === 'python-arrow') other += pythonMs(node);
    if (node.kind === 'sort') other += node.metric('sort time') ?? 0;
    if (node.kind === 'scan') other += node.metric('scan time') ?? 0;
  }
  return stage.taskTimeMs <= 0 ? 1 : Math.min(1, other / stage.taskTimeMs);
}
