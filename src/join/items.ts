// Things of the program that a plan can show: joins, groupings, windows, sorts, repartitions, filters, UDFs, caches, reads, writes, other steps.
// Law: one list, made once; a thing knows the frames on which it is done, so that it can be looked for behind one action only.

import {
  type Call,
  child,
  columnsIn,
  type Frame,
  type Join,
  linkNode,
  type Node,
  named,
  nameNode,
  type Program,
  partitionsOf,
  type SqlText,
  textOf,
  type Udf,
} from '../pyspark/index.ts';
import { columnsOfArguments, functionsOfArguments, plainName } from './names.ts';
import type { CodeThing, Located } from './types.ts';

export interface Item {
  readonly thing: CodeThing;
  /** What to show. */
  readonly at: Node;
  /** The method or kind: `join`, `groupBy`, `coalesce`, `row`. */
  readonly method: string;
  /** Keys, or the columns of a condition: plain names. */
  readonly columns: readonly string[];
  readonly functions: readonly string[];
  readonly partitions: number | undefined;
  /** Frames that it makes. */
  readonly frames: readonly Frame[];
  /** What `Located` hands out with it. */
  readonly refs: Partial<Pick<Located, 'call' | 'frame' | 'read' | 'write' | 'join' | 'window' | 'udf' | 'cache' | 'action' | 'setting'>>;
}

const SORTS = /^(orderBy|sort|sortWithinPartitions|rdd\.sortBy|rdd\.sortByKey|rdd\.repartitionAndSortWithinPartitions)$/;
const REPARTITIONS = /^(repartition|repartitionByRange|coalesce|rdd\.repartition|rdd\.coalesce|rdd\.partitionBy)$/;
const DISTINCTS = /^(distinct|dropDuplicates|drop_duplicates|dropDuplicatesWithinWatermark|rdd\.distinct)$/;
const RDD_GROUPS =
  /^rdd\.(groupByKey|reduceByKey|aggregateByKey|foldByKey|combineByKey|groupBy|countByKey|cogroup|groupWith|treeAggregate)$/;
const RDD_JOINS = /^rdd\.(join|leftOuterJoin|rightOuterJoin|fullOuterJoin|subtractByKey|cartesian)$/;
const RDD_FUNCTIONS = /^rdd\.(map|flatMap|filter|mapPartitions|mapPartitionsWithIndex|mapValues|flatMapValues|keyBy|zipWithIndex|pipe)$/;
const DISTINCT_FUNCTIONS = /^(countDistinct|count_distinct|sumDistinct|sum_distinct|collect_set|approx_count_distinct)$/;

export function itemsOf(program: Program): readonly Item[] {
  const items: Item[] = [];
  const add = (thing: CodeThing, at: Node, method: string, frames: readonly Frame[], refs: Item['refs'], more: Partial<Item> = {}) =>
    items.push({ thing, at, method, columns: [], functions: [], partitions: undefined, frames, refs, ...more });
  const joinOf = new Map(program.joins.map((one) => [one.frame, one]));
  const cacheOf = new Map(program.caches.map((one) => [one.frame, one]));
  const windows = new Map<Item['refs']['window'], { frames: Frame[]; call: Call }>();
  const udfs = new Map<Udf, { frames: Frame[]; calls: Call[] }>();

  for (const frame of program.frames) {
    const { call, method } = frame;
    if (frame.read !== undefined)
      add('read', readNode(frame.read.call), method, [frame], { read: frame.read, call: frame.read.call, frame });
    if (call === undefined) continue;
    const refs = { call, frame };
    const at = linkNode(call);
    const columns = columnsOfArguments(call.arguments);
    const functions = functionsOfArguments(call.arguments);
    const join = joinOf.get(frame);
    const grouping = frame.grouping;
    const cache = cacheOf.get(frame);
    for (const value of columnsIn(call)) {
      for (const window of value.windows) {
        const known = windows.get(window) ?? { frames: [], call };
        known.frames.push(frame);
        windows.set(window, known);
      }
      for (const udf of value.udfs) used(udfs, udf, frame, call);
    }
    for (const udf of program.udfs) if (udf.uses.includes(call)) used(udfs, udf, frame, call);
    if (join !== undefined)
      add(
        'join',
        at,
        method,
        [frame],
        { ...refs, join },
        { columns: join.keys.length > 0 ? join.keys.map(plainName) : conditionOf(join), functions },
      );
    else if (RDD_JOINS.test(method)) add('join', at, method, [frame], refs);
    else if (grouping !== undefined) {
      const keys = columnsOfArguments(grouping.keys);
      // From groupBy to what is computed: one step in two calls.
      const both = { ...call.node, start: Math.min(nameNode(grouping.call).start, at.start), children: [] };
      add('aggregate', both, method, [frame], refs, { columns: keys, functions });
      distinctFunctions(call, frame, functions);
    } else if (method === 'agg' || RDD_GROUPS.test(method)) {
      add('aggregate', at, method, [frame], refs, { columns: [], functions });
      distinctFunctions(call, frame, functions);
    } else if (DISTINCTS.test(method)) add('distinct', at, method, [frame], refs, { columns });
    else if (SORTS.test(method)) add('sort', at, method, [frame], refs, { columns });
    else if (REPARTITIONS.test(method)) add('repartition', at, method, [frame], refs, { columns, partitions: partitionsOf(call) });
    else if (method === 'filter' || method === 'where') add('filter', at, method, [frame], refs, { columns, functions });
    else if (RDD_FUNCTIONS.test(method)) add('udf', at, method, [frame], refs);
    else if (cache !== undefined) add('cache', at, method, [frame, cache.source], { ...refs, cache });
    else if (frame.read === undefined && method !== 'sql') add('frame', at, method, [frame], refs, { columns, functions });
  }

  function distinctFunctions(call: Call, frame: Frame, functions: readonly string[]): void {
    if (!functions.some((name) => DISTINCT_FUNCTIONS.test(name))) return;
    const nodes = call.arguments.map((one) => one.node).filter((node) => /distinct|collect_set/i.test(textOf(node)));
    const first = nodes[0];
    const last = nodes.at(-1);
    const at = first === undefined || last === undefined ? linkNode(call) : { ...first, end: last.end, children: [] };
    add('distinct', at, call.name, [frame], { call, frame }, { columns: columnsOfArguments(call.arguments), functions });
  }

  for (const window of program.windows) {
    const known = windows.get(window);
    add(
      'window',
      window.node,
      'window',
      known?.frames ?? [],
      { window, call: known?.call, frame: known?.frames[0] },
      {
        columns: window.keys.map(plainName),
      },
    );
  }
  for (const udf of program.udfs) {
    const known = udfs.get(udf);
    const call = known?.calls[0] ?? udf.uses[0];
    const refs = { udf, call, frame: known?.frames[0] };
    if (udf.definition !== undefined) add('udf', definitionNode(udf.definition), udf.kind, known?.frames ?? [], refs);
    else add('udf', udf.node, udf.kind, known?.frames ?? [], refs);
    for (const use of known?.calls ?? []) add('udf', linkNode(use), udf.kind, known?.frames ?? [], { ...refs, call: use });
  }
  for (const action of program.actions)
    if (action.write !== undefined)
      add('write', writeNode(action.call), action.call.name, action.frames, { write: action.write, call: action.call, action });
  for (const sql of program.sql) if (sql.kind === 'statement' && sql.frame !== undefined) sqlItems(sql, sql.frame, add);
  for (const setting of program.settings) add('setting', setting.node, setting.key, [], { setting });
  return items;
}

/** A statement of SQL text is one thing of each kind that its words show: the analysis does not look further into it. */
function sqlItems(
  sql: SqlText,
  frame: Frame,
  add: (thing: CodeThing, at: Node, method: string, frames: readonly Frame[], refs: Item['refs'], more?: Partial<Item>) => void,
): void {
  const refs = { frame, call: sql.call };
  const words: readonly (readonly [CodeThing, RegExp])[] = [
    ['join', /\bjoin\b/i],
    ['aggregate', /\bgroup\s+by\b|\b(count|sum|avg|min|max)\s*\(/i],
    ['distinct', /\bdistinct\b/i],
    ['window', /\bover\s*\(/i],
    ['sort', /\border\s+by\b|\bsort\s+by\b/i],
    ['filter', /\bwhere\b|\bhaving\b/i],
    ['repartition', /\/\*\+\s*(repartition|coalesce|rebalance)/i],
    ['read', /\bfrom\b/i],
  ];
  for (const [thing, word] of words) if (word.test(sql.text)) add(thing, sql.node, 'sql', [frame], refs);
  add('frame', sql.node, 'sql', [frame], refs);
}

function used(udfs: Map<Udf, { frames: Frame[]; calls: Call[] }>, udf: Udf, frame: Frame, call: Call): void {
  const known = udfs.get(udf) ?? { frames: [], calls: [] };
  if (!known.frames.includes(frame)) known.frames.push(frame);
  if (!known.calls.includes(call)) known.calls.push(call);
  udfs.set(udf, known);
}

/** A read whole: `spark.read…load(…)` is one thing, from its start. */
const readNode = (call: Call): Node => call.node;

/** A write from `.write` on: what comes before it are other steps. */
export function writeNode(call: Call): Node {
  for (let node: Node | undefined = call.node; node !== undefined; ) {
    if (node.type === 'attribute') {
      const name = child(node, 'attribute');
      if (name !== undefined && /^(write|writeStream|writeTo)$/.test(textOf(name)))
        return { ...call.node, start: name.start, children: [] };
      node = child(node, 'object');
    } else if (node.type === 'call') node = child(node, 'function');
    else node = named(node)[0];
  }
  return linkNode(call);
}

/** Columns of a condition that is no equality of keys. */
const conditionOf = (join: Join): string[] => (join.on?.kind === 'column' ? join.on.columns.map(plainName) : []);

/** A function with its decorators. */
function definitionNode(definition: Node): Node {
  return definition.parent?.type === 'decorated_definition' ? definition.parent : definition;
}
