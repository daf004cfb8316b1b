// A physical plan (sparkPlanInfo) as arrays in pre-order: small in memory, cheap between threads, no recursion.
// Law: plans are walked iteratively; strings are interned by the reader; nothing here is trusted to be well formed.

export interface Plan {
  readonly names: readonly string[];
  /** simpleString of each node. */
  readonly details: readonly string[];
  /** Index of each node's parent; −1 for the root. */
  readonly parents: Int32Array;
  /** V1 file scans: Location, Format, ReadSchema, PushedFilters, PartitionFilters, … */
  readonly metadata: ReadonlyMap<number, Readonly<Record<string, string>>>;
  /** Metrics of all nodes: which node, which accumulator, which name and type. */
  readonly metricNodes: Int32Array;
  readonly metricIds: Float64Array;
  readonly metricNames: readonly string[];
  readonly metricTypes: readonly string[];
  /** Nodes beyond the cap were left out. */
  readonly cut: boolean;
}

/** More nodes than any real plan (2,000-column withColumn loops stay below); a hostile one is cut here. */
const MAX_NODES = 100_000;
/** A simpleString is cut by Spark at 25 fields; expressions of generated code can still be huge. */
const MAX_DETAIL = 16_384;

type Json = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** One string object per distinct text, up to a bound, so that repeated queries do not cost memory again. */
export class Interner {
  private readonly known = new Map<string, string>();
  private chars = 0;

  of(value: string): string {
    const known = this.known.get(value);
    if (known !== undefined) return known;
    if (this.chars < 8_000_000) {
      this.known.set(value, value);
      this.chars += value.length;
    }
    return value;
  }
}

/** Reads a sparkPlanInfo object. Anything missing or of another type is left out. */
export function readPlan(root: unknown, intern: Interner): Plan | undefined {
  if (typeof root !== 'object' || root === null) return undefined;
  const names: string[] = [];
  const details: string[] = [];
  const parents: number[] = [];
  const metadata = new Map<number, Record<string, string>>();
  const metricNodes: number[] = [];
  const metricIds: number[] = [];
  const metricNames: string[] = [];
  const metricTypes: string[] = [];
  const stack: { node: Json; parent: number }[] = [{ node: root as Json, parent: -1 }];
  while (stack.length > 0 && names.length < MAX_NODES) {
    const { node, parent } = stack.pop() as { node: Json; parent: number };
    const id = names.length;
    names.push(intern.of(text(node.nodeName)));
    details.push(intern.of(text(node.simpleString).slice(0, MAX_DETAIL)));
    parents.push(parent);
    if (typeof node.metadata === 'object' && node.metadata !== null) {
      const entries = Object.entries(node.metadata as Json).filter((e): e is [string, string] => typeof e[1] === 'string');
      if (entries.length > 0) metadata.set(id, Object.fromEntries(entries.map(([k, v]) => [intern.of(k), intern.of(v)])));
    }
    if (Array.isArray(node.metrics)) {
      for (const metric of node.metrics as Json[]) {
        if (typeof metric !== 'object' || metric === null || typeof metric.accumulatorId !== 'number') continue;
        metricNodes.push(id);
        metricIds.push(metric.accumulatorId);
        metricNames.push(intern.of(text(metric.name)));
        metricTypes.push(intern.of(text(metric.metricType)));
      }
    }
    if (Array.isArray(node.children)) {
      for (let i = node.children.length - 1; i >= 0; i--) {
        const child: unknown = node.children[i];
        if (typeof child === 'object' && child !== null) stack.push({ node: child as Json, parent: id });
      }
    }
  }
  return {
    names,
    details,
    parents: Int32Array.from(parents),
    metadata,
    metricNodes: Int32Array.from(metricNodes),
    metricIds: Float64Array.from(metricIds),
    metricNames,
    metricTypes,
    cut: stack.length > 0,
  };
}
