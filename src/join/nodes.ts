// Operators of the run's plans ↔ things of the program: the Join of `df.join`, the Aggregate of `groupBy`, the Exchange of `repartition(8)`.
// Laws: only things behind the query's action are looked at when that is known; keys decide, then kind and the reads beneath; how many
// others fit alike is said; a thing that fits by its kind alone counts only when nothing fits better.

import { below, type PlanNode, parentOperator } from '../facts/index.ts';
import type { Frame, Program } from '../pyspark/index.ts';
import type { Item } from './items.ts';
import { attributesIn, bracket, likeness } from './names.ts';
import type { ScanMap } from './scans.ts';
import type { CodeThing } from './types.ts';

export interface Match {
  readonly item: Item;
  /** From 0; 2 and more: names agree. */
  readonly score: number;
  readonly rivals: number;
  readonly basis: string;
}

/** Kinds of operator that a thing shows as; an operator of several kinds of things is given to each. */
function thingsOf(node: PlanNode): readonly CodeThing[] {
  switch (node.kind) {
    case 'sort-merge-join':
    case 'shuffled-hash-join':
    case 'broadcast-hash-join':
    case 'nested-loop-join':
    case 'cartesian-join':
      return ['join'];
    case 'aggregate':
      return ['aggregate', 'distinct'];
    case 'expand':
      return ['distinct', 'aggregate'];
    case 'window':
      return ['window'];
    case 'sort':
      return ['sort'];
    case 'limit':
      return /TakeOrdered/.test(node.name) ? ['sort'] : [];
    case 'coalesce':
      return ['repartition'];
    case 'exchange':
      return exchangeThings(node);
    case 'scan':
    case 'jdbc-scan':
      return ['read'];
    case 'memory-scan':
      return ['cache'];
    case 'python-row':
      return ['udf'];
    case 'python-arrow':
      return /(FlatMapGroups|FlatMapCoGroups|Aggregate|Window).*(InPandas|InArrow|Python)/.test(node.name)
        ? ['udf', 'aggregate', 'window']
        : ['udf'];
    case 'filter':
      return ['filter'];
    case 'write':
      return ['write'];
    case 'project':
    case 'generate':
    case 'union':
      return ['frame'];
    default:
      return [];
  }
}

function exchangeThings(node: PlanNode): readonly CodeThing[] {
  if (/REPARTITION_BY|REBALANCE/.test(node.detail) || /RoundRobinPartitioning/.test(node.detail)) return ['repartition'];
  if (/rangepartitioning/.test(node.detail)) return ['sort', 'repartition'];
  return [];
}

/** The operator for which an exchange (or a sort below a join, or a broadcast) was made. */
export function consumerOf(node: PlanNode): PlanNode | undefined {
  let at = parentOperator(node);
  while (
    at !== undefined &&
    (at.kind === 'sort' || at.kind === 'project' || at.kind === 'reused-exchange' || at.kind === 'other' || at.kind === 'filter') &&
    at.parent !== undefined
  )
    at = parentOperator(at);
  return at;
}

/** Names of the columns by which an operator works. */
export function keysOf(node: PlanNode): Set<string> {
  const { detail } = node;
  switch (node.kind) {
    case 'aggregate': {
      const from = detail.indexOf('keys=[');
      return from < 0 ? new Set() : attributesIn(bracket(detail, from + 5));
    }
    case 'sort-merge-join':
    case 'shuffled-hash-join':
    case 'broadcast-hash-join': {
      const first = detail.indexOf('[');
      if (first < 0) return new Set();
      const left = bracket(detail, first);
      const second = detail.indexOf('[', first + left.length + 1);
      return attributesIn(`${left} ${second < 0 ? '' : bracket(detail, second)}`);
    }
    case 'python-arrow': {
      const first = detail.indexOf('[');
      return first < 0 ? new Set() : attributesIn(bracket(detail, first));
    }
    case 'exchange': {
      const from = detail.indexOf('partitioning(');
      return from < 0 ? new Set() : attributesIn(bracket(detail, from + 12));
    }
    case 'window': {
      // Window [functions], [partition], [order].
      const first = detail.indexOf('[');
      const functions = first < 0 ? '' : bracket(detail, first);
      const second = detail.indexOf('[', first + functions.length + 2);
      const spec = second < 0 ? '' : bracket(detail, second);
      // Without partition columns Spark leaves their list out, and the order stands in its place.
      return / (ASC|DESC)( NULLS|$|,)/.test(spec) ? new Set() : attributesIn(spec);
    }
    default:
      return attributesIn(detail);
  }
}

export interface NodeMap {
  /** Things of the given kinds that made an operator, the best first. */
  match(node: PlanNode, things: readonly CodeThing[], scope: ReadonlySet<Frame> | undefined): readonly Match[];
}

export function nodeMapOf(program: Program, items: readonly Item[], scanMap: ScanMap): NodeMap {
  const byThing = new Map<CodeThing, Item[]>();
  for (const item of items) byThing.set(item.thing, [...(byThing.get(item.thing) ?? []), item]);
  const upstream = new Map<Frame, ReadonlySet<Frame>>();
  const above = (frame: Frame): ReadonlySet<Frame> => {
    let known = upstream.get(frame);
    if (known === undefined) {
      known = new Set(program.upstream(frame));
      upstream.set(frame, known);
    }
    return known;
  };

  /** Share of the reads beneath an operator that belong to what a thing is done on; undefined when nothing is known of them. */
  const readsFit = (node: PlanNode, frames: readonly Frame[]): number | undefined => {
    const scans = below(node).filter((one) => scanMap.isNamed(one));
    if (scans.length === 0 || frames.length === 0) return undefined;
    const all = new Set(frames.flatMap((frame) => [...above(frame)]));
    return scans.filter((scan) => scanMap.readsOf(scan).some((read) => all.has(read.frame))).length / scans.length;
  };

  const score = (node: PlanNode, item: Item): number | undefined => {
    const own = ownScore(node, item, scanMap);
    if (own === undefined || item.thing === 'read') return own;
    const reads = readsFit(node, item.frames);
    return reads === undefined ? own : reads === 0 ? undefined : own + reads;
  };

  return {
    match(node, things, scope) {
      const found: Match[] = [];
      const possible = thingsOf(node);
      for (const thing of things) {
        if (!possible.includes(thing)) continue;
        const all = byThing.get(thing) ?? [];
        const inScope = scope === undefined ? all : all.filter((item) => item.frames.some((frame) => scope.has(frame)));
        const scored = inScope
          .map((item) => ({ item, score: score(node, item) }))
          .filter((one): one is { item: Item; score: number } => one.score !== undefined)
          .sort((a, b) => b.score - a.score);
        const best = scored[0]?.score ?? 0;
        const equals = scored.filter((one) => one.score >= best - 0.25);
        // Functions with names of their own that one operator calls are no rivals; one function has several places.
        const others =
          thing === 'udf'
            ? Math.max(
                0,
                ...equals.map(
                  ({ item }) =>
                    new Set(equals.filter((one) => one.item.refs.udf?.name === item.refs.udf?.name).map((one) => one.item.refs.udf)).size -
                    1,
                ),
              )
            : equals.length - 1;
        for (const one of scored)
          if (one.score >= best - 0.75 || thing === 'udf')
            found.push({
              item: one.item,
              score: one.score,
              rivals: Math.max(0, others),
              basis: basisOf(node, one.item, one.score, scored.length),
            });
      }
      return found;
    },
  };
}

/** Names that agree, and what must not differ; undefined when the thing cannot have made the operator. */
function ownScore(node: PlanNode, item: Item, scanMap: ScanMap): number | undefined {
  const names = () => keysOf(node);
  // Text of SQL is not looked into: its kind fits, its names are not known.
  if (item.method === 'sql') return 0.5;
  switch (item.thing) {
    case 'join': {
      const cross = node.kind === 'nested-loop-join' || node.kind === 'cartesian-join';
      const keys = item.columns.length === 0 ? 0 : likeness(item.columns, names());
      if (!cross && keys === 0 && item.columns.length > 0 && names().size > 0) return 0.1;
      const how = item.refs.join?.how;
      return 3 * keys + (how === undefined ? 0 : isHow(how, node.detail) ? 0.5 : -0.5) + (cross && keys === 0 ? 1 : 0);
    }
    case 'aggregate': {
      const grouped = item.refs.frame?.grouping !== undefined;
      const keys = names();
      if (!grouped) return keys.size === 0 && node.kind === 'aggregate' ? 1.5 : 0.1;
      if (item.columns.length > 0 && keys.size === 0 && node.kind === 'aggregate') return undefined;
      const fit = likeness(item.columns, keys);
      // Keys of a distinct aggregate hold the counted columns too.
      const within = item.columns.length > 0 && item.columns.every((name) => keys.has(name)) ? 0.5 : 0;
      return fit === 0 && keys.size > 0 && item.columns.length > 0 ? 0.1 : 3 * fit + within;
    }
    case 'distinct': {
      if (/^(distinct|dropDuplicates|drop_duplicates)/.test(item.method)) {
        if (!/functions=\[(|first\(.*)\]/.test(node.detail) && node.kind === 'aggregate' && !/functions=\[\]/.test(node.detail))
          return undefined;
        return item.columns.length === 0 ? 1 : 3 * likeness(item.columns, names());
      }
      return /distinct|collect_set|Expand/i.test(`${node.name} ${node.detail}`) || item.columns.some((name) => names().has(name))
        ? 2
        : undefined;
    }
    case 'window':
      return item.refs.window?.partitioned === true ? 3 * likeness(item.columns, names()) : names().size === 0 ? 3 : undefined;
    case 'sort': {
      const total = /sortWithinPartitions|WithinPartitions/.test(item.method) ? false : undefined;
      if (total === false && (node.kind === 'exchange' || /\], true,/.test(node.detail))) return undefined;
      if (total !== false && node.kind === 'sort' && /\], false,/.test(node.detail) && !/^rdd/.test(item.method)) return undefined;
      return 3 * likeness(item.columns, names());
    }
    case 'repartition': {
      if ((node.kind === 'coalesce') !== /coalesce$/.test(item.method)) return undefined;
      if (/rangepartitioning/.test(node.detail) && !/Range/.test(item.method)) return undefined;
      const number = /[( ](\d+)\)?(?:,|$)/.exec(/Partitioning\(.*|Coalesce \d+/i.exec(node.detail)?.[0] ?? '')?.[1];
      const asked = item.partitions;
      const same = asked !== undefined && number !== undefined ? (Number(number) === asked ? 2 : -1) : 0;
      return Math.max(0.1, same + (item.columns.length === 0 ? 0.5 : 2 * likeness(item.columns, names())));
    }
    case 'read':
      return item.refs.read !== undefined && scanMap.readsOf(node).includes(item.refs.read) ? (scanMap.isNamed(node) ? 3 : 0.5) : undefined;
    case 'cache':
      return 0.5;
    case 'udf': {
      const udf = item.refs.udf;
      if (udf === undefined) return undefined;
      const called = [udf.name, udf.sqlName ?? ''].some(
        (name) => name !== '' && new RegExp(`(^|[^\\w])${name.replace(/\W/g, '.')}\\(`).test(node.detail),
      );
      return called ? 3 : /<lambda>/.test(node.detail) && udf.definition?.type === 'lambda' ? 1.5 : undefined;
    }
    case 'filter': {
      const condition = names();
      if (item.columns.length === 0) return 0.3;
      const share = item.columns.filter((name) => condition.has(name)).length / item.columns.length;
      return share === 0 ? 0.1 : 2 * share + likeness(item.columns, condition);
    }
    case 'write':
      return 0.5;
    case 'frame': {
      const made = attributesIn([...node.detail.matchAll(/ AS ([\w`]+#\d+L?)/g)].map((match) => match[1]).join(' '));
      const names = item.columns.filter((name) => made.has(name) || node.detail.toLowerCase().includes(name));
      return names.length === 0 ? 0.1 : 1;
    }
    default:
      return undefined;
  }
}

const HOWS: readonly (readonly [RegExp, RegExp])[] = [
  [/^inner$/i, /\bInner\b/],
  [/^cross$/i, /\b(Cross|Inner)\b/],
  [/^(left|left_?outer)$/i, /\bLeftOuter\b/],
  [/^(right|right_?outer)$/i, /\bRightOuter\b/],
  [/^(outer|full|full_?outer)$/i, /\bFullOuter\b/],
  [/semi/i, /\bLeftSemi\b/],
  [/anti/i, /\bLeftAnti\b/],
];

const isHow = (how: string, detail: string): boolean => HOWS.some(([asked, shown]) => asked.test(how) && shown.test(detail));

const NAMES: Partial<Record<CodeThing, string>> = {
  udf: 'UDF',
  frame: 'step',
  aggregate: 'aggregation',
};

function basisOf(node: PlanNode, item: Item, score: number, count: number): string {
  const what = NAMES[item.thing] ?? item.thing;
  const agree = item.columns.filter((name) => keysOf(node).has(name)).slice(0, 3);
  if (item.thing === 'read' && score >= 2) return `reads what ${node.name.trim()} scans`;
  if (item.thing === 'udf' && score >= 2) return `called in ${node.name}`;
  if (agree.length > 0) return `the ${what} on ${agree.join(', ')}`;
  return count === 1 ? `the only ${what} behind this query` : `a ${what} behind this query`;
}
