// What reading costs: widths of types, time in scans and caches, and the filters that stand above a scan.
// Law: pure functions of plan nodes; a cost that the log does not tell is undefined, never a guess of a single rule.

import type { Cache, PlanNode } from '../facts/index.ts';
import { pythonMs, unique } from './shared.ts';

/** Width that Spark's planner gives a type, bytes a value (DataType.defaultSize): a number by its size, text 20, anything nested 100. */
export function typeWidth(type: string): number {
  const known: Readonly<Record<string, number>> = {
    boolean: 1,
    tinyint: 1,
    smallint: 2,
    int: 4,
    date: 4,
    float: 4,
    bigint: 8,
    double: 8,
    timestamp: 8,
    timestamp_ntz: 8,
    string: 20,
    binary: 100,
  };
  return known[type] ?? (/^decimal/.test(type) ? 16 : /^(var)?char/.test(type) ? 20 : 100);
}

/**
 * Where a scan reads, as a person says it: the path of its location, or the folder that all its paths lie in
 * (`InMemoryFileIndex(600 paths)[file:/clicks/a.json, file:/clicks/b.json, ...]` → `file:/clicks`).
 */
export function pathOf(source: string): string {
  const inside = /\[([^\]]*)\]?/.exec(source)?.[1];
  if (inside === undefined) return source;
  const [first = [], ...others] = inside
    .split(', ')
    .filter((path) => path !== '' && path !== '...')
    .map((path) => path.split('/'));
  if (others.length === 0) return first.length === 0 ? inside : first.join('/');
  const differs = first.findIndex((part, i) => others.some((path) => path[i] !== part));
  const common = differs < 0 ? first : first.slice(0, differs);
  // `s3:`, ``, `bucket` are no folder yet; neither is `file:`, ``.
  return common.filter((part) => part !== '').length < 2 ? inside : common.join('/');
}

/** Σ time over tasks that these nodes spent reading their source, ms; undefined when one does not say. */
export function readingMs(nodes: readonly PlanNode[]): number | undefined {
  let total = 0;
  for (const node of nodes) {
    const ms = node.metric('scan time', 'scan time total (min, med, max)', 'JDBC remote data fetch and translation time');
    if (ms === undefined) return undefined;
    total += ms + (node.metric('JDBC query execution time') ?? 0);
  }
  return total;
}

/** A filter straight above a scan: what it asks, and which columns of the scan it asks it of. */
export interface ScanFilter {
  readonly filter: PlanNode;
  /** Python evaluation whose result the filter reads, when it is one. */
  readonly python: PlanNode | undefined;
  /** Columns of the scan, as `name#id`. */
  readonly columns: readonly string[];
  /** Rows that came out ÷ rows that went in; undefined when not counted. */
  readonly kept: number | undefined;
}

const ATTRIBUTE = /([A-Za-z_][\w.]*)#(\d+)L?/g;
const attributes = (text: string): string[] => unique([...text.matchAll(ATTRIBUTE)].map((match) => `${match[1]}#${match[2]}`));

/** Filters between a scan and the first operator that is no filter, projection or Python evaluation, lowest first. */
export function filtersAbove(scan: PlanNode): ScanFilter[] {
  const out: ScanFilter[] = [];
  /** Result attribute → columns of the scan that it is made of. */
  const made = new Map<string, readonly string[]>();
  const python = new Map<string, PlanNode>();
  const source = (attribute: string): readonly string[] => made.get(attribute) ?? [attribute];
  let rows = scan.metric('number of output rows', 'rows scanned');
  let from: PlanNode = scan;
  for (let node = scan.parent; node !== undefined && node.children.length === 1; from = node, node = node.parent) {
    if (node.kind === 'wrapper' && /^(AdaptiveSparkPlan|.*QueryStage|Subquery)/.test(node.name)) break;
    if (node.kind === 'python-row' || node.kind === 'python-arrow') {
      const [, calls = '', results = ''] = /\[(.*?)\], \[([^\]]*)\]/.exec(node.detail) ?? [];
      const inputs = unique(
        [...calls.matchAll(/\(([^()]*(?:\([^()]*\)[^()]*)*)\)#\d+/g)].flatMap((match) => attributes(match[1] as string).flatMap(source)),
      );
      for (const result of attributes(results)) {
        made.set(result, inputs);
        python.set(result, node);
      }
    } else if (node.kind === 'project') {
      for (const match of node.detail.matchAll(/([^,[]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^,]*)?) AS ([A-Za-z_][\w.]*)#(\d+)L?/g)) {
        const used = attributes(match[1] as string);
        made.set(`${match[2]}#${match[3]}`, unique(used.flatMap(source)));
        const udf = used.map((attribute) => python.get(attribute)).find((one) => one !== undefined);
        if (udf !== undefined) python.set(`${match[2]}#${match[3]}`, udf);
      }
    } else if (node.kind === 'filter') {
      const used = attributes(node.detail);
      const after = node.metric('number of output rows');
      out.push({
        filter: node,
        python: used.map((attribute) => python.get(attribute)).find((one) => one !== undefined),
        columns: unique(used.flatMap(source)),
        kept: rows !== undefined && rows > 0 && after !== undefined ? Math.min(1, after / rows) : undefined,
      });
      rows = after ?? rows;
    } else if (node.kind !== 'wrapper') break;
    // The filter's own count holds for what is above it; a different stage begins at an exchange, which ends the walk.
    if (from === node) break;
  }
  return out;
}

/** Task time that goes into rows before they reach a filter: reading them, and Python when the filter asks Python; ms over all tasks. */
export function beforeFilterMs(scan: PlanNode, filter: ScanFilter): number {
  const python = filter.python;
  const start =
    python === undefined
      ? 0
      : (python.metric('time to start Python workers') ?? 0) + (python.metric('time to initialize Python workers') ?? 0);
  return (readingMs([scan]) ?? 0) + (python === undefined ? 0 : pythonMs(python) + start);
}

/**
 * Task time that filling a cache took beyond reading its source, ms: what its own stage spent beside reading when nothing costly lies below,
 * else what its bytes cost at `bytesPerMs`; undefined when neither can be told.
 */
export function cachingMs(cache: Cache, bytesPerMs: number): number | undefined {
  const total = cache.builders.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
  const apart = cache.builders.length > 0 && cache.builders.every((stage) => !cache.readers.includes(stage));
  const reading = readingMs(cache.scans);
  const rows = cache.scans.reduce((sum, node) => sum + (node.metric('number of output rows') ?? 0), 0);
  const width = [...(cache.schema?.values() ?? [])].reduce((sum, type) => sum + typeWidth(type), 0);
  const bytes = cache.bytes ?? (rows > 0 && width > 0 ? rows * width : undefined);
  const byBytes = bytes === undefined ? undefined : Math.min(total, bytes / bytesPerMs);
  if (!apart || !cache.plain || cache.calls || reading === undefined) return byBytes;
  return Math.max(0, total - reading);
}
