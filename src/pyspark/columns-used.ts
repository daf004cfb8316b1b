// Which columns of a frame the program needs: followed downwards until a projection or an aggregation says so.
// Laws: `complete` only when every way to an action passes one; a name that a step below made itself is not counted, on that way; columns of
// another side of a join may be among the names, for the code alone cannot tell whose a name is.

import { asColumn, isColumn } from './flow/columns.ts';
import { type ColumnValue, stringsOf, type Value } from './flow/values.ts';
import type { Action, Argument, Frame } from './model.ts';
import { bareSql, columnsOfSql } from './sql.ts';

export interface ColumnsUsed {
  /** Sorted. */
  readonly columns: readonly string[];
  /** True when nothing below needs a column that is not among them. */
  readonly complete: boolean;
  /** The first step that may need more, when not complete. */
  readonly because: Frame | Action | undefined;
}

const PINS = new Set([
  'select',
  'selectExpr',
  'agg',
  'count',
  'sum',
  'avg',
  'mean',
  'min',
  'max',
  'applyInPandas',
  'apply',
  'applyInArrow',
]);
const WHOLE_ROW = new Set([
  'distinct',
  'union',
  'unionAll',
  'unionByName',
  'intersect',
  'intersectAll',
  'exceptAll',
  'subtract',
  'except',
  'mapInPandas',
  'mapInArrow',
  'createDataFrame',
  'toDF',
  'transform',
  'describe',
  'summary',
  'sql',
  'dropna',
  'fillna',
  'replace',
  'observe',
  'checkpoint',
  'localCheckpoint',
]);

/** `qualifiers`: aliases of frames and names of tables, in small letters: `t.a` is then the column a, else the field a of a struct t. */
export function columnsUsed(
  frame: Frame,
  childrenOf: (one: Frame) => readonly Frame[],
  actions: readonly Action[],
  qualifiers: ReadonlySet<string> = new Set(),
): ColumnsUsed {
  const columns = new Set<string>();
  let because: Frame | Action | undefined;
  const seen = new Set<string>();
  const stack: { frame: Frame; made: ReadonlySet<string> }[] = [{ frame, made: new Set() }];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const here = at;
    const state = `${here.frame.id}:${[...here.made].sort().join(',')}`;
    if (seen.has(state)) continue;
    if (seen.size > 5000) {
      because ??= here.frame;
      break;
    }
    seen.add(state);
    for (const action of actions)
      if (action.frames.includes(here.frame) && action.method !== 'count' && action.method !== 'isEmpty') because ??= action;
    for (const next of childrenOf(here.frame)) {
      const step = read(next);
      for (const name of step.columns) if (!here.made.has(name) && !name.endsWith('.*')) columns.add(columnIn(name, qualifiers));
      if (!step.complete || step.columns.some((name) => name.endsWith('.*'))) because ??= next;
      if (!step.pins && step.complete) stack.push({ frame: next, made: new Set([...here.made, ...step.made]) });
    }
  }
  return { columns: [...columns].sort(), complete: because === undefined, because };
}

/** The column of a dotted name: behind the frame's alias, or the struct whose field it is. */
function columnIn(name: string, qualifiers: ReadonlySet<string>): string {
  const parts = name.split('.');
  while (parts.length > 1 && qualifiers.has((parts[0] as string).toLowerCase())) parts.shift();
  return parts[0] as string;
}

interface Step {
  readonly columns: readonly string[];
  readonly made: readonly string[];
  readonly complete: boolean;
  /** Nothing else of the frame is needed below. */
  readonly pins: boolean;
}

/** What a step reads of the frame above it. */
function read(frame: Frame): Step {
  const method = frame.method;
  const args = frame.call?.arguments ?? [];
  if (frame.grouping !== undefined) {
    const all = [
      ...frame.grouping.keys.map(columnOf),
      ...args.filter((one) => one.value.kind !== 'function').map((one) => aggregated(one)),
    ];
    const isWhole = frame.grouping.pivoted || /^apply/.test(method) || (args.length === 0 && !/^count$/.test(method));
    return { ...joined(all), made: [], pins: true, ...(isWhole ? { complete: false } : {}) };
  }
  if (WHOLE_ROW.has(method) || method.startsWith('rdd.')) return { columns: [], made: [], complete: false, pins: false };
  if (method === 'select' || method === 'selectExpr') {
    const all = args.map((one) => (method === 'selectExpr' ? sqlArgument(one.value) : columnOf(one)));
    const isStar = args.some((one) => stringsOf(one.value)?.includes('*') === true);
    if (isStar) return { ...joined(all.filter((one) => one.complete)), made: [], complete: true, pins: false };
    return { ...joined(all), made: [], pins: true };
  }
  if (PINS.has(method) && method === 'agg') return { ...joined(args.map(aggregated)), made: [], pins: true };
  if (method === 'withColumn') {
    const name = stringsOf(args[0]?.value)?.[0];
    const value = args[1] === undefined ? { columns: [], complete: true } : columnOf(args[1]);
    return { columns: value.columns, complete: value.complete && name !== undefined, made: name === undefined ? [] : [name], pins: false };
  }
  if (method === 'withColumns') {
    const dict = args[0]?.value;
    if (dict?.kind !== 'dict') return { columns: [], made: [], complete: false, pins: false };
    const values = dict.entries.map(([, value]) => (isColumn(value) ? value : { columns: [], complete: true }));
    return { ...joined(values), made: dict.entries.flatMap(([key]) => stringsOf(key) ?? []), pins: false };
  }
  if (method === 'withColumnRenamed') {
    const [from, to] = args.map((one) => stringsOf(one.value)?.[0]);
    return {
      columns: from === undefined ? [] : [from],
      complete: from !== undefined && to !== undefined,
      made: to === undefined ? [] : [to],
      pins: false,
    };
  }
  if (method === 'drop') return { columns: [], made: [], complete: true, pins: false };
  if (method === 'filter' || method === 'where') {
    const all = args.map((one) => (isColumn(one.value) ? one.value : sqlArgument(one.value)));
    return { ...joined(all), made: [], pins: false };
  }
  if (method === 'join' || method === 'crossJoin' || method === 'lateralJoin') {
    const on = args.find((one) => one.name === 'on') ?? args.filter((one) => one.name === undefined)[1];
    return { ...joined(on === undefined ? [] : [columnOf(on)]), made: [], pins: false };
  }
  if (method === 'dropDuplicates' || method === 'drop_duplicates')
    return args.length === 0
      ? { columns: [], made: [], complete: false, pins: false }
      : { ...joined(args.map(columnOf)), made: [], pins: false };
  if (/^(orderBy|sort|sortWithinPartitions|repartition|repartitionByRange)$/.test(method))
    return {
      ...joined(
        args
          .filter(
            (one) =>
              (one.name !== 'ascending' && one.value.kind !== 'constant') || typeof (one.value as { value?: unknown }).value === 'string',
          )
          .map(columnOf),
      ),
      made: [],
      pins: false,
    };
  if (/^(cache|persist|limit|sample|coalesce|alias|hint|broadcast|either|loop|offset|withWatermark|unpersist)$/.test(method))
    return { columns: [], made: [], complete: true, pins: false };
  return { columns: [], made: [], complete: false, pins: false };
}

type Part = Pick<ColumnValue, 'columns' | 'complete'>;

function joined(parts: readonly Part[]): Part {
  return { columns: [...new Set(parts.flatMap((one) => one.columns))], complete: parts.every((one) => one.complete) };
}

function columnOf(one: Argument): Part {
  return asColumn(one.value, one.node);
}

/** agg(F.sum("x")), agg({"x": "sum"}) and sum("x"). */
function aggregated(one: Argument): Part {
  if (one.value.kind === 'dict') {
    const names = one.value.entries.map(([key]) => stringsOf(key)?.[0]);
    return {
      columns: names.flatMap((name) => (name === undefined || name === '*' ? [] : [name])),
      complete: names.every((name) => name !== undefined),
    };
  }
  return columnOf(one);
}

function withoutHoles(pattern: string): Part {
  return { columns: columnsOfSql(pattern).columns, complete: !bareSql(pattern).includes('*') };
}

function sqlArgument(value: Value): Part {
  if (isColumn(value)) return value;
  const texts = stringsOf(value);
  if (texts === undefined)
    // What is put in between quotes names no column; what is put in elsewhere may.
    return value.kind === 'text' ? withoutHoles(value.text.pattern) : { columns: [], complete: false };
  const parts = texts.map(columnsOfSql);
  return { columns: [...new Set(parts.flatMap((one) => one.columns))], complete: true };
}
