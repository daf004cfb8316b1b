// How well an operator of a plan fits a thing of the program: by the columns it works by, then by what the thing says of itself.
// Law: undefined when the thing cannot have made the operator; a thing that fits by its kind alone scores little.

import { joinType, type PlanNode } from '../facts/index.ts';
import { joinTypeOf } from '../pyspark/index.ts';
import type { Item } from './items.ts';
import { attributesIn, bracket, likeness } from './names.ts';
import type { ScanMap } from './scans.ts';

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

/** Names that agree, and what must not differ; undefined when the thing cannot have made the operator. */
export function ownScore(node: PlanNode, item: Item, scanMap: ScanMap): number | undefined {
  const names = () => keysOf(node);
  // Text of SQL is not looked into: its kind fits, its names are not known.
  if (item.method === 'sql') return 0.5;
  switch (item.thing) {
    case 'join': {
      const cross = node.kind === 'nested-loop-join' || node.kind === 'cartesian-join';
      const keys = item.columns.length === 0 ? 0 : likeness(item.columns, names());
      if (!cross && keys === 0 && item.columns.length > 0 && names().size > 0) return 0.1;
      const how = item.refs.join?.how;
      return 3 * keys + (how === undefined ? 0 : isHow(how, node) ? 0.5 : -0.5) + (cross && keys === 0 ? 1 : 0);
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

/** The join type of the code and that of the plan; Spark plans a cross join with a condition as an inner one. */
function isHow(how: string, node: PlanNode): boolean {
  const shown = joinType(node);
  const asked = joinTypeOf(how);
  return asked !== undefined && (asked === shown || (asked === 'Cross' && shown === 'Inner'));
}
