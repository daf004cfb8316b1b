// Row-at-a-time Python UDF: every row goes to a Python worker and back, where a built-in function would stay in the JVM.
// Law: Arrow only changes how the rows travel: an Arrow-optimised plain @udf (eval type 101, default from 4.2) is a row UDF too.
// The cost is the measured time in Python (4.3+), else the workers' time or the stage's time without CPU as an upper bound. Starting workers is no row work.
// Rows of a DataFrame that are grouped in Python as an RDD (`df.rdd.map(…).reduceByKey`) are the same cause without a plan; a plain RDD program is not.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import { callSiteOf, outsideJvmMs, type PlanNode, type PlanTree, type StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type Place, placesOr } from '../define.ts';
import { heldByOperators, nodeRef, pythonFunctions, pythonMs, stageRef, taskTimeOf, unique } from '../shared.ts';

/** PythonEvalType: 100 SQL_BATCHED_UDF, 101 SQL_ARROW_BATCHED_UDF. */
const ROW_TYPES = new Set(['100', '101']);

export const rule = defineRule({
  meta: {
    id: 'python-row-udf',
    title: 'Python UDF called row by row',
    category: 'compute',
    needs: ['stages', 'plans', 'criticalPath', 'settings'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['udf'],
    thresholds: {
      rowMs: {
        value: 0.0015,
        unit: 'ms',
        origin:
          'measured: for 1.6 million rows and two functions the workers ran 7.1 s longer than their code, 2.2 µs a call, part of it waiting',
        description: 'task time to pack, send and unpack one row for one function',
      },
      rddRowMs: {
        value: 0.06,
        unit: 'ms',
        origin: 'measured: 1.2 million rows of six columns through `df.rdd.map(lambda)` took 62 µs of task time a row on eight busy slots',
        description: 'most task time to hand one row of a DataFrame to Python as an object and take back what a small function makes of it',
      },
    },
    explains: ['udf-in-filter', 'codegen-fallback'],
  },
  diagnose({ stages, plans, criticalPath, settings }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    const handed = rddUses(stages.all);
    if (plans.all.length === 0 && handed.size === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
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
    if (seen + handed.size === 0) return { status: 'clear', note: 'no row-at-a-time Python UDF ran' };
    const heldOf = heldByOperators(
      criticalPath,
      [...uses.values()].flat().map(({ node }) => node),
      (node) => timesOf(node).ms,
    );
    return placesOr(
      [
        ...[...uses].map(([names, nodes]) => placeOf(names, nodes)),
        ...[...handed].map(([site, own]) => rddPlace(site, own)).filter((place) => place.heldMs > 0),
      ],
      'the Python UDFs had no rows to work on',
    );

    /** Task time of the rows in Python and of the start of the workers, ms. */
    function timesOf(node: PlanNode): { readonly ms: number; readonly start: number } {
      const start = (node.metric('time to start Python workers') ?? 0) + (node.metric('time to initialize Python workers') ?? 0);
      const rows = node.metric('number of output rows') ?? 0;
      const measured = node.metric('time to execute Python code') !== undefined;
      // The workers' whole time (4.0–4.2) begins with their start; the time of the code alone (4.3+) does not hold it.
      const ms = measured
        ? pythonMs(node) + rows * Math.max(1, pythonFunctions(node).length) * t.rowMs
        : Math.max(0, pythonMs(node) - start);
      return { ms, start };
    }

    function placeOf(names: string, nodes: readonly { readonly tree: PlanTree; readonly node: PlanNode }[]): Place {
      let held = 0;
      let time = 0;
      let startMs = 0;
      let rows = 0;
      let stageMs = 0;
      for (const { node } of nodes) {
        const { ms, start } = timesOf(node);
        held += heldOf(node);
        time += ms;
        startMs += start;
        rows += node.metric('number of output rows') ?? 0;
        stageMs += taskTimeOf(node);
      }
      const plural = names.includes(',');
      const started = startMs >= 1000 ? ` Starting the workers took ${formatMillis(startMs)} more.` : '';
      return {
        cause: `${names} ${plural ? 'are' : 'is'} called in Python for ${rows > 0 ? `${formatCount(rows)} rows` : 'each row'}: ${formatMillis(time)} of task time, ${formatShare(Math.min(1, time / Math.max(1, stageMs)))} of the stages; that held the end for up to ${formatMillis(held)}.${started}`,
        evidence: [
          ...unique(nodes.flatMap(({ node }) => node.stages)).map(stageRef),
          ...nodes.map(({ tree, node }) => nodeRef(tree, node)),
        ],
        numbers: [
          { name: 'time in Python', value: Math.round(time), unit: 'ms' },
          { name: 'starting the workers', value: Math.round(startMs), unit: 'ms' },
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

    function rddPlace(site: string, own: readonly StageFact[]): Place {
      const total = own.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const rowsOf = (stage: StageFact) => stage.readRecords().reduce((sum, count) => sum + count, 0);
      // What the function itself does with a row (waits for a service, runs a model) would be done anyhow.
      const timeOf = (stage: StageFact) => Math.min(stage.taskTimeMs, outsideJvmMs(stage), rowsOf(stage) * t.rddRowMs);
      const time = own.reduce((sum, stage) => sum + timeOf(stage), 0);
      const held = own.reduce((sum, stage) => sum + (criticalPath.held(stage) * timeOf(stage)) / Math.max(1, stage.taskTimeMs), 0);
      const rows = own.reduce((sum, stage) => sum + rowsOf(stage), 0);
      const line = callSiteOf(site);
      const source: EvidenceRef[] = line === undefined ? [] : [{ kind: 'source', file: line.file, line: line.line }];
      return {
        cause: `The rows of a DataFrame are handed to Python one by one as an RDD (${site}): ${
          rows > 0 ? `${formatCount(rows)} records read, ` : ''
        }about ${formatMillis(time)} of task time in Python (of what the tasks did not spend on JVM CPU, collection or shuffle, up to ${formatMicros(t.rddRowMs)} a row), ${formatShare(
          Math.min(1, time / Math.max(1, total)),
        )} of the stage; that held the end for up to ${formatMillis(held)}.`,
        evidence: [...own.map(stageRef), ...source],
        numbers: [
          { name: 'time in Python, estimated', value: Math.round(time), unit: 'ms' },
          { name: 'records read', value: rows, unit: 'count' },
          { name: 'share of stages', value: Math.min(1, time / Math.max(1, total)), unit: 'share' },
        ],
        heldMs: held,
        remedies: [
          'Stay in the DataFrame: `groupBy(…).agg(…)` for `reduceByKey`, `withColumn` and `where` with built-in functions for `map` and `filter`; only the columns that are used are then read.',
          'If Python must see the rows, let it see whole columns: `df.mapInPandas(…)` or a pandas UDF instead of `df.rdd`.',
          'Select the needed columns and filter before `.rdd`, so that fewer bytes are packed for Python.',
        ],
      };
    }
  },
});

const formatMicros = (ms: number) => `${Math.round(ms * 1000)} µs`;

/** Stages that hand the rows of a DataFrame to Python outside a plan to group them by key, by the program's line. */
function rddUses(stages: readonly StageFact[]): Map<string, StageFact[]> {
  const out = new Map<string, StageFact[]>();
  for (const stage of stages) {
    const { rdds } = stage.stage;
    const python = rdds.filter((rdd) => rdd.name === 'PythonRDD').sort((a, b) => b.id - a.id)[0];
    // Pairs for a grouping are work that `groupBy` does; any other function may wait for a service or do what no built-in can.
    const pairs = rdds.some((rdd) => rdd.name === 'PairwiseRDD');
    if (python === undefined || !pairs || !rdds.some((rdd) => /^javaToPython\b/.test(rdd.callSite ?? ''))) continue;
    const site = python.callSite ?? stage.stage.name;
    out.set(site, [...(out.get(site) ?? []), stage]);
  }
  return out;
}

/** Arrow evaluation without a type was always a pandas UDF before 3.5; from then on 101 marks a row UDF. */
function isRowUdf(node: PlanNode): boolean {
  if (node.kind === 'python-row') return true;
  return /ArrowEvalPython/.test(node.name) && ROW_TYPES.has(/,\s*(\d{2,3})\s*$/.exec(node.detail)?.[1] ?? '');
}
