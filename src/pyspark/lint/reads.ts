// Checks on reads and writes: inference, one JDBC connection, filters that cannot skip partitions, columns and files in excess.
// Law: filters of Spark's own functions on a partition column do skip partitions, so only Python between filter and column is a finding.

import { namesIn } from '../flow/frames.ts';
import { optionOf } from '../flow/io.ts';
import { stringOf } from '../flow/values.ts';
import type { Frame, Read } from '../model.ts';
import type { Program } from '../program.ts';
import { selectsStar } from '../sql.ts';
import { columnsIn, frameNode, isCached, isShuffle, lineOf, linkNode, once, partitions, straightUp } from './shared.ts';
import type { Check, Draft } from './types.ts';

export const inferSchema: Check = (program) =>
  program.reads.flatMap((read): Draft[] => {
    if (read.streaming || read.schema === 'given') return [];
    const place = optionOf(read.options, 'inferSchema');
    if (read.schema === 'inferred' && /^(csv|xml)$/.test(read.format ?? 'csv'))
      return [
        {
          node: linkNode(read.call),
          message: `inferSchema reads all of ${target(read)} once more before the job; give the schema.`,
          certainty: 'certain',
          places: place === undefined ? [] : [{ node: place.node, what: 'asked for here' }],
        },
      ];
    if (read.format === 'json')
      return [
        {
          node: linkNode(read.call),
          message: `Without a schema Spark reads all of ${target(read)} once more to infer one; give the schema.`,
          certainty: 'certain',
        },
      ];
    return [];
  });

function target(read: Read): string {
  const pattern = read.paths[0]?.pattern;
  return pattern === undefined || pattern === '*' ? 'the files' : `"${pattern}"`;
}

export const jdbcUnpartitioned: Check = (program) =>
  program.reads.flatMap((read): Draft[] => {
    if (read.format !== 'jdbc') return [];
    const has = (name: string) => optionOf(read.options, name) !== undefined;
    if (has('predicates') || (has('partitionColumn') && has('numPartitions'))) return [];
    // Options that the code computes (`**options`) may hold them.
    if (program.chainOf(read.call).some((call) => call.arguments.some((one) => one.splat && one.value.kind !== 'dict'))) return [];
    const first = program.chainOf(read.call).find((call) => call.name === 'format') ?? read.call;
    return [
      {
        node: linkNode(first),
        message: `The table is read through one connection by one task; give partitionColumn, lowerBound, upperBound and numPartitions (and fetchsize).`,
        certainty: 'certain',
        places: first === read.call ? [] : [{ node: linkNode(read.call), what: 'read here' }],
      },
    ];
  });

/** Columns by which the program itself writes partitions. */
function partitionColumns(program: Program): Set<string> {
  return new Set(program.actions.flatMap((one) => one.write?.partitionBy ?? []));
}

const FILES = /^(parquet|orc|csv|json|text|avro|delta|iceberg|table)$/;

/** Reads that rows of a frame come from. */
function sourcesOf(program: Program, frame: Frame): Read[] {
  return program.upstream(frame).flatMap((one) => (one.read === undefined ? [] : [one.read]));
}

export const filterOnDerived: Check = (program) => {
  const known = partitionColumns(program);
  return once(program.frames).flatMap((frame): Draft[] => {
    if (!/^(filter|where)$/.test(frame.method)) return [];
    const columns = columnsIn(frame.call).filter((one) => one.udfs.some((udf) => udf.kind !== 'java'));
    if (columns.length === 0) return [];
    const reads = sourcesOf(program, frame).filter((read) => FILES.test(read.format ?? 'parquet') && !read.streaming);
    if (reads.length === 0) return [];
    const names = columns.flatMap((one) => one.columns);
    const udf = columns[0]?.udfs[0];
    return [
      {
        node: frameNode(frame),
        message: `The filter on ${names.join(', ')} goes through the Python UDF ${udf?.name}: Spark reads every partition and asks Python for every row. Compare the column itself.`,
        certainty: names.some(
          (name) => known.has(name) || reads.some((read) => read.paths.some((path) => path.pattern.includes(`${name}=`))),
        )
          ? 'likely'
          : 'possible',
        places: udf?.definition === undefined ? [] : [{ node: udf.definition, what: 'the UDF' }],
      },
    ];
  });
};

export const udfFilter: Check = (program) =>
  once(program.frames).flatMap((frame): Draft[] => {
    if (!/^(filter|where|join)$/.test(frame.method)) return [];
    const udf = columnsIn(frame.call)
      .flatMap((one) => one.udfs)
      .find((one) => one.kind !== 'java');
    if (udf === undefined) return [];
    return [
      {
        node: frameNode(frame),
        message: `The Python UDF ${udf.name} decides which rows are kept: nothing of it reaches the source, and every row goes through Python first.`,
        certainty: 'certain',
        places: udf.definition === undefined ? [] : [{ node: udf.definition, what: 'the UDF' }],
      },
    ];
  });

export const selectStar: Check = (program) => {
  const drafts: Draft[] = [];
  for (const frame of once(program.frames)) {
    if (frame.method !== 'select' || frame.call?.arguments.length !== 1 || stringOf(frame.call.arguments[0]?.value) !== '*') continue;
    const used = program.columnsUsed(frame);
    if (!used.complete) continue;
    const held = program.downstream(frame).some((one) => isCached(program, one)) || isCached(program, frame);
    drafts.push({
      node: frameNode(frame),
      message: `select("*") takes every column, and ${used.columns.length} are used (${used.columns.slice(0, 6).join(', ')}${used.columns.length > 6 ? ', …' : ''})${held ? '; behind a cache Spark cannot drop the others' : ''}.`,
      certainty: held ? 'likely' : 'possible',
    });
  }
  for (const sql of program.sql)
    if (sql.kind === 'statement' && selectsStar(sql.text) && sql.frame !== undefined) {
      const used = program.columnsUsed(sql.frame);
      if (used.complete)
        drafts.push({
          node: sql.node,
          message: `SELECT * takes every column, and ${used.columns.length} are used (${used.columns.slice(0, 6).join(', ')}).`,
          certainty: 'possible',
        });
    }
  return drafts;
};

export const writeUnclustered: Check = (program) =>
  program.actions.flatMap((action): Draft[] => {
    const write = action.write;
    if (write === undefined || write.streaming || write.partitionBy.length === 0) return [];
    const by = action.frames.map((frame) => lastShuffle(frame));
    const names = action.frames.flatMap((frame) => [...write.partitionBy, ...copiesOf(frame, write.partitionBy)]);
    if (by.every((one) => one !== undefined && isClustered(one, names))) return [];
    const spread = by.find((one) => one?.method === 'repartition' && (partitions(one) ?? 2) > 1);
    return [
      {
        node: linkNode(write.call),
        message: `Every task writes its own file into every partition of ${write.partitionBy.join(', ')} that it has rows of${spread === undefined ? '' : ` (repartition in line ${lineOf(frameNode(spread))} spreads them over all tasks)`}; repartition by ${write.partitionBy.join(', ')} before the write.`,
        certainty: spread === undefined ? 'possible' : 'likely',
      },
    ];
  });

function lastShuffle(frame: Frame): Frame | undefined {
  return straightUp(frame, (one) => isShuffle(one) || one.method === 'coalesce').find((one) => isShuffle(one) || one.method === 'coalesce');
}

/** Columns of which the named ones are copies: `withColumn("folder", F.col("region"))`. */
function copiesOf(frame: Frame, names: readonly string[]): string[] {
  return straightUp(frame, isShuffle).flatMap((one) => {
    const [name, value] = one.call?.arguments ?? [];
    const isCopy = one.method === 'withColumn' && value?.value.kind === 'column' && value.value.shape === 'column';
    return isCopy && names.includes(stringOf(name?.value) ?? '') && value.value.kind === 'column' ? value.value.columns : [];
  });
}

function isClustered(frame: Frame, by: readonly string[]): boolean {
  if (partitions(frame) === 1) return true;
  if (!/^repartition/.test(frame.method) || frame.call === undefined) return false;
  const keys = namesIn(frame.call);
  return keys.length > 0 && keys.some((key) => by.includes(key));
}
