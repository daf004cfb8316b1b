// Repeated shuffle: rows are dealt out by a `repartition` and, before anything costly is done with them, dealt out again by the next exchange.
// Law: only a shuffle that the program asked for (Spark plans none of its own twice), and only when what lies between is cheap enough to be done
// without it: a repartition that spreads costly work is there for a reason.

import { formatBytes, formatMillis } from '../../base/index.ts';
import { isExplicit, type PlanNode, type PlanTree, parentOperator } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { heldBy, missingTasks, nodeRef, shuffleKeys, stageRef, unique, writersOf } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'repeated-shuffle',
    title: 'Rows shuffled twice in a row',
    category: 'shuffle',
    needs: ['stages', 'plans', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['repartition', 'join', 'aggregate'],
    thresholds: {
      minBytes: {
        value: 10 * 1024 ** 2,
        unit: 'bytes',
        origin: 'spark.sql.autoBroadcastJoinThreshold: what Spark would rather copy to every executor than shuffle',
        description: 'bytes moved from which a shuffle matters',
      },
      cheapShare: {
        value: 0.5,
        unit: 'share',
        origin: 'when the stage between spends most of its CPU on more than moving rows, the first shuffle spreads that work',
        description: 'most share of functions or joins in the time of the stage between: counted by the operators there',
      },
    },
    explains: [],
  },
  diagnose({ stages, plans, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const places: Place[] = [];
    for (const tree of plans.all) {
      for (const node of tree.nodes) {
        if (node.kind !== 'exchange' || node.reused || node.cached || !isExplicit(node)) continue;
        const place = placeOf(tree, node);
        if (place !== undefined) places.push(place);
      }
    }
    return placesOr(places, 'no repartition is followed at once by another shuffle');

    function placeOf(tree: PlanTree, exchange: PlanNode): Place | undefined {
      const moved = exchange.metric('data size', 'shuffle bytes written') ?? 0;
      const next = nextExchange(exchange);
      if (next === undefined || moved < t.minBytes) return undefined;
      const writers = writersOf(exchange);
      const between = writersOf(next).filter((stage) => !writers.includes(stage));
      if (between.length === 0) return undefined;
      const total = writers.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const write = exchange.metric('shuffle write time') ?? 0;
      // Without the first shuffle the stage between is fused into the one before: reading, unpacking and starting its tasks go away.
      const read = heldBy(criticalPath, between);
      const aggregates = operatorsTo(exchange, next).filter((node) => node.kind === 'aggregate');
      const kept = aggregates.reduce((sum, node) => sum + (node.metric('time in aggregation build') ?? 0), 0);
      const readTotal = between.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const heldMs =
        (total > 0 ? heldBy(criticalPath, writers) * Math.min(1, write / total) : 0) +
        (readTotal > 0 ? read * (1 - Math.min(1, kept / readTotal)) * t.cheapShare : 0);
      const asked = /(\w+Partitioning|SinglePartition|hashpartitioning|rangepartitioning)\(?/.exec(exchange.detail)?.[1] ?? 'a repartition';
      const keys = shuffleKeys(exchange);
      const then = shuffleKeys(next);
      return {
        cause: `${formatBytes(moved)} are repartitioned (${asked}${keys === '' ? '' : ` by ${keys}`}) and at once shuffled again${then === '' ? '' : ` by ${then}`}: the first shuffle of query ${tree.execution.id} is lost work and held the end for up to ${formatMillis(heldMs)}.`,
        evidence: [...unique([...between, ...writers]).map(stageRef), nodeRef(tree, exchange), nodeRef(tree, next)],
        numbers: [
          { name: 'moved by the first', value: moved, unit: 'bytes' },
          { name: 'moved by the second', value: next.metric('data size', 'shuffle bytes written') ?? 0, unit: 'bytes' },
          { name: 'stage between', value: Math.round(read), unit: 'ms' },
        ],
        heldMs,
        remedies: [
          `Remove the \`repartition\`${keys === '' ? '' : ` by ${keys}`}: the ${then === '' ? 'next operator' : `grouping, join or write by ${then}`} shuffles the rows as it needs them.`,
          ...(then === '' || keys !== ''
            ? []
            : [`Or repartition by what follows: \`.repartition("${then.split(', ')[0]}")\`, which that operator can use as it is.`]),
        ],
      };
    }
  },
});

const CHEAP: ReadonlySet<PlanNode['kind']> = new Set(['project', 'filter', 'sort', 'aggregate', 'aqe-read', 'wrapper', 'coalesce']);

/** The exchange above, when only cheap row-wise operators lie between. */
function nextExchange(exchange: PlanNode): PlanNode | undefined {
  for (let node = parentOperator(exchange); node !== undefined; node = parentOperator(node)) {
    if (node.kind === 'exchange') return node;
    if (!CHEAP.has(node.kind) || hasCall(node)) return undefined;
    // Only the partial half of an aggregation: a final one would have used the first shuffle.
    if (node.kind === 'aggregate' && !/partial_|functions=\[\]/.test(node.detail)) return undefined;
  }
  return undefined;
}

function operatorsTo(from: PlanNode, to: PlanNode): PlanNode[] {
  const out: PlanNode[] = [];
  for (let node = parentOperator(from); node !== undefined && node !== to; node = parentOperator(node)) out.push(node);
  return out;
}

/** A function of the program's own in a projection or filter: it may be what the rows were spread for. */
const BUILT_IN =
  /^(cast|isnotnull|isnull|coalesce|substring|substr|concat|concat_ws|upper|lower|trim|round|abs|if|when|knownfloatingpointnormalized|normalizenanandzero|date_format|to_date|year|month|day|length|hash|pmod|struct|named_struct|array|element_at|sum|count|min|max|avg|partial_\w+|merge_\w+|monotonically_increasing_id|gettimestamp|try_\w+|promote_precision|checkoverflow|and|or|not|in)$/i;
const hasCall = (node: PlanNode): boolean =>
  (node.kind === 'project' || node.kind === 'filter') &&
  [...node.detail.matchAll(/\b([A-Za-z_]\w*)\(/g)].some((match) => !BUILT_IN.test(match[1] as string));
