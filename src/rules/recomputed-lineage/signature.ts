// What a sub-plan computes, as text: the same for two queries that use one uncached frame, although Catalyst gave each its own ids and columns.
// Law: columns, projections, sorts and limits are left out (each action prunes its own); filters, joins, groupings, Python functions and sources are not.

import { type PlanNode, type PlanTree, withoutIds } from '../../facts/index.ts';
import { joinType, pythonFunctions } from '../shared.ts';

export interface Signed {
  /** Equal texts: the same rows, apart from columns. */
  readonly text: string;
  /**
   * Parts of it that are the same work in a query that asks less: a join without the filter that was pushed into it, a filter without the
   * conditions that come behind a costly one (that one is tested for every row either way), a dear expression inside of a projection.
   */
  readonly cores: readonly string[];
  /** Something worth keeping happens in it: a join, a grouping, a repartition, Python, a costly expression. */
  readonly costly: boolean;
}

/** Sources whose plan text does not tell which data they hold. */
const ANONYMOUS = /^(LocalTableScan|Scan ExistingRDD|ExistingRDD|Scan OneRowRelation|RDDScan)/;

/** Built-in functions that cost next to nothing per row; any other call marks a projection as costly. */
const CHEAP = new Set(
  (
    'cast try_cast isnotnull isnull isnan coalesce if nullif ifnull nvl case when not abs round bround ceil floor sqrt pow power least greatest negative pmod mod concat concat_ws lower upper trim ltrim rtrim ' +
    'length substring substr left right lpad rpad replace year month day dayofmonth dayofweek dayofyear weekofyear quarter hour minute second to_date to_timestamp date_add date_sub datediff add_months trunc ' +
    'date_trunc date_format unix_timestamp from_unixtime gettimestamp struct named_struct array map size element_at knownnotnull normalizenanandzero promote_precision checkoverflow makedecimal unscaledvalue ' +
    'startswith endswith contains like rlike inset might_contain dynamicpruning dynamicpruningexpression ' +
    'empty2null monotonically_increasing_id rand randn hash xxhash64 decimal varchar char in input str_to_map md5 and or as'
  ).split(' '),
);

/** Of these, functions that cost far more per row than reading it: patterns, digests, parsers, lambdas, code of the program. */
const DEAR =
  /^(regexp_(extract|extract_all|replace|count|instr|substr)|sha[12]?|aes_(en|de)crypt|from_(json|csv|xml|avro|protobuf)|to_json|get_json_object|json_tuple|parse_url|xpath\w*|levenshtein|sentences|lambdafunction|UDF)$/i;
/** An expression longer than this is not looked into. */
const MAX_EXPRESSION = 20_000;

const conjunctList = (text: string) =>
  withoutIds(text)
    .replace(/^\w+\s+/, '')
    .replace(/pythonUDF\d+/g, 'udf')
    .split(/\bAND\b/)
    .map((part) => part.trim())
    .filter((part) => part.replace(/[()\s]/g, '') !== '' && !/^\(*isnotnull/i.test(part));
const joinedUp = (parts: readonly string[]) =>
  parts
    .map((part) => part.replace(/[()\s]/g, ''))
    .sort()
    .join('&');
const conjuncts = (text: string) => joinedUp(conjunctList(text));

/** Calls something else than a cheap built-in. */
export const costlyCalls = (text: string): string[] =>
  [...text.matchAll(/([A-Za-z_][\w.]*)\(/g)].map((match) => match[1] as string).filter((name) => !CHEAP.has(name.toLowerCase()));

const pushed = (text: string) =>
  text
    .replace(/^\[|\]$/g, '')
    .split(/,\s*(?=[A-Z*]|isnotnull|\()/)
    .filter((part) => !/isnotnull/i.test(part))
    .sort()
    .join('&');

/**
 * Signs every node of a plan; children first, so no recursion. `batch`: the plan belongs to a micro-batch, whose rows come as a source without
 * a name; within the batch its attributes tell which one it is.
 */
export function signPlan(tree: PlanTree, batch?: number): Signed[] {
  const out: Signed[] = new Array(tree.nodes.length);
  for (let id = tree.nodes.length - 1; id >= 0; id--) {
    const node = tree.nodes[id] as PlanNode;
    const below = node.children.map((child) => out[child.id] as Signed);
    const children = below.map((child) => child.text).join(';');
    const [text, costly] = sign(node, children, batch);
    // Reading a cache again is what a cache is for.
    const cores =
      node.kind === 'filter'
        ? costlyPrefixes(node, children)
        : text.startsWith('filter ') && /join$/.test(node.kind)
          ? [`${equiJoin(node).keys}(${children})`]
          : node.kind === 'project'
            ? dearParts(node, out)
            : [];
    out[id] = { text, cores, costly: node.kind !== 'memory-scan' && (costly || below.some((child) => child.costly)) };
  }
  return out;
}

function sign(node: PlanNode, below: string, batch: number | undefined): [string, boolean] {
  const wrap = (label: string) => `${label}(${below})`;
  switch (node.kind) {
    case 'scan':
    case 'jdbc-scan':
      return [
        !ANONYMOUS.test(node.name)
          ? source(node)
          : batch !== undefined && /ExistingRDD/.test(node.name)
            ? `batch ${batch} ${node.detail} ${node.metric('number of output rows')}`
            : `anonymous ${withoutIds(node.detail)} ${node.metric('number of output rows')}`,
        false,
      ];
    case 'memory-scan':
      return [`cache(${below})`, false];
    case 'sort-merge-join':
    case 'shuffled-hash-join':
    case 'broadcast-hash-join':
      return [joined(node, below), true];
    case 'nested-loop-join':
    case 'cartesian-join':
      return [wrap(`pairs ${conjuncts(node.detail)}`), true];
    case 'aggregate':
      return [
        wrap(`group ${withoutIds(/keys?=\[(.*?)\](?:,|$)/.exec(node.detail)?.[1] ?? '')}`).replace(
          /^group (.*?)\(group \1\(/,
          'group $1((',
        ),
        true,
      ];
    case 'window':
    case 'generate':
    case 'expand':
    case 'union':
      return [wrap(`${node.kind} ${node.kind === 'union' ? '' : withoutIds(node.detail)}`), node.kind !== 'union'];
    case 'python-row':
    case 'python-arrow':
      return [wrap(`python ${pythonFunctions(node).join(',')}`), true];
    case 'filter': {
      const condition = conjuncts(node.detail);
      return [condition === '' ? below : wrap(`filter ${condition}`), costlyCalls(node.detail).length > 0];
    }
    case 'exchange':
      return /REPARTITION|REBALANCE/.test(node.detail)
        ? [wrap(`spread ${withoutIds(node.detail).replace(/, \[plan_id\].*|, plan_id.*/, '')}`), true]
        : [below, false];
    case 'project': {
      const costly = expressions(node.detail);
      return [costly.length === 0 ? below : wrap(`with ${costly.join(',')}`), costly.length > 0];
    }
    case 'wrapper':
    case 'aqe-read':
    case 'sort':
    case 'limit':
    case 'coalesce':
    case 'broadcast-exchange':
    case 'reused-exchange':
    case 'write':
      return [below, false];
    default:
      return /MapPartitions|MapElements|FlatMap|MapGroups|AppendColumns|Deserialize|Serialize/.test(node.name)
        ? [wrap(`${node.name} ${withoutIds(node.detail).slice(0, 200)}`), /^Map|^FlatMap/.test(node.name)]
        : [wrap(node.name), false];
  }
}

/**
 * What a filter tests first, up to each costly condition but the last: the rows that reach it do not depend on what comes behind it.
 * Only for plain lists of conditions: below OR, NOT and CASE a part says nothing about the rows.
 */
function costlyPrefixes(node: PlanNode, below: string): string[] {
  const parts = conjunctList(node.detail);
  const out: string[] = [];
  if (/\b(OR|NOT|CASE)\b/.test(node.detail)) return out;
  for (let n = 1; n < parts.length; n++) {
    if (costlyCalls(parts[n - 1] as string).length > 0) out.push(`filter ${joinedUp(parts.slice(0, n))}(${below})`);
  }
  return out.reverse();
}

/**
 * Dear expressions of the projections that lie on one another, the largest first, each with the rows that it is computed for. Catalyst merges
 * projections as each action's columns allow, so one step of the program is a column here and a part of one there: what a column is made
 * of is put in its place.
 */
function dearParts(node: PlanNode, signed: readonly Signed[]): string[] {
  const chain = [node];
  let base = node.children[0];
  for (; base !== undefined && (base.kind === 'project' || base.kind === 'wrapper'); base = base.children[0])
    if (base.kind === 'project') chain.unshift(base);
  const made = new Map<string, string>();
  const whole = (text: string) => text.replace(/[A-Za-z_][\w.]*#\d+L?/g, (name) => made.get(name.slice(name.indexOf('#'))) ?? name);
  const parts = new Set<string>();
  for (const one of chain) {
    for (const column of columnsOf(one.detail)) {
      const [, expression = column, id] = /^(.*) AS [^ ]*?(#\d+L?)$/s.exec(column) ?? [];
      const text = whole(expression);
      if (text.length > MAX_EXPRESSION) return [];
      if (id !== undefined) made.set(id, text);
      if (one !== node) continue;
      for (const match of text.matchAll(/([A-Za-z_]\w*)\(/g)) {
        if (!DEAR.test(match[1] as string)) continue;
        const end = closing(text, match.index + match[0].length - 1);
        if (end !== undefined) parts.add(withoutIds(text.slice(match.index, end + 1)));
      }
    }
  }
  const rows = base === undefined ? '' : (signed[base.id] as Signed).text;
  return [...parts].sort((a, b) => b.length - a.length).map((part) => `part ${part}(${rows})`);
}

/** The columns of a projection, cut at the commas that no bracket holds. */
function columnsOf(detail: string): string[] {
  const text = detail.replace(/^Project \[|\]$/g, '');
  const out: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (text[i] === ',' && text[i + 1] === ' ' && depth === 0) {
      out.push(text.slice(from, i));
      from = i + 2;
    }
  }
  return [...out, text.slice(from)];
}

/** Where the bracket at `open` is closed; undefined when texts in it leave brackets open. */
function closing(text: string, open: number): number | undefined {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return undefined;
}

/** Type and keys of an equi-join, and what else its condition asks, without ids and without how it was done. */
function equiJoin(node: PlanNode): { keys: string; rest: string } {
  const [, left = '', right = '', rest = ''] = /^[^[]*\[(.*?)\], \[(.*?)\](.*)$/.exec(withoutIds(node.detail)) ?? [];
  return {
    keys: `join ${joinType(node) ?? ''} ${left}=${right}`,
    rest: conjuncts(
      `x ${rest
        .replace(
          /\b(Inner|Cross|LeftOuter|RightOuter|FullOuter|LeftSemi|LeftAnti|LeftSingle|ExistenceJoin\S*|BuildLeft|BuildRight|true|false)\b/g,
          '',
        )
        .replace(/(,\s*)+/g, ',')
        .replace(/^,|,\s*$/g, '')}`,
    ),
  };
}

function joined(node: PlanNode, below: string): string {
  const { keys, rest } = equiJoin(node);
  return rest === '' ? `${keys}(${below})` : `filter ${rest}(${keys}(${below}))`;
}

/** Where a scan reads, which rows it keeps, and how much there was: the same table overwritten in between is another source. */
function source(node: PlanNode): string {
  const part = (key: string) => node.metadata[key] ?? new RegExp(`${key}: ?(\\[[^\\]]*\\]?|[^,]*)`).exec(node.detail)?.[1] ?? '';
  const location = withoutIds(node.metadata.Location ?? (part('Location') || node.name));
  const size = `${node.metric('number of files read', 'number of files') ?? ''}/${node.metric('size of files read') ?? ''}`;
  const range = /^Range/.test(node.name) ? withoutIds(node.detail) : '';
  return `scan ${location}${range} ${pushed(withoutIds(part('PartitionFilters')))} ${pushed(withoutIds(part('PushedFilters')))} ${size}`;
}

/** Computed columns of a projection that call something else than a cheap built-in, without ids, sorted. */
function expressions(detail: string): string[] {
  const text = withoutIds(detail.replace(/^Project \[|\]$/g, ''));
  return text
    .split(/,\s(?=[^()]*(?:\(|$))/)
    .filter((part) => costlyCalls(part).length > 0)
    .sort();
}
