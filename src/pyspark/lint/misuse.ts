// Check on calls that fail when they are reached, or ask Spark for what it does not have.
// Law: only what fails for every input; each case with the version-independent reason.

import { optionOf } from '../flow/io.ts';
import { stringOf } from '../flow/values.ts';
import type { Call } from '../model.ts';
import { child, type Node, textOf, walk } from '../node.ts';
import type { Program } from '../program.ts';
import { columnsIn, frameNode, linkNode, once } from './shared.ts';
import type { Check, Draft } from './types.ts';

/** Methods that the JVM's StatusTracker has and PySpark's has not; source: pyspark.StatusTracker. */
const NO_TRACKER = /^(getApplicationInfo|getExecutorInfos)$/;
/** Levels of the JVM alone: Python's data is serialized anyway; source: pyspark.StorageLevel. */
const NO_LEVEL = /^(MEMORY_ONLY_SER|MEMORY_ONLY_SER_2|MEMORY_AND_DISK_SER|MEMORY_AND_DISK_SER_2)$/;

export const apiMisuse: Check = (program) => [
  ...program.calls.flatMap((call) => misused(call)),
  ...levels(program),
  ...streamingDistinct(program),
  ...checkpointWithoutFolder(program),
  ...jdbcOptions(program),
  ...partitionColumns(program),
];

function misused(call: Call): Draft[] {
  const callee = child(call.node, 'function');
  const first = call.arguments[0];
  if (callee === undefined) return [];
  if (/(^|\.)StorageLevel$/.test(textOf(callee)) && stringOf(first?.value) !== undefined)
    return [fails(call.node, 'StorageLevel takes five flags, not a name; write StorageLevel.MEMORY_AND_DISK.')];
  if (/(^|\.)StorageLevel$/.test(textOf(callee)) && call.arguments.length === 1 && first?.splat === false)
    return [fails(call.node, 'StorageLevel takes five flags, not one value; its levels are attributes.')];
  if (callee.type === 'attribute' && NO_TRACKER.test(call.name))
    return [fails(linkNode(call), `PySpark's StatusTracker has no ${call.name}; the REST API has it (/api/v1/applications).`)];
  if (callee.type === 'identifier' && /^(int|float)$/.test(call.name) && first?.value.kind === 'column')
    return [
      fails(
        call.node,
        `${call.name}() of a column fails: a column is an expression, not a number; cast("${call.name === 'int' ? 'int' : 'double'}") converts it.`,
      ),
    ];
  return [];
}

function fails(node: Node, message: string): Draft {
  return { node, message, certainty: 'certain' };
}

function levels(program: Program): Draft[] {
  const drafts: Draft[] = [];
  for (const root of program.roots)
    for (const node of walk(root)) {
      const name = node.type === 'attribute' ? child(node, 'attribute') : undefined;
      const object = node.type === 'attribute' ? child(node, 'object') : undefined;
      if (name !== undefined && object !== undefined && NO_LEVEL.test(textOf(name)) && /(^|\.)StorageLevel$/.test(textOf(object)))
        drafts.push(fails(node, `PySpark has no ${textOf(node)}: Python's data is serialized anyway; MEMORY_AND_DISK is what is meant.`));
    }
  return drafts;
}

function streamingDistinct(program: Program): Draft[] {
  return once(program.frames).flatMap((frame): Draft[] => {
    const column = columnsIn(frame.call).find((one) =>
      one.functions.some((name) => /^(countDistinct|count_distinct|sumDistinct|sum_distinct)$/.test(name)),
    );
    if (column === undefined || frame.grouping === undefined || !program.upstream(frame).some((one) => one.read?.streaming === true))
      return [];
    return [
      { node: column.node, message: 'Exact distinct counts are refused on streams; approx_count_distinct works.', certainty: 'certain' },
    ];
  });
}

function checkpointWithoutFolder(program: Program): Draft[] {
  if (program.calls.some((call) => call.name === 'setCheckpointDir') || program.settings.some((one) => one.key === 'spark.checkpoint.dir'))
    return [];
  return once(program.frames).flatMap((frame): Draft[] =>
    frame.method === 'checkpoint'
      ? [
          {
            node: frameNode(frame),
            message: 'checkpoint() fails unless a folder is set before: sparkContext.setCheckpointDir(…).',
            certainty: 'likely',
          },
        ]
      : [],
  );
}

/** Options that Spark's JDBC source refuses together; source: JDBCOptions and JDBCRelation. */
function jdbcOptions(program: Program): Draft[] {
  return program.reads.flatMap((read): Draft[] => {
    if (read.format !== 'jdbc') return [];
    const query = optionOf(read.options, 'query');
    if (query === undefined) return [];
    if (optionOf(read.options, 'dbtable') !== undefined) return [fails(query.node, 'The JDBC source takes dbtable or query, not both.')];
    return optionOf(read.options, 'partitionColumn') === undefined
      ? []
      : [fails(query.node, 'The JDBC source refuses partitionColumn with query; use dbtable="(select …) as q".')];
  });
}

/** An item of PARTITIONED BY that is no column and no column with its type. */
const EXPRESSION = /^\s*\w+\s*\(|[%+*/]/;

/** Tables are partitioned by columns: Iceberg alone has transforms. */
function partitionColumns(program: Program): Draft[] {
  const bySql = program.sql.flatMap((sql): Draft[] => {
    const list = /\bpartitioned\s+by\s*\(((?:[^()]|\([^()]*\))*)\)/i.exec(sql.text)?.[1];
    const items = list?.split(/,(?![^(]*\))/) ?? [];
    const wrong = /\busing\s+iceberg\b/i.test(sql.text) ? undefined : items.find((item) => EXPRESSION.test(item));
    return wrong === undefined
      ? []
      : [
          {
            node: sql.node,
            message: `PARTITIONED BY takes columns, and \`${wrong.trim()}\` is an expression: make it a column first (a generated one in Delta).`,
            certainty: 'likely',
          },
        ];
  });
  const byCall = program.actions.flatMap(({ write }): Draft[] => {
    const nested = write?.partitionBy.find((name) => /^\w+\.\w+$/.test(name));
    return write === undefined || nested === undefined
      ? []
      : [
          {
            node: linkNode(write.call),
            message: `partitionBy takes columns of the top level, and \`${nested}\` is a field of one: select it under a name of its own first.`,
            certainty: 'likely',
          },
        ];
  });
  return [...bySql, ...byCall];
}
