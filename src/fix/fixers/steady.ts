// Does a frame hold the same rows each time it is computed: nothing it reads is written on the way, nothing in it is drawn anew?
// Law: what is not known to be so is said as not known; a write to the place that is read is known not to be.

import { type Frame, type KnownText, type Program, type SqlText, stringOf, textOf } from '../../pyspark/index.ts';
import type { Precondition } from '../define.ts';
import { lineOf } from '../places.ts';
import { valuesIn } from './by-order.ts';
import { canMeet } from './independent.ts';

/** Their values differ from one evaluation to the next, or from one query to the next. */
const DRAWN =
  /^(rand|randn|uuid|shuffle|random|monotonically_increasing_id|randstr|uniform|now|current_timestamp|current_date|current_time|curdate|localtimestamp|spark_partition_id|input_file_name)$/;
/** The same in the text of Spark SQL. */
const DRAWN_IN_SQL =
  /\b(rand|randn|uuid|shuffle|random|monotonically_increasing_id|now|current_timestamp|current_date|curdate|localtimestamp|unix_timestamp|tablesample)\b\s*(\(\s*\)|\(\s*\d|(?<=current_timestamp|current_date|tablesample))/i;
/** Python that gives something else each time. */
const DRAWN_IN_PYTHON =
  /\b(random|uuid[14]?|secrets|requests|np\.random|numpy\.random)\b|\b(now|utcnow|today|time|time_ns|urandom|getpid|urlopen|open)\s*\(/;

/** Statements that change a table, or what Spark knows of it. */
const CHANGES_TABLE =
  /^\s*(insert|merge|delete|update|truncate|drop|alter|create|replace|refresh|load|msck|restore|optimize|vacuum|copy)\b/i;
/** Calls after which a source may hold something else. */
const CHANGES_SOURCE =
  /(^|\.)(refreshTable|refreshByPath|recoverPartitions|forPath|forName)$|^subprocess\.|^os\.(system|popen|remove|unlink|rename|replace)$|^shutil\.|\bfs\.(rm|mv|cp|put)$|(^|\.)sleep$/;

/** Nothing that the frame reads is written by the program. */
export function unchanged(program: Program, frame: Frame): Precondition {
  const above = new Set(program.upstream(frame));
  const reads = [...above].flatMap((one) => (one.read === undefined ? [] : [one.read]));
  const paths = reads.flatMap((one) => one.paths);
  const statements = program.sql.filter((one) => one.frame !== undefined && above.has(one.frame));
  const tables = [...reads.flatMap((one) => one.table?.pattern ?? []), ...statements.flatMap((one) => one.tables)];
  let isMaybe = false;
  for (const { write, call } of program.actions) {
    const meeting = [
      ...(write?.path === undefined ? [] : paths.map((one) => pathsMeet(one, write.path as KnownText))),
      ...(write?.table === undefined ? [] : tables.map((one) => tablesMeet(one, (write.table as KnownText).pattern))),
    ];
    if (meeting.includes(true)) return { text: `Line ${lineOf(call.node)} writes what it reads.`, holds: false };
    if (meeting.includes(undefined)) isMaybe = true;
  }
  const changed = program.sql.find(
    (one) => CHANGES_TABLE.test(one.text) && mentions(one, [...tables, ...paths.map((path) => path.pattern)]),
  );
  if (changed !== undefined) return { text: `Line ${lineOf(changed.node)} changes what it reads.`, holds: false };
  if (isMaybe) return { text: 'It is not known whether the program writes what it reads.', holds: undefined };
  const call = program.calls.find((one) => CHANGES_SOURCE.test(textOf(one.node.children[0] ?? one.node)));
  if (call !== undefined) return { text: `After line ${lineOf(call.node)} its sources may hold something else.`, holds: undefined };
  return { text: 'Nothing that it reads is written by the program.', holds: true };
}

const plainPath = (path: string): string => path.replace(/^(file:\/*|dbfs:)(?=\/)/, '').replace(/\/+$/, '');

/** Is one the other, or in it? */
function pathsMeet(a: KnownText, b: KnownText): boolean | undefined {
  if (textOf(a.node) === textOf(b.node)) return true;
  const [one, other] = [plainPath(a.pattern), plainPath(b.pattern)];
  if (one === '*' || other === '*') return false;
  if (a.constant !== undefined && b.constant !== undefined && !/[*?{[]/.test(one))
    return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
  return canMeet(one, other) || canMeet(`${one}/*`, other) || canMeet(one, `${other}/*`) ? undefined : false;
}

const partsOf = (table: string): string[] => table.toLowerCase().replaceAll('`', '').split('.');

function tablesMeet(a: string, b: string): boolean | undefined {
  if (a === '*' || b === '*') return false;
  if (a.includes('*') || b.includes('*')) return canMeet(a, b) ? undefined : false;
  const [one, other] = [partsOf(a), partsOf(b)];
  const length = Math.min(one.length, other.length);
  return one.slice(-length).join('.') === other.slice(-length).join('.');
}

function mentions({ text }: SqlText, places: readonly string[]): boolean {
  const all = text.toLowerCase();
  return places.some((one) => {
    const last = one.includes('/') ? one.toLowerCase() : (partsOf(one).at(-1) as string);
    return last !== '' && !last.includes('*') && new RegExp(`(^|[^\\w])${last.replace(/[.+?^${}()|[\]\\]/g, '\\$&')}([^\\w]|$)`).test(all);
  });
}

/** It holds no values that are drawn anew each time. */
export function steady(program: Program, frame: Frame): Precondition {
  const above = program.upstream(frame);
  if (isDrawn(program, frame))
    return {
      text: 'It holds values that are drawn anew each time: so far each action had its own, cached they all have the same.',
      holds: undefined,
    };
  const counts = program.calls.some((one) => one.name === 'accumulator') && above.some((one) => python(one).length > 0);
  if (counts) return { text: 'An accumulator counts each time it is computed.', holds: undefined };
  return { text: 'It holds no random values: each action gets the rows it got before.', holds: true };
}

/** Is a value in it another one each time it is computed? */
export const isDrawn = (program: Program, frame: Frame): boolean => program.upstream(frame).some((one) => isDrawnIn(program, one));

function isDrawnIn(program: Program, frame: Frame): boolean {
  const call = frame.call;
  const values = [...(call?.arguments ?? []), ...(frame.grouping?.keys ?? [])].flatMap((one) => valuesIn(one.value));
  if (values.some((one) => one.kind === 'column' && one.functions.some((name) => DRAWN.test(name)))) return true;
  if (values.some((one) => one.kind === 'column' && /\bunix_timestamp\(\s*\)/.test(textOf(one.node)))) return true;
  if (program.sql.some((one) => (one.frame === frame || (call !== undefined && one.call === call)) && DRAWN_IN_SQL.test(one.text)))
    return true;
  if (/^selectExpr$/.test(frame.method) && values.some((one) => DRAWN_IN_SQL.test(stringOf(one) ?? ''))) return true;
  if (/^(sample|randomSplit)$/.test(frame.method) && !isSeeded(frame)) return true;
  return python(frame).some((text) => DRAWN_IN_PYTHON.test(text));
}

function isSeeded(frame: Frame): boolean {
  const args = frame.call?.arguments ?? [];
  if (args.some((one) => one.name === 'seed')) return true;
  const positions = args.filter((one) => one.name === undefined);
  if (frame.method === 'randomSplit') return positions.length > 1;
  const [first] = positions;
  return positions.length === 3 || (positions.length === 2 && first?.value.kind === 'constant' && typeof first.value.value === 'number');
}

/** The texts of the Python functions that a step runs. */
function python(frame: Frame): string[] {
  return (frame.call?.arguments ?? []).flatMap((one) =>
    valuesIn(one.value).flatMap((value) => {
      if (value.kind === 'function') return [textOf(value.node)];
      if (value.kind === 'udf') return value.udf.definition === undefined ? [] : [textOf(value.udf.definition)];
      return value.kind === 'column' ? value.udfs.flatMap((udf) => (udf.definition === undefined ? [] : [textOf(udf.definition)])) : [];
    }),
  );
}
