// Global sort: rows are put into one total order (a pass to sample, a shuffle by range, a sort) and then go where nobody needs it.
// Law: only orders that Spark had to make for an `orderBy` in front of a write or of an aggregation; a top-n, a range repartition that was asked
// for and a result that is shown are none. A sorted output may be wanted: the cure needs a person.

import { formatBytes, formatMillis } from '../../base/index.ts';
import { below, childOperators, isExplicit, type PlanNode, type PlanTree, parentOperator, type StageFact } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { heldBy, missingTasks, nodeRef, shuffleKeys, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'global-sort',
    title: 'Total order that the sink does not need',
    category: 'shuffle',
    needs: ['run', 'stages', 'plans', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['sort'],
    thresholds: {
      minRows: {
        value: 1000,
        unit: 'count',
        origin: 'a report of a screen or two is sorted for its reader',
        description: 'rows from which an order costs more than it says',
      },
      bytesPerMs: {
        value: 36_000,
        unit: 'bytes',
        origin: 'measured: taking the order away from 231 MB saved 6.4 s of task time beyond the sampling pass and the sort itself',
        description: 'bytes that one task packs, moves and unpacks for the shuffle by range in a millisecond',
      },
    },
    explains: ['repeated-scan', 'shuffle-spill', 'recomputed-lineage'],
  },
  diagnose({ run, stages, plans, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const places: Place[] = [];
    for (const tree of plans.all) {
      for (const node of tree.nodes) {
        if (node.kind !== 'sort' || node.reused || node.cached || !/\], true(,|$)/.test(node.detail)) continue;
        const exchange = childOperators(node)[0];
        if (exchange?.kind !== 'exchange' || !/rangepartitioning/i.test(exchange.detail) || isExplicit(exchange)) continue;
        const sink = sinkOf(node);
        if (sink === undefined || (exchange.metric('shuffle records written') ?? 0) < t.minRows) continue;
        const place = placeOf(tree, node, exchange, sink);
        if (place !== undefined) places.push(place);
      }
    }
    return placesOr(
      places.sort((a, b) => b.heldMs - a.heldMs),
      'no total order in front of a write or an aggregation',
    );

    function placeOf(tree: PlanTree, sort: PlanNode, exchange: PlanNode, sink: PlanNode): Place | undefined {
      const writers = ranBelow(exchange);
      // Sampling the keys runs all that lies below once more, in a job of its own: a stage that ran these operators and wrote nothing.
      const sampling = writers.filter((stage) => stage.total('shuffleWriteBytes') === 0);
      const writing = writers.filter((stage) => !sampling.includes(stage));
      const reading = sort.stages.filter((stage) => !writers.includes(stage));
      const before = heldBy(criticalPath, sampling);
      const bytes = exchange.metric('data size', 'shuffle bytes written') ?? 0;
      const moving = shareOf([...writing, ...reading], bytes / t.bytesPerMs);
      const inOrder = shareOf(reading, sort.metric('sort time') ?? 0);
      const heldMs = before + moving + inOrder;
      const all = unique([...sampling, ...writing, ...reading]);
      if (all.length === 0) return undefined;
      const keys = shuffleKeys(exchange) || 'its key';
      const what =
        sink.kind === 'write'
          ? `it is written (${sink.name.replace(/^Execute /, '').trim()})`
          : `the ${sink.name} above, which keeps no order`;
      return {
        cause: `All rows (${formatBytes(bytes)}) are put into one order by ${keys} before ${what}: ${sampling.length > 0 ? `a pass over the input to sample the keys (${formatMillis(before)}), ` : ''}a shuffle and a sort held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [...all.map(stageRef), nodeRef(tree, sort), nodeRef(tree, exchange)],
        numbers: [
          { name: 'rows sorted', value: exchange.metric('shuffle records written') ?? 0, unit: 'count' },
          { name: 'bytes moved', value: bytes, unit: 'bytes' },
          { name: 'sampling pass', value: Math.round(before), unit: 'ms' },
          { name: 'shuffle and sort', value: Math.round(moving + inOrder), unit: 'ms' },
        ],
        heldMs: Math.min(heldMs, Math.max(0, (run.application.endMs ?? run.application.lastEventMs ?? 0) - (run.application.startMs ?? 0))),
        remedies: [
          `Remove the \`orderBy\` on ${keys}: files and groups have no order that a reader may rely on.`,
          `If readers profit from sorted files, sort within them: \`.sortWithinPartitions(${keys.split(', ')[0]})\`, or repartition by the partition columns of the output.`,
        ],
      };
    }

    /** Part of the stages' time on the path for so much of their task time. */
    function shareOf(of: readonly StageFact[], ms: number): number {
      const total = of.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      return total > 0 ? heldBy(criticalPath, of) * Math.min(1, ms / total) : 0;
    }
  },
});

const CUT: ReadonlySet<PlanNode['kind']> = new Set(['exchange', 'broadcast-exchange', 'reused-exchange', 'memory-scan']);

/** Stages that ran the operators straight below an exchange: those that wrote it and those that only sampled. */
const ranBelow = (exchange: PlanNode): StageFact[] =>
  unique(
    below(exchange, (node) => CUT.has(node.kind))
      .filter((node) => !CUT.has(node.kind))
      .flatMap((node) => node.stages),
  );

/** The write or aggregation that takes the sorted rows; undefined when they are shown, collected, or an operator between needs the order. */
function sinkOf(sort: PlanNode): PlanNode | undefined {
  for (let node = parentOperator(sort); node !== undefined; node = parentOperator(node)) {
    if (node.kind === 'write') {
      // WriteFiles does the work, the command above it says what is written.
      const command = parentOperator(node);
      return command?.kind === 'write' ? command : node;
    }
    if (node.kind === 'exchange') return hasAggregate(node) ? undefined : node;
    if (node.kind === 'aggregate') return /(first|last|collect_list|array_agg|listagg)\(/i.test(node.detail) ? undefined : node;
    if (node.kind === 'limit' || node.kind === 'window' || node.kind === 'python-arrow') return undefined;
    if (node.kind !== 'project' && node.kind !== 'filter' && node.kind !== 'coalesce' && node.kind !== 'python-row') return undefined;
  }
  return undefined;
}

const hasAggregate = (node: PlanNode) => below(node, (one) => one.kind === 'sort').some((one) => one.kind === 'aggregate');
