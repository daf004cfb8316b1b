// Row-at-a-time Python UDF: every row goes to a Python worker and back, where a built-in function would stay in the JVM.
// Law: Arrow only changes how the rows travel: an Arrow-optimised plain @udf (eval type 101, default from 4.2) is a row UDF too.
// The cost is the measured time in Python (4.3+), else the workers' time or the stage's time without CPU as an upper bound.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import type { PlanNode, PlanTree } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { nodeRef, pythonFunctions, pythonMs, stageRef, unique } from '../shared.ts';

/** PythonEvalType: 100 SQL_BATCHED_UDF, 101 SQL_ARROW_BATCHED_UDF. */
const ROW_TYPES = new Set(['100', '101']);

export const rule = defineRule({
  meta: {
    id: 'python-row-udf',
    title: 'Python UDF called row by row',
    category: 'compute',
    needs: ['stages', 'plans', 'criticalPath', 'settings'],
    fixability: 'review',
    saves: 'time',
    thresholds: {
      rowMs: {
        value: 0.0015,
        unit: 'ms',
        origin:
          'measured: for 1.6 million rows and two functions the workers ran 7.1 s longer than their code, 2.2 µs a call, part of it waiting',
        description: 'task time to pack, send and unpack one row for one function',
      },
    },
    explains: [],
  },
  diagnose({ stages, plans, criticalPath, settings }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const uses = new Map<string, { tree: PlanTree; node: PlanNode }[]>();
    let seen = 0;
    for (const tree of plans.all) {
      for (const node of tree.nodes) {
        if (node.reused || !isRowUdf(node)) continue;
        seen++;
        if (node.stages.length === 0) continue;
        const names = pythonFunctions(node).join(', ') || 'a Python function';
        uses.set(names, [...(uses.get(names) ?? []), { tree, node }]);
      }
    }
    if (seen === 0) return { status: 'clear', note: 'no row-at-a-time Python UDF ran' };
    return placesOr(
      [...uses].map(([names, nodes]) => placeOf(names, nodes)),
      'the Python UDFs had no rows to work on',
    );

    function placeOf(names: string, nodes: readonly { readonly tree: PlanTree; readonly node: PlanNode }[]): Place {
      let held = 0;
      let time = 0;
      let rows = 0;
      let stageMs = 0;
      for (const { node } of nodes) {
        const stages = unique(node.stages);
        const total = stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
        const count = node.metric('number of output rows') ?? 0;
        const measured = node.metric('time to execute Python code') !== undefined;
        const ms = pythonMs(node) + (measured ? count * Math.max(1, pythonFunctions(node).length) * t.rowMs : 0);
        if (total > 0) held += stages.reduce((sum, stage) => sum + criticalPath.held(stage), 0) * Math.min(1, ms / total);
        time += ms;
        rows += count;
        stageMs += total;
      }
      const plural = names.includes(',');
      return {
        cause: `${names} ${plural ? 'are' : 'is'} called in Python for ${rows > 0 ? `${formatCount(rows)} rows` : 'each row'}: ${formatMillis(time)} of task time, ${formatShare(Math.min(1, time / Math.max(1, stageMs)))} of the stages; that held the end for up to ${formatMillis(held)}.`,
        evidence: [
          ...unique(nodes.flatMap(({ node }) => node.stages)).map(stageRef),
          ...nodes.map(({ tree, node }) => nodeRef(tree, node)),
        ],
        numbers: [
          { name: 'time in Python', value: Math.round(time), unit: 'ms' },
          { name: 'rows', value: rows, unit: 'count' },
          { name: 'share of stages', value: Math.min(1, time / Math.max(1, stageMs)), unit: 'share' },
        ],
        heldMs: held,
        remedies: [
          `Write ${names} with built-in functions (\`F.when\`, \`F.regexp_replace\`, \`F.date_format\`, …): the rows then stay in the JVM and filters can be pushed down.`,
          `If no built-in does it, use a pandas UDF (\`@F.pandas_udf\`), which works on whole columns${(settings.version ?? 0) >= 305 ? '' : ', or on Spark 3.5+ `@udf(useArrow=True)`'}.`,
          'Filter and aggregate first, so that fewer rows reach Python.',
        ],
      };
    }
  },
});

/** Arrow evaluation without a type was always a pandas UDF before 3.5; from then on 101 marks a row UDF. */
function isRowUdf(node: PlanNode): boolean {
  if (node.kind === 'python-row') return true;
  return /ArrowEvalPython/.test(node.name) && ROW_TYPES.has(/,\s*(\d{2,3})\s*$/.exec(node.detail)?.[1] ?? '');
}
