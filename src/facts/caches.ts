// Cached frames: what filled them, what reads them, how much of them is read.
// Law: a cache is known by its RDD where the log names it, else by the scans below it; a part that was computed twice is told by the number of
// task updates below the cache, which is at most one a partition.

import { unique } from '../base/index.ts';
import { defineFact } from './define.ts';
import { below, type PlanNode, type PlanTree, plans } from './plans.ts';
import { type StageFact, stages } from './stages.ts';

export interface CacheUse {
  readonly tree: PlanTree;
  /** The in-memory scan. */
  readonly node: PlanNode;
  /** Columns that it takes out of the cache; 0 for a count. Undefined when unknown. */
  readonly columns: readonly string[] | undefined;
}

export interface Cache {
  /** RDD of the cached blocks, when a stage names it. */
  readonly rddId: number | undefined;
  readonly partitions: number | undefined;
  readonly uses: readonly CacheUse[];
  /** Stages that computed partitions of it, in order. From 4.0 on with AQE the first of them only fills the cache. */
  readonly builders: readonly StageFact[];
  /** Stages that took rows out of it. */
  readonly readers: readonly StageFact[];
  /** Task updates below the cache beyond one a partition: partitions computed again. */
  readonly recomputed: number;
  /** Jobs that went through the cached RDD without a plan that says so (`df.rdd`, a library). */
  readonly otherJobs: number;
  /** Stages in which partitions were computed again. */
  readonly again: readonly StageFact[];
  /** Bytes of the blocks that a whole reading took from memory or disk. */
  readonly bytes: number | undefined;
  /** Name → type of the columns cached, when the cached plan is a plain read with a known schema. */
  readonly schema: ReadonlyMap<string, string> | undefined;
  /** Only scan, filter and projection lie below: without the cache each use would read the source again. */
  readonly plain: boolean;
  /** A function is called in a projection or filter below: it would be called without the cache too. */
  readonly calls: boolean;
  /** Scans below the cache, as shown with the query whose tasks ran them. */
  readonly scans: readonly PlanNode[];
  /** The top operator below the cache. */
  readonly top: PlanNode | undefined;
}

export const caches = defineFact('caches', (_run, get): readonly Cache[] => {
  const all = get(stages).all;
  const groups = new Map<string, { uses: CacheUse[]; tops: PlanNode[]; rddId: number | undefined; partitions: number | undefined }>();
  for (const tree of get(plans).all) {
    const seen = new Set<PlanNode>();
    for (const node of tree.nodes) {
      if (node.kind !== 'memory-scan' || node.reused || seen.has(node)) continue;
      const top = topBelow(node);
      const rdd = rddOf(node, top);
      const key = rdd === undefined ? `p${leavesOf(node)}` : `r${rdd.id}`;
      const group = groups.get(key) ?? { uses: [], tops: [], rddId: rdd?.id, partitions: rdd?.partitions };
      // A cache below another cache is read when that one is filled: once, however often its plan is shown.
      const shown = node.cached && group.uses.some((use) => use.node.cached);
      if (!shown) group.uses.push({ tree, node, columns: columnsOf(node) });
      if (top !== undefined) group.tops.push(top);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ uses, tops, rddId, partitions }) => {
    const nodesBelow = uses.map(({ node }) => below(node, (one) => one.kind === 'memory-scan' || one.kind === 'exchange'));
    const inside = nodesBelow.map((nodes) => nodes.filter((node) => node.kind !== 'wrapper'));
    const readers = unique(uses.flatMap(({ node }) => node.stages)).filter((stage) => stage.total('inputRecords') > 0 || stage.width > 0);
    const computing = unique(inside.flatMap((nodes) => nodes.filter((node) => node.children.length === 0).flatMap((node) => node.stages)));
    const named = rddId === undefined ? [] : all.filter((stage) => stage.stage.rdds.some((rdd) => rdd.id === rddId && rdd.cached));
    const builders = computing.length > 0 ? computing : named.slice(0, 1);
    builders.sort((a, b) => a.startMs - b.startMs);
    // The same accumulators are shown with every query that reads the cache; each stage's updates count once, in the query it ran for.
    const updates = uses.map((_, i) => leafUpdates(inside[i] as readonly PlanNode[]));
    const count = updates.reduce((sum, one) => sum + one, 0);
    const jobs = new Set([...builders, ...readers].map((stage) => stage.job?.id));
    const otherJobs = unique(named.map((stage) => stage.job?.id)).filter((id) => !jobs.has(id)).length;
    const recomputed = partitions === undefined ? 0 : Math.max(0, count - partitions);
    const again = recomputed > 0 ? builders.slice(1) : [];
    const sizes = readers.filter((stage) => !builders.includes(stage)).map((stage) => stage.total('inputBytes'));
    return {
      rddId,
      partitions,
      uses,
      builders,
      readers,
      recomputed,
      otherJobs,
      again,
      bytes: sizes.length === 0 ? undefined : Math.max(...sizes),
      schema: schemaOf(inside[0] ?? []),
      plain: inside.every((nodes) => nodes.every((node) => PLAIN.has(node.kind))),
      calls: inside.some((nodes) => nodes.some((node) => node.kind === 'project' && /\w\(/.test(node.detail))),
      scans: (inside.find((nodes) => nodes.some((node) => node.stages.length > 0)) ?? []).filter(
        (node) => node.kind === 'scan' || node.kind === 'jdbc-scan',
      ),
      top: tops[0],
    };
  });
});

const PLAIN: ReadonlySet<string> = new Set(['scan', 'filter', 'project', 'wrapper', 'jdbc-scan']);

/** The first operator below a cache that is no wrapper. */
function topBelow(scan: PlanNode): PlanNode | undefined {
  return below(scan).find((node) => node.kind !== 'wrapper');
}

const leavesOf = (scan: PlanNode): string =>
  below(scan)
    .filter((node) => node.children.length === 0)
    .map((node) => node.detail)
    .join('|');

/** Spark names the RDD of a cached frame by its plan: the first operator in it is the one below the in-memory scan. */
function rddOf(node: PlanNode, top: PlanNode | undefined): { id: number; partitions: number } | undefined {
  const cached = new Map<number, { id: number; partitions: number; name: string }>();
  for (const stage of node.stages) for (const rdd of stage.stage.rdds) if (rdd.cached) cached.set(rdd.id, rdd);
  const list = [...cached.values()];
  if (list.length < 2 || top === undefined) return list[0];
  const start = top.detail.slice(0, 200);
  const named = list.filter(({ name }) => name.split('\n').some((line) => line.replace(/^[\s:+*()\d-]*/, '').startsWith(start)));
  // The name holds the whole plan: a cache on top of this one names this one's operator too, but behind its own.
  return named.sort((a, b) => a.name.indexOf(start) - b.name.indexOf(start))[0] ?? undefined;
}

/** `InMemoryTableScan [a#1, b#2L], [isnotnull(a#1)]` → a, b; none for a count. */
function columnsOf(node: PlanNode): readonly string[] | undefined {
  if (/more fields/.test(node.detail)) return undefined;
  const list = /^\S+(?: In-memory table \S+)?\s*\[([^\]]*)\]/.exec(node.detail)?.[1];
  if (list === undefined) return /^InMemoryTableScan\s*$|^Scan In-memory table \S*\s*$/.test(node.detail.trim()) ? [] : undefined;
  return list.trim() === '' ? [] : list.split(', ').map((column) => column.replace(/#\d+L?$/, ''));
}

/** Most task updates of any one metric of the operators that lie lowest: one a task that computed a partition with rows. */
function leafUpdates(nodes: readonly PlanNode[]): number {
  const leaves = nodes.filter((node) => node.kind === 'exchange' || (node.children.length === 0 && node.kind !== 'memory-scan'));
  return Math.max(
    0,
    ...leaves.flatMap((node) =>
      node.metrics.map((metric) =>
        metric.name === (node.kind === 'exchange' ? 'records read' : 'number of output rows') ? metric.count : 0,
      ),
    ),
  );
}

/** Columns of a cache that is one scan, from its ReadSchema and the columns that partitions give. */
function schemaOf(nodes: readonly PlanNode[]): ReadonlyMap<string, string> | undefined {
  const scans = nodes.filter((node) => node.kind === 'scan' || node.kind === 'jdbc-scan');
  const [scan] = scans;
  if (scans.length !== 1 || scan === undefined || nodes.some((node) => !PLAIN.has(node.kind))) return undefined;
  const text = scan.metadata.ReadSchema ?? /ReadSchema: (struct<.*>)/.exec(scan.detail)?.[1];
  const fields = text === undefined ? undefined : fieldsOf(text);
  if (fields === undefined) return undefined;
  const projection = nodes.find((node) => node.kind === 'project');
  if (projection === undefined) return fields;
  // A projection that only drops columns keeps their types; anything else is not known.
  const list = /^Project \[(.*)\]$/.exec(projection.detail)?.[1];
  if (list === undefined || / AS |more fields/.test(list)) return undefined;
  const kept = new Set(list.split(', ').map((column) => column.replace(/#\d+L?$/, '')));
  return new Map([...fields].filter(([name]) => kept.has(name)));
}

/** `struct<a:bigint,b:struct<c:int>>` → a, b; undefined when it was cut. */
export function fieldsOf(struct: string): ReadonlyMap<string, string> | undefined {
  const inner = /^struct<(.*)>$/s.exec(struct.trim())?.[1];
  if (inner === undefined || /\.\.\./.test(inner)) return undefined;
  const out = new Map<string, string>();
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= inner.length; i++) {
    const c = inner[i];
    if (c === '<' || c === '(') depth++;
    else if (c === '>' || c === ')') depth--;
    else if ((c === ',' && depth === 0) || i === inner.length) {
      const field = inner.slice(from, i);
      const colon = field.indexOf(':');
      if (colon > 0) out.set(field.slice(0, colon), field.slice(colon + 1));
      from = i + 1;
    }
  }
  return out;
}
