// Codegen fallback: operators that Spark compiles into one loop ran one by one, row by row, because compiling was off or the rows were too wide.
// Law: only operators that support it, in stages that spend their time on CPU; a plan in which its neighbours are compiled shows that it could be.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import { childOperators, type PlanNode, type PlanTree } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type Place, placesOr } from '../define.ts';
import { heldBy, missingTasks, nodeRef, stageRef, unique } from '../shared.ts';

/** Operators with code generation in every version since 2.3. */
const COMPILES = /^(HashAggregate|Project|Filter|SortMergeJoin|BroadcastHashJoin|Expand|Generate|Range)\b/;

export const rule = defineRule({
  meta: {
    id: 'codegen-fallback',
    title: 'Operators that were not compiled',
    category: 'compute',
    needs: ['stages', 'plans', 'criticalPath', 'settings'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['setting', 'frame', 'aggregate'],
    keysInCode: ['spark.sql.codegen.wholeStage', 'spark.sql.codegen.maxFields'],
    thresholds: {
      maxFields: {
        value: 100,
        unit: 'count',
        origin: 'spark.sql.codegen.maxFields',
        description: 'columns from which Spark does not compile an operator, when the setting does not say',
      },
      gain: {
        value: 0.5,
        unit: 'share',
        origin: 'assumed: compiled stages ran 2–10 × faster in Spark’s own benchmarks; the low end counts',
        description: 'part of the CPU time of such a stage that compiling would save',
      },
      minCpu: {
        value: 0.5,
        unit: 'share',
        origin: 'a stage that waits is not made faster by compiling',
        description: 'least share of CPU time in the run time of the stage',
      },
    },
    explains: [],
  },
  diagnose({ stages, plans, criticalPath, settings }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    return placesOr(
      plans.all.flatMap((tree) => placeOf(tree) ?? []),
      'the operators that can be compiled were, or took little CPU time',
    );

    function placeOf(tree: PlanTree): Place | undefined {
      const off = !settings.flag('spark.sql.codegen.wholeStage', true, tree.execution);
      const maxFields = settings.number('spark.sql.codegen.maxFields', tree.execution) ?? t.maxFields;
      const nodes = tree.nodes.filter(
        (node) => COMPILES.test(node.name) && !node.reused && !node.cached && !compiled(node) && (off || fieldsOf(node) > maxFields),
      );
      if (nodes.length === 0) return undefined;
      const own = unique(nodes.flatMap((node) => node.stages)).filter((stage) => {
        const run = stage.total('runMs');
        return run > 0 && stage.total('cpuNs') / 1e6 >= t.minCpu * run && criticalPath.held(stage) > 0;
      });
      if (own.length === 0) return undefined;
      const held = heldBy(criticalPath, own);
      const run = own.reduce((sum, stage) => sum + stage.total('runMs'), 0);
      const cpu = Math.min(1, own.reduce((sum, stage) => sum + stage.total('cpuNs') / 1e6, 0) / run);
      const first = nodes[0] as PlanNode;
      const widest = nodes.reduce((most, node) => Math.max(most, fieldsOf(node)), 0);
      const key = off ? 'spark.sql.codegen.wholeStage' : 'spark.sql.codegen.maxFields';
      const conf: EvidenceRef = { kind: 'conf', key, value: off ? 'false' : String(maxFields) };
      return {
        cause: `${formatCount(nodes.length)} operators of query ${tree.execution.id} (${unique(nodes.map((node) => node.name.trim()))
          .slice(0, 4)
          .join(
            ', ',
          )}) ran uncompiled, row by row${off ? `: ${key} is off` : `: ${formatCount(widest)} columns are more than ${key} = ${maxFields}`}; their stages held the end for ${formatMillis(held)}, ${formatShare(cpu)} of it CPU.`,
        evidence: [...own.map(stageRef), nodeRef(tree, first), conf],
        numbers: [
          { name: 'operators', value: nodes.length, unit: 'count' },
          { name: 'columns', value: widest, unit: 'count' },
          { name: 'CPU share of the stages', value: cpu, unit: 'share' },
        ],
        heldMs: held * cpu * t.gain,
        remedies: off
          ? ['Remove spark.sql.codegen.wholeStage=false: it is a switch for looking for bugs.']
          : [
              'Select the columns that are needed before the heavy operators: under the limit Spark compiles them.',
              `Or raise the limit for this query: spark.sql.codegen.maxFields=${Math.ceil(widest / 100) * 100} (the compiled code may grow too large for the JIT: measure it).`,
            ],
      };
    }
  },
});

/** Inside a WholeStageCodegen, or shown with its number (`*(3) Project`). */
function compiled(node: PlanNode): boolean {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (/^WholeStageCodegen/.test(at.name)) return true;
    if (
      at.kind !== 'project' &&
      at.kind !== 'filter' &&
      at.kind !== 'aggregate' &&
      !/join$/.test(at.kind) &&
      at.kind !== 'expand' &&
      at.kind !== 'generate' &&
      at.kind !== 'sort'
    )
      return false;
    // An operator of the same compiled stage may stand between.
    if (childOperators(at).length > 1 && !/join$/.test(at.kind)) return false;
  }
  return false;
}

/** Columns of an operator: what it prints, and what it says it left out. */
function fieldsOf(node: PlanNode): number {
  const cut = /\.\.\. (\d+) more fields/.exec(node.detail)?.[1];
  return cut === undefined ? 0 : Number(cut) + 25;
}
