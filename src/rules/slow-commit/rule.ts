// Slow commit: the tasks of a write are done, and the driver still moves files into place one by one.
// Law: only time behind the last task of a query that writes, in which nothing else ran; what any commit takes is taken off.

import { formatCount, formatMillis } from '../../base/index.ts';
import type { DriverSegment, PlanNode, PlanTree } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { isObjectStore, nodeRef } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'slow-commit',
    title: 'Long commit after the last task',
    category: 'driver',
    needs: ['run', 'plans', 'timeline', 'criticalPath', 'settings'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['write'],
    thresholds: {
      normalMs: {
        value: 500,
        unit: 'ms',
        origin: 'reasoning: a local rename of some hundred files takes tenths of a second; the examples’ healthy writes end in under 0.3 s',
        description: 'time behind the last task that any write takes',
      },
    },
    explains: ['driver-gap'],
  },
  diagnose({ run, plans, criticalPath, settings }, t) {
    if (run.jobs.length === 0) return { status: 'noData', missing: ['jobs with times'] };
    const writes = plans.all.flatMap((tree) => {
      const node = tree.nodes.find((one) => one.kind === 'write');
      return node === undefined ? [] : [{ tree, node }];
    });
    if (writes.length === 0) return { status: 'notApplicable', why: 'no query writes' };
    const places = writes.flatMap(({ tree, node }) => {
      const tails = criticalPath.driver.filter((segment) => segment.label === 'commit tail' && segment.executionId === tree.execution.id);
      return placeOf(tree, node, tails) ?? [];
    });
    return placesOr(places, 'every write ended soon after its last task');

    function placeOf(tree: PlanTree, node: PlanNode, tails: readonly DriverSegment[]): Place | undefined {
      const tail = tails.reduce((sum, segment) => sum + segment.endMs - segment.startMs, 0);
      const heldMs = tail - t.normalMs;
      if (heldMs <= 0) return undefined;
      const files = node.metric('number of written files');
      const commit = node.metric('job commit time');
      const parts = node.metric('number of dynamic part');
      const path = /((?:[a-z][a-z0-9]*:)?\/[^\s,\]]+)/i.exec(node.detail.replace(/^Execute \S+ /, ''))?.[1];
      const remote = path !== undefined && isObjectStore(path);
      const v2 = settings.get('spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version') === '2';
      return {
        cause: `After the last task of query ${tree.execution.id} the driver went on for ${formatMillis(tail)}${files === undefined ? '' : `, with ${formatCount(files)} files${parts === undefined ? '' : ` in ${formatCount(parts)} partitions`} to put into place`}${commit === undefined ? '' : ` (${formatMillis(commit)} of it the job's commit)`}: no task ran meanwhile.`,
        evidence: [nodeRef(tree, node), ...(path === undefined ? [] : [{ kind: 'table' as const, path }])],
        numbers: [
          { name: 'after the last task', value: tail, unit: 'ms' },
          ...(commit === undefined ? [] : [{ name: 'job commit', value: commit, unit: 'ms' as const }]),
          ...(files === undefined ? [] : [{ name: 'files', value: files, unit: 'count' as const }]),
        ],
        heldMs,
        remedies: [
          ...(remote
            ? [
                'A rename on an object store is a copy: use a committer that needs none (the S3A magic committer, the manifest committer on ABFS and GCS), or a table format.',
              ]
            : []),
          ...((files ?? 0) > 1000 ? ['Write fewer files: `repartition` by the partition columns before the write.'] : []),
          ...(v2 || remote
            ? []
            : [
                'Let tasks put their files into place themselves: spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version=2, where a half-written output can be told from a whole one.',
              ]),
          'If statistics or a catalogue are updated behind the write (ANALYZE, MSCK, partition sync), do it for the changed partitions only.',
        ],
      };
    }
  },
});
