// Pandas UDF: whole columns go to Python and back, where a built-in function may do the same in the JVM.
// Law: only scalar and aggregating functions are judged; whole-group functions (applyInPandas, mapInPandas, mapInArrow) hold code that no expression replaces.

import { formatBytes, formatCount, formatMillis, formatShare } from '../../base/index.ts';
import type { PlanNode, PlanTree } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { heldByOperators, nodeRef, pythonFunctions, pythonMs, stageRef, taskTimeOf, unique } from '../shared.ts';

/** PythonEvalType of scalar, scalar-iterator, grouped and window aggregate functions; 25x are their Arrow forms (4.1+). */
const JUDGED = new Set(['200', '202', '203', '204', '250', '251', '252', '253']);

export const rule = defineRule({
  meta: {
    id: 'pandas-udf',
    title: 'Pandas UDF on a hot path',
    category: 'compute',
    needs: ['stages', 'plans', 'criticalPath'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['udf'],
    thresholds: {
      minShare: {
        value: 0.2,
        unit: 'share',
        origin: 'below, the stage has other work and a rewrite changes little',
        description: 'share of the stages that Python must take',
      },
    },
    explains: [],
  },
  diagnose({ stages, plans, criticalPath }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const uses = new Map<string, { tree: PlanTree; node: PlanNode }[]>();
    let whole = 0;
    for (const tree of plans.all) {
      for (const node of tree.nodes) {
        if (node.reused || node.kind !== 'python-arrow' || node.stages.length === 0) continue;
        if (!isJudged(node)) {
          whole++;
          continue;
        }
        const names = pythonFunctions(node).join(', ') || 'a pandas function';
        uses.set(names, [...(uses.get(names) ?? []), { tree, node }]);
      }
    }
    if (uses.size === 0)
      return {
        status: 'clear',
        note: whole > 0 ? `${whole} functions over whole groups or batches: no built-in replaces these` : 'no pandas UDF ran',
      };
    const heldOf = heldByOperators(
      criticalPath,
      [...uses.values()].flat().map(({ node }) => node),
      pythonMs,
    );
    const places = [...uses].flatMap(([names, nodes]) => placeOf(names, nodes));
    return placesOr(places, 'pandas UDFs take a small part of their stages');

    function placeOf(names: string, nodes: readonly { readonly tree: PlanTree; readonly node: PlanNode }[]): Place[] {
      let [held, time, total, rows, sent] = [0, 0, 0, 0, 0];
      for (const { node } of nodes) {
        const stageMs = taskTimeOf(node);
        held += heldOf(node);
        time += Math.min(stageMs, pythonMs(node));
        total += stageMs;
        rows += node.metric('number of output rows') ?? 0;
        sent += node.metric('data sent to Python workers') ?? 0;
      }
      const share = time / Math.max(1, total);
      if (share < t.minShare) return [];
      return [
        {
          cause: `${names} run in pandas for ${formatCount(rows)} rows${sent > 0 ? ` (${formatBytes(sent)} sent)` : ''}: ${formatMillis(time)} of task time, ${formatShare(share)} of the stages; that held the end for up to ${formatMillis(held)}.`,
          evidence: [
            ...unique(nodes.flatMap(({ node }) => node.stages)).map(stageRef),
            ...nodes.map(({ tree, node }) => nodeRef(tree, node)),
          ],
          numbers: [
            { name: 'time in Python', value: Math.round(time), unit: 'ms' },
            { name: 'share of stages', value: share, unit: 'share' },
            { name: 'rows', value: rows, unit: 'count' },
          ],
          heldMs: held,
          remedies: [
            `If built-in functions can express ${names}, use them: the rows then stay in the JVM.`,
            'If not, send only the columns it needs and raise spark.sql.execution.arrow.maxRecordsPerBatch when its batches are small.',
          ],
        },
      ];
    }
  },
});

/** Before 3.0 the plan shows no type; ArrowEvalPython was then always a scalar pandas UDF. */
function isJudged(node: PlanNode): boolean {
  if (/AggregateInPandas|ArrowAggregatePython|WindowInPandas|ArrowWindowPython/.test(node.name)) return true;
  if (!/ArrowEvalPython/.test(node.name)) return false;
  const type = /,\s*(\d{2,3})\s*$/.exec(node.detail)?.[1];
  return type === undefined || JUDGED.has(type);
}
